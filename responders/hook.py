"""Signed webhooks to your own programs, as Standard Webhooks has them (github.com/standard-webhooks/standard-webhooks).

Headers: `webhook-id` (the same for a repeat or a replay: act once on each), `webhook-timestamp`, `webhook-signature`
("v1," and the base64 of HMAC-SHA256 over `id.timestamp.body`). A secret `whsec_…` is base64, any other its own bytes.
"""

import base64
import binascii
import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar

from pydantic import BaseModel

from config.settings import Hooks
from connectors.errors import AuthFailed
from connectors.http import Http
from responders.rooms import MEANINGS, plain_name, said, storable
from responders.types import Audience, Message, Receipt

TITLE, BODY = 300, 20_000
LEAST_SECRET = 16
PREFIX = "whsec_"


class Hook:
    """Posts a JSON object and its signature. A receipt's id is the webhook-id."""

    name: ClassVar[str] = "hook"
    audience: ClassVar[Audience] = "team"
    longest: ClassVar[int] = BODY
    Settings: ClassVar[type[BaseModel]] = Hooks

    def __init__(self, settings: Hooks, http: Http | None = None) -> None:
        self._targets = settings.targets
        for name, target in settings.targets.items():
            if len(key_bytes(target.secret.get_secret_value())) < LEAST_SECRET:
                raise ValueError(f"The secret of the webhook {name} is too short: {LEAST_SECRET} characters or more.")
        # The operator names the receiver in the settings: one on our own network is meant.
        self._http, self._is_mine = (Http(private_ok=True), True) if http is None else (http, False)

    def __repr__(self) -> str:
        return f"Hook({', '.join(sorted(self._targets))})"

    def send(self, message: Message) -> Receipt:
        """Post once. Raises Unsure when the receiver may have taken it; it knows a repeat by its id."""
        target = self._targets.get(message.address)
        if target is None:
            raise AuthFailed(f"There is no webhook {plain_name(message.address)!r} in the settings.")
        name = webhook_id(message)
        at = int((message.after or datetime.fromtimestamp(0, UTC)).timestamp())
        body = json.dumps(content(message), ensure_ascii=False, sort_keys=True).encode()
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(target.secret.get_secret_value(), name, at, body),
        }
        url = target.url.get_secret_value()
        self._http.request("POST", url, content=body, headers=headers, write=True, meanings=MEANINGS)
        return Receipt(name)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        if self._is_mine:
            self._http.close()


def content(message: Message) -> dict[str, Any]:
    """What the receiver reads."""
    words = said(message, TITLE, BODY)
    facts = {name: given for name, given in message.facts.items() if name not in ("kind", "link", "replay_of")}
    return {
        "type": f"earshot.{message.facts.get('kind', 'message')}",
        "timestamp": message.after.isoformat() if message.after is not None else None,
        "replayed": "replay_of" in message.facts,
        "data": {"title": storable(words.title), "text": storable(words.body), "link": words.link, **facts},
    }


def webhook_id(message: Message) -> str:
    """One name for a message, its repeats and its replays."""
    of = str(message.facts.get("replay_of") or message.key)
    return f"msg_{sha256(of.encode('utf-8', 'replace')).hexdigest()[:32]}"


def signature(secret: str, name: str, at: int, body: bytes) -> str:
    """The header's text."""
    signed = f"{name}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key_bytes(secret), signed, sha256).digest()).decode()


def key_bytes(secret: str) -> bytes:
    """A secret's bytes."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("A webhook secret that begins with whsec_ goes on in base64.") from None
