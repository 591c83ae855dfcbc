"""The pages of drills."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from bot.app import App
from bot.demo.crisis import Pretend, Rooms
from bot.store import drills
from bot.store.tables_house import AccountRow
from bot.web import app as web_app
from responders.types import Message
from tests.web.conftest import ADDRESS, NOON, Browser, hire

Visit = Callable[[], Browser]
FACTS = {
    "owed": 5, "answered": 2, "windows_kept": 1, "first_heard_s": 60.0, "first_claimed_s": None, "first_answer_s": 1200,
    "proposed_s": 0.0, "worst_wait_s": 5100.0, "missed": ["c", "<b>d</b>"], "unheard": [], "without_case": [],
    "noise_in_queue": ["n"], "duplicates": 1, "same_words": 0, "messages": 7,
}  # fmt: skip


@pytest.fixture
def browser(app: App, visit: Visit) -> Browser:
    hire(app, "lena", "lead")
    made = visit()
    made.log_in("lena")
    return made


def test_without_a_drill_the_page_says_how_to_play_one(browser: Browser) -> None:
    assert "earshot drill start outage-friday" in browser.get("/drills").text


def test_a_debrief_reads_in_words_and_as_json(app: App, browser: Browser) -> None:
    with app.db.begin() as session:
        key = drills.keep(session, "outage", NOON, NOON, dict(FACTS))
    assert "2 of 5 customers answered, 1 within the promised 1 hour. The longest wait was 1 hour 25 minutes." in (
        browser.get("/drills").text
    )
    page = browser.get(f"/drills/{key}").text
    for said in ("never", "20 minutes", "at once", "Without an answer: 2", "&lt;b&gt;d&lt;/b&gt;"):
        assert said in page
    assert "Not heard" not in page
    assert browser.get(f"/drills/{key}/debrief.json").json()["missed"] == ["c", "<b>d</b>"]


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        ([1800.0], "1 within the promised 30 minutes."),
        ([900.0, 3600.0, 14400.0], "1 within what was promised (15 minutes to 4 hours)."),
        ([], "1 in time."),
    ],
)
def test_answers_are_measured_by_what_the_brand_promises(
    app: App, browser: Browser, windows: list[float], said: str
) -> None:
    with app.db.begin() as session:
        drills.keep(session, "outage", NOON, NOON, FACTS | {"windows_s": windows})
    assert said in browser.get("/drills").text


def told(brand: str, text: str, **changes: Any) -> dict[str, Any]:
    one = {"after_s": 0, "by": "slack", "room": "#drill-care", "thread": False, "edits": 0}
    return one | {"brand": brand, "text": text} | changes


def test_what_the_rooms_were_told_is_read_in_the_debrief_behind_the_walls(
    app: App, browser: Browser, visit: Visit
) -> None:
    every = [
        told("Acme", "Perhaps an incident: “<b>bags</b>”.\nHeld back."),
        told("Other", "Secret trouble", after_s=240, thread=True, edits=2),
        told("", "3 cases of several brands"),
    ]
    with app.db.begin() as session:
        key = drills.keep(session, "outage", NOON, NOON, FACTS | {"said": every})
        old = drills.keep(session, "older", NOON, NOON, dict(FACTS))
    page = browser.get(f"/drills/{key}").text
    for words in ("“&lt;b&gt;bags&lt;/b&gt;”", "Held back.", "At the start, to ", "#drill-care (Slack)",
                  "After 4 minutes, to ", "in a thread, changed 2 times since", "3 cases of several"):  # fmt: skip
        assert words in page, words
    assert "played before its messages were kept" in browser.get(f"/drills/{old}").text
    hire(app, "ada", "lead", ("Acme",))
    walled = visit()
    walled.log_in("ada")
    theirs = walled.get(f"/drills/{key}").text
    assert "bags" in theirs
    assert "Secret" not in theirs
    assert "several brands" not in theirs
    assert [one["brand"] for one in walled.get(f"/drills/{key}/debrief.json").json()["said"]] == ["Acme"]


def test_the_rooms_of_a_drill_are_read_where_it_goes_on_and_nowhere_else(
    app: App, visit: Visit, browser: Browser
) -> None:
    assert browser.get("/drills/room").status_code == 404
    room = Pretend("slack", app.clock.now)
    receipt = room.send(Message("k", "#drill-care", "new", facts={"brand": "Acme"}))
    room.update(receipt, Message("k", "#drill-care", "<@UDRILL1> *late* &amp; loud"))
    assert [one["brand"] for one in room.told(NOON, {})] == ["Acme"]
    rooms = Rooms(NOON)
    rooms["slack"] = cast("Any", room)
    with app.db.begin() as session:
        lena = session.exec(select(AccountRow)).one()
        lena.slack_user = "UDRILL1"
        session.add(lena)
    client = TestClient(web_app.create(replace(app, responders=rooms)), base_url=ADDRESS, follow_redirects=False)
    sandbox = Browser(client)
    sandbox.log_in("lena")
    assert "@Lena late &amp; loud" in sandbox.get("/drills/room").text
    assert 'href="/drills/room"' in sandbox.get("/drills").text
    client.close()


@pytest.mark.parametrize("path", ["/drills/0", "/drills/99", "/drills/99/debrief.json", f"/drills/{2**60}"])
def test_an_unknown_drill_is_not_found(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_drills_are_for_leads(app: App, visit: Visit) -> None:
    hire(app, "ada", "agent")
    agent = visit()
    agent.log_in("ada")
    assert agent.get("/drills").status_code == 403
