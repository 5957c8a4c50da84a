"""Take-or-pay contracts at several funding cuts: who defaults, and which guarantees are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.clearing import Clearing, clear_payments
from models.commitments import Commitment
from models.flows import Case
from models.network import Matrix, Network, Vector
from models.shock import external_assets
from models.tables import CLEARING_RESULTS, TRIGGERED_CLAIMS

__all__ = ["Stress", "clear_grid", "clearing_table", "triggered_table"]

MATERIAL = 1e-9
"""Bn USD: a need below one dollar is rounding."""


@dataclass(frozen=True, eq=False)
class Call:
    """A guarantee in one stress: why it is called and how much of it, bn USD a year."""

    claim: Commitment
    trigger: str
    need: float
    called: float | None
    reason: str | None


@dataclass(frozen=True, eq=False)
class Stress:
    """One cell of the grid.

    Parameters
    ----------
    case, funding_cut, has_default_costs
        Which cell.
    nodes
        Nodes of the network, in the order of every array.
    buffers
        Cash a year, shape (n,), bn USD; NaN where it is not known (counted as none).
    is_owed
        Shape (n,): True for nodes with a firm contract on either side.
    base
        Clearing without any guarantee.
    triggered
        Clearing in which called guarantees are paid: beside the base, never added to it.
    calls
        Every guarantee to a node of the network, called or not.
    """

    case: Case
    funding_cut: float
    has_default_costs: bool
    nodes: tuple[str, ...]
    buffers: Vector
    is_owed: NDArray[np.bool_]
    base: Clearing
    triggered: Clearing
    calls: tuple[Call, ...]


def clear_grid(
    network: Network,
    firm: Matrix,
    *,
    case: Case,
    labs: Sequence[int],
    cuts: Sequence[float],
    recoveries: tuple[float, float],
    guarantees: Sequence[Commitment],
    cash_bn_usd: Mapping[str, float],
    window_years: int,
) -> list[Stress]:
    """Return the clearing of the firm contracts for every cut, without and with default costs.

    Each cell: ``e`` = `models.shock.external_assets` plus cash / window_years; Eisenberg-Noe, or
    Rogers-Veraart with ``p_i = alpha e_i + beta sum_j Pi_ji p_j`` in default. Then guarantees: one is
    called when the party it stands behind defaults or is not paid by others; its need is the larger of
    the two gaps, shared among its guarantors by their maxima, and a call of a year is at most the maximum /
    window_years. Calls become liabilities of the guarantors and the network clears again; a guarantor that
    fails can trigger others, each once, so it ends.

    Parameters
    ----------
    network, firm
        Closed network of a case and its firm commercial flows, bn USD a year.
    labs
        Positions of the nodes whose funding falls.
    cuts
        Funding cuts in [0, 1].
    recoveries
        alpha and beta in [0, 1].
    guarantees
        Commitments of which the guarantees count.
    cash_bn_usd
        Node to cash and equivalents, a stock that has to last for the window.
    window_years
        Length of the window.

    Missing data
        Cash that is not known counts as none, which can only bring defaults forward. A guarantee without
        an amount is not called and carries the reason.

    References
    ----------
    Eisenberg and Noe 2001, Management Science 47:236; Rogers and Veraart 2013, Management Science 59:882.
    """
    buffers = np.array([cash_bn_usd.get(node, np.nan) for node in network.nodes]) / window_years
    buffers = np.where(buffers < 0, np.nan, buffers)  # an overdraft is debt, not cash of that amount
    at = {node: i for i, node in enumerate(network.nodes)}
    is_owed = (firm.sum(axis=0) > 0) | (firm.sum(axis=1) > 0)
    claims = [c for c in guarantees if c.is_guarantee and c.giver != c.receiver and c.receiver in at]
    found = []
    for cut in cuts:
        e = external_assets(network, firm, labs, funding_cut=cut) + np.nan_to_num(buffers)
        for has_costs in (False, True):
            rates = recoveries if has_costs else (1.0, 1.0)
            base = clear_payments(firm, e, asset_recovery=rates[0], claim_recovery=rates[1])
            triggered, calls = _with_calls(firm, e, base, claims, at=at, rates=rates, years=window_years)
            found.append(
                Stress(case, cut, has_costs, network.nodes, buffers, is_owed, base, triggered, calls)
            )
    return found


def _with_calls(
    firm: Matrix,
    e: Vector,
    base: Clearing,
    claims: Sequence[Commitment],
    *,
    at: Mapping[str, int],
    rates: tuple[float, float],
    years: int,
) -> tuple[Clearing, tuple[Call, ...]]:
    """Return the clearing with every called guarantee paid, and the calls in the order of `claims`."""
    idle = {call.claim.flow_id: call for call in _calls(claims, base, at, years)}
    called: dict[str, Call] = {}
    result = base
    while True:
        waiting = [c for c in claims if c.flow_id not in called]
        fresh = {call.claim.flow_id: call for call in _calls(waiting, result, at, years) if call.called}
        if not fresh:
            return result, tuple(called.get(c.flow_id, idle[c.flow_id]) for c in claims)
        called.update(fresh)
        L, assets = firm.copy(), e.copy()
        for call in called.values():
            j, amount = at[call.claim.receiver], call.called or 0.0
            if call.claim.giver in at:
                L[at[call.claim.giver], j] += amount
            else:  # a guarantor without a deal of its own pays from outside the network
                assets[j] += amount
        result = clear_payments(L, assets, asset_recovery=rates[0], claim_recovery=rates[1])


def _calls(claims: Sequence[Commitment], result: Clearing, at: Mapping[str, int], years: int) -> list[Call]:
    """Return what each guarantee is asked for in one clearing."""
    unpaid = result.owed - result.payments
    limits: dict[str, float] = {}
    for c in claims:
        limits[c.receiver] = limits.get(c.receiver, 0.0) + (c.committed_bn_usd or 0.0)
    found = []
    for c in claims:
        j = at[c.receiver]
        need = float(max(unpaid[j], result.shortfall_to[j]))
        trigger = "default" if result.is_default[j] else "not paid" if need > MATERIAL else "none"
        if trigger == "none":
            found.append(Call(c, trigger, 0.0, 0.0, None))
        elif c.committed_bn_usd is None:
            found.append(Call(c, trigger, need, None, "amount of the guarantee not stated"))
        else:
            share = c.committed_bn_usd / limits[c.receiver] if limits[c.receiver] > 0 else 0.0
            found.append(Call(c, trigger, need, min(c.committed_bn_usd / years, need * share), None))
    return found


def clearing_table(stresses: Sequence[Stress]) -> pl.DataFrame:
    """Return CLEARING_RESULTS: the nodes that owe or are owed under firm contracts, cell by cell."""
    rows = [
        _clearing_row(stress, scenario, clearing, int(j))
        for stress in stresses
        for scenario, clearing in (("base", stress.base), ("triggered", stress.triggered))
        for j in np.flatnonzero(stress.is_owed | (clearing.owed > 0))
    ]
    return CLEARING_RESULTS.frame(rows)


def _clearing_row(stress: Stress, scenario: str, clearing: Clearing, j: int) -> dict[str, object]:
    buffer = float(stress.buffers[j])
    return {
        "node": stress.nodes[j],
        "case": stress.case,
        "scenario": scenario,
        "funding_cut": stress.funding_cut,
        "has_default_costs": stress.has_default_costs,
        "owed_bn_usd": float(clearing.owed[j]),
        "paid_bn_usd": float(clearing.payments[j]),
        "shortfall_bn_usd": float(clearing.owed[j] - clearing.payments[j]),
        "not_received_bn_usd": float(clearing.shortfall_to[j]),
        "is_default": bool(clearing.is_default[j]),
        "rounds": clearing.rounds,
        "cash_buffer_bn_usd": None if np.isnan(buffer) else buffer,
    }


def triggered_table(stresses: Sequence[Stress]) -> pl.DataFrame:
    """Return TRIGGERED_CLAIMS: every guarantee in every cell, called or not."""
    rows: list[dict[str, object]] = [
        {
            "flow_id": call.claim.flow_id,
            "giver": call.claim.giver,
            "guaranteed": call.claim.receiver,
            "case": stress.case,
            "funding_cut": stress.funding_cut,
            "has_default_costs": stress.has_default_costs,
            "trigger": call.trigger,
            "need_bn_usd": call.need,
            "called_bn_usd": call.called,
            "maximum_bn_usd": call.claim.committed_bn_usd,
            "is_giver_in_default": _is_in_default(stress, call.claim.giver),
            "source": call.claim.source,
            "reason": call.reason,
        }
        for stress in stresses
        for call in stress.calls
    ]
    return TRIGGERED_CLAIMS.frame(rows)


def _is_in_default(stress: Stress, node: str) -> bool:
    nodes = stress.nodes
    return node in nodes and bool(stress.triggered.is_default[nodes.index(node)])
