"""The pages of drills."""

from collections.abc import Callable

import pytest

from bot.app import App
from bot.store import drills
from tests.web.conftest import NOON, Browser, hire

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
    assert "2 of 5 customers answered, 1 within the hour. The longest wait was 1 hour 25 minutes." in (
        browser.get("/drills").text
    )
    page = browser.get(f"/drills/{key}").text
    for said in ("never", "20 minutes", "at once", "Without an answer: 2", "&lt;b&gt;d&lt;/b&gt;"):
        assert said in page
    assert "Not heard" not in page
    assert browser.get(f"/drills/{key}/debrief.json").json()["missed"] == ["c", "<b>d</b>"]


@pytest.mark.parametrize("path", ["/drills/0", "/drills/99", "/drills/99/debrief.json", f"/drills/{2**60}"])
def test_an_unknown_drill_is_not_found(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_drills_are_for_leads(app: App, visit: Visit) -> None:
    hire(app, "ada", "agent")
    agent = visit()
    agent.log_in("ada")
    assert agent.get("/drills").status_code == 403
