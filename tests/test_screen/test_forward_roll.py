"""NTM earnings by hand, across the roll of the fiscal year, whatever day the labels move on."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screen.market.tables import ESTIMATES
from screen.panel.forward import DAYS_PER_YEAR, YEAR_END_SLACK_DAYS, forward_snapshots

YEAR_END = date(2025, 12, 31)
EPS = {2025: 4.0, 2026: 5.0, 2027: 6.5, 2028: 6.0}


def snapshot(day: date, *, first_year: int) -> list[dict[str, object]]:
    """Consensus seen on `day` under the labels 0y = `first_year` and +1y = the year after."""
    return [
        {
            "ticker": "X", "known_at": day, "period": label, "metric": "eps", "mean": EPS[year], "currency": "USD",
            "period_end": date(year, 12, 31), "source": "test",
        }
        for label, year in (("0y", first_year), ("+1y", first_year + 1))
    ]  # fmt: skip


def value(day: date, *, first_year: int) -> tuple[float, str]:
    made = forward_snapshots(ESTIMATES.frame(snapshot(day, first_year=first_year)))
    row = made.filter(pl.col("basis") != "fy").row(0, named=True)
    return float(row["value"]), str(row["basis"])


@pytest.mark.parametrize(
    ("day", "first_year", "expected"),
    [
        # omega = days to the year's end / 365.25; E = omega FY1 + (1 - omega) FY2.
        (date(2025, 7, 1), 2025, 183 / 365.25 * 4.0 + (1 - 183 / 365.25) * 5.0),
        (date(2025, 10, 1), 2025, 91 / 365.25 * 4.0 + (1 - 91 / 365.25) * 5.0),
        (date(2025, 12, 30), 2025, 1 / 365.25 * 4.0 + (1 - 1 / 365.25) * 5.0),
        (date(2025, 12, 31), 2025, 5.0),
        (date(2026, 1, 5), 2025, 5.0),  # the year has ended, the labels have not moved yet
        (date(2026, 1, 5), 2026, 360 / 365.25 * 5.0 + (1 - 360 / 365.25) * 6.5),
        (date(2026, 7, 1), 2026, 183 / 365.25 * 5.0 + (1 - 183 / 365.25) * 6.5),
    ],
)
def test_ntm_by_hand(day: date, first_year: int, expected: float) -> None:
    found, basis = value(day, first_year=first_year)
    assert basis == "ntm"
    assert found == pytest.approx(expected, abs=1e-12)


def test_a_snapshot_after_the_roll_with_labels_not_moved_is_the_next_year_alone() -> None:
    late = YEAR_END + timedelta(days=YEAR_END_SLACK_DAYS + 1)
    assert value(late, first_year=2025) == (5.0, "fy2")


@settings(max_examples=25, deadline=None)
@given(st.integers(-YEAR_END_SLACK_DAYS, YEAR_END_SLACK_DAYS))
def test_the_series_is_continuous_whatever_day_the_labels_move(moved: int) -> None:
    """From one day to the next NTM moves by no more than a day's weight of the largest yearly step.

    Where the labels move up to ten days away from the year's end, the days between carry the weight 0 or 1 of
    the year in the middle: the step is then that of as many days.
    """
    days = [YEAR_END + timedelta(days=k) for k in range(-30, 31)]
    series = [value(d, first_year=2025 if (d - YEAR_END).days < moved else 2026)[0] for d in days]
    steps = [abs(b - a) for a, b in pairwise(series)]
    a_day = max(abs(EPS[2026] - EPS[2025]), abs(EPS[2027] - EPS[2026])) / DAYS_PER_YEAR
    assert max(steps) <= (abs(moved) + 1) * a_day + 1e-9
    assert {value(d, first_year=2025)[1] for d in days if d <= YEAR_END} == {"ntm"}
