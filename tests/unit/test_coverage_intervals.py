"""Rates with their intervals, and silence where there are too few."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.intervals import Rate, percent, poisson, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [  # the last two: R. G. Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3
        (0, 10, 0.0, 0.2775328),
        (10, 10, 0.7224672, 1.0),
        (5, 10, 0.2365931, 0.7634069),
        (81, 263, 0.2552722, 0.3661955),
        (15, 148, 0.0624273, 0.1605318),
    ],
)
def test_the_interval_is_wilsons(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_the_interval_holds_the_share_and_stays_a_share(hits, more):
    low, high = wilson(hits, hits + more)
    share = hits / (hits + more) if hits + more else 0.5
    assert 0 <= low <= share <= high <= 1


def test_nothing_measured_could_be_anything():
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("hits", "n"), [(-1, 5), (6, 5)])
def test_more_than_all_is_refused(hits, n):
    with pytest.raises(ValueError, match="is no share"):
        wilson(hits, n)


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (Rate(9, 9), "9 complaints; too few for a rate"),
        (Rate(1, 1), "1 complaint; too few for a rate"),
        (Rate(0, 0), "0 complaints; too few for a rate"),
        (Rate(5, 10), "50% (5 of 10; 24–76%)"),
        (Rate(1999, 2000), "99% (1,999 of 2,000; 99–99%)"),
    ],
)
def test_a_rate_says_how_sure_it_is(rate, words):
    assert rate.words("complaints") == words


def test_fewer_than_ten_have_no_share():
    assert Rate(9, 9).share is None
    assert Rate(9, 10).share == 0.9


@pytest.mark.parametrize(("share", "whole"), [(0.0, 0), (0.001, 1), (0.5, 50), (0.999, 99), (1.0, 100)])
def test_all_and_none_are_said_only_when_true(share, whole):
    assert percent(share) == whole


@pytest.mark.parametrize(("n", "low", "high"), [(0, 0.0, 3.841), (1, 0.177, 5.665), (60, 46.62, 77.22)])
def test_a_count_alone_has_an_interval_too(n, low, high):
    """Its ends are where the count lies 1.96 standard errors away: (n - m)² = z²·m."""
    assert poisson(n) == pytest.approx((low, high), abs=0.005)
    for end in poisson(n):
        assert (n - end) ** 2 == pytest.approx(1.959964**2 * end, abs=1e-4)
    with pytest.raises(ValueError, match="no count"):
        poisson(-1)
