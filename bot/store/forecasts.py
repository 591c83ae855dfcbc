"""The last forecast for each wall people look through: made each minute behind the pages, read by them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from bot.store import switches

FRESH = timedelta(minutes=4)


def put(session: Session, brands: Sequence[str] | None, content: dict[str, Any], now: datetime) -> None:
    """Keep a forecast; an empty one says that nothing can be said."""
    switches.put(session, _key(brands), content | {"at": now.isoformat()}, now)


def get(session: Session, brands: Sequence[str] | None, now: datetime) -> dict[str, Any]:
    """The last forecast for this wall; {} where there is none, or it is too old to act on."""
    found = switches.get(session, _key(brands))
    if not found or now - datetime.fromisoformat(found["at"]) > FRESH:
        return {}
    return found


def _key(brands: Sequence[str] | None) -> str:
    if brands is None:
        return "forecast:all"
    return f"forecast:{sha256(chr(0).join(sorted(brands)).encode()).hexdigest()[:16]}"
