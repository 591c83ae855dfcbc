"""The stream of nudges: news within a second, an end with the log-in, no thread held while nothing happens."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import anyio
import pytest
from sqlmodel import select

from bot.app import App
from bot.clock import SystemClock
from bot.store import cases, events, people, presence
from bot.store.db import Database
from bot.store.tables_house import SessionRow
from bot.store.written import WRITTEN
from bot.web import live
from tests.statements import statements
from tests.web.conftest import Browser, hire
from tests.web.seed import Seed, enter

Visit = Callable[[], Browser]


@pytest.fixture
def seed(app: App) -> Seed:
    return Seed(app)


def test_the_stamp_changes_with_a_case_an_event_and_with_who_is_here(app: App, clock: Any, seed: Seed) -> None:
    pulse = live.Pulse(app)
    stamps = [pulse.stamp()]
    case = seed.case("one")
    stamps.append(pulse._look())
    priya = hire_id(app)
    with app.db.begin() as session:
        presence.seen(session, case, priya, False, clock.now())
    stamps.append(pulse._look())
    assert len(set(stamps)) == 3
    clock.move(timedelta(seconds=5))
    with app.db.begin() as session:
        presence.seen(session, case, priya, False, clock.now())
    assert pulse._look() == stamps[-1], "that a page is still there is no news to the others"
    with app.db.begin() as session:
        presence.seen(session, case, priya, True, clock.now())
    assert pulse._look() != stamps[-1], "that she writes now is"


def test_posts_that_are_heard_and_read_nudge_nobody(app: App, clock: Any) -> None:
    pulse = live.Pulse(app)
    first = pulse._look()
    with app.db.begin() as session:
        events.add_many(session, clock.now(), "earshot", [("mention.heard", "mention:1", "Acme", {})])
    assert pulse._look() == first
    with app.db.begin() as session:
        events.add(session, clock.now(), "earshot", "case.tagged", "case:1", "Acme")
    assert pulse._look() != first


def test_a_page_that_knows_the_newest_is_answered_with_nothing(app: App, visit: Visit, clock: Any, seed: Seed) -> None:
    browser = visit()
    enter(app, browser, hire(app, "lena"))
    case = seed.case("one")
    full = browser.get("/live/now", params={"ids": str(case)})
    assert f'data-row="c{case}"' in full.text
    again = browser.get("/live/now", params={"ids": str(case), "was": full.headers["x-stamp"]})
    assert (again.status_code, again.text) == (204, "")
    clock.move(timedelta(minutes=1))
    later = browser.get("/live/now", params={"ids": str(case), "was": full.headers["x-stamp"]})
    assert later.status_code == 200, "words of time have changed"


def test_within_a_minute_only_rows_that_changed_are_sent(app: App, visit: Visit, clock: Any, seed: Seed) -> None:
    browser = visit()
    lena = enter(app, browser, hire(app, "lena")) or hire_id(app)
    one, two, three = seed.case("one"), seed.case("two"), seed.case("three")
    ids = f"{one},{two},{three}"
    was = browser.get("/live/now", params={"ids": ids}).headers["x-stamp"]
    with app.db.begin() as session:
        events.add(session, clock.now(), "earshot", "case.tagged", f"case:{two}", "Acme")
        presence.seen(session, three, lena, True, clock.now())
    clock.move(timedelta(seconds=0.6))
    news = browser.get("/live/now", params={"ids": ids, "was": was})
    assert [f'data-row="c{key}"' in news.text for key in (one, two, three)] == [False, True, True]
    strange = browser.get("/live/now", params={"ids": ids, "was": f"9.9.x.{was.rpartition('.')[2]}"})
    assert strange.text.count("data-row") == 3, "a stamp nobody knows gets everything"


def sitting(app: App, visit: Visit, name: str, brands: tuple[str, ...] = ()) -> Browser:
    browser = visit()
    enter(app, browser, hire(app, name, brands=brands))
    return browser


def test_what_one_page_was_told_is_told_to_nobody_behind_a_wall(app: App, visit: Visit, seed: Seed) -> None:
    ours = seed.case("Northwind Air lost my bag")
    theirs = seed.case("Tern Ferries left without us", "Otis Fenn", brand="Tern Ferries")
    asked = {"ids": f"{ours},{theirs}", "case": str(ours)}
    all_of_it = sitting(app, visit, "lena").get("/live/now", params=asked).text
    walled = sitting(app, visit, "kofi", ("Tern Ferries",)).get("/live/now", params=asked).text
    again = sitting(app, visit, "priya").get("/live/now", params=asked).text
    assert [f'data-row="c{key}"' in all_of_it for key in (ours, theirs)] == [True, True]
    assert [f'data-row="c{key}"' in walled for key in (ours, theirs)] == [False, True]
    assert again == all_of_it
    assert ["2 waiting" in page for page in (all_of_it, walled)] == [True, False]
    assert "clock-left" not in walled, "nor the case itself"


def test_what_another_process_did_stands_in_the_next_look(
    app: App, visit: Visit, clock: Any, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, lena, priya = seed.case("one"), sitting(app, visit, "lena"), hire(app, "priya")
    asked = {"ids": str(case)}
    was = lena.get("/live/now", params=asked).headers["x-stamp"]
    other, later = Database(app.db.url), clock.now() + timedelta(minutes=9)
    monkeypatch.setattr(WRITTEN, "_count", lambda _tables: None)  # what another process writes is not counted here
    with other.begin() as session:
        row = cases.get(session, case)
        assert row is not None
        assert cases.move(session, row, state="claimed", holder=priya.id, lease_until=later)
        events.add(session, clock.now(), f"account:{priya.id}", "case.claimed", f"case:{case}", row.brand)
    other.close()
    clock.move(timedelta(seconds=0.6))
    news = lena.get("/live/now", params=asked | {"was": was})
    assert "Priya" in news.text


def test_the_second_who_looks_at_the_same_news_asks_only_what_is_their_own(app: App, visit: Visit, seed: Seed) -> None:
    keys = ",".join(str(seed.case(f"case {number}")) for number in range(8))
    pages = [sitting(app, visit, name) for name in ("lena", "priya", "otis")]
    pages[0].get("/live/now", params={"ids": keys})
    for page in pages:
        with statements(app.db) as said:
            assert page.get("/live/now", params={"ids": keys}).text.count("data-row") == 8
        assert len([one for one in said if one != "BEGIN"]) <= 4, said  # log-in, the newest event, cases of one's own


def test_of_a_flood_of_news_a_page_that_knows_less_gets_every_row(
    app: App, visit: Visit, clock: Any, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_NEWS", 3)
    browser, keys = sitting(app, visit, "lena"), [seed.case(f"case {number}") for number in range(3)]
    asked = {"ids": ",".join(map(str, keys))}

    def told(was: str, *subjects: str) -> tuple[int, str]:
        clock.move(timedelta(seconds=0.6))
        with app.db.begin() as session:
            for subject in subjects:
                events.add(session, clock.now(), "earshot", "case.tagged", subject, "Acme")
        answer = browser.get("/live/now", params=asked | {"was": was})
        return answer.text.count("data-row"), answer.headers["x-stamp"]

    _, first = told("")
    two, second = told(first, f"case:{keys[0]}", "brand:Acme", f"case:{keys[1]}")
    assert two in (2, 3)
    rows, _ = told(second, *[f"case:{keys[2]}"] * 2)
    assert rows == 1, "what is still known is enough for who knew the last"
    assert told(first)[0] == 3, "what came before that is forgotten"


def test_the_log_ins_of_all_open_streams_are_one_question(app: App, visit: Visit) -> None:
    for name in ("lena", "priya", "otis"):
        sitting(app, visit, name)
    with app.db.read() as session:
        logins = list(session.exec(select(SessionRow.hash)).all())
    pulse = live.Pulse(app)

    async def ask() -> list[bool]:
        with ExitStack() as open_streams:
            for login in logins:
                open_streams.enter_context(pulse.watching(login))
            return [await pulse.lives(login) for login in logins]

    with app.db.begin() as session:
        people.end_session(session, logins[1], app.clock.now())
    with statements(app.db) as said:
        assert anyio.run(ask) == [True, False, True]
    assert len([one for one in said if one != "BEGIN"]) == 1
    assert (pulse.open, pulse._logins) == (0, {})


def test_with_many_pages_open_each_is_nudged_less_often(app: App) -> None:
    pulse = live.Pulse(app)
    assert pulse.pace == live.PULSE_S
    pulse.open = 50
    assert pulse.pace == 3


def test_many_pages_cost_one_look(app: App, seed: Seed) -> None:
    pulse = live.Pulse(app)
    first = pulse.stamp()
    seed.case("one")
    assert pulse.stamp() == first, "within half a second nobody looks again"


def hire_id(app: App) -> int:
    return hire(app, "priya").id or 0


def beats(
    app: App, session_hash: str, act: Callable[[], None], most: int, closing: Callable[[], bool] = lambda: False
) -> list[str]:
    """What a page hears: `act` happens after the first nudge."""
    heard: list[str] = []

    async def listen() -> None:
        with anyio.fail_after(20):
            async for beat in live.beats(app, live.Pulse(app), session_hash, threading.BoundedSemaphore(5), closing):
                heard.append(beat)
                if len(heard) == 1:
                    act()
                if len(heard) >= most:
                    return

    anyio.run(listen)
    return heard


def signed_in(app: App, visit: Visit) -> str:
    browser, lena = visit(), hire(app, "lena")
    enter(app, browser, lena)
    with app.db.read() as session:
        return people.sessions_of(session, lena.id or 0, app.clock.now())[0].hash


def test_news_comes_as_a_nudge_without_words(make_app: Any, visit: Visit, app: App, seed: Seed) -> None:
    ticking = App(**{name: getattr(app, name) for name in App.__slots__} | {"clock": SystemClock()})
    seed.app = ticking
    login = signed_in(ticking, visit)
    heard = beats(ticking, login, lambda: seed.case("a new one") and None, 2)
    assert [beat.split("\n")[0] for beat in heard] == ["event: status", "event: status"]
    assert "a new one" not in "".join(heard)


def test_a_log_out_ends_an_open_stream(app: App, visit: Visit) -> None:
    login = signed_in(app, visit)

    def log_out() -> None:
        with app.db.begin() as session:
            people.end_session(session, login, app.clock.now())

    assert len(beats(app, login, log_out, 99)) == 1


def test_the_end_of_the_house_ends_an_open_stream(app: App, visit: Visit) -> None:
    ended = threading.Event()
    assert len(beats(app, signed_in(app, visit), ended.set, 99, ended.is_set)) == 1


def test_over_the_limit_of_streams_a_page_is_told_to_poll(app: App) -> None:
    full = threading.BoundedSemaphore(1)
    full.acquire()
    heard: list[str] = []

    async def listen() -> None:
        heard.extend([beat async for beat in live.beats(app, live.Pulse(app), "x", full)])

    anyio.run(listen)
    assert heard == ["retry: 30000\n\n"]


def test_a_foreign_page_gets_no_stream(app: App, visit: Visit) -> None:
    browser = visit()
    enter(app, browser, hire(app, "lena"))
    assert browser.get("/live", headers={"Origin": "https://evil.example"}).status_code == 403
    assert browser.get("/live", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_stranger_gets_no_stream(visit: Visit) -> None:
    assert visit().get("/live").status_code == 303
