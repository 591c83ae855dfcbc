"""What a page may change by itself: a nudge by server-sent events, then fragments for named places.

The nudge carries no content; the page answers it by asking `/live/now` for exactly the places it has. Order is never
among them. The stream is the one coroutine of the house: hundreds of open pages must not hold hundreds of threads.
"""

import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Annotated, Any
from zlib import crc32

import anyio
from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from bot.app import App
from bot.store import asked, badges, cases, events, lists, presence
from bot.store.tables_house import AccountRow
from bot.web import filters, kept_views, owing, place, queue, views
from bot.web.auth import Me, alive, brands_of
from bot.web.headers import origin_is_ours
from bot.web.late import new_routes
from bot.web.pages import render

PULSE_S = 0.5
SHARE_S = 0.06  # seconds a page adds to the pace of all: of fifty pages each is nudged every three seconds at most
GOLDEN = 0.6180339887498949
CHECK_LOGINS_S = 1.5  # seconds: a log-out ends an open stream within two
COMMENT_EVERY = 30  # pulses without news: a comment keeps proxies from closing the stream
REMEMBERED = 300  # stamps: a few minutes of news
MOST_NEWS = 2_000  # events
MOST_ROWS = 320
MOST_STREAMS = 300


class Pulse:
    """Says whether anything changed: one look at the database a pulse, however many pages are open."""

    def __init__(self, app: App) -> None:
        self._app, self._lock = app, threading.Lock()
        self._looked, self._stamp, self._told, self._forgotten = -1.0, "", -1, 0
        self._news: tuple[tuple[int, int], ...] = ()  # events after `_forgotten`, newest first, with their cases
        self._logins, self._ended = Counter[str](), frozenset[str]()
        self._checked = -inf
        self._here: dict[str, frozenset[tuple[int, int, bool]]] = {}
        self.open, self._came = 0, 0

    @property
    def known(self) -> str:
        """The last stamp while it is younger than a pulse, else empty: most streams need no look and no thread."""
        return self._stamp if self._app.clock.monotonic() - self._looked < PULSE_S else ""

    @property
    def pace(self) -> float:
        """Seconds between two nudges of one page: with many pages open each is told a little less often."""
        return max(PULSE_S, self.open * SHARE_S)

    def phase(self) -> float:
        """Where in each pace the next page's turn lies, 0 to 1: golden steps keep any number of pages well apart."""
        self._came += 1
        return self._came * GOLDEN % 1

    def stamp(self) -> str:
        """Differs from the last one whenever a page could show something new."""
        with self._lock:
            if self._app.clock.monotonic() - self._looked >= PULSE_S or not self._stamp:
                self._stamp, self._looked = self._look(), self._app.clock.monotonic()
            return self._stamp

    def _look(self) -> str:
        with self._app.db.read() as session:
            newest, case = asked.newest(session)
            if self._told < 0:
                self._told = self._forgotten = newest
            if newest > self._told:
                self._remember(events.told(session, self._told, MOST_NEWS))
                self._told = newest
            here = presence.standing(session, self._app.clock.now())
        stamp = f"{self._told}.{case}.{hash(here) & 0xFFFFFFFF:x}"
        self._here[stamp] = here
        while len(self._here) > REMEMBERED:
            del self._here[next(iter(self._here))]
        return stamp

    def _remember(self, news: list[tuple[int, int]]) -> None:
        """What happened, for all pages: they ask the database no more. Of a flood the newest only."""
        self._news = (*news, *self._news)[:MOST_NEWS]
        if len(self._news) == MOST_NEWS:
            self._forgotten = self._news[-1][0]

    def changed(self, was: str, stamp: str) -> frozenset[int] | None:
        """The cases that a page stamped `was` could show differently by now; None where that is not known any more."""
        before, here = self._here.get(was), self._here.get(stamp)
        event = int(was.partition(".")[0]) if before is not None else -1
        if before is None or here is None or event < self._forgotten:
            return None
        return frozenset({case for number, case in self._news if number > event} | {one[0] for one in before ^ here})

    @contextmanager
    def watching(self, session_hash: str) -> Iterator[None]:
        """A page's stream is open with this log-in."""
        self.open += 1
        self._logins[session_hash] += 1
        try:
            yield
        finally:
            self.open -= 1
            self._logins -= Counter((session_hash,))

    async def lives(self, session_hash: str) -> bool:
        """Whether an open stream's log-in has not ended: one question for all of them, every two seconds."""
        now = anyio.current_time()
        if now - self._checked >= CHECK_LOGINS_S:
            self._checked, asked_for = now, frozenset(self._logins)
            self._ended = asked_for - await to_thread.run_sync(alive, self._app, asked_for)
        return session_hash not in self._ended


