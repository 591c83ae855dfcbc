"""`python -m tests.browser.states`: every page in every bad moment. What is written there stays, and why is said.

The server is a process of its own, killed and stopped for real. On each page every form is filled and pressed and then
a link is followed: it must still be that page, with every word in it, and a line in sight must say what is going on.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, sync_playwright
from sqlalchemy.exc import OperationalError

from bot import ids
from bot.store import people
from bot.store.tables_house import AccountRow
from tests.browser import everything
from tests.browser.house import CHROMIUM, FLAGS, House, running

FILL = """
() => { let n = 0;
  for (const f of document.querySelectorAll("main form[method=post] textarea, main form[method=post] input")) {
    if (f.closest("dialog") || f.readOnly || f.disabled || !f.matches("textarea, [type=text], :not([type])")) continue;
    f.dataset.typed = f.value = `words of ours ${n += 1}`;
  } return n; }
"""
COUNT = "() => document.querySelectorAll('[data-typed]').length"
KEPT = "() => [...document.querySelectorAll('[data-typed]')].filter((f) => f.value === f.dataset.typed).length"
WORDS = '(f) => !f.closest("dialog") && !f.matches("[data-plain], :has([type=password])")'  # those go by themselves
FORMS = f"() => [...document.querySelectorAll('main form[method=post]')].filter({WORDS}).length"
PRESS = """
(at) => { const form = [...document.querySelectorAll("main form[method=post]")].filter(%s)[at];
  form.noValidate = true; form.requestSubmit(form.querySelector("button:not([type=button])"));
  return new URL(form.action).pathname; }
