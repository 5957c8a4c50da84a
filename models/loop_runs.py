"""The networks that the capex loop closes: every case, variant and terms, or why one cannot be closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.accounts import Accounts, Revenue, close_accounts
from models.attribution import Attribution, attribute_each, capital_market_origin, cycling_index
from models.bands import Variant
from models.flows import CASES, TERMS, Case, Flow, Terms
from models.loop_components import LoopRun
from models.network import Matrix, SealedNetworkError
from models.raised_money import Raised
from models.shock import lab_funding_shock, take_or_pay_shortfall

__all__ = ["LoopInputs", "Traced", "firm_payments", "lab_places", "loop_run", "traced", "traced_terms"]


@dataclass(frozen=True)
class LoopInputs:
    """What every run shares."""

    flows: Sequence[Flow]
    kinds: Mapping[str, str]
    labs: frozenset[str]
    revenue: Mapping[str, Revenue]
    raised: Mapping[tuple[str, str], Raised]
    cut: float
    elasticity: float


@dataclass(frozen=True, eq=False)
class Traced:
    """The closed network of a case and the attribution of every node on its own."""

    accounts: Accounts
    attribution: Attribution


def traced(
    flows: Sequence[Flow],
    *,
    case: Case,
    variant: Variant,
    kinds: Mapping[str, str],
    revenue: Mapping[str, Revenue],
    raised: Mapping[tuple[str, str], Raised],
    terms: Terms = "all",
) -> Traced:
    """Return the closed network of a case and its attribution; parameters as `close_accounts`.

    Missing data
        Where money never leaves some nodes nothing can be traced: the network is empty, `sealed` of the
        accounts says why and `left_out` names the nodes. The other cases stand.
    """

    def close(used: Sequence[Flow]) -> Traced:
        accounts = close_accounts(
            used, case=case, variant=variant, kinds=kinds, revenue=revenue, raised=raised, terms=terms
        )
        return Traced(accounts, attribute_each(accounts.network))

    try:
        return close(flows)
    except SealedNetworkError as error:
        used = [f for f in flows if f.amount(case, variant, terms) > 0]
        nodes = {p for f in used for p in (f.payer, f.payee) if kinds[p] in ("listed", "private")}
        empty = close([])
        accounts = replace(empty.accounts, sealed=error.message.rstrip("."), left_out=tuple(sorted(nodes)))
        return Traced(accounts, empty.attribution)


def _traced(inputs: LoopInputs, case: Case, variant: Variant, terms: Terms) -> Traced:
    return traced(
        inputs.flows,
        case=case,
        variant=variant,
        kinds=inputs.kinds,
        revenue=inputs.revenue,
        raised=inputs.raised,
        terms=terms,
    )


def traced_terms(inputs: LoopInputs, runs: Mapping[Case, LoopRun]) -> dict[tuple[Case, Terms], Traced]:
    """Return network and attribution of every case and terms; those of all payments are in `runs`."""
    found: dict[tuple[Case, Terms], Traced] = {}
    for case in CASES:
        for terms in TERMS:
            whole = Traced(runs[case].accounts, runs[case].attribution)
            found[case, terms] = whole if terms == "all" else _traced(inputs, case, "base", terms)
    return found


def loop_run(inputs: LoopInputs, case: Case, variant: Variant) -> LoopRun:
    """Return everything that is computed on one case and variant."""
    closed = _traced(inputs, case, variant, "all")
    accounts, network = closed.accounts, closed.accounts.network
    labs = lab_places(inputs, accounts)
    return LoopRun(
        accounts=accounts,
        attribution=closed.attribution,
        cycling=cycling_index(network),
        origin=capital_market_origin(network),
        shock=lab_funding_shock(network, labs, funding_cut=inputs.cut, elasticity=inputs.elasticity),
        shortfall=take_or_pay_shortfall(network, firm_payments(accounts), labs, funding_cut=inputs.cut),
    )


def lab_places(inputs: LoopInputs, accounts: Accounts) -> list[int]:
    """Return the positions of the labs in the network."""
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
