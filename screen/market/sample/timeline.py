"""The calendar of the sample: trading days, quarters, filing days and estimate snapshots.

Simplified on purpose: every weekday trades, every fiscal year is the calendar year.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from screen.market.sample.draws import Floats, generator_for

__all__ = [
    "DAYS",
    "FIRST_FUTURE_QUARTER",
    "FX_DAYS",
    "QUARTER_ENDS",
    "REPORTED_QUARTERS",
    "SAMPLE_END",
    "SAMPLE_START",
    "SNAPSHOTS",
    "filing_days",
    "nearest_quarter",
    "year_fraction",
]

SAMPLE_END = date(2026, 8, 21)
"""Last day of the sample, a Friday."""

SAMPLE_START = date(2023, 8, 21)
"""First day: three years before."""

REPORTED_QUARTERS = 20
FUTURE_QUARTERS = 14
FIRST_FUTURE_QUARTER = REPORTED_QUARTERS
SNAPSHOT_WEEKS = 60
"""Weekly estimate snapshots: 52 weeks of forward multiples and eight more to start from."""

LAG_DAYS = (25, 50)
"""A quarter is filed 25 to 50 days after its end, so the one ending 2026-06-30 is known by SAMPLE_END."""


def _weekdays(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=k) for k in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def _quarter_ends(first_year: int, first_quarter: int, count: int) -> list[date]:
    ends = []
    for k in range(first_quarter - 1, first_quarter - 1 + count):
        year, month = first_year + k // 4, 3 * (k % 4) + 3
        following = date(year + month // 12, month % 12 + 1, 1)
        ends.append(following - timedelta(days=1))
    return ends


DAYS = _weekdays(SAMPLE_START, SAMPLE_END)
FX_DAYS = _weekdays(date(2021, 7, 1), SAMPLE_END)
"""Rates start before the first reported quarter, so that every statement can be converted."""
QUARTER_ENDS = _quarter_ends(2021, 3, REPORTED_QUARTERS + FUTURE_QUARTERS)
"""Quarter ends 2021-09-30 to 2026-06-30 (reported), then those that estimates are about."""
SNAPSHOTS = [SAMPLE_END - timedelta(weeks=k) for k in range(SNAPSHOT_WEEKS - 1, -1, -1)]


def nearest_quarter(day: date) -> int | None:
    """Return the index of the reported quarter that ends nearest to `day`; None beyond 46 days."""
    gaps = [abs((end - day).days) for end in QUARTER_ENDS[:REPORTED_QUARTERS]]
    best = min(range(len(gaps)), key=gaps.__getitem__)
    return best if gaps[best] <= 46 else None


def filing_days(ticker: str) -> list[date]:
    """Return the filing day of every quarter of `ticker`, the future ones too (they date the roll-over)."""
    draw = generator_for(ticker, "filing")
    usual = int(draw.integers(LAG_DAYS[0] + 3, LAG_DAYS[1] - 2))
    days = []
    for end in QUARTER_ENDS:
        day = end + timedelta(days=usual + int(draw.integers(-2, 3)))
        days.append(day - timedelta(days=max(0, day.weekday() - 4)))
    return days


def year_fraction(days: list[date]) -> Floats:
    """Return each day as years after SAMPLE_END (negative before it)."""
    return np.array([(day - SAMPLE_END).days / 365.25 for day in days])
