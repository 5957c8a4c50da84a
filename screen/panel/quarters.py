"""QUARTERS: the reported quarters as known on as_of, one row per quarter end."""

from __future__ import annotations

from datetime import date

import polars as pl

from models.tables import QUARTERS
from screen.panel.shares import ratio_between
from screen.panel.trailing import as_known

__all__ = ["FLOW_ITEMS", "STOCK_ITEMS", "build_quarters", "latest_balance", "on_share_basis"]

FLOW_ITEMS = (
    "revenue", "gross_profit", "operating_income", "net_income", "operating_cash_flow", "capex",
    "depreciation_amortization", "eps_diluted", "cost_of_revenue",
)  # fmt: skip
STOCK_ITEMS = ("cash", "total_debt", "equity", "rpo", "receivables", "payables", "deferred_revenue_current")

MAX_QUARTERS = 20
"""Five years of quarters, as much as the sample and most filings histories hold."""

BALANCE_MAX_AGE_DAYS = 400


def on_share_basis(statements: pl.DataFrame, splits: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return `statements` with EPS and share counts on the share basis of `as_of`."""
    factor = ratio_between(statements, splits, as_of=as_of, rebased_by="filing")
    is_eps = pl.col("item").str.starts_with("eps_")
    is_shares = pl.col("item").str.starts_with("shares_")
    return (
        statements.with_columns(factor.alias("__factor"))
        .with_columns(
            pl.when(is_eps)
            .then(pl.col("value") / pl.col("__factor"))
            .when(is_shares)
            .then(pl.col("value") * pl.col("__factor"))
            .otherwise(pl.col("value"))
            .alias("value")
        )
        .drop("__factor")
    )


def build_quarters(statements: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return QUARTERS from STATEMENTS on the share basis of `as_of` (rows known by then only).

    Gross profit that is not reported is revenue minus cost of revenue of the same quarter. Balances are
    those of the same period end. Missing data stays null.
    """
    dates = statements.select(pl.col("ticker").unique().sort()).with_columns(date=pl.lit(as_of))
    wanted = statements.filter(
        ((pl.col("period_type") == "Q") & pl.col("item").is_in(FLOW_ITEMS))
        | ((pl.col("period_type") == "INSTANT") & pl.col("item").is_in(STOCK_ITEMS))
    )
    known = as_known(wanted, dates)
    if known.is_empty():
        return QUARTERS.empty()
    flows = known.filter(pl.col("period_type") == "Q")
    heads = (
        flows.filter(pl.col("currency").is_not_null())
        .group_by("ticker", "period_end", maintain_order=True)
        .agg(
            pl.col("currency").first(),
            pl.col("currency").n_unique().alias("currencies"),
            pl.col("known_at").max(),
            pl.col("source").unique().sort().str.join("+"),
        )
        .filter(pl.col("currencies") == 1)
    )
    values = known.pivot("item", index=["ticker", "period_end"], values="value", aggregate_function="first")
    absent = [name for name in (*FLOW_ITEMS, *STOCK_ITEMS) if name not in values.columns]
    values = values.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in absent)
    wide = heads.join(values, on=["ticker", "period_end"]).with_columns(
        pl.coalesce("gross_profit", pl.col("revenue") - pl.col("cost_of_revenue")).alias("gross_profit")
    )
    last = wide.sort("ticker", "period_end").group_by("ticker", maintain_order=True).tail(MAX_QUARTERS)
    return QUARTERS.conform(last)


def latest_balance(statements: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return ticker, item, value, currency, known_at: the newest balance of each item known on `as_of`."""
    dates = statements.select(pl.col("ticker").unique().sort()).with_columns(date=pl.lit(as_of))
    stock = statements.filter(
        (pl.col("period_type") == "INSTANT")
        & pl.col("item").is_in([*STOCK_ITEMS, "shares_outstanding", "shares_diluted"])
    )
    known = as_known(stock, dates).filter(
        (pl.col("date") - pl.col("period_end")).dt.total_days() <= BALANCE_MAX_AGE_DAYS
    )
    newest = known.sort("ticker", "item", "period_end").group_by("ticker", "item", maintain_order=True).last()
    return newest.select("ticker", "item", "value", "currency", "period_end", "known_at", "source")
