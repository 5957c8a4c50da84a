"""Proportional odds: how the odds of a higher class move with covariates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.cross_section import FloatArray

__all__ = ["MIN_NAMES", "OrderedLogit", "ordered_logit"]

MIN_NAMES = 30
"""Below it the likelihood is too flat for its standard errors (methods, section 4)."""
MAX_STEPS, TOLERANCE = 60, 1e-12
FLAT = 1e-9
"""Share of the largest curvature below which there is none: a coefficient may go anywhere."""
MAX_LOG_ODDS = 30.0
"""Odds of e^30 say that the classes are separated: the likelihood has no maximum."""


@dataclass(frozen=True)
class OrderedLogit:
    """A fit.

    Parameters
    ----------
    slopes, slope_errors
        Shape (k,), change of the log odds of a higher class for one unit of a covariate, and its error.
    cuts
        Shape (classes - 1,), ascending.
    log_likelihood
        At the maximum.
    """

    slopes: FloatArray
    slope_errors: FloatArray
    cuts: FloatArray
    log_likelihood: float


def ordered_logit(classes: npt.NDArray[np.int64], x: FloatArray) -> OrderedLogit | None:
    """Fit ``P(y <= c | x) = 1 / (1 + exp(-(cut_c - x b)))`` by maximum likelihood.

    Newton's method on cuts and slopes with step halving; errors from the inverse information.

    Parameters
    ----------
    classes
        Shape (n,), integers; higher is higher. Only their order matters.
    x
        Shape (n, k), finite, no constant.

    Returns
    -------
    OrderedLogit or None
        None when there is one class, x has no variation, or x separates a class from the others.

    Missing data: not allowed; the caller leaves incomplete rows out.

    References
    ----------
    McCullagh 1980, JRSS B 42:109; methods, sections 4 and 7 (P12).
    """
    _, y = np.unique(classes, return_inverse=True)
    n_cuts = int(y.max(initial=0))
    if n_cuts == 0 or np.linalg.matrix_rank(x - x.mean(axis=0)) < x.shape[1]:
        return None
    upper, lower = _designs(y, x, n_cuts)
    shares = np.cumsum(np.bincount(y))[:-1] / y.size
    point = np.concatenate([np.log(shares / (1 - shares)), np.zeros(x.shape[1])])
    value, gradient, information = _likelihood(point, upper, lower, y, n_cuts)
    for _ in range(MAX_STEPS):
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        size = 1.0
        while size > TOLERANCE:
            trial = _likelihood(point + size * step, upper, lower, y, n_cuts)
            if trial[0] >= value:
                break
            size /= 2
        else:
            break
        moved = float(np.abs(size * step).max())
        point = point + size * step
        value, gradient, information = trial
        if float(np.abs(point).max()) > MAX_LOG_ODDS * max(1.0, float(1 / x.std(axis=0).min())):
            return None
        if moved <= TOLERANCE * max(1.0, float(np.abs(point).max())):
            break
    variance = _variance(information)[n_cuts:]
    if not np.isfinite(value) or not (variance > 0).all():
        return None
    return OrderedLogit(point[n_cuts:], np.sqrt(variance), point[:n_cuts], value)


def _variance(information: FloatArray) -> FloatArray:
    """Diagonal of the inverse information; NaN where the likelihood is flat in a direction (separation)."""
    unit = np.sqrt(np.abs(np.diag(information)))
    if (unit <= FLAT * unit.max()).any():
        return np.full(unit.size, np.nan)
    values, vectors = np.linalg.eigh(information / np.outer(unit, unit))
    if values[0] <= FLAT * values[-1]:
        return np.full(unit.size, np.nan)
    return np.asarray((vectors**2 / values).sum(axis=1) / unit**2, dtype=np.float64)


def _designs(y: npt.NDArray[np.int64], x: FloatArray, n_cuts: int) -> tuple[FloatArray, FloatArray]:
    """Rows of the cuts above and below each observation's class; a class at the end has a row of zeros."""
    cuts = np.eye(n_cuts)
    pad = np.zeros((1, n_cuts))
    above, below = np.vstack([cuts, pad])[y], np.vstack([pad, cuts])[y]
    has_above, has_below = (y < n_cuts)[:, None], (y > 0)[:, None]
    return np.hstack([above, -x * has_above]), np.hstack([below, -x * has_below])


def _likelihood(
    point: FloatArray, upper: FloatArray, lower: FloatArray, y: npt.NDArray[np.int64], n_cuts: int
) -> tuple[float, FloatArray, FloatArray]:
    """Log likelihood, its gradient and the observed information at `point`; -inf when cuts cross."""
    if (np.diff(point[:n_cuts]) <= 0).any():
        return -np.inf, np.zeros_like(point), np.eye(point.size)
    above = np.where(y < n_cuts, _logistic(upper @ point), 1.0)
    below = np.where(y > 0, _logistic(lower @ point), 0.0)
    chance = np.maximum(above - below, np.finfo(np.float64).tiny)
    f_above, f_below = above * (1 - above), below * (1 - below)
    a, b = f_above / chance, -f_below / chance
    gradient = upper.T @ a + lower.T @ b
    aa = f_above * (1 - 2 * above) / chance - a * a
    bb = -f_below * (1 - 2 * below) / chance - b * b
    cross = upper.T @ (lower * (-a * b)[:, None])
    hessian = upper.T @ (upper * aa[:, None]) + lower.T @ (lower * bb[:, None]) + cross + cross.T
    return float(np.log(chance).sum()), gradient, -hessian


def _logistic(value: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1 + np.tanh(value / 2)))
