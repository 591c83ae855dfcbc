"""Who is on call: turns on a wall whose clocks change, swaps, and chains."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.rota import MOST_STEPS, USUAL, Hole, Rota, Step, Swap, chain_of, holes, next_one, on_call, turns

BERLIN = Rota((1, 2, 3), "Europe/Berlin", date(2026, 10, 12))
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_a_turn_begins_at_the_same_wall_time_when_the_clocks_change() -> None:
    assert BERLIN.begins(1) == at(2026, 10, 19, 7)
    assert BERLIN.begins(2) == at(2026, 10, 26, 8)  # an hour later in UTC: the clocks went back on the 25th
    assert BERLIN.begins(2) - BERLIN.begins(1) == WEEK + timedelta(hours=1)


@pytest.mark.parametrize(
    ("moment", "person"),
    [
        (at(2026, 10, 12, 6, 59), None),
        (at(2026, 10, 12, 7), 1),
        (at(2026, 10, 19, 6, 59, 59), 1),
        (at(2026, 10, 19, 7), 2),
        (at(2026, 10, 26, 7, 59, 59), 2),
        (at(2026, 10, 26, 8), 3),
        (at(2026, 11, 2, 8), 1),
    ],
)
def test_whose_turn_it_is_to_the_second(moment: datetime, person: int | None) -> None:
    assert on_call(BERLIN, (), moment) == person


@pytest.mark.parametrize(
    ("tz", "day"),
    [
        ("Europe/Berlin", date(2026, 3, 29)), ("America/New_York", date(2026, 3, 8)),
        ("America/Santiago", date(2026, 9, 6)), ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Africa/Cairo", date(2026, 4, 24)), ("Asia/Kathmandu", date(2026, 4, 1)),
    ],
)  # fmt: skip
def test_a_handover_at_a_time_that_does_not_exist_still_happens_once(tz: str, day: date) -> None:
    for hour in range(24):
        rota = Rota((1, 2), tz, day - DAY, time(hour, 30), 1)
        begin, end = rota.begins(0), rota.begins(4)
        found = turns(rota, (), begin, end)
        assert [turn.person for turn in found] == [1, 2, 1, 2]
        assert all(timedelta(hours=22) <= turn.until_at - turn.from_at <= timedelta(hours=26) for turn in found)


@given(
    tz=st.sampled_from(
        ("UTC", "Europe/London", "America/Sao_Paulo", "Asia/Tehran", "Pacific/Apia", "Africa/Casablanca")
    ),
    start=st.dates(date(2000, 1, 1), date(2037, 1, 1)),
    days=st.integers(1, 30),
    hand=st.times(),
    people=st.lists(st.integers(1, 5), min_size=1, max_size=5),
    offset=st.integers(0, 4_000_000),
)
def test_every_moment_has_one_person_and_the_turns_say_the_same(
    tz: str, start: date, days: int, hand: time, people: list[int], offset: int
) -> None:
    rota = Rota(tuple(people), tz, start, hand.replace(microsecond=0), days)
    moment = rota.begins(0) + timedelta(seconds=offset)
    number = rota.number(moment)
    assert rota.begins(number) <= moment < rota.begins(number + 1)
    found = turns(rota, (), moment, moment + WEEK)
    assert found[0].from_at == moment
    assert found[-1].until_at == moment + WEEK
    assert all(one.until_at == two.from_at and one.person != two.person for one, two in pairwise(found))
    assert all(on_call(rota, (), turn.from_at) == turn.person for turn in found)


def test_a_swap_counts_only_while_it_lasts_and_the_later_one_wins() -> None:
    first = Swap(3, at(2026, 10, 13), at(2026, 10, 15))
    later = Swap(2, at(2026, 10, 14), at(2026, 10, 14, 12))
    people = [on_call(BERLIN, (first, later), at(2026, 10, day, 6)) for day in (13, 14, 15, 16)]
    assert people == [3, 2, 1, 1]
    shown = turns(BERLIN, (first, later), at(2026, 10, 12, 7), at(2026, 10, 16))
    assert [(turn.person, turn.instead_of) for turn in shown] == [(1, None), (3, 1), (2, 1), (3, 1), (1, None)]


def test_the_next_in_turn_is_somebody_else() -> None:
    assert next_one(BERLIN, (), at(2026, 10, 13)) == 2
    assert next_one(BERLIN, (Swap(2, at(2026, 10, 12), at(2026, 10, 20)),), at(2026, 10, 13)) == 1
    assert next_one(Rota((1,), "UTC", date(2026, 1, 1)), (), at(2026, 6, 1)) is None
    assert next_one(Rota((1, 1, 4), "UTC", date(2026, 1, 1)), (), at(2026, 1, 2)) == 4
    assert next_one(BERLIN, (), at(2026, 1, 1)) == 3  # before it begins: whoever would come round


@pytest.mark.parametrize(
    "bad",
    [
        {"people": ()}, {"tz": "Mars/Olympus"}, {"turn_days": 0}, {"turn_days": 91},
    ],
)  # fmt: skip
def test_a_rota_that_cannot_be_is_refused(bad: dict[str, object]) -> None:
    good: dict[str, object] = {"people": (1,), "tz": "UTC", "starts_on": date(2026, 1, 1)}
    with pytest.raises(ValueError):
        Rota(**(good | bad))  # type: ignore[arg-type]


def test_a_chain_is_read_with_care() -> None:
    assert chain_of([[15, "oncall"], [30, "lead"], [45, "all"]]) == USUAL
    assert chain_of(((5, "lead"),)) == (Step(timedelta(minutes=5), "lead"),)
    for bad in (
        None, [], "x", [[0, "all"]], [[5]], [[True, "all"]], [[5.5, "all"]], [[5, "nobody"]], [[5, "all"], [5, "lead"]],
        [[9, "all"], [5, "lead"]], [[n, "all"] for n in range(1, MOST_STEPS + 2)], [[1441, "all"]], [7],
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r".+"):
            chain_of(bad)


def test_holes_are_what_the_turns_of_the_able_leave_open() -> None:
    rota = Rota((1, 2), "UTC", date(2026, 11, 2))
    start, end = at(2026, 11, 1), at(2026, 11, 17)
    assert holes(rota, (), {1, 2}, at(2026, 11, 3), end) == []
    before = Hole(start, at(2026, 11, 2, 9))
    assert holes(rota, (), {1, 2}, start, end) == [before]
    gone = Hole(at(2026, 11, 9, 9), at(2026, 11, 16, 9), 2)
    assert holes(rota, (), {1}, start, end) == [before, gone]
    swap = Swap(1, at(2026, 11, 9), at(2026, 11, 20))
    assert holes(rota, [swap], {1}, start, end) == [before]
    assert gone.span == timedelta(days=7)
    assert holes(Rota((1,), "UTC", date(2027, 1, 1)), (), {1}, start, end) == [Hole(start, end)]
