"""`/api/v1/spikes`: what rose, for other programs, behind the brand walls."""

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from bot.app import App
from bot.core import spike_words
from bot.core.intervals import poisson
from bot.store import feed, spike_topics
from bot.store.tables_incidents import SpikeRow
from bot.web.api import After, Limit
from bot.web.auth import Me, brands_of
from bot.web.late import new_routes
from bot.web.pages import TheApp


class SpikeOut(BaseModel):
    """A moment that rang: `seen` in the `over_s` seconds until `at`, where about `usual` are heard at that hour.

    `low` and `high` bound the count at 95 %. `words` stand out; `mentions` are those of its posts that were heard by
    most, of which deleted ones are left out. Spikes of one brand at one moment are one story.
    """

    id: int
    brand: str
    at: datetime
    counted: str
    severity: str
    seen: int
    usual: float
    low: float
    high: float
    over_s: int
    platforms: dict[str, int]
    words: list[str]
    mentions: list[int]
    incident: int | None


class Spikes(BaseModel):
    """A page. `after` is what to ask for next; null at the end."""

    spikes: list[SpikeOut]
    after: int | None


web = new_routes()


def router(_app: App) -> APIRouter:
    """The route."""
    return web


@web.get("/api/v1/spikes")
def list_spikes(app: TheApp, me: Me, after: After = 0, limit: Limit = 50) -> Spikes:
    """Moments at which more was said than is usual at that hour, oldest first."""
    with app.db.read() as session:
        rows = feed.spikes_after(session, brands_of(me), after, limit + 1)
        called = spike_topics.names(session, [row.series for row, _mentions in rows])
        shown = [spike_out(row, mentions, called) for row, mentions in rows[:limit]]
    return Spikes(spikes=shown, after=shown[-1].id if len(rows) > limit else None)


def spike_out(row: SpikeRow, mentions: list[int], called: Mapping[str, str]) -> SpikeOut:
    """A spike as the API shows it; `called` are the names of a brand's own topics."""
    low, high = poisson(round(row.seen))
    return SpikeOut(
        id=row.id or 0, brand=row.brand, at=row.at, counted=spike_words.what(row.series, called.get(row.series, "")),
        severity=row.severity, seen=round(row.seen), usual=round(row.expected, 1), low=round(low, 1),
        high=round(high, 1), over_s=row.over_s, platforms=dict(row.places), words=list(row.words), mentions=mentions,
        incident=row.incident_id,
    )  # fmt: skip
