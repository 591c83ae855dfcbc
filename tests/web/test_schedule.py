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
