"""Quarterly accounts from Yahoo's fundamentals time series, a point at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter

import polars as pl
from pydantic import ValidationError

from screen.market.minor_units import major
from screen.market.tables import STATEMENTS
from screen.market.yahoo.payloads import Point, SeriesAnswer
from screen.market.yahoo.prices import SOURCE

__all__ = ["SERIES", "statements"]

QUARTER_LAG_DAYS, YEAR_LAG_DAYS = 45, 90
"""Yahoo gives no filing date: a quarter is taken as known 45 days after its end, a fiscal year's last quarter
after 90 (filing deadlines; methods note 2.3), and never later than the day it was fetched."""

SERIES: Mapping[str, tuple[str, int, float]] = {
    "TotalRevenue": ("revenue", 0, 1.0),
    "OperatingRevenue": ("revenue", 1, 1.0),
    "CostOfRevenue": ("cost_of_revenue", 0, 1.0),
    "GrossProfit": ("gross_profit", 0, 1.0),
    "OperatingIncome": ("operating_income", 0, 1.0),
    "TotalOperatingIncomeAsReported": ("operating_income", 1, 1.0),
    "NetIncome": ("net_income", 0, 1.0),
    "NetIncomeCommonStockholders": ("net_income", 1, 1.0),
    "DilutedEPS": ("eps_diluted", 0, 1.0),
    "DilutedAverageShares": ("shares_diluted", 0, 1.0),
    "OperatingCashFlow": ("operating_cash_flow", 0, 1.0),
    "CapitalExpenditure": ("capex", 0, -1.0),
    "PurchaseOfPPE": ("capex", 1, -1.0),
    "DepreciationAndAmortization": ("depreciation_amortization", 0, 1.0),
    "DepreciationAmortizationDepletion": ("depreciation_amortization", 1, 1.0),
    "ReconciledDepreciation": ("depreciation_amortization", 2, 1.0),
    "CashAndCashEquivalents": ("cash", 0, 1.0),
    "CashCashEquivalentsAndShortTermInvestments": ("cash", 1, 1.0),
    "TotalDebt": ("total_debt", 0, 1.0),
    "StockholdersEquity": ("equity", 0, 1.0),
    "AccountsReceivable": ("receivables", 0, 1.0),
    "Receivables": ("receivables", 1, 1.0),
    "AccountsPayable": ("payables", 0, 1.0),
    "Inventory": ("inventory", 0, 1.0),
    "OrdinarySharesNumber": ("shares_outstanding", 0, 1.0),
}
"""Yahoo's name -> (item, preference, sign). Yahoo writes capital spending as a negative cash flow."""
BALANCES = ("cash", "total_debt", "equity", "receivables", "payables", "inventory", "shares_outstanding")
SHARE_COUNTS = ("shares_diluted", "shares_outstanding")

Row = dict[str, object]


def statements(
    ticker: str, answer: SeriesAnswer, *, fetched: date, fiscal_year_end: float | None
) -> tuple[pl.DataFrame, int]:
    """Return STATEMENTS of the quarters in `answer`, and the number of points that could not be read.

    Parameters
    ----------
    ticker
        Symbol to write in the rows.
    answer
        The series of `SERIES`, quarterly.
    fetched
        Day of the fetch: seen_at of the rows, whose share basis their per-share figures have.
    fiscal_year_end
        Epoch seconds of the last fiscal year's end; its month tells the last quarters apart.

    Notes
    -----
    Values are the latest vintage. Each keeps the currency that it is tagged with: Yahoo tags the EPS of an
    ADR in the quote currency, rightly or not. The tag is judged where rates are known, in
    `screen.panel.listed_share`.

    *Missing data*: each point is read by itself, so that a null or broken one costs one value.
    """
    year_end = _month(fiscal_year_end)
    rows: dict[tuple[str, date], Row] = {}
    lost = 0
    for series in answer.timeseries.result or []:
        for name in SERIES.keys() & {key.removeprefix("quarterly") for key in series}:
            points = series.get(f"quarterly{name}")
            for raw in points if isinstance(points, list) else []:
                try:
                    point = Point.model_validate(raw)
                except ValidationError:
                    lost += 1
                    continue
                row = _row(name, point, fetched=fetched, year_end=year_end)
                if row is not None:
                    rows[(name, point.end)] = row
    common = {"ticker": ticker, "source": SOURCE, "seen_at": fetched}
    ordered = sorted(rows.values(), key=itemgetter("item", "tag_rank", "period_end"))
    return STATEMENTS.frame([common | row for row in ordered]), lost


def _row(name: str, point: Point, *, fetched: date, year_end: int | None) -> Row | None:
    item, rank, sign = SERIES[name]
    is_balance = item in BALANCES
    if not is_balance and point.length != "3M":
        return None
    currency, factor = major(point.currency)
    is_count = item in SHARE_COUNTS
    lag = YEAR_LAG_DAYS if point.end.month == year_end else QUARTER_LAG_DAYS
    return {
        "item": item,
        "period_type": "INSTANT" if is_balance else "Q",
        "period_end": point.end,
        "value": sign * point.value.raw * (1.0 if is_count else factor),
        "currency": None if is_count else currency,
        "known_at": min(fetched, point.end + timedelta(days=lag)),
        "known_at_basis": "assumed_lag",
        "is_latest_vintage": True,
        "tag_rank": rank,
    }


def _month(epoch: float | None) -> int | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, tz=UTC).month
