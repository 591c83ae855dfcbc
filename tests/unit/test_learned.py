"""What examples of us and not us teach, by words and by vectors, and what is left without them."""

from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.learned import Known, Learned, Piece, learn, refined
from bot.core.likeness import said
from bot.core.resting import ALONE, ENOUGH

US = ["Robin will not let me book a desk", "the Robin app crashed at check-in", "Robin charged our office twice"]
NOT = ["a robin sang on the fence", "a robin sang in the snow", "saw a robin on the bird feeder"]


def known(text: str, **more: object) -> Known:
    return Known(text, said(text, ["Robin"]), **more)  # type: ignore[arg-type]


def by_words() -> Learned:
    return learn([known(text, language="en") for text in US], [known(text, language="en") for text in NOT])


def test_words_of_one_kind_of_example_speak_for_it_and_are_named() -> None:
    first = by_words().weigh(known("a robin sang outside", language="en"))[0]
    assert (first.key, first.log_odds < 0) == ("words", True)
    assert "“sang”" in first.why
    assert by_words().weigh(known("Robin crashed", language="en"))[0].log_odds > 0


def test_two_examples_of_a_kind_teach_nothing() -> None:
    few = learn([known(text) for text in US], [known(text) for text in NOT[:2]])
    assert few.weigh(known("a robin sang outside")) == []


def test_a_word_in_no_example_says_nothing() -> None:
    assert by_words().weigh(known("Robin stinks")) == []


def test_a_language_that_only_one_kind_is_in_speaks() -> None:
    lesson = learn([known(text, language="en") for text in US], [known(text, language="es") for text in NOT])
    tongue = next(piece for piece in lesson.weigh(known("hola", language="es")) if piece.key == "tongue")
    assert tongue.log_odds < -1
    assert "3 of your 3 examples of not us" in tongue.why
    assert all(piece.key != "tongue" for piece in lesson.weigh(known("Robin", language="")))


def test_a_source_speaks_only_where_enough_examples_have_one() -> None:
    ours = [known(text, source="forum") for text in US]
    others = [known(text, source="birds") for text in NOT]
    assert "source" in {piece.key for piece in learn(ours, others).weigh(known("Robin", source="birds"))}
    none = learn(ours, [known(text) for text in NOT])
    assert "source" not in {piece.key for piece in none.weigh(known("Robin", source="birds"))}


def test_who_wrote_it_speaks_from_the_first_example_on() -> None:
    lesson = learn([], [known(NOT[0], author="m:7")])
    (piece,) = lesson.weigh(known("Robin again", author="m:7"))
    assert piece.log_odds < 0
    assert "not about us" in piece.why
    assert lesson.weigh(known("Robin again", author="m:8")) == []
    answered = learn([known(US[0], author="m:7")], [])
    assert answered.weigh(known("Robin again", author="m:7"))[0].log_odds > 0


def vector(*numbers: float) -> np.ndarray:
    return np.array([*numbers, 1.0], np.float32)


def by_vectors(each: int = 5) -> Learned:
    chance = np.random.default_rng(1)
    ours = [known(f"{US[at % 3]} {at}", vector=vector(1, 0.1 * chance.normal())) for at in range(each)]
    others = [known(f"{NOT[at % 3]} {at}", vector=vector(-1, 0.1 * chance.normal())) for at in range(each)]
    return learn(ours, others)


def test_vectors_speak_and_the_nearest_example_is_named() -> None:
    piece = by_vectors().weigh(known("a robin sang", vector=vector(-0.9, 0)))[0]
    assert (piece.key, piece.log_odds < -0.5) == ("likeness", True)
    assert "your 5 examples of not us" in piece.why
    assert "sang" in piece.why


def test_more_examples_speak_louder() -> None:
    few, many = (by_vectors(each).weigh(known("x", vector=vector(1, 0)))[0].log_odds for each in (3, 40))
    assert 0 < few < many


def test_the_fit_is_the_ridge_logistic_regression() -> None:
    lesson = by_vectors(6)
    rows = np.array([one.vector / np.linalg.norm(one.vector) for one in (*lesson.us, *lesson.not_us)])  # type: ignore[operator]
    weights = np.asarray(lesson.weights)
    chance = 1 / (1 + np.exp(-(rows @ weights[:-1] + weights[-1])))
    slope = rows.T @ (chance - (np.arange(12) < 6)) + 0.1 * weights[:-1]
    assert np.abs(slope).max() < 1e-6


