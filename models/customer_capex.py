"""Capital spending of each supplier's customers, weighted by their shares of its revenue."""

from __future__ import annotations

from datetime import date

import polars as pl

from models.quarter_margins import calendar_quarter

__all__ = ["customer_capex"]

_KEY = ["ticker", "quarter"]


def customer_capex(
    relations: pl.DataFrame, quarters: pl.DataFrame, payers: frozenset[str], *, as_of: date
) -> pl.DataFrame:
    """Return ``K_iq = sum_j w_ij capex_jq`` by supplier and calendar quarter.

    The weight is the middle of the published share of customer *j* in the revenue of supplier *i*, the
    newest row known on `as_of`; it is held fixed over the quarters, so that K moves with spending alone.

    Parameters
    ----------
    relations
        `RELATIONS`.
    quarters
        `QUARTERS`.
    payers
        Customers whose capital spending is demand for the chain; others are not used.

    Returns
    -------
    DataFrame
        ticker, quarter, capex (in the payers' currency), customers (joined by +).

    Missing data: a relation without a share, or with a customer without filed capital spending, is not
    used. A quarter counts only when every customer used has its figure, else K would move with its
    composition. Customers in another currency than the one with most weight are left out.

    References: methods, section 4.
    """
    known = relations.filter(pl.col("known_at").is_null() | (pl.col("known_at") <= as_of))
    share = pl.mean_horizontal("revenue_share_low", "revenue_share_high")
    weights = (
        known.with_columns(weight=share)
        .filter((pl.col("weight") > 0) & pl.col("customer").is_in(list(payers)))
        .sort("supplier", "customer", "known_at", "period", "weight", nulls_last=False)
        .unique(["supplier", "customer"], keep="last", maintain_order=True)
        .select(pl.col("supplier").alias("ticker"), "customer", "weight")
    )
    spent = (
        quarters.filter((pl.col("known_at") <= as_of) & (pl.col("capex") > 0))
        .with_columns(quarter=calendar_quarter(pl.col("period_end")))
        .sort("ticker", "period_end")
        .unique(_KEY, keep="last", maintain_order=True)
        .select(pl.col("ticker").alias("customer"), "quarter", "capex", "currency")
    )
    pairs = _one_currency(weights.join(spent, on="customer"))
    wanted = pairs.group_by("ticker").agg(pl.col("customer").n_unique().alias("wanted"))
    return (
        pairs.group_by(_KEY)
        .agg(
            (pl.col("weight") * pl.col("capex")).sum().alias("capex"),
            pl.col("customer").n_unique().alias("found"),
            pl.col("customer").sort().str.join("+").alias("customers"),
        )
        .join(wanted, on="ticker")
        .filter(pl.col("found") == pl.col("wanted"))
        .select(*_KEY, "capex", "customers")
        .sort(_KEY)
    )


def _one_currency(pairs: pl.DataFrame) -> pl.DataFrame:
    """Keep for each supplier the currency whose customers weigh most."""
    customers = pairs.unique(["ticker", "customer", "currency"], maintain_order=True)
    kept = (
        customers.group_by("ticker", "currency", maintain_order=True)
        .agg(pl.col("weight").sum())
        .sort("ticker", "weight", "currency", descending=[False, True, False])
        .unique("ticker", keep="first", maintain_order=True)
    )
    return pairs.join(kept.select("ticker", "currency"), on=["ticker", "currency"], how="semi")
