"""The week counted a second time, from other rows and by other code, and what differs. Pure.

The digest counts what mentions and cases say of themselves. Here mentions are what their reading says and cases are
what the log says; nothing of core/figures.py is used.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.week import Week

CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Spoken:
    """One mention by its post and its reading. `tone` is "" while nobody has read it."""

    post_id: int
    at: datetime
    tagged: bool
    complaint: bool
    tone: str
    brand: str


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


def compare(digest: Mapping[str, float | None], again: Mapping[str, float]) -> list[Compared]:
    """Every figure that either side has."""
    names = [*digest, *(name for name in again if name not in digest)]
    return [Compared(name, digest.get(name), again.get(name)) for name in names]
