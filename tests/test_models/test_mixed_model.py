"""Mixed model: against statsmodels, against dense matrices, boundaries, jackknife by group."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cross_section import FloatArray
from models.mixed_model import fit_mixed_model, group_jackknife

Ints = npt.NDArray[np.int64]


def panel(
    seed: int,
    *,
    firms: int = 30,
    quarters: int = 16,
    level: float = 0.02,
    slope: float = 0.05,
    correlation: float = 0.3,
) -> tuple[FloatArray, FloatArray, FloatArray, Ints]:
    """Three tiers with slopes -.08, 0, .05 and effects by firm; y, X, slope column, groups."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(firms), quarters)
    tier = (np.arange(firms) % 3)[groups]
    x = rng.normal(0.15, 0.25, groups.size)
    covariance = [[level**2, correlation * level * slope], [correlation * level * slope, slope**2]]
    effects = rng.multivariate_normal([0, 0], covariance, firms)[groups]
    y = 0.005 + effects[:, 0] + (np.array([-0.08, 0, 0.05])[tier] + effects[:, 1]) * x
    X = np.column_stack([np.ones_like(x), *(x * (tier == k) for k in range(3))])
    return y + rng.normal(0, 0.01, groups.size), X, x, groups


@pytest.mark.parametrize(("seed", "firms", "quarters"), [(0, 30, 16), (5, 9, 16), (6, 12, 9), (7, 15, 12)])
def test_equals_statsmodels(seed: int, firms: int, quarters: int) -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    y, X, x, groups = panel(seed, firms=firms, quarters=quarters)
    found = fit_mixed_model(y, X, slope=x, groups=groups)
    assert (found.structure, found.notes) == ("intercept and slope", ())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = MixedLM(y, X, groups=groups, exog_re=np.column_stack([np.ones_like(x), x])).fit(
            reml=True, method=["bfgs", "lbfgs", "cg"], gtol=1e-10, maxiter=2000
        )
    assert found.coefficients == pytest.approx(oracle.fe_params, abs=1e-8)
    assert found.log_likelihood == pytest.approx(oracle.llf, abs=1e-8)
    # cov_re is on the scale of y; the entries of params are divided by the residual variance (methods, 4).
    assert found.random_covariance == pytest.approx(np.asarray(oracle.cov_re), abs=1e-8)
    assert found.residual_variance == pytest.approx(oracle.scale, rel=1e-6)
    effects = np.array([oracle.random_effects[g] for g in range(firms)])
    assert found.effects == pytest.approx(effects, abs=1e-8)


def test_equals_generalised_least_squares_with_dense_matrices() -> None:
    y, X, x, groups = panel(3, firms=9, quarters=6)
    found = fit_mixed_model(y, X, slope=x, groups=groups)
    Z = np.column_stack([np.ones_like(x), x])
    same = groups[:, None] == groups[None, :]
    V = np.where(same, Z @ found.random_covariance @ Z.T, 0.0) + found.residual_variance * np.eye(y.size)
    inverse = np.linalg.inv(V)
    covariance = np.linalg.inv(X.T @ inverse @ X)
    assert found.coefficients == pytest.approx(covariance @ X.T @ inverse @ y, abs=1e-8)
    assert found.standard_errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-8)
    first = groups == 0
    predicted = found.random_covariance @ Z[first].T @ (inverse @ (y - X @ found.coefficients))[first]
    assert found.effects[0] == pytest.approx(predicted, abs=1e-8)


def test_no_effects_is_least_squares_with_the_reason() -> None:
    # Each firm's residuals are made to fit neither a level nor a slope of its own.
    rng = np.random.default_rng(1)
    groups, x = np.repeat(np.arange(10), 8), rng.normal(size=80)
    noise = rng.normal(size=80)
    for g in range(10):
        own = groups == g
        Z = np.column_stack([np.ones(8), x[own]])
        noise[own] -= Z @ np.linalg.lstsq(Z, noise[own], rcond=None)[0]
    X = np.column_stack([np.ones(80), x])
    y = X @ np.array([0.1, 0.5]) + noise
    found = fit_mixed_model(y, X, slope=x, groups=groups)
    assert found.structure == "none"
    assert found.notes[-1] == "the level does not vary by company"
    beta, rss, *_ = np.linalg.lstsq(X, y, rcond=None)
    assert found.coefficients == pytest.approx(beta, abs=1e-10)
    assert found.residual_variance == pytest.approx(float(rss[0]) / 78)
    assert not found.random_covariance.any()
    assert not found.effects.any()


