"""Dated exchange rates to US dollars."""

from __future__ import annotations

from datetime import date

import polars as pl

__all__ = ["FX_MAX_AGE_DAYS", "latest_usd", "usd_rates", "with_usd_rate"]

FX_MAX_AGE_DAYS = 14
"""Oldest rate that may convert a figure: the longest market closure (Lunar New Year, Golden Week) is
under 10 days, so an older rate means that the series has ended."""


def usd_rates(fx: pl.DataFrame) -> pl.DataFrame:
    """Return (currency, date, usd): US dollars for one unit, from an FX frame quoted either way.

    Rows of pairs without the dollar are ignored. US dollars themselves are handled by the callers.
    """
    direct = fx.filter(pl.col("quote") == "USD").select(
        pl.col("base").alias("currency"), "date", pl.col("rate").alias("usd")
    )
    inverse = fx.filter((pl.col("base") == "USD") & (pl.col("rate") > 0)).select(
        pl.col("quote").alias("currency"), "date", (1.0 / pl.col("rate")).alias("usd")
    )
    both = pl.concat([direct, inverse]).unique(["currency", "date"], keep="first", maintain_order=True)
    return both.sort("currency", "date")


def with_usd_rate(
    frame: pl.DataFrame, rates: pl.DataFrame, *, currency: str, date: str, name: str
) -> pl.DataFrame:
    """Add column `name`: dollars for one unit of `currency` on `date`, the last rate at most two weeks old.

    Missing data: an unknown currency or a rate older than `FX_MAX_AGE_DAYS` gives null, never 1.
    """
    right = rates.rename({"currency": "__currency", "date": "__date", "usd": name})
    joined = (
        frame.with_row_index("__row")
        .sort(date, nulls_last=True)
        .join_asof(
            right.sort("__date"),
            left_on=date,
            right_on="__date",
            by_left=currency,
            by_right="__currency",
            strategy="backward",
            tolerance=f"{FX_MAX_AGE_DAYS}d",
            check_sortedness=False,
        )
        .sort("__row")
        .drop("__row", "__date", "__currency", strict=False)
    )
    return joined.with_columns(
        pl.when(pl.col(currency) == "USD").then(1.0).otherwise(pl.col(name)).alias(name)
    )


def latest_usd(rates: pl.DataFrame, *, as_of: date) -> dict[str, float]:
    """Return the newest dollars-per-unit of each currency, with the dollar itself.

    Missing data: a currency whose newest rate is older than `FX_MAX_AGE_DAYS` on `as_of` is absent.
    """
    fresh = rates.filter((pl.lit(as_of) - pl.col("date")).dt.total_days() <= FX_MAX_AGE_DAYS)
    newest = fresh.sort("date").group_by("currency", maintain_order=True).last()
    return {"USD": 1.0} | dict(zip(newest["currency"], newest["usd"], strict=True))
