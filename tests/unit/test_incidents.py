"""What makes a cause, who belongs to it, when the room hears more, and what a holding answer needs. And its words."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core import incident_words
from bot.core.incidents import Count, Told, bare_frame, belongs, cause_of, holding, one_burst, same_line, update_due
from bot.core.week import Said
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)
FRAME = "{personal} Card payments fail since two; we are on it."


def said(number: int, text: str, who: str = "") -> Said:
    return Said(str(number), NOW, "x", "Acme", complaint=True, text=text, author=who or f"a{number}")


def test_eight_complaints_by_five_people_with_the_same_words_are_a_cause() -> None:
    many = [said(n, f"card payment failed again {n}") for n in range(8)]
    found = cause_of(many, [], [], ["Acme"], WEEK)
    assert found is not None
    assert "payment failed" in found.name
    assert len(found.posts) == 8
    assert cause_of(many[:7], [], [], ["Acme"], WEEK) is None
    assert cause_of([said(n, one.text, "ada") for n, one in enumerate(many)], [], [], ["Acme"], WEEK) is None


def test_what_all_say_is_the_cause_and_not_the_phrase_that_a_few_share() -> None:
    ways = ("the locker is stuck again", "my locker ate the code", "locker stays shut", "no light at the locker")
    found = cause_of([said(n, ways[n % 4]) for n in range(10)], [], [], ["Acme"], WEEK)
    assert found is not None
    assert len(found.posts) == 10


def test_an_exclamation_that_people_of_every_trouble_use_is_no_cause() -> None:
    """Nine say it, and are no more alike besides than they are like those who do not."""
    troubles = ("invoice twice", "cold heating", "seat taken", "lost bag", "rude courier", "broken vase")
    rows = [said(n, f"{troubles[n % 6]}, shame on you") for n in range(9)]
    rows += [said(100 + n, f"{troubles[n % 6]} and nobody cares") for n in range(9)]
    assert cause_of(rows, [], [], ["Acme"], WEEK) is None
    alike = [said(n, f"cold heating in the room, shame on you {n}") for n in range(9)]
    found = cause_of([*alike, *(said(100 + n, troubles[n % 6]) for n in range(9))], [], [], ["Acme"], WEEK)
    assert found is not None


def test_what_is_said_every_day_is_no_cause() -> None:
    """Ten a half hour for a week is what is usual for this brand."""
    usual = [said(1_000 + n, f"parcel is late once more {n}") for n in range(600)]
    assert (
        cause_of([said(n, f"parcel is late once more {n}") for n in range(8)], usual, [], ["Acme"], WEEK / 20) is None
    )


def test_the_first_run_takes_a_post_in_and_of_the_others_it_takes_two() -> None:
    runs = ["payment failed", "card", "checkout"]
    assert belongs("My PAYMENT FAILED twice", runs) == "payment failed"
    assert belongs("the checkout eats my card", runs) == "card and checkout"
    assert belongs("lost my card", runs) == ""
    assert belongs("It failed, the payment", runs) == ""
    assert belongs("again a failed payment", runs) == "payment failed"
    assert belongs("the payment just failed", runs) == "payment failed"
    assert belongs("", runs) == ""
    assert belongs("anything", []) == ""


@pytest.mark.parametrize(
    ("since", "told", "now", "due"),
    [
        (None, (0, 0), Count(8, 8), True),
        (9, (8, 0), Count(80, 80), False),
        (10, (8, 0), Count(12, 12), True),
        (10, (8, 0), Count(9, 9), False),
        (30, (8, 0), Count(9, 9), True),
        (30, (8, 0), Count(8, 2), False),
        (10, (8, 0), Count(8, 8, late=1), True),
        (10, (8, 1), Count(8, 8, late=1), False),
        (15, (8, 0), Count(8, 8, due_at=NOW + 9 * MINUTE), True),
    ],
)
def test_the_thread_hears_more_when_there_is_something_new_and_not_too_often(
    since: int | None, told: tuple[int, int], now: Count, due: bool
) -> None:
    at = NOW - since * MINUTE if since is not None else None
    assert update_due(NOW, Told(at, *told), now) is due


def test_a_holding_answer_has_a_line_of_its_own_in_its_place_or_in_front() -> None:
    own = "Ada, I see both charges on your card."
    assert holding(FRAME, own) == f"{own} Card payments fail since two; we are on it."
    assert holding("We are on it.", own) == f"{own} We are on it."


@pytest.mark.parametrize("own", ["", "Hi Ada!", "we are on it card payments fail", "     "])
def test_without_a_line_of_its_own_there_is_no_holding_answer(own: str) -> None:
    with pytest.raises(ValueError, match=r"own|that line|That line"):
        holding(FRAME, own)


def test_without_a_statement_there_is_nothing_to_hold() -> None:
    with pytest.raises(ValueError, match="no holding statement"):
        holding("  ", "Ada, I see both charges here.")


def test_the_statement_alone_is_known_whatever_is_done_to_it() -> None:
    assert bare_frame(FRAME, "@ada@mas.to CARD PAYMENTS fail, since two: we are on it")
    assert bare_frame(FRAME, "Hello there! Card payments fail since two; we are on it.")
    assert not bare_frame(FRAME, holding(FRAME, "Ada, I see both charges here."))
    assert not bare_frame(FRAME, "Something else altogether.")
    assert not bare_frame("", "Anything")


def test_the_same_line_to_two_customers_is_found_but_for_case_and_marks() -> None:
    told = [holding(FRAME, "I see both charges on your card.")]
    assert same_line("i SEE both charges, on your card", told)
    assert not same_line("I see three charges on your card", told)


HOSTILE = "<!channel> *bold* <https://evil.example|click> ‮txet\x00 " + "x" * 5_000


def test_hostile_words_mention_nobody_link_nowhere_and_fit_slacks_blocks() -> None:
    count = Count(500, 400, 30, NOW + MINUTE)
    link = "https://e.example/incidents/1"
    seen = incident_words.IncidentNotice(
        1, HOSTILE, HOSTILE, HOSTILE, "proposed", count, link, "UTC", quotes=(HOSTILE, "\n\n> x", "`" * 900),
        native=400, reach=61_000,
    )  # fmt: skip
    led = replace(seen, leads=HOSTILE)
    for made in (
        incident_words.first(seen, NOW),
        incident_words.shown(led, NOW),
        incident_words.call(seen, 20 * MINUTE, "<@ULENA>", NOW),
        incident_words.call_over(led, NOW),
        incident_words.update(HOSTILE, "open", count, 0, "https://e.example/incidents/1", "UTC", NOW),
        incident_words.more_said(HOSTILE, HOSTILE, "https://e.example/spikes/1"),
    ):
        shown = json.dumps(made.blocks, ensure_ascii=False) + made.text
        assert "<!channel>" not in shown
        assert "<https://evil" not in shown
        assert all(len(block.get("text", {}).get("text", "")) <= 3_000 for block in made.blocks)
        assert "<script" not in made.html


def test_late_customers_call_the_room_and_a_quiet_update_does_not() -> None:
    late, calm = Count(9, 5, 1, None), Count(9, 5, 0, NOW + 40 * MINUTE)
    said_ = [incident_words.update("x", "open", one, 0, "l", "UTC", NOW).text for one in (late, calm)]
    assert ["<!here>" in one for one in said_] == [True, False]


def burst(*minutes: float) -> list[datetime]:
    return [NOW + timedelta(minutes=minute) for minute in minutes]


@pytest.mark.parametrize(
    ("first", "other", "one"),
    [
        ((0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7), (1, 2, 3, 4, 5, 6, 7, 8), True),
        ((0, 1, 1.3, 1.6, 2, 2.3, 2.6, 3), (0, 1, 2, 3, 4, 5, 6, 7), True),  # the eighth two minutes after the second
        ((0, 1, 1.3, 1.6, 2, 2.3, 2.6, 3.1), (0, 0, 0, 0, 0, 0, 0, 0), False),  # the first came slowly
        ((-25, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6), (-20, 1, 2, 3, 4, 5, 6, 7), True),  # one early voice each is no start
        ((0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7), (6, 6, 6, 6, 6, 6, 6, 6), False),
        ((6, 6, 6, 6, 6, 6, 6, 6), (0, 0, 1, 2, 3, 4, 5, 6), False),
        ((0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 0, 0), False),
    ],
)
def test_two_causes_are_one_where_both_begin_of_a_sudden_within_minutes(
    first: Sequence[float], other: Sequence[float], one: bool
) -> None:
    assert one_burst(burst(*first), burst(*other)) is one
