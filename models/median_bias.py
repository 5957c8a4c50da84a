"""The median-unbiased phi of one AR(1) series: a simulated table of what least squares finds, inverted."""

# ruff: noqa: E501 (the table reads as rows)
from __future__ import annotations

from functools import lru_cache

import numpy as np

from models.cross_section import FloatArray

__all__ = ["PERIODS", "PHIS", "least_squares_deviation", "median_unbiased", "median_unbiased_deviation"]

# The table: lengths of series, and phi = 1 - (k/16)^2 / 2, dense towards 1. Each cell is the median (and the
# standard deviation) of the least-squares phi over 120,000 simulated paths, 20 seeds of 6,000
# (`models.simulated_ar1`, seeds 1000 T + 100 k + 0..19), kept as T (phi - median) and T sd. The Monte Carlo
# error of a half-life of 26 weeks from 157 is 0.2 weeks. `validation.studies.reversion` computes cells again.
PERIODS = (16, 24, 36, 52, 78, 104, 157, 208, 261, 364, 520)
PHIS = tuple(1 - (k / 16) ** 2 / 2 for k in range(16, -1, -1))
_MEDIAN_BIAS = (
    (2.244, 2.408, 2.572, 2.731, 2.886, 3.064, 3.199, 3.373, 3.487, 3.627, 3.785, 3.891, 3.977, 4.078, 4.135, 4.170, 4.181),
    (2.198, 2.337, 2.489, 2.622, 2.797, 2.933, 3.057, 3.234, 3.370, 3.538, 3.708, 3.831, 3.985, 4.095, 4.164, 4.209, 4.227),
    (2.124, 2.288, 2.385, 2.545, 2.679, 2.833, 2.971, 3.098, 3.284, 3.413, 3.590, 3.774, 3.932, 4.069, 4.191, 4.239, 4.295),
    (2.061, 2.232, 2.336, 2.489, 2.605, 2.746, 2.860, 3.036, 3.138, 3.270, 3.488, 3.668, 3.859, 4.017, 4.171, 4.263, 4.299),
    (2.011, 2.175, 2.320, 2.486, 2.571, 2.704, 2.800, 2.947, 3.038, 3.150, 3.351, 3.523, 3.711, 3.924, 4.140, 4.253, 4.316),
    (2.017, 2.209, 2.326, 2.440, 2.508, 2.652, 2.774, 2.843, 2.986, 3.104, 3.278, 3.444, 3.599, 3.863, 4.109, 4.255, 4.331),
    (1.991, 2.157, 2.312, 2.421, 2.432, 2.636, 2.698, 2.806, 2.902, 2.999, 3.147, 3.321, 3.489, 3.732, 4.026, 4.248, 4.342),
    (2.026, 2.098, 2.223, 2.353, 2.530, 2.586, 2.681, 2.749, 2.886, 3.018, 3.062, 3.223, 3.393, 3.630, 3.932, 4.219, 4.366),
    (2.056, 2.070, 2.252, 2.373, 2.495, 2.537, 2.677, 2.757, 2.862, 2.990, 3.050, 3.179, 3.315, 3.536, 3.866, 4.197, 4.335),
    (2.094, 2.191, 2.218, 2.363, 2.405, 2.520, 2.589, 2.740, 2.836, 2.920, 2.982, 3.087, 3.207, 3.435, 3.733, 4.161, 4.332),
    (1.973, 2.254, 2.259, 2.400, 2.486, 2.676, 2.685, 2.771, 2.771, 2.912, 3.000, 3.057, 3.141, 3.328, 3.614, 4.071, 4.351),
)  # fmt: skip
_DEVIATION = (
    (3.88, 3.86, 3.83, 3.82, 3.77, 3.76, 3.74, 3.73, 3.70, 3.69, 3.67, 3.68, 3.66, 3.67, 3.64, 3.65, 3.66),
    (4.64, 4.57, 4.49, 4.41, 4.34, 4.26, 4.19, 4.13, 4.05, 4.03, 3.97, 3.94, 3.94, 3.90, 3.91, 3.90, 3.89),
    (5.52, 5.42, 5.27, 5.15, 4.99, 4.88, 4.73, 4.62, 4.48, 4.37, 4.26, 4.20, 4.16, 4.12, 4.10, 4.06, 4.05),
    (6.55, 6.37, 6.18, 5.95, 5.76, 5.55, 5.32, 5.12, 4.93, 4.72, 4.60, 4.44, 4.35, 4.27, 4.22, 4.21, 4.21),
    (7.91, 7.62, 7.35, 7.08, 6.74, 6.46, 6.14, 5.81, 5.52, 5.25, 5.01, 4.77, 4.58, 4.43, 4.35, 4.30, 4.32),
    (9.06, 8.71, 8.40, 8.04, 7.61, 7.26, 6.82, 6.45, 6.09, 5.67, 5.33, 5.01, 4.74, 4.56, 4.44, 4.37, 4.34),
    (11.05, 10.62, 10.17, 9.69, 9.16, 8.64, 8.11, 7.55, 7.02, 6.44, 5.98, 5.49, 5.08, 4.76, 4.51, 4.46, 4.40),
    (12.69, 12.19, 11.63, 11.03, 10.44, 9.80, 9.16, 8.48, 7.87, 7.17, 6.49, 5.91, 5.37, 4.95, 4.62, 4.46, 4.42),
    (14.15, 13.57, 12.98, 12.28, 11.65, 10.84, 10.11, 9.34, 8.54, 7.84, 7.03, 6.33, 5.66, 5.12, 4.73, 4.48, 4.45),
    (16.64, 15.96, 15.19, 14.41, 13.59, 12.68, 11.79, 10.85, 9.85, 8.94, 7.98, 7.03, 6.19, 5.40, 4.85, 4.52, 4.47),
    (19.84, 19.06, 18.11, 17.15, 16.05, 15.05, 13.92, 12.82, 11.56, 10.41, 9.21, 8.05, 6.91, 5.85, 5.06, 4.57, 4.48),
)  # fmt: skip


