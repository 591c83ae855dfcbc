"""The week counted a second time, from other rows and by other code, and what differs. Pure.

The digest counts what mentions and cases say of themselves. Here mentions are what their reading says and cases are
what the log says; nothing of core/figures.py is used.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise, takewhile

from bot.core.grams import CLAUSE, MOST_CHARACTERS, NO, NOISE, NOT, bare
from bot.core.recovery import Outcome
from bot.core.week import Week
from connectors.types import Span

CLOSE = 1e-6
MASK = "▇"  # core/masking.py
_TOLD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)*")
_APART = r"(?:[^\w\n]|_)+"
_DENIED = "|".join(sorted(map(re.escape, NOT)))


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
class Member:
    """One case of an incident, by who joined and left it in the log. `is_owed`: it is open and has no answer."""

    case_id: int
    is_owed: bool
    due_at: datetime


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


def recount(
    week: Week, brand: str, said: Sequence[Spoken], cases: Sequence[Kept], now: datetime, rivals: Collection[str] = ()
) -> dict[str, float]:
    """Every figure by its name, as "part/name" of the CSV; those that nothing was counted for are left out."""
    start, end = week.span.start, week.span.end
    within = [one for one in said if start <= one.at < end]
    ours = list({one.post_id: one for one in within if one.brand == brand}.values())
    counted = dict(_counts(ours)) | dict(_days(week, ours)) | dict(_cases(cases, week, now))
    return counted | (dict(_voice(within)) if rivals else {})


def last_week(
    week: Week, brand: str, said: Sequence[Spoken], cases: Sequence[Kept], now: datetime, rivals: Collection[str] = ()
) -> dict[str, float]:
    """What a digest says of the week before, by names that begin with "last_week_"; `said` and `cases` are of then."""
    there = recount(week.before, brand, said, cases, now, rivals)
    parts = ("share_of_voice/", "kept/all", "late/all", *(("count/",) if there["count/mentions"] else ()))
    return {f"last_week_{name}": value for name, value in there.items() if name.startswith(parts)}


def troubled(incident: int, members: Sequence[Member], now: datetime) -> dict[str, float]:
    """An incident's customers, those that nothing is owed to, and those who are owed an answer and it is late."""
    owed = [one for one in members if one.is_owed]
    return {
        f"incident_customers/{incident}": len(members),
        f"incident_answered/{incident}": len(members) - len(owed),
        f"incident_late/{incident}": sum(one.due_at <= now for one in owed),
    }


def _counts(ours: Sequence[Spoken]) -> Iterator[tuple[str, float]]:
    complaints = [one for one in ours if one.complaint]
    yield "count/mentions", len(ours)
    yield "count/untagged", sum(not one.tagged for one in ours)
    yield "count/complaints", len(complaints)
    yield "count/untagged_complaints", sum(not one.tagged for one in complaints)
    yield from _net("count/net_sentiment", ours)


def _net(name: str, said: Sequence[Spoken]) -> Iterator[tuple[str, float]]:
    read = [one.tone for one in said if one.tone]
    if read:
        yield name, 100 * (read.count("positive") - read.count("negative")) / len(read)


def _days(week: Week, ours: Sequence[Spoken]) -> Iterator[tuple[str, float]]:
    for day in week.days:
        mine = [one for one in ours if week.day_of(one.at) == day]
        bad = [one for one in mine if one.complaint]
        yield f"day_mentions/{day}", len(mine)
        yield f"day_untagged/{day}", sum(not one.tagged for one in mine)
        yield f"day_complaints/{day}", len(bad)
        yield f"day_untagged_complaints/{day}", sum(not one.tagged for one in bad)
        yield from _net(f"day_net_sentiment/{day}", mine)


def _voice(within: Sequence[Spoken]) -> Iterator[tuple[str, float]]:
    posts: dict[str, dict[int, Spoken]] = {}
    for one in within:
        posts.setdefault(one.brand, {})[one.post_id] = one
    for name, said in posts.items():
        yield f"share_of_voice/{name}", len(said)
        yield from _net(f"voice_net_sentiment/{name}", list(said.values()))


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


@dataclass(frozen=True, slots=True)
class Counted:
    """A theme as it is to be counted again: its name, the run it is counted by, when its turn is, and its posts."""

    name: str
    key: str
    place: int
    posts: tuple[str, ...]

    @property
    def masked(self) -> bool:
        """Whether its words were hidden: they hold personal data."""
        return MASK in self.name + self.key


def themed(themes: Sequence[Counted], said: Sequence[Spoken], brand: str) -> dict[str, float]:
    """In how many complaints each theme's run is said, and none of those whose turn is before."""
    return {f"theme/{name}": len(mine) for name, mine in _by_theme(themes, said, brand).items()}


