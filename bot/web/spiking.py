"""Spikes: which rang in the last four weeks, and one with its count, places, words and posts."""

from collections.abc import Collection
from datetime import datetime, timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core import spike_words
from bot.core.beside import Surge
from bot.store import incidents, spike_topics, spikes, weeks
from bot.store.db import Session
from bot.store.tables_incidents import SpikeRow
from bot.web import words
from bot.web.auth import Me
from bot.web.late import new_routes
from bot.web.pages import render
from bot.web.weeks import post_line

NOT_HERE = "There is no such spike, or it is another team’s."
BACK = timedelta(days=28)
MOST_ROWS, MOST_LISTED = 200, 30


def router(app: App) -> APIRouter:
    """One page; the list stands with the incidents."""
    web = new_routes()

    @web.get("/spikes/{spike_id}")
    def one(request: Request, me: Me, spike_id: int) -> Response:
        """One spike and the posts that explain it."""
        with app.db.read() as session:
            row = spikes.get_for(session, me, spike_id) if 0 < spike_id < 2**53 else None
            if row is None:
                raise HTTPException(404, NOT_HERE)
            others = spikes.beside(session, row)
            called = spike_topics.names(session, [each.series for each in (row, *others)])
            posts = weeks.posts(session, row.brand, [str(key) for key in row.posts])
            incident = incidents.get(session, row.incident_id) if row.incident_id is not None else None
        return render(
            request, "spike.html", row=row, lead=_lead(row, called), what=_what(row, called), incident=incident,
            others=[(each.id, _lead(each, called), each.severity) for each in others], total=round(row.seen),
            places=[(words.platform(name), number) for name, number in row.places.items()],
            posts=[post_line(*pair, app.settings.zone) for pair in posts], missing=len(row.posts) - len(posts),
        )  # fmt: skip

    return web


def _what(row: SpikeRow, called: dict[str, str]) -> str:
    return spike_words.what(row.series, called.get(row.series, ""))


def _lead(row: SpikeRow, called: dict[str, str]) -> str:
    return spike_words.measured(row.seen, _what(row, called), timedelta(seconds=row.over_s), row.expected)


def listed(session: Session, brands: Collection[str] | None, now: datetime) -> list[Surge]:
    """What rang lately for these brands (None: all), the newest first."""
    return spikes.stories(session, spikes.of_brands(session, brands, now - BACK, MOST_ROWS))[:MOST_LISTED]
