"""The team's clock: opening hours only, and it may pause, with evidence. The customer's clock never does.

A pause is a stretch after a message of ours that asked something, until the customer's next word. Only opening
seconds inside a pause are left out, so a pause over a closed night changes nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.core.hours import Hours
from bot.core.when import clock_words, day_words, exact_words

Standing = Literal["running", "paused", "late", "kept", "missed"]
_ASKS = re.compile(r"[?？؟⁇]|\b(?:please|bitte|s'il vous plaît|por favor|per favore|alsjeblieft)\b", re.IGNORECASE)
ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Pause:
    """From our question to the customer's next word; `to_at` None while it lasts. UTC."""

    from_at: datetime
    to_at: datetime | None = None


def asks(text: str) -> bool:
    """Does this message of ours ask the customer for something? The evidence a pause needs."""
    return _ASKS.search(text) is not None


@dataclass(frozen=True, slots=True)
class TeamClock:
    """One target on the team's clock. `hours` None: it runs always. `ended_at` is when we were done, None before."""

    start_at: datetime
    target: timedelta
    hours: Hours | None = None
    pauses: tuple[Pause, ...] = ()
    ended_at: datetime | None = None
    tz: str = "UTC"

    def used(self, now: datetime) -> timedelta:
        """What has run on this clock by now, or by the end."""
        end = self.ended_at or now
        return max(timedelta(), self._counted(self.start_at, end) - self._paused(end))

    def left(self, now: datetime) -> timedelta:
        """What is left of the target; below zero once it is over."""
        return self.target - self.used(now)

    def standing(self, now: datetime) -> Standing:
        """Where it stands."""
        if self.ended_at is not None:
            return "kept" if self.left(now) >= timedelta() else "missed"
        if self.left(now) < timedelta():
            return "late"
        return "paused" if self.is_paused(now) else "running"

    def is_paused(self, now: datetime) -> bool:
        """Does it stand still at this moment because the customer was asked?"""
        return any(one.from_at <= now and (one.to_at is None or now < one.to_at) for one in self.pauses)

    def due_at(self, now: datetime) -> datetime | None:
        """When the target will be used up; None while the clock stands still."""
        if self.ended_at is None and self.is_paused(now):
            return None
        total = self.target
        for _ in range(ROUNDS):
            due = self._after(total)
            longer = self.target + self._paused(due)
            if longer == total:
                return due
            total = longer
        return due

    def explain(self, now: datetime) -> list[str]:
        """The arithmetic in sentences, never the customer's words."""
        ran = "in opening hours" if self.hours is not None else "without a break"
        lines = [f"Runs {ran}; promised {exact_words(self.target)}, used {exact_words(self.used(now))}."]
        for one in self.pauses:
            shut = f"{day_words(one.from_at, self.tz)} {clock_words(one.from_at, self.tz)}"
            if one.to_at is None:
                lines.append(f"Paused since {shut}: we asked, and wait for their answer.")
            else:
                opens = f"{day_words(one.to_at, self.tz)} {clock_words(one.to_at, self.tz)}"
                lines.append(f"Paused from {shut} to {opens}: we had asked.")
        due = self.due_at(now)
        if due is not None:
            lines.append(f"Due {day_words(due, self.tz)} at {clock_words(due, self.tz)}.")
        return lines

    def _counted(self, start: datetime, end: datetime) -> timedelta:
        if end <= start:
            return timedelta()
        return end - start if self.hours is None else timedelta(seconds=self.hours.counted(start, end))

    def _paused(self, end: datetime) -> timedelta:
        stretches = _joined(self.pauses, self.start_at, end)
        return sum((self._counted(start, stop) for start, stop in stretches), timedelta())

    def _after(self, span: timedelta) -> datetime:
        return self.start_at + span if self.hours is None else self.hours.add(self.start_at, span.total_seconds())


def _joined(pauses: Sequence[Pause], start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The paused stretches inside [start, end), no second twice."""
    at = start
    for one in sorted(pauses, key=lambda pause: pause.from_at):
        opens, shut = max(one.from_at, at), min(one.to_at or end, end)
        if opens < shut:
            yield opens, shut
            at = shut
