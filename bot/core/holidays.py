"""Days a team is closed, read from an iCal calendar (RFC 5545). Pure: bytes in, days out.

Whole days count, and events of a whole day or longer; a meeting at noon closes nothing. Recurring ones are worked out
within the stretch asked for. Cancelled and transparent events do not count.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

LONGEST = 2_000_000  # bytes
MOST_DAYS = 1_000
MOST_NAME = 80


class BadCalendar(ValueError):
    """This is no calendar one can use. The message says what to do."""


def days_of(content: bytes, first: date, last: date) -> dict[str, str]:
    """The closed days from `first` to `last`, ISO date → name. Raises BadCalendar."""
    if len(content) > LONGEST:
        raise BadCalendar("This calendar is larger than 2 MB. Export only the holidays.")
    import icalendar  # a hundred modules that most houses never need
    import recurring_ical_events

    try:
        calendar = icalendar.Calendar.from_ical(content)
        found = recurring_ical_events.of(calendar, skip_bad_series=True).between(first, last + timedelta(days=1))
        days = dict(sorted(_days(found, first, last)))
    except BadCalendar:
        raise
    except Exception as error:  # a stranger's file: whatever the parser finds wrong is the file's fault
        raise BadCalendar(f"This is not an iCal calendar ({type(error).__name__}). Export it as .ics.") from error
    return days


def _days(events: list[Any], first: date, last: date) -> Iterator[tuple[str, str]]:
    count = 0
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
            continue
        for day in _whole(event, first, last):
            count += 1
            if count > MOST_DAYS:
                raise BadCalendar("This calendar closes more than a thousand days. Take the holidays only.")
            yield day.isoformat(), " ".join(str(event.get("SUMMARY", "holiday")).split())[:MOST_NAME]


def _whole(event: Any, first: date, last: date) -> Iterator[date]:
    """The whole days of an event, by its own wall clock, inside the stretch."""
    start, end = event.start, event.end
    if isinstance(start, datetime):
        opens = start.date() + timedelta(days=(start.hour, start.minute) != (0, 0))
        shuts = end.date()  # the day it ends on counts only up to its midnight
    else:
        opens, shuts = start, max(end, start + timedelta(days=1))
    day, stop = max(opens, first), min(shuts, last + timedelta(days=1))
    while day < stop:
        yield day
        day += timedelta(days=1)
