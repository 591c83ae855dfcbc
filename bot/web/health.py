"""For machines that watch: is it alive (`/healthz`), may it be asked (`/readyz`), how it does (`/metrics`)."""

import hmac
import logging
from collections.abc import Iterator
from ipaddress import ip_address

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from bot.app import App
from bot.store import cases, gaps, heartbeats, migrate, outbox, quarantine, sources
from bot.store.db import DatabaseAway
from bot.web.late import new_routes

log = logging.getLogger(__name__)
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def router(app: App) -> APIRouter:
    """The three addresses. None of them shows a customer's word or a secret."""
    web = new_routes()
    fits: list[bool] = []  # asked once: a running program's tables do not change under it

    @web.get("/healthz")
    def healthz() -> Response:
        """503 when a loop has not finished a round in three of its intervals, or the database does not answer."""
        return _beating(app)

    @web.get("/readyz")
    def readyz() -> Response:
        """503 until the database answers and has this program's tables."""
        try:
            app.db.ping()
        except (OSError, DatabaseAway):
            return _away()
        if not fits:
            if migrate.current(app.db) != migrate.newest():
                return JSONResponse({"ok": False, "why": "The database is behind. Run: earshot migrate"}, 503)
            fits.append(True)
        return JSONResponse({"ok": True})

    @web.get("/metrics")
    def metrics(request: Request) -> Response:
        if not may_measure(app, request):
            raise HTTPException(404)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Figures(app))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return web


def _beating(app: App) -> Response:
    now = app.clock.now()
    try:
        with app.db.read() as session:
            silent = {row.loop for row in heartbeats.silent(session, now)}
            loops = [
                {"loop": row.loop, "ok": row.loop not in silent, "age_s": round((now - row.at).total_seconds(), 1)}
                for row in heartbeats.all_of(session)
            ]
    except (OSError, DatabaseAway):
        return _away()
    return JSONResponse({"ok": not silent, "loops": loops}, 503 if silent else 200)


def _away() -> Response:
    log.warning("The database does not answer", exc_info=True)
    return JSONResponse({"ok": False, "why": "The database does not answer."}, 503)


def may_measure(app: App, request: Request) -> bool:
    """This machine itself (not somebody behind its proxy), or who holds the token."""
    token = app.settings.metrics_token
    brought = request.headers.get("authorization", "")
    if token is not None and hmac.compare_digest(brought.encode(), f"Bearer {token.get_secret_value()}".encode()):
        return True
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class Figures:
    """Reads every figure at the moment it is asked for: nothing is counted twice and a restart loses nothing."""

    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        """Metrics for prometheus_client."""
        yield from self._hearing()
        yield from self._work()
        yield from self._loops()

    def _hearing(self) -> Iterator[Metric]:
        now = self._app.clock.now()
        seen = CounterMetricFamily("earshot_posts_seen", "Posts a source was shown", labels=["source"])
        kept = CounterMetricFamily("earshot_posts_heard", "Posts kept", labels=["source"])
        state = GaugeMetricFamily("earshot_source_state", "1 for the state a source is in", labels=["source", "state"])
        age = GaugeMetricFamily("earshot_source_heard_age_seconds", "Since a source was last read", labels=["source"])
        spent = CounterMetricFamily("earshot_source_spent_dollars", "Paid for reading", labels=["source"])
        gap = GaugeMetricFamily("earshot_gaps_open", "Stretches not heard, not yet healed", labels=["source"])
        with self._app.db.read() as session:
            rows, missing = sources.all_of(session), gaps.open_gaps(session)
        for row in rows:
            seen.add_metric([row.name], row.seen)
            kept.add_metric([row.name], row.kept)
            spent.add_metric([row.name], row.spent)
            state.add_metric([row.name, row.state], 1)
            gap.add_metric([row.name], sum(1 for each in missing if each.source == row.name))
            if row.polled_at is not None:
                age.add_metric([row.name], (now - row.polled_at).total_seconds())
        yield from (seen, kept, spent, state, gap, age)

    def _work(self) -> Iterator[Metric]:
        queue = GaugeMetricFamily("earshot_cases", "Cases in each part of the queue", labels=["part"])
        box = GaugeMetricFamily("earshot_outbox", "Messages by audience and state", labels=["audience", "state"])
        aside = GaugeMetricFamily("earshot_quarantine_open", "Things put aside for a person to look at")
        with self._app.db.read() as session:
            for part, number in cases.counts(session, None, self._app.clock.now()).items():
                queue.add_metric([part], number)
            for (audience, state), number in outbox.counts(session).items():
                box.add_metric([audience, state], number)
            aside.add_metric([], quarantine.count(session))
        yield from (queue, box, aside)

    def _loops(self) -> Iterator[Metric]:
        age = GaugeMetricFamily("earshot_loop_age_seconds", "Since a loop finished a round", labels=["loop"])
        silent = GaugeMetricFamily("earshot_loops_silent", "Loops that missed three of their rounds")
        now = self._app.clock.now()
        with self._app.db.read() as session:
            for row in heartbeats.all_of(session):
                age.add_metric([row.loop], (now - row.at).total_seconds())
            silent.add_metric([], len(heartbeats.silent(session, now)))
        yield from (age, silent)
