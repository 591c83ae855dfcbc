"""posts.jsonl on the real page in Chromium: nothing of a post runs, is fetched, or leaves its place; its words stand.

The stored form of each post is a case of a house of its own, read by an agent; the folder's `tools/html_oracle.py`
looks at what the page shows of it. Afterwards everything is exported as CSV.
"""

import csv
import importlib.util
import io
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bot.core.display import storable
from tests.bench.faults.posts import NOW, read_by_file
from tests.bench.faults.rows import Fate, lines
from tests.browser.house import CHROMIUM, FLAGS, House, running

_SAID = """() => ({
  html: [...document.querySelectorAll('#main .words .said > bdi')].map(each => each.innerHTML).join(''),
  text: [...document.querySelectorAll('#main .words .said > bdi')].map(each => each.textContent).join(''),
  ran: window.earshotXss !== undefined,
  alien: document.querySelectorAll('main script, main iframe, main object, main embed, main img, main [onclick]').length
})"""
LONG = 4_000
_FORMULA = re.compile(r"[=+\-@\t\r\n\0]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def play(folder: Path) -> Iterator[Fate]:
    """Each stored post on its case's page; a last line for the export."""
    oracle = _oracle(folder)
    with tempfile.TemporaryDirectory() as place, running(Path(place)) as house, sync_playwright() as playwright:
        chosen = list(_seeded(house, folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context()
        page = house.enter(context, house.person("lena", "lead"))
        odd = _watched(page, house)
        for row, case_id, text in chosen:
            del odd[:]
            page.goto(f"{house.address}/cases/{case_id}", wait_until="domcontentloaded")
            shown = page.evaluate(_SAID)
            seen = oracle.violations(shown["html"]) + oracle.in_page(shown["html"])
            found = [f"the page holds {one}" for one in seen]
            found += odd + (["a script of the post ran"] if shown["ran"] else [])
            found += [f"{shown['alien']} strange elements"] if shown["alien"] else []
            found += [] if _stands(text, shown["text"]) else ["its words are not all there"]
            yield Fate(f"{row['id']} on the page", tuple(found[:3]))
        browser.close()
        yield Fate("all of them as CSV", tuple(_exported(Path(place), house)))


def _seeded(house: House, folder: Path) -> Iterator[tuple[dict[str, Any], int, str]]:
    file = house.app.settings.home / "posts.jsonl"
    for row in lines(folder, "posts"):
        for post in read_by_file(row, file, lambda: NOW)[-1:]:
            text = storable(post.text)
            if text.strip():
                made = house.seed.case(text, storable(post.author.name) or "Pat", handle=f"{row['id']}.example")
                yield row, made, text


def _watched(page: Page, house: House) -> list[str]:
    """What the page does that no page of ours may do; the list is emptied before each."""
    odd: list[str] = []
    page.on("dialog", lambda dialog: (odd.append("a dialog opened"), dialog.dismiss()))
    page.on("request", lambda asked: odd.append("a foreign request") if house.address not in asked.url else None)
    page.on("console", lambda told: odd.append("a report of the policy") if "Content Security" in told.text else None)
    page.on("pageerror", lambda error: odd.append(f"an error: {str(error)[:60]}"))
    return odd


def _stands(text: str, shown: str) -> bool:
    """All its words, or of a very long one the beginning."""
    whole, seen = _letters(text), _letters(shown)
    return whole == seen or (len(text) > LONG and len(seen) > LONG // 4 and whole.startswith(seen[: LONG // 4]))


def _letters(text: str) -> str:
    """What is left when signs, marks that cannot be seen, and spaces are taken out of both."""
    plain = unicodedata.normalize("NFC", text)
    return "".join(letter for letter in plain if unicodedata.category(letter)[0] in "LN")


def _exported(home: Path, _house: House) -> list[str]:
    env = {**os.environ, "EARSHOT_HOME": str(home)}
    found = []
    for what in ("mentions", "cases", "events"):
        command = [str(Path(sys.executable).with_name("earshot")), "export", what, "--format", "csv"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            found.append(f"export of {what} ended with {done.returncode}: {done.stderr[-80:]}")
        cells = (cell for row in csv.reader(io.StringIO(done.stdout)) for cell in row)
        odd = [cell for cell in cells if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)]
        found += [f"{what}: a cell begins with {odd[0][:1]!r}"] if odd else []
    return found


def _oracle(folder: Path) -> Any:
    spec = importlib.util.spec_from_file_location("html_oracle", folder / "tools" / "html_oracle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
