"""Dates as analysts write them: a day, a month, a quarter, a half or a year."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Literal

__all__ = ["DATE_FORMS", "is_day", "period_day"]

DATE_FORMS = "2026-05-20, 2026-05, 2026-Q2, 2026-H2 or 2026"
"""The forms a date may take in a theme file, for messages."""

_FORM = re.compile(r"^(\d{4})(?:-(?:Q([1-4])|H([12])|(\d\d)(?:-(\d\d))?))?$")


def is_day(text: str) -> bool:
    """Return whether `text` states a whole day rather than a longer period."""
    return len(text) == len("2026-05-20")


@lru_cache(maxsize=4096)
def period_day(text: str, edge: Literal["first", "last"] = "last") -> date | None:
    """Return the first or last day of the period that `text` states.

    Parameters
    ----------
    text
        One of the forms in `DATE_FORMS`.
    edge
        ``last`` for the day a fact was certainly known, ``first`` for the start of a term.

    Returns
    -------
    datetime.date or None
        None when `text` is not a date of these forms.
    """
    match = _FORM.match(text)
    if match is None:
        return None
    year = int(match[1])
    months = _months(match[2], match[3], match[4])
    if not (1 <= months[0] <= months[1] <= 12) or year < 1:
        return None
    month = months[0] if edge == "first" else months[1]
    last = monthrange(year, month)[1]
    if match[5]:
        return date(year, month, int(match[5])) if 1 <= int(match[5]) <= last else None
    return date(year, month, 1 if edge == "first" else last)


def _months(quarter: str | None, half: str | None, month: str | None) -> tuple[int, int]:
    if quarter:
        return 3 * int(quarter) - 2, 3 * int(quarter)
    if half:
        return 6 * int(half) - 5, 6 * int(half)
    return (int(month), int(month)) if month else (1, 12)
