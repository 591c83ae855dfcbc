"""The curve from labels: identity without them, the truth with many, the same order always, no figure ever wild."""

import random
from math import exp, log

import pytest

from bot.core.recalibrated import LEAST, Curve, Label, called, fit


def drawn(seed: int, many: int, scale: float = 1.0, shift: float = 0.0) -> list[Label]:
    """Labels of a made-up brand where what the reader calls p is a complaint as often as the curve says."""
    chance, truth = random.Random(seed), Curve(scale, shift)
    given = [min(0.99, max(0.01, chance.betavariate(0.7, 1.2))) for _ in range(many)]
    return [Label(one, chance.random() < truth.of(one)) for one in given]


def off(labels: list[Label], curve: Curve) -> float:
    """Expected calibration error in ten bins."""
    bins: dict[int, list[float]] = {}
    for one in labels:
        bins.setdefault(min(9, int(curve.of(one.chance) * 10)), []).append(curve.of(one.chance) - one.complaint)
    return sum(abs(sum(some)) for some in bins.values()) / len(labels)


def test_below_the_least_number_of_labels_nothing_is_said() -> None:
    assert fit(drawn(1, LEAST - 1, shift=-2)) is None
    assert fit(drawn(1, LEAST, shift=-2)) is not None


@pytest.mark.parametrize("seed", range(5))
def test_where_the_reader_is_right_the_curve_stays_near_it(seed: int) -> None:
    curve = fit(drawn(seed, 300))
    assert curve is not None
    assert all(abs(curve.of(chance) - chance) < 0.12 for chance in (0.1, 0.3, 0.5, 0.7, 0.9))


@pytest.mark.parametrize("shift", [-1.5, 1.5])
def test_where_it_is_not_the_error_on_other_posts_of_the_brand_falls(shift: float) -> None:
    held_back = drawn(9, 2_000, shift=shift)
    errors = [off(held_back, fit(drawn(3, many, shift=shift)) or Curve()) for many in (0, 60, 200, 800)]
    assert errors[0] > 0.15
    assert errors[1] < errors[0] * 0.75
    assert errors[3] < 0.05


def test_a_correction_is_only_ever_a_moved_bar() -> None:
    curve = fit(drawn(4, 300, scale=0.7, shift=-1))
    assert curve is not None
    bar = curve.bar(0.3)
    for hundredths in range(101):
        chance = hundredths / 100
        assert (curve.of(chance) >= 0.3) == (chance >= bar)
    assert Curve(0.8, -1).bar(0.0) == 0.0  # "everything" and "only what is certain" stay what they are
    assert Curve(0.8, -1).bar(1.0) == 1.0


def test_labels_that_stand_for_many_count_for_more_and_never_for_more_than_they_are_worth() -> None:
    some = [Label(0.6, True)] * 60
    few = [Label(0.1, True, 100.0)] * 2 + [Label(0.1, False, 100.0)] * 2
    alone, both = fit(some), fit(some + few)
    assert alone is not None
    assert both is not None
    assert 0.1 < both.of(0.1) < alone.of(0.1)
    assert abs(both.shift) < 0.5  # four labels that stand for four hundred posts are four labels


@pytest.mark.parametrize("said", [True, False])
def test_people_who_always_say_the_same_bend_it_no_further_than_the_prior_allows(said: bool) -> None:
    curve = fit([Label(chance / 100, said) for chance in range(100)] + [Label(0.0, said), Label(1.0, said)])
    assert curve is not None
    assert 0.3 < curve.scale < 3
    assert abs(curve.shift) < 4


def test_the_table_says_what_such_posts_were_and_what_they_are_called_now() -> None:
    labels = [Label(0.6, number < 48) for number in range(100)] + [Label(0.05, False)]
    curve = fit(labels)
    assert curve is not None
    low, middle = called(labels, curve)
    assert (low.labels, low.share) == (1, 0.0)
    assert (round(middle.chance, 2), middle.labels, middle.share) == (0.6, 100, 0.48)
    assert 0.45 < middle.now < 0.55
    assert curve.of(0.6) == pytest.approx(1 / (1 + exp(-(curve.scale * log(1.5) + curve.shift))))
