"""PagerDuty: an alert a case or incident, acknowledged when somebody has it, resolved when it is answered or over.

What else a room is told of an incident is news, and nobody is paged for news.

Facts (developer.pagerduty.com/docs/send-alert-event): POST /v2/enqueue with a routing key; `dedup_key` (at most 255
characters) joins events of one case, so a repeat harms nobody; severity is critical, error, warning or info; summary at
most 1,024 characters; 202 when taken; an acknowledge or resolve that no open alert fits is dropped. A trigger for an
alert that is acknowledged is written into its log and calls nobody, one for a resolved alert opens a new one.
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
FIRST, CALL = "first", "step"  # of what is said of an incident, what calls people
HAD = ("claimed", "led", "open")  # somebody has the case, leads the incident, or said that it is one
OVER = ("answered", "waiting", "resolved", "merged", "gone", "snoozed", "fixed", "closed", "dismissed", "joined")
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
        """Trigger once: a repeat joins the same alert there. A line about an incident only moves that one's alert."""
        action = _told(message)
        if action is not None:
            self._enqueue(action, message.address, _dedup(message), message)
        is_news = "incident" in message.facts and action != "trigger"
        return Receipt("" if is_news else f"{message.address}:{_dedup(message)}")

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Claimed or led: acknowledged. Answered or over: resolved. Nobody has it any more, or it woke: called anew."""
        service, _, key = receipt.id.partition(":")
        for action in _moved(message):
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
    case, incident = message.facts.get("case"), message.facts.get("incident")
    if incident:
        return f"earshot-incident-{incident}"
    return f"earshot-case-{case}" if case else f"earshot-{sha256(message.key.encode()).hexdigest()[:40]}"


def _severity(message: Message) -> str:
    told = {str(message.facts.get("kind", "")), str(message.facts.get("severity", ""))}
    if told & set(CRITICAL):
        return "critical"
    return "error" if told & set(ERROR) else "warning"


def _told(message: Message) -> Action | None:
    """What a message does there: None for news of an incident, and for a new case that needs nobody by now."""
    what, state = str(message.facts.get("what", "")), str(message.facts.get("state", ""))
    if "incident" in message.facts:
        return "trigger" if what.startswith((FIRST, CALL)) else _action(state)
    return None if message.facts.get("kind") == "new" and state in (*HAD, *OVER) else "trigger"


def _action(state: str) -> Action | None:
    if state in HAD:
        return "acknowledge"
    return "resolve" if state in OVER else None


def _moved(message: Message) -> tuple[Action, ...]:
    """What became of it since: `was` is the state that stands there."""
    state, was = str(message.facts.get("state", "")), str(message.facts.get("was", ""))
    if state == "new" and was in HAD:
        return "resolve", "trigger"
    if state == "new" and was in OVER:
        return ("trigger",)
    action = _action(state)
    return (action,) if action is not None else ()
