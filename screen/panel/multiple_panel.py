"""MULTIPLE_PANEL: trailing multiples with the growth, margin, risk, leverage and size known in each week."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from models.tables import MULTIPLE_PANEL
from screen.panel.rates import with_usd_rate
from screen.panel.trailing import MAX_AGE_DAYS, as_known, trailing_sums
from screen.panel.weekly import MIN_RISK_WEEKS, RISK_WEEKS, WEEKS_PER_YEAR

__all__ = ["LEVERAGE_CAP", "build_multiple_panel"]

LEVERAGE_CAP = 3.0
"""Debt over equity beyond 3 says "hardly any equity", not "three times as levered"."""

BALANCE_MAX_AGE_DAYS = 400
"""As for the panel of the day: an older balance has been overtaken."""

_ITEMS = ("revenue", "operating_income")
_BALANCES = ("total_debt", "equity")


def build_multiple_panel(
    multiples: pl.DataFrame,
    weekly: pl.DataFrame,
    statements: pl.DataFrame,
    rates: pl.DataFrame,
    *,
    as_of: date,
) -> pl.DataFrame:
    """Return MULTIPLE_PANEL: one row for each week with a defined trailing multiple.

    Parameters
    ----------
    multiples
        MULTIPLES.
    weekly
        Weekly prices, as for `screen.panel.weekly.risk`.
    statements
        STATEMENTS known by `as_of`, on its share basis.
    rates
        Dated exchange rates.
    as_of
        Last week.

    Notes
    -----
    *Missing data*: a regressor that was not known in the week is null. Growth needs the trailing year that
    was known 52 weeks before, over other twelve months and in the same currency.
    """
    rows = multiples.filter(
        (pl.col("basis") == "trailing") & pl.col("log_multiple").is_not_null() & (pl.col("date") <= as_of)
    ).select("ticker", "date", "log_multiple", pl.col("estimate_source").alias("source"))
    sums = _sums(statements)
    rows = _asof(rows, sums, by="date", suffix="")
    year_before = timedelta(weeks=RISK_WEEKS)
    rows = _asof(rows.with_columns(before=pl.col("date") - year_before), sums, by="before", suffix="_before")
    rows = _with_balances(rows, statements)
    rows = rows.join(_risk(weekly), on=["ticker", "date"], how="left")
    rows = with_usd_rate(rows, rates, currency="currency", date="date", name="usd")
    is_growth = (
        (pl.col("revenue") > 0)
        & (pl.col("revenue_before") > 0)
        & (pl.col("currency") == pl.col("currency_before"))
        & (pl.col("period_end") > pl.col("period_end_before"))
    )
    has_revenue = pl.col("revenue") > 0
    return MULTIPLE_PANEL.conform(
        rows.with_columns(
            growth=pl.when(is_growth).then((pl.col("revenue") / pl.col("revenue_before")).log()),
            operating_margin=pl.when(has_revenue).then(pl.col("operating_income") / pl.col("revenue")),
            size=pl.when(has_revenue).then((pl.col("revenue") * pl.col("usd")).log()),
            leverage=pl.when(pl.col("equity") > 0).then(
                (pl.col("total_debt") / pl.col("equity")).clip(0.0, LEVERAGE_CAP)
            ),
        ).sort("ticker", "date")
    )


def _sums(statements: pl.DataFrame) -> pl.DataFrame:
    """Trailing revenue and operating income over the same twelve months, on each day that one changed."""
    mine = statements.filter(pl.col("item").is_in(_ITEMS))
    events = mine.select("ticker", pl.col("known_at").alias("date")).unique(maintain_order=True)
    sums = trailing_sums(mine, events, items=list(_ITEMS))
    revenue = sums.filter(pl.col("item") == "revenue").select(
        "ticker", "date", "currency", "period_end", pl.col("value").alias("revenue")
    )
    income = sums.filter(pl.col("item") == "operating_income").select(
        "ticker", "date", "currency", "period_end", pl.col("value").alias("operating_income")
    )
    joined = revenue.join(income, on=["ticker", "date", "currency", "period_end"], how="left")
    return joined.rename({"date": "known_from"}).sort("known_from")


def _asof(rows: pl.DataFrame, sums: pl.DataFrame, *, by: str, suffix: str) -> pl.DataFrame:
    right = sums.rename({name: f"{name}{suffix}" for name in sums.columns if name != "ticker"})
    joined = rows.sort(by).join_asof(
        right,
        left_on=by,
        right_on=f"known_from{suffix}",
        by="ticker",
        strategy="backward",
        check_sortedness=False,
    )
    fresh = (pl.col(by) - pl.col(f"period_end{suffix}")).dt.total_days() <= MAX_AGE_DAYS
    values = [f"{name}{suffix}" for name in ("revenue", "operating_income", "period_end")]
    return joined.with_columns(pl.when(fresh).then(pl.col(name)).alias(name) for name in values)


def _with_balances(rows: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """Add total_debt and equity of the newest balance known in each week, the vintage as on the panel."""
    stock = statements.filter((pl.col("period_type") == "INSTANT") & pl.col("item").is_in(_BALANCES))
    for item in _BALANCES:
        mine = stock.filter(pl.col("item") == item)
        events = mine.select("ticker", pl.col("known_at").alias("date")).unique(maintain_order=True)
        known = as_known(mine, events, since=f"-{BALANCE_MAX_AGE_DAYS}d").sort("ticker", "date", "period_end")
        # A restated balance of an older quarter does not replace the newest quarter's.
        newest = known.unique(["ticker", "date"], keep="last", maintain_order=True)
        right = newest.select(
            "ticker", pl.col("date").alias("known_at"), pl.col("value").alias(item),
            pl.col("period_end").alias(f"{item}_end"),
        ).sort("known_at")  # fmt: skip
        rows = rows.sort("date").join_asof(
            right, left_on="date", right_on="known_at", by="ticker", strategy="backward",
            check_sortedness=False,
        ).drop("known_at")  # fmt: skip
        old = (pl.col("date") - pl.col(f"{item}_end")).dt.total_days() > BALANCE_MAX_AGE_DAYS
        rows = rows.with_columns(pl.when(~old).then(pl.col(item)).alias(item))
    return rows


def _risk(weekly: pl.DataFrame) -> pl.DataFrame:
    """Volatility of the 52 weeks up to each week, from weekly log returns in the price's currency."""
    level = weekly.with_columns(pl.coalesce("adj_close", "close").alias("level")).filter(pl.col("level") > 0)
    step = (pl.col("date").diff().over("ticker") == pl.duration(weeks=1)).fill_null(value=False)
    returns = level.sort("ticker", "date").with_columns(
        pl.when(step).then(pl.col("level").log().diff().over("ticker")).alias("r")
    )
    deviation = pl.col("r").rolling_std(RISK_WEEKS, min_samples=MIN_RISK_WEEKS).over("ticker")
    made = returns.select("ticker", "date", (deviation * np.sqrt(WEEKS_PER_YEAR)).alias("risk"))
    return made.with_columns(pl.when(pl.col("risk") > 0).then(pl.col("risk")).alias("risk").fill_nan(None))
