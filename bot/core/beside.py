"""What stands in a digest beside the figures: incidents, one act of service, and what the filters threw away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core import spike_words
from bot.core.intervals import percent_words, poisson
from bot.core.locales import number, times
from bot.core.recall import Recall
from bot.core.themes import Quote
from bot.core.when import counted


@dataclass(frozen=True, slots=True)
class Trouble:
    """One incident of the week. `state` as in core/incidents.py; counts are of customers."""

    id: int
    title: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    customers: int
    answered: int
    late: int

    def words(self) -> str:
        """ "31 customers, 30 answered; 2 were or are late"."""
        said = f"{counted(self.customers, 'customer')}, {number(self.answered)} answered"
        return said + (f"; {number(self.late)} without an answer and late" if self.late else "")


@dataclass(frozen=True, slots=True)
class Surge:
    """One moment that rang, told by its widest count (bot/store/spikes.py). `incident`: what it is part of."""

    id: int
    brand: str
    what: str
    seen: float
    expected: float
    over: timedelta
    severity: str
    places: Mapping[str, int]
    runs: tuple[str, ...]
    at: datetime
    incident: int | None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of what came in that stretch, by the count alone."""
        return poisson(round(self.seen))

    def lead(self) -> str:
        """ "60 mentions in 15 minutes"."""
        return spike_words.counted(self.seen, self.what, self.over)

    def against(self) -> str:
        """ "about 5 are usual at this hour: 12 times as many (9.3 to 15)"."""
        said, usual = spike_words.usual(self.expected), round(self.expected)
        if usual < 1:
            return said
        low, high = (one / usual for one in self.interval)
        return f"{said}: {times(self.seen / usual)} times as many ({times(low)} to {times(high)})"

    def words(self) -> str:
        """Both in one."""
        return f"{self.lead()}; {self.against()}"


@dataclass(frozen=True, slots=True)
class Act:
    """One act of service: what the customer said, what we answered, what they said then, and why it was chosen.

    `agent` is "" where the one who did it agreed to be told of, but not to be named.
    """

    case_id: int
    agent: str
    why: str
    before: Quote | None
    answer: str
    after: Quote | None


@dataclass(frozen=True, slots=True)
class Thrown:
    """What the filters kept out of the queue, in posts, and what people who looked at a sample found in it.

    `posts` are those behind the counts: "calm", "not-us", "not-complaint", "looked-at" and "missed".
    """

    calm: int
    not_us: int
    not_complaint: int
    sample: Recall | None = None
    posts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def words(self) -> list[tuple[str, str]]:
        """Each line as its bold beginning and the rest."""
        said = f"{counted(self.calm, 'mention')} read as no complaint and not queued"
        if self.not_us or self.not_complaint:
            said += f"; {number(self.not_us)} called “not us” and {number(self.not_complaint)} “no complaint”"
            said += " by people or their rules"
        said += "."
        return [("Kept out of the queue:", said), self._measured()]

    def _measured(self) -> tuple[str, str]:
        found = self.sample
        if found is None or not found.labelled:
            return "How many of them were complaints:", "not known; nobody looked at a sample of them in four weeks."
        looked = f"{number(found.labelled)} of {number(found.discarded)} were looked at in four weeks,"
        looked += f" {number(found.found)} should have"
        low, high = number(round(found.missed_low)), number(round(found.missed_high))
        missed = f" been queued: about {number(round(found.missed))} in all ({low} to {high})."
        if found.share is None:
            return "Measured on a sample:", looked + missed
        catch = f" We catch about {percent_words(found.share)}, at least {percent_words(found.low)}."
        return "Measured on a sample:", looked + missed + catch
