"""How often the forecast was right: the arithmetic."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.forecast_score import Came, Hour, Said, judged, late, score

DUE = datetime(2026, 11, 4, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("came", "was"),
    [
        ((), True),
        ((Came("case.answered", DUE),), False),
        ((Came("case.answered", DUE + MINUTE),), True),
        ((Came("case.resolved", DUE - MINUTE),), None),
        ((Came("case.resolved", DUE + MINUTE),), True),
        ((Came("case.answered", DUE - 2 * MINUTE), Came("case.resolved", DUE - MINUTE)), False),
    ],
)
def test_late_is_who_was_owed_an_answer_and_had_none_by_then(came: tuple[Came, ...], was: bool | None) -> None:
    assert late(Said(1, 0.5, DUE), came) is was


def test_an_hour_is_judged_by_its_range_and_its_chances() -> None:
    said = [Said(1, 0.9, DUE), Said(2, 0.2, DUE), Said(3, 0.5, DUE)]
    came = {2: [Came("case.answered", DUE - MINUTE)], 3: [Came("case.not_us", DUE - MINUTE)]}
    hour = judged(said, 2, 2, came)
    assert hour is not None
    assert (hour.n, hour.missed, hour.low, hour.high) == (2, 1, 1, 2)
    assert hour.squares == pytest.approx(0.1**2 + 0.2**2)
    assert hour.right
    assert judged(said[2:], 0, 1, came) is None
    assert judged([], 0, 0, {}) is None


def test_the_record_is_of_all_its_answers() -> None:
    hours = [Hour(3, 1, 0, 2, 0.3), Hour(1, 1, 0, 0, 0.9)]
    found = score(hours)
    assert found is not None
    assert (found.right, found.hours, found.answers) == (1, 2, 4)
    assert found.brier == pytest.approx(0.3)
    assert score([]) is None
