"""Spikes: what rings, what does not, and what is left out of what is usual."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from math import cos, pi

import pytest

from bot.core.spike_rows import score_rows
from bot.core.spikes import DAY, Memory, Point, Rule, Series, deviation, ring, scan, severity

START = datetime(2026, 9, 7, tzinfo=UTC)  # a Monday
STEP = timedelta(minutes=30)
HOURS = timedelta(hours=1)


def counts(days: int, change: Callable[[datetime], float] | None = None, seed: int = 7) -> list[Point]:
    """A brand's days: quiet nights, busy noons, and a little chance that is the same on every run."""
    points = []
    for number in range(days * 48):
        at = START + number * STEP
        seed = (seed * 1_103_515_245 + 12_345) % 2**31
        usual = 20 - 15 * cos(2 * pi * (at.hour - 2) / 24)
        points.append(Point(at, round(usual + (seed % 9) - 4) + (change(at) if change else 0)))
    return points


def rung(points: list[Point], rule: Rule | None = None) -> list[datetime]:
    return [one.deviation.at for one in scan(Series(points), rule) if one.alert]


def burst(at: datetime, size: float, span: timedelta = HOURS) -> Callable[[datetime], float]:
    return lambda moment: size if at <= moment < at + span else 0.0


def test_an_ordinary_month_rings_never() -> None:
    assert rung(counts(28)) == []


def test_a_burst_rings_in_the_step_in_which_it_begins() -> None:
    at = START + 20 * DAY + 9 * HOURS
    assert rung(counts(28, burst(at, 300))) == [at]


def test_a_busy_noon_is_no_spike_and_the_same_count_at_night_is() -> None:
    night = START + 20 * DAY + 2 * HOURS
    assert rung(counts(28, burst(night, 80))) == [night]


def test_a_burst_rings_once_however_long_it_lasts() -> None:
    at = START + 20 * DAY + 9 * HOURS
    assert rung(counts(28, burst(at, 300, 12 * HOURS))) == [at]


def test_a_smaller_burst_is_not_worth_a_word_after_two_larger_ones_in_four_weeks() -> None:
    first, second, small = START + 15 * DAY, START + 18 * DAY, START + 22 * DAY
    each = [burst(first, 600), burst(second, 500), burst(small, 250)]
    assert rung(counts(28, lambda at: sum(one(at) for one in each))) == [first, second]


def test_one_large_crisis_does_not_hide_the_next_smaller_one() -> None:
    large, small = START + 15 * DAY, START + 20 * DAY
    both = [burst(large, 6_000, 3 * DAY), burst(small, 250)]
    assert rung(counts(28, lambda at: sum(one(at) for one in both))) == [large, small]


def test_what_was_large_five_weeks_ago_is_forgotten() -> None:
    old, older, small = START + 9 * DAY, START + 5 * DAY, START + 40 * DAY
    each = [burst(old, 600), burst(older, 600), burst(small, 250)]
    assert rung(counts(42, lambda at: sum(one(at) for one in each))) == [older, old, small]


def test_a_crisis_that_grows_to_twice_what_rang_rings_at_once() -> None:
    begins, grows = START + 20 * DAY + 9 * HOURS, START + 20 * DAY + 12 * HOURS
    both = [burst(begins, 100, 5 * HOURS), burst(grows, 500, 2 * HOURS)]
    assert rung(counts(28, lambda at: sum(one(at) for one in both))) == [begins, grows]


def test_a_crisis_that_goes_on_for_days_without_growing_rings_once() -> None:
    at = START + 20 * DAY + 9 * HOURS
    assert rung(counts(28, burst(at, 300, 4 * DAY))) == [at]


def test_a_larger_burst_after_the_rest_rings_again() -> None:
    first, second = START + 15 * DAY, START + 17 * DAY
    both = [burst(first, 300), burst(second, 900)]
    assert rung(counts(28, lambda at: sum(one(at) for one in both))) == [first, second]


def test_past_spikes_do_not_raise_what_is_usual() -> None:
    at = START + 21 * DAY + 9 * HOURS
    quiet, loud = counts(28), counts(28, burst(at - 7 * DAY, 500))
    found = [deviation(Series(points), Series(points).at(at)) for points in (quiet, loud)]
    usual = [one.expected / (one.over / HOURS) for one in found]
    assert usual[1] == pytest.approx(usual[0], rel=0.15)


