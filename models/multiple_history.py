"""Weekly history of log multiples as a matrix: one row a company, one column a week, one source a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from models.cross_section import FloatArray

__all__ = ["History", "MarketMoves", "history", "market_moves", "without_market"]

# A median over fewer names is one name's week, not the market's (the same floor as for pooling).
MIN_NAMES_A_WEEK = 8
# Half a year of common moves before their spread is called known.
MIN_MARKET_WEEKS = 26


@dataclass(frozen=True)
class History:
    """Log multiples of one basis.

    Parameters
    ----------
    series
        Ticker -> values from the oldest week to as_of, NaN where the multiple is unknown.
    sources
        Ticker -> the one estimate source of its series.
    """

    series: Mapping[str, FloatArray]
    sources: Mapping[str, str]

    def weeks(self, ticker: str) -> int:
        """Number of known weeks."""
        return int(np.isfinite(self.series[ticker]).sum()) if ticker in self.series else 0

    def last(self, ticker: str) -> float | None:
        """Value on as_of, None when unknown."""
        value = float(self.series[ticker][-1]) if ticker in self.series else float("nan")
        return value if np.isfinite(value) else None


def history(*, multiples: pl.DataFrame, as_of: date, basis: str) -> History:
    """Return the weekly series of `basis` up to `as_of`.

    Missing data: a week without a defined multiple is NaN. Where a company has several estimate sources
    only the newest row's source is kept: two sources never form one series.

    References: methods, section 2.3.
    """
    rows = multiples.filter((pl.col("basis") == basis) & (pl.col("date") <= as_of))
    rows = rows.with_columns(age=(pl.lit(as_of) - pl.col("date")).dt.total_days())
    rows = rows.filter(pl.col("age") % 7 == 0).sort("ticker", "date")
    newest = pl.col("estimate_source").last().over("ticker")
    rows = rows.filter(pl.col("estimate_source") == newest)
    oldest = rows.get_column("age").max()
    length = (oldest // 7 + 1) if isinstance(oldest, int) else 0
    series: dict[str, FloatArray] = {}
    sources: dict[str, str] = {}
    for key, part in rows.partition_by("ticker", as_dict=True).items():
        values = np.full(length, np.nan)
        at = length - 1 - part.get_column("age").to_numpy() // 7
        values[at] = part.get_column("log_multiple").cast(pl.Float64).fill_null(float("nan")).to_numpy()
        series[str(key[0])] = values
        sources[str(key[0])] = str(part.item(0, "estimate_source"))
    return History(series, sources)


@dataclass(frozen=True)
class MarketMoves:
    """The common part of weekly changes: its cumulative path and its weekly standard deviation."""

    path: FloatArray
    sigma: float | None


def market_moves(past: History) -> MarketMoves:
    """Median weekly change of the log multiple over the names, cumulated.

    Missing data: a week with fewer than 8 names counts as no common move; sigma is None with fewer than
    26 such weeks.
    """
    if not past.series:
        return MarketMoves(np.zeros(0), None)
    steps = np.diff(np.vstack(list(past.series.values())), axis=1)
    enough = np.isfinite(steps).sum(axis=0) >= MIN_NAMES_A_WEEK
    common = np.zeros(steps.shape[1])
    if enough.any():
        common[enough] = np.nanmedian(steps[:, enough], axis=0)
    known = common[enough]
    sigma = float(known.std(ddof=1)) if known.size >= MIN_MARKET_WEEKS else None
    return MarketMoves(np.concatenate([[0.0], np.cumsum(common)]), sigma)


def without_market(series: FloatArray, market: MarketMoves) -> FloatArray:
    """Return the series less the common path when the common moves are known, else as it is."""
    return series if market.sigma is None else series - market.path
