"""Robust tools: hand numbers, statsmodels and scipy as oracles, and properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cross_section import (
    as_array,
    huber_regression,
    kendall_tau_b,
    mad,
    mid_rank_percentile,
    robust_scale,
    robust_z,
    theil_sen,
    winsorise,
)

finite = st.floats(-1e6, 1e6, allow_nan=False)
arrays = st.lists(finite, min_size=3, max_size=30).map(np.array)


def test_mad_and_scale_by_hand() -> None:
    values = as_array([1.0, 2.0, 3.0, 4.0, 100.0, None])
    assert mad(values) == 1.0
    assert robust_scale(values) == pytest.approx(1.4826)


def test_scale_falls_back_to_the_interquartile_range_when_most_are_tied() -> None:
    values = np.array([5.0, 5.0, 5.0, 5.0, 9.0, 9.0, 9.0])
    assert mad(values) == 0.0
    assert robust_scale(values) == pytest.approx(4.0 / 1.349)


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0, 2.0], [math.nan, math.nan]])
def test_no_scale_means_no_z(values: list[float]) -> None:
    assert robust_scale(np.array(values)) is None
    assert np.isnan(robust_z(np.array(values))).all()


def test_z_by_hand_is_clipped_and_keeps_missing() -> None:
    z = robust_z(as_array([1.0, 2.0, 3.0, 4.0, 100.0, None]))
    assert z[:5] == pytest.approx([-2 / 1.4826, -1 / 1.4826, 0.0, 1 / 1.4826, 3.0])
    assert np.isnan(z[5])


@settings(deadline=None)
@given(arrays, st.floats(0.01, 100.0), st.floats(-100.0, 100.0))
def test_z_does_not_depend_on_units(values: np.ndarray, factor: float, shift: float) -> None:
    values = np.round(values, 3)
    before = robust_z(values)
    after = robust_z(np.round(factor, 2) * values + shift)
    if np.isfinite(before).all() and np.isfinite(after).all():
        assert after == pytest.approx(before, abs=1e-4)


def test_winsorise_by_hand() -> None:
    values = np.append(np.arange(101.0), np.nan)
    pulled = winsorise(values)
    assert pulled[0] == 2.5
    assert pulled[100] == 97.5
    assert pulled[50] == 50.0
    assert np.isnan(pulled[101])


def test_percentile_counts_ties_half() -> None:
    assert mid_rank_percentile(2.0, np.array([1.0, 2.0, 2.0, 3.0])) == 0.5
    assert mid_rank_percentile(9.0, np.array([1.0, 2.0])) == 1.0
    assert mid_rank_percentile(1.0, np.array([])) is None


def test_theil_sen_by_hand_ignores_one_outlier() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert theil_sen(x, np.array([2.0, 4.0, 6.0, 8.0, 99.0])) == 2.0
    assert theil_sen(np.ones(4), np.arange(4.0)) is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(finite, finite), min_size=3, max_size=20, unique_by=lambda p: p[0]))
def test_theil_sen_equals_scipy(points: list[tuple[float, float]]) -> None:
    from scipy.stats import theilslopes

    x, y = np.array(points).T
    if np.min(np.diff(np.sort(x))) < 1e-6:
        return
    assert theil_sen(x, y) == pytest.approx(theilslopes(y, x).slope, rel=1e-9, abs=1e-9)


def test_kendall_published_case_p14() -> None:
    # methods section 7, case P14 (scipy documentation).
    tau = kendall_tau_b(np.array([12.0, 2, 1, 12, 2]), np.array([1.0, 4, 7, 1, 0]))
    assert tau == pytest.approx(-0.47140452079103173, abs=1e-15)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=2, max_size=25))
def test_kendall_equals_scipy(points: list[tuple[int, int]]) -> None:
    from scipy.stats import kendalltau

    x, y = np.array(points, dtype=float).T
    ours = kendall_tau_b(x, y)
    if ours is None:
        assert len(set(x)) == 1 or len(set(y)) == 1
    else:
        assert ours == pytest.approx(kendalltau(x, y).statistic, abs=1e-12)


# Stack loss data (Brownlee 1965): air flow, water temperature, acid concentration, loss.
STACKLOSS = np.array(
    [
        [80, 27, 89, 42], [80, 27, 88, 37], [75, 25, 90, 37], [62, 24, 87, 28], [62, 22, 87, 18],
        [62, 23, 87, 18], [62, 24, 93, 19], [62, 24, 93, 20], [58, 23, 87, 15], [58, 18, 80, 14],
        [58, 18, 89, 14], [58, 17, 88, 13], [58, 18, 82, 11], [58, 19, 93, 12], [50, 18, 89, 8],
        [50, 18, 86, 7], [50, 19, 72, 8], [50, 19, 79, 8], [50, 20, 80, 9], [56, 20, 82, 15],
        [70, 20, 91, 15],
    ],
    dtype=float,
)  # fmt: skip


def test_huber_published_case_p11() -> None:
    # methods section 7, case P11 (statsmodels documentation), 4 printed digits.
    X = np.column_stack([np.ones(21), STACKLOSS[:, :3]])
    fit = huber_regression(STACKLOSS[:, 3], X)
    assert np.round(fit.coefficients, 4).tolist() == [-41.0265, 0.8294, 0.9261, -0.1278]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_huber_equals_statsmodels(seed: int) -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(60), rng.normal(size=(60, 3))])
    y = X @ np.array([1.0, 0.5, -0.3, 0.2]) + rng.standard_t(2, size=60)
    ours = huber_regression(y, X)
    theirs = sm.RLM(y, X, M=sm.robust.norms.HuberT(t=1.345)).fit(maxiter=500, tol=1e-12)
    assert ours.coefficients == pytest.approx(theirs.params, abs=1e-6)
    assert ours.scale == pytest.approx(theirs.scale, rel=1e-5)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(theirs.bse, rel=1e-4)


def test_huber_exact_fit_has_no_scale_and_does_not_divide_by_zero() -> None:
    X = np.column_stack([np.ones(6), np.arange(6.0)])
    fit = huber_regression(2.0 + 3.0 * np.arange(6.0), X)
    assert fit.coefficients == pytest.approx([2.0, 3.0])
    assert fit.scale == 0.0
    assert (fit.covariance == 0).all()


def test_huber_says_what_is_wrong_with_its_input() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        huber_regression(np.ones(2), np.ones((3, 1)))
    with pytest.raises(ValueError, match="finite"):
        huber_regression(np.array([1.0, np.nan]), np.ones((2, 1)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(finite, st.floats(-10, 10)), min_size=2, max_size=20))
def test_huber_is_always_finite(points: list[tuple[float, float]]) -> None:
    y, x = np.array(points).T
    fit = huber_regression(y, np.column_stack([np.ones(len(x)), x]))
    assert np.isfinite(fit.coefficients).all()
    assert np.isfinite(fit.covariance).all()
    assert np.isfinite(fit.scale)
