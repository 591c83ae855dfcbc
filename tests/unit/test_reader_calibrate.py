import numpy as np
import pytest

from bot.readers.calibrate import curve, line, surprise, temperature
from bot.readers.measure import calibration_error

CHANCE = np.random.default_rng(3)


def test_a_temperature_undoes_overconfidence() -> None:
    honest = CHANCE.normal(size=(4_000, 3)) * 1.5
    shares = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    truth = np.array([CHANCE.choice(3, p=share) for share in shares])
    assert temperature(honest * 3, truth) == pytest.approx(1 / 3, rel=0.15)
    assert surprise(honest, truth) < surprise(honest * 3, truth)


def test_a_curve_finds_scale_and_shift() -> None:
    margin = CHANCE.normal(size=6_000) * 2
    chances = 1 / (1 + np.exp(-(0.7 * margin - 0.4)))
    truth = (CHANCE.random(6_000) < chances).astype(np.int64)
    scale, shift = curve(margin, truth)
    assert (scale, shift) == (pytest.approx(0.7, abs=0.1), pytest.approx(-0.4, abs=0.1))
    said = 1 / (1 + np.exp(-(scale * margin + shift)))
    assert calibration_error(truth.astype(float), said) < 0.03


def test_a_perfect_split_does_not_ask_for_certainty() -> None:
    scale, shift = curve(np.array([-3.0, -2.0, 2.0, 3.0]), np.array([0, 0, 1, 1]))
    assert 0 < scale < 5
    assert abs(shift) < 1


def test_a_line_of_one_column_is_the_curve() -> None:
    margin = np.random.default_rng(5).normal(0, 2, 300)
    truth = (margin + np.random.default_rng(6).normal(0, 1, 300) > 0).astype(np.int64)
    assert tuple(line(margin[:, None], truth)) == pytest.approx(curve(margin, truth))
