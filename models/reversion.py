"""Speed of mean reversion of a weekly series: AR(1) with the bias of short samples taken out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.cross_section import FloatArray
from models.median_bias import least_squares_deviation, median_unbiased

__all__ = [
    "LOWEST_PHI",
    "Reversion",
    "half_life",
    "jackknife_phi",
    "kendall_corrected",
    "nickell_corrected",
    "own_reversion",
    "pooled_reversion",
]

# A half-life under one week cannot be told from noise in weekly data.
LOWEST_PHI = 0.5
# Degrees of freedom: with fewer usable steps the slope says nothing.
MIN_STEPS = 8


@dataclass(frozen=True)
class Reversion:
    """A weekly AR(1).

    Parameters
    ----------
    phi
        Weekly persistence in [0.5, 1]; 1 means no mean reversion was found. Only `own_reversion` with
        ``is_capped=False`` may exceed 1.
    phi_se
        Standard error of phi.
    sigma
        Weekly standard deviation of the innovation (log).
    basis
        Where it comes from, in words.
    """

    phi: float
    phi_se: float
    sigma: float
    basis: str


def half_life(phi: float) -> float | None:
    """Half-life ``ln 0.5 / ln phi`` in weeks; None when phi is 1 (no mean reversion).

    Raises ValueError when phi is not in (0, 1].
    """
    if not 0 < phi <= 1:
        raise ValueError(f"phi must be in (0, 1], got {phi}")
    return None if phi == 1 else math.log(0.5) / math.log(phi)


def kendall_corrected(phi_ols: float, periods: int) -> float:
    """Take Kendall's bias out of one series with an estimated mean: ``(phi (T-1) + 1) / (T - 4)``.

    Capped at 1. References: Kendall 1954, Biometrika 41:403; methods, section 2.3.
    """
    return _bounded((phi_ols * (periods - 1) + 1) / (periods - 4))


def nickell_corrected(phi_within: float, periods: float) -> float:
    """Take Nickell's bias out of a panel with firm effects: ``(phi (T-1) + 1) / (T - 2)``.

    Capped at 1. References: Nickell 1981; methods, section 2.3 (Kendall's formula over-corrects here).
    """
    return _bounded((phi_within * (periods - 1) + 1) / (periods - 2))


def jackknife_phi(series: FloatArray) -> float | None:
    """Phi by the jackknife of two halves, ``2 phi_all - (phi_first + phi_second) / 2``, capped at 1.

    Beside the median-unbiased estimate it is the check that does not rest on a simulated table.

    Missing data: as `own_reversion`; None when a half is too short or does not vary.

    References: Phillips and Yu 2005, m = 2; methods, section 2.3.
    """
    half = series.size // 2
    fits = [_least_squares(part) for part in (series, series[:half], series[half:])]
    whole, first, second = (None if fit is None else fit.phi for fit in fits)
    if whole is None or first is None or second is None:
        return None
    return _bounded(2 * whole - (first + second) / 2)


def _bounded(phi: float) -> float:
    return min(1.0, max(LOWEST_PHI, phi))


def _steps(series: FloatArray) -> tuple[FloatArray, FloatArray]:
    keep = np.isfinite(series[:-1]) & np.isfinite(series[1:])
    return series[:-1][keep], series[1:][keep]


@dataclass(frozen=True)
class _LeastSquares:
    phi: float
    sigma: float
    periods: int


def _least_squares(series: FloatArray) -> _LeastSquares | None:
    before, after = _steps(series)
    if before.size < MIN_STEPS:
        return None
    x, y = before - before.mean(), after - after.mean()
    spread = float(x @ x)
    if spread <= 0 or float(y @ y) <= 0:
        return None
    phi = float(x @ y) / spread
    sigma = float(np.sqrt(np.sum((y - phi * x) ** 2) / (before.size - 2)))
    return _LeastSquares(phi, sigma, before.size + 1)


def own_reversion(series: FloatArray, *, is_capped: bool = True) -> Reversion | None:
    """Fit one weekly series, NaN where a week is missing, to its median-unbiased phi.

    The standard error is the simulated spread of the least-squares phi at that phi and length: close to 1
    the textbook ``sqrt((1 - phi^2) / T)`` is a third too small.

    Parameters
    ----------
    series
        Log, oldest first.
    is_capped
        False leaves a phi above 1 as it is, for pooling: a cap would push the mean of many down.

    Missing data: steps with a missing end are left out; None with fewer than 8 steps or no variation.

    References: Andrews 1993, Econometrica 61:139; methods, section 2.3.
    """
    fit = _least_squares(series)
    if fit is None:
        return None
    phi = median_unbiased(fit.phi, fit.periods)
    error = least_squares_deviation(min(phi, 1.0), fit.periods)
    return Reversion(min(phi, 1.0) if is_capped else phi, error, fit.sigma, "own history")


def pooled_reversion(panel: Sequence[FloatArray]) -> Reversion | None:
    """Fit one phi to many weekly series, each around its own mean (within estimator, Nickell-corrected).

    Missing data: as `own_reversion`; None when no series has enough steps or there is no variation.
    """
    pairs = [(b - b.mean(), a - a.mean()) for b, a in map(_steps, panel) if b.size >= MIN_STEPS]
    spread = sum(float(x @ x) for x, _ in pairs)
    if spread <= 0:
        return None
    phi_within = sum(float(x @ y) for x, y in pairs) / spread
    steps = sum(x.size for x, _ in pairs)
    error = sum(float(np.sum((y - phi_within * x) ** 2)) for x, y in pairs)
    if error <= 0 or steps <= len(pairs) + 1:
        return None
    sigma = math.sqrt(error / (steps - len(pairs) - 1))
    phi = nickell_corrected(phi_within, steps / len(pairs) + 1)
    return Reversion(phi, sigma / math.sqrt(spread), sigma, "pooled")
