"""Calendars by address: read again each day, kept when they fail, in the clocks of new cases only."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.core.holidays import BadCalendar
from bot.steps.calendars import add_calendar, checked_calendar, drop_calendar, read_calendars
from bot.store import brands, calendars
from bot.store.db import Database
from bot.store.tables_house import AccountRow
from config.settings import Settings
from connectors.answers import Answer
from connectors.errors import Unavailable
from tests.conftest import NOW, app_on

ICS = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261105\r\n"
    b"SUMMARY:Founding day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


class Door:
    """The web, as far as these calendars go."""

    content: bytes | Exception = ICS
    asked = 0

    def get(self, url: str) -> Answer:
        self.asked += 1
        if isinstance(self.content, Exception):
            raise self.content
        return Answer(200, {}, self.content, url)


@pytest.fixture
def app(sqlite: Database, clock: HandClock, settings: Settings) -> App:
    with sqlite.begin() as session:
        brands.save(session, Brand(name="Acme"), "test", NOW, "test")
        for key, role in ((1, "admin"), (2, "agent")):
            session.add(AccountRow(id=key, login=role, name=role, role=role, password_hash="", created_at=NOW))
    return app_on(sqlite, clock, settings)


def days(app: App) -> tuple[str, ...]:
    with app.db.read() as session:
        return calendars.days(session, "Acme", app.clock.now())


def test_an_address_is_read_once_a_day_and_an_old_answer_outlives_a_failure(app: App, clock: HandClock) -> None:
    door = Door()
    row = checked_calendar(app, "Acme", "Days", "https://calendar.test/h.ics", http=door)  # type: ignore[arg-type]
    assert add_calendar(app, row, 1) == ""
    assert days(app) == ("2026-11-05",)
    assert not read_calendars(app, door)  # type: ignore[arg-type]
    clock.move(timedelta(days=1, minutes=1))
    for trouble in (Unavailable("away"), b"<html>not a calendar"):
        door.content = trouble
        assert read_calendars(app, door)  # type: ignore[arg-type]
        assert days(app) == ("2026-11-05",)
        with app.db.read() as session:
            (row,) = calendars.of_brand(session, "Acme")
        assert row.error
        clock.move(timedelta(hours=2))
    assert door.asked == 3


def test_only_admins_set_calendars_and_only_real_addresses_count(app: App) -> None:
    assert "admins" in add_calendar(app, checked_calendar(app, "Acme", "Days", content=ICS), 2)
    with pytest.raises(BadCalendar, match="address"):
        checked_calendar(app, "Acme", "Days", "javascript:alert(1)")
    assert add_calendar(app, checked_calendar(app, "Acme", "Days", content=ICS), 1) == ""
    with app.db.read() as session:
        (row,) = calendars.of_brand(session, "Acme")
    assert not drop_calendar(app, row.id or 0, 2)
    assert drop_calendar(app, row.id or 0, 1)
    assert days(app) == ()


def test_an_address_that_does_not_answer_or_is_no_calendar_is_not_kept(app: App) -> None:
    door = Door()
    for trouble, why in ((Unavailable("away"), "away"), (b"<html>not a calendar", "not an iCal calendar")):
        door.content = trouble
        with pytest.raises(BadCalendar, match=why):
            checked_calendar(app, "Acme", "Days", "https://calendar.test/h.ics", http=door)  # type: ignore[arg-type]