def _by_theme(themes: Sequence[Counted], said: Sequence[Spoken], brand: str) -> dict[str, set[int]]:
    """A theme that was masked cannot be looked for: of its posts those count that are complaints."""
    left = _complaints(said, brand)
    found: dict[str, set[int]] = {}
    for theme in sorted(themes, key=lambda theme: theme.place):
        mine = {post for post in left if str(post) in theme.posts} if theme.masked else _saying(theme.key, left)
        found[theme.name] = mine
        left = {post: text for post, text in left.items() if post not in mine}
    return found


def worst_day(week: Week, themes: Sequence[Counted], said: Sequence[Spoken], brand: str) -> dict[str, float]:
    """The day of most complaints and its theme, where chance explains neither; nothing where it does.

    A day stands out against the mean of those other days that had ten mentions, if there are three; a theme needs five
    complaints on it.
    """
    ours = list({one.post_id: one for one in said if one.brand == brand}.values())
    mentions: dict[date, set[int]] = {day: set() for day in week.days}
    complaints: dict[date, set[int]] = {day: set() for day in week.days}
    for one in ours:
        for kept in (mentions, complaints) if one.complaint else (mentions,):
            kept[week.day_of(one.at)].add(one.post_id)
    top = max(week.days, key=lambda day: len(complaints[day]))
    others = [day for day in week.days if day != top and len(mentions[day]) > 9]
    usual = sum(len(complaints[day]) for day in others) / max(1, len(others))
    if len(others) < 3 or not _more(len(complaints[top]), usual) or sum(map(len, complaints.values())) < 10:
        return {}
    found = {f"worst_day/{top}": float(len(complaints[top])), f"worst_day_others/{top}": usual}
    rises = []
    for name, mine in _by_theme(themes, ours, brand).items():
        n, mean = len(mine & complaints[top]), sum(len(mine & complaints[day]) for day in others) / len(others)
        if n > 4 and _more(n, mean):
            rises.append((n - mean, name, n, mean))
    names = [theme.name for theme in themes]
    for _rise, name, n, mean in sorted(rises, key=lambda one: (-one[0], names.index(one[1])))[:1]:
        found |= {f"worst_day_theme/{name}": float(n), f"worst_day_theme_others/{name}": mean}
    return found


def _more(n: int, usual: float) -> bool:
    """Beyond what two Poisson counts differ by chance in one of twenty weeks."""
    there = round(usual)
    return n > there and (n - there - 1) ** 2 >= 1.96**2 * (n + there)


def themed_before(themes: Sequence[Counted], said: Sequence[Spoken], brand: str) -> dict[str, float]:
    """The same of the week before, up to the first theme that was masked; nothing where nobody spoke of the brand."""
    left = _complaints(said, brand)
    found: dict[str, float] = {}
    if not any(one.brand == brand for one in said):
        return found
    for theme in takewhile(lambda theme: not theme.masked, sorted(themes, key=lambda theme: theme.place)):
        mine = _saying(theme.key, left)
        found[f"theme_last_week/{theme.name}"] = len(mine)
        left = {post: text for post, text in left.items() if post not in mine}
    return found


def _complaints(said: Sequence[Spoken], brand: str) -> dict[int, str]:
    return {one.post_id: _plain(one.text) for one in said if one.brand == brand and one.complaint}


def _saying(key: str, texts: Mapping[int, str]) -> set[int]:
    denied = NO in key.split()
    spoken = {word for text in texts.values() for word in _TOLD.findall(text)} if denied else ()
    forms: dict[str, list[str]] = {}
    for word in sorted(spoken, key=len, reverse=True):
        forms.setdefault(bare(word), []).append(word)
    phrase = _phrase(key, forms)
    return {post for post, text in texts.items() if phrase.search(text) is not None}


def _plain(text: str) -> str:
    """A text with a line for each clause, in small letters."""
    clauses = CLAUSE.sub("\n", NOISE.sub("\n", text[:MOST_CHARACTERS]))
    return unicodedata.normalize("NFKC", clauses).casefold().replace("’", "'")


def _phrase(name: str, forms: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """The words of a name one after another within a clause, each with or without a plural's s; behind a "not" in any
    of the forms that are spoken."""
    said = _TOLD.findall(_plain(name))
    words = [_either(word, forms if NO in said[:at] else None) for at, word in enumerate(said)]
    return re.compile(rf"(?<![^\W_])(?<![^\W_]'){_APART.join(words)}(?![^\W_])(?!'[^\W\d_])")


def _either(word: str, denied: Mapping[str, Sequence[str]] | None) -> str:
    """`denied`: it follows a "not", and these are all words of the texts by what is left without their endings."""
    if word == NO:
        return f"(?:{_DENIED})"
    if denied is not None:
        return f"(?:{'|'.join(map(re.escape, denied.get(word) or [word]))})"
    bare = word[:-1] if word.isascii() and len(word) > 3 and re.search("[^sui]s$", word) else word
    takes_s = bare.isascii() and len(bare) > 2 and not bare.endswith(("s", "u", "i"))
    return f"{re.escape(bare)}s?" if takes_s else re.escape(word)


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
