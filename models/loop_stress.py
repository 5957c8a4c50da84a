"""What a funding stop would do: clearing, guarantees called, equity at risk, cover of the labs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import polars as pl

from exposures.theme import LoopSettings
from models.accounts import accounts_table
from models.capex_loop import LoopResult
from models.clearing_grid import clear_grid, clearing_table, triggered_table
from models.commitments import commitments
from models.equity_at_risk import equity_at_risk
from models.lab_coverage import lab_coverage, year_accounts
from models.loop_runs import firm_payments
from models.segment_channel import linkages
from models.tables import NODE_ACCOUNTS
from models.vendor_finance import vendor_finance

__all__ = ["StressResult", "loop_stress"]

BILLION = 1e9


@dataclass(frozen=True)
class StressResult:
    """The tables CLEARING_RESULTS, TRIGGERED_CLAIMS, EQUITY_AT_RISK, LAB_COVERAGE and VENDOR_FINANCE."""

    clearing: pl.DataFrame
    triggered: pl.DataFrame
    equity: pl.DataFrame
    coverage: pl.DataFrame
    vendor_finance: pl.DataFrame


def loop_stress(
    loop: LoopResult,
    *,
    deals: pl.DataFrame,
    nodes: pl.DataFrame,
    figures: pl.DataFrame,
    assumptions: pl.DataFrame,
    relations: pl.DataFrame,
    memberships: pl.DataFrame,
    yardstick: pl.DataFrame,
    panel: pl.DataFrame,
    settings: LoopSettings,
    as_of: date,
    fx_to_usd: Mapping[str, float],
    funding_cut: float,
) -> StressResult:
    """Return what a fall of the labs' funding does, at the theme's cut and on its grid.

    1. Take-or-pay contracts clear in both cases, without and with default costs, without and with called
    guarantees. 2. Equity at risk follows from the case with assumptions and the cells with default costs.
    3. The labs' cover and the vendors' commitments stand beside it.

    Parameters
    ----------
    loop
        Result of `models.capex_loop.capex_loop` on the same tables.
    deals, nodes, figures, assumptions, relations, memberships, yardstick
        Tables of a theme.
    panel
        Table PANEL: cash, equity, market value, margins.
    settings
        Grid of cuts, recoveries, elasticity.
    funding_cut
        The cut of the run; it joins the grid.

    Returns
    -------
    StressResult
        Money in bn USD, a year unless the column says otherwise; losses are fractions of equity.

    Missing data
        See the tables' own models; an empty ledger gives empty clearing and guarantee tables.
    """
    labs = frozenset(nodes.filter("is_lab").get_column("node"))
    given = commitments(loop.ledger, deals=deals, assumptions=assumptions, as_of=as_of, fx_to_usd=fx_to_usd)
    cells = partial(
        clear_grid,
        cuts=sorted({*settings.funding_cut_grid, funding_cut}),
        recoveries=(settings.asset_recovery, settings.claim_recovery),
        guarantees=given,
        cash_bn_usd={
            ticker: usd / BILLION
            for ticker, usd in panel.select("ticker", "cash_usd").drop_nulls().iter_rows()
        },
        window_years=loop.window_years,
    )
    stresses = [
        stress
        for case, run in loop.runs.items()
        for stress in cells(
            run.accounts.network,
            firm_payments(run.accounts),
            case=case,
            labs=_places(run.accounts.network.nodes, labs),
        )
    ]
    base = loop.runs["with_assumptions"]
    return StressResult(
        clearing=clearing_table(stresses),
        triggered=triggered_table(stresses),
        equity=equity_at_risk(
            base,
            links=linkages(memberships, relations, as_of),
            stresses=[s for s in stresses if s.case == "with_assumptions"],
            labs=_places(base.accounts.network.nodes, labs),
            elasticity=settings.spending_elasticity,
            given=given,
            panel=panel,
            window_years=loop.window_years,
        ),
        coverage=_coverage(loop, labs, nodes=nodes, figures=figures, as_of=as_of, fx_to_usd=fx_to_usd),
        vendor_finance=vendor_finance(yardstick, given, base.accounts, as_of=as_of),
    )


def _coverage(
    loop: LoopResult,
    labs: Collection[str],
    *,
    nodes: pl.DataFrame,
    figures: pl.DataFrame,
    as_of: date,
    fx_to_usd: Mapping[str, float],
) -> pl.DataFrame:
    """Return the labs' cover in the mean of the window and, with assumptions, in each of its years."""
    years = range(loop.year, loop.year + loop.window_years)
    window = f"{years[0]}" if len(years) == 1 else f"{years[0]}-{years[-1]}"
    whole = [run.accounts for run in loop.runs.values()]
    parts = [lab_coverage(loop.accounts, labs, period=window, sealed=whole)]
    names = dict(nodes.select("node", "name").iter_rows())
    for year in years if len(years) > 1 else ():
        accounts = year_accounts(
            loop.ledger,
            year,
            nodes=nodes,
            figures=figures,
            revenue=loop.revenue,
            as_of=as_of,
            fx_to_usd=fx_to_usd,
        )
        table = NODE_ACCOUNTS.check(accounts_table([accounts], names))
        parts.append(lab_coverage(table, labs, period=f"{year}", sealed=[accounts]))
    return pl.concat(parts)


def _places(nodes: tuple[str, ...], labs: Collection[str]) -> list[int]:
    return [j for j, node in enumerate(nodes) if node in labs]
