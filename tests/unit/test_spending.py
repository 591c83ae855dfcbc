"""What hearing costs: the month, its forecast, and which query waits when money is short."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.spending import LOOKS, Query, Spending, dollars, month_of, next_month

MID = datetime(2026, 11, 16, tzinfo=UTC)  # half of November is over


def query(name: str, month: float, complaints: int = 0, today: float = 0.0) -> Query:
    return Query(name, month, today, 100, complaints, "2026-11-01")


def spending(*queries: Query, cap: float = 0.0, now: datetime = MID) -> Spending:
    return Spending(queries, cap, now)


def test_a_month_is_what_was_spent_and_what_the_pace_will_add() -> None:
    told = spending(query("a", 15.0, 30, 1.0), query("b", 15.0))
    assert (told.month, told.today, told.complaints) == (30.0, 1.0, 30)
    assert told.forecast == pytest.approx(60.0)
    assert (told.each, told.queries[0].each, told.queries[1].each) == (1.0, 0.5, None)


def test_a_month_that_began_today_has_no_wild_forecast() -> None:
    now = datetime(2026, 11, 1, 0, 5, tzinfo=UTC)
    told = Spending((query("a", 0.10),), 0.0, now)
    assert told.forecast == pytest.approx(0.10 + 0.40 * 30, rel=0.01)


def test_under_a_cap_the_forecast_is_never_beyond_it() -> None:
    assert spending(query("a", 30.0), cap=40.0).forecast == 40.0
    assert spending(query("a", 5.0), cap=40.0).forecast == pytest.approx(10.0)


def test_without_a_cap_or_within_it_nobody_waits() -> None:
    dear = (query("a", 300.0), query("b", 1.0, 9))
    assert spending(*dear).resting() == frozenset()
    assert spending(*dear, cap=700.0).resting() == frozenset()


def test_the_least_useful_query_waits_first_and_the_most_useful_never_before_the_cap() -> None:
    good, fair, poor = query("good", 10.0, 100), query("fair", 10.0, 10), query("poor", 10.0)
    assert spending(poor, good, fair, cap=50.0).resting() == {"poor"}
    assert spending(poor, good, fair, cap=36.0).resting() == {"poor", "fair"}
    assert "good" not in spending(poor, good, fair, cap=30.1).resting()


def test_of_queries_that_heard_nothing_the_dearer_waits() -> None:
    assert spending(query("dear", 18.0), query("cheap", 2.0), query("good", 5.0, 9), cap=40.0).resting() == {"dear"}


def test_our_own_accounts_cheap_reads_never_wait_and_go_on_with_what_is_kept_for_them() -> None:
    own, good = query("", 1.5), query("good", 10.0, 100)
    assert spending(own, good, cap=31.0).kept == pytest.approx(1.875)  # half a month more, and a quarter
    assert spending(own, good, cap=31.0).resting() == frozenset()
    last = spending(own, query("good", 28.0, 100), query("fair", 0.2, 9), cap=31.0)
    assert (last.tight, last.used_up) == (True, False)
    assert last.resting() == {"good", "fair", LOOKS}
    assert spending(query("", 20.0), good, cap=40.0).kept == 8.0  # never more than a fifth
    assert not spending(query("", 39.0), cap=40.0).tight  # nothing else that could wait


def test_posts_are_looked_at_again_last_however_cheap_that_is() -> None:
    looks, poor, good = query(LOOKS, 1.0), query("poor", 20.0), query("good", 5.0, 9)
    assert spending(poor, good, query(LOOKS, 20.0), cap=75.0).resting() == {LOOKS}
    assert spending(looks, poor, good, cap=40.0).resting() == {LOOKS, "poor"}


def test_once_the_cap_is_reached_it_is_used_up() -> None:
    assert not spending(query("a", 39.9), cap=40.0).used_up
    assert spending(query("a", 40.0), cap=40.0).used_up
    assert not spending(query("a", 40.0)).used_up


@given(
    st.lists(st.tuples(st.floats(0.001, 500), st.integers(0, 50)), min_size=1, max_size=8),
    st.floats(0, 2000),
    st.integers(0, 29 * 24 * 60),
)
def test_who_waits_is_always_among_the_asked_and_never_all(
    told: list[tuple[float, int]], cap: float, minutes: int
) -> None:
    queries = tuple(query(str(number), month, heard) for number, (month, heard) in enumerate(told))
    one = Spending(queries, cap, datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=minutes))
    resting = one.resting()
    names = {each.name for each in queries}
    assert resting == {*names, LOOKS} if one.tight else resting < names
    assert one.forecast >= one.month
    assert not cap or one.forecast <= max(cap, one.month)


def test_months_end_where_they_do() -> None:
    for written in ("2026-01-31T23:59:59", "2026-02-01T00:00:00", "2028-02-29T12:00:00", "2026-12-31T00:00:00"):
        now = datetime.fromisoformat(written).replace(tzinfo=UTC)
        assert month_of(now) <= now < next_month(now)
        assert (month_of(now).day, next_month(now).day) == (1, 1)


@pytest.mark.parametrize(
    ("amount", "words"), [(None, "–"), (0, "$0.00"), (0.005, "$0.005"), (0.5, "$0.500"), (12.4, "$12.40"), (1, "$1.00")]
)
def test_what_is_not_nothing_never_reads_as_nothing(amount: float | None, words: str) -> None:
    assert dollars(amount) == words
