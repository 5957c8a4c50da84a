from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposures.dates import is_day, period_day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-05-20", date(2026, 5, 20), date(2026, 5, 20)),
        ("2026-05", date(2026, 5, 1), date(2026, 5, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_period_has_a_first_and_a_last_day(text: str, first: date, last: date) -> None:
    assert period_day(text, "first") == first
    assert period_day(text, "last") == last


@pytest.mark.parametrize(
    "text",
    ["", "May 2026", "2026-13", "2026-02-30", "2026-Q5", "2026-H3", "26-05", "2026/05/20", "2026-00", "0000"],
)
def test_other_texts_are_not_dates(text: str) -> None:
    assert period_day(text) is None


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31)))
def test_a_day_lies_in_every_period_that_holds_it(day: date) -> None:
    quarter, half = (day.month + 2) // 3, (day.month + 5) // 6
    for text in (f"{day:%Y-%m-%d}", f"{day:%Y-%m}", f"{day:%Y}-Q{quarter}", f"{day:%Y}-H{half}", f"{day:%Y}"):
        first, last = period_day(text, "first"), period_day(text, "last")
        assert first is not None and last is not None
        assert first <= day <= last
        assert is_day(text) == (first == last)
