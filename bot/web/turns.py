"""Pages are made one at a time: more at once would make every one of them slower.

Making a page is Python's work with dozens of short questions to the database. Each question lets go of the interpreter,
and to get it back a thread waits for every other thread that computes (`sys.getswitchinterval`): forty pages at once
take many times as long as forty in turn, and two take longer than one after the other: docs/performance.md has figures.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = 1  # a second only beside one that is slow
SLOW_S = 0.2  # what takes so long lends its turn to the next: it may wait for the database
PATIENCE_S = 2.0  # then a page is made all the same: one slow answer must not hold up the house
LIVE = "/live/"  # open pages asking for their places: one at a time, so that who presses something goes before them
SEARCHES = ("/search", "/topics", "/weeks", "/audit", "/customers")
"""What may read a great part of the database: these take turns among themselves and never a page's."""
LANE_PATIENCE_S = 30.0
PRESS, PAGE = 0, 1  # who presses something goes before who opens a page


class Turns:
    """ASGI layer: a request waits for its turn, keeps it until its answer begins, and goes without after two seconds.

    A turn is taken when the whole request has come, so who sends slowly keeps nobody waiting; streams give theirs back
    with their first byte. `serving` is open as long: the loops make room. Searches are made one at a time beside the
    pages, and not at all for who has gone meanwhile.
    """

    def __init__(
        self,
        app: ASGIApp,
        at_once: int = AT_ONCE,
        patience_s: float = PATIENCE_S,
        slow_s: float = SLOW_S,
        serving: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._app, self._patience_s, self._serving = app, patience_s, serving
        self._turns, self._live, self._searches = _Lane(at_once, slow_s), _Lane(1), _Lane(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "GET" and scope["path"].startswith(SEARCHES):
            await self._search(scope, receive, send)
            return
        async with AsyncExitStack() as held:
            waits = scope["method"] not in ("GET", "HEAD")

            async def whole() -> Message:
                nonlocal waits
                message = await receive()
                if waits and not message.get("more_body", False):
                    waits = False
                    await self._take(held, scope)
                return message

            if not waits:
                await self._take(held, scope)
            await self._app(scope, whole, _giving_back(held, send))

    async def _take(self, held: AsyncExitStack, scope: Scope) -> None:
        live = scope["path"].startswith(LIVE)
        with anyio.move_on_after(LANE_PATIENCE_S if live else self._patience_s):
            if live:
                await held.enter_async_context(self._live.turn(PAGE))
            await held.enter_async_context(self._turns.turn(_rank(scope)))
        held.enter_context(self._serving())

    async def _search(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One search at a time. While it waits nobody may be left who wants its answer: then it is not made."""
        first = await receive()
        async with AsyncExitStack() as held:
            if not await _unless_gone(held, self._searches.turn(PAGE), receive):
                return
            held.enter_context(self._serving())
            told = iter((first,))

            async def rest() -> Message:
                return next(told, None) or await receive()

            await self._app(scope, rest, _giving_back(held, send))


def _giving_back(held: AsyncExitStack, send: Send) -> Send:
    """The turn ends when the answer begins: who reads slowly keeps nobody waiting."""

    async def begun(message: Message) -> None:
        if message["type"] == "http.response.start":
            await held.aclose()
        await send(message)

    return begun


def _rank(scope: Scope) -> int:
    """A press goes first; that an open page is still open is no press."""
    return PAGE if scope["method"] in ("GET", "HEAD") or scope["path"].endswith("/here") else PRESS


async def _unless_gone(held: AsyncExitStack, turn: AbstractAsyncContextManager[None], receive: Receive) -> bool:
    """Wait for the turn, thirty seconds at most; False if the visitor went away first."""
    gone = False
    async with anyio.create_task_group() as waiting:

        async def watch() -> None:
            nonlocal gone
            while (await receive())["type"] != "http.disconnect":
                pass
            gone = True
            waiting.cancel_scope.cancel()

        waiting.start_soon(watch)
        with anyio.move_on_after(LANE_PATIENCE_S):
            await held.enter_async_context(turn)
        waiting.cancel_scope.cancel()
    return not gone


class _Lane:
    """So many at once, and one more beside whoever takes longer than `slow_s`.

    Who waits is called by rank, and among equals in the order they came.
    """

    def __init__(self, at_once: int, slow_s: float | None = None) -> None:
        self._free, self._slow_s, self._lent = at_once, slow_s, False
        self._waiting: tuple[deque[anyio.Event], ...] = (deque(), deque())

    @asynccontextmanager
    async def turn(self, rank: int) -> AsyncIterator[None]:
        """Have one of the turns until the end."""
        await self._take(rank)
        mine = _Turn()
        later = None
        if self._slow_s is not None:
            later = asyncio.get_running_loop().call_later(self._slow_s, self._lend, mine)
        try:
            yield
        finally:
            if later is not None:
                later.cancel()
            if mine.lent:
                self._lent = False
            else:
                self._give_back()

    def _lend(self, mine: "_Turn") -> None:
        if not self._lent:
            self._lent = mine.lent = True
            self._give_back()

    async def _take(self, rank: int) -> None:
        if self._free:
            self._free -= 1
            return
        called = anyio.Event()
        self._waiting[rank].append(called)
        try:
            await called.wait()
        except BaseException:  # its patience is over, or its visitor has gone
            if called in self._waiting[rank]:
                self._waiting[rank].remove(called)
            else:
                self._give_back()
            raise

    def _give_back(self) -> None:
        first = next((line for line in self._waiting if line), None)
        if first is None:
            self._free += 1
        else:
            first.popleft().set()


@dataclass(slots=True)
class _Turn:
    """A turn somebody has, and whether the next has it already."""

    lent: bool = False
