"""How far revenue and known funding of the labs cover what they have promised to pay."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from models.accounts import NETWORK_ONLY, Accounts, Revenue
from models.bands import Window
from models.flows import Flow
from models.loop_runs import traced
from models.raised_money import raised_outside
from models.tables import LAB_COVERAGE

__all__ = ["known_funding", "lab_coverage", "year_accounts"]

ROUNDING_BN = 6
"""Decimals of bn USD: a thousand dollars. Smaller differences of large sums are rounding."""


def known_funding() -> pl.Expr:
    """Return what a node receives besides revenue, ``T - R - zB`` in bn USD, from columns of NODE_ACCOUNTS.

    Outside debt, outside equity and financing from other nodes; the cash draw zB closes the account and is
    no funding.
    """
    funding = pl.col("throughflow_bn_usd") - pl.col("revenue_bn_usd") - pl.col("cash_draw_bn_usd")
    return funding.round(ROUNDING_BN).clip(lower_bound=0.0)


def lab_coverage(
    accounts: pl.DataFrame, labs: Collection[str], *, period: str, sealed: Iterable[Accounts] = ()
) -> pl.DataFrame:
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
    sealed
        Accounts of the period that may not have been closed.

    Missing data
        A lab that pays nobody in the ledger or whose revenue is not known has no cover, with the reason;
        one outside it has no row. Where
        the books cannot be closed everything is null, with the reason.
    """
    out, R = pl.col("outflow_bn_usd"), pl.col("revenue_bn_usd")
    pays = out > 0
    is_known = ~pl.col("revenue_origin").str.starts_with(NETWORK_ONLY)
    rows = accounts.filter(pl.col("node").is_in(sorted(labs))).select(
        "node",
        "case",
        pl.lit(period).alias("period"),
        pl.when(is_known).then(R).alias("revenue_bn_usd"),
        known_funding().alias("funding_bn_usd"),
        out.alias("commitments_bn_usd"),
        pl.when(pays & is_known).then(R / out).alias("revenue_cover"),
        pl.when(pays & is_known).then((R + known_funding()) / out).alias("total_cover"),
        pl.when(~pays)
        .then(pl.lit("it pays nobody in the ledger in this period"))
        .when(~is_known)
        .then(pl.lit("its revenue is not known"))
        .alias("reason"),
    )
    without: list[dict[str, object]] = [
        {"node": node, "case": run.case, "period": period, "reason": run.sealed}
        for run in sealed
        for node in run.left_out
        if node in labs
    ]
    return pl.concat([LAB_COVERAGE.conform(rows), LAB_COVERAGE.frame(without)])


def year_accounts(
    flows: Sequence[Flow],
    year: int,
    *,
    nodes: pl.DataFrame,
    figures: pl.DataFrame,
    revenue: Mapping[str, Revenue],
    as_of: date,
    fx_to_usd: Mapping[str, float],
) -> Accounts:
    """Return the accounts of one calendar year, with assumptions: what falls due in it, on its schedules.

    Parameters
    ----------
    flows
        Flows with their payments.
    year
        From that of `as_of` on.
    nodes, figures
        Tables NODES and FIGURES: kinds, names, and money raised in the year.
    revenue
        Node to yearly revenue; it stands for every year, growth is not assumed.
    as_of
        Date of the screen.

    Missing data
        A flow without a known schedule is left out, as in the window mean. A year in which money never
        leaves a circle of nodes is `sealed`.
    """
    window = Window(year, year)
    due = []
    for flow in flows:
        parts = [payment.mean(window) for payment in flow.payments]
        total = parts[0] if parts else None
        for part in parts[1:]:
            total = None if total is None else total.plus(part)
        due.append(replace(flow, completed=total))
    return traced(
        due,
        case="with_assumptions",
        variant="base",
        kinds=dict(nodes.select("node", "kind").iter_rows()),
        revenue=revenue,
        raised=raised_outside(figures=figures, as_of=as_of, fx_to_usd=fx_to_usd, first_year=year),
    ).accounts
