"""Closed days as an admin changes them: what the last weeks would have been is shown first, kept by a second press."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.app import App
from bot.readers.words import Words
from bot.store import calendars
from bot.store.tables_answering import CalendarRow
from bot.web import rewinding
from tests.web.conftest import Browser, hire
from tests.web.test_brands import admin, keep, make

Visit = Callable[[], Browser]
OPEN = {
    "window_minutes": 360, "clock": "business",
    "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}  # fmt: skip
TOMORROW, SPRING = "20261014", "20270329"  # the posts are of a Tuesday noon: six open hours later is Wednesday at ten


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    return replace(make_app(), reader=Words())


@pytest.fixture
def house(app: App) -> App:
    make(app, name="Acme", policy=OPEN)
    keep(app, "Acme charged me twice and nobody answers, terrible service", "Borealis is late")
    return app


def ics(day: str) -> dict[str, Any]:
    content = (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:{day}\r\n"
        "SUMMARY:Shut\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    return {"file": ("h.ics", content.encode(), "text/calendar")}


def add(browser: Browser, day: str) -> httpx.Response:
    return browser.post("/calendars", {"brand": "Acme", "name": "Days off"}, files=ics(day))


def again(browser: Browser, key: str) -> httpx.Response:
    return browser.post("/calendars", {"brand": "Acme", "look": key})


def shown(answer: httpx.Response) -> str:
    """The key of the look that was shown instead of keeping the change."""
    where = answer.headers["location"]
    assert where.startswith("/answering/Acme?said=&look="), where
    return str(where.partition("look=")[2])


def kept(app: App) -> list[CalendarRow]:
    with app.db.read() as session:
        return calendars.of_brand(session, "Acme")


def test_a_calendar_that_moves_due_times_is_shown_first_and_kept_once_by_the_second_press(
    house: App, visit: Visit
) -> None:
    browser = admin(house, visit)
    key = shown(add(browser, TOMORROW))
    page = browser.get(f"/answering/Acme?look={key}").text
    assert "With the calendar “<bdi>Days off</bdi>”" in page
    assert "Owed an answer at another time: 1 case" in page
    assert "due 14 Oct 10:00 → 15 Oct 10:00" in page
    assert "Acme charged me twice" in page
    assert kept(house) == []
    assert again(browser, key).headers["location"] == "/answering/Acme?said=saved"
    assert again(browser, key).status_code == 303
    (row,) = kept(house)
    assert (row.name, list(row.days)) == ("Days off", ["2026-10-14"])
    assert "Add the calendar so" not in browser.get(f"/answering/Acme?look={key}").text


def test_taking_a_calendar_away_is_shown_first_too(house: App, visit: Visit) -> None:
    browser = admin(house, visit)
    again(browser, shown(add(browser, TOMORROW)))
    (row,) = kept(house)
    key = shown(browser.post(f"/calendars/{row.id}/drop"))
    page = browser.get(f"/answering/Acme?look={key}").text
    assert "Without the calendar “<bdi>Days off</bdi>”" in page
    assert "due 15 Oct 10:00 → 14 Oct 10:00" in page
    assert len(kept(house)) == 1
    assert again(browser, key).status_code == 303
    assert kept(house) == []


def test_days_that_would_have_moved_nothing_are_kept_at_once(house: App, visit: Visit) -> None:
    browser = admin(house, visit)
    assert add(browser, SPRING).headers["location"] == "/answering/Acme?said=saved"
    (row,) = kept(house)
    assert browser.post(f"/calendars/{row.id}/drop").headers["location"] == "/answering/Acme?said=saved"
    assert kept(house) == []


def test_a_look_that_takes_its_time_goes_on_beside_the_page(
    house: App, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewinding, "AT_ONCE", 0)
    browser = admin(house, visit)
    looks: rewinding.Looks = browser.client.app.state.looks  # type: ignore[attr-defined]
    for day, said in ((TOMORROW, "Add the calendar so"), (SPRING, "Saved.")):
        where = add(browser, day).headers["location"]
        assert where.startswith("/brands/Acme/rewind/")
        assert looks._kept[where.rsplit("/", 1)[1]].done.wait(60)
        assert said in browser.get(browser.get(where).headers["location"]).text
    assert [list(row.days) for row in kept(house)] == [["2027-03-29"]]


def test_what_changed_meanwhile_or_is_another_s_look_is_not_kept(house: App, visit: Visit) -> None:
    browser = admin(house, visit)
    key = shown(add(browser, TOMORROW))
    hire(house, "otto@acme.example", "admin", ())
    other = visit()
    other.log_in("otto@acme.example")
    assert "That look is over" in other.get(f"/answering/Acme?look={key}").text
    assert again(other, key).status_code == 409
    assert add(other, SPRING).status_code == 303
    late = again(browser, key)
    assert late.status_code == 409
    assert "changed meanwhile" in late.text
    assert [list(row.days) for row in kept(house)] == [["2027-03-29"]]


def test_closed_days_of_another_team_s_brand_are_not_touched(house: App, visit: Visit) -> None:
    make(house, name="Borealis")
    assert add(admin(house, visit), SPRING).status_code == 303
    hire(house, "otto@acme.example", "admin", ("Borealis",))
    other = visit()
    other.log_in("otto@acme.example")
    (row,) = kept(house)
    assert other.post(f"/calendars/{row.id}/drop").status_code == 404
    assert other.post("/calendars/99/drop").status_code == 404
    assert add(other, TOMORROW).status_code == 404
    assert len(kept(house)) == 1
