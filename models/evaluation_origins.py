"""What can be said of a mean over forecast dates whose horizons overlap: tests on non-overlapping origins.

Twelve-month outcomes of weekly forecasts share most of their weeks. A t-test that takes them as independent
rejects a true hypothesis of 5% more than half of the time, and the usual corrections still reject two to six
times too often (methods 2.5). So each test uses only dates whose horizons do not overlap, once from every
first date (the phases), and reports the median p-value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from models.cross_section import FloatArray

__all__ = [
    "MIN_ORIGINS",
    "OriginTest",
    "diebold_mariano",
    "hln_p_value",
    "mean_over_origins",
    "origin_phases",
]

MIN_ORIGINS = 8
"""Non-overlapping origins below which nothing is called tested: with 8 a difference has to be 1.2 of its
standard deviations to be found in 80 of 100 cases (two-sided 5% t-test), with fewer larger still."""

LEVEL = 0.05
# HLN's correction holds its size only while the horizon is short against the sample (methods 2.5).
DM_SHARE = 30
# A spread this small against the mean is rounding, not variation.
RELATIVE_NOISE = 1e-12


@dataclass(frozen=True)
class OriginTest:
    """A mean over dates and what its non-overlapping origins say of it.

    Parameters
    ----------
    mean
        Mean over all dates; None without any.
    low, high
        95% interval of the mean: medians of the ends over the phases; None when not testable.
    p_value
        Median over the phases of the two-sided p that the mean is zero; None when not testable.
    dates
        Dates with a value.
    origins
        Non-overlapping ones among them: the median over the phases, rounded down.
    reason
        Why there is no p-value; empty when there is one.
    """

    mean: float | None
    low: float | None
    high: float | None
    p_value: float | None
    dates: int
    origins: int
    reason: str = ""

    @property
    def is_testable(self) -> bool:
        """True when there is a p-value."""
        return self.p_value is not None

    @property
    def is_significant(self) -> bool:
        """True when the mean differs from zero at the 5% level."""
        return self.p_value is not None and self.p_value < LEVEL


def origin_phases(dates: Sequence[date], *, weeks: int) -> list[list[int]]:
    """Return, for every date of the first horizon, the indices of dates at least `weeks` apart from it on.

    Parameters
    ----------
    dates
        Ascending, distinct; gaps are allowed.
    weeks
        Horizon.
    """
    if not dates:
        return []
    apart, phases = timedelta(weeks=weeks), []
    for first in range(len(dates)):
        if dates[first] - dates[0] >= apart:
            break
        chosen = [first]
        for k in range(first + 1, len(dates)):
            if dates[k] - dates[chosen[-1]] >= apart:
                chosen.append(k)
        phases.append(chosen)
    return phases


def mean_over_origins(dates: Sequence[date], values: npt.ArrayLike, *, weeks: int) -> OriginTest:
    """Test that the mean of one value a date is zero, with dates whose horizons do not overlap.

    Each phase gives a one-sample t-test with n - 1 degrees of freedom; the p-values' median is reported.

    Parameters
    ----------
    dates
        Ascending, distinct.
    values
        Shape (len(dates),); NaN where a date has no value.
    weeks
        Horizon of the forecasts behind the values.

    Missing data: dates without a value are left out. Under `MIN_ORIGINS` non-overlapping origins, or
    without variation, there is a mean but no p-value, and the reason says so.

    References: methods, section 2.5 (size .046 to .051 at a nominal .05).
    """
    known = np.asarray(values, dtype=np.float64)
    keep = np.isfinite(known)
    days = [day for day, is_kept in zip(dates, keep, strict=True) if is_kept]
    known = known[keep]
    if not days:
        return OriginTest(None, None, None, None, 0, 0, "no date has a graded outcome")
    mean = float(known.mean())
    phases = origin_phases(days, weeks=weeks)
    count = int(np.median([len(phase) for phase in phases]))
    usable = [known[phase] for phase in phases if len(phase) >= MIN_ORIGINS]
    if count < MIN_ORIGINS or not usable:
        few = f"{count} non-overlapping origins of {weeks} weeks, {MIN_ORIGINS} are needed"
        return OriginTest(mean, None, None, None, len(days), count, few)
    tests = [found for phase in usable if (found := _t_test(phase)) is not None]
    if not tests:
        same = "the values do not vary between origins"
        return OriginTest(mean, None, None, None, len(days), count, same)
    p_value, low, high = (float(np.median(column)) for column in zip(*tests, strict=True))
    return OriginTest(mean, low, high, p_value, len(days), count)


def _t_test(values: FloatArray) -> tuple[float, float, float] | None:
    """Two-sided p of a zero mean and the 95% interval of the mean; None without variation."""
    from scipy.special import stdtr, stdtrit

    deviation = float(values.std(ddof=1))
    if deviation <= RELATIVE_NOISE * float(np.abs(values).max()):
        return None
    error, mean, degrees = deviation / math.sqrt(values.size), float(values.mean()), values.size - 1
    half = float(stdtrit(degrees, 1 - LEVEL / 2)) * error
    return 2 * float(stdtr(degrees, -abs(mean) / error)), mean - half, mean + half


def diebold_mariano(differences: npt.ArrayLike, *, horizon: int) -> float | None:
    """Two-sided p-value of equal accuracy, Diebold-Mariano with the HLN correction.

    ``DM = mean / sqrt((g_0 + 2 sum_{k<h} g_k) / n)``, times ``sqrt((n + 1 - 2h + h(h-1)/n) / n)``, against
    t with n - 1 degrees of freedom.

    Parameters
    ----------
    differences
        Shape (n,): loss of one forecast less loss of the other, one entry an origin in order of time.
    horizon
        h in steps of the origins.

    Returns
    -------
    float or None
        In [0, 1]; None when ``h > n / 30`` (the test rejects too often there), or when the long-run
        variance is not positive.

    References
    ----------
    Harvey, Leybourne and Newbold 1997, Int. J. Forecasting 13:281; methods 2.5.
    """
    d = np.asarray(differences, dtype=np.float64)
    if horizon < 1 or horizon > d.size / DM_SHARE:
        return None
    return hln_p_value(d, horizon=horizon)


def hln_p_value(differences: FloatArray, *, horizon: int) -> float | None:
    """`diebold_mariano` without its bound on the horizon: only for showing what the bound is for."""
    from scipy.special import stdtr

    n, centred = differences.size, differences - differences.mean()
    covariances = [float(centred[k:] @ centred[: n - k]) / n for k in range(min(horizon, n))]
    variance = (covariances[0] + 2 * sum(covariances[1:])) / n
    correction = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    if variance <= 0 or correction <= 0:
        return None
    statistic = float(differences.mean()) / math.sqrt(variance) * math.sqrt(correction)
    return 2 * float(stdtr(n - 1, -abs(statistic)))
