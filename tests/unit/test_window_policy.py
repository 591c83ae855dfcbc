"""Policies: what is promised, and what is refused before anybody relies on it."""

from datetime import timedelta

import pytest

from bot.core.hours import DAYS
from bot.core.policy import Policies, Policy

OFFICE = {day: [["09:00", "17:00"]] for day in DAYS[:5]}


def test_sixty_minutes_around_the_clock_unless_said_otherwise():
    policy = Policy()
    assert (policy.target, policy.clock, policy.tz) == (timedelta(hours=1), "always", "UTC")


def test_hours_are_kept_only_where_the_clock_is_business():
    raw = {"window_minutes": 30, "tz": "Asia/Tokyo", "hours": OFFICE}
    assert Policy.parse({**raw, "clock": "always"}).hours is None
    business = Policy.parse({**raw, "clock": "business"})
    assert business.clock == "business"
    assert business.hours.tz == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (None, r"policy: write an object"),
        ([], r"policy: write an object"),
        ({}, r"policy\.window_minutes is missing; write the minutes"),
        ({"window_minutes": "60"}, r"policy\.window_minutes: '60' is not a number"),
        ({"window_minutes": True}, r"True is not a number"),
        ({"window_minutes": float("nan")}, r"nan is not a number"),
        ({"window_minutes": 0}, r"0 is out of range; write more than 0"),
        ({"window_minutes": -5}, r"out of range"),
        ({"window_minutes": 1e30}, r"out of range"),
        ({"window_minutes": 60, "tz": "Berlin"}, r"policy\.tz: 'Berlin' is not a time zone.*Europe/Berlin"),
        ({"window_minutes": 60, "tz": 1}, r"policy\.tz: write an IANA name"),
        ({"window_minutes": 60, "clock": "office"}, r'policy\.clock: write "always" or "business"'),
        ({"window_minutes": 60, "hours": OFFICE}, r"policy\.clock: write"),
        ({"window_minutes": 60, "clock": "business", "hours": {}}, r"policy\.hours never open.*add at least one"),
        ({"window_minutes": 60, "clock": "business", "hours": {"mon": []}}, r"policy\.hours never open"),
        ({"window_minutes": 60, "clock": "business", "hours": "9-17"}, r"policy\.hours: write a table"),
        ({"window_minutes": 60, "holiday": []}, r"policy\.holiday is not a setting; did you mean holidays\?"),
        ({"window_minutes": 60, "zzz": []}, r"policy\.zzz is not a setting; known are tz, clock"),
    ],
)
def test_a_bad_policy_names_the_place_and_the_remedy(raw, says):
    with pytest.raises(ValueError, match=says):
        Policy.parse(raw)


def test_a_severe_case_may_be_promised_more():
    policies = Policies.parse(
        {
            "window_minutes": 60,
            "clock": "business",
            "hours": OFFICE,
            "severity": {"critical": {"window_minutes": 15, "clock": "always"}},
            "next": {"window_minutes": 120},
        }
    )
    assert policies.first.target == timedelta(hours=1)
    assert policies.severity["critical"] == Policy(15, "UTC", None)
    assert policies.next.target == timedelta(hours=2)
    assert policies.next.hours == policies.first.hours
    assert policies.resolution is None


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (
            {"window_minutes": 60, "severity": {"hihg": {}}},
            r"policy\.severity\.hihg is not a setting; did you mean",
        ),
        ({"window_minutes": 60, "severity": {"high": 5}}, r"policy\.severity\.high: write a table"),
        ({"window_minutes": 60, "next": {"window_minutes": 0}}, r"policy\.next\.window_minutes: 0 is out of range"),
        ({"window_minutes": 60, "nxt": {}}, r"policy\.nxt is not a setting; did you mean next\?"),
        ("hour", r"policy: write an object"),
    ],
)
def test_a_bad_set_of_policies_names_the_inner_place(raw, says):
    with pytest.raises(ValueError, match=says):
        Policies.parse(raw)
