"""How many messages one room gets: each case its own while they are few, together when they are many.

The limits are promises: at most one message a second and room (Slack's own limit), above ten in five minutes one
message with all of them each minute, and after an outage at most twenty in the first hour (P-15). A room may ask for
less: what follows a message is gathered for a while, and no more than so many come in an hour.
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
class Pace:
    """What a room asks for. `bundle_s`: the first at once, what follows within so many seconds together; 0: no.

    `cap_hour`: most messages in any hour, 0: no cap. Under a cap two fifths go as they come, the rest is spread.
    """

    bundle_s: int = 0
    cap_hour: int = 0


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
    pace: Pace = Pace()


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
    if (held := _capped(traffic, now)) is not None:
        return held
    if traffic.pace.bundle_s:
        return _bundled(traffic, now)
    lately = sum(1 for at in traffic.posted if now - at < LATELY)
    if traffic.waiting <= MANY - lately:
        return Turn("single")
    return _together(traffic, now)


def _together(traffic: Traffic, now: datetime) -> Turn:
    again = traffic.together_at + TOGETHER_EVERY if traffic.together_at is not None else now
    return Turn("wait", again) if again > now else Turn("together")


def _bundled(traffic: Traffic, now: datetime) -> Turn:
    """The first at once; what comes within the room's seconds after a message waits for the end of them."""
    if not traffic.posted:
        return Turn("single" if traffic.waiting == 1 else "together")
    again = traffic.posted[-1] + timedelta(seconds=traffic.pace.bundle_s)
    return Turn("wait", again) if traffic.posted[-1] <= now < again else Turn("together")


def _capped(traffic: Traffic, now: datetime) -> Turn | None:
    """What a cap an hour leaves: nothing for now, or one joint message when its time has come. None: no constraint."""
    cap = traffic.pace.cap_hour
    hour = [at for at in traffic.posted if timedelta() <= now - at < FIRST_HOUR]
    free = max(1, cap * UNHURRIED // AFTER_OUTAGE)
    if not cap or len(hour) < free:
        return None
    if len(hour) >= cap:
        return Turn("wait", hour[len(hour) - cap] + FIRST_HOUR)
    again = hour[-1] + FIRST_HOUR / (cap - free + 1)
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