def router(app: App) -> APIRouter:
    """The stream and the places."""
    web = new_routes()
    pulse, streams = Pulse(app), threading.BoundedSemaphore(MOST_STREAMS)

    @web.get("/live")
    def stream(request: Request, me: Me) -> Response:
        """`status` whenever something changed. Ends with the log-in; over the limit the page polls instead."""
        if not origin_is_ours(request.headers, app.settings):
            return Response(status_code=403)
        closing: Callable[[], bool] = getattr(request.app.state, "closing", _never)
        nudges = beats(app, pulse, request.state.session_hash, streams, closing)
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
        was: Annotated[str, Query(max_length=80)] = "",
        asked: Annotated[str, Query(max_length=60)] = "",
        q: Annotated[str, Query(max_length=place.LONGEST)] = "",
    ) -> Response:
        """The named places of a page as they are now; 204 where nothing changed since the answer stamped `was`."""
        stamp, minute = pulse.stamp(), _minute(app, request.state.session_hash)
        if was == f"{stamp}.{minute}":
            return Response(status_code=204)
        wanted = [int(part) for part in ids.split(",")[:MOST_ROWS] if part.isdecimal() and len(part) < 16]
        if was.endswith(f".{minute}"):
            changed = pulse.changed(was.rpartition(".")[0], stamp)
            wanted = wanted if changed is None else [one for one in wanted if one in changed]
        answer = render(request, "_live.html", **places(app, me, wanted, case, newest, seen, view, asked, q))
        answer.headers["x-stamp"] = f"{stamp}.{minute}"
        return answer

    return web


def _minute(app: App, session_hash: str) -> str:
    """Words of time change by the minute, and whole pages with them: everybody's minute begins at another second."""
    return str((int(app.clock.now().timestamp()) + crc32(session_hash.encode()) % 60) // 60)


def places(
    app: App, account: AccountRow, ids: list[int], case: int, newest: int, seen: str, view: str, question: str = "",
    under: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Rows, counts, presence, the new-message line and the outbox, for these places only.

    `question`: how what the page waits for is known (owing.mark); the answer says whether it moved on. `under`: the
    filter of the page.
    """
    now, me, brands, tz = app.clock.now(), account.id or 0, brands_of(account), app.settings.zone
    with app.db.read() as session:
        asks = filters.of(under, tz, now)
        base = filters.seen(view if view in filters.WHOLE else "everyone", asks)
        narrow, told = filters.narrow(session, account, asks, now), filters.told(session, account, asks, base, now)
        rows = queue.row_views(app, session, lists.rows(session, ids, brands), me, now)
        shown = cases.get(session, case) if case else None
        shown = shown if shown is not None and (brands is None or shown.brand in brands) else None
        present = presence.at_cases(session, [case], now).get(case, []) if shown else []
        names = lists.names(session, [shown.holder, me] if shown else [])
        kept = kept_views.shown(session, account, tz, now)
        return {
            "rows": rows,
            "clock": views.row_clock(shown, now, app.settings.zone) if shown else None,
            "present": views.other_at(present, me),
            "stands": views.stands(shown, now) if shown else "",
            "lease": views.lease_words(shown, me, names, now) if shown else "",
            "newmsg": views.wrote_again(shown, seen, app.settings.zone, now) if shown else "",
            "case_id": case,
            "decided": bool(shown and question) and owing.mark(session, case) != question,
            "views": queue.tabs(told.fits, asks.question) + queue.kept_tabs(kept),
            "view": view,
            "waiting_words": told.words,
            "outside": told.outside,
            "fresh": lists.opened_after(session, newest, brands, *(narrow.where if narrow else ())) if newest else 0,
            "outbox": queue.outbox(app, session, me, now),
            "badges": {**badges.counts(session, account, now), **{one.path: one.total for one in kept}},
        }


def _never() -> bool:
    return False


async def beats(
    app: App, pulse: Pulse, session_hash: str, streams: threading.BoundedSemaphore, closing: Callable[[], bool] = _never
) -> AsyncIterator[str]:
    """Nudges for one page until its log-in ends, or the house closes: a stream would hold up its end by five seconds.

    Over the limit of streams the page is told to poll instead.
    """
    if not streams.acquire(blocking=False):
        yield "retry: 30000\n\n"
        return
    last, quiet, slot, phase = "", 0, -1, pulse.phase()
    try:
        with pulse.watching(session_hash):
            await anyio.sleep(PULSE_S * phase)
            while not closing() and await pulse.lives(session_hash):
                stamp = pulse.known or await to_thread.run_sync(pulse.stamp)
                quiet += 1
                now = int(anyio.current_time() / pulse.pace + phase)
                if stamp != last and now != slot:
                    last, quiet, slot = stamp, 0, now
                    yield f"event: status\ndata: {stamp}\n\n"
                elif quiet >= COMMENT_EVERY:
                    quiet = 0
                    yield ": here\n\n"
                await anyio.sleep(PULSE_S)
    finally:
        streams.release()
