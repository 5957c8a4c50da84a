"""Dates of a run: parse what a user types, and choose the week when nothing is typed."""

from __future__ import annotations

from datetime import date, timedelta

from exposures.errors import UsageError

__all__ = ["last_friday", "parse_date"]

FRIDAY = 4


def parse_date(text: str, *, what: str = "--as-of") -> date:
    """Return an ISO date, or raise `UsageError` that shows the form."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f'{what} "{text}" is not a date.', fix="Write it as YYYY-MM-DD, e.g. 2026-06-01."
        ) from error


def last_friday(today: date) -> date:
    """Return the newest Friday on or before `today`: one screen a week, closed with the week."""
    return today - timedelta(days=(today.weekday() - FRIDAY) % 7)
