"""Scores of distributions: a published case, closed forms against integration, properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from models.evaluation import (
    brier,
    crps,
    crps_normal,
    crps_student_t,
    ks_distance,
    pit,
    reliability,
)

REAL = st.floats(-5, 5)
SPREAD = st.floats(0.01, 3)
DEGREES = st.floats(2.5, 200) | st.just(math.inf)


def test_crps_of_the_standard_normal_at_zero_is_the_published_one() -> None:
    """P13 of the methods: the properscoring page, 17 digits."""
    assert float(crps_normal(0.0, 1.0, 0.0)) == pytest.approx(0.23369497725510913, abs=1e-17)


@pytest.mark.parametrize(("mean", "deviation", "x"), [(0.0, 1.0, 0.3), (-0.19, 0.24, 0.5), (0.1, 2.0, -7.0)])
def test_normal_crps_is_the_integral_that_defines_it(mean: float, deviation: float, x: float) -> None:
    expected = _integral(lambda v: float(stats.norm.cdf(v, mean, deviation)), x, deviation)
    assert float(crps_normal(mean, deviation, x)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("degrees", [2.5, 3.0, 5.0, 30.0])
@pytest.mark.parametrize(("mean", "deviation", "x"), [(0.0, 1.0, 0.3), (-0.19, 0.24, 0.5), (0.1, 2.0, -7.0)])
def test_student_t_crps_is_the_integral_that_defines_it(
    degrees: float, mean: float, deviation: float, x: float
) -> None:
    scale = deviation * math.sqrt((degrees - 2) / degrees)
    expected = _integral(lambda v: float(stats.t.cdf(v, degrees, mean, scale)), x, deviation)
    assert float(crps_student_t(mean, deviation, x, degrees)) == pytest.approx(expected, rel=1e-6)


def _integral(cdf, x: float, deviation: float) -> float:  # type: ignore[no-untyped-def]
    below = integrate.quad(lambda v: cdf(v) ** 2, -np.inf, x, limit=400, epsabs=1e-12)[0]
    above = integrate.quad(lambda v: (1 - cdf(v)) ** 2, x, np.inf, limit=400, epsabs=1e-12)[0]
    return float(below + above)


def test_many_degrees_of_freedom_are_the_normal() -> None:
    z = np.linspace(-3, 3, 7)
    assert crps_student_t(0.0, 1.0, z, 1e7) == pytest.approx(crps_normal(0.0, 1.0, z), abs=1e-6)
    assert crps(0.0, 1.0, z, math.inf) == pytest.approx(crps_normal(0.0, 1.0, z), abs=0)


def test_pit_agrees_with_scipy() -> None:
    mean, deviation, x = np.array([0.0, -0.2, 0.1]), np.array([1.0, 0.3, 0.2]), np.array([0.4, -1.0, 0.1])
    scale = deviation * math.sqrt(3 / 5)
    assert pit(mean, deviation, x, 5.0) == pytest.approx(stats.t.cdf(x, 5, mean, scale), abs=1e-12)
    assert pit(mean, deviation, x, math.inf) == pytest.approx(stats.norm.cdf(x, mean, deviation), abs=1e-12)


def test_ks_distance_agrees_with_scipy() -> None:
    values = np.random.default_rng(1).beta(2, 3, 50)
    assert ks_distance(values) == pytest.approx(stats.kstest(values, "uniform").statistic, abs=1e-14)
    assert ks_distance([]) is None
    assert ks_distance([math.nan, 0.5]) == 0.5


def test_reliability_by_hand() -> None:
    found = reliability([0.05, 0.15, 0.19, 1.0, math.nan], [0.0, 1.0, 0.0, 1.0, 1.0])
    assert [(b.low, b.high, b.forecasts, b.frequency) for b in found] == [
        (0.0, 0.1, 1, 0.0), (0.1, 0.2, 2, 0.5), (0.9, 1.0, 1, 1.0),
    ]  # fmt: skip
    assert found[1].mean_probability == pytest.approx(0.17)
    assert reliability([], []) == ()


def test_brier_by_hand() -> None:
    assert brier([0.3, 0.3], [1.0, 0.0]) == pytest.approx([0.49, 0.09])


@given(REAL, SPREAD, REAL, DEGREES)
def test_scores_lie_in_their_range(mean: float, deviation: float, x: float, degrees: float) -> None:
    score = float(crps(mean, deviation, x, degrees))
    place = float(pit(mean, deviation, x, degrees))
    assert math.isfinite(score) and score >= 0
    assert 0 <= place <= 1


@given(REAL, SPREAD, REAL, DEGREES, st.floats(-3, 3), st.floats(0.1, 10))
def test_crps_moves_with_location_and_scale(
    mean: float, deviation: float, x: float, degrees: float, shift: float, factor: float
) -> None:
    score = float(crps(mean, deviation, x, degrees))
    moved = float(crps(mean * factor + shift, deviation * factor, x * factor + shift, degrees))
    assert moved == pytest.approx(factor * score, rel=1e-6, abs=1e-9)


@given(REAL, SPREAD, REAL, DEGREES)
def test_pit_of_the_mirror_image_is_the_rest(mean: float, deviation: float, x: float, degrees: float) -> None:
    assert float(pit(mean, deviation, x, degrees)) + float(
        pit(-mean, deviation, -x, degrees)
    ) == pytest.approx(1)


@pytest.mark.parametrize(
    "bad", [(math.nan, 1.0, 0.0, 5.0), (0.0, 0.0, 0.0, 5.0), (0.0, -1.0, 0.0, 5.0), (0.0, 1.0, 0.0, 2.0)]
)
def test_what_has_no_distribution_has_no_score(bad: tuple[float, float, float, float]) -> None:
    assert math.isnan(float(crps(*bad)))
    assert math.isnan(float(pit(*bad)))
