"""What a page may change by itself: a nudge by server-sent events, then fragments for named places.

The nudge carries no content; the page answers it by asking `/live/now` for exactly the places it has. Order is never
among them. The stream is the one coroutine of the house: hundreds of open pages must not hold hundreds of threads.
"""

import threading
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from bot.app import App
from bot.store import cases, lists, people, presence
from bot.web import queue, views
from bot.web.auth import Me, alive, brands_of
from bot.web.headers import origin_is_ours
from bot.web.pages import render

PULSE_S = 0.5
CHECK_LOGIN_EVERY = 4  # pulses: a log-out ends an open stream within two seconds
COMMENT_EVERY = 30  # pulses without news: a comment keeps proxies from closing the stream
MOST_ROWS = 320
MOST_STREAMS = 300


class Pulse:
    """Says whether anything changed: one look at the database a pulse, however many pages are open."""

    def __init__(self, app: App) -> None:
        self._app, self._lock = app, threading.Lock()
        self._looked, self._stamp = -1.0, ""

    def stamp(self) -> str:
        """Differs from the last one whenever a page could show something new."""
        with self._lock:
            if self._app.clock.monotonic() - self._looked >= PULSE_S or not self._stamp:
                self._stamp, self._looked = self._look(), self._app.clock.monotonic()
            return self._stamp

    def _look(self) -> str:
        with self._app.db.read() as session:
            event, case = lists.stamp(session)
            seen = presence.last_change(session)
        return f"{event}.{case}.{int(seen.timestamp()) if seen else 0}"


def router(app: App) -> APIRouter:
    """The stream and the places."""
    web = APIRouter()
    pulse, streams = Pulse(app), threading.BoundedSemaphore(MOST_STREAMS)

    @web.get("/live")
    def stream(request: Request, me: Me) -> Response:
        """`status` whenever something changed. Ends with the log-in; over the limit the page polls instead."""
        if not origin_is_ours(request.headers, app.settings):
            return Response(status_code=403)
        nudges = beats(app, pulse, request.state.session_hash, streams)
        return StreamingResponse(nudges, media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    @web.get("/live/now")
    def now(
        request: Request,
        me: Me,
        ids: Annotated[str, Query(max_length=4_000)] = "",
        case: Annotated[int, Query(ge=0, le=2**53)] = 0,
        newest: Annotated[int, Query(ge=0, le=2**53)] = 0,
        seen: Annotated[str, Query(max_length=40)] = "",
        view: Annotated[str, Query(max_length=20)] = "everyone",
    ) -> Response:
        """The named places of a page as they are now."""
        asked = [int(part) for part in ids.split(",")[:MOST_ROWS] if part.isdecimal() and len(part) < 16]
        return render(request, "_live.html", **places(app, me.id or 0, brands_of(me), asked, case, newest, seen, view))

    return web


def places(
    app: App, me: int, brands: list[str] | None, ids: list[int], case: int, newest: int, seen: str, view: str
) -> dict[str, Any]:
    """Rows, counts, presence, the new-message line and the outbox, for these places only."""
    now = app.clock.now()
    with app.db.read() as session:
        rows = queue.row_views(app, session, lists.rows(session, ids, brands), me, now)
        shown = cases.get(session, case) if case else None
        shown = shown if shown is not None and (brands is None or shown.brand in brands) else None
        present = presence.at_cases(session, [case], now).get(case, []) if shown else []
        names = lists.names(session, [shown.holder, me] if shown else [])
        counts = cases.counts(session, brands, now)
        return {
            "rows": rows,
            "clock": views.row_clock(shown, now, app.settings.zone) if shown else None,
            "present": views.other_at(present, me),
            "lease": views.lease_words(shown, me, names, now) if shown else "",
            "newmsg": views.wrote_again(shown, seen, app.settings.zone, now) if shown else "",
            "case_id": case,
            "views": queue.tabs(counts, lists.count_mine(session, me, brands)) + queue.kept_tabs(session, people.get(session, me)),
            "view": view,
            "waiting_words": queue.waiting_words(counts),
            "fresh": lists.opened_after(session, newest, brands) if newest else 0,
            "outbox": queue.outbox(app, session, me, now),
        }


async def beats(app: App, pulse: Pulse, session_hash: str, streams: threading.BoundedSemaphore) -> AsyncIterator[str]:
    """Nudges for one page until its log-in ends. Over the limit of streams the page is told to poll instead."""
    if not streams.acquire(blocking=False):
        yield "retry: 30000\n\n"
        return
    last, count, quiet = "", 0, 0
    try:
        while count % CHECK_LOGIN_EVERY or await to_thread.run_sync(alive, app, session_hash) is not None:
            stamp = await to_thread.run_sync(pulse.stamp)
            count, quiet = count + 1, quiet + 1
            if stamp != last:
                last, quiet = stamp, 0
                yield f"event: status\ndata: {stamp}\n\n"
            elif quiet >= COMMENT_EVERY:
                quiet = 0
                yield ": here\n\n"
            await anyio.sleep(PULSE_S)
    finally:
        streams.release()