def test_hours_that_were_not_heard_ring_neither_themselves_nor_afterwards() -> None:
    silent = START + 20 * DAY
    points = counts(28, burst(silent + 3 * HOURS, 500))
    told = [Point(p.at, p.value, silent <= p.at < silent + 6 * HOURS) for p in points]
    assert rung(told) == []
    assert not deviation(Series(told), Series(told).at(silent + 3 * HOURS)).known


def test_lost_hours_are_left_out_of_what_is_usual() -> None:
    """A source that was away for three weeks must not make the fourth look like a spike."""
    back = START + 21 * DAY
    points = [Point(p.at, 0, True) if 4 * DAY <= p.at - START < back - START else p for p in counts(28)]
    assert rung(points) == []


def test_missing_rows_count_as_lost_and_not_as_none() -> None:
    hole = START + 20 * DAY
    points = [p for p in counts(28) if not hole <= p.at < hole + 3 * HOURS]
    series = Series(points)
    assert series.total(series.at(hole + HOURS), 2) is None
    assert rung(points) == []


def test_nothing_is_said_in_the_first_two_days() -> None:
    found = list(scan(Series(counts(2, burst(START + 34 * HOURS, 5_000)))))
    assert not any(one.alert or one.deviation.known for one in found)


def test_a_brand_of_three_mentions_a_day_needs_more_than_a_handful_to_ring() -> None:
    days = [Point(START + n * STEP, 1.0 if n % 16 == 0 else 0.0) for n in range(28 * 48)]
    at = START + 20 * DAY + 3 * HOURS
    assert rung([Point(p.at, p.value + (8 if p.at == at else 0)) for p in days]) == []
    assert rung([Point(p.at, p.value + (20 if p.at == at else 0)) for p in days]) == [at]


def test_a_small_brand_of_which_five_times_as_much_is_said_all_day_is_told_within_half_a_day() -> None:
    hours = [Point(START + n * HOURS, 1.0) for n in range(28 * 24)]
    at = START + 20 * DAY + 9 * HOURS
    (rang,) = rung([Point(p.at, 5.0 if at <= p.at < at + DAY else 1.0) for p in hours])
    assert at + 3 * HOURS <= rang <= at + 12 * HOURS


def test_longer_stretches_are_looked_at_of_a_quiet_series_alone() -> None:
    slow = burst(START + 20 * DAY + 6 * HOURS, 6, 12 * HOURS)
    busy, quiet = counts(28, slow), [Point(p.at, (p.at.minute == 0) + slow(p.at) / 4) for p in counts(28)]
    ends = START + 20 * DAY + 17 * HOURS
    over = [deviation(Series(points), Series(points).at(ends)).over for points in (busy, quiet)]
    assert over[0] <= HOURS < over[1]


def test_what_is_remembered_between_two_looks_gives_the_same_answer_as_one_long_look() -> None:
    points = counts(28, burst(START + 20 * DAY, 300))
    series, rule, heard = Series(points), Rule(), []
    memory: Memory = ()
    for spot in range(len(series)):
        rings, memory = ring(deviation(series, spot), memory, rule)
        heard += [series.start + spot * series.step] if rings else []
    assert heard == rung(points)
    assert [rule.bar <= one.rang <= one.size for one in memory] == [True]


def test_severity_grows_with_the_deviation() -> None:
    rule = Rule(bar=4)
    assert [severity(size, rule) for size in (4, 7.9, 8, 15.9, 16)] == ["notable"] * 2 + ["high"] * 2 + ["extreme"]


def test_daily_counts_are_compared_with_the_days_before() -> None:
    days = [Point(START + n * DAY, 40 + n % 3) for n in range(40)]
    days[35] = Point(days[35].at, 400)
    assert rung(days) == [days[35].at]


def test_a_series_without_rows_says_so() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        Series([])


def test_a_series_over_a_thousand_years_is_refused_and_does_not_fill_the_memory() -> None:
    far = datetime(3026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="at most 200,000 are compared"):
        Series([Point(START, 1), Point(START + STEP, 1), Point(START + 2 * STEP, 1), Point(far, 1)])


def csv_of(points: list[Point]) -> list[str]:
    return ["timestamp,value\n", *(f"{p.at:%Y-%m-%d %H:%M:%S},{p.value:g}\n" for p in points)]


