"""Which promise holds for a case, and how bad it is: from a brand's rules and a reading's figures."""

from typing import Any

from bot.core import priority
from bot.core.brand import Brand
from bot.core.policy import Policies, Policy


def severity_of(complaint: float | None, urgency: float | None, negative: float | None) -> str:
    """How bad it is for the customer; normal while nobody has read it. Probabilities 0…1."""
    if complaint is None:
        return str(priority.Severity.NORMAL)
    return str(priority.severity(complaint, urgency or 0.0, negative or 0.0))


def policy_of(brand: Brand, severity: str, part: str = "first") -> tuple[Policy, dict[str, Any]]:
    """The promise that holds, and its own words, kept on the case so that a later change of rules moves no clock.

    `part` is first, next or resolution; where no next response is promised, the first one's target holds.
    """
    raw: dict[str, Any] = {"window_minutes": 60, "tz": brand.zone} | dict(brand.policy)
    policies = Policies.parse(raw, f"brand {brand.name}: policy")
    levels: Any = raw.get("severity", {})
    over: Any = levels.get(severity, {}) if part == "first" else raw.get(part, {})
    kept = {key: value for key, value in raw.items() if key not in ("next", "resolution", "severity")} | dict(over)
    policy = policies.first_for(severity) if part == "first" else policies.next or policies.first
    return policy, kept
