"""The queue → will we make it: worked out each minute, for every wall people look through, and kept for the pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core.forecast import Forecast, forecast
from bot.store import forecasts, paces

Walls = list[list[str] | None]


def look_ahead(app: App) -> bool:
    """Make the forecasts anew. True if any could be made."""
    now = app.clock.now()
    with app.db.read() as session:
        walls: Walls = paces.walls(session)
    made = [(wall, _one(app, wall, now)) for wall in walls]
    with app.db.begin() as session:
        for wall, content in made:
            forecasts.put(session, wall, content, now)
    return any(content for _, content in made)


def _one(app: App, wall: Sequence[str] | None, now: datetime) -> dict[str, Any]:
    with app.db.read() as session:
        waiting = paces.waiting(session, wall, now)
        crew, pace = paces.agents(session, wall, now), paces.pace(session, wall, now)
    found = forecast([one for _, one in waiting], crew, pace)  # no transaction is open while it is played
    if found is None:
        return {}
    return _kept(found, [key for key, _ in waiting], now) | {
        "mean": round(pace.mean, 1),
        "n": pace.n,
        "arrivals": round(pace.arrivals * 60, 1),
    }


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
    }
