"""Calendars on the web → days a team is closed: read again once a day, through the one door."""

from datetime import datetime, timedelta

from bot.app import App
from bot.core.holidays import BadCalendar, days_of
from bot.store import calendars, events, rights
from bot.store.db import Session
from bot.store.tables_answering import CalendarRow
from bot.store.tables_house import AccountRow
from connectors.errors import PlatformError
from connectors.http import Http, user_agent

DAILY = timedelta(days=1)
AGAIN = timedelta(hours=1)
AT_A_PRESS_S = 8.0  # somebody waits for the page


def read_calendars(app: App, http: Http | None = None) -> bool:
    """Read the calendars that are due. True if there were any. One that fails keeps its last days and says why."""
    with app.db.read() as session:
        due = [(row.id or 0, row.url) for row in calendars.due(session, app.clock.now()) if row.url]
    for calendar_id, url in due:
        try:
            answer = (http or _door(app)).get(url)
            content, error = answer.content, ""
            days = _days(content, app.clock.now())
        except (PlatformError, BadCalendar, ValueError) as trouble:
            days, error = None, str(trouble)[:300]
        _keep(app, calendar_id, days, error)
    return bool(due)


def _door(app: App, within_s: float = 40.0) -> Http:
    settings = app.settings
    agent = user_agent(settings.contact, settings.public_url)
    return Http(agent=agent, deadline_s=within_s, private_ok=settings.private_addresses)


def _days(content: bytes, now: datetime) -> dict[str, str]:
    return days_of(content, (now - calendars.BACK).date(), (now + calendars.AHEAD).date())


def _keep(app: App, calendar_id: int, days: dict[str, str] | None, error: str) -> None:
    now = app.clock.now()
    with app.db.begin() as session:
        row = calendars.get(session, calendar_id)
        if row is None:
            return
        row.error, row.next_read_at = error, now + (AGAIN if error else DAILY)
        if days is not None:
            row.days, row.read_at = days, now
        session.add(row)


def checked_calendar(
    app: App, brand: str, name: str, url: str = "", content: bytes = b"", http: Http | None = None
) -> CalendarRow:
    """A brand's calendar as it would be kept, from an address (read now) or a file. Raises BadCalendar."""
    now = app.clock.now()
    if not content and not url.startswith(("https://", "http://")):
        raise BadCalendar("Give the calendar's address (https://…) or choose an .ics file.")
    try:
        days = _days(content or (http or _door(app, AT_A_PRESS_S)).get(url).content, now)
    except (PlatformError, ValueError) as trouble:
        raise BadCalendar(str(trouble)[:300]) from trouble
    named = name.strip()[:80] or "Holidays"
    again = None if content else now + DAILY
    return CalendarRow(
        brand=brand, name=named, url="" if content else url[:500], days=days, read_at=now, next_read_at=again
    )


def add_calendar(app: App, row: CalendarRow, by: int) -> str:
    """Keep a calendar that was checked. Returns why not, "" if it is there."""
    with app.db.begin() as session:
        if not _may(session, by, row.brand):
            return "Calendars are set by admins."
        session.add(row)
        session.flush()
        facts = {"calendar": row.id, "days": len(row.days)}
        about = ("calendar.added", f"brand:{row.brand}", row.brand, facts)
        events.add_many(session, app.clock.now(), f"account:{by}", [about])
    return ""


def drop_calendar(app: App, calendar_id: int, by: int) -> bool:
    """Take a calendar away; clocks that run already keep their days."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = calendars.get(session, calendar_id)
        if row is None or not _may(session, by, row.brand):
            return False
        session.delete(row)
        events.add(session, now, f"account:{by}", "calendar.dropped", f"brand:{row.brand}", row.brand, calendar=row.id)
    return True


def _may(session: Session, by: int, brand: str) -> bool:
    account = session.get(AccountRow, by)
    return account is not None and rights.at_least(account, "admin") and rights.sees(account, brand)
