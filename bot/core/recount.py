"""The week counted a second time, from other rows and by other code, and what differs. Pure.

The digest counts what mentions and cases say of themselves. Here mentions are what their reading says and cases are
what the log says; nothing of core/figures.py is used.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from bot.core.recovery import Outcome
from bot.core.themes import CLAUSE, MOST_CHARACTERS, NOISE
from bot.core.week import Week
from connectors.types import Span

CLOSE = 1e-6
MASK = "▇"  # core/masking.py
_WORDS = re.compile(r"\w+")
_TOLD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)*")
_APART = r"(?:[^\w\n]|_)+"


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
class Ended:
    """What became of one customer in the seven days after our first answer, by the log."""

    case_id: int
    answered_at: datetime
    outcome: str


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
    nine = next((count for count in range(1, len(waits) + 1) if 10 * count >= 9 * len(over)), None)
    if over and nine is not None:
        yield "wait/ninth_of_ten_minutes", waits[nine - 1] / 60


def turned(cases: Sequence[Ended], week: Week) -> dict[str, float]:
    """How many of the customers answered in the week before ended in each way."""
    span = week.before.span
    mine = [one.outcome for one in cases if span.start <= one.answered_at < span.end]
    return {f"afterwards/{outcome.value}": mine.count(outcome.value) for outcome in Outcome}


def themed_before(names: Sequence[str], said: Sequence[Spoken], brand: str) -> dict[str, float]:
    """In how many complaints of the week before each theme's name is said; nothing where nobody spoke of the brand.
    A name that was masked is not looked for."""
    texts = [_plain(one.text) for one in said if one.brand == brand and one.complaint]
    if not any(one.brand == brand for one in said):
        return {}
    looked_for = {name: _phrase(name) for name in names if MASK not in name}
    return {
        f"theme_last_week/{name}": sum(phrase.search(text) is not None for text in texts)
        for name, phrase in looked_for.items()
    }


def _plain(text: str) -> str:
    """A text with a line for each clause, in small letters."""
    clauses = CLAUSE.sub("\n", NOISE.sub("\n", text[:MOST_CHARACTERS]))
    return unicodedata.normalize("NFKC", clauses).casefold().replace("’", "'")


def _phrase(name: str) -> re.Pattern[str]:
    """The words of a name one after another within a clause, each with or without a plural's s."""
    words = [_either(word) for word in _TOLD.findall(_plain(name))]
    return re.compile(rf"(?<![^\W_])(?<![^\W_]'){_APART.join(words)}(?![^\W_])(?!'[^\W\d_])")


def _either(word: str) -> str:
    bare = word[:-1] if word.isascii() and len(word) > 3 and re.search("[^sui]s$", word) else word
    takes_s = bare.isascii() and len(bare) > 2 and not bare.endswith(("s", "u", "i"))
    return f"{re.escape(bare)}s?" if takes_s else re.escape(word)


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
