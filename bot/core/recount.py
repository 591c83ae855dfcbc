"""The week counted a second time, from other rows and by other code, and what differs. Pure.

The digest counts what mentions and cases say of themselves. Here mentions are what their reading says and cases are
what the log says; nothing of core/figures.py is used.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from bot.core.week import Week
from connectors.types import Span

CLOSE = 1e-6
MASK = "▇"  # core/masking.py
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One mention by its post and its reading. `tone` is "" while nobody has read it."""

    post_id: int
    at: datetime
    tagged: bool
    complaint: bool
    tone: str
    brand: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Listened:
    """What one source was meant to hear, what it says it heard, and what the gap ledger takes away from that."""

    source: str
    wanted: Span
    covered: tuple[Span, ...]
    holes: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """One case that was owed an answer, by the log."""

    case_id: int
    platform: str
    spoke_at: datetime
    due_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that does not say what the log or its reading says."""

    row: str
    why: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure as the digest has it and as it was counted again."""

    name: str
    digest: float | None
    recount: float | None

    @property
    def same(self) -> bool:
        """Whether they agree."""
        if self.digest is None or self.recount is None:
            return self.digest is None and self.recount is None
        return abs(self.digest - self.recount) < CLOSE


def recount(week: Week, brand: str, said: Sequence[Spoken], cases: Sequence[Kept], now: datetime) -> dict[str, float]:
    """Every figure by its name, as "part/name" of the CSV; those that nothing was counted for are left out."""
    start, end = week.span.start, week.span.end
    within = [one for one in said if start <= one.at < end]
    ours = list({one.post_id: one for one in within if one.brand == brand}.values())
    return dict(_counts(ours)) | dict(_days(week, ours)) | dict(_voice(within, brand)) | dict(_cases(cases, week, now))


def _counts(ours: Sequence[Spoken]) -> Iterator[tuple[str, float]]:
    complaints = [one for one in ours if one.complaint]
    yield "count/mentions", len(ours)
    yield "count/untagged", sum(not one.tagged for one in ours)
    yield "count/complaints", len(complaints)
    yield "count/untagged_complaints", sum(not one.tagged for one in complaints)
    read = [one.tone for one in ours if one.tone]
    if read:
        yield "count/net_sentiment", 100 * (read.count("positive") - read.count("negative")) / len(read)


def _days(week: Week, ours: Sequence[Spoken]) -> Iterator[tuple[str, float]]:
    mentions: dict[date, int] = dict.fromkeys(week.days, 0)
    complaints: dict[date, int] = dict.fromkeys(week.days, 0)
    for one in ours:
        mentions[week.day_of(one.at)] += 1
        complaints[week.day_of(one.at)] += one.complaint
    for day in week.days:
        yield f"day_mentions/{day}", mentions[day]
        yield f"day_complaints/{day}", complaints[day]


def _voice(within: Sequence[Spoken], brand: str) -> Iterator[tuple[str, float]]:
    posts: dict[str, set[int]] = {}
    for one in within:
        posts.setdefault(one.brand, set()).add(one.post_id)
    for name in posts if set(posts) - {brand} else ():
        yield f"share_of_voice/{name}", len(posts[name])


def _cases(cases: Sequence[Kept], week: Week, now: datetime) -> Iterator[tuple[str, float]]:
    mine = [one for one in cases if week.span.start <= one.spoke_at < week.span.end]
    over = [one for one in mine if one.answered_at is not None or one.due_at <= now]
    for name in {"all", *(one.platform for one in over)} if over else ():
        part = [one for one in over if name in ("all", one.platform)]
        kept = [one for one in part if one.answered_at is not None and one.answered_at <= one.due_at]
        yield f"kept/{name}", len(kept)
        yield f"late/{name}", len(part) - len(kept)
    waits = sorted((one.answered_at - one.spoke_at).total_seconds() for one in over if one.answered_at is not None)
    if over and len(waits) * 2 >= len(over) and (at := (len(over) + 1) // 2 - 1) < len(waits):
        yield "wait/median_minutes", waits[at] / 60


def themed(themes: Sequence[tuple[str, Sequence[str]]], said: Sequence[Spoken], brand: str) -> dict[str, float]:
    """How many of each theme's posts are what it says: complaints about this brand that hold a word of its name, and
    that no other theme counts too."""
    complaints = {str(one.post_id): one.text for one in said if one.brand == brand and one.complaint}
    claimed = Counter(post for _name, posts in themes for post in set(posts))
    return {
        f"theme/{name}": sum(
            post in complaints and claimed[post] == 1 and _names(name, complaints[post]) for post in posts
        )
        for name, posts in themes
    }


def _names(name: str, text: str) -> bool:
    """Whether a text has a word of a name, but for case and a plural's s. A name that was masked is not looked for."""
    wanted = {word.removesuffix("s") for word in _WORDS.findall(name.casefold())}
    return MASK in name or not wanted.isdisjoint(word.removesuffix("s") for word in _WORDS.findall(text.casefold()))


def listened(parts: Sequence[Listened]) -> dict[str, float]:
    """The share of the time wanted that each source heard: walked along from one change to the next."""
    return {f"heard/{one.source}": _heard(one) for one in parts}


def _heard(one: Listened) -> float:
    spans = (*one.covered, *one.holes)
    edges = {one.wanted.start, one.wanted.end, *(at for span in spans for at in (span.start, span.end))}
    within = sorted(at for at in edges if one.wanted.start <= at <= one.wanted.end)
    heard = timedelta()
    for start, end in pairwise(within):
        on = any(span.start <= start < span.end for span in one.covered)
        heard += end - start if on and not any(span.start <= start < span.end for span in one.holes) else timedelta()
    return heard / (one.wanted.end - one.wanted.start)


def compare(digest: Mapping[str, float | None], again: Mapping[str, float]) -> list[Compared]:
    """Every figure that either side has."""
    names = [*digest, *(name for name in again if name not in digest)]
    return [Compared(name, digest.get(name), again.get(name)) for name in names]
