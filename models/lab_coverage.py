"""How far revenue and known funding of the labs cover what they have promised to pay."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from models.tables import LAB_COVERAGE

__all__ = ["known_funding", "lab_coverage"]

ROUNDING_BN = 6
"""Decimals of bn USD: a thousand dollars. Smaller differences of large sums are rounding."""


def known_funding() -> pl.Expr:
    """Return what a node receives besides revenue, ``T - R - zB`` in bn USD, from columns of NODE_ACCOUNTS.

    Outside debt, outside equity and financing from other nodes; the cash draw zB closes the account and is
    no funding.
    """
    funding = pl.col("throughflow_bn_usd") - pl.col("revenue_bn_usd") - pl.col("cash_draw_bn_usd")
    return funding.round(ROUNDING_BN).clip(lower_bound=0.0)


def lab_coverage(accounts: pl.DataFrame, labs: Collection[str], *, period: str) -> pl.DataFrame:
    """Return LAB_COVERAGE of one period: one row for each lab and case.

    ``revenue_cover = R / out``, ``total_cover = (R + funding) / out``. Other costs of the labs are not in
    the ledger, so a cover of 1 is not solvency.

    Parameters
    ----------
    accounts
        Table NODE_ACCOUNTS of the period.
    labs
        Nodes of the labs.
    period
        Calendar year, or first-last for the mean of a window.

    Missing data
        A lab that pays nobody in the ledger has no cover, with the reason; one outside it has no row.
    """
    out = pl.col("outflow_bn_usd")
    pays = out > 0
    rows = accounts.filter(pl.col("node").is_in(sorted(labs))).select(
        "node",
        "case",
        pl.lit(period).alias("period"),
        "revenue_bn_usd",
        known_funding().alias("funding_bn_usd"),
        out.alias("commitments_bn_usd"),
        pl.when(pays).then(pl.col("revenue_bn_usd") / out).alias("revenue_cover"),
        pl.when(pays).then((pl.col("revenue_bn_usd") + known_funding()) / out).alias("total_cover"),
        pl.when(~pays).then(pl.lit("it pays nobody in the ledger in this period")).alias("reason"),
    )
    return LAB_COVERAGE.conform(rows)
