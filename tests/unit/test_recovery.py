"""Won back or not: only the customer's later public words decide."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.recovery import Outcome, Words, mood, recovery

ANSWERED = datetime(2025, 9, 1, 12, tzinfo=UTC)
MUCH_LATER = ANSWERED + timedelta(days=60)


def said(post: str, days: float, sentiment: str, complaint: float = 0.0, leaving: bool = False) -> Words:
    return Words(post, ANSWERED + timedelta(days=days), sentiment, complaint, leaving)


GOOD, BAD = said("g", 3, "positive"), said("b", 3, "negative", 0.9)
EARLY_GOOD, EARLY_BAD = said("G", 1, "positive"), said("B", 1, "negative", 0.9)
PLAIN, EARLY_PLAIN = said("p", 3, "neutral"), said("P", 1, "neutral")
ANGRY = said("first", -0.1, "negative", 0.9)
ASKING = said("first", -0.1, "neutral")


@pytest.mark.parametrize(
    ("before", "later", "outcome", "deciding"),
    [
        pytest.param(ANGRY, [], "silent", (), id="no word"),
        pytest.param(ANGRY, [GOOD], "recovered", ("g",), id="good words"),
        pytest.param(ANGRY, [EARLY_PLAIN, PLAIN], "unchanged", ("P", "p"), id="neutral words"),
        pytest.param(ANGRY, [EARLY_BAD, GOOD], "recovered", ("g",), id="the last"),
        pytest.param(ANGRY, [EARLY_GOOD, PLAIN], "recovered", ("G",), id="the last clear"),
        pytest.param(ANGRY, [EARLY_GOOD, BAD], "unchanged", ("b",), id="angry again"),
        pytest.param(ANGRY, [said("a", 1, "positive", 0.7)], "unchanged", ("a",), id="kind words around a complaint"),
        pytest.param(ANGRY, [said("a", 1, "neutral", leaving=True)], "worse", ("a",), id="leaving"),
        pytest.param(ASKING, [said("a", 1, "negative")], "worse", ("a",), id="a question turned sour"),
        pytest.param(ASKING, [GOOD], "recovered", ("g",), id="a question turned thanks"),
        pytest.param(said("f", -1, "neutral", 0.8), [BAD], "worse", ("b",), id="calm to angry"),
        pytest.param(said("f", -1, "positive"), [GOOD], "unchanged", ("g",), id="a fan stays a fan"),
        pytest.param(ANGRY, [GOOD, EARLY_BAD], "recovered", ("g",), id="any order in"),
    ],
)
def test_the_customers_last_clear_words_decide(before, later, outcome, deciding):
    week, month = recovery(before, ANSWERED, later, MUCH_LATER)
    assert (week.outcome, week.deciding) == (outcome, deciding)
    assert (month.outcome, month.deciding) == (outcome, deciding)
    assert week.final
    assert month.final


def test_a_week_and_a_month_may_differ():
    later = [said("a", 3, "negative", 0.9), said("b", 20, "positive"), said("c", 31, "negative", 0.9, leaving=True)]
    week, month = recovery(ANGRY, ANSWERED, later, MUCH_LATER)
    assert (week.days, week.outcome, week.deciding) == (7, Outcome.UNCHANGED, ("a",))
    assert (month.days, month.outcome, month.deciding) == (30, Outcome.RECOVERED, ("b",))


def test_words_before_or_at_our_answer_say_nothing_about_it():
    week, _ = recovery(ANGRY, ANSWERED, [said("a", -1, "positive"), said("b", 0, "positive")], MUCH_LATER)
    assert week.outcome is Outcome.SILENT


def test_while_the_period_runs_silence_is_not_final():
    week, month = recovery(ANGRY, ANSWERED, [], ANSWERED + timedelta(days=7))
    assert week.final
    assert not month.final
    assert month.outcome is Outcome.SILENT


def test_words_from_the_future_do_not_count_yet():
    week, _ = recovery(ANGRY, ANSWERED, [said("a", 5, "positive")], ANSWERED + timedelta(days=1))
    assert week.outcome is Outcome.SILENT


def test_silence_is_said_to_be_nothing():
    assert "never as satisfied" in recovery(ANGRY, ANSWERED, [], MUCH_LATER)[0].why


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (said("a", 2, "positive"), "Spoke well of us 2 days after our answer."),
        (said("a", 2, "negative", leaving=True), "Spoke worse of us 2 days after our answer."),
        (said("a", 2, "neutral"), "Wrote again 2 days after our answer, no better than before."),
    ],
)
def test_the_verdict_says_why(later, why):
    assert recovery(ANGRY, ANSWERED, [later], MUCH_LATER)[0].why == why


def test_moods_are_in_order():
    words = [
        said("a", 0, "neutral", leaving=True),
        said("a", 0, "negative", 0.9),
        said("a", 0, "negative"),
        said("a", 0, "neutral"),
        said("a", 0, "positive"),
    ]
    assert [mood(word) for word in words] == [-3, -2, -1, 0, 1]
