"""What is promised: how long a customer may wait, and on which clock.

A policy is one window's rule. `Policies` holds a brand's rules: the first response, the next response, the resolution,
and what is stricter for a severe case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from math import isfinite
from typing import Literal, cast

from bot.core.hours import Hours
from bot.core.zones import zone

Clock = Literal["always", "business"]
KEYS = ("tz", "clock", "window_minutes", "hours", "holidays", "name")
PARTS = ("next", "resolution", "severity", "tier")
TARGETS = ("next", "resolution")
LONGEST_MINUTES = 366 * 24 * 60


@dataclass(frozen=True, slots=True)
class Policy:
    """One promise. `hours` is None where the clock never stops; `tz` is the zone in which times are told."""

    window_minutes: float = 60
    tz: str = "UTC"
    hours: Hours | None = None

    @classmethod
    def parse(cls, raw: object, place: str = "policy") -> "Policy":
        """A policy from settings; ValueError names the place and the remedy.

        Keys: window_minutes (needed), tz (IANA, "UTC"), clock ("always" or "business"), hours, holidays (see
        core/hours.py), name (ignored: for people).
        """
        if not isinstance(raw, Mapping):
            raise ValueError(f'{place}: write an object, for example {{"window_minutes": 60}}.')
        _known(raw, KEYS, place)
        tz, minutes = _tz(raw.get("tz", "UTC"), place), _minutes(raw.get("window_minutes"), place)
        hours = _hours(raw, tz, place)
        return cls(minutes, tz, hours if _clock(raw, place) == "business" else None)

    @property
    def target(self) -> timedelta:
        """How long the customer may wait, on this policy's clock."""
        return timedelta(minutes=self.window_minutes)

    @property
    def clock(self) -> Clock:
        """Whether the promise runs always or in business hours only."""
        return "always" if self.hours is None else "business"


@dataclass(frozen=True, slots=True)
class Policies:
    """A brand's promises. A missing one is not promised; `severity` holds stricter (or looser) first responses."""

    first: Policy = field(default_factory=Policy)
    next: Policy | None = None
    resolution: Policy | None = None
    severity: Mapping[str, Policy] = field(default_factory=dict)
    tier: Mapping[str, Policy] = field(default_factory=dict)

    @classmethod
    def parse(cls, raw: object, place: str = "policy") -> "Policies":
        """Policies from one table: the keys of a policy, and `next`, `resolution`, `severity.<level>`, `tier.<name>`
        tables; those of a severity or a tier may have `next` and `resolution` of their own.

        Each inner table repeats only what differs from the outer one. ValueError names the place and the remedy.
        """
        if not isinstance(raw, Mapping):
            raise ValueError(f'{place}: write an object, for example {{"window_minutes": 60}}.')
        _known(raw, KEYS + PARTS, place)
        base = {key: value for key, value in raw.items() if key not in PARTS}
        levels = _table(raw.get("severity", {}), f"{place}.severity")
        _known(levels, ("low", "normal", "high", "critical"), f"{place}.severity")
        tiers = _table(raw.get("tier", {}), f"{place}.tier")

        def part(name: str) -> Policy | None:
            return _merged(base, raw[name], f"{place}.{name}") if name in raw else None

        return cls(
            first=Policy.parse(base, place),
            next=part("next"),
            resolution=part("resolution"),
            severity={name: _nested(base, level, f"{place}.severity.{name}") for name, level in levels.items()},
            tier={name: _nested(base, level, f"{place}.tier.{name}") for name, level in tiers.items()},
        )


def _nested(base: Mapping[str, object], over: object, place: str) -> Policy:
    """The first response of a severity or a tier; its `next` and `resolution` are read too, so that none is wrong."""
    table = _table(over, place)
    for name in TARGETS:
        if name in table:
            _merged(base, table[name], f"{place}.{name}")
    return _merged(base, {key: value for key, value in table.items() if key not in TARGETS}, place)


def _merged(base: Mapping[str, object], over: object, place: str) -> Policy:
    return Policy.parse({**base, **_table(over, place)}, place)


def _table(raw: object, place: str) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise ValueError(f'{place}: write a table, for example {{"window_minutes": 15}}.')
    return cast(Mapping[str, object], raw)


def _known(raw: Mapping[str, object], keys: tuple[str, ...], place: str) -> None:
    for key in raw:
        if key not in keys:
            near = get_close_matches(str(key), keys, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(keys)}."
            raise ValueError(f"{place}.{key} is not a setting; {hint}")


def _tz(raw: object, place: str) -> str:
    if not isinstance(raw, str):
        raise ValueError(f"{place}.tz: write an IANA name such as Europe/Berlin; this is {raw!r}.")
    try:
        zone(raw)
    except ValueError as error:
        raise ValueError(f"{place}.tz: {error}") from error
    return raw


def _minutes(raw: object, place: str) -> float:
    here = f"{place}.window_minutes"
    if raw is None:
        raise ValueError(f"{here} is missing; write the minutes promised, for example 60.")
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not isfinite(raw):
        raise ValueError(f"{here}: {raw!r} is not a number of minutes; write for example 60.")
    if not 0 < raw <= LONGEST_MINUTES:
        raise ValueError(f"{here}: {raw} is out of range; write more than 0 and at most {LONGEST_MINUTES} (a year).")
    return raw


def _clock(raw: Mapping[str, object], place: str) -> Clock:
    clock = raw.get("clock")
    if clock is None and not raw.get("hours"):
        return "always"
    if clock not in ("always", "business"):
        raise ValueError(f'{place}.clock: write "always" or "business"; this is {clock!r}.')
    return clock


def _hours(raw: Mapping[str, object], tz: str, place: str) -> Hours:
    table = _table(raw.get("hours") or {}, f"{place}.hours")
    hours = Hours.parse(tz, table, raw.get("holidays") or (), place)
    if raw.get("clock") == "business" and not hours.seconds_a_week:
        raise ValueError(
            f"{place}.hours never open, so no deadline would ever come; add at least one opening, "
            'for example {"mon": [["09:00", "17:00"]]}, or set clock to "always".'
        )
    return hours
