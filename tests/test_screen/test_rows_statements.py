"""Quarterly accounts: a point at a time, own currency tag, day known, day seen."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from rows_payloads import series

from screen.market.tables import STATEMENTS
from screen.market.yahoo.payloads import SeriesAnswer
from screen.market.yahoo.statements import SERIES, statements

TODAY = date(2026, 8, 21)
DECEMBER = 1767139200.0  # 2025-12-31


def read(answer: SeriesAnswer, year_end: float | None = DECEMBER) -> tuple[pl.DataFrame, int]:
    frame, lost = statements("A", answer, fetched=TODAY, fiscal_year_end=year_end)
    return STATEMENTS.check(frame), lost


def test_quarters_become_rows_with_the_day_known_and_the_day_seen() -> None:
    points = [("2025-12-31", 9e9, "USD"), ("2026-03-31", 10e9, "USD"), ("2026-07-31", 11e9, "USD")]
    frame, lost = read(series({"TotalRevenue": points}))
    assert lost == 0
    assert frame.select("period_end", "value", "known_at", "seen_at").rows() == [
        (date(2025, 12, 31), 9e9, date(2026, 3, 31), TODAY),  # a fiscal year's last quarter: 90 days
        (date(2026, 3, 31), 10e9, date(2026, 5, 15), TODAY),  # 45 days
        (date(2026, 7, 31), 11e9, TODAY, TODAY),  # never later than it was seen
    ]
    assert frame["is_latest_vintage"].all() and set(frame["known_at_basis"]) == {"assumed_lag"}


@pytest.mark.parametrize(
    "bad",
    [
        None,
        {},
        "n/a",
        {"asOfDate": "2026-03-31", "periodType": "3M", "currencyCode": "USD", "reportedValue": {}},
        {"asOfDate": "2026-03-31", "periodType": "3M", "currencyCode": "USD", "reportedValue": None},
        {"asOfDate": "soon", "periodType": "3M", "currencyCode": "USD", "reportedValue": {"raw": 1.0}},
        {"asOfDate": "2026-03-31", "periodType": "3M", "reportedValue": {"raw": float("nan")}},
    ],
)
def test_a_bad_point_costs_one_value_and_is_counted(bad: object) -> None:
    answer = series({"TotalRevenue": [("2025-12-31", 9e9, "USD"), ("2026-06-30", 11e9, "USD")]})
    assert answer.timeseries.result is not None
    answer.timeseries.result[-1]["quarterlyTotalRevenue"].insert(1, bad)
    frame, lost = read(answer)
    assert (frame["value"].to_list(), lost) == ([9e9, 11e9], 1)


def test_each_value_keeps_its_own_tag_and_counts_have_none() -> None:
    frame, _ = read(
        series(
            {
                "NetIncome": [("2026-06-30", 1.6e11, "CNY")],
                "DilutedEPS": [("2026-06-30", 8.0, "USD")],
                "DilutedAverageShares": [("2026-06-30", 2e10, "USD")],
                "OrdinarySharesNumber": [("2026-06-30", 2e10, "USD")],
                "TotalRevenue": [("2026-06-30", 3e11, None)],
            }
        )
    )
    assert dict(frame.select("item", "currency").iter_rows()) == {
        "net_income": "CNY", "eps_diluted": "USD", "shares_diluted": None, "shares_outstanding": None,
        "revenue": None,
    }  # fmt: skip


def test_pence_become_pounds_but_shares_stay_shares() -> None:
    frame, _ = read(
        series(
            {
                "DilutedEPS": [("2026-06-30", 31.0, "GBp")],
                "DilutedAverageShares": [("2026-06-30", 7e8, "GBp")],
            }
        )
    )
    assert frame.sort("item").select("item", "value", "currency").rows() == [
        ("eps_diluted", pytest.approx(0.31), "GBP"), ("shares_diluted", 7e8, None),
    ]  # fmt: skip


def test_capital_spending_is_positive_and_years_are_no_quarters() -> None:
    answer = series(
        {"CapitalExpenditure": [("2026-06-30", -2e9, "USD")], "NetIncome": [("2025-12-31", 9.0, "USD")]}
    )
    assert answer.timeseries.result is not None
    answer.timeseries.result[-1]["quarterlyNetIncome"][0]["periodType"] = "12M"
    frame, lost = read(answer)
    assert frame.select("item", "value", "period_type").rows() == [("capex", 2e9, "Q")]
    assert lost == 0


def test_the_order_of_series_and_a_repeated_point_change_nothing() -> None:
    points = [("2026-03-31", 10e9, "USD"), ("2026-06-30", 11e9, "USD")]
    values = {"TotalRevenue": points, "NetIncome": points, "OperatingRevenue": points}
    frame, _ = read(series(values))
    other, _ = read(series({name: [*values[name], values[name][0]] for name in reversed(values)}))
    assert other.equals(frame)
    assert frame.height == 6 and {SERIES[n][0] for n in values} == {"revenue", "net_income"}
