"""Linear mixed model with a random intercept and slope by group, fitted by restricted maximum likelihood.

Written here because importing statsmodels takes longer than the fit; tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from models.cross_section import FloatArray

__all__ = ["MixedFit", "Structure", "fit_mixed_model", "group_jackknife"]

Structure: TypeAlias = Literal[
    "intercept and slope", "independent intercept and slope", "intercept", "slope", "none"
]
# Share of the residual variance below which a random effect is zero to the eye: the boundary.
BOUNDARY_SHARE = 1e-4
# A correlation of intercept and slope beyond this is the boundary of the covariance matrix.
BOUNDARY_CORRELATION = 0.999
# Start: random effects of a quarter of the residual variance.
START = 0.5
# Newton's steps are numerical; the step balances truncation and rounding of a criterion near 1e2.
DIFFERENCE = 1e-4
MAX_STEPS = 40
# A step that gains less has converged: the next would move theta by some 1e-8.
TOLERANCE = 1e-11


@dataclass(frozen=True)
class MixedFit:
    """A fitted model ``y = X b + Z u + e``, ``u ~ N(0, S)`` by group, ``e ~ N(0, s2)``.

    Parameters
    ----------
    coefficients, standard_errors
        b and its standard errors by the model, one a column of X.
    random_covariance
        S, shape (2, 2), of intercept and slope; zero where a structure leaves an effect out.
    residual_variance
        s2, in squared units of y.
    effects
        Best linear unbiased predictions of u, shape (groups, 2).
    log_likelihood
        Restricted log-likelihood.
    group_precision, group_score
        ``X' V^-1 X`` and ``X' V^-1 y`` of each group over s2, shapes (groups, p, p) and (groups, p).
    structure
        Which effects vary by group.
    notes
        Why simpler than asked for; empty when not.
    """

    coefficients: FloatArray
    standard_errors: FloatArray
    random_covariance: FloatArray
    residual_variance: float
    effects: FloatArray
    log_likelihood: float
    group_precision: FloatArray
    group_score: FloatArray
    structure: Structure
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Moments:
    """Sums of products by group: enough for the likelihood at any variance."""

    zz: FloatArray  # (groups, 2, 2)
    zx: FloatArray  # (groups, 2, p)
    zy: FloatArray  # (groups, 2)
    xx: FloatArray  # (groups, p, p)
    xy: FloatArray  # (groups, p)
    yy: FloatArray  # (groups,)
    rows: int


@dataclass(frozen=True)
class _State:
    """Generalised least squares at one relative covariance L L'."""

    criterion: float
    beta: FloatArray
    variance: float
    precision: FloatArray
    weighted: FloatArray
    shrink: FloatArray


def _moments(y: FloatArray, X: FloatArray, slope: FloatArray, groups: npt.NDArray[np.int64]) -> _Moments:
    count = int(groups.max()) + 1
    Z = np.column_stack([np.ones_like(slope), slope])

    def summed(products: FloatArray) -> FloatArray:
        total = np.zeros((count, *products.shape[1:]))
        np.add.at(total, groups, products)
        return total

    return _Moments(
        zz=summed(Z[:, :, None] * Z[:, None, :]), zx=summed(Z[:, :, None] * X[:, None, :]),
        zy=summed(Z * y[:, None]), xx=summed(X[:, :, None] * X[:, None, :]), xy=summed(X * y[:, None]),
        yy=summed(y**2), rows=y.size,
    )  # fmt: skip


def _factor(theta: FloatArray, structure: Structure) -> FloatArray:
    L = np.zeros((2, 2))
    places = {
        "intercept and slope": ((0, 0), (1, 0), (1, 1)), "independent intercept and slope": ((0, 0), (1, 1)),
        "intercept": ((0, 0),), "slope": ((1, 1),), "none": (),
    }[structure]  # fmt: skip
    for value, place in zip(theta, places, strict=True):
        L[place] = value
    return L


