"""Who is answered next: ordered by what being early is worth, each place with its reason in words.

Worth = severity × audience × history, times how fast the window closes. Those who can still be kept come first; late
ones stand second, for being early helps the others more, but a severe late case rises and says so. The numbers are
judgement, not science: they live here in one place, and the reason names every fact that was used.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import log10

from bot.core.when import span_words
from bot.core.window import State

LOUD = 10_000
RISES_FOR = timedelta(hours=24)
ANSWER_MINUTES = 5  # what one answer takes an agent: below this, a minute more hardly matters
PROMISE_NEAR = timedelta(hours=1)
BROKEN_WEIGHS = 8  # a word we gave and broke weighs more than an answer that is merely late
SHOWN_FOLLOWERS = 1_000
SHOWN_REACTIONS = 20
SHOWN_GROWTH = 10
SHORTEST_H = 1 / 12  # hours: a count after a few seconds says little of an hour
RESTED_H = 0.5
_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]


class Severity(StrEnum):
    """How bad it is for the customer."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Group(StrEnum):
    """The three groups of the queue, and what has left it."""

    NEXT = "next"
    LATE = "late"
    WINDOW = "window"
    DONE = "done"


_WEIGHT = {Severity.LOW: 0.5, Severity.NORMAL: 1.0, Severity.HIGH: 2.0, Severity.CRITICAL: 4.0}
_ORDER = {group: number for number, group in enumerate(Group)}
_KIND = {
    Severity.LOW: "a mild complaint",
    Severity.NORMAL: "a complaint",
    Severity.HIGH: "a serious complaint",
    Severity.CRITICAL: "a severe complaint",
}


@dataclass(frozen=True, slots=True)
class Bars:
    """From which probability on a reading counts, 0…1. A brand may move them."""

    complaint: float = 0.5
    urgent: float = 0.6
    angry: float = 0.85
    grave: float = 0.85


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case when its place is decided.

    `state` and `left` come from the case's window. `cause` is what it is about, in words. `growth` is reactions an
    hour, now. `earlier` counts this customer's cases before this one, `this_month` those of them in the last 30 days.
    `promised` is what is left until a promise of ours is due, below zero once broken; None where none is open.
    `read` is False while no reader that speaks its language has seen the post: it is then placed by its age alone, and
    `cause` says why.
    """

    state: State
    left: timedelta
    severity: Severity = Severity.NORMAL
    complaint: bool = True
    cause: str = ""
    followers: int | None = None
    reactions: int | None = None
    growth: float = 0.0
    earlier: int = 0
    this_month: int = 0
    read: bool = True
    promised: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue. Sort by `rank`, then by due time and id, so that equals never swap."""

    group: Group
    score: float
    why: str

    @property
    def rank(self) -> tuple[int, float]:
        """Smaller is sooner."""
        return _ORDER[self.group], -self.score


def severity(complaint: float, urgency: float, negative: float, bars: Bars | None = None) -> Severity:
    """How bad it is, from a reading's probabilities (0…1 each). Never less for a higher one."""
    bars = bars or Bars()
    if complaint < bars.complaint:
        return Severity.NORMAL if urgency >= bars.grave or negative >= bars.angry else Severity.LOW
    if urgency >= bars.grave:
        return Severity.CRITICAL
    return Severity.HIGH if urgency >= bars.urgent or negative >= bars.angry else Severity.NORMAL


def place(facts: Facts) -> Place:
    """Where a case stands in the queue, and why."""
    group = _group(facts)
    return Place(group, score(facts), _why(facts, risen=group is Group.NEXT and _is_late(facts)))


def score(facts: Facts) -> float:
    """What `place` ranks by, without the words: for choosing among many."""
    return weight(facts) * pressure(facts.left, facts.promised, _is_late(facts))


def weight(facts: Facts) -> float:
    """The part of the score that time does not change: severity × audience × history. 1 for a plain complaint."""
    if not facts.read:
        return 1.0
    audience = 1 + log10(1 + max(0, facts.followers or 0)) / 4
    spread = 1 + log10(1 + max(0, facts.reactions or 0)) / 8 + log10(1 + max(0.0, facts.growth)) / 4
    history = 1 + 0.2 * min(facts.this_month, 5) + 0.05 * min(facts.earlier, 10)
    return _WEIGHT[facts.severity] * audience * spread * history


