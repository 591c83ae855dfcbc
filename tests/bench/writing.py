"""From a key stroke to the breach on the page, in a real Chromium: `python -m tests.bench writing`.

A letter is typed at a human pace into a reply; its last stroke makes a broken boundary, and its first after that takes
the breach away again. Beside it stands what the browser and the wire cost alone: a stroke to its own echo in the box.

BENCH_AGENTS=50 lets it happen in a full house: a server of its own with BENCH_MENTIONS (100,000), in which so many
people work as `agents` has them.
"""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.bench.agents import Agent, _cpu_ms, _logged_in, _served
from tests.bench.seeding import seeded
from tests.browser.house import CHROMIUM, FLAGS, running

ROUNDS = 25
LETTER = "Hi Otis, both charges are ours. Write me your card number"
WATCH = """
() => { window.stroke = new Promise((done) => document.addEventListener("input", () => {
  const at = performance.now(), breaches = () => document.querySelectorAll(".breach").length, had = breaches();
  requestAnimationFrame(() => { window.echo = performance.now() - at; });
  const seen = new MutationObserver(() => {
    if (breaches() !== had) { seen.disconnect(); done(performance.now() - at); } });
  seen.observe(document.body, { childList: true, subtree: true });
}, { capture: true, once: true })); }
"""


def _one(page: Page, pause_ms: float) -> float:
    """Milliseconds from one stroke to the change of the list of breaches."""
    page.wait_for_timeout(pause_ms)
    page.evaluate(WATCH)
    page.keyboard.press("Backspace" if page.locator(".breach").count() else "r")
    return float(page.evaluate("() => window.stroke"))


def report() -> None:
    """Print the times after a pause, and in the midst of typing."""
    many = int(os.environ.get("BENCH_AGENTS", "0"))
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP")) as folder:
        if many:
            _beside(Path(folder), many)
        else:
            _alone(Path(folder))


def _alone(folder: Path) -> None:
    with running(folder) as house, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        key = house.seed.case("charged twice for seat 14A", "Otis Fenn", ago=48)
        page = house.enter(browser.new_context(), house.person("lena"))
        _typed(page, f"{house.address}/cases/{key}")
        browser.close()


def _beside(folder: Path, many: int) -> None:
    """The same by one more person, while the others are at work; everything asked for goes over real sockets."""
    url = f"sqlite:///{folder / 'earshot.sqlite'}"
    with closing(seeded(folder, int(os.environ.get("BENCH_MENTIONS", "100000")), url=url)) as db:
        tokens = _logged_in(db, many + 1)
    with _served(folder, url) as (address, pid), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        agents = [Agent(address, token, number) for number, token in enumerate(tokens)]
        context = browser.new_context()
        name = f"earshot{address.rsplit(':')[-1]}"
        context.add_cookies([{"name": name, "value": tokens[-1], "url": address}])
        with _at_work(agents[:-1]):
            before, begun = _cpu_ms(pid), time.perf_counter()
            _typed(context.new_page(), f"{address}/cases/{agents[-1].rows[-1]}")
            cores = (_cpu_ms(pid) - before) / 1000 / (time.perf_counter() - begun)
        pages, refused = sum(len(one.pages) for one in agents), [code for one in agents for code in one.refused]
        print(f"   beside {many} people, {pages} pages of theirs, refused {refused or 'none'}; {cores:.2f} cores of "
              f"the server, load average {os.getloadavg()[0]:.1f}")  # fmt: skip
        browser.close()


@contextmanager
def _at_work(agents: list[Agent]) -> Iterator[None]:
    """Everybody has come, and works until the end; nobody claims the case that is written to."""
    stop = threading.Event()
    threads = [threading.Thread(target=each, args=(stop,), daemon=True) for a in agents for each in (a.stream, a.look)]
    threads += [threading.Thread(target=a.work, args=(stop, iter(())), daemon=True) for a in agents]
    for thread in threads:
        thread.start()
    time.sleep(20)
    try:
        yield
    finally:
        stop.set()
        for agent in agents:
            agent.nudged.set()
        for thread in threads[len(agents) * 2 :]:
            thread.join(30)


def _typed(page: Page, address: str) -> None:
    """Take the case, write, and time the strokes."""
    page.goto(address)
    page.keyboard.press("c")
    page.locator("#lease").wait_for()
    page.keyboard.press("r")
    page.keyboard.type(LETTER, delay=60)
    page.locator(".breach").first.wait_for()
    for name, pause in (("after a pause", 600.0), ("typing on, 150 ms a stroke", 150.0)):
        spent = [_one(page, pause) for _ in range(ROUNDS)]
        cuts = statistics.quantiles(spent, n=20)
        print(f"   {name}: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms of {len(spent)}", flush=True)
    print(f"   a stroke to its own echo: {page.evaluate('() => window.echo'):.0f} ms")
