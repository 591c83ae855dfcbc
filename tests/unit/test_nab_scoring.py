"""The benchmark's scoring as its authors describe it: what a perfect, a silent and a noisy detector get."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.bench.nab import false_a_week, scored, standard

TIMES = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=5) * n for n in range(10_000)]
WINDOWS = [(TIMES[2_000], TIMES[2_399]), (TIMES[7_000], TIMES[7_399])]


def test_hitting_every_left_edge_and_nothing_else_is_a_hundred() -> None:
    assert standard([scored(TIMES, [2_000, 7_000], WINDOWS)]) == pytest.approx(100)


def test_never_ringing_is_nought() -> None:
    assert standard([scored(TIMES, [], WINDOWS)]) == 0


def test_the_middle_of_a_window_is_worth_most_of_it_and_the_right_edge_hardly_anything() -> None:
    middle, late = (scored(TIMES, [spot, 7_000], WINDOWS).raw for spot in (2_200, 2_399))
    assert middle == pytest.approx(1.86, abs=0.01)
    assert late == pytest.approx(1.0, abs=0.02)


def test_only_the_first_alert_in_a_window_counts() -> None:
    assert scored(TIMES, [2_000, *range(2_001, 2_300), 7_000], WINDOWS).raw == pytest.approx(2)


def test_a_false_alert_costs_a_ninth_and_less_right_after_a_window() -> None:
    right, after = scored(TIMES, [2_000, 5_000, 7_000], WINDOWS), scored(TIMES, [2_000, 2_420, 7_000], WINDOWS)
    assert right.raw == pytest.approx(2 - 0.11)
    assert 2 - 0.11 < after.raw < 2
    assert right.false == (5_000,)


def test_alerts_while_it_learns_count_neither_way() -> None:
    part = scored(TIMES, [5, 700, 2_000, 7_000], WINDOWS)
    assert part.raw == pytest.approx(2)
    assert false_a_week([part]) == 0
