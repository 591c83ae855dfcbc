import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.readers import measure

LABELS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


@settings(deadline=None)
@given(LABELS)
def test_macro_recall_and_f1_agree_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, answers = [a for a, _ in pairs], [b for _, b in pairs]
    counts = measure.table(truth, answers, 3)
    seen = sorted(set(truth))
    metrics = pytest.importorskip("sklearn.metrics")  # here, or every worker that collects this file waits for it
    recall = metrics.recall_score(truth, answers, average="macro", labels=seen, zero_division=0)
    f1 = metrics.f1_score(truth, answers, average="macro", labels=[0, 1, 2], zero_division=0)
    assert float(measure.macro_recall(counts)) == pytest.approx(recall)
    assert float(measure.macro_f1(counts)) == pytest.approx(f1)


def test_the_interval_holds_the_value_and_narrows_with_posts() -> None:
    few = measure.from_table(measure.macro_recall, np.array([[8, 2], [3, 7]]))
    many = measure.from_table(measure.macro_recall, np.array([[800, 200], [300, 700]]))
    assert few.low < few.value < few.high
    assert many.high - many.low < few.high - few.low
    assert many.value == few.value == 0.75


def test_a_95_percent_interval_covers_the_truth_about_as_often() -> None:
    chance = np.random.default_rng(1)
    real = np.array([[0.35, 0.15], [0.1, 0.4]])
    draws = [chance.multinomial(300, real.ravel()).reshape(2, 2) for _ in range(200)]
    found = [measure.from_table(measure.macro_recall, draw) for draw in draws]
    assert sum(each.low <= 0.75 <= each.high for each in found) >= 180


def test_the_same_seed_gives_the_same_interval() -> None:
    counts = np.array([[8, 2], [3, 7]])
    assert measure.from_table(measure.macro_f1, counts) == measure.from_table(measure.macro_f1, counts)


def test_precision_at_a_recall_takes_the_best_threshold_that_finds_enough() -> None:
    truth, chances = np.array([1.0, 1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.8, 0.7, 0.6, 0.1])
    assert measure.precision_at(truth, chances, 0.6) == 1.0
    assert measure.precision_at(truth, chances, 0.9) == 0.75


def test_equal_chances_cannot_be_told_apart_by_a_threshold() -> None:
    assert measure.precision_at(np.array([1.0, 0.0]), np.array([0.5, 0.5]), 0.9) == 0.5


def test_who_says_what_comes_true_is_calibrated() -> None:
    said = np.repeat([0.15, 0.85], 100)
    came = np.concatenate([np.arange(100) < 15, np.arange(100) < 85]).astype(float)
    assert measure.calibration_error(came, said) == pytest.approx(0.0)
    assert measure.calibration_error(1 - came, said) == pytest.approx(0.7)
    assert measure.calibration_error(np.array([1.0]), np.array([1.0])) == 0.0


def test_a_figure_is_printed_with_its_interval() -> None:
    assert str(measure.Figure(0.7, 0.65, 0.75)) == "0.700 [0.650, 0.750]"