@pytest.mark.parametrize(("level", "slope", "structure"), [(0.05, 0.0, "intercept"), (0.0, 0.2, "slope")])
def test_a_missing_effect_is_dropped_or_small(level: float, slope: float, structure: str) -> None:
    structures = [
        fit_mixed_model(y, X, slope=x, groups=groups).structure
        for y, X, x, groups in (panel(s, level=level, slope=slope) for s in range(12))
    ]
    # A variance of zero is estimated as zero about half of the time.
    assert structures.count(structure) >= 3  # type: ignore[arg-type]
    other = {"intercept": "slope", "slope": "intercept"}[structure]
    assert not {"none", other} & set(structures)


def test_units_do_not_matter() -> None:
    y, X, x, groups = panel(2)
    found = fit_mixed_model(y, X, slope=x, groups=groups)
    scaled = fit_mixed_model(1e6 * y, X, slope=1e-3 * x, groups=groups)
    assert scaled.coefficients == pytest.approx(1e6 * found.coefficients, rel=1e-6)
    assert scaled.effects == pytest.approx(found.effects * [1e6, 1e9], rel=1e-4, abs=1e-3)


def test_jackknife_by_group_is_the_error_of_a_mean_of_means() -> None:
    # Constant only, equal groups: the estimate is the mean of group means, whose error is known.
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(12), 5)
    y = rng.normal(size=12)[groups] + rng.normal(size=60)
    found = fit_mixed_model(
        y, np.ones((60, 1)), slope=np.tile([-1.0, -0.5, 0.0, 0.5, 1.0], 12), groups=groups
    )
    means = np.array([y[groups == g].mean() for g in range(12)])
    error = group_jackknife(found, np.zeros(12, dtype=np.int64))
    assert found.coefficients[0] == pytest.approx(means.mean(), abs=1e-9)
    assert error[0] == pytest.approx(means.std(ddof=1) / np.sqrt(12), rel=1e-9)
    assert np.isnan(group_jackknife(found, np.arange(12))).all()


def test_jackknife_by_group_is_the_spread_of_deletions() -> None:
    y, X, x, groups = panel(3, firms=9, quarters=6)
    found = fit_mixed_model(y, X, slope=x, groups=groups)
    strata = np.arange(9) % 3
    moved = []
    for g in range(9):
        kept = [h for h in range(9) if h != g]
        beta = np.linalg.solve(found.group_precision[kept].sum(axis=0), found.group_score[kept].sum(axis=0))
        moved.append(beta - found.coefficients)
    assert group_jackknife(found, strata) == pytest.approx(
        np.sqrt(2 / 3 * np.sum(np.square(moved), axis=0)), rel=1e-9
    )


def test_bad_input_is_refused() -> None:
    y, X, x, groups = panel(0, firms=6, quarters=6)
    with pytest.raises(ValueError, match="do not fit"):
        fit_mixed_model(y[:-1], X, slope=x, groups=groups)
    with pytest.raises(ValueError, match="finite"):
        fit_mixed_model(np.where(groups == 0, np.nan, y), X, slope=x, groups=groups)
    with pytest.raises(ValueError, match="rank"):
        fit_mixed_model(y, np.column_stack([X, X[:, 1]]), slope=x, groups=groups)


@settings(max_examples=60)
@given(
    st.integers(1, 5), st.integers(2, 6), st.integers(0, 10_000),
    st.sampled_from([0.0, 1e-9, 1.0, 1e6]), st.sampled_from([0.0, 1e-6, 1.0]),
)  # fmt: skip
def test_any_panel_of_full_rank_gives_finite_figures(
    firms: int, quarters: int, seed: int, size: float, noise: float
) -> None:
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(firms), quarters)
    x = rng.normal(size=groups.size)
    X = np.column_stack([np.ones_like(x), x])
    if X.shape[0] <= 2:
        return
    y = size * (rng.normal(size=firms)[groups] + x) + noise * rng.normal(size=x.size)
    found = fit_mixed_model(y, X, slope=x, groups=groups)
    for part in (found.coefficients, found.standard_errors, found.random_covariance, found.effects):
        assert np.isfinite(part).all()
    assert np.isfinite(found.log_likelihood)
