"""Panel regression with date and firm effects, Huber loss and standard errors clustered by firm and date."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.cross_section import HUBER_K, RELATIVE_NOISE, FloatArray, residual_scale

__all__ = ["Codes", "PanelRegression", "panel_regression"]

Codes = npt.NDArray[np.int64]

MAX_ITERATIONS = 200
TOLERANCE = 1e-11
# Condition number of the scaled normal equations beyond which columns count as collinear.
MAX_CONDITION = 1e12


@dataclass(frozen=True)
class PanelRegression:
    """A fitted panel.

    Parameters
    ----------
    coefficients, covariance
        Of the columns of X (the effects are swept out); the covariance is clustered two ways.
    date_effects, firm_effects
        One a code; NaN for a code without observations. Firm effects have a weighted mean of 0, and are 0
        without them.
    residuals, weights
        One a row; weights in (0, 1].
    scale
        Robust standard deviation of the residuals, unit of y; 0 when more than half fit exactly.
    r_squared
        Share of the variation around the date means that the fit explains (unweighted).
    dates, firms
        Clusters of each kind.
    """

    coefficients: FloatArray
    covariance: FloatArray
    date_effects: FloatArray
    firm_effects: FloatArray
    residuals: FloatArray
    weights: FloatArray
    scale: float
    r_squared: float
    dates: int
    firms: int

    @property
    def n(self) -> int:
        """Number of observations."""
        return self.residuals.size


def panel_regression(
    y: FloatArray, X: FloatArray, *, date: Codes, firm: Codes, has_firm_effects: bool, k: float = HUBER_K
) -> PanelRegression:
    """Fit ``y_it = alpha_t (+ a_i) + x_it'b + u_it`` under Huber loss with two-way clustered errors.

    Iteratively reweighted least squares with weights ``min(1, k / |r / s|)``, ``s = median|r| / 0.6745``;
    date effects are swept out as weighted means, firm effects enter as columns. The covariance is
    Cameron, Gelbach and Miller's ``V_firm + V_date - V_firm,date``, each
    ``G/(G-1) (n-1)/(n-p) A^-1 (sum_g s_g s_g') A^-1`` with scores ``s_g = sum w r x`` and
    ``A = sum [|r| <= k s] x x'``, p with the effects; a negative eigenvalue of the sum is set to 0.

    Parameters
    ----------
    y, X
        Shapes (n,) and (n, q), finite; X without a constant and without columns that the effects explain.
    date, firm
        Codes 0, 1, ... of each row.
    has_firm_effects
        Whether a_i enter.
    k
        Tuning constant; inf gives least squares.

    Missing data: not allowed.

    Raises
    ------
    ValueError
        When shapes do not fit, a value is not finite, or the columns are collinear with the effects.

    References
    ----------
    Cameron, Gelbach and Miller 2011, JBES 29:238; methods, section 2.2; checked against statsmodels RLM and
    OLS with dummies (cov_type cluster).
    """
    if X.ndim != 2 or not y.shape == date.shape == firm.shape == (X.shape[0],):
        raise ValueError(f"y {y.shape}, X {X.shape}, date {date.shape}, firm {firm.shape} do not fit")
    if not (np.isfinite(y).all() and np.isfinite(X).all()):
        raise ValueError("y and X must be finite; leave incomplete rows out first")
    effects = np.unique(firm)[1:] if has_firm_effects else np.zeros(0, dtype=np.int64)
    design = np.hstack([X, (firm[:, None] == effects[None, :]).astype(np.float64)])
    noise = RELATIVE_NOISE * max(float(np.max(np.abs(y), initial=0.0)), 1.0)
    problem = _Problem(y, design, X.shape[1], _Sweep(date), firm, effects, k, noise)
    return _finished(problem, *_iterated(problem))


@dataclass(frozen=True)
class _Problem:
    y: FloatArray
    design: FloatArray
    slopes: int
    """The first columns of the design; the others are firm effects."""
    sweep: _Sweep
    firm: Codes
    effects: Codes
    k: float
    noise: float


class _Sweep:
    """Takes weighted date means off columns."""

    def __init__(self, date: Codes) -> None:
        self.date = date
        self.order = np.argsort(date, kind="stable")
        self.codes, self.starts = np.unique(date[self.order], return_index=True)
        self.place = np.searchsorted(self.codes, date)

    def means(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Weighted mean of each date, in the order of `codes`."""
        w = weights if values.ndim == 1 else weights[:, None]
        sums = np.add.reduceat((values * w)[self.order], self.starts, axis=0)
        totals = np.add.reduceat(weights[self.order], self.starts)
        return np.asarray(sums / (totals if values.ndim == 1 else totals[:, None]), dtype=np.float64)

    def off(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        """Values less their date's weighted mean."""
        return np.asarray(values - self.means(values, weights)[self.place], dtype=np.float64)


def _solve(problem: _Problem, weights: FloatArray) -> FloatArray:
    swept = problem.sweep.off(problem.design, weights)
    gram = swept.T @ (swept * weights[:, None])
    y = problem.sweep.off(problem.y, weights)
    return np.asarray(np.linalg.solve(gram, swept.T @ (weights * y)), dtype=np.float64)


def _refuse_collinear(swept: FloatArray) -> None:
    gram = swept.T @ swept
    size = np.sqrt(np.diag(gram))
    if size.size and (size.min() <= 0 or np.linalg.cond(gram / np.outer(size, size)) > MAX_CONDITION):
        raise ValueError("the columns are collinear with one another or with the effects")


def _iterated(problem: _Problem) -> tuple[FloatArray, FloatArray]:
    """Coefficients and weights at the fixed point."""
    weights = np.ones_like(problem.y)
    _refuse_collinear(problem.sweep.off(problem.design, weights))
    beta = _solve(problem, weights)
    for _ in range(MAX_ITERATIONS):
        residuals = problem.sweep.off(problem.y - problem.design @ beta, weights)
        scale = residual_scale(residuals)
        if math.isinf(problem.k) or scale <= problem.noise:
            break
        weights = np.minimum(1.0, problem.k * scale / np.maximum(np.abs(residuals), problem.noise))
        new = _solve(problem, weights)
        moved = float(np.max(np.abs(new - beta), initial=0.0))
        beta = new
        if moved <= TOLERANCE * max(1.0, float(np.max(np.abs(beta), initial=0.0))):
            break
    return beta, weights


def _finished(problem: _Problem, beta: FloatArray, weights: FloatArray) -> PanelRegression:
    sweep, firm, q = problem.sweep, problem.firm, problem.slopes
    left = problem.y - problem.design @ beta
    means = sweep.means(left, weights)
    residuals = left - means[sweep.place]
    scale = residual_scale(residuals)
    scale = scale if scale > problem.noise else 0.0
    firms = np.full(int(firm.max()) + 1, np.nan)
    firms[np.unique(firm)] = 0.0
    firms[problem.effects] = beta[q:]
    centre = float(np.average(firms[firm], weights=weights))
    dates = np.full(int(sweep.date.max()) + 1, np.nan)
    dates[sweep.codes] = means + centre
    around = sweep.off(problem.y, np.ones_like(problem.y))
    total = float(around @ around)
    return PanelRegression(
        coefficients=beta[:q],
        covariance=_positive(_two_way(problem, weights * residuals, _curvature(problem, residuals, weights))),
        date_effects=dates,
        firm_effects=firms - centre,
        residuals=residuals,
        weights=weights,
        scale=scale,
        r_squared=1 - float(residuals @ residuals) / total if total > problem.noise**2 else 0.0,
        dates=sweep.codes.size,
        firms=np.unique(firm).size,
    )


def _two_way(problem: _Problem, scores: FloatArray, curvature: FloatArray) -> FloatArray:
    n, columns = problem.design.shape
    q, parameters = problem.slopes, columns + problem.sweep.codes.size
    unknown = np.full((q, q), np.nan)
    if n <= parameters:
        return unknown
    swept = problem.sweep.off(problem.design, curvature)
    bread = np.linalg.pinv(swept.T @ (swept * curvature[:, None]))
    cells = np.column_stack([problem.sweep.date, problem.firm])
    pair = np.unique(cells, axis=0, return_inverse=True)[1].reshape(-1)
    total = np.zeros((columns, columns))
    for sign, groups in ((1, problem.firm), (1, problem.sweep.date), (-1, pair)):
        codes, place = np.unique(groups, return_inverse=True)
        if codes.size < 2:
            return unknown
        sums = np.zeros((codes.size, columns))
        np.add.at(sums, place, swept * scores[:, None])
        correction = codes.size / (codes.size - 1) * (n - 1) / (n - parameters)
        total += sign * correction * bread @ (sums.T @ sums) @ bread
    return total[:q, :q]


def _curvature(problem: _Problem, residuals: FloatArray, weights: FloatArray) -> FloatArray:
    """Second derivative of the loss at each row; on a date with outliers alone their weights stand for it."""
    inside = (np.abs(residuals) <= problem.k * residual_scale(residuals)).astype(np.float64)
    if math.isinf(problem.k):
        inside = np.ones_like(residuals)
    sweep = problem.sweep
    any_inside = np.add.reduceat(inside[sweep.order], sweep.starts)[sweep.place] > 0
    return np.where(any_inside, inside, weights)


def _positive(covariance: FloatArray) -> FloatArray:
    """The nearest covariance without a negative variance; NaN stays NaN."""
    if not np.isfinite(covariance).all():
        return covariance
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(vectors @ np.diag(np.clip(values, 0.0, None)) @ vectors.T, dtype=np.float64)
