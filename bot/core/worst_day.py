"""The day that was worse than chance explains, and what made it so. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.core.chance import clearly
from bot.core.figures import Day
from bot.core.intervals import TOO_FEW
from bot.core.themes import Theme

LEAST = 5
"""Complaints of one theme that a day's cause needs."""

LEAST_DAYS = 3
"""Other days, each of ten mentions or more: of two days one is always the worse."""


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst day: its `complaints` and what is `usual`, the mean of the other days of ten mentions.

    `theme` is the place in the list of the theme that rose most that day, None where none did beyond chance; `posts`
    are its complaints of that day, `theme_usual` its mean on those other days.
    """

    day: date
    complaints: tuple[str, ...]
    usual: float
    theme: int | None = None
    posts: tuple[str, ...] = ()
    theme_usual: float = 0.0


def worst(days: Sequence[Day], themes: Sequence[Theme]) -> Worst | None:
    """The worst of these days, the first of equals; None where chance explains it or fewer than ten complained."""
    if sum(day.complaints for day in days) < TOO_FEW:
        return None
    top = max(days, key=lambda day: day.complaints)
    others = [day for day in days if day is not top and day.mentions >= TOO_FEW]
    usual = sum(day.complaints for day in others) / max(1, len(others))
    if len(others) < LEAST_DAYS or clearly(top.complaints, round(usual)) <= 0:
        return None
    found = Worst(top.day, _complaints(top), usual)
    rises = [_rise(top, others, theme) for theme in themes]
    clear = [at for at, (posts, mean) in enumerate(rises) if _clear(len(posts), mean)]
    if not clear:
        return found
    cause = max(clear, key=lambda at: (len(rises[at][0]) - rises[at][1], -at))
    return Worst(found.day, found.complaints, usual, cause, *rises[cause])


def _clear(posts: int, mean: float) -> bool:
    return posts >= LEAST and clearly(posts, round(mean)) > 0


def _rise(top: Day, others: Sequence[Day], theme: Theme) -> tuple[tuple[str, ...], float]:
    mine = set(theme.posts)
    there = sum(len(mine.intersection(_complaints(day))) for day in others)
    return tuple(post for post in _complaints(top) if post in mine), there / len(others)


def _complaints(day: Day) -> tuple[str, ...]:
    return day.complaints_tagged + day.complaints_untagged
