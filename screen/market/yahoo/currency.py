"""Exchange rates from the chart of a currency pair."""

from __future__ import annotations

import polars as pl

from screen.market.tables import FX
from screen.market.yahoo.payloads import ChartResult
from screen.market.yahoo.prices import SOURCE, finished_bars

__all__ = ["rates"]


def rates(currency: str, chart: ChartResult) -> pl.DataFrame:
    """Return units of `currency` for one US dollar from the chart of ``{currency}=X``.

    Parameters
    ----------
    currency
        ISO currency, for example TWD.
    chart
        Its chart, quoted in that currency.

    Returns
    -------
    pl.DataFrame
        FX with base USD and quote `currency`; the day is the pair's own (London).

    Notes
    -----
    *Missing data*: a chart that is quoted in another currency gives no row, nor does a rate of zero.
    """
    if chart.meta.currency != currency:
        return FX.empty()
    days = finished_bars(chart).filter(pl.col("close") > 0)
    return FX.conform(
        days.select(
            pl.lit("USD").alias("base"),
            pl.lit(currency).alias("quote"),
            "date",
            pl.col("close").alias("rate"),
            pl.col("date").alias("known_at"),
            pl.lit(SOURCE).alias("source"),
        ).sort("date")
    )
