"""Panel regression: agreement with statsmodels, Grunfeld as published, known truth, degenerate panels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.panel_regression import panel_regression


def panel(seed: int, firms: int = 20, dates: int = 12, kept: float = 0.8) -> tuple[np.ndarray, ...]:
    """y, X, date, firm of an unbalanced panel with t(3) errors; slopes 1, 0.5, -0.2."""
    rng = np.random.default_rng(seed)
    firm, date = np.repeat(np.arange(firms), dates), np.tile(np.arange(dates), firms)
    stays = rng.random(firm.size) < kept
    firm, date = firm[stays], date[stays]
    X = rng.normal(size=(firm.size, 3)) + rng.normal(size=(firms, 3))[firm]
    y = X @ [1.0, 0.5, -0.2] + rng.normal(size=firms)[firm] + rng.normal(size=dates)[date]
    return y + 0.5 * rng.standard_t(3, size=firm.size), X, date, firm


def dummies(date: np.ndarray, firm: np.ndarray, *, has_firms: bool) -> np.ndarray:
    of_date = (date[:, None] == np.unique(date)).astype(float)
    of_firm = (firm[:, None] == np.unique(firm)[1:]).astype(float)
    return np.hstack([of_date, of_firm]) if has_firms else of_date


@pytest.mark.parametrize("has_firms", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_least_squares_and_clustered_errors_agree_with_statsmodels(seed: int, has_firms: bool) -> None:
    import statsmodels.api as sm

    y, X, date, firm = panel(seed)
    ours = panel_regression(y, X, date=date, firm=firm, has_firm_effects=has_firms, k=math.inf)
    design = np.hstack([X, dummies(date, firm, has_firms=has_firms)])
    groups = np.column_stack([firm, date])
    theirs = sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": groups})
    assert ours.coefficients == pytest.approx(theirs.params[:3], abs=1e-8)
    assert ours.covariance == pytest.approx(theirs.cov_params()[:3, :3], abs=1e-8)
    assert ours.residuals == pytest.approx(theirs.resid, abs=1e-8)


@pytest.mark.parametrize("has_firms", [False, True])
@pytest.mark.parametrize("seed", [4, 5])
def test_robust_coefficients_agree_with_statsmodels_rlm(seed: int, has_firms: bool) -> None:
    import statsmodels.api as sm

    y, X, date, firm = panel(seed)
    ours = panel_regression(y, X, date=date, firm=firm, has_firm_effects=has_firms)
    design = np.hstack([X, dummies(date, firm, has_firms=has_firms)])
    theirs = sm.RLM(y, design, M=sm.robust.norms.HuberT(1.345)).fit(tol=1e-13, maxiter=500, conv="coefs")
    assert ours.coefficients == pytest.approx(theirs.params[:3], abs=1e-8)
    assert ours.scale == pytest.approx(theirs.scale, abs=1e-8)


def test_effects_and_residuals_add_up() -> None:
    y, X, date, firm = panel(6)
    fit = panel_regression(y, X, date=date, firm=firm, has_firm_effects=True)
    made = X @ fit.coefficients + fit.date_effects[date] + fit.firm_effects[firm]
    assert made + fit.residuals == pytest.approx(y, abs=1e-10)
    assert np.average(fit.firm_effects[firm], weights=fit.weights) == pytest.approx(0.0, abs=1e-12)
    assert (fit.n, fit.firms, fit.dates) == (y.size, 20, 12)
    assert 0 < fit.r_squared < 1


def grunfeld() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    from statsmodels.datasets import grunfeld as data

    frame = data.load_pandas().data
    frame = frame[frame["firm"] != "American Steel"]
    X = frame[["value", "capital"]].to_numpy()
    firm = np.unique(frame["firm"].to_numpy().astype(str), return_inverse=True)[1].astype(np.int64)
    return frame["invest"].to_numpy(), X, np.zeros(len(frame), dtype=np.int64), firm


def test_grunfeld_pooled_p10() -> None:
    # methods section 7, P10: 10 firms without American Steel; pooled -42.714369 .115562 .230678.
    y, X, once, firm = grunfeld()
    fit = panel_regression(y, X, date=once, firm=firm, has_firm_effects=False, k=math.inf)
    assert round(float(fit.date_effects[0]), 6) == -42.714369
    assert [round(float(b), 6) for b in fit.coefficients] == [0.115562, 0.230678]


def test_grunfeld_firm_effects_p10() -> None:
    # rforanalytics.com 9.2, as quoted in methods section 7, P10: .110124 (.011857), .310065 (.017355).
    y, X, once, firm = grunfeld()
    fit = panel_regression(y, X, date=once, firm=firm, has_firm_effects=True, k=math.inf)
    assert [round(float(b), 6) for b in fit.coefficients] == [0.110124, 0.310065]
    within = X - np.array([X[firm == f].mean(axis=0) for f in range(10)])[firm]
    variance = float(fit.residuals @ fit.residuals) / (200 - 12)
    errors = np.sqrt(np.diag(np.linalg.inv(within.T @ within)) * variance)
    assert [round(float(e), 6) for e in errors] == [0.011857, 0.017355]


def test_one_date_has_no_clusters_to_take_errors_from() -> None:
    y, X, once, firm = grunfeld()
    fit = panel_regression(y, X, date=once, firm=firm, has_firm_effects=False)
    assert np.isnan(fit.covariance).all()


def test_clustered_errors_cover_the_truth() -> None:
    """90 panels with firm and date shocks in x and u: |b - 1| within 1.96 errors in about 95% of them."""
    inside = 0
    for seed in range(90):
        rng = np.random.default_rng(seed)
        firm, date = np.repeat(np.arange(40), 30), np.tile(np.arange(30), 40)
        x = rng.normal(size=40)[firm] + rng.normal(size=1200)
        u = 0.7 * rng.normal(size=40)[firm] + rng.normal(size=1200)
        fit = panel_regression(x + u, x[:, None], date=date, firm=firm, has_firm_effects=False)
        inside += abs(float(fit.coefficients[0]) - 1) <= 1.96 * math.sqrt(float(fit.covariance[0, 0]))
    assert 78 <= inside <= 90


def test_collinear_columns_and_misfit_shapes_are_refused() -> None:
    y, X, date, firm = panel(7)
    with pytest.raises(ValueError, match="collinear"):
        panel_regression(y, np.column_stack([X, X[:, 0]]), date=date, firm=firm, has_firm_effects=False)
    with pytest.raises(ValueError, match="collinear"):
        panel_regression(y, firm[:, None] * 1.0, date=date, firm=firm, has_firm_effects=True)
    with pytest.raises(ValueError, match="do not fit"):
        panel_regression(y[1:], X, date=date, firm=firm, has_firm_effects=False)
    with pytest.raises(ValueError, match="finite"):
        panel_regression(y * math.nan, X, date=date, firm=firm, has_firm_effects=False)


def test_ties_fit_exactly_and_have_no_scale() -> None:
    _, X, date, firm = panel(8)
    fit = panel_regression(np.full(date.size, 3.0), X, date=date, firm=firm, has_firm_effects=True)
    assert fit.scale == 0.0
    assert fit.coefficients == pytest.approx(np.zeros(3), abs=1e-12)
    assert fit.r_squared == 0.0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(-50, 50), st.floats(0.01, 100))
def test_level_and_unit_of_y_only_shift_and_scale(seed: int, shift: float, unit: float) -> None:
    y, X, date, firm = panel(seed, firms=9, dates=8)
    a = panel_regression(y, X, date=date, firm=firm, has_firm_effects=True)
    b = panel_regression(unit * (y + shift), X, date=date, firm=firm, has_firm_effects=True)
    assert b.coefficients == pytest.approx(unit * a.coefficients, rel=1e-6, abs=1e-7 * unit)
    assert np.linalg.eigvalsh(b.covariance).min() >= -1e-12 * unit**2
