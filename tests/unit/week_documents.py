"""Documents of a week made of plain rows, for tests of how they are written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.coverage import Missed, coverage
from bot.core.recovery import Outcome
from bot.core.themes import Quote
from bot.core.week import Owed, Said, Turned, Week
from bot.core.weekly import WeekRows, weekly
from bot.digest.document import Document, Turn
from connectors.types import Span

WEEK = Week.parse("2026-W41", "Europe/Oslo")
MONDAY = datetime(2026, 10, 5, tzinfo=UTC)
AFTER = datetime(2026, 10, 12, 4, tzinfo=UTC)  # Monday 06:00 in Oslo
LAST = MONDAY - timedelta(days=7)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
BASE = "https://earshot.lumo.example"


def say(post: int, at: datetime, text: str = "", **facts: Any) -> Said:
    usual = {"platform": "mastodon", "brand": "Lumo", "complaint": True, "sentiment": "negative"}
    return Said(str(post), at, text=text, author=f"a{post}", **(usual | facts))


def full(theme: str = "voucher page", **changes: Any) -> Document:
    """A week with something in every part: 60 complaints (24 about `theme`), 40 answered in time of 50, a rival."""
    said = [say(n, MONDAY + n * 2 * HOUR, f"the {theme} fails again {n}", tagged=n % 3 == 0) for n in range(1, 25)]
    said += [say(n, MONDAY + n * HOUR, f"odd{n} thing{n}") for n in range(25, 61)]
    said += [say(n, MONDAY + n * HOUR, f"lovely{n}", complaint=False, sentiment="positive") for n in range(61, 91)]
    said += [say(n, LAST + (n - 100) * 4 * HOUR, f"old{n} matter{n}") for n in range(101, 141)]
    said += [say(n, MONDAY + (n - 200) * HOUR, brand="Rival", sentiment="neutral") for n in range(201, 231)]
    owed = [_owed(n, 20) for n in range(1, 41)] + [_owed(n, 100) for n in range(41, 46)]
    owed += [_owed(n, None, "bluesky") for n in range(46, 51)]
    turned = [Turned(str(n), LAST, outcome, (f"{500 + n}",)) for n, outcome in _outcomes()]
    heard = coverage(WEEK.span, [WEEK.span], [Span(MONDAY + 8 * HOUR, MONDAY + 9 * HOUR + 5 * MINUTE)])
    before = coverage(WEEK.before.span, [WEEK.before.span])
    rows = WeekRows(said, owed, turned, {"youtube": heard}, {"youtube": before}, ["Rival"])
    made = Document(
        weekly(WEEK, "Lumo", rows, changes.pop("now", AFTER)),
        AFTER,
        missed=(Missed("youtube", heard.unheard[0], "lost", "the quota was spent"),),
        turns=(Turn("recovered", _quote(7, "three weeks for a refund. THREE."), _quote(507, "ok, the refund came")),),
        closed=("58",),
        read_by=("builtin 1",),
        promise=60,
    )
    return replace(made, **changes)


def empty(n: int = 9, now: datetime = AFTER) -> Document:
    """A week with hardly a mention."""
    rows = WeekRows([say(number, MONDAY, f"word{number}") for number in range(n)])
    return Document(weekly(WEEK, "Lumo", rows, now), now)


def _owed(post: int, minutes: float | None, platform: str = "mastodon") -> Owed:
    at = MONDAY + post * HOUR
    return Owed(str(post), platform, at, at + HOUR, at + MINUTE, None if minutes is None else at + minutes * MINUTE)


def _outcomes() -> list[tuple[int, Outcome]]:
    each = [Outcome.RECOVERED] * 8 + [Outcome.UNCHANGED] * 3 + [Outcome.WORSE] * 2 + [Outcome.SILENT] * 9
    return list(enumerate(each, 1))


def _quote(post: int, text: str) -> Quote:
    return Quote(str(post), text, "mastodon", LAST)
