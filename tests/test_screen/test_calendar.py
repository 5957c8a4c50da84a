"""Dates of a run."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposures.errors import UsageError
from screen.calendar import last_friday, parse_date


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_last_friday_is_a_friday_at_most_six_days_back(day: date) -> None:
    friday = last_friday(day)
    assert friday.weekday() == 4
    assert 0 <= (day - friday).days <= 6


def test_bad_date_shows_the_form() -> None:
    assert parse_date("2026-06-01") == date(2026, 6, 1)
    with pytest.raises(UsageError, match=r"2026-6-1.*YYYY-MM-DD"):
        parse_date("2026-6-1")
