"""What was heard of the time wanted, checked minute by minute."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.coverage import Coverage, coverage, joined, together, without
from connectors.types import Span

START = datetime(2025, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def span(a: int, b: int) -> Span:
    return Span(START + a * MINUTE, START + b * MINUTE)


def minutes(spans: tuple[Span, ...]) -> list[tuple[int, int]]:
    return [((s.start - START) // MINUTE, (s.end - START) // MINUTE) for s in spans]


edges = st.integers(-10, 70)
some_spans = st.lists(st.builds(span, edges, edges), max_size=6)


@given(some_spans, some_spans)
def test_coverage_counts_each_minute_once(covered, gaps):
    result = coverage(span(0, 60), covered, gaps)
    heard = [
        m
        for m in range(60)
        if any(s.start <= START + m * MINUTE < s.end for s in covered)
        and not any(s.start <= START + m * MINUTE < s.end for s in gaps)
    ]
    assert result.heard == len(heard) * MINUTE
    silent = [m for a, b in minutes(result.unheard) for m in range(a, b)]
    assert sorted(heard + silent) == list(range(60))


def test_spans_that_touch_are_joined():
    assert minutes(joined([span(5, 9), span(0, 5), span(20, 30), span(25, 26), span(40, 40)])) == [(0, 9), (20, 30)]


def test_what_is_left_out_is_listed_in_order():
    assert minutes(without(span(0, 60), [span(10, 20), span(30, 90)])) == [(0, 10), (20, 30)]


def test_a_gap_counts_against_a_span_that_claims_it():
    result = coverage(span(0, 60), [span(0, 60)], [span(2, 9)])
    assert minutes(result.unheard) == [(2, 9)]
    assert round(result.share, 3) == 0.883


def test_nothing_wanted_is_wholly_heard():
    assert coverage(span(0, 0), []) == Coverage(timedelta(), timedelta(), ())
    assert coverage(span(0, 0), []).share == 1.0


def test_a_hundred_per_cent_means_nothing_is_missing():
    week = Span(START, START + timedelta(days=7))
    assert coverage(week, [week]).words() == "100%"
    assert coverage(week, [week], [span(3, 4)]).words() == "99.9%"
    assert coverage(week, [], []).words() == "0%"
    assert coverage(span(0, 1000), [span(0, 994)]).words() == "99.4%"


def test_sources_weigh_by_the_time_they_were_wanted():
    both = together([coverage(span(0, 60), [span(0, 60)]), coverage(span(0, 20), [])])
    assert both.share == 0.75
    assert minutes(both.unheard) == [(0, 20)]