def _state(theta: FloatArray, moments: _Moments, structure: Structure) -> _State:
    """Profile beta and the residual variance out; criterion = -2 restricted log-likelihood, up to a constant.

    With ``V_i = I + Z L L' Z'`` the inverse is ``I - Z L (I + L' Z'Z L)^-1 L' Z'``, so that only sums of
    products by group enter (Lindstrom and Bates 1988).
    """
    L = _factor(theta, structure)
    inner = np.eye(2) + L.T @ moments.zz @ L
    shrink = L @ np.linalg.inv(inner) @ L.T
    turned = np.swapaxes(moments.zx, 1, 2) @ shrink
    precision = moments.xx - turned @ moments.zx
    weighted = moments.xy - np.einsum("gpk,gk->gp", turned, moments.zy)
    total = precision.sum(axis=0)
    beta = np.linalg.solve(total, weighted.sum(axis=0))
    squares = float(np.sum(moments.yy) - np.einsum("gk,gkl,gl->", moments.zy, shrink, moments.zy))
    rss = max(squares - float(beta @ weighted.sum(axis=0)), np.finfo(np.float64).tiny)
    free = moments.rows - beta.size
    determinants = float(np.sum(np.linalg.slogdet(inner)[1])) + float(np.linalg.slogdet(total)[1])
    return _State(free * np.log(rss / free) + determinants, beta, rss / free, precision, weighted, shrink)


def _newton(moments: _Moments, structure: Structure) -> FloatArray:
    """Minimise the criterion over theta by Newton's method with numerical derivatives and damping."""
    size = {"intercept and slope": 3, "independent intercept and slope": 2, "none": 0}.get(structure, 1)
    theta = np.full(size, START)
    if size == 3:
        theta[1] = 0.0

    def value(at: FloatArray) -> float:
        return _state(at, moments, structure).criterion

    best, damping = value(theta), 1e-3
    for _ in range(MAX_STEPS if size else 0):
        gradient, hessian = _derivatives(value, theta, best)
        while damping < 1e8:
            step = np.linalg.solve(_positive(hessian) + damping * np.eye(size), -gradient)
            moved = value(theta + step)
            if moved <= best:
                break
            damping *= 10
        else:
            break
        gained, theta, best, damping = best - moved, theta + step, moved, max(damping / 10, 1e-9)
        if gained < TOLERANCE:
            break
    return theta


def _derivatives(
    value: Callable[[FloatArray], float], theta: FloatArray, best: float
) -> tuple[FloatArray, FloatArray]:
    size = theta.size
    steps = DIFFERENCE * np.eye(size) * np.maximum(1.0, np.abs(theta))
    up = np.array([value(theta + s) for s in steps])
    down = np.array([value(theta - s) for s in steps])
    widths = np.diag(steps)
    gradient = (up - down) / (2 * widths)
    hessian = np.diag((up - 2 * best + down) / widths**2)
    for i in range(size):
        for j in range(i):
            both = value(theta + steps[i] + steps[j]) + value(theta - steps[i] - steps[j])
            mixed = (both - up[i] - down[i] - up[j] - down[j] + 2 * best) / (2 * widths[i] * widths[j])
            hessian[i, j] = hessian[j, i] = mixed
    return gradient, hessian


