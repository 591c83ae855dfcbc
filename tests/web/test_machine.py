"""What the case page says of an author who behaves like a machine, and of the same words elsewhere."""

from collections.abc import Callable

import pytest

from bot.app import App
from bot.store import events
from tests.web.conftest import NOON, Browser, hire
from tests.web.seed import BRAND, Seed


@pytest.fixture
def agent(app: App, visit: Callable[[], Browser]) -> Browser:
    Seed(app).brand()
    hire(app, "otis", "agent")
    browser = visit()
    browser.log_in("otis")
    return browser


@pytest.mark.parametrize(("spam", "said"), [("0.97", True), ("0.4", False), ("NULL", False)])
def test_a_machine_is_named_with_its_figures(app: App, agent: Browser, spam: str, said: bool) -> None:
    case_id = Seed(app).case("bags lost again")
    words = "40 posts in a day, 36 in the same words, 40 with a link"
    with app.db.begin() as session:
        session.connection().exec_driver_sql(f"UPDATE mention SET spam = {spam}, spam_why = '{words}'")
    page = agent.get(f"/cases/{case_id}").text
    assert ("Perhaps a machine" in page) is said
    assert (words in page) is said


def test_the_log_says_where_else_the_words_stood(app: App, agent: Browser) -> None:
    case_id = Seed(app).case("bags lost again")
    with app.db.begin() as session:
        events.add(session, NOON, "earshot", "case.joined", f"case:{case_id}", BRAND, also_on="mastodon")
        events.add(session, NOON, "earshot", "case.joined", f"case:{case_id}", BRAND)
    page = agent.get(f"/cases/{case_id}").text
    assert "Said the same on Mastodon; joined by itself" in page
    assert "Wrote again; joined by itself" in page
