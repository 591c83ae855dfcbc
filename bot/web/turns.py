"""Pages are made a few at a time: more at once would make every one of them slower.

Making a page is Python's work with dozens of short questions to the database. Each question lets go of the interpreter,
and to get it back a thread waits up to 5 ms for every other thread that computes (`sys.getswitchinterval`): forty pages
at once take many times as long as forty in turn. Measured in docs/performance.md.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = 2  # one computes while one waits for the database
PATIENCE_S = 2.0  # then a page is made all the same: one slow answer must not hold up the house
LIVE = "/live/"  # open pages asking for their places: one at a time, so that who presses something goes before them
LIVE_PATIENCE_S = 30.0


class Turns:
    """ASGI layer: a request waits for its turn, keeps it until its answer begins, and goes without after two seconds.

    A turn is taken when the whole request has come, so who sends slowly keeps nobody waiting; streams give theirs back
    with their first byte. `serving` is open as long: the loops make room.
    """

    def __init__(
        self,
        app: ASGIApp,
        at_once: int = AT_ONCE,
        patience_s: float = PATIENCE_S,
        serving: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._app, self._patience_s, self._serving = app, patience_s, serving
        self._turns, self._live = anyio.Semaphore(at_once), anyio.Semaphore(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self._app(scope, receive, send)
            return
        async with AsyncExitStack() as held:
            waits = scope["method"] not in ("GET", "HEAD")

            async def whole() -> Message:
                nonlocal waits
                message = await receive()
                if waits and not message.get("more_body", False):
                    waits = False
                    await self._take(held, scope["path"])
                return message

            async def begun(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await held.aclose()
                await send(message)

            if not waits:
                await self._take(held, scope["path"])
            await self._app(scope, whole, begun)

    async def _take(self, held: AsyncExitStack, path: str) -> None:
        live = path.startswith(LIVE)
        with anyio.move_on_after(LIVE_PATIENCE_S if live else self._patience_s):
            if live:
                await held.enter_async_context(_one(self._live))
            await held.enter_async_context(_one(self._turns))
        held.enter_context(self._serving())


@asynccontextmanager
async def _one(turns: anyio.Semaphore) -> AsyncIterator[None]:
    await turns.acquire()
    try:
        yield
    finally:
        turns.release()