def _positive(matrix: FloatArray) -> FloatArray:
    """Turn negative curvature around, so that a Newton step goes down."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(np.abs(values), 1e-6)) @ vectors.T, dtype=np.float64)


def fit_mixed_model(
    y: FloatArray, X: FloatArray, *, slope: FloatArray, groups: npt.NDArray[np.int64]
) -> MixedFit:
    """Fit by restricted maximum likelihood, simplifying where a variance sits on its boundary.

    Steps down from correlated to independent random effects, then to one of them, then to least squares;
    every step is noted.

    Parameters
    ----------
    y, X
        Shapes (n,) and (n, p), finite; X carries its own constant and has full column rank.
    slope
        The column of the random slope, shape (n,).
    groups
        0, 1, ... by row, shape (n,).

    Missing data: not allowed here; the caller chooses complete rows.

    Raises
    ------
    ValueError
        When shapes do not fit, a value is not finite, or X has no full column rank or no spare row.

    References
    ----------
    Lindstrom and Bates 1988, JASA 83:1014; methods, section 4; checked against statsmodels MixedLM.
    """
    if X.ndim != 2 or not y.shape == slope.shape == groups.shape == (X.shape[0],):
        raise ValueError(f"y {y.shape}, X {X.shape}, slope {slope.shape}, groups {groups.shape} do not fit")
    if not all(np.isfinite(part).all() for part in (y, X, slope)):
        raise ValueError("y, X and slope must be finite; leave incomplete rows out first")
    if X.shape[0] <= X.shape[1] or np.linalg.matrix_rank(X) < X.shape[1]:
        raise ValueError(f"X {X.shape} has no full column rank or no row to spare")
    # The slope in units of its own size, so that both variances are shares of the residual variance.
    size = float(np.sqrt(np.mean(slope**2))) or 1.0
    moments = _moments(y, X, slope / size, groups)
    structure: Structure = "intercept and slope"
    notes: list[str] = []
    while True:
        theta = _newton(moments, structure)
        L = _factor(theta, structure)
        simpler, reason = _simpler(L @ L.T, structure)
        if simpler == structure:
            return _fitted(moments, theta, structure, size, tuple(notes))
        structure = simpler
        notes.append(reason)


def _simpler(relative: FloatArray, structure: Structure) -> tuple[Structure, str]:
    """Return the structure itself, or the one without what sits on its boundary, and why."""
    intercept, slope = float(relative[0, 0]), float(relative[1, 1])
    if structure == "intercept and slope":
        bound = BOUNDARY_CORRELATION * np.sqrt(intercept * slope)
        if min(intercept, slope) < BOUNDARY_SHARE or abs(relative[0, 1]) > bound:
            return "independent intercept and slope", "level and slope by company are taken as independent"
        return structure, ""
    has_intercept, has_slope = intercept >= BOUNDARY_SHARE, slope >= BOUNDARY_SHARE
    if structure in {"independent intercept and slope", "intercept"} and not has_intercept:
        found: Structure = "slope" if has_slope else "none"
        return found, "the level does not vary by company"
    if structure in {"independent intercept and slope", "slope"} and not has_slope:
        return ("intercept" if has_intercept else "none"), "the slope does not vary by company"
    return structure, ""


def _fitted(
    moments: _Moments, theta: FloatArray, structure: Structure, size: float, notes: tuple[str, ...]
) -> MixedFit:
    state = _state(theta, moments, structure)
    L = _factor(theta, structure)
    units = np.array([1.0, 1.0 / size])
    residual = moments.zy - moments.zx @ state.beta
    # u = S Z' V^-1 r; with V^-1 as above, Z' V^-1 r = Z'r - Z'Z shrink Z'r.
    inside = residual - np.einsum("gkl,glm,gm->gk", moments.zz, state.shrink, residual)
    covariance = np.linalg.inv(state.precision.sum(axis=0)) * state.variance
    free = moments.rows - state.beta.size
    constant = free * (1 + np.log(2 * np.pi))
    return MixedFit(
        coefficients=state.beta,
        standard_errors=np.sqrt(np.diag(covariance)),
        random_covariance=state.variance * (L @ L.T) * np.outer(units, units),
        residual_variance=state.variance,
        effects=inside @ (L @ L.T) * units,
        log_likelihood=-0.5 * (state.criterion + constant),
        group_precision=state.precision,
        group_score=state.weighted,
        structure=structure,
        notes=notes,
    )


def group_jackknife(fit: MixedFit, strata: npt.NDArray[np.int64]) -> FloatArray:
    """Return standard errors of the coefficients from leaving out one group after the other.

    ``v = sum_s (G_s - 1) / G_s sum_{g in s} (b_(-g) - b)^2`` with the variances at their estimates, so that
    every deletion is one small linear system. It holds where the errors of a group hang together, as those
    of overlapping yearly changes do; with few groups a bootstrap of groups errs to the small side, this to
    the large one, and it draws nothing.

    Parameters
    ----------
    fit
        The model.
    strata
        Stratum of each group, shape (groups,).

    Returns
    -------
    ndarray
        One a coefficient; NaN where a stratum has one group, since its coefficient would go with it.

    References
    ----------
    MacKinnon, Nielsen and Webb 2023, Journal of Econometrics 232:272 (CV3).
    """
    _, members, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    if sizes.min() < 2:
        return np.full(fit.coefficients.size, np.nan)
    left = fit.group_precision.sum(axis=0) - fit.group_precision
    right = fit.group_score.sum(axis=0) - fit.group_score
    if np.any(np.linalg.matrix_rank(left) < fit.coefficients.size):
        return np.full(fit.coefficients.size, np.nan)
    moved = np.linalg.solve(left, right[:, :, None])[:, :, 0] - fit.coefficients
    weights = ((sizes - 1) / sizes)[members]
    return np.asarray(np.sqrt(weights @ moved**2), dtype=np.float64)
