"""Guessing gets slow; owners get in."""

from datetime import UTC, datetime, timedelta

from bot.web.throttle import MOST_KEYS, Pace, Throttle

NOON = datetime(2026, 10, 13, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def tries_in(throttle: Throttle, span: timedelta, login: str, addresses: int = 1, step: float = 1.0) -> int:
    """How many tries an impatient stranger gets through."""
    now, taken = NOON, 0
    while now < NOON + span:
        for n in range(addresses):
            taken += not throttle.try_now(throttle.keys(login, f"10.0.0.{n}", None), now)
        now += timedelta(seconds=step)
    return taken


def test_four_tries_are_free_and_the_fifth_waits() -> None:
    throttle = Throttle()
    keys = throttle.keys("lena", "10.0.0.1", None)
    assert [throttle.try_now(keys, NOON) > timedelta(0) for _ in range(6)] == [False] * 4 + [True] * 2


def test_the_wait_doubles_up_to_five_minutes() -> None:
    throttle, now, waits = Throttle(), NOON, []
    keys = throttle.keys("lena", "10.0.0.1", None)
    for _ in range(14):
        wait = throttle.try_now(keys, now)
        waits.append(wait.total_seconds())
        now += wait
        if wait:
            throttle.try_now(keys, now)
    assert waits[4:9] == [2, 4, 8, 16, 32]
    assert max(waits) == 300


def test_one_address_gets_few_tries_an_hour() -> None:
    assert tries_in(Throttle(), HOUR, "lena") <= 30


def test_fifty_addresses_together_get_at_most_a_hundred_an_hour_on_one_name() -> None:
    assert tries_in(Throttle(), HOUR, "lena", addresses=50, step=2) <= 100


def test_one_address_trying_one_password_on_many_names_is_slowed() -> None:
    throttle = Throttle()
    taken = sum(not throttle.try_now(throttle.keys(f"name{n}", "10.0.0.1", None), NOON) for n in range(500))
    assert taken <= 61


def test_a_known_browser_is_not_slowed_by_strangers_but_by_itself() -> None:
    throttle = Throttle()
    tries_in(throttle, timedelta(minutes=10), "lena", addresses=20)
    known = throttle.keys("lena", "10.9.9.9", 1)
    assert [throttle.try_now(known, NOON + HOUR) > timedelta(0) for _ in range(5)] == [False] * 4 + [True]


def test_a_right_try_is_forgiven() -> None:
    throttle = Throttle()
    keys = throttle.keys("lena", "10.0.0.1", None)
    for _ in range(20):
        assert not throttle.try_now(keys, NOON)
        throttle.forgive(keys, NOON)


def test_an_hour_later_all_is_forgotten() -> None:
    throttle = Throttle()
    keys = throttle.keys("lena", "10.0.0.1", None)
    for _ in range(4):
        throttle.try_now(keys, NOON)
    assert not throttle.try_now(keys, NOON + HOUR)


def test_memory_stays_bounded() -> None:
    throttle = Throttle()
    for n in range(MOST_KEYS // 2):
        throttle.try_now(throttle.keys(f"name{n}", f"address{n}", None), NOON)
    assert len(throttle._tries) <= MOST_KEYS


def test_a_page_may_be_asked_for_quickly_but_not_for_ever() -> None:
    pace = Pace(burst=10, a_second=2)
    assert [pace.wait("lena", 0.0) for _ in range(10)] == [0.0] * 10
    assert pace.wait("lena", 0.0) == 0.5
    assert pace.wait("otis", 0.0) == 0.0
    assert pace.wait("lena", 0.5) == 0.0
    assert pace.wait("lena", 0.5) == 0.5
    assert pace.wait("lena", 1_000.0) == 0.0


def test_a_pace_remembers_only_so_many() -> None:
    pace = Pace(burst=1, a_second=1)
    for n in range(MOST_KEYS + 10):
        pace.wait(str(n), 0.0)
    assert len(pace._left) <= MOST_KEYS
