"""A window's arithmetic in sentences, so that nobody meets a clock they cannot explain."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from bot.core.hours import Hours
from bot.core.when import clock_words, day_words, exact_words, iso
from bot.core.zones import steady, zone

if TYPE_CHECKING:
    from bot.core.window import Window

MOST = 5


def explain(window: "Window") -> list[str]:
    """Posted, heard, the rule, what did not count, due: each a sentence, local and UTC."""
    moved = _sooner(window)
    return [*_start(window), *moved, _rule(window), *_not_counted(window), f"Due {_moment(window.due_at, window.tz)}."]


def _moment(at: datetime, tz: str) -> str:
    zone_name = "UTC" if tz == "UTC" else f"in {tz}"
    return f"{day_words(at, tz)} at {clock_words(at, tz)} {zone_name} ({iso(at)})"


def _start(window: "Window") -> Iterator[str]:
    yield f"Posted {_moment(window.spoke_at, window.tz)}."
    if window.heard_at is None:
        return
    if window.doubted:
        ahead = exact_words(window.spoke_at - window.heard_at)
        heard = _moment(window.heard_at, window.tz)
        yield f"Heard {heard}: the post's time is {ahead} ahead of ours and cannot be true."
        yield "Counted from when we heard it."
        return
    lag = window.heard_at - window.spoke_at
    way = "later" if lag >= timedelta() else "earlier, by our clock"
    yield f"Heard {exact_words(lag)} {way}; the count starts at the post."
    if window.late_arrival:
        yield "It was over for more than a day when we heard it: a late arrival, nobody is paged."
    elif window.overdue_on_arrival:
        yield "It was already due when we heard it."


def _sooner(window: "Window") -> Iterator[str]:
    """What made the promise stricter than it was, and from which moment the stricter one counts."""
    moved = window.sooner
    if moved is None:
        return
    yield f"Until then due {_moment(moved.was_due, window.tz)}."
    since = "from the post" if moved.since == window.starts_at else f"from {_moment(moved.since, window.tz)}"
    yield f"{moved.why}: the stricter promise counts {since}."


def _rule(window: "Window") -> str:
    promised = exact_words(window.target)
    if window.hours is None:
        return f"Promised: {promised}, counted without a pause."
    return f"Promised: {promised} of opening hours ({window.hours.describe()}, {window.hours.tz})."


def _not_counted(window: "Window") -> Iterator[str]:
    hours = window.hours
    if hours is None:
        return
    start, due = window.counts_from, window.due_at
    closed = hours.closed(start, due)
    for shut, opens in closed[:MOST]:
        yield f"Closed from {_short(shut, hours.tz)} to {_short(opens, hours.tz)}: not counted."
    if len(closed) > MOST:
        yield f"Closed {len(closed) - MOST} more times before it is due: not counted."
    yield from islice(_holidays(hours, start, due), MOST)
    yield from islice(_clock_changes(hours.tz, start, due), MOST)


def _short(at: datetime, tz: str) -> str:
    return f"{day_words(at, tz)} {clock_words(at, tz)}"


def _holidays(hours: Hours, start: datetime, due: datetime) -> Iterator[str]:
    first, last = (at.astimezone(zone(hours.tz)).date() for at in (start, due))
    for day in sorted(hours.holidays):
        if first <= day <= last and hours.week[day.weekday()]:
            yield f"{day.isoformat()} is a holiday: not counted."


def _clock_changes(tz: str, start: datetime, due: datetime) -> Iterator[str]:
    for before, after in pairwise(steady(zone(tz), start, due)):
        by = after[2] - before[2]
        if by:
            way = "forward" if by > timedelta() else "back"
            yield f"The clocks in {tz} go {way} by {exact_words(by)} on {day_words(before[1], tz)}."
