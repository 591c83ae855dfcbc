"""Will we make it: the arithmetic, and that its chances are worth more than the deadlines alone."""

import pytest

from bot.core.forecast import ENOUGH, Forecast, Pace, Waiting, forecast
from tests.bench.forecasting import day, scores

BRISK = Pace(6, 0.6, 100)


def made(waiting: list[Waiting], agents: int = 1, pace: Pace = BRISK) -> Forecast:
    found = forecast(waiting, agents, pace)
    assert found is not None
    return found


def row(*lefts: float) -> list[Waiting]:
    return [Waiting(left, left - 15) for left in lefts]


def test_nothing_is_said_before_twenty_answers_were_measured() -> None:
    assert forecast(row(10), 1, Pace(6, 0.6, ENOUGH - 1)) is None
    assert forecast([], 1, BRISK) is None


def test_with_time_enough_all_are_kept() -> None:
    found = made(row(60, 70, 80))
    assert (found.misses, found.more) == (0, 0)
    assert max(found.chances) < 0.1


def test_more_cases_than_minutes_are_missed_and_an_agent_more_keeps_them() -> None:
    waiting = row(*(20 + at for at in range(6)))
    found = made(waiting)
    assert found.misses >= 2
    assert found.low <= found.misses <= found.high
    assert found.more is not None
    assert made(waiting, 1 + found.more).misses == 0
    assert 0 < found.by <= 25


def test_an_agent_more_never_makes_it_worse() -> None:
    waiting = row(*(5 + 3 * at for at in range(15)))
    misses = [made(waiting, agents).misses for agents in range(1, 6)]
    assert misses == sorted(misses, reverse=True)


def test_who_is_late_already_is_no_further_miss_but_is_counted() -> None:
    found = made([Waiting(-30, -45), *row(60)])
    assert (found.late, found.waiting, found.misses) == (1, 2, 0)
    assert found.chances[0] == 0.0


def test_when_all_are_late_there_is_nothing_left_to_miss() -> None:
    found = made([Waiting(-30, -45), Waiting(-3, -18)])
    assert (found.late, found.misses, found.by) == (2, 0, 0.0)


def test_the_same_facts_give_the_same_forecast() -> None:
    waiting, pace = row(*(8 + 2 * at for at in range(12))), Pace(6, 0.6, 100, arrivals=0.3)
    assert made(waiting, 2, pace) == made(waiting, 2, pace)


def test_nobody_here_is_reckoned_as_one() -> None:
    assert made(row(12, 14), 0).agents == 0
    assert made(row(12, 14), 0).chances == made(row(12, 14), 1).chances


def test_a_case_somebody_writes_to_is_done_first() -> None:
    waiting = [*row(10, 11, 12), Waiting(9, -6, held=True)]
    assert made(waiting).chances[3] < made(row(10, 11, 12, 9)).chances[0] + 0.2


def test_ten_thousand_waiting_are_forecast_from_the_nearest() -> None:
    found = made(row(*(10 + at / 100 for at in range(10_000))), 5)
    assert found.waiting == 10_000
    assert len(found.chances) == 300


def test_its_chances_beat_the_deadlines_alone_on_days_it_has_not_seen() -> None:
    ours, deadlines, seen = scores([day(seed) for seed in range(2)], [day(seed) for seed in range(10, 12)])
    assert seen > 500
    assert ours < 0.9 * deadlines


@pytest.mark.parametrize("spread", [0.0, 0.3, 2.0])
def test_any_spread_of_times_can_be_played(spread: float) -> None:
    assert made(row(10, 20), 1, Pace(6, spread, 50)).misses in (0, 1, 2)
