"""Scores of one forecast distribution against what happened: CRPS, PIT, intervals, Brier, reliability.

Arrays are aligned, one entry a forecast; NaN in an input gives NaN in that entry's score alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.cross_section import FloatArray

__all__ = [
    "COVERAGES",
    "Bin",
    "brier",
    "crps",
    "crps_normal",
    "crps_student_t",
    "ks_distance",
    "pit",
    "reliability",
]

COVERAGES = (0.5, 0.8, 0.9)
"""Nominal coverages of the central intervals that are counted (methods 2.5)."""

# Ten equal bins: at the event rate of a third and some thousand forecasts each holds enough to be read.
BINS = 10

Values = npt.ArrayLike


def crps_normal(mean: Values, deviation: Values, realised: Values) -> FloatArray:
    """CRPS of a normal forecast, ``s [z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)]``, in the unit of `realised`.

    Parameters
    ----------
    mean, deviation, realised
        Shape (n,) or scalar; the deviation is positive.

    Returns
    -------
    ndarray
        Shape of the broadcast inputs, >= 0; lower is better.

    Missing data: NaN where an input is NaN or the deviation is not positive.

    References
    ----------
    Gneiting and Raftery 2007, JASA 102:359; methods 2.5; published case P13 (properscoring).
    """
    from scipy.special import ndtr

    scale, z = _standardised(mean, deviation, realised)
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    return _floored(scale * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / math.sqrt(math.pi)))


def crps_student_t(mean: Values, deviation: Values, realised: Values, degrees: Values) -> FloatArray:
    """CRPS of a Student-t forecast that has the given standard deviation.

    With the scale ``s = deviation sqrt((nu - 2) / nu)`` and ``z = (x - mean) / s``

    .. math:: s \\left[ z (2 F_\\nu(z) - 1) + 2 f_\\nu(z) \\frac{\\nu + z^2}{\\nu - 1}
              - \\frac{2 \\sqrt\\nu}{\\nu - 1} \\frac{B(1/2, \\nu - 1/2)}{B(1/2, \\nu/2)^2} \\right]

    Parameters
    ----------
    degrees
        nu, above 2; shape (n,) or scalar.

    Missing data: as `crps_normal`; NaN also where nu is 2 or less (no standard deviation).

    References
    ----------
    Jordan, Krueger and Lerch 2019, J. Stat. Software 90(12), appendix A.
    """
    from scipy.special import betaln, stdtr

    nu = np.asarray(degrees, dtype=np.float64)
    nu = np.where(nu > 2, nu, np.nan)
    scale, z = _standardised(mean, np.asarray(deviation, dtype=np.float64) * _shrink(nu), realised)
    log_density = -0.5 * (nu + 1) * np.log1p(z**2 / nu) - 0.5 * np.log(nu) - betaln(0.5, nu / 2)
    constant = 2 * np.sqrt(nu) / (nu - 1) * np.exp(betaln(0.5, nu - 0.5) - 2 * betaln(0.5, nu / 2))
    spread = 2 * np.exp(log_density) * (nu + z**2) / (nu - 1)
    return _floored(scale * (z * (2 * stdtr(nu, z) - 1) + spread - constant))


def crps(mean: Values, deviation: Values, realised: Values, degrees: Values) -> FloatArray:
    """CRPS of a normal (degrees infinite) or Student-t forecast, entry by entry."""
    nu = np.asarray(degrees, dtype=np.float64)
    normal = crps_normal(mean, deviation, realised)
    return np.where(np.isposinf(nu), normal, crps_student_t(mean, deviation, realised, _finite(nu)))


def pit(mean: Values, deviation: Values, realised: Values, degrees: Values) -> FloatArray:
    """Probability integral transform ``F(realised)`` in [0, 1]; uniform when the forecasts are calibrated.

    Missing data: as `crps_student_t`.

    References: Gneiting, Balabdaoui and Raftery 2007, JRSS B 69:243.
    """
    from scipy.special import ndtr, stdtr

    nu = np.asarray(degrees, dtype=np.float64)
    _, z = _standardised(mean, deviation, realised)
    finite = np.where(nu > 2, _finite(nu), np.nan)
    placed = np.where(np.isposinf(nu), ndtr(z), stdtr(finite, z / _shrink(finite)))
    return np.asarray(np.clip(placed, 0.0, 1.0), dtype=np.float64)


def ks_distance(transforms: Values) -> float | None:
    """Largest distance between the distribution of the PIT values and the uniform one, in [0, 1].

    No p-value: the names of one date move together, so the values are not independent.

    Missing data: NaN entries are left out; None without any value.
    """
    known = np.asarray(transforms, dtype=np.float64)
    known = np.sort(known[np.isfinite(known)])
    if not known.size:
        return None
    above = np.arange(1, known.size + 1) / known.size - known
    below = known - np.arange(known.size) / known.size
    return float(max(above.max(), below.max()))


def brier(probability: Values, happened: Values) -> FloatArray:
    """Brier score of each probability, ``(p - o)^2`` with o = 1 when the event happened, in [0, 1]."""
    p = np.asarray(probability, dtype=np.float64)
    return np.asarray((p - np.asarray(happened, dtype=np.float64)) ** 2, dtype=np.float64)


class Bin(NamedTuple):
    """Forecasts whose probability lies in [low, high): how many, their mean, how often it happened."""

    low: float
    high: float
    forecasts: int
    mean_probability: float
    frequency: float


def reliability(probability: Values, happened: Values, *, bins: int = BINS) -> tuple[Bin, ...]:
    """Return the bins of equal width that hold a forecast (the last one includes 1).

    Missing data: pairs with a NaN are left out; an empty bin is absent.
    """
    p, o = np.asarray(probability, dtype=np.float64), np.asarray(happened, dtype=np.float64)
    keep = np.isfinite(p) & np.isfinite(o)
    p, o = p[keep], o[keep]
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    return tuple(
        Bin(k / bins, (k + 1) / bins, int(inside.sum()), float(p[inside].mean()), float(o[inside].mean()))
        for k in range(bins)
        if (inside := place == k).any()
    )


def _standardised(mean: Values, deviation: Values, realised: Values) -> tuple[FloatArray, FloatArray]:
    scale = np.asarray(deviation, dtype=np.float64)
    scale = np.where(scale > 0, scale, np.nan)
    z = (np.asarray(realised, dtype=np.float64) - np.asarray(mean, dtype=np.float64)) / scale
    return scale, np.asarray(z, dtype=np.float64)


def _shrink(nu: FloatArray) -> FloatArray:
    """Scale of a Student-t over its standard deviation."""
    return np.asarray(np.sqrt((nu - 2) / nu), dtype=np.float64)


def _finite(nu: FloatArray) -> FloatArray:
    """Infinite degrees as a number that the closed form can take; those entries are not used."""
    return np.asarray(np.where(np.isposinf(nu), 5.0, nu), dtype=np.float64)


def _floored(score: FloatArray) -> FloatArray:
    """A CRPS is not negative; rounding in the far tail may make it so by some 1e-17."""
    return np.asarray(np.maximum(score, 0.0), dtype=np.float64)
