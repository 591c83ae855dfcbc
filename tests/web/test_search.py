"""Search over posts, notes and replies, with operators, inside the wall."""

import re
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
        ("is:untagged", ["Bo Lindgren", "Otis Fenn"]),
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


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("plattform:bluesky bag", ("There is no operator “plattform:”.", "/search?q=platform%3Abluesky%20bag")),
        ("severity:crit", ("“severity:” can be low, normal, high or critical.", "/search?q=severity%3Acritical")),
        ("language:german", ("There is no operator “language:”.", "/search?q=lang%3Agerman")),
        ("is:happy", ("“is:” can be open, new,", "<bdi>is:happy</bdi></code> was looked for as words.")),
    ],
)
def test_an_unknown_operator_is_named_and_the_nearest_is_offered(
    browser: Browser, asked: str, said: tuple[str, str]
) -> None:
    page = browser.get("/search", params={"q": asked}).text
    assert [words in page for words in said] == [True, True]


@pytest.mark.parametrize("asked", ['"', '""', "*", "AND OR NOT", "((", "-", "a\x00b", "%", "' OR 1=1 --", "é" * 300])
def test_any_question_gets_an_answer(browser: Browser, asked: str) -> None:
    assert browser.get("/search", params={"q": asked}).status_code == 200


def test_a_question_too_long_is_refused_by_name(browser: Browser) -> None:
    answer = browser.get("/search", params={"q": "x" * 301})
    assert answer.status_code == 422
    assert "q:" in answer.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("-platform:mastodon sort:oldest", ["Otis Fenn", "Bo Lindgren"]),
        ("sort:oldest is:open", ["Ada Marlow", "Otis Fenn", "Bo Lindgren"]),
        ("is:free -tag:billing untagged", ["Bo Lindgren"]),
        ("assigned:nobody platform:mastodon", ["Ada Marlow"]),
        ("assigned:me", []),
        ("after:1h", ["Bo Lindgren", "Otis Fenn"]),
        ("before:1h", ["Ada Marlow"]),
        ("brand:northwind", []),
        ('brand:"northwind air" tag:billing', ["Otis Fenn"]),
        ("severity:critical", []),
        ("has:draft", []),
        ("bag in:notes", []),
        ("bag in:posts", ["Bo Lindgren"]),
        ("platform:mastodon untagged before:2026-11-01", []),
        ("platform:mastodon tagged before:2026-11-01", ["Ada Marlow"]),
    ],
)
def test_operators_narrow_order_and_leave_out(browser: Browser, asked: str, found: list[str]) -> None:
    assert names(browser.get("/search", params={"q": asked}).text) == found


def test_the_order_can_be_chosen_without_an_operator(browser: Browser) -> None:
    page = browser.get("/search", params={"q": "is:open", "sort": "oldest"})
    assert names(page.text) == ["Ada Marlow", "Otis Fenn", "Bo Lindgren"]
    assert browser.get("/search", params={"q": "is:open", "sort": "by luck"}).status_code == 200


def test_a_view_is_kept_opened_replaced_and_ended(app: App, browser: Browser) -> None:
    browser.get("/search?q=tag:billing")
    made = browser.post("/views", {"q": "tag:billing", "name": "Money  matters"})
    assert made.status_code == 303
    where = made.headers["location"]
    page = browser.get(where).text
    assert where == "/?kept=1"
    assert "<h1>Money matters</h1>" in page
    assert names(page) == ["Otis Fenn"]
    again = browser.post("/views", {"q": "is:late", "name": "Money matters", "sort": "oldest"})
    assert again.headers["location"] == where
    assert names(browser.get(where).text) == ["Ada Marlow"]
    ended = browser.post("/views/1/end")
    assert "The view “<bdi>Money matters</bdi>” is ended." in ended.text
    assert "Money matters" not in browser.get("/search").text
    back = dict(re.findall(r'<input type="hidden" name="(name|q|sort|team)" value="([^"]*)">', ended.text))
    assert names(browser.get(browser.post("/views", back).headers["location"]).text) == ["Ada Marlow"]
    assert browser.post("/views", {"q": "", "name": "x"}).status_code == 422


def test_a_team_view_needs_a_lead_and_stays_behind_its_makers_walls(app: App, visit: Visit, browser: Browser) -> None:
    assert browser.post("/views", {"q": "is:late", "name": "Late", "team": "yes"}).status_code == 403
    for login, walls in (("lead", ()), ("walled", ("Northwind Air",))):
        boss = visit()
        enter(app, boss, hire(app, login, "lead", walls))
        boss.get("/search")
        assert boss.post("/views", {"q": "is:late", "name": f"Of {login}", "team": "yes"}).status_code == 303
    other = visit()
    enter(app, other, hire(app, "elsewhere", "lead", ("Borealis",)))
    page = other.get("/search").text
    assert "Of lead" in page
    assert "Of walled" not in page
    assert "Of walled" in browser.get("/search").text
    assert browser.post("/views/1/end").status_code == 404


def test_somebody_elses_view_is_not_there(app: App, visit: Visit, browser: Browser) -> None:
    made = browser.post("/views", {"q": "tag:billing", "name": "Mine alone"})
    other = visit()
    enter(app, other, hire(app, "other", "lead"))
    page = other.get(made.headers["location"]).text
    assert "Mine alone" not in page
    assert "<h1>Queue</h1>" in page
    assert other.post("/views/1/end").status_code == 404


def test_a_word_that_may_be_a_state_is_offered_as_one(browser: Browser) -> None:
    page = browser.get("/search", params={"q": "untagged late bag"}).text
    assert "“late” is looked for as a word." in page
    assert 'href="/search?q=untagged%20is%3Alate%20bag"' in page
    assert "looked for as a word" not in browser.get("/search", params={"q": 'is:late "late bag"'}).text
