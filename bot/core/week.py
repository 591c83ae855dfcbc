"""A week as a brand lives it, and the plain rows its figures are made from.

Rows carry post ids, so that every figure and claim made of them can open the posts behind it.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.core.locales import stretch
from bot.core.recovery import Outcome, Sentiment
from bot.core.zones import day_start, utc, zone
from connectors.types import Span

_LABEL = re.compile(r"(\d{4})-?W(\d{2})", re.ASCII)
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO week (Monday to Sunday) on one zone's wall clock. `monday` is its first local day."""

    monday: date
    tz: str

    @classmethod
    def parse(cls, label: str, tz: str) -> "Week":
        """ "2026-W47" in a zone. ValueError says how to write it, also for a week 53 that the year does not have."""
        found = _LABEL.fullmatch(label.strip())
        zone(tz)
        if found is None:
            raise ValueError(f"{label!r} is not a week; write year and ISO week, for example 2026-W47.")
        year, number = int(found[1]), int(found[2])
        try:
            return cls(date.fromisocalendar(year, number, 1), tz)
        except ValueError as error:
            raise ValueError(f"{label!r} does not exist: {error}; write for example 2026-W47.") from error

    @classmethod
    def of(cls, at: datetime, tz: str) -> "Week":
        """The week in which this moment lies, on that zone's wall."""
        local = utc(at, "at").astimezone(zone(tz)).date()
        return cls(local - timedelta(days=local.weekday()), tz)

    @property
    def label(self) -> str:
        """ "2026-W47"."""
        year, number, _ = self.monday.isocalendar()
        return f"{year:04}-W{number:02}"

    @property
    def before(self) -> "Week":
        """The week before."""
        return Week(self.monday - _WEEK, self.tz)

    @property
    def days(self) -> tuple[date, ...]:
        """Its seven local days, Monday first."""
        return tuple(self.monday + number * _DAY for number in range(7))

    @property
    def span(self) -> Span:
        """The week in UTC: 168 hours, or 167 or 169 where the clocks change."""
        where = zone(self.tz)
        return Span(day_start(self.monday, where), day_start(self.monday + _WEEK, where))

    def holds(self, at: datetime) -> bool:
        """True if the moment lies in this week."""
        span = self.span
        return span.start <= at < span.end

    def day_of(self, at: datetime) -> date:
        """The local day of a moment."""
        return at.astimezone(zone(self.tz)).date()

    def words(self) -> str:
        """ "week 47, 16–22 November 2026"."""
        return f"week {self.monday.isocalendar().week}, {stretch(self.monday, self.monday + 6 * _DAY)}"


@dataclass(frozen=True, slots=True)
class Said:
    """One mention. `at` is the customer's own time; `sentiment` None means nobody has read it yet.

    Rows of followed competitors have their name as `brand`. `topic` is the name of the brand's topic it is in, if any.
    """

    post_id: str
    at: datetime
    platform: str
    brand: str
    tagged: bool = False
    complaint: bool = False
    sentiment: Sentiment | None = None
    text: str = ""
    author: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """One case that was owed a first answer. `post_id` is the post that opened it; times UTC."""

    post_id: str
    platform: str
    spoke_at: datetime
    due_at: datetime
    heard_at: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turned:
    """What became of one answered customer. `deciding` are the ids of their later posts."""

    post_id: str
    answered_at: datetime
    outcome: Outcome
    deciding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence somebody may act on, and the posts it rests on."""

    sentence: str
    posts: tuple[str, ...] = field(default=())
