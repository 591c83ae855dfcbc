"""From a key stroke to the breach on the page, in a real Chromium: `python -m tests.bench writing`.

A letter is typed at a human pace into a reply; its last stroke makes a broken boundary, and its first after that takes
the breach away again. Beside it stands what the browser and the wire cost alone: a stroke to its own echo in the box.
"""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

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
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as house,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        key = house.seed.case("charged twice for seat 14A", "Otis Fenn", ago=48)
        page = house.enter(browser.new_context(), house.person("lena"))
        page.goto(f"{house.address}/cases/{key}")
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
        browser.close()
