"""PagerDuty: an event a case, acknowledged when somebody claims it and resolved when it is answered.

Facts (developer.pagerduty.com/docs/send-alert-event): POST /v2/enqueue with a routing key; `dedup_key` (at most 255
characters) joins events of one case, so a repeat harms nobody; severity is critical, error, warning or info; summary at
most 1,024 characters; 202 when taken; an acknowledge or resolve that no open alert fits is dropped.
"""

from hashlib import sha256
from typing import Any, ClassVar, Literal

from pydantic import BaseModel

from config.settings import PagerDuty as PagerDutySettings
from connectors.errors import Rejected
from connectors.http import Http
from responders.rooms import key_of, said, storable
from responders.types import Audience, Message, Receipt

SUMMARY, DETAILS = 1_000, 4_000
CRITICAL = ("late", "critical")
ERROR = ("at_risk", "high", "escalation1", "escalation2", "escalation3", "escalation4")
TRIED = "earshot-doctor"  # never triggered
_MEANINGS = {403: Rejected}
Action = Literal["trigger", "acknowledge", "resolve"]


class PagerDuty:
    """Triggers, acknowledges, resolves. A receipt's id is `service:dedup key`."""

    name: ClassVar[str] = "pagerduty"
    audience: ClassVar[Audience] = "team"
    longest: ClassVar[int] = 20_000
    Settings: ClassVar[type[BaseModel]] = PagerDutySettings

    def __init__(self, settings: PagerDutySettings, http: Http | None = None) -> None:
        self._services, self._url = settings.services, f"{settings.base_url.rstrip('/')}/v2/enqueue"
        self._http, self._is_mine = (Http(), True) if http is None else (http, False)

    def __repr__(self) -> str:
        return f"PagerDuty({', '.join(sorted(self._services))})"

    def send(self, message: Message) -> Receipt:
        """Trigger once: a repeat joins the same incident there."""
        self._enqueue("trigger", message.address, _dedup(message), message)
        return Receipt(f"{message.address}:{_dedup(message)}")

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Claimed: acknowledged. Answered or closed: resolved. Anything else changes nothing there."""
        service, _, key = receipt.id.partition(":")
        action = _action(str(message.facts.get("state", "")))
        if action is not None:
            self._enqueue(action, service, key, message)
        return receipt

    def try_room(self, address: str) -> str:
        """Resolve what was never triggered: PagerDuty looks at the key and drops the event. Nobody is paged."""
        event = {"routing_key": key_of(self._services, address, "PagerDuty"), "event_action": "resolve"}
        self._http.request("POST", self._url, json=event | {"dedup_key": TRIED}, write=True, meanings=_MEANINGS)
        return "events are taken, and nobody was paged to see it"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        if self._is_mine:
            self._http.close()

    def _enqueue(self, action: Action, service: str, key: str, message: Message) -> None:
        routing = key_of(self._services, service, "PagerDuty")
        words = said(message, SUMMARY, DETAILS)
        event: dict[str, Any] = {"routing_key": routing, "event_action": action, "dedup_key": key}
        if action == "trigger":
            facts = message.facts
            event["payload"] = {
                "summary": storable(words.title),
                "source": f"earshot:{facts.get('brand') or 'earshot'}",
                "severity": _severity(message),
                "class": str(facts.get("kind", "message")),
                "custom_details": {"message": storable(words.body)},
            }
            if words.link:
                event["links"] = [{"href": words.link, "text": "Open in Earshot"}]
        self._http.request("POST", self._url, json=event, write=True, meanings=_MEANINGS)


def _dedup(message: Message) -> str:
    case = message.facts.get("case")
    return f"earshot-case-{case}" if case else f"earshot-{sha256(message.key.encode()).hexdigest()[:40]}"


def _severity(message: Message) -> str:
    told = {str(message.facts.get("kind", "")), str(message.facts.get("severity", ""))}
    if told & set(CRITICAL):
        return "critical"
    return "error" if told & set(ERROR) else "warning"


def _action(state: str) -> Action | None:
    if state == "claimed":
        return "acknowledge"
    return "resolve" if state in ("answered", "waiting", "resolved", "merged", "gone", "snoozed") else None
