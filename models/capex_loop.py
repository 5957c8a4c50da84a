"""The capex loop: who pays whom, whose own money comes back, and what a funding stop would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from exposures.tables import GROUPS
from exposures.theme import LoopSettings
from models.accounts import MarketRevenue, Revenue, accounts_table, yearly_revenue
from models.attribution import finn_cycling_index
from models.flows import CASES, Case, Flow, year_flows
from models.groups import RelatedParties, related_parties
from models.loop_attribution import attribution_table
from models.loop_components import LoopRun, LoopView, contingent_claims, loop_components
from models.loop_null import NULL_DRAWS, loop_null_table
from models.loop_runs import LoopInputs, lab_places, loop_run, traced_terms
from models.loop_tables import flows_table, loops_table, risk_table
from models.loop_uncertainty import draw_loop, spreads, uncertainty_table
from models.loop_years import year_flows_table
from models.raised_money import raised_outside
from models.segment_channel import Linkage, linkages
from models.tables import (
    ATTRIBUTION,
    FLOWS,
    LOOP_NULL,
    LOOP_UNCERTAINTY,
    LOOPS,
    NODE_ACCOUNTS,
    REVENUE_AT_RISK,
    YEAR_FLOWS,
)

__all__ = ["DEFAULT_SEED", "LoopResult", "capex_loop"]

DEFAULT_SEED = 20260429
"""Date of the first research note; the command line passes its own seed."""


@dataclass(frozen=True)
class LoopResult:
    """The tables of the capex loop, each under its own name.

    Money is a yearly mean over `window_years` calendar years from `year` on.

    `finn_index` holds Finn's cycling index (fraction) by case; a case without any flow is absent. `runs`
    holds what the base variant of each case was computed from, `ledger` every flow and `revenue` every
    node's yearly revenue, for the stress. The tables are empty where only a ranking was asked for.
    """

    components: pl.DataFrame
    year: int
    window_years: int
    finn_index: dict[str, float]
    runs: Mapping[Case, LoopRun]
    ledger: Sequence[Flow]
    revenue: Mapping[str, Revenue]
    flows: pl.DataFrame = field(default_factory=FLOWS.empty)
    year_flows: pl.DataFrame = field(default_factory=YEAR_FLOWS.empty)
    accounts: pl.DataFrame = field(default_factory=NODE_ACCOUNTS.empty)
    attribution: pl.DataFrame = field(default_factory=ATTRIBUTION.empty)
    loops: pl.DataFrame = field(default_factory=LOOPS.empty)
    loop_null: pl.DataFrame = field(default_factory=LOOP_NULL.empty)
    revenue_at_risk: pl.DataFrame = field(default_factory=REVENUE_AT_RISK.empty)
    uncertainty: pl.DataFrame = field(default_factory=LOOP_UNCERTAINTY.empty)


def capex_loop(
    *,
    deals: pl.DataFrame,
    nodes: pl.DataFrame,
    figures: pl.DataFrame,
    assumptions: pl.DataFrame,
    relations: pl.DataFrame,
    memberships: pl.DataFrame,
    settings: LoopSettings,
    as_of: date,
    fx_to_usd: Mapping[str, float],
    simulated_revenue_usd: Mapping[str, float] | None = None,
    market_revenue_usd: Mapping[str, MarketRevenue] | None = None,
    funding_cut: float | None = None,
    seed: int = DEFAULT_SEED,
    groups: pl.DataFrame | None = None,
    null_draws: int = NULL_DRAWS,
    is_ranking_only: bool = False,
) -> LoopResult:
    """Return the capex loop of the years from that of `as_of` on, from the ledger and with assumptions.

    1. Ledger and assumptions become mean yearly flows over the theme's window. 2. Published revenue and
    outside money close the books of every node. 3. First-return attribution splits each node's revenue
    into eight parts that sum to it, for the company alone and with its related parties. 4. Closed paths
    with a financing and a commercial edge are listed and counted against shuffled ledgers; both once with
    every payment and once with only what is owed.
    5. The labs' funding is cut: linear response for spending that follows money, clearing for
    take-or-pay. 6. Companies outside the ledger inherit through the stated exposure of their segment.

    Parameters
    ----------
    deals, nodes, figures, assumptions, relations, memberships
        Tables of a theme, see `exposures.tables`.
    settings
        Funding cut, spending elasticity and longest loop of the theme.
    as_of
        Nothing known later enters.
    fx_to_usd
        US dollars per unit of a currency.
    simulated_revenue_usd
        Node to yearly revenue of the sample, USD; used last and marked.
    market_revenue_usd
        Node to the yearly revenue of its statements.
    funding_cut
        x in [0, 1] in place of the theme's own.
    seed
        Seed of the Monte Carlo draws and of the shuffled ledgers.
    groups
        Table GROUPS; None: nobody is related.
    null_draws
        Shuffled ledgers of the null model.
    is_ranking_only
        True leaves every table but the components empty: enough to rank, in half of the time.

    Returns
    -------
    LoopResult
        Shares are fractions of revenue in [0, 1]; money is in bn USD a year.

    Missing data
        Rows that cannot be summed stay in FLOWS with the reason; companies without a value stay in
        COMPONENTS and REVENUE_AT_RISK with null and the reason. An empty ledger gives empty tables. A case
        in which money never leaves a circle of nodes has nulls with that reason; the others stand.

    Raises
    ------
    DataError
        When the rows contradict each other (unknown party, reversed term).

    References
    ----------
    Leontief 1936 and Finn 1976 for the flow algebra; Eisenberg and Noe 2001 for clearing; Acemoglu,
    Akcigit and Kerr 2015 for the direction of demand shocks.
    """
    years = settings.window_years
    flows = year_flows(
        deals=deals, nodes=nodes, assumptions=assumptions, as_of=as_of, fx_to_usd=fx_to_usd, years=years
    )
    inputs = LoopInputs(
        flows=flows,
        kinds=dict(nodes.select("node", "kind").iter_rows()),
        labs=frozenset(nodes.filter("is_lab").get_column("node")),
        revenue=yearly_revenue(
            nodes=nodes,
            figures=figures,
            as_of=as_of,
            fx_to_usd=fx_to_usd,
            market_revenue_usd=market_revenue_usd or {},
            simulated_revenue_usd=simulated_revenue_usd or {},
        ),
        raised=raised_outside(figures=figures, as_of=as_of, fx_to_usd=fx_to_usd, years=years),
        cut=settings.funding_cut if funding_cut is None else funding_cut,
        elasticity=settings.spending_elasticity,
    )
    runs = {case: loop_run(inputs, case, "base") for case in CASES}
    links = linkages(memberships, relations, as_of)
    drawn_cases = ("with_assumptions",) if is_ranking_only else CASES
    finn = _finn(runs)
    uncertainty = _uncertainty(
        inputs, {case: runs[case] for case in drawn_cases}, links, finn=finn, settings=settings, seed=seed
    )
    result = LoopResult(
        components=loop_components(_view(inputs, runs, links, uncertainty, as_of)),
        year=as_of.year,
        window_years=years,
        finn_index=finn,
        runs=runs,
        ledger=flows,
        revenue=inputs.revenue,
    )
    if is_ranking_only:
        return result
    result = replace(result, uncertainty=uncertainty, revenue_at_risk=risk_table(runs, links, inputs.cut))
    names = dict(nodes.select("node", "name").iter_rows())
    related = related_parties(GROUPS.empty() if groups is None else groups, as_of)
    return _with_ledger_tables(
        result,
        inputs,
        names,
        related,
        as_of=as_of,
        bound=settings.loop_length_bound,
        draws=null_draws,
        seed=seed,
    )


def _view(
    inputs: LoopInputs,
    runs: Mapping[Case, LoopRun],
    links: Mapping[str, Linkage],
    uncertainty: pl.DataFrame,
    as_of: date,
) -> LoopView:
    """Return what the components are read from."""
    drawn = spreads(uncertainty)
    return LoopView(
        base=runs["with_assumptions"],
        ledger=runs["ledger"],
        ends=None if drawn else _ends(inputs),
        links=links,
        flows=inputs.flows,
        claims=contingent_claims(inputs.flows, as_of),
        revenue=inputs.revenue,
        as_of=as_of,
        spreads=drawn,
    )


def _with_ledger_tables(
    result: LoopResult,
    inputs: LoopInputs,
    names: Mapping[str, str],
    related: RelatedParties,
    *,
    as_of: date,
    bound: int,
    draws: int,
    seed: int,
) -> LoopResult:
    """Return the result with the tables that list flows, accounts, origins and loops."""
    runs = result.runs
    traced = traced_terms(inputs, runs)
    return replace(
        result,
        flows=flows_table(inputs.flows),
        year_flows=year_flows_table(inputs.flows, as_of),
        accounts=accounts_table([run.accounts for run in runs.values()], names),
        attribution=attribution_table(traced, related, contingent_claims(inputs.flows, as_of)),
        loops=loops_table({key: run.accounts for key, run in traced.items()}, names, bound),
        loop_null=loop_null_table(
            {case: run.accounts.network for case, run in runs.items()},
            length_bound=bound,
            draws=draws,
            seed=seed,
            sealed={case: run.accounts.sealed for case, run in runs.items()},
        ),
    )


def _uncertainty(
    inputs: LoopInputs,
    runs: Mapping[Case, LoopRun],
    links: Mapping[str, Linkage],
    *,
    finn: Mapping[str, float],
    settings: LoopSettings,
    seed: int,
) -> pl.DataFrame:
    """Return LOOP_UNCERTAINTY of the given runs."""
    return uncertainty_table(
        [
            draw_loop(
                run,
                flows=inputs.flows,
                links=links,
                revenue=inputs.revenue,
                raised=inputs.raised,
                labs=lab_places(inputs, run.accounts),
                finn_index=finn.get(case),
                funding_cut=inputs.cut,
                settings=settings,
                seed=seed,
            )
            for case, run in runs.items()
        ]
    )


def _ends(inputs: LoopInputs) -> tuple[LoopRun, LoopRun]:
    """Return the runs with all low and all high amounts: the spread where there are no draws."""
    return loop_run(inputs, "with_assumptions", "low"), loop_run(inputs, "with_assumptions", "high")


def _finn(runs: Mapping[Case, LoopRun]) -> dict[str, float]:
    values = {case: finn_cycling_index(run.accounts.network) for case, run in runs.items()}
    return {case: value for case, value in values.items() if value is not None}
