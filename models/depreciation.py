"""Closed forms of straight-line depreciation: steady growth and a change of life of one asset."""

from __future__ import annotations

import math

__all__ = [
    "depreciation_to_capex",
    "depreciation_to_capex_year_end",
    "life_change_charge",
]


def _written_off(age: float, life: float) -> float:
    """Return A(x; L) = min(x, L)/L for x >= 0, else 0 (fraction of cost)."""
    return min(max(age, 0.0), life) / life


def _charge(age: int, life: float) -> float:
    """Share of cost charged in the year that a vintage is `age` years old (0 = year of purchase)."""
    return _written_off(age + 0.5, life) - _written_off(age - 0.5, life)


def _check(life: float) -> None:
    if not life > 0:
        raise ValueError(f"life must be above 0 years, got {life}")


def depreciation_to_capex(life: float, growth: float) -> float:
    """Depreciation over capex when capex grows steadily, half-year convention (fraction).

    ``sum_k (1+g)^-k [A(k+1/2; L) - A(k-1/2; L)]``; for whole lives this is
    ``[1/2 + sum_{k=1}^{L-1} (1+g)^-k + 1/2 (1+g)^-L] / L``. Lives may be fractional.

    Parameters
    ----------
    life
        Years, above 0.
    growth
        Of capex a year (fraction), above -1.

    Missing data: not allowed. Raises ValueError for a life or growth outside its range.

    References: methods, section 3.
    """
    _check(life)
    if growth <= -1:
        raise ValueError(f"growth must be above -1, got {growth}")
    ages = range(math.ceil(life + 0.5) + 1)
    return sum(_charge(age, life) * (1 + growth) ** -age for age in ages)


def depreciation_to_capex_year_end(life: float, growth: float) -> float:
    """Depreciation over capex with purchases at the year end, ``(1 - (1+g)^-L) / (g L)``; 1 at g = 0.

    Missing data: not allowed. Raises ValueError for a life of 0 or less.

    References: methods, section 3.
    """
    _check(life)
    return 1.0 if growth == 0 else (1 - (1 + growth) ** -life) / (growth * life)


def life_change_charge(cost: float, *, age: float, old_life: float, new_life: float) -> float:
    """Yearly charge after a change of life at `age`: book value over the years left (ASC 250, prospective).

    Missing data: not allowed. Raises ValueError when the asset is written off or the new life is over.

    References: methods, section 3.
    """
    if not 0 <= age < min(old_life, new_life):
        raise ValueError(f"age {age} must be at least 0 and below both lives, {old_life} and {new_life}")
    return cost * (1 - age / old_life) / (new_life - age)
