"""What the statements say on as_of: trailing sums, balances, growth, share counts, the cyclical guard."""

from __future__ import annotations

from datetime import date

import polars as pl

from screen.panel.quarters import build_quarters, latest_balance
from screen.panel.rates import with_usd_rate
from screen.panel.shares import ratio_between
from screen.panel.trailing import MAX_SPAN_DAYS, trailing_sums

__all__ = [
    "TTM_ITEMS",
    "eps_peak_ratio",
    "listed_shares",
    "revenue_growth",
    "share_counts",
    "trailing_accounts",
]

TTM_ITEMS = (
    "revenue", "gross_profit", "cost_of_revenue", "operating_income", "net_income", "operating_cash_flow",
    "capex", "depreciation_amortization", "eps_diluted",
)  # fmt: skip
BALANCES = ("total_debt", "cash", "equity")

PROFILE_MAX_AGE_DAYS = 400
"""A share count older than an annual report has been overtaken by buybacks, issues or an unseen split."""

PEAK_QUARTERS = 8
"""Trailing years needed behind the cyclical guard: two years of quarter ends."""


def trailing_accounts(
    frame: pl.DataFrame, statements: pl.DataFrame, rates: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    """Add trailing sums and balances to `frame`: US dollars for money, the price's currency for EPS.

    Parameters
    ----------
    frame
        Has ticker, as_of, currency (of the price) and usd (its rate).
    statements
        STATEMENTS known by `as_of`, on its share basis.
    rates
        Dated rates.

    Notes
    -----
    *Missing data*: a flow over other twelve months than revenue is null, so that no ratio mixes
    periods; without an exchange rate the dollar figure is null.
    """
    dates = frame.select("ticker").with_columns(date=pl.lit(as_of))
    sums = trailing_sums(statements, dates, items=list(TTM_ITEMS))
    sums = with_usd_rate(sums, rates, currency="currency", date="date", name="rate")
    stock = latest_balance(statements, as_of=as_of).with_columns(date=pl.lit(as_of))
    stock = with_usd_rate(stock, rates, currency="currency", date="date", name="rate")
    joined = frame.join(_wide(_flows(sums), TTM_ITEMS, suffix="_ttm"), on="ticker", how="left")
    stock = stock.with_columns(usd_value=pl.col("value") * pl.col("rate"))
    joined = joined.join(_wide(stock, BALANCES, suffix="_now"), on="ticker", how="left")
    joined = joined.join(_eps(sums), on="ticker", how="left").join(_known(sums), on="ticker", how="left")
    joined = joined.join(_revenue_end(sums), on="ticker", how="left")
    same = pl.col("eps_currency_ttm") == pl.col("currency")
    to_price = pl.when(same).then(1.0).otherwise(pl.col("eps_rate_ttm") / pl.col("usd"))
    gross = pl.coalesce("gross_profit_ttm", pl.col("revenue_ttm") - pl.col("cost_of_revenue_ttm"))
    return joined.with_columns(
        (pl.col("eps_ttm_raw") * to_price).alias("eps_ttm_reported"),
        pl.col("revenue_ttm").alias("revenue_ttm_usd"),
        gross.alias("gross_profit_ttm_usd"),
        pl.col("operating_income_ttm").alias("operating_income_ttm_usd"),
        pl.col("net_income_ttm").alias("net_income_ttm_usd"),
        pl.col("operating_cash_flow_ttm").alias("ocf_ttm_usd"),
        pl.col("capex_ttm").alias("capex_ttm_usd"),
        pl.col("depreciation_amortization_ttm").alias("depreciation_ttm_usd"),
        pl.col("total_debt_now").alias("debt_usd"),
        pl.col("cash_now").alias("cash_usd"),
        pl.col("equity_now").alias("equity_usd"),
    )


def _wide(frame: pl.DataFrame, items: tuple[str, ...], *, suffix: str) -> pl.DataFrame:
    """One row per ticker, one column per item, null where the item is absent."""
    return frame.group_by("ticker").agg(
        pl.col("usd_value").filter(pl.col("item") == item).first().alias(f"{item}{suffix}") for item in items
    )


def _flows(sums: pl.DataFrame) -> pl.DataFrame:
    """Dollar sums over the same twelve months as revenue."""
    same = sums.join(_revenue_end(sums), on="ticker").filter(pl.col("period_end") == pl.col("revenue_end"))
    return same.with_columns((pl.col("value") * pl.col("rate")).alias("usd_value"))


def _revenue_end(sums: pl.DataFrame) -> pl.DataFrame:
    return sums.filter(pl.col("item") == "revenue").select(
        "ticker", pl.col("period_end").alias("revenue_end")
    )


def _eps(sums: pl.DataFrame) -> pl.DataFrame:
    return sums.filter(pl.col("item") == "eps_diluted").select(
        "ticker",
        pl.col("value").alias("eps_ttm_raw"),
        pl.col("currency").alias("eps_currency_ttm"),
        pl.col("rate").alias("eps_rate_ttm"),
        pl.col("known_at").alias("eps_ttm_known_at"),
        pl.col("period_end").alias("eps_ttm_end"),
    )


def _known(sums: pl.DataFrame) -> pl.DataFrame:
    return sums.group_by("ticker").agg(pl.col("known_at").max().alias("statement_known_at"))


def revenue_growth(statements: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Last quarter's revenue on the quarter that ended about a year (350 to 380 days) before."""
    quarters = build_quarters(statements.filter(pl.col("item") == "revenue"), as_of=as_of)
    last = (
        quarters.group_by("ticker", maintain_order=True)
        .last()
        .select("ticker", pl.col("period_end").alias("end"), pl.col("revenue").alias("now"))
    )
    before = quarters.join(last, on="ticker").filter(
        (pl.col("end") - pl.col("period_end")).dt.total_days().is_between(350, 380) & (pl.col("revenue") > 0)
    )
    return before.select("ticker", (pl.col("now") / pl.col("revenue") - 1).alias("revenue_growth"))


def listed_shares(profiles: pl.DataFrame, splits: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return ticker, told: the newest share count of the profiles, on the share basis of `as_of`.

    Missing data: a company without a count of the last `PROFILE_MAX_AGE_DAYS` has no row.
    """
    fresh = (pl.lit(as_of) - pl.col("known_at")).dt.total_days() <= PROFILE_MAX_AGE_DAYS
    told = profiles.filter((pl.col("shares_outstanding") > 0) & fresh).sort("ticker", "known_at")
    told = told.with_columns(
        (pl.col("shares_outstanding") * ratio_between(told, splits, as_of=as_of, rebased_by="ex_date")).alias(
            "told"
        )
    )
    return told.group_by("ticker", maintain_order=True).last().select("ticker", "told")


def share_counts(
    frame: pl.DataFrame, told: pl.DataFrame, statements: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    """Newest share count (of `listed_shares`, else the statements') and the diluted one, on as_of's basis."""
    filed = latest_balance(statements, as_of=as_of).filter(pl.col("item") == "shares_outstanding")
    quarterly = statements.filter((pl.col("item") == "shares_diluted") & (pl.col("period_type") == "Q"))
    diluted = (
        quarterly.sort("ticker", "period_end", "known_at").group_by("ticker", maintain_order=True).last()
    )
    joined = (
        frame.select("ticker")
        .join(told, on="ticker", how="left")
        .join(filed.select("ticker", pl.col("value").alias("filed")), on="ticker", how="left")
        .join(diluted.select("ticker", pl.col("value").alias("diluted")), on="ticker", how="left")
    )
    return joined.select("ticker", "diluted", pl.coalesce("told", "filed", "diluted").alias("shares"))


def eps_peak_ratio(statements: pl.DataFrame, frame: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Trailing EPS now over the median of the rolling four-quarter EPS of the history, itself included.

    Missing data: a window with a missing quarter is left out; null unless the newest quarter ends one.
    """
    quarters = build_quarters(statements, as_of=as_of).filter(pl.col("eps_diluted").is_not_null())
    first = pl.col("period_end").shift(3).over("ticker")
    is_year = (pl.col("period_end") - first).dt.total_days() <= MAX_SPAN_DAYS
    rolling = quarters.sort("ticker", "period_end").with_columns(
        pl.when(is_year).then(pl.col("eps_diluted").rolling_sum(4).over("ticker")).alias("year"),
        pl.col("period_end").max().over("ticker").alias("newest"),
    )
    stats = (
        rolling.filter(pl.col("year").is_not_null())
        .filter(pl.col("period_end").max().over("ticker") == pl.col("newest"))
        .group_by("ticker", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("year").median().alias("median"), pl.col("year").last().alias("now"))
    )
    usable = (pl.col("n") >= PEAK_QUARTERS) & (pl.col("median") > 0)
    return frame.select("ticker").join(
        stats.select(
            "ticker", pl.when(usable).then(pl.col("now") / pl.col("median")).alias("eps_peak_ratio")
        ),
        on="ticker",
        how="left",
    )
