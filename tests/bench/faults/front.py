"""The folder's own fault server before a fake platform, on a clock that may leap over every wait.

A case's answers come from the folder's `tools/faultserver.py`, loaded as it is; what a connector asks beside its
listing (tokens, rules, an instance's own page) is passed to the fake behind it.
"""

import asyncio
import importlib.util
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SLOWEST_S = 60.0
Ask = Callable[[], tuple[int, dict[str, str], bytes]]
StepOf = Callable[[int, Ask], dict[str, Any]]


class Leaping:
    """Runs as the machine's clock does from noon of the case's day, and leaps where a wait would follow."""

    def __init__(self) -> None:
        self._leapt = 0.0
        self._start = time.monotonic()

    def monotonic(self) -> float:
        return time.monotonic() - self._start + self._leapt

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.monotonic())

    def worked(self) -> float:
        return 0.0

    def sleep(self, span: timedelta, stop: threading.Event | None = None) -> bool:
        return (stop or threading.Event()).wait(span.total_seconds())

    def leap(self, to: datetime) -> None:
        """Be at `to`, if that is still to come."""
        self._leapt += max(0.0, (to - self.now()).total_seconds() + 0.01)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request: seconds on the case's clock, its path, whether the fault server answered, its headers."""

    at: float
    path: str
    listing: bool
    headers: dict[str, str]


class _Asked:
    """A request already read, handed to the fault server with the case's id before its path."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self._head, self._body = head, body

    async def readuntil(self, _end: bytes) -> bytes:
        return self._head

    async def readexactly(self, _many: int) -> bytes:
        return self._body


def _server(folder: Path, clock: Leaping) -> ModuleType:
    """A fault server of its own for a case: its counters and its clock are nobody else's."""
    spec = importlib.util.spec_from_file_location(f"faultserver_{id(clock)}", folder / "tools" / "faultserver.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    module.CAP = SLOWEST_S
    module.time = SimpleNamespace(time=lambda: clock.now().timestamp(), monotonic=clock.monotonic)
    return module  # type: ignore[no-any-return]


class Front:
    """Listens on a free port; `step_of` makes each answer anew where the case's shape is another platform's."""

    def __init__(
        self, folder: Path, clock: Leaping, row: dict[str, Any], listing: str, behind: str, step_of: StepOf | None
    ) -> None:
        self._server, self._clock, self._row = _server(folder, clock), clock, row
        self._listing, self._behind, self._step_of = re.compile(listing), behind, step_of
        self.log: list[Seen] = []
        self.broke: Exception | None = None
        self._number = 0
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait(10)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._handle, "127.0.0.1", 0, limit=1 << 20))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        self._loop.run_forever()

    def stop(self) -> None:
        """Answer nobody any more."""
        self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_soon(self._loop.stop)

    @property
    def listings(self) -> list[Seen]:
        """What the fault server was asked."""
        return [seen for seen in self.log if seen.listing]

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            method, path, headers = _read(head)
            body = await reader.readexactly(int(headers.get("content-length") or 0))
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError, ValueError):
            writer.close()
            return
        listing = bool(self._listing.search(path)) or not self._behind
        self.log.append(Seen(self._clock.monotonic(), path, listing, headers))
        try:
            await (self._fault if listing else self._pass)(method, path, headers, body, head, writer)
        except ConnectionError:
            writer.close()

    async def _pass(
        self, method: str, path: str, headers: dict[str, str], body: bytes, _head: bytes, writer: asyncio.StreamWriter
    ) -> None:
        status, told, content = await asyncio.to_thread(self._ask, method, path, headers, body)
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        start = f"HTTP/1.1 {status} X\r\n{lines}content-length: {len(content)}\r\nconnection: close\r\n\r\n"
        writer.write(start.encode() + content)
        await writer.drain()
        writer.close()

    async def _fault(
        self, method: str, path: str, headers: dict[str, str], body: bytes, head: bytes, writer: asyncio.StreamWriter
    ) -> None:
        number, self._number, case = self._number, self._number + 1, self._row["id"]
        if self._step_of is not None:
            ask = lambda: self._ask(method, path, headers, body)
            try:
                step = await asyncio.to_thread(self._step_of, number, ask)
            except Exception as error:
                self.broke = error
                writer.close()
                return
            self._server.CASES[case], self._server.COUNT[case] = {"id": case, "seq": [step]}, 0
        rest = head.split(b"\r\n", 1)[1]
        await self._server.handle(_Asked(f"{method} /{case}{path} HTTP/1.1\r\n".encode() + rest, body), writer)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        ours = ("host", "connection", "content-length", "accept-encoding")
        sent = {name: value for name, value in headers.items() if name not in ours}
        with httpx.Client(timeout=10, trust_env=False) as client:
            answer = client.request(method, self._behind + path, headers=sent, content=body)
        theirs = ("content-length", "connection", "content-encoding", "transfer-encoding")
        return answer.status_code, {n: v for n, v in answer.headers.items() if n not in theirs}, answer.content


def _read(head: bytes) -> tuple[str, str, dict[str, str]]:
    line, *rest = head.decode("latin1").split("\r\n")
    method, path, _ = line.split(" ", 2)
    parts = (part.partition(":") for part in rest if part)
    return method, path, {name.lower(): value.strip() for name, _, value in parts}
