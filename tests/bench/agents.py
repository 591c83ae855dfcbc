"""The queue with 50 people in it, each with a live stream and a new page every 10 to 20 s; on both engines.

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
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from bot import ids
from bot.clock import SystemClock
from bot.store import people
from bot.store.db import Database
from tests.bench.queue import _free_port
from tests.bench.seeding import seeded

PAGES, SECONDS = 60, 60
LOOK_EVERY_S = 10.0  # how often an open page says that it is there and asks for its places

_SERVE = """
import sys, uvicorn
from pathlib import Path
from bot import wire
from bot.cli.serve import SWITCH_S, few_arenas, few_pauses
from bot.web.app import create, server_options
from config.settings import Settings
settings = Settings(home=Path(sys.argv[1]), port=int(sys.argv[2]), database_url=sys.argv[3], reader="words")
few_arenas()
sys.setswitchinterval(SWITCH_S)
app = wire.build(settings)
web = create(app)
few_pauses()
uvicorn.run(web, **server_options(app))
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
def _served(folder: Path, url: str, program: str = _SERVE) -> Iterator[tuple[str, int]]:
    port = _free_port()
    server = subprocess.Popen([sys.executable, "-c", program, str(folder), str(port), url])
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
    """One person with the queue open, as the page behaves: a stream, a look at their places when nudged or after ten
    seconds, a sign that they are there, a page every 10 to 20 s, and at every second page a claim."""

    def __init__(self, address: str, token: str, number: int) -> None:
        self.client = httpx.Client(base_url=address, cookies={f"earshot{address.rsplit(':')[-1]}": token}, timeout=120)
        page = self.client.get("/").text
        found = re.search(r'name="csrf" content="([^"]+)"', page)
        assert found is not None, page[:200]
        self.csrf, self.rows = found[1], re.findall(r'data-case="(\d+)"', page)[:75]
        self.number, self.nudged, self.was = number, threading.Event(), ""
        self.pages: list[float] = []
        self.claims: list[float] = []
        self.looks: list[float] = []
        self.refused: list[int] = []

    def stream(self, stop: threading.Event) -> None:
        """Keep `/live` open; news wakes the one who looks."""
        try:
            with self.client.stream("GET", "/live") as answer:
                for line in answer.iter_lines():
                    if line.startswith("event"):
                        self.nudged.set()
                    if stop.is_set():
                        return
        except httpx.TransportError:
            return  # the end of the bench

    def look(self, stop: threading.Event) -> None:
        """Be there as a page is: say so, and ask for the places."""
        chance, said = random.Random(self.number), 0.0
        stop.wait(chance.uniform(0, LOOK_EVERY_S))
        while not stop.is_set():
            if time.perf_counter() - said >= LOOK_EVERY_S:
                self.post(f"/cases/{self.rows[self.number % len(self.rows)]}/here", writing="no")
                said = time.perf_counter()
            self.was = self._timed(self.looks, self._places).headers.get("x-stamp", self.was)
            self.nudged.wait(LOOK_EVERY_S)
            self.nudged.clear()

    def _places(self) -> httpx.Response:
        asked = {"ids": ",".join(self.rows), "was": self.was}
        return self.client.get("/live/now", params=asked, headers={"hx-request": "true"})

    def work(self, stop: threading.Event, cases: Iterator[int]) -> None:
        """Open the queue every 10 to 20 s; claim a case of one's own at every second page."""
        chance, turn = random.Random(-self.number - 1), 0
        stop.wait(chance.uniform(0, 15))
        while not stop.is_set():
            self._timed(self.pages, lambda: self.client.get("/"))
            turn += 1
            if turn % 2 == 0 and (case := next(cases, None)) is not None:
                stop.wait(chance.uniform(1, 4))
                self._timed(self.claims, lambda: self.post(f"/cases/{case}/claim"))
            stop.wait(chance.uniform(10, 20))

    def _timed(self, spent: list[float], ask: Callable[[], httpx.Response]) -> httpx.Response:
        start = time.perf_counter()
        answer = ask()
        spent.append(1000 * (time.perf_counter() - start))
        if answer.status_code not in (200, 204):
            self.refused.append(answer.status_code)
        return answer

    def post(self, path: str, **form: str) -> httpx.Response:
        """Change something as a form does."""
        return self.client.post(path, data={"csrf": self.csrf, **form}, headers={"hx-request": "true"})


def _alone(agent: Agent) -> list[float]:
    return [agent._timed([], lambda: agent.client.get("/")).elapsed.total_seconds() * 1000 for _ in range(PAGES)][5:]


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
    begun = time.perf_counter()
    with _served(folder, url) as (address, pid):
        print(f"   {engine}: ready {time.perf_counter() - begun:.1f} s after the start", flush=True)
        agents = [Agent(address, token, number) for number, token in enumerate(tokens)]
        before = _cpu_ms(pid)
        print(f"   {engine}: {_told('queue page, alone', _alone(agents[-1]))}", flush=True)
        print(f"   {engine}: {(_cpu_ms(pid) - before) / PAGES:.0f} ms of CPU a page", flush=True)
        _together(engine, agents[:-1], pid, [1 + 200 * number + 4 for number in range(mentions // 5 // 200)])
        memory = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line)
        print(f"   {engine}: most memory, no model: {int(memory.split()[1]) // 1024} MB", flush=True)


def _together(engine: str, agents: list[Agent], pid: int, cases: list[int]) -> None:
    """All at once for a while; what each kind of request took."""
    stop, own = threading.Event(), [iter(cases[agent.number :: len(agents)]) for agent in agents]
    threads = [threading.Thread(target=each, args=(stop,), daemon=True)
               for agent in agents for each in (agent.stream, agent.look)]  # fmt: skip
    threads += [
        threading.Thread(target=a.work, args=(stop, its), daemon=True) for a, its in zip(agents, own, strict=True)
    ]
    for thread in threads:
        thread.start()
    time.sleep(20)  # everybody has come
    for agent in agents:
        agent.pages, agent.claims, agent.looks = [], [], []
    before, begun = _cpu_ms(pid), time.perf_counter()
    time.sleep(SECONDS)
    cores = (_cpu_ms(pid) - before) / 1000 / (time.perf_counter() - begun)
    stop.set()
    for agent in agents:
        agent.nudged.set()
    for thread in threads[len(agents) * 2 :]:
        thread.join(30)
    for name in ("pages", "claims", "looks"):
        spent = [one for agent in agents for one in getattr(agent, name)]
        print(
            f"   {engine}: {_told(f'{name}, {len(agents)} people, {len(spent) / SECONDS:.1f} a second', spent)}",
            flush=True,
        )
    refused = [one for agent in agents for one in agent.refused]
    load = os.getloadavg()[0]
    print(
        f"   {engine}: {cores:.2f} cores of the server, load average {load:.1f}, refused {refused or 'none'}",
        flush=True,
    )


def report() -> None:
    """Both engines, one after the other."""
    mentions, many = int(os.environ.get("BENCH_MENTIONS", "1000000")), int(os.environ.get("BENCH_AGENTS", "50"))
    for engine in os.environ.get("BENCH_ENGINES", "sqlite,postgres").split(","):
        _engine(engine, mentions, many)
