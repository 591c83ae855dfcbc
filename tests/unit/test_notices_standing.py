"""What the clock asks of a case: warnings once each, the worst only, and nothing for who is not waiting."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.standing import Standing, Verdict, verdict
from bot.core.window import Window

POSTED = datetime(2026, 11, 4, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def standing(**changes: Any) -> Standing:
    window = Window(POSTED, timedelta(minutes=changes.pop("target", 60)), heard_at=changes.pop("heard_at", POSTED),
                    answered_at=changes.pop("answered_at", None))  # fmt: skip
    facts: dict[str, Any] = {"state": "new", "section": "care", "quiet": False, "held": False, "opened_at": POSTED}
    return Standing(window=window, **(facts | changes))


def at(minutes: float, **changes: Any) -> Verdict:
    return verdict(standing(**changes), POSTED + minutes * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "told", "warned", "say"),
    [
        (0, "", "", ()),
        (14.9, "", "", ()),
        (15, "", "", ("escalation1",)),
        (30, "", "half", ("escalation2",)),
        (31, "half", "", ("escalation2",)),
        (50, "half", "last", ("at_risk", "escalation3")),
        (60, "last", "over", ("late", "escalation3")),
        (600, "", "over", ("late", "escalation3")),
        (600, "over", "", ("late", "escalation3")),
    ],
)
def test_each_moment_has_its_word(minutes: float, told: str, warned: str, say: tuple[str, ...]) -> None:
    found = at(minutes, told=told)
    assert (found.warned, found.say) == (warned, say)


def test_a_claimed_case_is_at_risk_silently_and_late_aloud() -> None:
    held = {"state": "claimed", "held": True}
    assert at(40, **held).say == ()
    assert (at(50, **held).warned, at(50, **held).say) == ("last", ())
    assert at(60, **held).say == ("late",)


def test_a_case_given_back_in_its_last_minutes_rings_then() -> None:
    assert "at_risk" in at(55, told="last").say


def test_a_snoozed_case_is_late_all_the_same() -> None:
    assert at(50, state="snoozed").say == ()
    assert at(60, state="snoozed").say == ("late",)


@pytest.mark.parametrize(
    "changes",
    [
        {"quiet": True},
        {"section": "delight"},
        {"state": "resolved"},
        {"state": "waiting"},
        {"state": "merged"},
        {"answered_at": POSTED + MINUTE},
        {"heard_at": POSTED + timedelta(days=3)},
    ],
)
def test_who_is_not_waiting_for_us_is_never_warned_of(changes: dict[str, Any]) -> None:
    assert at(61, **changes) == Verdict((), "", None)


@pytest.mark.parametrize(("minutes", "after"), [(0, 15), (15, 30), (30, 45), (45, 50), (50, 60)])
def test_the_next_look_is_at_the_next_moment_anything_changes(minutes: float, after: float) -> None:
    assert at(minutes).look_at == POSTED + after * MINUTE


def test_after_the_last_word_there_is_nothing_to_look_for() -> None:
    assert at(60).look_at is None


def test_escalation_counts_from_when_the_case_was_opened_here() -> None:
    late_heard = {"opened_at": POSTED + 40 * MINUTE, "heard_at": POSTED + 40 * MINUTE}
    assert at(50, **late_heard).say == ("at_risk",)
    assert at(55, **late_heard).look_at == POSTED + 60 * MINUTE
    assert "escalation1" in at(56, **late_heard).say
