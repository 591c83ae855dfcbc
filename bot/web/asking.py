"""A question to search, read as words and operators. What begins with a minus is left out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches

from bot.core.languages import code_of
from bot.core.zones import zone
from bot.store.sieve import SORTS, Sieve

STATES = {"open": "owed", "new": "new", "waiting": "waiting", "snoozed": "snoozed", "resolved": "resolved"}
FLAGS = ("late", "tagged", "untagged", "held", "free", "delight", "history")
MAYBE_STATES = ("late", "snoozed", "resolved")  # words customers use too: both readings are offered
HAS = ("note", "reply", "draft", "promise")
PLACES = {"posts": "post", "notes": "note", "replies": "reply"}
SEVERITIES = ("low", "normal", "high", "critical")
VALUES = {
    "is": (*STATES, *FLAGS),
    "has": HAS,
    "in": tuple(PLACES),
    "severity": SEVERITIES,
    "sort": SORTS,
}  # what an operator can be told, where that is a list
DAYS = "a day (2026-05-04, today, yesterday) or so long ago (12h, 7d, 2w)"
ELSEWHERE = {
    "language": "lang", "label": "tag", "author": "from", "by": "from", "customer": "from", "source": "platform",
    "status": "is", "state": "is", "owner": "assigned", "agent": "assigned", "since": "after", "until": "before",
}  # fmt: skip  # what other searches call it
SHORTEST = 3  # letters that may be the beginning of a longer word
LEAVABLE = ("platform", "tag", "from", "brand", "lang", "topic")
OPERATORS = (
    "is", "has", "in", "before", "after", "platform", "tag", "from", "brand", "lang", "severity", "assigned", "sort",
    "topic",
)  # fmt: skip
_PIECE = re.compile(r'(-?)([a-z]+):("[^"]*"|\S+)|"[^"]*"|\S+', re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z]+://|mailto:", re.IGNORECASE)
_AGO = re.compile(r"(\d{1,4})([hdw])", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def meant(text: str) -> tuple[str, str] | None:
    """The first plain word that names a state, and the question with it read as one: "late bag" may mean "is:late"."""
    for found in _PIECE.finditer(text):
        word = found.group(0).lower()
        if word in MAYBE_STATES:
            return word, f"{text[: found.start()]}is:{word}{text[found.end() :]}"
    return None


@dataclass(frozen=True, slots=True)
class Odd:
    """A piece that looks like an operator and is none, so it was looked for as words. `meant`: the piece as the nearest
    one there is; empty where none is near."""

    piece: str
    why: str
    meant: str = ""


def pieces(text: str) -> list[str]:
    """A question in its parts, as they were written: words, words in quotes, operators."""
    return [found.group(0) for found in _PIECE.finditer(text.replace("\0", " "))]


def question(text: str, tz: str, now: datetime | None = None) -> tuple[Sieve, list[Odd]]:
    """A question as words and operators, and what looks like an operator that nobody knows (looked for as words)."""
    asked, plain, odd = Sieve(), [], []
    for found in _PIECE.finditer(text.replace("\0", " ")):  # PostgreSQL takes no such sign in a text
        minus, key, argument = found.group(1) or "", (found.group(2) or "").lower(), (found.group(3) or "").strip('"')
        better = _narrowed(asked, minus, key, argument, tz, now) if key else None
        if better is not None:
            asked = better
        elif found.group(0).lower() in ("untagged", "tagged"):
            asked = replace(asked, tagged=found.group(0).lower() == "tagged")
        else:
            plain.append(found.group(0))
            odd += [_odd(found.group(0), minus, key, argument)] if key and not _ADDRESS.match(found.group(0)) else []
    return replace(asked, words=" ".join(plain)), odd


def _odd(piece: str, minus: str, key: str, argument: str) -> Odd:
    """Why it is no operator, and which one may have been meant."""
    told = f'"{argument}"' if " " in argument else argument
    if key not in OPERATORS:
        near = _nearest(key, (*(LEAVABLE if minus else OPERATORS), *ELSEWHERE))
        near = ELSEWHERE.get(near, near)
        return Odd(piece, f"There is no operator “{key}:”.", f"{minus}{near}:{told}" if near else "")
    if minus and key not in LEAVABLE:
        return Odd(piece, f"A minus leaves out {_listed(LEAVABLE)}; not “{key}:”.")
    known = VALUES.get(key, ())
    near = _nearest(argument.casefold(), known)
    return Odd(piece, f"“{key}:” can be {_listed(known) or DAYS}.", f"{key}:{near}" if near else "")


def _listed(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if words else ""


def _nearest(word: str, known: tuple[str, ...]) -> str:
    begun = (one for one in known if len(word) >= SHORTEST and one.startswith(word))
    return next(begun, "") or next(iter(get_close_matches(word, known, 1, 0.7)), "")


def _narrowed(asked: Sieve, minus: str, key: str, argument: str, tz: str, now: datetime | None) -> Sieve | None:
    if minus:
        return replace(asked, without=(*asked.without, (key, _plain(key, argument)))) if key in LEAVABLE else None
    return narrowed(asked, key, argument, tz, now)


def narrowed(asked: Sieve, key: str, argument: str, tz: str, now: datetime | None = None) -> Sieve | None:
    """The sieve with one operator more; None where the operator is not known or does not fit."""
    told = _plain(key, argument)
    simple: dict[str, Callable[[], Sieve | None]] = {
        "platform": lambda: replace(asked, platform=told),
        "tag": lambda: replace(asked, tag=told),
        "from": lambda: replace(asked, author=told),
        "brand": lambda: replace(asked, brand=told),
        "lang": lambda: replace(asked, language=told),
        "topic": lambda: replace(asked, topic=told),
        "assigned": lambda: replace(asked, assigned=told),
        "severity": lambda: replace(asked, severity=told) if told in SEVERITIES else None,
        "has": lambda: replace(asked, has=(*asked.has, told)) if told in HAS else None,
        "in": lambda: replace(asked, kind=PLACES[told]) if told in PLACES else None,
        "sort": lambda: replace(asked, sort=told) if told in SORTS else None,
        "is": lambda: _is(asked, told),
    }
    if key in simple:
        return simple[key]()
    day = day_of(argument, tz, now) if key in ("before", "after") else None
    return _dated(asked, key, day) if day is not None else None


def _plain(key: str, argument: str) -> str:
    if key == "brand":  # as it is written: databases do not agree on what is small of É
        return argument
    if key == "lang":
        return code_of(argument) or argument.casefold()
    return argument.lstrip("@") if key == "from" else argument.casefold()


def _is(asked: Sieve, word: str) -> Sieve | None:
    if word in ("tagged", "untagged"):
        return replace(asked, tagged=word == "tagged")
    if word == "late":
        return replace(asked, late=True)
    if word in FLAGS:
        return replace(asked, flags=(*asked.flags, word))
    return replace(asked, state=STATES[word]) if word in STATES else None


def _dated(asked: Sieve, key: str, day: datetime) -> Sieve:
    return replace(asked, before=day) if key == "before" else replace(asked, after=day)


def day_of(argument: str, tz: str, now: datetime | None) -> datetime | None:
    """A day's beginning in the team's zone: 2026-11-01, today, yesterday; or so long ago: 12h, 7d, 2w."""
    ago = _AGO.fullmatch(argument.lower())
    try:
        if ago is not None and now is not None:
            return now.replace(second=0, microsecond=0) - int(ago[1]) * _UNITS[ago[2]]
        named = {"today": 0, "yesterday": 1}
        if argument.lower() in named and now is not None:
            on = now.astimezone(zone(tz)).date() - timedelta(days=named[argument.lower()])
        else:
            on = date.fromisoformat(argument)
        return datetime.combine(on, time(), tzinfo=zone(tz)).astimezone(zone("UTC"))
    except (ValueError, OverflowError):
        return None
