"""A platform's limit: how long a source rests so that it lasts, and in what words it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.quota import Quota, learnt
from connectors.answers import Answer, tighter
from connectors.types import Rate

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def quota(left: int, of: int = 300, minutes: float = 60, each: float = 1.0) -> Quota:
    return Quota(left, of, NOON + minutes * MINUTE, each)


@pytest.mark.parametrize(
    ("limit", "rest"),
    [
        (quota(300), None),  # 285 reads in an hour are more than one a minute
        (quota(45), 2 * MINUTE),  # fifteen are kept for answers, thirty are left for an hour
        (quota(75, each=2.0), 2 * MINUTE),
        (quota(16), 60 * MINUTE),
        (quota(15), 60 * MINUTE + timedelta(seconds=1)),
        (quota(0), 60 * MINUTE + timedelta(seconds=1)),
        (quota(0, minutes=-1), None),  # the count has started again
        (quota(2, of=0, minutes=10), 5 * MINUTE),
        (quota(60, each=50.0), 60 * MINUTE + timedelta(seconds=1)),
    ],
)
def test_what_is_left_lasts_until_the_reset(limit: Quota, rest: timedelta | None) -> None:
    assert limit.rest(NOON, MINUTE) == rest


def test_what_a_read_takes_is_learnt_from_reads_in_one_window() -> None:
    first = learnt(None, 290, 300, NOON + 60 * MINUTE, one_read=True)
    second = learnt(first, 280, 300, NOON + 60 * MINUTE, one_read=True)
    assert (first.each, second.each) == (1.0, 5.5)
    assert learnt(second, 100, 300, NOON + 60 * MINUTE, one_read=False).each == 5.5  # a gap was healed
    assert learnt(second, 298, 300, NOON + 120 * MINUTE, one_read=True).each == 5.5  # the count began anew


def test_the_last_calls_are_kept_for_hearing() -> None:
    assert [quota(left).spare(NOON) for left in (16, 15, 0)] == [True, False, False]
    assert quota(0, minutes=-1).spare(NOON)


def test_it_is_told_in_words() -> None:
    assert quota(12).words("11:15") == "12 of 300 calls left until 11:15"
    assert [quota(n, of=0).words("1:00")[:7] for n in (1, 2)] == ["1 call ", "2 calls"]


@pytest.mark.parametrize(
    ("headers", "rate"),
    [
        ({"x-ratelimit-limit": "60", "x-ratelimit-remaining": "12", "x-ratelimit-reset": "600"}, (12, 10, 60)),
        ({"x-ratelimit-remaining": "95.0", "x-ratelimit-used": "5", "x-ratelimit-reset": "300"}, (95, 5, 100)),
        ({"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "3", "ratelimit-reset": "60"}, (3, 1, 100)),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "999999"}, (3, 60, None)),  # no longer than an hour
        ({"x-ratelimit-remaining": "many"}, None),
        ({"x-ratelimit-remaining": "-3"}, None),
    ],
)
def test_a_limit_is_read_from_whatever_headers_tell_it(headers: dict[str, str], rate: tuple[int, float, int]) -> None:
    told = Answer(200, headers, b"", "https://a.test").rate(NOON)
    assert told == (None if rate is None else Rate(rate[0], NOON + rate[1] * MINUTE, rate[2]))


def test_of_several_limits_the_one_with_the_least_left_binds_until_it_starts_again() -> None:
    search, mentions = Rate(3, NOON + MINUTE, 60), Rate(170, NOON + 15 * MINUTE, 180)
    assert tighter(None, search, NOON) == search
    assert tighter(search, mentions, NOON) == search
    assert tighter(search, mentions, NOON + 2 * MINUTE) == mentions
    assert tighter(mentions, search, NOON) == search
    assert tighter(search, Rate(2, NOON + MINUTE, 60), NOON) == Rate(2, NOON + MINUTE, 60)
    assert tighter(search, None, NOON) == search
