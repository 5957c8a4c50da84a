"""Dates of Taiwan's forms: years of the Republic (2026 is 115), months, and the day a month is public."""

from __future__ import annotations

import calendar
import re
from datetime import date

__all__ = ["add_months", "month_end", "parse_day", "parse_month", "public_by", "roc_year"]

ROC_OFFSET = 1911
"""Year 1 of the Republic is 1912."""

PUBLIC_DAY = 15
"""Companies must publish a month's revenue by the 10th of the next month (Securities and Exchange Act,
article 36). Weekends and holidays move that day: 10 October is itself a holiday and can reach the 14th. From
the 15th on a month is certainly public."""

PUBLIC_DAY_FEBRUARY = 20
"""The Lunar New Year may close the exchange over 10 February; the longest such week ended on the 17th
(2013)."""

_PARTS = re.compile(r"\d+")


def roc_year(day: date) -> int:
    """Return the year of the Republic of `day`."""
    return day.year - ROC_OFFSET


def month_end(year: int, month: int) -> date:
    """Return the last day of a month of the common era."""
    return date(year, month, calendar.monthrange(year, month)[1])


def add_months(end: date, months: int) -> date:
    """Return the last day of the month that lies `months` after that of `end` (before, when negative)."""
    count = end.year * 12 + end.month - 1 + months
    return month_end(count // 12, count % 12 + 1)


def parse_month(text: str) -> date | None:
    """Return the last day of a month written ``11509``, ``115/9``, ``115-09`` or ``202609``.

    Missing data: None for anything else.
    """
    parts = _PARTS.findall(text)
    if len(parts) == 1 and len(parts[0]) in (4, 5, 6):
        parts = [parts[0][:-2], parts[0][-2:]]
    if len(parts) != 2:
        return None
    year, month = _common_year(int(parts[0])), int(parts[1])
    return month_end(year, month) if 1 <= month <= 12 and year < date.max.year else None


def parse_day(text: str) -> date | None:
    """Return a day written ``1151017``, ``115/10/17`` or ``20261017``; None for anything else."""
    parts = _PARTS.findall(text)
    if len(parts) == 1 and len(parts[0]) in (6, 7, 8):
        parts = [parts[0][:-4], parts[0][-4:-2], parts[0][-2:]]
    if len(parts) != 3:
        return None
    try:
        return date(_common_year(int(parts[0])), int(parts[1]), int(parts[2]))
    except ValueError:
        return None


def public_by(end: date) -> date:
    """Return the day on which the revenue of the month that ends on `end` is certainly public."""
    following = add_months(end, 1)
    return following.replace(day=PUBLIC_DAY_FEBRUARY if following.month == 2 else PUBLIC_DAY)


def _common_year(year: int) -> int:
    return year if year > ROC_OFFSET else year + ROC_OFFSET