def spread(before: int, growth: float, after: int, hours: float) -> float | None:
    """Reactions an hour, when `before` were counted `hours` ago and `after` now; None if it is hardly news.

    News is a quarter more than was known, or that what grew fast has come to rest.
    """
    rate = max(0, after - before) / max(hours, SHORTEST_H)
    if after >= 1.25 * before and after - before >= SHOWN_GROWTH:
        return round(rate, 1)
    return round(rate, 1) if growth >= SHOWN_GROWTH and rate < growth / 2 and hours >= RESTED_H else None


def promise_presses(facts: Facts) -> bool:
    """Is a promise of ours broken, or so near that it comes before the rest?"""
    return facts.promised is not None and facts.promised <= PROMISE_NEAR


def _is_late(facts: Facts) -> bool:
    return facts.state is State.LATE


def _group(facts: Facts) -> Group:
    if promise_presses(facts):
        return Group.NEXT
    if facts.state in (State.KEPT, State.MISSED):
        return Group.DONE
    if _is_late(facts):
        return Group.NEXT if _rises(facts) else Group.LATE
    return Group.NEXT if facts.state is State.SOON else Group.WINDOW


def _rises(facts: Facts) -> bool:
    """A severe case that is late, but not yet history, still goes first."""
    if not facts.read or -facts.left > RISES_FOR:
        return False
    loud = (facts.followers or 0) >= LOUD
    return facts.severity is Severity.CRITICAL or (facts.severity is Severity.HIGH and loud)


def pressure(left: timedelta, promised: timedelta | None, late: bool) -> float:
    """How fast being early loses its worth: steep before the due time, fading after it; by a promise that presses."""
    minutes = left.total_seconds() / 60
    if promised is not None and promised <= PROMISE_NEAR:
        return 60 / (ANSWER_MINUTES / BROKEN_WEIGHS + max(0.0, promised.total_seconds() / 60))
    if late:
        return 60 / (60 + max(0.0, -minutes))
    return 60 / (ANSWER_MINUTES + max(0.0, minutes))


def lasting(why: str) -> str:
    """What of a reason holds as long as a message stands: one that says "59 minutes left" lies a minute later."""
    first, _, rest = why.partition("; ")
    return rest if first.endswith((" left", " late")) or first.startswith("a promise, ") else why


def _why(facts: Facts, risen: bool) -> str:
    return "; ".join(part for part in (_time(facts, risen), *_about(facts), *_history(facts)) if part)


def _time(facts: Facts, risen: bool) -> str:
    if facts.promised is not None and promise_presses(facts):
        words = span_words(facts.promised)
        return f"a promise, broken {words} ago" if facts.promised <= timedelta() else f"a promise, due in {words}"
    words = span_words(facts.left)
    match facts.state:
        case State.KEPT | State.MISSED:
            return "answered in time" if facts.state is State.KEPT else "answered late"
        case State.LATE:
            return f"{words} late, but too severe to stand back" if risen else f"{words} late"
        case _:
            return f"{words} left"


def _about(facts: Facts) -> list[str]:
    if not facts.read:
        return [f"{facts.cause or 'not read yet'}, placed by age"]
    parts = [facts.cause or (_KIND[facts.severity] if facts.complaint else "no complaint")]
    if (facts.followers or 0) >= SHOWN_FOLLOWERS:
        parts.append(f"{round_words(facts.followers or 0)} followers")
    if facts.growth >= SHOWN_GROWTH:
        parts.append(f"spreading, {round_words(round(facts.growth))} reactions an hour")
    elif (facts.reactions or 0) >= SHOWN_REACTIONS:
        parts.append(f"{round_words(facts.reactions or 0)} reactions")
    return parts


def _history(facts: Facts) -> list[str]:
    if not facts.read:
        return []
    if facts.this_month > 0:
        return [f"{ordinal(facts.this_month + 1)} time this month"]
    return [f"{ordinal(facts.earlier + 1)} time we hear from them"] if facts.earlier > 0 else []


def ordinal(number: int) -> str:
    """A place in a row: first … tenth, 11th, 12th, 21st."""
    if 1 <= number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def round_words(number: int) -> str:
    """A count to two figures, as a person says it: 310, 1,200, 41,000, 2.3 million."""
    if number < 1000:
        return str(number)
    step = 10 ** (len(str(number)) - 2)
    rounded = (number + step // 2) // step * step
    return f"{rounded / 1_000_000:g} million" if rounded >= 1_000_000 else f"{rounded:,}"