def test_a_post_without_a_vector_is_told_by_words() -> None:
    assert by_vectors().weigh(known("a robin sang"))[0].key == "words"


def test_a_vector_says_nothing_of_a_post_in_a_language_that_no_example_is_in() -> None:
    plain = by_vectors()
    lesson = learn(*([replace(one, language="en") for one in kind] for kind in (plain.us, plain.not_us)))
    post = known("Robin a annulé le vol", vector=vector(-0.9, 0))
    assert [piece.key for piece in lesson.weigh(replace(post, language="en"))] == ["likeness", "tongue"]
    assert lesson.weigh(replace(post, language="fr")) == []
    told = learn([*lesson.us, replace(post, language="fr")], lesson.not_us)
    assert "likeness" in {piece.key for piece in told.weigh(replace(post, language="fr"))}


def test_without_evidence_nothing_changes() -> None:
    assert refined(0.7, "“Robin” is Robin", by_words(), []) == (0.7, "“Robin” is Robin")


def test_what_the_examples_say_is_said_in_the_why_and_gone_without_them() -> None:
    lesson = by_words()
    post = known("a robin sang on the fence", language="en")
    low, why = refined(0.7, "“Robin” is Robin", lesson, lesson.weigh(post))
    assert low < 0.5
    assert "as in your examples of not us" in why
    assert refined(0.7, "“Robin” is Robin", learn([], []), learn([], []).weigh(post))[0] == 0.7


@given(st.floats(0, 1), st.lists(st.sampled_from([*US, *NOT, "other"]), max_size=3).map(" ".join))
def test_relevance_stays_a_probability(relevant: float, text: str) -> None:
    lesson = by_words()
    assert 0 <= refined(relevant, "why", lesson, lesson.weigh(known(text, language="en")))[0] <= 1


def test_the_log_odds_of_a_word_are_those_of_its_shares() -> None:
    words = by_words().words
    assert words["sang"] == pytest.approx(log(0.5 / 4) - log(2.5 / 4))


def piece(log_odds: float, why: str) -> Piece:
    return Piece("words", log_odds, why)


def lesson() -> Learned:
    return learn([known(text) for text in US * 7], [known(text) for text in NOT * 7])


def test_a_verdict_that_the_name_upholds_says_so_and_one_that_it_does_not_says_nothing_of_the_name() -> None:
    taught = lesson()
    upheld, fallen = (refined(0.8, f"a name; {ENOUGH}", taught, [piece(2.0, "“app”")], alone) for alone in (0.8, 0.3))
    assert upheld == (fallen[0], f"a name; “app”; {ENOUGH}")
    assert fallen[1] == "a name; “app”"
    assert refined(0.8, f"a name; {ALONE}", taught, [piece(-3.0, "“sang”")], 0.8)[1] == "a name; “sang”"


def test_faint_pieces_are_cited_where_the_verdict_needs_them() -> None:
    faint = [piece(0.2, "“app”"), piece(0.15, "“desk”"), piece(0.05, "“room”")]
    relevant, why = refined(0.45, "a name", lesson(), faint, 0.45)
    assert relevant >= 0.5
    assert why == "a name; “app”; “desk”"


@given(
    st.floats(0.02, 0.98),
    st.floats(0.02, 0.98),
    st.lists(st.floats(-3, 3).map(lambda odds: round(odds, 2)), max_size=6),
)
def test_without_what_it_cites_a_verdict_for_us_falls_or_it_said_that_the_name_alone_would_do(
    relevant: float, alone: float, odds: list[float]
) -> None:
    taught, bare = lesson(), min(relevant, alone)
    pieces = [piece(one, f"piece {at}") for at, one in enumerate(odds)]
    found, why = refined(relevant, "a name", taught, pieces, alone)
    if found < 0.5 or not pieces:
        return
    cited = why.split("; ")
    left = [one for one in pieces if one.log_odds <= 0 or one.why not in cited]
    against = [one for one in pieces if one.log_odds <= 0] or [piece(0.0, "")]
    if {ALONE, ENOUGH} & set(cited):
        assert refined(bare, "", taught, against, bare)[0] >= 0.5
    else:
        assert refined(bare, "", taught, left or [piece(0.0, "")], bare)[0] < 0.5
