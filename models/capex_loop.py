"""The capex loop: who pays whom, whose own money comes back, and what a funding stop would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from exposures.tables import GROUPS
from exposures.theme import LoopSettings
from models.accounts import (
    Accounts,
    MarketRevenue,
    Raised,
    Revenue,
    accounts_table,
    close_accounts,
    raised_outside,
    yearly_revenue,
)
from models.attribution import attribute_each, capital_market_origin, cycling_index, finn_cycling_index
from models.bands import Variant
from models.flows import CASES, TERMS, Case, Flow, Terms, year_flows
from models.groups import related_parties
from models.loop_attribution import Traced, attribution_table
from models.loop_components import LoopRun, LoopView, contingent_claims, loop_components
from models.loop_null import NULL_DRAWS, loop_null_table
from models.loop_tables import flows_table, loops_table, risk_table
from models.loop_uncertainty import draw_loop, spreads, uncertainty_table
from models.loop_years import year_flows_table
from models.network import Matrix
from models.segment_channel import linkages
from models.shock import lab_funding_shock, take_or_pay_shortfall
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

__all__ = ["DEFAULT_SEED", "LoopResult", "capex_loop", "firm_payments"]

DEFAULT_SEED = 20260429
"""Date of the first research note; the command line passes its own seed."""


@dataclass(frozen=True)
class LoopResult:
    """The tables of the capex loop, each under its own name.

    Money is a yearly mean over `window_years` calendar years from `year` on.

    `finn_index` holds Finn's cycling index (fraction) by case; a case without any flow is absent. `runs`
    holds what the base variant of each case was computed from, `ledger` every flow and `revenue` every
    node's yearly revenue, for the stress.
    """

    flows: pl.DataFrame
    year_flows: pl.DataFrame
    accounts: pl.DataFrame
    attribution: pl.DataFrame
    loops: pl.DataFrame
    loop_null: pl.DataFrame
    revenue_at_risk: pl.DataFrame
    components: pl.DataFrame
    uncertainty: pl.DataFrame
    year: int
    window_years: int
    finn_index: dict[str, float]
    runs: Mapping[Case, LoopRun]
    ledger: Sequence[Flow]
    revenue: Mapping[str, Revenue]


@dataclass(frozen=True)
class _Inputs:
    """What every run shares."""

    flows: Sequence[Flow]
    kinds: Mapping[str, str]
    labs: frozenset[str]
    revenue: Mapping[str, Revenue]
    raised: Mapping[tuple[str, str], Raised]
    cut: float
    elasticity: float


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
        COMPONENTS and REVENUE_AT_RISK with null and the reason. An empty ledger gives empty tables.

    Raises
    ------
    DataError
        When the rows contradict each other (unknown party, reversed term, sealed circle of money).

    References
    ----------
    Leontief 1936 and Finn 1976 for the flow algebra; Eisenberg and Noe 2001 for clearing; Acemoglu,
    Akcigit and Kerr 2015 for the direction of demand shocks.
    """
    years = settings.window_years
    flows = year_flows(
        deals=deals, nodes=nodes, assumptions=assumptions, as_of=as_of, fx_to_usd=fx_to_usd, years=years
    )
    inputs = _Inputs(
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
    runs = {case: _run(inputs, case, "base") for case in CASES}
    names = dict(nodes.select("node", "name").iter_rows())
    links, claims = linkages(memberships, relations, as_of), contingent_claims(flows, as_of)
    base, finn = runs["with_assumptions"], _finn(runs)
    uncertainty = uncertainty_table(
        [
            draw_loop(
                run,
                flows=flows,
                links=links,
                revenue=inputs.revenue,
                raised=inputs.raised,
                labs=_lab_places(inputs, run.accounts),
                finn_index=finn.get(case),
                funding_cut=inputs.cut,
                settings=settings,
                seed=seed,
            )
            for case, run in runs.items()
        ]
    )
    view = LoopView(
        base=base,
        ledger=runs["ledger"],
        low=_run(inputs, "with_assumptions", "low"),
        high=_run(inputs, "with_assumptions", "high"),
        links=links,
        flows=flows,
        claims=claims,
        revenue=inputs.revenue,
        as_of=as_of,
        spreads=spreads(uncertainty),
    )
    components = loop_components(view)
    if is_ranking_only:
        return _only_ranking(components, as_of.year, inputs, years=years, finn=finn, runs=runs)
    traced = _traced(inputs, runs)
    return LoopResult(
        flows=flows_table(flows),
        year_flows=year_flows_table(flows, as_of),
        accounts=accounts_table([run.accounts for run in runs.values()], names),
        attribution=attribution_table(
            traced, related_parties(GROUPS.empty() if groups is None else groups, as_of), claims
        ),
        loops=loops_table(
            {key: run.accounts for key, run in traced.items()}, names, settings.loop_length_bound
        ),
        loop_null=loop_null_table(
            {case: run.accounts.network for case, run in runs.items()},
            length_bound=settings.loop_length_bound,
            draws=null_draws,
            seed=seed,
        ),
        revenue_at_risk=risk_table(runs, links, inputs.cut),
        components=components,
        uncertainty=uncertainty,
        year=as_of.year,
        window_years=years,
        finn_index=finn,
        runs=runs,
        ledger=flows,
        revenue=inputs.revenue,
    )


def _only_ranking(
    components: pl.DataFrame,
    year: int,
    inputs: _Inputs,
    *,
    years: int,
    finn: dict[str, float],
    runs: Mapping[Case, LoopRun],
) -> LoopResult:
    return LoopResult(
        flows=FLOWS.empty(),
        year_flows=YEAR_FLOWS.empty(),
        accounts=NODE_ACCOUNTS.empty(),
        attribution=ATTRIBUTION.empty(),
        loops=LOOPS.empty(),
        loop_null=LOOP_NULL.empty(),
        revenue_at_risk=REVENUE_AT_RISK.empty(),
        components=components,
        uncertainty=LOOP_UNCERTAINTY.empty(),
        year=year,
        window_years=years,
        finn_index=finn,
        runs=runs,
        ledger=inputs.flows,
        revenue=inputs.revenue,
    )


def _closed(inputs: _Inputs, case: Case, variant: Variant, terms: Terms = "all") -> Accounts:
    return close_accounts(
        inputs.flows,
        case=case,
        variant=variant,
        kinds=inputs.kinds,
        revenue=inputs.revenue,
        raised=inputs.raised,
        terms=terms,
    )


def _traced(inputs: _Inputs, runs: Mapping[Case, LoopRun]) -> dict[tuple[Case, Terms], Traced]:
    """Return network and attribution of every case and terms; those of all payments are in `runs`."""
    found: dict[tuple[Case, Terms], Traced] = {}
    for case in CASES:
        for terms in TERMS:
            run = runs[case]
            if terms == "all":
                found[case, terms] = Traced(run.accounts, run.attribution)
            else:
                accounts = _closed(inputs, case, "base", terms)
                found[case, terms] = Traced(accounts, attribute_each(accounts.network))
    return found


def _run(inputs: _Inputs, case: Case, variant: Variant) -> LoopRun:
    """Return everything that is computed on one case and variant."""
    accounts = _closed(inputs, case, variant)
    network, labs = accounts.network, _lab_places(inputs, accounts)
    return LoopRun(
        accounts=accounts,
        attribution=attribute_each(network),
        cycling=cycling_index(network),
        origin=capital_market_origin(network),
        shock=lab_funding_shock(network, labs, funding_cut=inputs.cut, elasticity=inputs.elasticity),
        shortfall=take_or_pay_shortfall(network, firm_payments(accounts), labs, funding_cut=inputs.cut),
    )


def _lab_places(inputs: _Inputs, accounts: Accounts) -> list[int]:
    return [j for j, node in enumerate(accounts.network.nodes) if node in inputs.labs]


def firm_payments(accounts: Accounts) -> Matrix:
    """Return the commercial flows between nodes that a signed contract owes up to its notice, bn USD."""
    n = len(accounts.network.nodes)
    firm = np.zeros((n, n))
    for f in accounts.flows:
        i, j = accounts.position(f.payer), accounts.position(f.payee)
        if f.flow_class == "commercial" and i is not None and j is not None:
            firm[i, j] += f.amount(accounts.case, accounts.variant, "firm")
    return firm


def _finn(runs: Mapping[Case, LoopRun]) -> dict[str, float]:
    values = {case: finn_cycling_index(run.accounts.network) for case, run in runs.items()}
    return {case: value for case, value in values.items() if value is not None}
