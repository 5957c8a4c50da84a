"""Name, currencies and share count of a quoteSummary answer."""

from __future__ import annotations

from datetime import date

import polars as pl

from screen.market.minor_units import major
from screen.market.tables import PROFILES
from screen.market.yahoo.payloads import SummaryResult
from screen.market.yahoo.prices import SOURCE

__all__ = ["profile"]


def profile(ticker: str, summary: SummaryResult, *, fetched: date) -> pl.DataFrame:
    """Return PROFILES of one row, or none when the answer says nothing about the company.

    Parameters
    ----------
    ticker
        Symbol to write in the row.
    summary
        The modules price, defaultKeyStatistics, financialData and assetProfile.
    fetched
        Day of the fetch, known_at of the row.

    Notes
    -----
    Shares are the implied count (all classes, in units of what is quoted, so depositary shares for an ADR),
    else market value / price; market value is in the major unit even where the price is in pence. The
    count of one class comes last, and only where price and statements share a currency: it misses the other
    classes (half of Alphabet), and for depositary shares it may count ordinary ones.

    The market value is kept beside the count, to be held against price times shares.

    *Missing data*: every field may be null; modules come and go from one answer to the next.
    """
    price = summary.price
    currency = major(price.currency)[0]
    told = {
        "name": price.long_name or price.short_name,
        "currency": currency,
        "financial_currency": major(summary.financial.currency)[0],
        "exchange": price.exchange,
        "sector": summary.asset.sector,
        "industry": summary.asset.industry,
        "shares_outstanding": _shares(summary),
        "market_cap": price.market_cap if currency is not None else None,
    }
    if all(value is None for value in told.values()):
        return PROFILES.empty()
    return PROFILES.frame([{"ticker": ticker, "known_at": fetched, "source": SOURCE} | told])


def _shares(summary: SummaryResult) -> float | None:
    price, statistics = summary.price, summary.statistics
    currency, factor = major(price.currency)
    if statistics.implied_shares:
        return statistics.implied_shares
    if price.market_cap and price.price and currency is not None:
        return price.market_cap / (price.price * factor)
    is_one_currency = currency is not None and currency == major(summary.financial.currency)[0]
    return statistics.shares if is_one_currency and statistics.shares else None
