"""Robust tools for one cross-section: scale, z-scores, winsorising, Huber regression, slopes, ranks.

Inside these arrays NaN is a missing value; callers turn it into null before a frame leaves a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "FloatArray",
    "RobustFit",
    "as_array",
    "huber_regression",
    "kendall_tau_b",
    "mad",
    "mid_rank_percentile",
    "residual_scale",
    "robust_scale",
    "robust_z",
    "theil_sen",
    "winsorise",
]

FloatArray = npt.NDArray[np.float64]

# 1 / Phi^-1(3/4): makes the MAD estimate the standard deviation of a normal sample.
MAD_TO_SIGMA = 1.4826
# IQR of the standard normal; the fallback when more than half of the sample is tied (methods, section 5).
IQR_TO_SIGMA = 1.349
# A z beyond 3 says "outlier", not "three times as good" (methods, section 5).
Z_CLIP = 3.0
# Huber's k for 95% efficiency at the normal model (Huber 1981).
HUBER_K = 1.345
# 2.5/97.5: the winsorising points of the warranted cross-section (methods, section 2.2).
WINSOR_LOW, WINSOR_HIGH = 0.025, 0.975
# Spread below this share of the level is rounding noise of double precision, not dispersion.
RELATIVE_NOISE = 1e-12
# Scale of a regression's MAD in exact form, as statsmodels uses it, so that the two agree to rounding.
_NORMAL_QUARTILE = 0.6744897501960817


def as_array(values: Sequence[float | None]) -> FloatArray:
    """Return a float array in which None is NaN."""
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _present(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def mad(values: FloatArray) -> float | None:
    """Median absolute deviation, ``median(|x - median(x)|)``, in the unit of `values`.

    Missing data: NaN is left out; None when nothing is left.
    """
    present = _present(values)
    if present.size == 0:
        return None
    return float(np.median(np.abs(present - np.median(present))))


def robust_scale(values: FloatArray) -> float | None:
    """Robust standard deviation: 1.4826 MAD, or IQR/1.349 when the MAD is 0.

    Missing data: NaN is left out. None with fewer than two values, or when both measures are 0 (ties):
    a spread that is only rounding noise counts as 0.

    References: methods, section 5.
    """
    present = _present(values)
    if present.size < 2:
        return None
    noise = RELATIVE_NOISE * max(float(np.max(np.abs(present))), np.finfo(np.float64).tiny)
    scale = MAD_TO_SIGMA * float(np.median(np.abs(present - np.median(present))))
    if scale > noise:
        return scale
    low, high = np.quantile(present, [0.25, 0.75])
    scale = float(high - low) / IQR_TO_SIGMA
    return scale if scale > noise else None


def robust_z(values: FloatArray, *, clip: float = Z_CLIP) -> FloatArray:
    """Robust z-score ``(x - median) / robust_scale``, clipped to +-`clip`.

    Missing data: NaN stays NaN; everything is NaN when the scale does not exist (ties, one name).

    References: methods, section 5.
    """
    scale = robust_scale(values)
    if scale is None:
        return np.full(values.shape, np.nan)
    z = (values - np.median(_present(values))) / scale
    return np.clip(z, -clip, clip)


def winsorise(values: FloatArray, *, low: float = WINSOR_LOW, high: float = WINSOR_HIGH) -> FloatArray:
    """Pull values beyond the `low` and `high` quantiles back to them (linear interpolation).

    Missing data: NaN stays NaN and does not enter the quantiles.
    """
    present = _present(values)
    if present.size == 0:
        return values.copy()
    bounds = np.quantile(present, [low, high])
    return np.clip(values, bounds[0], bounds[1])


def mid_rank_percentile(value: float, history: FloatArray) -> float | None:
    """Share of `history` below `value`, ties counted half (fraction); None for an empty history."""
    present = _present(history)
    if present.size == 0:
        return None
    return float((np.sum(present < value) + 0.5 * np.sum(present == value)) / present.size)


def theil_sen(x: FloatArray, y: FloatArray) -> float | None:
    """Theil-Sen slope: the median of all pairwise slopes of `y` on `x`.

    Missing data: pairs with a NaN are left out, and pairs so close in x that the slope overflows; None
    when no two x differ.

    References: Sen 1968, JASA 63:1379.
    """
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = x[keep], y[keep]
    first, second = np.triu_indices(x.size, k=1)
    run = x[second] - x[first]
    differs = run != 0
    if not differs.any():
        return None
    with np.errstate(over="ignore"):
        slopes = (y[second] - y[first])[differs] / run[differs]
    slopes = slopes[np.isfinite(slopes)]
    return float(np.median(slopes)) if slopes.size else None


def kendall_tau_b(x: FloatArray, y: FloatArray) -> float | None:
    """Kendall's tau-b: rank correlation with ties, in [-1, 1].

    Missing data: pairs with a NaN are left out; None with fewer than two pairs or when one side is all ties.

    References: Kendall 1945, Biometrika 33:239.
    """
    keep = np.isfinite(x) & np.isfinite(y)
    sx = np.sign(np.subtract.outer(x[keep], x[keep]))
    sy = np.sign(np.subtract.outer(y[keep], y[keep]))
    untied = float(np.sqrt(np.sum(sx * sx)) * np.sqrt(np.sum(sy * sy)))
    # The product of two roots may round below the sum that it bounds.
    return float(np.clip(np.sum(sx * sy) / untied, -1.0, 1.0)) if untied > 0 else None


@dataclass(frozen=True)
class RobustFit:
    """A Huber fit.

    Parameters
    ----------
    coefficients
        One a column of X, in its order.
    covariance
        Of the coefficients, the H1 form of Huber (1981, section 7.6).
    scale
        Robust standard deviation of the residuals, unit of y. 0 when more than half fit exactly.
    residuals, weights
        One a row; weights in (0, 1].
    """

    coefficients: FloatArray
    covariance: FloatArray
    scale: float
    residuals: FloatArray
    weights: FloatArray


def residual_scale(residuals: FloatArray) -> float:
    """Robust standard deviation of residuals around 0, ``median|r| / 0.6745`` (unit of the residuals)."""
    return float(np.median(np.abs(residuals)) / _NORMAL_QUARTILE)


def _covariance(X: FloatArray, residuals: FloatArray, scale: float, k: float) -> FloatArray:
    rows, columns = X.shape
    inverse = np.asarray(np.linalg.pinv(X.T @ X), dtype=np.float64)
    if scale <= 0 or rows <= columns:
        return np.zeros_like(inverse)
    standard = residuals / scale
    psi = np.clip(standard, -k, k)
    inside = (np.abs(standard) <= k).astype(np.float64)
    share = float(inside.mean())
    if share == 0:
        return np.zeros_like(inverse)
    correction = 1 + columns / rows * float(inside.var()) / share**2
    variance = float(np.sum(psi**2)) / (rows - columns) * scale**2 / share**2
    return np.asarray(correction**2 * variance * inverse, dtype=np.float64)


def _least_squares(X: FloatArray, y: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.lstsq(X, y, rcond=None)[0], dtype=np.float64)


def huber_regression(
    y: FloatArray, X: FloatArray, *, k: float = HUBER_K, max_iterations: int = 200, tolerance: float = 1e-10
) -> RobustFit:
    """Regress `y` on `X` under Huber loss by iteratively reweighted least squares.

    ``w = min(1, k / |r / s|)`` with ``s = median|r| / 0.6745`` re-estimated at each step; the start is
    least squares. X carries its own constant.

    Parameters
    ----------
    y, X
        Shapes (n,) and (n, p), finite, n >= p.
    k
        Tuning constant in units of the residual scale.

    Returns
    -------
    RobustFit
        Coefficients in y per unit of X.

    Missing data: not allowed here; the caller chooses complete rows.

    Raises
    ------
    ValueError
        When shapes do not fit, n < p, or a value is not finite.

    References
    ----------
    Huber 1981, Robust Statistics, chapter 7; checked against statsmodels RLM.
    """
    if X.ndim != 2 or y.shape != (X.shape[0],) or X.shape[0] < X.shape[1]:
        raise ValueError(f"y {y.shape} and X {X.shape} do not fit; need (n,) and (n, p) with n >= p")
    if not (np.isfinite(y).all() and np.isfinite(X).all()):
        raise ValueError("y and X must be finite; leave incomplete rows out first")
    beta = _least_squares(X, y)
    weights = np.ones_like(y)
    noise = RELATIVE_NOISE * max(float(np.max(np.abs(y), initial=0.0)), 1.0)
    for _ in range(max_iterations):
        residuals = y - X @ beta
        scale = residual_scale(residuals)
        if scale <= noise:
            break
        weights = np.minimum(1.0, k * scale / np.maximum(np.abs(residuals), noise))
        root = np.sqrt(weights)
        new = _least_squares(X * root[:, None], y * root)
        moved = float(np.max(np.abs(new - beta)))
        beta = new
        if moved <= tolerance * max(1.0, float(np.max(np.abs(beta)))):
            break
    residuals = y - X @ beta
    scale = residual_scale(residuals)
    scale = scale if scale > noise else 0.0
    return RobustFit(beta, _covariance(X, residuals, scale, k), scale, residuals, weights)
