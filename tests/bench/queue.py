"""How long the queue page takes with 10,000, 100,000 and 1,000,000 mentions: `python -m tests.bench queue`.

Real HTTP to a uvicorn process of its own, logged in, one request after another. The page must not grow with the table.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx

from tests.bench.seeding import PASSWORD, seeded

SIZES = (10_000, 100_000, 1_000_000)  # from the second on every section is full: then nothing may grow
PAGES = {
    "queue": "/",
    "mine": "/mine",
    "case": "/cases/{case}",
    "live": "/live/now?ids={ids}",
    "late list": "/?view=theirs",
}
ROUNDS = 60

_SERVE = """
import sys, uvicorn
from pathlib import Path
from bot import wire
from bot.web.app import create, server_options
from config.settings import Settings
settings = Settings(home=Path(sys.argv[1]), port=int(sys.argv[2]), reader="words")
app = wire.build(settings)
uvicorn.run(create(app), **server_options(app))
"""


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _client(port: int) -> httpx.Client:
    """Logged in, as soon as the server answers."""
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
    end = time.monotonic() + 60
    while True:
        try:
            found = re.search(r'name="csrf" (?:content|value)="([^"]*)"', client.get("/login").text)
            break
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    form = {"csrf": found[1] if found else "", "login": "lena", "password": PASSWORD}
    answer = client.post("/login", data=form, headers={"origin": f"http://127.0.0.1:{port}"})
    assert answer.status_code == 303, answer.text[:300]
    return client


@contextmanager
def served(mentions: int) -> Iterator[httpx.Client]:
    """A server on a database of this size, and somebody logged in."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP")) as folder:
        start = time.perf_counter()
        seeded(Path(folder), mentions).close()
        size = (Path(folder) / "earshot.sqlite").stat().st_size
        took = time.perf_counter() - start
        print(f"   seeded {mentions:,} mentions in {took:.0f} s, {size / 1e6:,.0f} MB", flush=True)
        port = _free_port()
        server = subprocess.Popen([sys.executable, "-c", _SERVE, folder, str(port)])
        try:
            with closing(_client(port)) as client:
                yield client
        finally:
            server.terminate()
            server.wait(30)


def measure(sizes: tuple[int, ...]) -> dict[str, dict[int, list[float]]]:
    """Milliseconds of each page at each size. The sizes take turns, so that a busy moment falls on all of them."""
    asked = {"case": 5, "ids": ",".join(str(n) for n in range(1, 151))}
    with ExitStack() as stack:
        clients = {size: stack.enter_context(served(size)) for size in sizes}
        found: dict[str, dict[int, list[float]]] = {page: {size: [] for size in sizes} for page in PAGES}
        for at in range(ROUNDS + 3):
            for page, path in PAGES.items():
                for size, client in clients.items():
                    spent = _timed(client, path.format(**asked))
                    found[page][size] += [spent] if at >= 3 else []
    return found


def _timed(client: httpx.Client, path: str) -> float:
    start = time.perf_counter()
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return 1000 * (time.perf_counter() - start)


def _told(size: int, spent: list[float]) -> str:
    return f"{size:,}: p50 {statistics.median(spent):.0f} ms, p95 {statistics.quantiles(spent, n=20)[18]:.0f} ms"


def report(sizes: tuple[int, ...] = SIZES) -> None:
    """Print all and what the last two differ by."""
    for page, of_size in measure(sizes).items():
        told = "; ".join(_told(size, spent) for size, spent in of_size.items())
        before, last = (statistics.median(of_size[size]) for size in sizes[-2:])
        print(f"{page:10} {told}; p50 of the last to the one before {last / before:.2f}")
