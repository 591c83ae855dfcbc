"""How many messages one room gets: each case its own while they are few, together when they are many.

The limits are promises: at most one message a second and room (Slack's own limit), above ten in five minutes one
message with all of them each minute, and after an outage at most twenty in the first hour (P-15).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

PACE = timedelta(seconds=1)
MANY, LATELY = 10, timedelta(minutes=5)
TOGETHER_EVERY = timedelta(seconds=60)
AFTER_OUTAGE, FIRST_HOUR = 20, timedelta(hours=1)
UNHURRIED = 8  # of the twenty that may go as they come; the rest is spread over the hour
OUTAGE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one room has had and what waits for it.

    `posted` are the times of messages of the last hour, oldest first; `last_at` that of the last call of any kind;
    `together_at` that of the last joint message; `back_at` when an outage ended.
    """

    waiting: int
    posted: tuple[datetime, ...] = ()
    last_at: datetime | None = None
    together_at: datetime | None = None
    back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What may happen now: `single`, `together`, or `wait` until a time (None: nothing is there to say)."""

    how: Literal["single", "together", "wait"]
    until: datetime | None = None


def turn(traffic: Traffic, now: datetime) -> Turn:
    """Whose turn it is in a room."""
    if traffic.waiting == 0:
        return Turn("wait")
    if traffic.last_at is not None and timedelta() <= now - traffic.last_at < PACE:
        return Turn("wait", traffic.last_at + PACE)
    if traffic.back_at is not None and now - traffic.back_at < FIRST_HOUR:
        return _after_outage(traffic, traffic.back_at, now)
    lately = sum(1 for at in traffic.posted if now - at < LATELY)
    if traffic.waiting <= MANY - lately:
        return Turn("single")
    return _together(traffic, now)


def _together(traffic: Traffic, now: datetime) -> Turn:
    again = traffic.together_at + TOGETHER_EVERY if traffic.together_at is not None else now
    return Turn("wait", again) if again > now else Turn("together")


def _after_outage(traffic: Traffic, back_at: datetime, now: datetime) -> Turn:
    since = [at for at in traffic.posted if at >= back_at]
    left = AFTER_OUTAGE - len(since)
    end = back_at + FIRST_HOUR
    if left <= 0:
        return Turn("wait", end)
    if not since:
        return Turn("together")
    if len(since) < UNHURRIED and traffic.waiting <= 2:
        return Turn("single")
    again = since[-1] + max(TOGETHER_EVERY, (end - since[-1]) / left)
    return Turn("wait", again) if again > now else Turn("together")
