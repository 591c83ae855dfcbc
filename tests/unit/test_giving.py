"""Who gets a case; whom a note calls."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.calling import called
from bot.core.giving import How, Wanted, Worker, choose
from tests.conftest import NOW

ANN = Worker(1, 3, 8, frozenset({"de"}), frozenset({"billing"}), NOW)
BEN = Worker(2, 1, 8, frozenset({"en"}), frozenset({"luggage"}), NOW - timedelta(hours=1))
CAI = Worker(3, 0, 0, frozenset({"en", "de"}), frozenset({"billing"}))
PEOPLE = ((1, "lena@acme.example", "Lena Fox"), (2, "lena.b@acme.example", "Lena Bird"), (3, "otis", "Otis Fenn"))


@pytest.mark.parametrize(
    ("how", "wanted", "who"),
    [
        (How.ROUND, Wanted(), 2),
        (How.LEAST, Wanted(), 2),
        (How.SKILL, Wanted("de-AT", frozenset({"luggage"})), 1),
        (How.SKILL, Wanted("fr", frozenset({"luggage"})), 2),
        (How.SKILL, Wanted("fr", frozenset({"luggage"}), instead=frozenset({"de"})), 1),
        (How.SKILL, Wanted("en", instead=frozenset({"de"})), 2),
        (How.SKILL, Wanted(), 2),
        (How.LAST, Wanted(helped=(3, 1, 2)), 1),
        (How.LAST, Wanted(helped=(9,)), 2),
        (How.OFF, Wanted(), None),
    ],
)
def test_each_rule_chooses_its_own_way(how: How, wanted: Wanted, who: int | None) -> None:
    found = choose(how, [ANN, BEN, CAI], wanted)
    assert (found.id if found else None) == who


@given(
    st.sampled_from(How),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=6),
    st.lists(st.integers(0, 6), max_size=3),
)
def test_nobody_is_given_more_than_they_can_have(how: How, people: list[tuple[int, int]], helped: list[int]) -> None:
    team = [Worker(number, load, capacity) for number, (load, capacity) in enumerate(people)]
    found = choose(how, team, Wanted("en", frozenset(), tuple(helped)))
    if found is not None:
        assert found.load < found.capacity
    elif how is not How.OFF:
        assert all(one.load >= one.capacity for one in team)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@otis please", [3]),
        ("ask @Otis, and @LenaFox.", [3, 1]),
        ("@lena.b@acme.example!", [2]),
        ("@lena@acme.example and @lena@acme.example", [1]),
        ("mail to me@otis.example or lena", []),
        ("@nobody @", []),
    ],
)
def test_a_note_calls_whom_it_names_and_nobody_else(text: str, who: list[int]) -> None:
    assert called(text, PEOPLE) == who


def test_a_first_name_two_people_share_calls_neither_but_a_login_does() -> None:
    people = ((1, "a@x", "Lena Fox"), (2, "b@x", "Lena Bird"))
    assert called("@lena", people) == []
    assert called("@b", people) == [2]
