"""Search over posts, notes and replies, with operators, inside the wall."""

from collections.abc import Callable

import pytest

from bot.app import App
from bot.steps.answer.arrange import note
from tests.web.conftest import Browser, hire
from tests.web.seed import Seed, enter
from tests.web.test_queue import names

Visit = Callable[[], Browser]


@pytest.fixture
def browser(app: App, visit: Visit) -> Browser:
    lena = hire(app, "lena")
    seed = Seed(app)
    seed.brand()
    seed.case("charged me twice for seat 14A", "Otis Fenn", ago=50, tags=("billing",))
    seed.case("gate B14 is closed", "Ada Marlow", ago=90, platform="mastodon", tagged=True)
    seed.case("bag lost", "Bo Lindgren", ago=5)
    made = visit()
    enter(app, made, lena)
    return made


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("charged", ["Otis Fenn"]),
        ("charg", ["Otis Fenn"]),
        ('"gate B14"', ["Ada Marlow"]),
        ('"B14 gate"', []),
        ("platform:mastodon", ["Ada Marlow"]),
        ("is:late", ["Ada Marlow"]),
        ("untagged", ["Bo Lindgren", "Otis Fenn"]),
        ("tag:billing", ["Otis Fenn"]),
        ("from:bolindgren", ["Bo Lindgren"]),
        ("before:2026-10-13", []),
        ("after:2026-10-13 platform:bluesky", ["Bo Lindgren", "Otis Fenn"]),
        ("charged platform:mastodon", []),
        ("is:snoozed", []),
    ],
)
def test_words_and_operators_narrow(browser: Browser, asked: str, found: list[str]) -> None:
    assert names(browser.get("/search", params={"q": asked}).text) == found


def test_a_note_is_found_too(app: App, browser: Browser) -> None:
    note(app, 1, 1, "refund agreed with accounts")
    assert names(browser.get("/search?q=accounts").text) == ["Otis Fenn"]


def test_nothing_found_says_what_was_asked_and_what_to_try(browser: Browser) -> None:
    page = browser.get("/search?q=zeppelin").text
    assert "Nothing fits “zeppelin” in the last 90 days." in page


def test_an_unknown_operator_is_named(browser: Browser) -> None:
    assert "Not an operator here" in browser.get("/search?q=is:happy").text


@pytest.mark.parametrize("asked", ['"', '""', "*", "AND OR NOT", "((", "-", "a\x00b", "%", "' OR 1=1 --", "é" * 300])
def test_any_question_gets_an_answer(browser: Browser, asked: str) -> None:
    assert browser.get("/search", params={"q": asked}).status_code == 200


def test_a_question_too_long_is_refused_by_name(browser: Browser) -> None:
    answer = browser.get("/search", params={"q": "x" * 301})
    assert answer.status_code == 422
    assert "q:" in answer.text
