"""The filter of the queue: a question in the words of search, as chips that can be taken off one by one.

It stands in the address (`?q=`), so a page without scripts has it, a link carries it, and a saved view is one with a
name. Words and operators are search's (asking.py); their order is not: the queue keeps its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.languages import code_of, name_of
from bot.store import cases, lists, narrowed, sieve, viewing
from bot.store.db import Session
from bot.store.sieve import Narrow, Sieve
from bot.store.tables_house import AccountRow
from bot.web import words
from bot.web.asking import Odd, pieces, question
from bot.web.place import LONGEST, PART_OF, Place, address

SAID: dict[str, Callable[[str], str]] = {"platform": words.platform, "lang": lambda told: name_of(code_of(told))}
MOST_TRIED = 6  # filters that an empty list is tried without, one at a time
WHOLE = {
    "everyone": "waiting",
    "mine": "of yours",
    "theirs": "answered",
    "snoozed": "snoozed",
    "delight": "kind words",
}
NAMES = {
    "brand": "Brand", "platform": "Platform", "lang": "Language", "severity": "Severity", "assigned": "With",
    "tag": "Tag", "topic": "Topic", "from": "From", "before": "Before", "after": "After", "has": "Has",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a filter in words, and the question without it."""

    words: str
    rest: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed by; an empty one narrows nothing. `odd`: what looks like an operator and is none."""

    question: str = ""
    sieve: Sieve = field(default_factory=Sieve)
    chips: tuple[Chip, ...] = ()
    odd: tuple[Odd, ...] = ()


NONE = Filter()


@dataclass(frozen=True, slots=True)
class Told:
    """What fits, by part; that in words for the heading; and what is owed and stands outside of the filter."""

    fits: dict[str, int]
    words: str
    outside: str = ""


def of(text: str, tz: str, now: datetime) -> Filter:
    """A question as a filter. What orders a search is left out."""
    parts = [part for part in pieces(text[:LONGEST]) if not part.lower().startswith("sort:")]
    asked, odd = question(" ".join(parts), tz, now)
    if asked.empty:
        return NONE
    chips = tuple(Chip(_words(part), _joined(parts, number)) for number, part in enumerate(parts))
    return Filter(" ".join(parts), asked, chips, tuple(odd))


def without_topic(question: str) -> str:
    """A question but for the topic it asks for."""
    return " ".join(part for part in pieces(question[:LONGEST]) if not part.lower().startswith("topic:"))


def with_topic(asked: Filter, name: str, brand: str = "") -> str:
    """Where the queue stands under this filter and a topic; `brand` where several have topics and none is asked for."""
    whose = f'brand:"{brand}"' if brand and not asked.sieve.brand else ""
    return address("everyone", " ".join(filter(None, (asked.question, f'topic:"{name}"', whose))))


def _joined(parts: Sequence[str], without: int) -> str:
    return " ".join(part for number, part in enumerate(parts) if number != without)


def _words(part: str) -> str:
    """A part as people say it: "Platform: Reddit", "not Tag: spam", "untagged", "“gate B14”"."""
    bare = part.removeprefix("-")
    key, colon, told = bare.partition(":")
    told, lead = told.strip('"'), "not " if part.startswith("-") and colon else ""
    if not colon:
        return part if part.lower() in ("tagged", "untagged") else f"“{part.strip(chr(34))}”"
    if key.lower() == "is":
        return told
    if key.lower() in SAID:
        told = SAID[key.lower()](told)
    return f"{lead}{NAMES[key.lower()]}: {told}" if key.lower() in NAMES else part


def asked(session: Session, me: AccountRow, here: Place, tz: str, now: datetime) -> Filter:
    """What the queue of a page is narrowed by: its own filter, or that of its saved view."""
    row = viewing.get(session, here.kept, me) if here.kept else None
    return of(row.question if row is not None else here.question, tz, now)


def _wall(me: AccountRow) -> list[str] | None:
    return list(me.brands) or None


def narrow(session: Session, me: AccountRow, asked: Filter, now: datetime) -> Narrow | None:
    """The filter as conditions; None where it narrows nothing."""
    return sieve.narrow(session, asked.sieve, _wall(me), now, me.id or 0) if asked.question else None


def seen(view: str, asked: Filter) -> str:
    """The view that a filter is about: of those that wait for their customer, are snoozed, or are kind words, if it
    says so."""
    by_state = {"waiting": "theirs", "snoozed": "snoozed"}
    named = "delight" if "delight" in asked.sieve.flags else by_state.get(asked.sieve.state, "")
    return named if view == "everyone" and named else view


def number(counts: dict[str, int], view: str) -> int:
    """How many cases a view of the queue is about."""
    if view == "everyone":
        return counts["next"] + counts["late"] + counts["window"]
    return counts[PART_OF.get(view, view)]


def told(session: Session, me: AccountRow, asked: Filter, view: str, now: datetime) -> Told:
    """The numbers of the queue under a filter, and what stands outside of it."""
    everything = counted(session, me, NONE, now)
    if not asked.question:
        there = number(everything, view)
        return Told(everything, f"{there:,} {WHOLE[view]}" if there or view != "everyone" else "nobody waiting")
    fits = counted(session, me, asked, now)
    everything["broken"] = narrowed.all_broken(session, _wall(me), now)
    said = f"{number(fits, view):,} of {number(everything, view):,} {WHOLE[view]}"
    return Told(fits, said, outside(everything, fits))


def outside(counts: dict[str, int], fits: dict[str, int]) -> str:
    """What is owed and not shown: "7 late, 3 at risk, 1 broken promise"; empty where nothing is."""
    left = {key: counts[key] - fits[key] for key in ("late", "next", "broken")}
    said = [f"{left['late']:,} late"] if left["late"] > 0 else []
    said += [f"{left['next']:,} at risk"] if left["next"] > 0 else []
    said += [words.count(left["broken"], "broken promise")] if left["broken"] > 0 else []
    return ", ".join(said)


def hiding(
    session: Session, me: AccountRow, asked: Filter, view: str, tz: str, now: datetime
) -> list[tuple[Chip, int, str]]:
    """Which filter hides what is there: each that lets cases in when it alone is off; how many, and the page then."""
    found = []
    for chip in asked.chips[:MOST_TRIED]:
        fewer = of(chip.rest, tz, now)
        fits = counted(session, me, fewer, now)
        there = number(fits, view)
        if there:
            found.append((chip, there, address(view, fewer.question)))
    return found


def counted(session: Session, me: AccountRow, asked: Filter, now: datetime) -> dict[str, int]:
    """The numbers of the queue under this filter, broken promises among them; of all of it where there is none."""
    brands, found = _wall(me), narrow(session, me, asked, now)
    if found is not None:
        return narrowed.counts(session, brands, now, found, me.id or 0)
    return cases.counts(session, brands, now) | {"mine": lists.count_mine(session, me.id or 0, brands)}
