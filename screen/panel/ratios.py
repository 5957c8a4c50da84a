"""Ratios of the panel: multiples, margins, growth. No ratio of a data vendor is ever used."""

from __future__ import annotations

import polars as pl

from screen.panel.history import MIN_EARNINGS_YIELD

__all__ = ["add_ratios"]

DAYS_PER_YEAR = 365.25

MIN_GROWTH_YEARS = 0.5
"""Growth over less than half a year is not annualised: the noise would be squared."""


def add_ratios(frame: pl.DataFrame) -> pl.DataFrame:
    """Add multiples, margins, growth and enterprise value to the joined frame.

    Expected growth is FY2 on FY1 where both are estimated. Revenue without FY1 falls back to the fiscal
    year ahead on the trailing year, annualised over the time between their ends:
    (R_FY2 / R_ttm)^(1/years) - 1. EPS has no such fallback: estimates are adjusted, reported EPS is not,
    and their ratio would show the adjustments as growth.

    Missing data: any missing part gives null; a multiple of earnings that are not positive, or under
    0.5% of the price, is null.
    """
    revenue = pl.col("revenue_ttm_usd")
    years = (pl.col("revenue_period_end") - pl.col("revenue_end")).dt.total_days() / DAYS_PER_YEAR
    frame = frame.with_columns(pl.when(years >= MIN_GROWTH_YEARS).then(years).alias("years"))
    frame = frame.with_columns(
        _multiple("eps_forward").alias("forward_pe"),
        _multiple("eps_ttm").alias("trailing_pe"),
        (pl.col("price") * pl.col("shares") * pl.col("usd")).alias("market_cap_usd"),
        _over(pl.col("gross_profit_ttm_usd"), revenue).alias("gross_margin"),
        _over(pl.col("operating_income_ttm_usd"), revenue).alias("operating_margin"),
        _over(pl.col("net_income_ttm_usd"), pl.col("equity_usd")).alias("return_on_equity"),
        pl.col("eps_growth_years").alias("eps_growth"),
        pl.coalesce("revenue_growth_years", _annual(pl.col("revenue_forward_usd"), revenue)).alias(
            "revenue_growth_forward"
        ),
    )
    frame = frame.with_columns(
        (pl.col("market_cap_usd") + pl.col("debt_usd") - pl.col("cash_usd")).alias("ev_usd")
    )
    sales = pl.coalesce("revenue_forward_usd", "revenue_ttm_usd")
    value = pl.when(pl.col("ev_usd") > 0).then(_over(pl.col("ev_usd"), sales))
    return frame.with_columns(value.alias("ev_to_sales"))


def _multiple(denominator: str) -> pl.Expr:
    eps, price = pl.col(denominator), pl.col("price")
    return pl.when((eps > 0) & (eps / price >= MIN_EARNINGS_YIELD)).then(price / eps)


def _over(value: pl.Expr, base: pl.Expr) -> pl.Expr:
    return pl.when(base > 0).then(value / base)


def _annual(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
    return pl.when((later > 0) & (earlier > 0)).then((later / earlier).pow(1.0 / pl.col("years")) - 1.0)
