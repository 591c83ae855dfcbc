"""A question to search, read as words and operators."""

import re
from dataclasses import replace
from datetime import date, datetime, time

from bot.core.zones import zone
from bot.store.sieve import Sieve

STATES = {"open": "owed", "new": "new", "waiting": "waiting", "snoozed": "snoozed", "resolved": "resolved"}
OPERATORS = ("is", "before", "after", "platform", "tag", "from")
_PIECE = re.compile(r'([a-z]+):("[^"]*"|\S+)|"[^"]*"|\S+', re.IGNORECASE)


def question(text: str, tz: str) -> tuple[Sieve, list[str]]:
    """A question as words and operators, and the operators that nobody knows (looked for as words)."""
    asked, plain, unknown = Sieve(), [], []
    for found in _PIECE.finditer(text):
        key, argument = (found.group(1) or "").lower(), (found.group(2) or "").strip('"')
        better = narrowed(asked, key, argument, tz) if key else None
        if better is not None:
            asked = better
        elif found.group(0).lower() in ("untagged", "tagged"):
            asked = replace(asked, tagged=found.group(0).lower() == "tagged")
        else:
            plain.append(found.group(0))
            unknown += [found.group(0)] if key in OPERATORS else []
    return replace(asked, words=" ".join(plain)), unknown


def narrowed(asked: Sieve, key: str, argument: str, tz: str) -> Sieve | None:
    """The sieve with one operator more; None where the operator is not known or does not fit."""
    folded = argument.casefold()
    match key:
        case "platform":
            return replace(asked, platform=folded)
        case "tag":
            return replace(asked, tag=folded)
        case "from":
            return replace(asked, author=argument.lstrip("@"))
        case "is":
            return _is(asked, folded)
        case "before" | "after":
            day = _day(argument, tz)
            return _dated(asked, key, day) if day is not None else None
    return None


def _is(asked: Sieve, word: str) -> Sieve | None:
    if word == "late":
        return replace(asked, late=True)
    if word in ("tagged", "untagged"):
        return replace(asked, tagged=word == "tagged")
    return replace(asked, state=STATES[word]) if word in STATES else None


def _dated(asked: Sieve, key: str, day: datetime) -> Sieve:
    return replace(asked, before=day) if key == "before" else replace(asked, after=day)


def _day(argument: str, tz: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(argument), time(), tzinfo=zone(tz)).astimezone(zone("UTC"))
    except (ValueError, OverflowError):
        return None