""".replace("%s", WORDS)
AGAIN = "() => !!document.querySelector('.wrong, .told.warn')"
FOLLOW = "() => document.querySelector('nav.rail a:not([aria-current])').click()"
SAID = "() => { const line = document.querySelector('#adrift'); return line ? line.dataset.words : ''; }"
UNTELL = "() => { const line = document.querySelector('#adrift'); if (line) line.remove(); }"
WAITS = "not answered yet"
READABLE = ("full disk", "no right")  # pages can be read then: a link is followed, and whoever goes leaves their words


@dataclass
class Seen:
    """What was seen in one bad moment."""

    pages: int = 0
    fields: int = 0
    presses: int = 0
    links: int = 0
    again: int = 0
    left: int = 0
    said: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def serve(folder: str) -> None:
    """The server, as a process of its own, that does what each line of its input says."""
    with running(Path(folder), **everything.LOUD) as house:
        boss = house.person("lena", "operator")
        everything.full(house, (50,))
        house.seed.note(1, boss.id or 0, "@lena, ring the depot")
        everything.telling(house, boss.id or 0)
        everything.common(house, boss.id or 0)
        token = ids.token()
        with house.app.db.begin() as session:
            people.open_session(session, boss.id or 0, ids.digest_of(token), ids.token(), house.app.clock.now())
        _tell({"address": house.address, "token": token, "pages": everything.addresses(house)})
        for line in sys.stdin:
            _does(house, line.strip())
            _tell({})


def _does(house: House, what: str) -> None:
    db: Any = house.app.db
    if what in ("no database", "full disk"):
        db.begin = _broken
    if what == "no database":
        db.read = _broken
    if what == "signed out":
        with db.begin() as session:
            people.end_sessions(session, 1, house.app.clock.now())
    if what == "no right":
        with db.begin() as session:
            row = session.get(AccountRow, 1)
            row.role = "viewer"


@contextmanager
def _broken(*_: object, **__: object) -> Iterator[None]:
    raise OperationalError("", {}, Exception("database or disk is full"))
    yield


def _tell(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def moment(name: str, context: BrowserContext, folder: Path) -> Seen:
    """Open every page, let it happen, then try each."""
    command = [sys.executable, "-m", "tests.browser.states", "serve", str(folder)]
    seen = Seen()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        house = json.loads(process.stdout.readline())
        # A browser has six connections to a place, and each live page keeps one while it is looked at.
        context.set_default_timeout(180_000)
        context.route("**/live", lambda route: route.abort())
        context.add_cookies([{"name": "earshot", "value": house["token"], "url": house["address"]}])
        for at in range(0, len(house["pages"]), 12) if name == "hung" else (0,):
            some = house["pages"][at : at + 12] if name == "hung" else house["pages"]
            pages = [_opened(context, house["address"] + path) for path in some]
            if name == "hung":
                process.send_signal(signal.SIGSTOP)
            elif name == "killed":
                process.kill()
            else:
                process.stdin.write(f"{name}\n")
                process.stdin.flush()
                process.stdout.readline()
            seen.pages += len(pages)
            seen.fields += sum(int(page.evaluate(COUNT)) for page in pages)
            _tried(seen, [(page, page.url) for page in pages], name)
            if name == "hung":
                process.send_signal(signal.SIGCONT)
            for page in pages:
                page.close()
        process.kill()
    return seen


def _opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200, address
    page.evaluate(FILL)
    return page


def _tried(seen: Seen, pages: list[tuple[Page, str]], name: str) -> None:
    """Press each form of each page, then follow a link; of a server that hangs the first form, on all pages at once."""
    if name == "hung":
        for turn in (0, None):
            did = [(page, where, _do(seen, page, turn)) for page, where in pages if turn is None or _forms(page)]
            for page, where, what in did:
                _judged(seen, page, where, what, name)
        return
    for page, where in pages:
        if not page.url.startswith(where):  # nothing was written on it, and it went for the log-in by itself
            seen.left += 1
            continue
        for turn in [*range(_forms(page)), None]:
            if not _judged(seen, page, where, _do(seen, page, turn), name):
                break


def _forms(page: Page) -> int:
    return int(page.evaluate(FORMS))


def _do(seen: Seen, page: Page, turn: int | None) -> str:
    page.evaluate(UNTELL)
    seen.presses, seen.links = seen.presses + (turn is not None), seen.links + (turn is None)
    return str(page.evaluate(PRESS, turn) if turn is not None else page.evaluate(FOLLOW) or "a link")


def _judged(seen: Seen, page: Page, where: str, what: str, name: str) -> bool:
    """Is it as it should be, so that one can go on with this page?"""
    said, fields = _said(page, where, 30_000 if name == "hung" else 6_000), _asked(page, COUNT)
    seen.said.add(said)
    kept = _asked(page, KEPT)
    if page.url.startswith(where) and kept == fields and said:
        return True
    link = what == "a link"
    if not link and name in READABLE and _asked(page, AGAIN):  # the form itself, with what it says of them
        seen.again += 1
        page.goto(where)
        page.evaluate(FILL)
        return True
    ours = str(_asked(page, "() => document.title")).endswith("Earshot")
    done = name in READABLE and not _asked(page, "() => !!document.querySelector('.sorry')")  # what one still may
    if not (ours and (done or (link and (not fields or name in READABLE)))):
        seen.wrong.append(f"{where}, {what}: {page.url}, {kept} of {fields} fields kept. {said}")
    return False


def _said(page: Page, where: str, wait_ms: int) -> str:
    for _ in range(wait_ms // 50):
        said = _asked(page, SAID)
        if not page.url.startswith(where):
            page.wait_for_load_state()
            return ""
        if said and WAITS not in said:
            return str(said)
        page.wait_for_timeout(50)
    return ""


def _asked(page: Page, question: str) -> Any:
    try:
        return page.evaluate(question)
    except Error:  # the page is being left
        return None


def main(names: list[str]) -> int:
    """Every moment, or those that are named; how many were wrong."""
    wrong = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in names or ["killed", "hung", "no database", "full disk", "signed out", "no right"]:
            folder = Path(tempfile.mkdtemp(prefix="earshot-states-"))
            seen = moment(name, browser.new_context(viewport={"width": 1440, "height": 900}), folder)
            shutil.rmtree(folder)
            wrong += len(seen.wrong)
            sys.stdout.write(
                f"{name}: {seen.pages} pages, {seen.fields} fields, {seen.presses} presses, {seen.links} links; "
                f"{seen.again} forms answered, {seen.left} pages without words left, {len(seen.wrong)} wrong\n"
            )
            for line in [*sorted(seen.said), *seen.wrong]:
                sys.stdout.write(f"    {line}\n")
            sys.stdout.flush()
        browser.close()
    return wrong


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1:]) > 0)
