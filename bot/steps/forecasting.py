"""The queue → will we make it: worked out each minute, for every wall people look through, and kept for the pages."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core.forecast import HOUR, Forecast, forecast
from bot.core.forecast_score import Said, Score
from bot.store import forecasts, paces

Walls = list[list[str] | None]


def look_ahead(app: App) -> bool:
    """Make the forecasts anew. True if any could be made."""
    now = app.clock.now()
    with app.db.read() as session:
        walls: Walls = paces.walls(session)
    made = [(wall, *_one(app, wall, now)) for wall in walls]
    with app.db.begin() as session:
        for wall, content, said in made:
            forecasts.judge(session, wall, now)
            forecasts.note(session, wall, said, content.get("hour_low", 0), content.get("hour_high", 0), now)
            forecasts.put(session, wall, content | _record(forecasts.record(session, wall)) if content else {}, now)
    return any(content for _, content, _ in made)


def _record(found: Score | None) -> dict[str, Any]:
    """How often it was right, for the page that explains it."""
    return {"record": asdict(found)} if found is not None else {}


def _one(app: App, wall: Sequence[str] | None, now: datetime) -> tuple[dict[str, Any], list[Said]]:
    with app.db.read() as session:
        waiting = paces.waiting(session, wall, now)
        crew, pace = paces.agents(session, wall, now), paces.pace(session, wall, now)
    found = forecast([one for _, one in waiting], crew, pace)  # no transaction is open while it is played
    if found is None:
        return {}, []
    content = _kept(found, [key for key, _ in waiting], now) | {
        "mean": round(pace.mean, 1),
        "n": pace.n,
        "arrivals": round(pace.arrivals * 60, 1),
    }
    played = zip(waiting, found.chances, strict=False)  # those behind the ones that are played have no chance of theirs
    due = [(key, one, chance) for (key, one), chance in played if 0 < one.left <= HOUR]
    return content, [Said(key, chance, now + timedelta(minutes=one.left)) for key, one, chance in due]


def _kept(found: Forecast, ids: list[int], now: datetime) -> dict[str, Any]:
    return {
        "waiting": found.waiting,
        "late": found.late,
        "agents": found.agents,
        "misses": found.misses,
        "low": found.low,
        "high": found.high,
        "by": (now + timedelta(minutes=found.by)).isoformat(),
        "more": found.more,
        "first": [ids[at] for at in found.first],
        "hour_low": found.hour_low,
        "hour_high": found.hour_high,
    }
