"""One's own letters: each means one thing, and what is fixed stays."""

import pytest

from bot.core.keymap import ACTS, fitting


def test_what_differs_is_kept_and_nothing_else() -> None:
    assert fitting({"c": "y", "n": "N", "r": ""}) == ({"c": "y"}, "")


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"c": "r"}, "two things"),
        ({"c": "g"}, "keep their meaning"),
        ({"c": "ab"}, "one letter"),
        ({"c": "\x07"}, "one letter"),
        ({"c": "?"}, "keep their meaning"),
    ],
)
def test_what_cannot_be_says_why(wanted: dict[str, str], why: str) -> None:
    chosen, said = fitting(wanted)
    assert chosen == {}
    assert why in said


def test_two_letters_can_be_exchanged() -> None:
    assert fitting({"c": "r", "r": "c"}) == ({"c": "r", "r": "c"}, "")


def test_no_act_is_delivered_on_a_fixed_key() -> None:
    assert not set(ACTS) & set("g?/.")