def test_a_csv_gets_an_answer_a_row_with_its_own_timestamp() -> None:
    at = START + 20 * DAY
    points = counts(28, burst(at, 300))
    answers = list(score_rows(csv_of(points)))
    assert [row["timestamp"] for row in answers] == [f"{p.at:%Y-%m-%d %H:%M:%S}" for p in points]
    assert [row["timestamp"] for row in answers if row["alert"]] == [f"{at:%Y-%m-%d %H:%M:%S}"]
    assert all((float(str(row["score"])) >= 0.5) == row["alert"] for row in answers)


@pytest.mark.parametrize(
    "row",
    ["yesterday,3", "2026-09-07 00:00:00,many", "2026-09-07,-1", "2026-09-07,nan", "2026-09-07,1e999", ",", "\0,1"],
)
def test_a_bad_row_is_answered_with_an_error_and_the_rest_goes_on(row: str) -> None:
    lines = csv_of(counts(3))
    answers = list(score_rows([*lines[:5], row + "\n", *lines[5:]]))
    assert len(answers) == len(lines)
    assert [number for number, answer in enumerate(answers) if "error" in answer] == [4]


def test_a_csv_without_its_columns_says_which_it_needs() -> None:
    with pytest.raises(ValueError, match="timestamp and value"):
        list(score_rows(["when,how many\n", "2026-09-07,3\n"]))


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("when,how many", "It has “when”, “how many”. .* --map timestamp=when --map value='how many'"),
        ("timestamp;Mentions", "--map value=Mentions"),
        ("2026-09-07T00:00,20", "It is a row itself"),
        ("", "There is none"),
    ],
)
def test_a_first_line_that_does_not_name_them_is_told_with_what_to_write(first: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(score_rows([f"{first}\n", "2026-09-07,3\n"]))


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
def test_a_stranger_s_columns_zone_and_way_of_writing_times_score_alike(between: str) -> None:
    at = START + 20 * DAY
    points = counts(22, burst(at, 300))
    berlin = [f"{p.at + 2 * HOURS:%d.%m.%Y %H:%M}{between}{p.value:g}\n" for p in points]
    columns = {"timestamp": "zeit", "value": "Anzahl"}
    theirs = score_rows([f"\ufeffZeit{between}Anzahl\n", *berlin], columns=columns, zone=timezone(timedelta(hours=2)))
    assert [row["score"] for row in theirs] == [row["score"] for row in score_rows(csv_of(points))]


def test_two_exports_that_overlap_make_no_spike_and_one_that_rings_rings_once() -> None:
    at = START + 20 * DAY
    head, *lines = csv_of(counts(28, burst(at, 300)))
    twice = list(score_rows([head, *lines, *lines[-3 * 48 :], *lines[20 * 48 :]]))
    assert [row["timestamp"] for row in twice if row["alert"]] == [f"{at:%Y-%m-%d %H:%M:%S}"]
    assert [row["score"] for row in twice[: len(lines)]] == [row["score"] for row in score_rows([head, *lines])]


def test_a_day_that_may_be_a_month_is_told_and_not_guessed() -> None:
    (answer,) = score_rows(["timestamp,value\n", "10/11/2026 14:00,3\n"])
    assert "is no time; write it as 2026-11-24T14:00+01:00" in str(answer["error"])


def test_a_wrong_year_is_told_with_how_far_the_rows_reach() -> None:
    lines = csv_of(counts(3))
    with pytest.raises(ValueError, match=r"reach from 1026-01-01 to 2026-.* look for a wrong year"):
        list(score_rows([*lines, "1026-01-01,3\n"]))


def test_rows_in_any_order_and_twice_are_answered_in_their_own_order() -> None:
    lines = csv_of(counts(3))
    answers = list(score_rows([lines[0], lines[9], lines[3], lines[3], lines[5]]))
    assert [row["timestamp"] for row in answers] == [
        line.split(",")[0] for line in (lines[9], *[lines[3]] * 2, lines[5])
    ]


def test_a_lost_row_may_have_no_value() -> None:
    answers = list(score_rows(["timestamp,value,lost\n", "2026-09-07,3,\n", "2026-09-08,,1\n", "2026-09-09,4,0\n"]))
    assert [("error" in row, row["alert"]) for row in answers] == [(False, False)] * 3
