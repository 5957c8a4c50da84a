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
    "mean_error",
    "nickell_bias",
    "nickell_corrected",
    "nickell_inverted",
    "own_reversion",
    "pooled_reversion",
]

# A half-life under one week cannot be told from noise in weekly data.
LOWEST_PHI = 0.5
# A half-life of 13 years: of what is missing then, 5% fades within a year.
LARGEST_STATIONARY_PHI = 0.999
# Closer to 1 the expression of the bias is a ratio of roundings.
NEARLY_ONE = 1 - 1e-5
BISECTIONS = 60
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


def mean_error(sigma: float, phi: float, periods: int) -> float:
    """Standard error of the mean of a stationary AR(1) over `periods` weeks (unit of sigma).

    ``g0/T [ (1+phi)/(1-phi) - 2 phi (1-phi^T) / (T (1-phi)^2) ]`` is its square, with
    ``g0 = sigma^2/(1-phi^2)``. Near phi = 1 there is hardly a mean: phi is held at 0.999, where what is
    missing no longer fades within a year.

    Missing data: not allowed.
    """
    p = min(phi, LARGEST_STATIONARY_PHI)
    spread = (1 + p) / (1 - p) - 2 * p * (1 - p**periods) / (periods * (1 - p) ** 2)
    return sigma * math.sqrt(max(spread, 0.0) / ((1 - p**2) * periods))


def kendall_corrected(phi_ols: float, periods: int) -> float:
    """Take Kendall's bias out of one series with an estimated mean: ``(phi (T-1) + 1) / (T - 4)``.

    Capped at 1. References: Kendall 1954, Biometrika 41:403; methods, section 2.3.
    """
    return _bounded((phi_ols * (periods - 1) + 1) / (periods - 4))


def nickell_corrected(phi_within: float, periods: float) -> float:
    """Take the leading term of Nickell's bias out of a panel with firm effects: ``(phi (T-1)+1) / (T-2)``.

    Capped at 1. Short of the truth where phi is near 1 and T short (.9362 for .9439 from 60 weeks); in use is
    `nickell_inverted`, which takes out all of it.

    References: Nickell 1981; methods, section 2.3 (Kendall's formula over-corrects here).
    """
    return _bounded((phi_within * (periods - 1) + 1) / (periods - 2))


def nickell_bias(phi: float, steps: float) -> float:
    """Bias of the within estimator for many firms with S steps each, Nickell's whole expression.

    ``-(1+phi)/(S-1) (1-a) / (1 - 2 phi (1-a) / ((1-phi)(S-1)))``, ``a = (1-phi^S) / (S (1-phi))``; at phi = 1
    its limit ``-3/(S+1)``.

    References: Nickell 1981, Econometrica 49:1417, equation 18.
    """
    if phi > NEARLY_ONE:
        return -3 / (steps + 1)
    a = (1 - phi**steps) / (steps * (1 - phi))
    whole = -(1 + phi) / (steps - 1) * (1 - a) / (1 - 2 * phi * (1 - a) / ((1 - phi) * (steps - 1)))
    return float(whole)


def nickell_inverted(phi_within: float, periods: float) -> float:
    """Return the phi whose within estimate, bias included, is the one found; in [0.5, 1], by bisection.

    References: Nickell 1981; methods, section 2.3.
    """
    low, high, steps = LOWEST_PHI, 1.0, periods - 1
    if phi_within >= 1 + nickell_bias(1.0, steps):
        return 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if middle + nickell_bias(middle, steps) < phi_within else (low, middle)
    return (low + high) / 2


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
    """Fit one phi to many weekly series, each around its own mean (within estimator, Nickell's bias out).

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
    periods = steps / len(pairs) + 1
    phi, raw = nickell_inverted(phi_within, periods), sigma / math.sqrt(spread)
    # The correction stretches the error as it does the estimate.
    ends = [nickell_inverted(phi_within + side * raw, periods) for side in (-1, 1)]
    return Reversion(phi, max(raw, (ends[1] - ends[0]) / 2), sigma, "pooled")
