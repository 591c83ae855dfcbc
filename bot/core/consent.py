"""When a reply needs a second person: what a brand's rules ask, and why, in words. Pure."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.core.drafts import Breach

Level = Literal["low", "normal", "high", "critical"]
LEVELS: tuple[Level, ...] = ("low", "normal", "high", "critical")
WAYS = ("Ask a lead",)
RULE = "consent"


class Consent(BaseModel):
    """When somebody else must agree. As shipped only a boundary of weight "second_person" asks for it.

    `severity` and above; customers with `followers` and more (0: never); writers whose `first_replies` replies are not
    yet sent (0: never); cases of an `incident`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Level | None = None
    followers: int = Field(0, ge=0, le=2_000_000_000)
    first_replies: int = Field(0, ge=0, le=1_000)
    incident: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules look at. `sent` counts the writer's replies that reached a customer; `lead` may write alone."""

    severity: str = "normal"
    followers: int | None = None
    sent: int = 0
    incident: bool = False
    lead: bool = False


def reasons(rules: Consent, now: Situation) -> tuple[str, ...]:
    """Why a second person must agree, each a sentence; empty if nobody must."""
    told = []
    if rules.severity is not None and _rank(now.severity) >= _rank(rules.severity):
        told.append(f"This case is {now.severity}. A second person agrees before an answer leaves.")
    if rules.followers and (now.followers or 0) >= rules.followers:
        told.append(f"{now.followers:,} people follow this customer. A second person agrees before an answer leaves.")
    if rules.incident and now.incident:
        told.append("This case is part of an incident. A second person agrees before an answer leaves.")
    if now.sent < rules.first_replies and not now.lead:
        nth = f"reply {now.sent + 1} of a new colleague's first {rules.first_replies}"  # the asked reads it too
        told.append(f"This is {nth}. A second person reads those along.")
    return tuple(told)


def breaches(rules: Consent, now: Situation) -> tuple[Breach, ...]:
    """The same as boundaries of the weight "second_person", for the composer and the last check."""
    return tuple(Breach(RULE, "second_person", why, WAYS) for why in reasons(rules, now))


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else 1