@lru_cache(maxsize=1024)
def _at_length(table: tuple[tuple[float, ...], ...], periods: int) -> FloatArray:
    """A row of the table between its lengths, linear in ln T; beyond the ends the end stands."""
    rows, logs = np.array(table), np.log(np.array(PERIODS))
    at = np.log(periods)
    return np.array([np.interp(at, logs, column) for column in rows.T]) / periods


def median_unbiased(phi_ols: float, periods: int) -> float:
    """Return the phi whose median least-squares estimate is the one found.

    ``m(phi) = phi_ols`` solved on the table; beyond m(1) the bias at 1 is added, so the result may exceed 1
    (the caller caps it: no mean reversion).

    Parameters
    ----------
    phi_ols
        Slope of the series on its own lag and a constant.
    periods
        Length of the series (steps + 1).

    Returns
    -------
    float
        At least 0.5, the lowest phi of the table.

    Missing data: not allowed.

    References: Andrews 1993, Econometrica 61:139; methods, section 2.3.
    """
    bias = _at_length(_MEDIAN_BIAS, periods)
    medians = np.array(PHIS) - bias
    if phi_ols > medians[-1]:
        return float(phi_ols + bias[-1])
    return float(np.interp(phi_ols, medians, PHIS))


def least_squares_deviation(phi: float, periods: int) -> float:
    """Standard deviation of the least-squares phi at a true phi and length; phi is pulled to [0.5, 1]."""
    return float(np.interp(phi, PHIS, _at_length(_DEVIATION, periods)))


def median_unbiased_deviation(phi: float, periods: int) -> float:
    """Standard deviation of the median-unbiased phi: that of least squares, carried through the inverse.

    Half the distance between the answers at one deviation above and below the median; phi is pulled to
    [0.5, 1].
    """
    middle = float(np.interp(phi, PHIS, np.array(PHIS) - _at_length(_MEDIAN_BIAS, periods)))
    spread = least_squares_deviation(phi, periods)
    return (median_unbiased(middle + spread, periods) - median_unbiased(middle - spread, periods)) / 2
