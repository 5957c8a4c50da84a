"""Growth of monthly revenue, as Taiwan's companies publish it by the tenth of the next month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from reports.data import MONTHLY
from screen.panel.rates import with_usd_rate

__all__ = ["MONTHLY_MAX_AGE_DAYS", "MonthlyRevenue", "monthly_revenue"]

MONTHLY_MAX_AGE_DAYS = 45
"""A month replaces the one before about every 31 days, at the latest 36 (January's, after the Lunar New
Year). Nine days more mean that a month is missing."""

MONTHS = 3
"""Months summed. The Lunar New Year moves between January and February, so that neither compares with the
year before; a sum that holds both does, and one that holds one of them is off by a third as much."""

_EFFECT = "monthly revenue blank"


@dataclass(frozen=True)
class MonthlyRevenue:
    """What is known of monthly revenue.

    Parameters
    ----------
    figures
        MONTHLY: one row per company with a recent month.
    gaps
        Rows of GAPS: companies whose newest month is too old to be used.
    """

    figures: pl.DataFrame
    gaps: pl.DataFrame

    def panel_columns(self) -> pl.DataFrame:
        """Return ticker and the ``monthly_revenue_*`` columns of PANEL."""
        return self.figures.select(
            "ticker",
            pl.col("revenue_usd").alias("monthly_revenue_usd"),
            pl.col("period_end").alias("monthly_revenue_end"),
            pl.col("known_at").alias("monthly_revenue_known_at"),
            pl.col("yoy").alias("monthly_revenue_yoy"),
            pl.col("momentum_3m").alias("monthly_revenue_momentum_3m"),
            pl.col("acceleration").alias("monthly_revenue_acceleration"),
        )


def monthly_revenue(revenue: pl.DataFrame, rates: pl.DataFrame, *, as_of: date) -> MonthlyRevenue:
    """Return the newest month of each company and its growth, from what was known on `as_of`.

    With r(m) the revenue of month m and b(m) that of the same month a year before::

        yoy          = r(m) / b(m) - 1
        momentum_3m  = [r(m) + r(m-1) + r(m-2)] / [b(m) + b(m-1) + b(m-2)] - 1
        acceleration = momentum_3m(m) - momentum_3m(m-3)

    as fractions; acceleration is a difference of two of them. b(m) is what the company states beside r(m),
    else its own month of the year before: the stated one has the same perimeter as r(m). Of several versions
    of a month the one known last counts, so a restatement enters on the day it was known and not before.

    In January and February `yoy` says little, since the Lunar New Year falls into one or the other.
    `momentum_3m` is the figure to read: it evens that out where it holds both months (up to February or
    March) and dilutes it where it holds one (up to January or April).

    Parameters
    ----------
    revenue
        MONTHLY_REVENUE; rows known after `as_of` are dropped.
    rates
        Dollars per unit, see `screen.panel.rates.usd_rates`.
    as_of
        Date of the screen.

    Missing data: a figure is null when one of its months or bases is absent, in another currency, or when the
    bases do not add up to more than 0. A company whose newest month was published more than
    `MONTHLY_MAX_AGE_DAYS` before `as_of` has no row but a gap. Without a rate ``revenue_usd`` is null.
    """
    months = _with_base(_versions(revenue.filter(pl.col("known_at") <= as_of)))
    newest = months.filter(pl.col("month") == pl.col("month").max().over("ticker"))
    newest = newest.with_columns(
        pl.lit(as_of).alias("as_of"),
        (pl.lit(as_of) - pl.col("published")).dt.total_days().alias("age_days"),
    )
    newest = with_usd_rate(newest, rates, currency="currency", date="as_of", name="usd")
    fresh = newest.filter(pl.col("age_days") <= MONTHLY_MAX_AGE_DAYS)
    figures = fresh.join(_momentum(months, fresh), on="ticker", how="left").select(
        "ticker",
        pl.col("month").alias("period_end"),
        "known_at",
        "revenue",
        "currency",
        (pl.col("revenue") * pl.col("usd")).alias("revenue_usd"),
        _growth(pl.col("revenue"), pl.col("base")).alias("yoy"),
        "momentum_3m",
        "acceleration",
        "source",
    )
    stale = newest.filter(pl.col("age_days") > MONTHLY_MAX_AGE_DAYS)
    return MonthlyRevenue(MONTHLY.conform(figures.sort("ticker")), _gaps(stale))


def _versions(known: pl.DataFrame) -> pl.DataFrame:
    """Return one row per company and month: the version known last, with the day of the first one."""
    rows = known.with_columns(pl.col("period_end").dt.month_end().alias("month"))
    ordered = rows.sort("ticker", "month", "known_at", "seen_at", "source", nulls_last=False)
    return ordered.group_by("ticker", "month", maintain_order=True).agg(
        pl.col("revenue", "revenue_year_ago", "currency", "known_at", "source").last(),
        pl.col("known_at").first().alias("published"),
    )


def _with_base(months: pl.DataFrame) -> pl.DataFrame:
    """Add ``base``: the same month a year before, as stated, else from the company's own history."""
    own = months.select(
        "ticker",
        "currency",
        pl.col("month").dt.offset_by("12mo").dt.month_end().alias("month"),
        pl.col("revenue").alias("own_base"),
    )
    joined = months.join(own, on=["ticker", "currency", "month"], how="left")
    return joined.with_columns(pl.coalesce("revenue_year_ago", "own_base").alias("base"))


def _momentum(months: pl.DataFrame, newest: pl.DataFrame) -> pl.DataFrame:
    """Return (ticker, momentum_3m, acceleration) of the newest months."""
    last = newest.select("ticker", "currency", pl.col("month").alias("last"))
    index = pl.col("last").dt.year() * 12 + pl.col("last").dt.month()
    lag = index - pl.col("month").dt.year() * 12 - pl.col("month").dt.month()
    rows = months.join(last, on=["ticker", "currency"]).with_columns(lag.alias("lag"))
    return (
        rows.group_by("ticker", maintain_order=True)
        .agg(_window(0).alias("momentum_3m"), _window(MONTHS).alias("before"))
        .select("ticker", "momentum_3m", (pl.col("momentum_3m") - pl.col("before")).alias("acceleration"))
    )


def _window(first: int) -> pl.Expr:
    """Growth of the sum of `MONTHS` months from lag `first` on; null unless each month and base is there."""
    is_in = pl.col("lag").is_between(first, first + MONTHS - 1) & pl.col("base").is_not_null()
    growth = _growth(pl.col("revenue").filter(is_in).sum(), pl.col("base").filter(is_in).sum())
    return pl.when(is_in.sum() == MONTHS).then(growth)


def _growth(revenue: pl.Expr, base: pl.Expr) -> pl.Expr:
    return pl.when(base > 0).then(revenue / base - 1)


def _gaps(stale: pl.DataFrame) -> pl.DataFrame:
    return stale.select(
        "ticker",
        pl.lit("monthly_revenue").alias("dataset"),
        pl.format(
            "newest month {} was published on {}", pl.col("month").dt.strftime("%Y-%m"), "published"
        ).alias("reason"),
        pl.col("age_days").cast(pl.Int64),
        pl.lit(_EFFECT).alias("action"),
    )
