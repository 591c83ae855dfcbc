"""What is said of a spike: how grave, how many and how many are usual, where, and in which words. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.core.display import one_line
from bot.core.locales import number
from bot.core.sowhat import platform_words
from bot.core.when import span_words

SERIES = {"complaints": "complaints", "negative": "negative posts", "mentions": "mentions"}
GRAVITY = ("notable", "high", "extreme")
MOST_PLACES = 3
NONE_USUAL = "hardly any are usual at this hour"


def what(series: str, topic: str = "") -> str:
    """A series in words; `topic` is what a brand's own topic is called now, "" where the series is no topic."""
    return SERIES.get(series) or f"complaints about {one_line(topic or series.partition(':')[2], 60)}"


def measured(seen: float, of_what: str, over: timedelta, expected: float) -> str:
    """ "60 complaints in 15 minutes; about 5 are usual at this hour"."""
    return f"{counted(seen, of_what, over)}; {usual(expected)}"


def counted(seen: float, of_what: str, over: timedelta) -> str:
    """ "60 complaints in 15 minutes"."""
    return f"{number(round(seen))} {of_what} in {span_words(over)}"


def usual(expected: float) -> str:
    """ "about 5 are usual at this hour"; "hardly any are usual at this hour"."""
    many = round(expected)
    return f"about {number(many)} {'is' if many == 1 else 'are'} usual at this hour" if many else NONE_USUAL


def where(places: Mapping[str, int]) -> str:
    """ "40 on Mastodon, 20 on X and 3 elsewhere"; "" of nothing."""
    named = list(places.items())
    rest = sum(number for _name, number in named[MOST_PLACES:])
    said = ", ".join(f"{number:,} on {platform_words(name)}" for name, number in named[:MOST_PLACES])
    return f"{said} and {rest:,} elsewhere" if rest else said


def why(severity: str, counted: str, places: Mapping[str, int], runs: Sequence[str]) -> str:
    """A spike in a few sentences: its severity, `measured`, its places, the words that stand out."""
    said = f"{severity[:1].upper()}{severity[1:]} spike: {counted}."
    said += f" {where(places)}." if places else ""
    quoted = ", ".join(f"“{one_line(run, 60)}”" for run in runs)
    return f"{said} Words that stand out: {quoted}." if quoted else said


def gravest(severities: Sequence[str]) -> str:
    """The gravest of these."""
    return max(severities, key=GRAVITY.index)
