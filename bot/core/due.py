"""`earshot due`: when an answer is owed, for one line of JSON."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.policy import Policy
from bot.core.when import iso
from bot.core.window import Window
from bot.core.zones import utc

_LEAP_SECOND = re.compile(r"(\d\d:\d\d):60")


def due(line: Mapping[str, object]) -> dict[str, object]:
    """{"id","policy","created_at","ingested_at"?} → {"id","due_at","explain"}, or {"id","error"}: what to mend, where.

    Times are RFC 3339 with a zone; `due_at` is UTC. Other keys are left alone.
    """
    if not isinstance(line, Mapping):
        return {"id": None, "error": 'Each line is an object: {"id": …, "policy": {…}, "created_at": …}.'}
    name = line.get("id")
    try:
        window = _window(line)
        return {"id": name, "due_at": iso(window.due_at), "explain": window.explain()}
    except ValueError as error:
        return {"id": name, "error": str(error)}
    except OverflowError:
        return {
            "id": name,
            "error": f"created_at: {line.get('created_at')!r} is too near the calendar's edge (years 1 to 9999).",
        }


def moment(raw: object, place: str) -> datetime:
    """A time from text, UTC. ValueError names the place. A leap second is the second after :59."""
    if not isinstance(raw, str):
        raise ValueError(f"{place}: {raw!r} is not a time; write for example 2026-05-04T10:00:00Z.")
    plain, leaps = _LEAP_SECOND.subn(r"\1:59", raw.strip(), count=1)
    try:
        at = datetime.fromisoformat(plain)
    except ValueError as error:
        raise ValueError(f"{place}: {raw!r} is not a time; write for example 2026-05-04T10:00:00Z.") from error
    try:
        return utc(at, place) + timedelta(seconds=leaps)
    except OverflowError as error:
        raise ValueError(f"{place}: {raw!r} is outside the calendar (years 1 to 9999).") from error


def _window(line: Mapping[str, object]) -> Window:
    if line.get("id") is None:
        raise ValueError("id is missing; give each line its own.")
    policy = Policy.parse(line.get("policy"))
    spoke_at = moment(line.get("created_at"), "created_at")
    heard = line.get("ingested_at")
    return Window.of(policy, spoke_at, None if heard is None else moment(heard, "ingested_at"))
