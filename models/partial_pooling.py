"""Partial pooling: estimates of many names drawn to their common value, each by its own standard error."""

from __future__ import annotations

import math
from typing import NamedTuple

from models.cross_section import FloatArray

__all__ = ["Shrunk", "between_variance", "shrunk"]


class Shrunk(NamedTuple):
    """A drawn estimate, its standard error, and the weight of the own estimate in it (fraction)."""

    value: float
    standard_error: float
    own_weight: float


def between_variance(estimates: FloatArray, variances: FloatArray) -> float:
    """Variance of the true values behind noisy estimates, by the method of moments.

    ``tau^2 = max(0, (Q - (k - 1)) / (S1 - S2 / S1))`` with ``w = 1 / variance``,
    ``Q = sum w (x - x_w)^2``, x_w the weighted mean, ``S1 = sum w``, ``S2 = sum w^2``.

    Parameters
    ----------
    estimates, variances
        Shape (k,); variances positive, the square of the unit of estimates.

    Missing data: not allowed; 0 for fewer than two estimates (nothing tells them apart).

    References: DerSimonian and Laird 1986, Controlled Clinical Trials 7:177; checked against statsmodels
    combine_effects.
    """
    if estimates.size < 2:
        return 0.0
    w = 1.0 / variances
    total = float(w.sum())
    centre = float(w @ estimates) / total
    q = float(w @ (estimates - centre) ** 2)
    scale = total - float(w @ w) / total
    return max(0.0, (q - (estimates.size - 1)) / scale) if scale > 0 else 0.0


def shrunk(estimate: float, variance: float, *, centre: float, centre_se: float, between: float) -> Shrunk:
    """Draw an estimate to the common value: ``B x + (1 - B) c``, ``B = tau^2 / (tau^2 + variance)``.

    Its variance is ``B variance + (1 - B)^2 se_c^2``: the posterior of x ~ N(theta, variance),
    theta ~ N(c, tau^2), plus the error of the common value.

    Parameters
    ----------
    estimate, variance
        Of one name.
    centre, centre_se
        The common value and its standard error.
    between
        tau^2 of `between_variance`.

    Missing data: not allowed.

    References: Efron and Morris 1975, JASA 70:311; methods, section 2.3.
    """
    own = between / (between + variance)
    value = own * estimate + (1 - own) * centre
    return Shrunk(value, math.sqrt(own * variance + ((1 - own) * centre_se) ** 2), own)
