"""Who is on call: turns of days on one zone's wall, swaps, and the chain of who is called when nobody claims.

Turns begin at the same wall time whatever the clocks do: a weekly turn is 167 or 169 hours long when they change. All
answers are UTC moments; people are numbers of accounts.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, get_args

from bot.core.zones import utc, zone

Who = Literal["oncall", "next", "lead", "all"]
WHO: tuple[Who, ...] = get_args(Who)
WORDS = {
    "oncall": "who is on call",
    "next": "the next person in turn",
    "lead": "the leads",
    "all": "everybody who may answer",
}
MOST_STEPS = 4
LONGEST_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Step:
    """After so long without a claim, these are called."""

    after: timedelta
    who: Who


Chain = tuple[Step, ...]
USUAL: Chain = (
    Step(timedelta(minutes=15), "oncall"),
    Step(timedelta(minutes=30), "lead"),
    Step(timedelta(minutes=45), "all"),
)


def chain_of(raw: object) -> Chain:
    """A chain from [[15, "oncall"], [30, "lead"]]. ValueError says what is wrong, for a person to mend."""
    if not isinstance(raw, list | tuple):
        raise ValueError("Write the steps as minutes and who is called.")
    steps = [_step(one) for one in raw]
    if not 1 <= len(steps) <= MOST_STEPS:
        raise ValueError(f"A chain has one to {MOST_STEPS} steps.")
    if any(late.after <= early.after for early, late in pairwise(steps)):
        raise ValueError("Each step must come later than the one before it.")
    return tuple(steps)


def _step(raw: object) -> Step:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise ValueError("A step is a number of minutes and who is called.")
    minutes, who = raw
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= LONGEST_MIN:
        raise ValueError(f"Write whole minutes from 1 to {LONGEST_MIN}.")
    if who not in WHO:
        raise ValueError(f"Choose who is called: {', '.join(WHO)}.")
    return Step(timedelta(minutes=minutes), who)


@dataclass(frozen=True, slots=True)
class Rota:
    """People in turn. `handover` is a wall time in `tz`; the first turn begins on `starts_on` at that time."""

    people: tuple[int, ...]
    tz: str
    starts_on: date
    handover: time = time(9)
    turn_days: int = 7

    def __post_init__(self) -> None:
        zone(self.tz)
        if not self.people:
            raise ValueError("A rota needs at least one person.")
        if not 1 <= self.turn_days <= 90:
            raise ValueError("A turn lasts 1 to 90 days.")

    def begins(self, number: int) -> datetime:
        """When a turn begins (UTC). A wall time that does not exist that day is read as before the clocks went on."""
        local = datetime.combine(self.starts_on + timedelta(days=number * self.turn_days), self.handover)
        return local.replace(tzinfo=zone(self.tz)).astimezone(UTC)

    def number(self, at: datetime) -> int:
        """Which turn runs then; negative before the first."""
        local = utc(at, "at").astimezone(zone(self.tz)).date()
        guess = (local - self.starts_on).days // self.turn_days
        return guess if self.begins(guess) <= at else guess - 1

    def person(self, number: int) -> int:
        """Whose turn that is."""
        return self.people[number % len(self.people)]


@dataclass(frozen=True, slots=True)
class Swap:
    """Somebody is on call instead, for a while. Of two at once the one made later counts."""

    person: int
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's stretch on call. `instead_of` is whose turn it would have been."""

    person: int
    from_at: datetime
    until_at: datetime
    instead_of: int | None = None


def on_call(rota: Rota, swaps: Sequence[Swap], at: datetime) -> int | None:
    """Who is on call then; None before the rota begins (a swap counts even then)."""
    for swap in reversed(swaps):
        if swap.from_at <= at < swap.until_at:
            return swap.person
    number = rota.number(at)
    return rota.person(number) if number >= 0 else None


def next_one(rota: Rota, swaps: Sequence[Swap], at: datetime) -> int | None:
    """Who is called when the one on call does not answer: the next in turn who is somebody else."""
    now = on_call(rota, swaps, at)
    number = max(rota.number(at), -1)
    turn = (rota.person(number + step) for step in range(len(rota.people) + 1))
    return next((person for person in turn if person != now), None)


def turns(rota: Rota, swaps: Sequence[Swap], start: datetime, end: datetime) -> list[Turn]:
    """Who is on call when, from `start` to `end`, in order; neighbours with the same person are one."""
    edges = {start, end}
    number = rota.number(start)
    while (begin := rota.begins(number)) < end:
        edges.add(begin)
        number += 1
    edges |= {edge for swap in swaps for edge in (swap.from_at, swap.until_at)}
    inside = sorted(edge for edge in edges if start <= edge <= end)
    made: list[Turn] = []
    for opens, closes in pairwise(inside):
        person, own = on_call(rota, swaps, opens), on_call(rota, (), opens)
        if person is None:
            continue
        turn = Turn(person, opens, closes, own if own != person else None)
        if made and (made[-1].person, made[-1].until_at, made[-1].instead_of) == (person, opens, turn.instead_of):
            turn = Turn(person, made[-1].from_at, closes, turn.instead_of)
            made.pop()
        made.append(turn)
    return made


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch without anybody on call. `person` has the turn and cannot answer; None: it is nobody's turn."""

    from_at: datetime
    until_at: datetime
    person: int | None = None

    @property
    def span(self) -> timedelta:
        """How long."""
        return self.until_at - self.from_at


def holes(rota: Rota, swaps: Sequence[Swap], able: Collection[int], start: datetime, end: datetime) -> list[Hole]:
    """Stretches from `start` to `end` in which nobody of `able` is on call, in order."""
    found: list[Hole] = []
    at = start
    for turn in turns(rota, swaps, start, end):
        if turn.from_at > at:
            found.append(Hole(at, turn.from_at))
        if turn.person not in able:
            found.append(Hole(turn.from_at, turn.until_at, turn.person))
        at = turn.until_at
    return [*found, Hole(at, end)] if at < end else found
