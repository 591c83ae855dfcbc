"""The queue with 50 people in it: pages and claims while every one of them has the queue open, on both engines.

`python -m tests.bench agents`; BENCH_MENTIONS (1,000,000), BENCH_AGENTS (50), BENCH_ENGINES (sqlite,postgres).
"""

import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from bot import ids
from bot.clock import SystemClock
from bot.store import people
from bot.store.db import Database
from tests.bench.queue import _free_port
from tests.bench.seeding import seeded

PAGES, CLAIMS = 100, 200
LOOK_EVERY_S = 10.0  # how often an open page says that it is there and asks for its places

_SERVE = """
import sys, uvicorn
from pathlib import Path
from bot import wire
from bot.web.app import create, server_options
from config.settings import Settings
settings = Settings(home=Path(sys.argv[1]), port=int(sys.argv[2]), database_url=sys.argv[3], reader="words")
uvicorn.run(create(wire.build(settings)), **server_options(wire.build(settings)))
"""


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL of its own, as Debian ships it; the address of an empty database."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    place = folder / "pg"
    place.mkdir()
    if owner:
        folder.chmod(0o755)
        shutil.chown(place, "postgres")
    run = [*owner, str(binaries / "pg_ctl"), "-D", str(place / "data"), "-w"]
    subprocess.run([*owner, str(binaries / "initdb"), "-D", str(place / "data"), "-U", "earshot", "-A", "trust"],
                   check=True, capture_output=True)  # fmt: skip
    options = f"-k {place} -c listen_addresses= -c shared_buffers=512MB -c max_connections=120"
    subprocess.run([*run, "-o", options, "-l", str(place / "log"), "start"], check=True, capture_output=True)
    try:
        yield f"postgresql+psycopg://earshot@/postgres?host={place}"
    finally:
        subprocess.run([*run, "-m", "immediate", "stop"], check=False, capture_output=True)


def _logged_in(db: Database, many: int) -> list[str]:
    """Tokens of so many agents' log-ins, made as the door would."""
    now, tokens = SystemClock().now(), [ids.token() for _ in range(many)]
    with db.begin() as session:
        for number, token in enumerate(tokens):
            row = people.create(session, f"agent{number}", f"Agent {number}", "agent", [], "-", now)
            assert row is not None
            people.open_session(session, row.id or 0, ids.digest_of(token), ids.token(), now)
    return tokens


@contextmanager
def _served(folder: Path, url: str) -> Iterator[tuple[str, int]]:
    port = _free_port()
    server = subprocess.Popen([sys.executable, "-c", _SERVE, str(folder), str(port), url])
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{address}/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(30)


class Agent:
    """One person with the queue open: a stream, and a look at their places now and then."""

    def __init__(self, address: str, token: str, number: int) -> None:
        self.client = httpx.Client(base_url=address, cookies={f"earshot{address.rsplit(':')[-1]}": token}, timeout=120)
        page = self.client.get("/").text
        found = re.search(r'name="csrf" content="([^"]+)"', page)
        assert found is not None, page[:200]
        self.csrf, self.rows = found[1], re.findall(r'data-case="(\d+)"', page)[:75]
        self.number, self.nudges = number, 0

    def stream(self, stop: threading.Event) -> None:
        """Keep `/live` open and count the nudges."""
        try:
            with self.client.stream("GET", "/live") as answer:
                for _line in answer.iter_lines():
                    self.nudges += 1
                    if stop.is_set():
                        return
        except httpx.TransportError:
            return  # the end of the bench

    def look(self, stop: threading.Event) -> None:
        """Be there as a page is: say so, and ask for the places."""
        stop.wait(self.number / 50 * LOOK_EVERY_S)
        while not stop.is_set():
            self.post(f"/cases/{self.rows[self.number % len(self.rows)]}/here", writing="no")
            self.client.get("/live/now", params={"ids": ",".join(self.rows)})
            stop.wait(LOOK_EVERY_S)

    def post(self, path: str, **form: str) -> httpx.Response:
        """Change something as a form does."""
        return self.client.post(path, data={"csrf": self.csrf, **form}, headers={"hx-request": "true"})


def _pages(agent: Agent) -> list[float]:
    spent = []
    for _ in range(PAGES):
        start = time.perf_counter()
        answer = agent.client.get("/")
        spent.append(1000 * (time.perf_counter() - start))
        assert answer.status_code == 200
        time.sleep(0.1)
    return spent[5:]


def _claims(agents: list[Agent], cases: list[int]) -> list[float]:
    """Claims of all agents, four a second in all, as a busy room presses; each case by one."""
    waiting, spent, lock = iter(cases), [], threading.Lock()

    def press(agent: Agent) -> None:
        while True:
            with lock:
                case = next(waiting, None)
            if case is None:
                return
            time.sleep(random.uniform(0, 2 * len(agents) / 8))
            start = time.perf_counter()
            answer = agent.post(f"/cases/{case}/claim")
            with lock:
                spent.append(1000 * (time.perf_counter() - start))
            assert answer.status_code == 200, answer.text[:300]

    with ThreadPoolExecutor(len(agents)) as pool:
        list(pool.map(press, agents))
    return spent


def _cpu_ms(pid: int) -> float:
    """Milliseconds of CPU the server has used: the one figure that a busy machine does not change."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _told(name: str, spent: list[float]) -> str:
    cuts = statistics.quantiles(spent, n=100)
    return f"{name}: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, p99 {cuts[98]:.0f} ms of {len(spent)}"


def _engine(engine: str, mentions: int, many: int) -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP")) as place:
        folder = Path(place)
        if engine == "sqlite":
            _measured(engine, folder, f"sqlite:///{folder / 'earshot.sqlite'}", mentions, many)
            return
        with postgres(folder) as url:
            _measured(engine, folder, url, mentions, many)


def _measured(engine: str, folder: Path, url: str, mentions: int, many: int) -> None:
    start = time.perf_counter()
    with closing(seeded(folder, mentions, url=url)) as db:
        tokens = _logged_in(db, many + 1)
    print(f"   {engine}: seeded {mentions:,} mentions in {time.perf_counter() - start:.0f} s", flush=True)
    with _served(folder, url) as (address, pid):
        agents = [Agent(address, token, number) for number, token in enumerate(tokens)]
        before = _cpu_ms(pid)
        print(f"   {engine}: {_told('queue page, alone', _pages(agents[-1]))}", flush=True)
        print(f"   {engine}: {(_cpu_ms(pid) - before) / PAGES:.0f} ms of CPU a page, whatever else runs", flush=True)
        stop = threading.Event()
        threads = [threading.Thread(target=each, args=(stop,), daemon=True)
                   for agent in agents[:-1] for each in (agent.stream, agent.look)]  # fmt: skip
        for thread in threads:
            thread.start()
        time.sleep(LOOK_EVERY_S)
        print(f"   {engine}: {_told(f'queue page, {many} people live', _pages(agents[-1]))}", flush=True)
        cases = [1 + 200 * number + 4 for number in range(mentions // 5 // 200)][:CLAIMS]
        print(f"   {engine}: {_told(f'claim, {many} people live', _claims(agents[:-1], cases))}", flush=True)
        print(f"   {engine}: {sum(agent.nudges for agent in agents):,} lines came down the streams", flush=True)
        stop.set()


def report() -> None:
    """Both engines, one after the other."""
    mentions, many = int(os.environ.get("BENCH_MENTIONS", "1000000")), int(os.environ.get("BENCH_AGENTS", "50"))
    for engine in os.environ.get("BENCH_ENGINES", "sqlite,postgres").split(","):
        _engine(engine, mentions, many)
