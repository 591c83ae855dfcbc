"""A theme's name: a short phrase of its own posts that says most for most of them, and stays."""

import pytest

from bot.core.grams import clauses
from bot.core.naming import Spoken, mark_of, phrase, runs_in, way_of

ODDS = {"hold": 3.0, "flight": 0.0, "cancelled": 3.0, "app": 2.0, "crash": 2.0, "plane": 2.0, "gate": 2.0, "delay": 2.0}


def told(*texts: str) -> list[Spoken]:
    return [Spoken(f"p{at}", runs_in(clauses(text, ()))) for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("key", "texts", "name"),
    [
        ("hold", ["on hold for hours", "on hold for 2 hours",  "was on hold for hours"], "on hold for hours"),
        ("cancelled", ["my cancelled flight", "cancelled flight", "flight was cancelled"], "cancelled flight"),
        ("app", ["the app won't load", "app won't load", "my app doesn't load today", "app"], "app won't load"),
        ("plane", ["stuck on the plane", "stuck on this plane", "stuck on the plane"], "stuck on the plane"),
        ("plane", ["on the plane", "on the plane with my kids", "sat on the plane", "this plane"], ""),  # only where
        ("delay", ["delay 2 stunden", "delay 3 stunden", "delay 4 stunden"], "delay stunden"),
        ("delay", ["delay of 3 hrs", "delay of 2 hrs", "a delay of 4 hours"], "delay of hours"),
        ("delay", ["a 3 hr delay", "2 hr delay", "3 hr delay"], "hour delay"),
        ("gate", ["gate 14", "at gate 14 still", "moved to gate 14", "gate 3"], "gate 14"),
    ],
)  # fmt: skip
def test_a_theme_is_called_by_a_phrase_of_its_posts(key: str, texts: list[str], name: str) -> None:
    assert phrase((key,), told(*texts), ODDS) == name


def test_a_word_stands_alone_only_where_no_phrase_speaks_for_the_posts() -> None:
    scattered = told(*(f"the app {n}aa and the {n}bb app" for n in range(20)))
    assert phrase(("app",), scattered, ODDS) == ""
    two_of_many = told("the app crashes", "app crashes", *(f"{n}aa and app" for n in range(20)))
    assert phrase(("app",), two_of_many, ODDS) == ""
    assert phrase(("app",), [], ODDS) == ""


def test_one_persons_phrase_is_nobody_elses_name() -> None:
    (one,) = told("the app crashes")
    assert phrase(("app",), [one] * 5, ODDS) == ""


def test_a_phrase_half_as_common_wins_only_if_it_says_more_than_half_as_much_again() -> None:
    posts = told(*["on hold"] * 10, *["hold music"] * 5)
    assert phrase(("hold",), posts, {"hold": 3.0, "music": 0.5}) == "on hold"
    assert phrase(("hold",), posts, {"hold": 3.0, "music": 4.0}) == "hold music"


def test_a_name_it_had_stays_until_another_is_clearly_better() -> None:
    posts = told(*["hold music"] * 6, *["hold line"] * 7)
    odds = {"hold": 2.0, "music": 2.0, "line": 2.0}
    assert phrase(("hold",), posts, odds) == "hold line"
    assert phrase(("hold",), posts, odds, known=[mark_of("hold music")]) == "hold music"
    far = told(*["hold music"] * 4, *["hold line"] * 12)
    assert phrase(("hold",), far, odds, known=[mark_of("hold music")]) == "hold line"


def test_it_is_written_as_it_was_before() -> None:
    posts = told("can't crash", "can't crash", "can't crash", "won't crash")
    assert phrase(("crash",), posts, ODDS) == "can't crash"
    assert phrase(("crash",), posts, ODDS, known=[way_of("won't crash")]) == "won't crash"


def test_a_name_is_given_once() -> None:
    posts = told(*["hold music"] * 6, *["hold line"] * 7)
    assert phrase(("hold",), posts, ODDS, given=[mark_of("hold line")]) == "hold music"


def test_the_names_rule_is_one_for_any_order_and_any_number_of_posts() -> None:
    posts = told(*["on hold for hours"] * 900, *["hold music"] * 300)
    assert phrase(("hold",), posts, ODDS) == phrase(("hold",), posts[:], ODDS) == "on hold for hours"
