"""The forecast in words, for the head of the queue."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.store import forecasts, lists
from bot.store.db import Session
from bot.web import views, words


def told(session: Session, brands: Sequence[str] | None, now: datetime, tz: str) -> dict[str, Any] | None:
    """A sentence, what to do, the four to clear first, and the sum behind it; None while nothing can be said."""
    found = forecasts.get(session, brands, now)
    if not found.get("waiting"):
        return None
    return {
        "lead": lead(found, now, tz),
        "advice": advice(found),
        "first": _first(session, found["first"], brands),
        "sum": sum_of(found, now, tz),
        "shape": "soon" if found["misses"] else "kept",
    }


def lead(found: dict[str, Any], now: datetime, tz: str) -> str:
    """ "11 waiting, 3 agents: you will miss 4 by 15:20." """
    crew = words.count(found["agents"], "agent") if found["agents"] else "nobody here"
    start = f"{found['waiting']:,} waiting, {crew}"
    if not found["misses"]:
        return f"{start}: you will keep them all."
    by = words.wall(datetime.fromisoformat(found["by"]), tz, now)
    return f"{start}: you will miss {found['misses']} by {by}."


def advice(found: dict[str, Any]) -> str:
    """What would change it."""
    if not found["misses"]:
        return ""
    if found["more"] is None:
        return "Five more agents would not keep them all; answer first who can still be kept."
    noun = "One more agent keeps" if found["more"] == 1 else f"{found['more']} more agents keep"
    return f"{noun} them all."


def sum_of(found: dict[str, Any], now: datetime, tz: str) -> list[str]:
    """The arithmetic, for who opens it."""
    at = words.wall(datetime.fromisoformat(found["at"]), tz, now)
    return [
        f"An answer takes {found['mean']:g} min here, measured on {found['n']:,} of the last seven days.",
        f"{found['arrivals']:g} new cases came in the last hour; {found['late']:,} are late already and not counted.",
        f"Played forward 200 times from the queue as it stood at {at}: "
        f"in nine of ten, between {found['low']:,} and {found['high']:,} are missed.",
        record(found.get("record")),
    ]


def record(kept: dict[str, Any] | None) -> str:
    """How often such forecasts were right, in a sentence."""
    if kept is None:
        return "How often it is right is counted from now on: each hour what it said is held against what came."
    hours = words.count(kept["hours"], "hour")
    return (
        f"It was right in {kept['right']} of {hours}: as many were late as it had said within nine of ten. "
        f"Brier score {kept['brier']:.2f} over {words.count(kept['answers'], 'answer')}; "
        "0 is perfect, always saying one half is 0.25."
    )


def _first(session: Session, ids: list[int], brands: Sequence[str] | None) -> list[dict[str, Any]]:
    rows = lists.rows(session, ids, brands)
    faces = lists.faces(session, [row.id for row in rows if row.id is not None])
    shown = [(row.id, faces.get(row.id or 0)) for row in rows if row.answered_at is None]
    return [{"id": key, "name": views.name_of(face.name, face.handle) if face else "Someone"} for key, face in shown]
