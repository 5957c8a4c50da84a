"""Straight-line depreciation of vintages of capital spending: lag before service, changes of life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "QUARTERS_A_YEAR",
    "LifeChange",
    "book_value",
    "steady_depreciation_to_capex",
    "vintage_charges",
    "written_off",
]

Array = npt.NDArray[np.float64]
QUARTERS_A_YEAR = 4
# Spending is bought evenly over its period, so on average half a period before its end.
HALF = 0.5


@dataclass(frozen=True)
class LifeChange:
    """A change of useful life, booked prospectively (ASC 250).

    Parameters
    ----------
    period
        Index of the first period charged on the new life.
    new_life
        Years.
    """

    period: int
    new_life: float


def written_off(age: Array, life: float) -> Array:
    """Return ``A(x; L) = min(x, L)/L`` for x >= 0, else 0: the share of cost charged by age x.

    Parameters
    ----------
    age
        Time in service, any shape, same unit as `life`.
    life
        Above 0.

    Missing data: not allowed. Raises ValueError for a life of 0 or less.

    References: methods, section 3.
    """
    if not life > 0:
        raise ValueError(f"life must be above 0 years, got {life}")
    result: Array = np.clip(age, 0.0, life) / life
    return result


def vintage_charges(
    spent: Sequence[float],
    *,
    life: float,
    periods: int,
    lag: float = 0.0,
    periods_a_year: int = QUARTERS_A_YEAR,
    change: LifeChange | None = None,
) -> Array:
    """Return the depreciation of each period from the spending of each period, oldest first.

    ``Dep_t = sum_v S_v [A(t-v+1/2-lag; L) - A(t-v-1/2-lag; L)]``, ages and lives in periods: the half-year
    convention when a period is a year. After a `change` of life at age a, the book value is charged evenly
    over what is left of the new life, ``NBV/(L_new - a)``; where nothing is left it is charged at once.

    Parameters
    ----------
    spent
        Spending by period (any unit of money), index 0 first.
    life
        Useful life in years.
    periods
        Length of the result; spending after it has no effect.
    lag
        Years between spending and service: construction in progress is not depreciated.
    periods_a_year
        4 for quarters, 1 for years.
    change
        A change of life, or None.

    Returns
    -------
    numpy.ndarray
        Charge by period, shape (periods,), unit of `spent`.

    Missing data: not allowed. Raises ValueError for a life of 0 or less or a negative lag.

    References: methods, section 3.
    """
    if change is None and len(spent):
        # Every vintage is charged alike: the sum over vintages is a convolution with the charges of one.
        one = np.diff(_share_written_off(1, (life, lag, periods_a_year), periods, None)[0])
        return np.convolve(np.asarray(spent, dtype=float), one)[:periods]
    share = _share_written_off(len(spent), (life, lag, periods_a_year), periods, change)
    charged: Array = np.asarray(spent, dtype=float) @ np.diff(share, axis=1)
    return charged


def book_value(
    spent: Sequence[float],
    *,
    life: float,
    periods: int,
    lag: float = 0.0,
    periods_a_year: int = QUARTERS_A_YEAR,
    change: LifeChange | None = None,
) -> Array:
    """Return what is not yet charged at the end of each period, assets not yet in service included.

    Parameters and errors as in `vintage_charges`.

    Missing data: not allowed.
    """
    share = _share_written_off(len(spent), (life, lag, periods_a_year), periods, change)[:, 1:]
    bought = np.arange(len(spent))[:, None] <= np.arange(periods)[None, :]
    value: Array = np.asarray(spent, dtype=float) @ (bought * (1.0 - share))
    return value


def _share_written_off(
    vintages: int, terms: tuple[float, float, int], periods: int, change: LifeChange | None
) -> Array:
    """Share of cost charged before period 0 and by the end of each period, shape (vintages, periods + 1)."""
    life, lag, a_year = terms
    if lag < 0:
        raise ValueError(f"lag must be 0 or more years, got {lag}")
    ends = np.arange(-1, periods, dtype=float)
    age = (ends[None, :] - np.arange(vintages, dtype=float)[:, None] + HALF) / a_year - lag
    old = written_off(age, life)
    if change is None:
        return old
    at = (change.period - 1 - np.arange(vintages, dtype=float)[:, None] + HALF) / a_year - lag
    return np.where(ends[None, :] < change.period, old, _changed(age, at, life, change.new_life))


def _changed(age: Array, at: Array, life: float, new_life: float) -> Array:
    """Share written off at `age` when the life changed at age `at`; before service, the new life holds."""
    at = np.maximum(at, 0.0)
    left, before = new_life - at, written_off(at, life)
    spread = np.clip((age - at) / np.where(left > 0, left, 1.0), 0.0, 1.0)
    share: Array = np.where(left > 0, before + (1.0 - before) * spread, 1.0)
    return share


def steady_depreciation_to_capex(
    life: float, growth: float, *, lag: float = 0.0, periods_a_year: int = QUARTERS_A_YEAR
) -> float:
    """Return depreciation over spending of the same period when spending has always grown at one rate.

    ``sum_k (1+g_p)^-k [A(k+1/2-lag; L) - A(k-1/2-lag; L)]``, ages in periods and ``g_p`` the growth a
    period; with yearly periods and no lag the half-year formula of methods, section 3.

    Parameters
    ----------
    life, growth, lag, periods_a_year
        Years; growth a year (fraction), above -1; years; 4 or 1.

    Missing data: not allowed. Raises ValueError for a life, growth or lag outside its range.
    """
    if growth <= -1:
        raise ValueError(f"growth must be above -1, got {growth}")
    periods = int(np.ceil((life + lag) * periods_a_year)) + 2 if life > 0 else 1
    charges = vintage_charges([1.0], life=life, lag=lag, periods=periods, periods_a_year=periods_a_year)
    return float(charges @ (1 + growth) ** (-np.arange(periods) / periods_a_year))
