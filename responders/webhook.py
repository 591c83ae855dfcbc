"""Answers to what came by an inbound hook: a signed POST to the system that sent it, which publishes them.

Signed as Standard Webhooks has it (see responders/hook.py), with the source's own secret. `webhook-id` is the same for
every attempt at one answer: whoever takes it publishes it once. A GET with `?id=` of it asks whether it was taken.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import BaseModel

from connectors.answers import Answer
from connectors.errors import Rejected
from connectors.http import Http
from connectors.text import web_link
from connectors.webhook.settings import Settings as WebhookSettings
from responders.hook import signature, webhook_id
from responders.replies import address_of
from responders.types import Audience, Message, Receipt


class Webhook:
    """Speaks through one sender. `address` is `answer_to`: {"platform", "id"}."""

    name: ClassVar[str] = "webhook"
    audience: ClassVar[Audience] = "customer"
    longest: ClassVar[int] = 10_000
    Settings: ClassVar[type[BaseModel]] = WebhookSettings

    def __init__(
        self, settings: WebhookSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if settings.answer_url is None or settings.secret is None:
            raise ValueError("An inbound hook answers where it has answer_url and a secret.")
        self._url, self._secret = settings.answer_url.get_secret_value(), settings.secret
        self._platform = settings.platform
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 only where no clock is handed in
        self._http, self._is_mine = (Http(), True) if http is None else (http, False)

    def __repr__(self) -> str:
        return f"Webhook({self._platform})"

    def send(self, message: Message) -> Receipt:
        """Post the approved words once. Raises Unsure when they may have been taken."""
        id_ = self._reach(message)
        if message.visibility == "private":
            raise Rejected(f"{self._platform} takes no private answer here.")
        if not message.text.strip() or len(message.text) > self.longest:
            raise Rejected(f"An answer has 1 to {self.longest} characters.")
        told = {"type": "reply", "in_reply_to": id_, "text": message.text, "language": message.language}
        body = json.dumps(told, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        answer = self._http.request("POST", self._url, content=body, headers=self._signed(message, body), write=True)
        return _receipt(message, answer)

    def find(self, message: Message) -> Receipt | None:
        """Ask whether it was taken. Never sends."""
        self._reach(message)
        name = webhook_id(message)
        answer = self._http.request(
            "GET", self._url, params={"id": name}, headers=self._signed(message, b""), expected=(404,)
        )
        return None if answer.status == 404 else _receipt(message, answer)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        if self._is_mine:
            self._http.close()

    def _reach(self, message: Message) -> str:
        to = address_of(message.address, ("platform", "id"), self._platform)
        if to["platform"] != self._platform:
            raise Rejected(f"This post came from {to['platform'][:40]}, and this answers for {self._platform}.")
        return to["id"]

    def _signed(self, message: Message, body: bytes) -> dict[str, str]:
        name, at = webhook_id(message), int(self._now().timestamp())
        return {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self._secret.get_secret_value(), name, at, body),
        }


def _receipt(message: Message, answer: Answer) -> Receipt:
    """What the receiver says of it: an object with `id`, `url`, or nothing at all. Raises Unsure for anything else."""
    told: Any = answer.json() if answer.content.strip() else {}
    named = told if isinstance(told, dict) else {}
    id_, url = named.get("id"), named.get("url")
    return Receipt(
        str(id_)[:400] if isinstance(id_, str | int) and str(id_).strip() else webhook_id(message),
        (web_link(url) or "") if isinstance(url, str) else "",
    )
