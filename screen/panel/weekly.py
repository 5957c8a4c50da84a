"""The weekly grid: prices, returns, volatility and beta on dates as_of - 7k days."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from screen.panel.rates import with_usd_rate

__all__ = [
    "HISTORY_WEEKS", "MIN_RISK_WEEKS", "PRICE_MAX_AGE_DAYS", "RISK_WEEKS", "WEEKS_PER_YEAR", "risk",
    "week_dates", "weekly_prices",
]  # fmt: skip

HISTORY_WEEKS = 520
"""Ten years, as far back as filings give trailing multiples; a model that wants one regime takes fewer."""

RISK_WEEKS = 52
MIN_RISK_WEEKS = 26
"""Half a year of weekly returns; below it a standard deviation is off by more than a seventh."""

PRICE_MAX_AGE_DAYS = 10
"""The longest exchange holidays (Lunar New Year, Golden Week) leave 9 days between closes; an older
close is a stale tail, a halt or a delisting."""

WEEKS_PER_YEAR = 52.0


def week_dates(as_of: date, weeks: int = HISTORY_WEEKS) -> pl.Series:
    """Return as_of - 7k days for k = weeks ... 0, oldest first."""
    return pl.date_range(
        pl.lit(as_of).dt.offset_by(f"-{weeks}w"), pl.lit(as_of), interval="1w", eager=True
    ).alias("date")


def weekly_prices(prices: pl.DataFrame, dates: pl.Series) -> pl.DataFrame:
    """Return the last close and adjusted close on or before each week, at most ten days old.

    Parameters
    ----------
    prices
        PRICES on the share basis of as_of.
    dates
        Weeks.

    Returns
    -------
    pl.DataFrame
        ticker, date, close, adj_close, currency, price_date; weeks without a price are absent.
    """
    grid = prices.select(pl.col("ticker").unique().sort()).join(pl.DataFrame({"date": dates}), how="cross")
    priced = prices.filter(pl.col("close").is_not_null() | pl.col("adj_close").is_not_null())
    right = priced.select("ticker", pl.col("date").alias("price_date"), "close", "adj_close", "currency")
    joined = grid.sort("date").join_asof(
        right.sort("price_date"),
        left_on="date",
        right_on="price_date",
        by="ticker",
        strategy="backward",
        tolerance=f"{PRICE_MAX_AGE_DAYS}d",
        check_sortedness=False,
    )
    return joined.filter(pl.col("price_date").is_not_null()).sort("ticker", "date")


def risk(weekly: pl.DataFrame, rates: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return volatility (annualised) and beta on the equal-weighted theme, from 52 weekly log returns.

    .. math:: \\sigma_i = \\sqrt{52}\\, sd(r_{it}), \\quad
              \\beta_i = \\frac{cov(r_{it}, \\bar r_t)}{var(\\bar r_t)}

    Volatility uses returns in the price's currency, beta returns in US dollars; the theme's mean return
    is over the names that have one in the week.

    Missing data: fewer than 26 returns, or no exchange rate for beta, gives null.
    """
    since = pl.lit(as_of).dt.offset_by(f"-{RISK_WEEKS}w")
    level = with_usd_rate(
        weekly.filter(pl.col("date") >= since), rates, currency="currency", date="date", name="usd"
    )
    level = level.with_columns(pl.coalesce("adj_close", "close").alias("level")).filter(pl.col("level") > 0)
    step = (pl.col("date").diff().over("ticker") == pl.duration(weeks=1)).fill_null(value=False)
    returns = level.sort("ticker", "date").with_columns(
        pl.when(step).then(pl.col("level").log().diff().over("ticker")).alias("r"),
        pl.when(step).then((pl.col("level") * pl.col("usd")).log().diff().over("ticker")).alias("r_usd"),
    )
    returns = returns.with_columns(pl.col("r_usd").mean().over("date").alias("theme"))
    has_usd = pl.col("r_usd").is_not_null()
    stats = returns.group_by("ticker", maintain_order=True).agg(
        pl.when(pl.col("r").count() >= MIN_RISK_WEEKS)
        .then(pl.col("r").std() * np.sqrt(WEEKS_PER_YEAR))
        .alias("volatility"),
        pl.when(pl.col("r_usd").count() >= MIN_RISK_WEEKS)
        .then(pl.cov("r_usd", "theme") / pl.col("theme").filter(has_usd).var())
        .alias("beta"),
    )
    return stats.with_columns(pl.col("volatility", "beta").fill_nan(None))
