"""What an agent's act can come to."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.reply import Breach
from bot.store.tables import CaseRow


@dataclass(frozen=True, slots=True)
class Done:
    """It is so. `undo` names the act that takes it back, where one does."""

    undo: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """Material was taken; `did` names each part that changed the case: severity, label, assigned, snoozed."""

    did: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Noted:
    """The note is kept; these @names in it called nobody."""

    nobody: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """Nothing was done: what was pressed does something else by now than the page said. `mark`: of what it does now."""

    mark: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What it did is undone, but for the parts in `left`: somebody changed those since."""

    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not so, and why, in a sentence for the agent."""

    why: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """The case is yours until `until`, longer while you write. `fence` proves it."""

    case: CaseRow
    until: datetime
    fence: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody else has it."""

    by: int
    name: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Saved:
    """The draft is kept; Send must name this version."""

    version: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Boundaries stop these words."""

    breaches: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class Queued:
    """The reply leaves at `leaves_at` unless it is taken back before."""

    reply_id: int
    leaves_at: datetime


@dataclass(frozen=True, slots=True)
class Handed:
    """The platform's own composer, words included; we now look for the reply there."""

    reply_id: int
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A second person was asked; these could decide."""

    approval_id: int
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beyond:
    """More than may be given without asking: what was wanted, what is left (cents), and why in a sentence."""

    wanted: int
    left: int
    currency: str
    why: str


@dataclass(frozen=True, slots=True)
class Given:
    """It stands in the ledger: promised at once, or asked of a lead."""

    gesture_id: int
    asked: bool = False
