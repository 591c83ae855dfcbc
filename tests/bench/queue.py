"""How long the queue page takes with 10,000 and with 1,000,000 mentions: `python -m tests.bench queue`.

Real HTTP to a uvicorn process of its own, logged in, one request after another. The page must not grow with the table.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import httpx

from bot.store.tables import CaseRow
from tests.bench.seeding import PASSWORD, seeded

SIZES = (10_000, 1_000_000)
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


def measure(mentions: int) -> dict[str, tuple[float, float]]:
    """p50 and p95 of each page, in milliseconds."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP")) as folder:
        start = time.perf_counter()
        db = seeded(Path(folder), mentions)
        with db.read() as session:
            first = session.get(CaseRow, 5)
        db.close()
        size = (Path(folder) / "earshot.sqlite").stat().st_size
        print(
            f"   seeded {mentions:,} mentions in {time.perf_counter() - start:.0f} s, {size / 1e6:,.0f} MB", flush=True
        )
        port = _free_port()
        server = subprocess.Popen([sys.executable, "-c", _SERVE, folder, str(port)])
        try:
            with closing(_client(port)) as client:
                asked = {"case": first.id if first else 1, "ids": ",".join(str(n) for n in range(1, 151))}
                return {name: _timed(client, path.format(**asked)) for name, path in PAGES.items()}
        finally:
            server.terminate()
            server.wait(30)


def _timed(client: httpx.Client, path: str) -> tuple[float, float]:
    spent = []
    for _round in range(ROUNDS + 3):
        start = time.perf_counter()
        answer = client.get(path)
        spent.append(1000 * (time.perf_counter() - start))
        assert answer.status_code == 200, (path, answer.status_code)
    spent = spent[3:]
    return statistics.median(spent), statistics.quantiles(spent, n=20)[18]


def report(sizes: tuple[int, ...] = SIZES) -> None:
    """Print both and what they differ by."""
    found = {size: measure(size) for size in sizes}
    for page in PAGES:
        told = "; ".join(
            f"{size:,}: p50 {found[size][page][0]:.0f} ms, p95 {found[size][page][1]:.0f} ms" for size in sizes
        )
        ratio = found[sizes[-1]][page][0] / found[sizes[0]][page][0]
        print(f"{page:10} {told}; p50 ratio {ratio:.2f}")
