"""Consensus estimates of a quoteSummary answer: today's, and the mean EPS of 7 to 90 days ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from screen.market.minor_units import major
from screen.market.tables import ESTIMATES
from screen.market.yahoo.payloads import SummaryResult, TrendEntry
from screen.market.yahoo.prices import SOURCE

__all__ = ["estimates"]

PERIODS = ("0q", "+1q", "0y", "+1y")

Row = dict[str, object]


def estimates(ticker: str, summary: SummaryResult, *, fetched: date) -> pl.DataFrame:
    """Return the estimates of `fetched` and the mean EPS of 7, 30, 60 and 90 days before.

    Parameters
    ----------
    ticker
        Symbol to write in the rows.
    summary
        The earningsTrend module.
    fetched
        Day of the fetch.

    Returns
    -------
    pl.DataFrame
        ESTIMATES. known_at is the day on which the mean was the consensus, seen_at the day of the fetch.
        Each figure has the currency that it is tagged with itself, never the company's.

    Notes
    -----
    The means of the past are about the period_end that Yahoo states today: after a fiscal year has rolled,
    the mean of 90 days ago under ``0y`` was then known as ``+1y``. Rows are told apart by period_end.

    *Missing data*: 0 analysts is no coverage (mean null, analysts 0) even when Yahoo writes a mean of 0; so
    is a mean, low and high of 0 without a count, and a past mean of exactly 0. A figure without a currency
    tag keeps a null currency and is never converted.
    """
    rows: list[Row] = []
    for entry in summary.trend.trend:
        if entry.period in PERIODS:
            rows += _figures(entry, fetched)
            rows += _past_means(entry, fetched)
    return ESTIMATES.frame(
        [{"ticker": ticker, "source": SOURCE, "seen_at": fetched} | row for row in _once(rows)]
    )


def _figures(entry: TrendEntry, fetched: date) -> Iterator[Row]:
    """Today's EPS and revenue, each with range and count."""
    tags = (entry.eps.eps_currency or entry.eps_trend.currency, entry.revenue.revenue_currency)
    for metric, estimate, tag in (("eps", entry.eps, tags[0]), ("revenue", entry.revenue, tags[1])):
        mean = estimate.avg
        if mean is None and metric == "eps":
            mean = entry.eps_trend.current  # the same figure, in the other part of the module
        if mean is None and estimate.analysts != 0:
            continue
        currency, factor = major(tag)
        is_zero = estimate.analysts is None and not (mean or estimate.low or estimate.high)
        is_covered = estimate.analysts != 0 and not is_zero
        yield {
            "known_at": fetched,
            "period": entry.period,
            "period_end": entry.end,
            "metric": metric,
            "mean": _times(mean, factor) if is_covered else None,
            "low": _times(estimate.low, factor) if is_covered else None,
            "high": _times(estimate.high, factor) if is_covered else None,
            "analysts": 0 if is_zero else _count(estimate.analysts),
            "currency": currency,
        }


def _past_means(entry: TrendEntry, fetched: date) -> Iterator[Row]:
    trend = entry.eps_trend
    if entry.eps.analysts == 0:
        return
    currency, factor = major(trend.currency or entry.eps.eps_currency)
    for age, mean in ((7, trend.days_7), (30, trend.days_30), (60, trend.days_60), (90, trend.days_90)):
        if mean:
            yield {
                "known_at": fetched - timedelta(days=age),
                "period": entry.period,
                "period_end": entry.end,
                "metric": "eps",
                "mean": mean * factor,
                "currency": currency,
            }


def _once(rows: list[Row]) -> list[Row]:
    """The first row of each key: an answer that states a period twice does not count twice."""
    kept: dict[tuple[object, ...], Row] = {}
    for row in rows:
        kept.setdefault((row["known_at"], row["period"], row["metric"]), row)
    return list(kept.values())


def _count(analysts: float | None) -> int | None:
    return None if analysts is None else int(analysts)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
