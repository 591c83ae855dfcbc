"""What the clock asks of a case at this moment: what to say to the team, and when to look again.

Nothing here remembers having been asked before. Whoever acts on it makes each message's key from what it says, so that
saying it twice says it once (P-12), and after an outage only the worst is left to say.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.core.rota import USUAL
from bot.core.window import Warn, Window

Kind = Literal["new", "escalation1", "escalation2", "escalation3", "escalation4", "at_risk", "late"]
STEPS: tuple[Kind, ...] = ("escalation1", "escalation2", "escalation3", "escalation4")
SEVERITY: tuple[Kind, ...] = ("new", *STEPS, "at_risk", "late")  # of two at once, the later
USUAL_STEPS = tuple(step.after for step in USUAL)
OWED = ("new", "claimed", "snoozed")
_TOLD = {Warn.HALF: "half", Warn.LAST: "last", Warn.OVER: "over"}
_ORDER = ("", "half", "last", "over")


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as the clock sees it. `told` is the worst warning already given for this window.

    `steps` are how long nobody may have it before the next people are called (core/rota.py), at most four, rising.
    """

    state: str
    section: str
    quiet: bool
    held: bool
    opened_at: datetime
    window: Window
    told: str = ""
    steps: tuple[timedelta, ...] = USUAL_STEPS

    @property
    def owed(self) -> bool:
        """Whether anybody waits for us: warnings are for these only."""
        return (
            self.section == "care"
            and self.state in OWED
            and not self.quiet
            and self.window.answered_at is None
            and not self.window.late_arrival
        )

    @property
    def unclaimed(self) -> bool:
        """Whether nobody has it. A snoozed case was put off by somebody."""
        return self.state == "new" and not self.held


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do now. `warned` is the new worst warning or "" if it was given before; `say` is all that is true."""

    say: tuple[Kind, ...]
    warned: str
    look_at: datetime | None


def verdict(case: Standing, now: datetime) -> Verdict:
    """The truth about a case, from its facts and the time."""
    if not case.owed:
        return Verdict((), "", None)
    warning = case.window.warning(now)
    level = _TOLD[warning.name] if warning is not None else ""
    warned = level if _ORDER.index(level) > _ORDER.index(case.told if case.told in _ORDER else "") else ""
    return Verdict(tuple(_sayable(case, level, now)), warned, _look_again(case, now))


def _sayable(case: Standing, level: str, now: datetime) -> list[Kind]:
    """At most one word on the window and one on nobody having it. Half the window gone is noted, and rings nobody."""
    said: list[Kind] = []
    if level == "over":
        said.append("late")
    if level == "last" and case.unclaimed:
        said.append("at_risk")
    if case.unclaimed and (step := reached(case, now)):
        said.append(STEPS[step - 1])
    return said


def reached(case: Standing, now: datetime) -> int:
    """Which step of the chain this long a wait has come to; 0 before the first."""
    waited = now - case.opened_at
    return sum(1 for after in case.steps[: len(STEPS)] if waited >= after)


def _look_again(case: Standing, now: datetime) -> datetime | None:
    steps = [case.opened_at + after for after in case.steps]
    moments = [at for at in (*steps, case.window.look_at(now)) if at is not None and at > now]
    return min(moments, default=None)
