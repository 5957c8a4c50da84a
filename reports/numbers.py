"""Number formats: one function a kind of number. Null prints as an en dash, never as 0.

A figure that is not zero never prints as zero: a fraction of 0.0004 is ``<0.1%``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

__all__ = [
    "DASH",
    "billions",
    "count",
    "day",
    "days",
    "interval",
    "log_change",
    "percent",
    "percentage_points",
    "points",
    "probability",
    "ratio",
    "rounded_part",
    "rounded_parts",
    "signed_days",
    "signed_percent",
    "standard_score",
    "times",
    "usd_in_billions",
    "weeks",
]

DASH = "–"
"""What null prints as."""

# Above this a change in percent says nothing more (a thousandfold); it prints as a bound.
LARGEST_LOG_CHANGE = math.log(1000.0)

USD_PER_BILLION = 1e9


def _fixed(value: float, digits: int, *, unit: str = "", is_signed: bool = False) -> str:
    """Return `value` with `digits` decimals; non-zero values that would print as 0 print as a bound."""
    smallest = f"{10.0**-digits:.{digits}f}"
    if value != 0 and abs(value) < float(smallest) / 2:
        lead = "-" if value < 0 else ("+" if is_signed else "")
        return f"{lead}<{smallest}{unit}"
    shown = 0.0 if value == 0 else value
    sign = "+" if is_signed and shown > 0 else ""
    return f"{sign}{shown:,.{digits}f}{unit}"


def percent(value: float | None) -> str:
    """Return a fraction as percent: 0.1234 is ``12.3%``; null is a dash."""
    return DASH if value is None else _fixed(100 * value, 1, unit="%")


def signed_percent(value: float | None) -> str:
    """Return a fraction as percent with its sign: 0.05 is ``+5.0%``; null is a dash."""
    return DASH if value is None else _fixed(100 * value, 1, unit="%", is_signed=True)


def percentage_points(value: float | None) -> str:
    """Return a difference of two fractions in percentage points: 0.021 is ``+2.1 pp``; null is a dash."""
    return DASH if value is None else _fixed(100 * value, 1, unit=" pp", is_signed=True)


def probability(value: float | None) -> str:
    """Return a probability as percent; what is not certain never prints as 100%; null is a dash."""
    if value is not None and 0.9995 <= value < 1:
        return ">99.9%"
    return percent(value)


def log_change(value: float | None) -> str:
    """Return a change of a logarithm as percent, exp(x) - 1, with its sign; null is a dash.

    A change above a thousandfold prints as ``>+99,900.0%``.
    """
    if value is None:
        return DASH
    if value > LARGEST_LOG_CHANGE:
        return f">{_fixed(100 * math.expm1(LARGEST_LOG_CHANGE), 1, unit='%', is_signed=True)}"
    return _fixed(100 * math.expm1(value), 1, unit="%", is_signed=True)


def times(value: float | None) -> str:
    """Return a multiple: 18.42 is ``18.4x``; null is a dash."""
    return DASH if value is None else _fixed(value, 1, unit="x")


def ratio(value: float | None) -> str:
    """Return a ratio around one with two decimals: 0.408 is ``0.41x``; null is a dash."""
    return DASH if value is None else _fixed(value, 2, unit="x")


def billions(value: float | None) -> str:
    """Return billions of a currency without its name: two decimals below 1, else one; null is a dash."""
    if value is None:
        return DASH
    return _fixed(value, 2 if abs(value) < 1 else 1)


def share_index(value: float | None) -> str:
    """Return an index between 0 and 1 with two decimals: ``0.34``; null is a dash."""
    return DASH if value is None else _fixed(value, 2)


def signed_billions(value: float | None) -> str:
    """Return billions as `billions` does, with the sign; null is a dash."""
    if value is None:
        return DASH
    return _fixed(value, 2 if abs(value) < 1 else 1, is_signed=True)


def usd_in_billions(value: float | None) -> str:
    """Return US dollars as ``12.3 bn USD``; null is a dash."""
    return DASH if value is None else f"{billions(value / USD_PER_BILLION)} bn USD"


def points(value: float | None) -> str:
    """Return a score: 71.26 is ``71.3``; null is a dash."""
    return DASH if value is None else _fixed(value, 1)


def standard_score(value: float | None) -> str:
    """Return a z-score with its sign and two decimals: ``+1.74``; null is a dash."""
    return DASH if value is None else _fixed(value, 2, is_signed=True)


def rounded_part(rounded: float, exact: float, *, digits: int) -> str:
    """Return one of `rounded_parts` with its sign; what is not zero but rounds to it prints as a bound."""
    if rounded == 0 and exact != 0:
        return f"{'+' if exact > 0 else '-'}<{10.0**-digits:.{digits}f}"
    return _fixed(rounded, digits, is_signed=True)


def count(value: float | None, *, unit: str = "") -> str:
    """Return a whole number, with thousands separated; null is a dash."""
    return DASH if value is None else f"{value:,.0f}{unit}"


def days(value: int | None) -> str:
    """Return an age in days: ``3 d``; null is a dash."""
    return count(value, unit=" d")


def signed_days(value: float | None) -> str:
    """Return a change in days with its sign: ``+4 d``; null is a dash."""
    return DASH if value is None else _fixed(value, 0, unit=" d", is_signed=True)


def weeks(value: float | None) -> str:
    """Return a span in weeks: ``26 w``; null is a dash."""
    return count(value, unit=" w")


def day(value: date | None) -> str:
    """Return a date as ``2026-06-01``; null is a dash."""
    return DASH if value is None else value.isoformat()


def interval(low: str, high: str) -> str:
    """Return two formatted ends as ``low to high``; one dash when both are missing."""
    if low == high:
        return low
    return f"{low} to {high}"


def rounded_parts(parts: Sequence[float], total: float, *, digits: int) -> list[float]:
    """Return `parts` rounded so that their sum is `total` rounded, exactly (largest remainders).

    Each part is rounded down, then those with the largest remainder move up by one unit of the last digit.

    Parameters
    ----------
    parts
        Numbers that add up to `total`.
    total
        Their sum as it will be printed.
    digits
        Decimals.

    Returns
    -------
    list of float
        Rounded parts, in the order given; empty for no parts.
    """
    if not parts:
        return []
    scale = 10**digits
    floors = [math.floor(part * scale) for part in parts]
    missing = round(total * scale) - sum(floors)
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i] * scale, i))
    for step in range(abs(missing)):
        i = order[step % len(order)] if missing > 0 else order[-1 - step % len(order)]
        floors[i] += 1 if missing > 0 else -1
    return [floor / scale for floor in floors]
