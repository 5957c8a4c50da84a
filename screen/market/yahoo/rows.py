"""Rows as dictionaries, for callers that have not changed to the frames of the sibling modules."""

from __future__ import annotations

from datetime import date

import polars as pl

from screen.market.yahoo.currency import rates
from screen.market.yahoo.estimates import estimates
from screen.market.yahoo.payloads import ChartResult, SeriesAnswer, SummaryResult
from screen.market.yahoo.prices import splits, stored_prices
from screen.market.yahoo.profile import profile
from screen.market.yahoo.statements import SERIES, statements

__all__ = [
    "SERIES",
    "Row",
    "estimate_rows",
    "price_rows",
    "profile_row",
    "rate_rows",
    "split_rows",
    "statement_rows",
]

Row = dict[str, object]


def price_rows(ticker: str, chart: ChartResult) -> list[Row]:
    """Return `stored_prices` without the split and dividend columns and without rows that hold no close."""
    frame = stored_prices(ticker, chart).filter(pl.col("close").is_not_null())
    return frame.drop("split_ratio", "dividend").to_dicts()


def split_rows(ticker: str, chart: ChartResult) -> list[Row]:
    """Return the rows of `splits`."""
    return splits(ticker, chart).to_dicts()


def rate_rows(currency: str, chart: ChartResult) -> list[Row]:
    """Return the rows of `rates`."""
    return rates(currency, chart).to_dicts()


def estimate_rows(ticker: str, summary: SummaryResult, *, fetched: date) -> list[Row]:
    """Return the rows of `estimates`."""
    return estimates(ticker, summary, fetched=fetched).to_dicts()


def profile_row(ticker: str, summary: SummaryResult, *, fetched: date) -> Row:
    """Return the row of `profile`; only its key when the answer says nothing."""
    rows = profile(ticker, summary, fetched=fetched).to_dicts()
    return rows[0] if rows else {"ticker": ticker, "known_at": fetched, "source": "yahoo"}


def statement_rows(
    ticker: str, answer: SeriesAnswer, *, fetched: date, fiscal_year_end: float | None
) -> tuple[list[Row], int]:
    """Return the rows of `statements`, and the number of points that could not be read."""
    frame, lost = statements(ticker, answer, fetched=fetched, fiscal_year_end=fiscal_year_end)
    return frame.to_dicts(), lost
