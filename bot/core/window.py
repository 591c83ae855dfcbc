"""The response window: from the customer's own post to the moment an answer is owed.

Counted from the post's `created_at` (P-09), on the clock its policy names, whatever we did meanwhile. First response,
next response and resolution are three of these with different starts and targets. States are computed from facts when
asked, never stored as truth: `changes_at` and `look_at` only say when to ask again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.explain import explain
from bot.core.hours import Hours
from bot.core.policy import Policy
from bot.core.zones import utc

FUTURE_TOLERANCE = timedelta(seconds=300)
LATE_ARRIVAL = timedelta(hours=24)
SOON_SHARE = 0.75
LAST_MINUTES = timedelta(minutes=10)


class State(StrEnum):
    """Where a window stands. `soon` is its last quarter."""

    OPEN = "open"
    SOON = "soon"
    LATE = "late"
    KEPT = "kept"
    MISSED = "missed"


class Warn(StrEnum):
    """The three warnings of P-12, each told once."""

    HALF = "half gone"
    LAST = "10 minutes left"
    OVER = "overdue"


@dataclass(frozen=True, slots=True)
class WarningAt:
    """A warning and the moment (UTC) it is due."""

    name: Warn
    at: datetime


@dataclass(frozen=True, slots=True)
class Sooner:
    """What made a running window stricter: since when (UTC) the new promise counts, what was due before, and why."""

    since: datetime
    was_due: datetime
    why: str

    def __post_init__(self) -> None:
        for name in ("since", "was_due"):
            object.__setattr__(self, name, utc(getattr(self, name), name))


@dataclass(frozen=True, slots=True)
class Window:
    """One promise to one customer. All times UTC; `hours` None means the clock never stops.

    `spoke_at` is the platform's time of the post, `heard_at` ours, `answered_at` the platform's receipt of our answer.
    A post dated more than 300 s after we heard it is counted from when we heard it and `doubted` (P-11). With `sooner`
    the target counts from `sooner.since`, which may be a later post; what the customer waited does not.
    """

    spoke_at: datetime
    target: timedelta
    hours: Hours | None = None
    answered_at: datetime | None = None
    heard_at: datetime | None = None
    tz: str = "UTC"
    sooner: Sooner | None = None

    def __post_init__(self) -> None:
        for name in ("spoke_at", "answered_at", "heard_at"):
            at = getattr(self, name)
            if at is not None:
                object.__setattr__(self, name, utc(at, name))
        if self.target <= timedelta():
            raise ValueError(f"target must be longer than nothing; it is {self.target}.")

    @classmethod
    def of(
        cls,
        policy: Policy,
        spoke_at: datetime,
        heard_at: datetime | None = None,
        answered_at: datetime | None = None,
        sooner: Sooner | None = None,
    ) -> "Window":
        """The window a policy promises to a post."""
        return cls(spoke_at, policy.target, policy.hours, answered_at, heard_at, policy.tz, sooner)

    @property
    def doubted(self) -> bool:
        """True if the post claims a time more than 300 s after we heard it."""
        return self.heard_at is not None and self.spoke_at > self.heard_at + FUTURE_TOLERANCE

    @property
    def starts_at(self) -> datetime:
        """Where counting begins: the post's time, or ours where the post's cannot be true."""
        return self.heard_at if self.heard_at is not None and self.doubted else self.spoke_at

    @property
    def counts_from(self) -> datetime:
        """Where the promise counts from: `starts_at`, or the later post that made it stricter."""
        return self.starts_at if self.sooner is None else self.sooner.since

    @property
    def due_at(self) -> datetime:
        """The moment (UTC) by which an answer is owed. NeverOpen if the hours never reach it."""
        return self._after(self.target)

    @property
    def soon_at(self) -> datetime:
        """When the last quarter begins."""
        return self._after(self.target * SOON_SHARE)

    @property
    def late_arrival(self) -> bool:
        """True if the window had been over for more than 24 h when we heard the post: history, it pages nobody."""
        due = self.due_at if self.sooner is None else self.sooner.was_due  # a stricter promise silences nobody
        return self.heard_at is not None and self.heard_at - LATE_ARRIVAL > due

    @property
    def overdue_on_arrival(self) -> bool:
        """True if no answer could have been in time, because we heard the post too late."""
        return self.heard_at is not None and self.heard_at >= self.due_at

    def state(self, now: datetime) -> State:
        """Where the window stands. An answer at the very moment of `due_at` keeps it; none by then makes it late."""
        if self.answered_at is not None:
            return State.KEPT if self.answered_at <= self.due_at else State.MISSED
        if utc(now, "now") >= self.due_at:
            return State.LATE
        return State.SOON if now >= self.soon_at else State.OPEN

    def left(self, now: datetime) -> timedelta:
        """What is left on the policy's clock; once late, minus what the customer has waited since `due_at`.

        For an answered window: what was left when the answer came.
        """
        at, due = max(utc(self.answered_at or now, "now"), self.counts_from), self.due_at
        if at >= due or self.hours is None:
            return due - at
        return timedelta(seconds=self.hours.counted(at, due))

    def waited(self, now: datetime) -> timedelta:
        """The customer's clock: real time from their post to the answer, or to now. It never pauses."""
        return max(timedelta(), utc(self.answered_at or now, "now") - self.starts_at)

    def changes_at(self, now: datetime) -> datetime | None:
        """The next moment (UTC) at which `state` will differ if nothing happens; None when it is settled."""
        if self.answered_at is not None:
            return None
        return next((at for at in (self.soon_at, self.due_at) if at > now), None)

    def warnings(self) -> tuple[WarningAt, ...]:
        """The warnings of this window in order of time; none for an answered one or a late arrival."""
        if self.answered_at is not None or self.late_arrival:
            return ()
        moments = [WarningAt(Warn.HALF, self._after(self.target / 2)), WarningAt(Warn.OVER, self.due_at)]
        if self.target > LAST_MINUTES:
            moments.append(WarningAt(Warn.LAST, self._after(self.target - LAST_MINUTES)))
        return tuple(sorted(moments, key=lambda warning: (warning.at, warning.name == Warn.OVER)))

    def warning(self, now: datetime) -> WarningAt | None:
        """The last warning whose moment has come: after an outage the worst is told, not each one missed."""
        return next((warning for warning in reversed(self.warnings()) if warning.at <= now), None)

    def look_at(self, now: datetime) -> datetime | None:
        """When to look again: the next warning or change of state, whichever is first; None if settled."""
        moments = [warning.at for warning in self.warnings() if warning.at > now]
        change = self.changes_at(now)
        return min([*moments, change] if change else moments, default=None)

    def explain(self) -> list[str]:
        """The arithmetic in sentences: posted, heard, the rule, what did not count, due. Never the customer's words."""
        return explain(self)

    def _after(self, span: timedelta) -> datetime:
        """When `span` has passed on the policy's clock."""
        if self.hours is not None:
            return self.hours.add(self.counts_from, span.total_seconds())
        try:
            return self.counts_from + span
        except OverflowError as error:
            raise ValueError(f"No calendar reaches from {self.counts_from.isoformat()} over {span}.") from error
