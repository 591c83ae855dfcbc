"""The page that says when the digest leaves."""

from collections.abc import Callable

import pytest

from bot.app import App
from bot.core.brand import Brand
from bot.store import brands, schedules
from tests.web.conftest import NOON, Browser, hire

Visit = Callable[[], Browser]


@pytest.fixture
def browser(app: App, visit: Visit) -> Browser:
    with app.db.begin() as session:
        brands.save(session, Brand(name="Acme", names=("Acme",), zone="Europe/Oslo"), "test", NOON, "test")
    hire(app, "olga", "admin")
    made = visit()
    made.log_in("olga")
    made.get("/weeks/schedule")
    return made


def test_a_schedule_is_a_row_that_an_admin_changes(app: App, browser: Browser) -> None:
    assert 'value="Europe/Oslo"' in browser.get("/weeks/schedule").text
    form = {"brand": "Acme", "kind": "daily", "tz": "Asia/Tokyo", "at": "07:45", "on": "yes", "locale": "de"}
    assert browser.post("/weeks/schedule", form).status_code == 303
    with app.db.read() as session:
        when = schedules.of(session, "Acme", "daily", "UTC")
    assert (when.tz, when.minute, when.is_on, when.locale) == ("Asia/Tokyo", 7 * 60 + 45, True, "de")
    assert 'value="07:45"' in browser.get("/weeks/schedule").text


@pytest.mark.parametrize(
    "wrong", [{"at": "25:00"}, {"at": "noon"}, {"at": "6"}, {"tz": "Mars/Base"}, {"locale": "tlh"}]
)
def test_what_is_no_time_or_zone_is_refused_with_a_sentence(browser: Browser, wrong: dict[str, str]) -> None:
    form = {"brand": "Acme", "kind": "daily", "tz": "UTC", "at": "07:45"} | wrong
    answer = browser.post("/weeks/schedule", form)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text


def test_an_unknown_brand_or_kind_is_not_found(browser: Browser) -> None:
    for form in ({"brand": "Nobody", "kind": "daily"}, {"brand": "Acme", "kind": "hourly"}):
        assert browser.post("/weeks/schedule", {"tz": "UTC", "at": "06:00"} | form).status_code == 404


def test_who_gets_it_is_a_row_too_and_is_shown_again(app: App, browser: Browser) -> None:
    form = {"brand": "Acme", "kind": "weekly", "tz": "UTC", "at": "06:00", "on": "yes"}
    mails = {"mails": "Mia@acme.example; otto@acme.example,mia@acme.example", "room": "-"}
    assert browser.post("/weeks/schedule", form | mails).status_code == 303
    with app.db.read() as session:
        when = schedules.of(session, "Acme", "weekly", "UTC")
    assert (when.mails, when.room) == (("Mia@acme.example", "otto@acme.example", "mia@acme.example"), "-")
    shown = browser.get("/weeks/schedule").text
    assert 'value="Mia@acme.example, otto@acme.example, mia@acme.example"' in shown
    assert '<option value="-" selected>' in shown
    assert browser.post("/weeks/schedule", form | {"unmailed": "yes"}).status_code == 303
    with app.db.read() as session:
        assert schedules.of(session, "Acme", "weekly", "UTC").mails == ()
    assert browser.post("/weeks/schedule", form).status_code == 303
    with app.db.read() as session:
        assert schedules.of(session, "Acme", "weekly", "UTC").mails is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"mails": "mia"}, "is no mail address"),
        ({"mails": "mia@acme.example", "unmailed": "yes"}, "take one of the two away"),
        ({"mails": " ".join(f"m{n}@acme.example" for n in range(51))}, "more than 50"),
        ({"room": "teams|nowhere"}, "Choose a room from the list"),
    ],
)
def test_readers_that_cannot_be_are_refused_with_a_sentence(
    app: App, browser: Browser, wrong: dict[str, str], says: str
) -> None:
    answer = browser.post("/weeks/schedule", {"brand": "Acme", "kind": "weekly", "tz": "UTC", "at": "06:00"} | wrong)
    assert (answer.status_code, says in answer.text) == (409, True)
    with app.db.read() as session:
        assert schedules.of(session, "Acme", "weekly", "UTC").room == ""
