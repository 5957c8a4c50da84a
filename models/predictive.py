"""Predictive distribution of the change of a log multiple: mean, spread with parameter error, Student-t."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.reversion import LOWEST_PHI, Reversion

__all__ = [
    "DEGREES_OF_FREEDOM",
    "EVENT",
    "HORIZON_WEEKS",
    "Predictive",
    "expected_change",
    "fall_probability",
    "predict",
    "predictive_deviation",
    "student_quantile",
]

HORIZON_WEEKS = 52
# The fall whose probability is stated: the seed's compression event (methods 2.1).
EVENT = math.log(0.9)
# Student-t with 8 degrees of freedom, by PIT: of 662 forecasts on the real pack (2018 to 2025, every
# quarter) 48% and 74% fell inside their 50% and 80% intervals; with 5 (methods 2.3: about 5) 44% and 72%.
DEGREES_OF_FREEDOM = 8.0
# Ends of the stated interval: 90%.
LOW, HIGH = 0.05, 0.95
# Equally likely values of phi over which its error is carried into the spread. 64 midpoints of the normal
# give the second moment to 1%, more than any error of phi is known to.
NODES = 64


@dataclass(frozen=True)
class Predictive:
    """Distribution of the change over the horizon, all log: a Student-t with this mean and deviation.

    Parameters
    ----------
    mean
        Expected change.
    parameter_se
        Standard error of the mean, from the errors of phi and of the level.
    deviation
        Standard deviation; None when the weekly innovation is not known.
    low, high
        5% and 95% quantile.
    p_fall
        Probability of a fall by more than 10%.
    """

    mean: float
    parameter_se: float
    deviation: float | None = None
    low: float | None = None
    high: float | None = None
    p_fall: float | None = None


def expected_change(premium: float, phi: float, *, weeks: int = HORIZON_WEEKS, fade: float = 0.0) -> float:
    """Expected change of the log multiple, ``E[dm_h] = -(1 - phi^h) u + fade``.

    Parameters
    ----------
    premium
        u, log premium over warranted.
    phi
        Weekly persistence in (0, 1]; 1 gives no reversion.
    fade
        Known change of the warranted log multiple over the horizon; 0 by default.

    Missing data: not allowed.

    References: methods, section 2.3.
    """
    return -(1 - phi**weeks) * premium + fade


def predictive_deviation(
    sigma: float,
    phi: float,
    *,
    weeks: int = HORIZON_WEEKS,
    parameter_variance: float = 0.0,
    market_variance: float = 0.0,
) -> float:
    """Standard deviation of the change, ``sqrt(s^2 (1-phi^2h)/(1-phi^2) + parameters + market)`` (log).

    At phi = 1 the first term is its limit, ``s^2 h``.

    Missing data: not allowed.

    References: methods, section 2.3.
    """
    return math.sqrt(sigma**2 * _steps(phi, weeks) + parameter_variance + market_variance)


def _steps(phi: float, weeks: int) -> float:
    """Variance over `weeks` in units of one week's: ``(1 - phi^2h) / (1 - phi^2)``."""
    return float(weeks) if phi == 1 else (1 - phi ** (2 * weeks)) / (1 - phi**2)


def fall_probability(
    mean: float, deviation: float, *, degrees: float = DEGREES_OF_FREEDOM, event: float = EVENT
) -> float | None:
    """Probability that the log multiple changes by less than `event`, ``F_nu((ln 0.9 - mu) / scale)``.

    `deviation` is a standard deviation, so the t is scaled by ``sqrt((nu - 2) / nu)`` to have it. The
    worked number of methods 2.3 (.6662449095) is the normal limit, ``degrees = inf``; with nu = 5 the
    same inputs give .6984598829.

    Returns
    -------
    float or None
        Fraction; None when the deviation is not positive.

    Raises
    ------
    ValueError
        When degrees is 2 or less (no standard deviation).
    """
    scale = _scale(deviation, degrees)
    if deviation <= 0:
        return None
    from scipy.special import ndtr, stdtr

    z = (event - mean) / scale
    return float(ndtr(z)) if math.isinf(degrees) else float(stdtr(degrees, z))


def student_quantile(
    probability: float, mean: float, deviation: float, *, degrees: float = DEGREES_OF_FREEDOM
) -> float:
    """Quantile of the Student-t with that mean and standard deviation (log).

    Missing data: not allowed. Raises ValueError when degrees is 2 or less.
    """
    from scipy.special import ndtri, stdtrit

    z = ndtri(probability) if math.isinf(degrees) else stdtrit(degrees, probability)
    return mean + _scale(deviation, degrees) * float(z)


def _scale(deviation: float, degrees: float) -> float:
    if degrees <= 2:
        raise ValueError(f"degrees must be above 2 for a standard deviation to exist, got {degrees}")
    return deviation if math.isinf(degrees) else deviation * math.sqrt((degrees - 2) / degrees)


def predict(
    premium: float,
    speed: Reversion,
    *,
    level_se: float = 0.0,
    sigma: float | None,
    market_variance: float = 0.0,
    weeks: int = HORIZON_WEEKS,
    degrees: float = DEGREES_OF_FREEDOM,
) -> Predictive:
    """Distribution of the change of the log multiple over `weeks`, errors of phi and of the level included.

    The mean is ``-(1 - phi^h) u``. With phi_k the midpoints of `NODES` equally likely parts of
    N(phi, se_phi), cut to [0.5, 1], and ``r_k = 1 - phi_k^h``, the variance is the mean over k of::

        s^2 (1 - phi_k^2h) / (1 - phi_k^2)  +  (r_k - r)^2 u^2  +  r_k^2 se_u^2

    plus the market's: the whole spread of the outcomes around the stated mean. Near phi = 1 the usual
    straight line through phi (delta method) would let the multiple flee from its level in half of the cases.

    Parameters
    ----------
    premium
        u, log premium over warranted.
    speed
        phi and its standard error.
    level_se
        Standard error of the warranted level, and so of u (log).
    sigma
        Weekly standard deviation of the innovation (log); None when unknown.
    market_variance
        Variance of the common moves over the horizon (log squared).

    Missing data: without sigma there is a mean and its error, but no distribution.

    References: methods, section 2.3.
    """
    from scipy.special import ndtri

    at = ndtri((np.arange(NODES) + 0.5) / NODES)
    phis = np.clip(speed.phi + speed.phi_se * at, LOWEST_PHI, 1.0)
    fades, fade = 1 - phis**weeks, 1 - speed.phi**weeks
    mean = expected_change(premium, speed.phi, weeks=weeks)
    parameters = float(np.mean((fades - fade) ** 2 * premium**2 + fades**2 * level_se**2))
    if sigma is None:
        return Predictive(mean, math.sqrt(parameters))
    steps = float(np.mean([_steps(float(phi), weeks) for phi in phis]))
    deviation = math.sqrt(sigma**2 * steps + parameters + market_variance)
    if deviation <= 0:
        return Predictive(mean, math.sqrt(parameters))
    return Predictive(
        mean,
        math.sqrt(parameters),
        deviation,
        student_quantile(LOW, mean, deviation, degrees=degrees),
        student_quantile(HIGH, mean, deviation, degrees=degrees),
        fall_probability(mean, deviation, degrees=degrees),
    )
