"""The queue's order: what being early is worth, and the reason a person would give."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.priority import Bars, Facts, Group, Severity, lasting, ordinal, place, round_words, severity, weight
from bot.core.window import State

MINUTE = timedelta(minutes=1)
CALM = Facts(State.OPEN, 40 * MINUTE)
SOON = Facts(State.SOON, 9 * MINUTE)
LATE = Facts(State.LATE, -12 * MINUTE)


def sooner(first: Facts, second: Facts) -> bool:
    return place(first).rank < place(second).rank


def at_minutes(facts: Facts, left: int, target: int = 60) -> Facts:
    state = State.LATE if left <= 0 else State.SOON if left <= target / 4 else State.OPEN
    return replace(facts, left=left * MINUTE, state=state)


all_facts = st.builds(
    Facts,
    state=st.sampled_from([State.OPEN, State.SOON, State.LATE]),
    left=st.integers(1, 60).map(lambda minutes: minutes * MINUTE),
    severity=st.sampled_from(Severity),
    followers=st.none() | st.integers(0, 10**8),
    reactions=st.none() | st.integers(0, 10**6),
    growth=st.floats(0, 10**5),
    earlier=st.integers(0, 40),
    this_month=st.integers(0, 12),
    read=st.booleans(),
).map(lambda facts: replace(facts, left=-facts.left) if facts.state is State.LATE else facts)


@given(all_facts, st.integers(1, 200), st.integers(1, 200))
def test_less_time_left_never_lowers_a_case_that_can_still_be_kept(facts, one, other):
    little, much = sorted((one, other))
    assert place(at_minutes(facts, little, 240)).rank <= place(at_minutes(facts, much, 240)).rank


@given(all_facts, st.sampled_from(Severity), st.sampled_from(Severity))
def test_a_worse_case_never_stands_behind_a_milder_one(facts, one, other):
    mild, grave = sorted((one, other), key=list(Severity).index)
    assert place(replace(facts, severity=grave)).rank <= place(replace(facts, severity=mild)).rank


@pytest.mark.parametrize("fact", ["followers", "reactions", "growth", "earlier", "this_month"])
@given(facts=all_facts, one=st.integers(0, 10**7), other=st.integers(0, 10**7))
def test_more_audience_or_history_never_lowers_a_case(fact, facts, one, other):
    less, more = sorted((one, other))
    assert place(replace(facts, **{fact: more})).rank <= place(replace(facts, **{fact: less})).rank


@given(st.lists(st.tuples(st.integers(1, 59), st.integers(0, 10**6)), min_size=2, max_size=6))
def test_without_readings_the_queue_is_in_order_of_age(cases):
    unread = [replace(at_minutes(CALM, left), followers=followers, read=False) for left, followers in cases]
    assert [facts.left for facts in sorted(unread, key=lambda facts: place(facts).rank)] == sorted(
        f.left for f in unread
    )


def test_those_who_can_still_be_kept_come_before_the_late_and_the_calm_come_last():
    assert [place(facts).group for facts in (SOON, LATE, CALM)] == [Group.NEXT, Group.LATE, Group.WINDOW]
    assert sooner(SOON, LATE)
    assert sooner(LATE, CALM)


def test_an_answered_case_stands_behind_everything():
    answered = Facts(State.KEPT, 20 * MINUTE)
    assert place(answered).group is Group.DONE
    assert sooner(CALM, answered)
    assert place(answered).why.startswith("answered in time")
    assert place(replace(answered, state=State.MISSED)).why.startswith("answered late")


@pytest.mark.parametrize(
    ("changes", "rises"),
    [
        ({"severity": Severity.CRITICAL}, True),
        ({"severity": Severity.HIGH, "followers": 41_000}, True),
        ({"severity": Severity.HIGH, "followers": 400}, False),
        ({"severity": Severity.NORMAL, "followers": 4_000_000}, False),
        ({"severity": Severity.CRITICAL, "left": timedelta(days=-400)}, False),
        ({"severity": Severity.CRITICAL, "read": False}, False),
    ],
)
def test_a_severe_late_case_rises_and_says_so(changes, rises):
    risen = place(replace(LATE, **changes))
    assert (risen.group is Group.NEXT) is rises
    assert ("too severe to stand back" in risen.why) is rises


def test_among_the_late_the_one_just_missed_comes_first():
    assert sooner(LATE, replace(LATE, left=-30 * MINUTE))


def test_the_reason_speaks_as_a_person_would():
    facts = replace(SOON, cause="charged twice", followers=41_200, earlier=5, this_month=2)
    assert place(facts).why == "9 minutes left; charged twice; 41,000 followers; third time this month"


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (CALM, "40 minutes left; a complaint"),
        (replace(CALM, left=timedelta(seconds=40)), "under 1 minute left; a complaint"),
        (replace(CALM, left=timedelta(hours=26)), "1 day 2 hours left; a complaint"),
        (replace(CALM, complaint=False, severity=Severity.LOW), "40 minutes left; no complaint"),
        (
            replace(CALM, severity=Severity.HIGH, earlier=1),
            "40 minutes left; a serious complaint; second time we hear from them",
        ),
        (replace(CALM, followers=999, reactions=310), "40 minutes left; a complaint; 310 reactions"),
        (replace(CALM, reactions=310, growth=120.4), "40 minutes left; a complaint; spreading, 120 reactions an hour"),
        (replace(CALM, read=False, followers=50_000), "40 minutes left; not read yet, placed by age"),
        (
            replace(CALM, read=False, cause="in Spanish, which is not read here"),
            "40 minutes left; in Spanish, which is not read here, placed by age",
        ),
        (LATE, "12 minutes late; a complaint"),
        (
            replace(LATE, severity=Severity.CRITICAL, cause="stranded overnight"),
            "12 minutes late, but too severe to stand back; stranded overnight",
        ),
    ],
)
def test_each_fact_that_counted_is_in_the_reason(facts, why):
    assert place(facts).why == why


def test_a_plain_complaint_by_nobody_weighs_one():
    assert weight(CALM) == 1.0


@pytest.mark.parametrize(
    ("complaint", "urgency", "negative", "level"),
    [
        (0.1, 0.1, 0.1, Severity.LOW),
        (0.1, 0.9, 0.1, Severity.NORMAL),
        (0.1, 0.1, 0.95, Severity.NORMAL),
        (0.9, 0.1, 0.2, Severity.NORMAL),
        (0.9, 0.7, 0.2, Severity.HIGH),
        (0.9, 0.1, 0.9, Severity.HIGH),
        (0.9, 0.9, 0.2, Severity.CRITICAL),
    ],
)
def test_severity_follows_the_reading(complaint, urgency, negative, level):
    assert severity(complaint, urgency, negative) is level


shares = st.floats(0, 1)


@given(st.tuples(shares, shares, shares), st.tuples(shares, shares, shares))
def test_severity_never_falls_when_a_probability_rises(one, other):
    low, high = map(min, one, other), map(max, one, other)
    levels = list(Severity)
    assert levels.index(severity(*low)) <= levels.index(severity(*high))


def test_a_brand_may_move_the_bars():
    assert severity(0.4, 0.9, 0.1, Bars(complaint=0.3)) is Severity.CRITICAL


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "first"), (10, "tenth"), (11, "11th"), (21, "21st"), (42, "42nd"), (103, "103rd"), (112, "112th")],
)
def test_places_in_a_row(number, words):
    assert ordinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (999, "999"), (1_249, "1,200"), (41_200, "41,000"), (995_000, "1 million"), (2_340_000, "2.3 million")],
)
def test_counts_are_rounded_as_people_say_them(number, words):
    assert round_words(number) == words


@pytest.mark.parametrize(
    ("why", "lasts"),
    [("59 minutes left; billing", "billing"), ("2 hours late; billing; 12,000 followers", "billing; 12,000 followers"),
     ("a promise, due in 2 hours; billing", "billing"), ("a complaint", "a complaint"), ("", ""),
     ("2 hours late, but too severe to stand back; billing", "2 hours late, but too severe to stand back; billing")],
)  # fmt: skip
def test_a_message_keeps_of_a_reason_what_holds_a_minute_later(why: str, lasts: str) -> None:
    assert lasting(why) == lasts
