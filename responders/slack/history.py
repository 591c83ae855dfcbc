"""Which of our messages stand in a room of Slack: each carries its key as message metadata.

docs.slack.dev/reference/methods/conversations.history: rooms by their id only, newest first, bot scopes
`channels:history` for public and `groups:history` for private rooms (`im:history` for a direct message).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import AuthFailed, Rejected
from responders.slack.client import Client, call
from responders.types import Receipt

EVENT = "earshot"  # our metadata's event_type
CLOCKS = timedelta(minutes=10)  # Slack's clock stamps its messages, ours the attempt
PAGE, MOST_PAGES = 200, 10
_ID = re.compile(r"[CDG][A-Z0-9]{4,}", re.ASCII)


def metadata(key: str) -> dict[str, Any]:
    """What a message carries, so that it is known again."""
    return {"event_type": EVENT, "event_payload": {"key": key}}


def receipt_of(room: str, ts: str) -> Receipt:
    """Where a message stands, and when Slack took it."""
    whole = ts.partition(".")[0]
    sent_at = datetime.fromtimestamp(0, UTC) + timedelta(seconds=int(whole[:12])) if whole.isdecimal() else None
    return Receipt(f"{room}:{ts}" if ts else "", sent_at=sent_at)


def said_in(client: Client, room: str, after: datetime) -> Mapping[str, Receipt]:
    """Our messages in a room since then, by key. Raises Rejected where we may not look, or could not see them all."""
    if not _ID.fullmatch(room):
        raise Rejected("Slack shows a room's messages by the room's id only, and nothing told us the id yet.")
    try:
        return {key: receipt_of(room, ts) for key, ts in _ours(client, room, after - CLOCKS)}
    except AuthFailed as error:
        raise Rejected(f"Slack does not let Earshot look for lost messages: {error}") from error


def _ours(client: Client, room: str, oldest: datetime) -> Iterator[tuple[str, str]]:
    since, cursor = f"{oldest.timestamp():.6f}", ""
    for _page in range(MOST_PAGES):
        answer = call(
            client.conversations_history, channel=room, oldest=since, limit=PAGE, include_all_metadata=True,
            **({"cursor": cursor} if cursor else {}),
        )  # fmt: skip
        yield from _keyed(answer.get("messages") or [])
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return
    raise Rejected("The room has had too many messages since to be sure.")


def _keyed(messages: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for message in messages:
        kept = message.get("metadata") or {}
        if kept.get("event_type") == EVENT:
            yield str((kept.get("event_payload") or {}).get("key", "")), str(message.get("ts", ""))
