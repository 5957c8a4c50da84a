"""The tables of the capex loop: flows, loops and revenue at risk of its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from models.accounts import Accounts
from models.bands import Band
from models.cycles import Loop, capital_loops
from models.flows import CASES, TERMS, Case, Flow, Terms
from models.loop_components import LoopRun, at_risk
from models.segment_channel import Linkage
from models.tables import FLOWS, LOOPS, REVENUE_AT_RISK

__all__ = ["flows_table", "loops_table", "risk_table"]


def flows_table(flows: Sequence[Flow]) -> pl.DataFrame:
    """Return FLOWS: each flow with its assumptions applied, summed or visible only."""
    rows: list[dict[str, object]] = []
    for flow in flows:
        band = flow.stock or flow.completed or Band(None, None, None)
        rows.append(
            {
                "flow_id": flow.flow_id,
                "payer": flow.payer,
                "payee": flow.payee,
                "kind": flow.kind,
                "flow_class": flow.flow_class,
                "low_bn_usd": band.low,
                "base_bn_usd": band.base,
                "high_bn_usd": band.high,
                "is_assumed": flow.is_assumed,
                "is_summed": any(flow.amount("with_assumptions", v) > 0 for v in ("low", "base", "high")),
                "status": flow.status,
                "source": flow.source,
                "note": flow.note or None,
            }
        )
    return FLOWS.frame(rows)


def loops_table(
    accounts: Mapping[tuple[Case, Terms], Accounts], names: Mapping[str, str], bound: int
) -> pl.DataFrame:
    """Return LOOPS by case and terms, largest bottleneck first; a loop keeps its id in all of them."""
    found = {key: capital_loops(run.network, length_bound=bound) for key, run in accounts.items()}
    order = [(case, terms) for terms in TERMS for case in reversed(CASES) if (case, terms) in found]
    ids: dict[frozenset[tuple[str, str]], str] = {}
    rows: list[dict[str, object]] = []
    for key in order:
        for loop in found[key]:
            edges = _edge_set(loop, accounts[key])
            row = {"loop_id": ids.setdefault(edges, f"L{len(ids) + 1:02d}"), "case": key[0], "terms": key[1]}
            rows.append({**row, **_loop_row(loop, accounts[key], names)})
    return LOOPS.frame(rows)


def _edge_set(loop: Loop, accounts: Accounts) -> frozenset[tuple[str, str]]:
    nodes = accounts.network.nodes
    return frozenset((nodes[i], nodes[j]) for i, j in loop.edges)


def _loop_row(loop: Loop, accounts: Accounts, names: Mapping[str, str]) -> dict[str, object]:
    nodes = [accounts.network.nodes[i] for i in loop.nodes]
    edges = list(zip(nodes, nodes[1:] + nodes[:1], strict=True))
    on_edge = {e: [f for f in accounts.flows if (f.payer, f.payee) == e] for e in edges}
    used = [f for flows in on_edge.values() for f in flows]
    return {
        "path": " → ".join(names[node] for node in [*nodes, nodes[0]]),
        "nodes": nodes,
        "length": len(edges),
        "bottleneck_bn_usd": loop.bottleneck,
        "probability": loop.probability,
        "edges": "; ".join(_edge_text(e, on_edge[e], accounts, names) for e in edges),
        "deals": list(dict.fromkeys(i for f in used for i in f.ids_in(accounts.case))),
        "has_assumption": accounts.case != "ledger"
        and any(all(f.amount("ledger") == 0 for f in flows) for flows in on_edge.values()),
        "source": "+".join(dict.fromkeys(f.source_in(accounts.case) for f in used)),
    }


def _edge_text(
    edge: tuple[str, str], flows: Sequence[Flow], accounts: Accounts, names: Mapping[str, str]
) -> str:
    """Return ``NVIDIA → OpenAI: financing 30.0 (D003)`` with the amounts of the year, bn USD."""
    words = []
    for flow_class in ("financing", "commercial"):
        own = [f for f in flows if f.flow_class == flow_class]
        if own:
            amount = sum(f.amount(accounts.case, accounts.variant, accounts.terms) for f in own)
            words.append(
                f"{flow_class} {amount:.2f} ({', '.join(i for f in own for i in f.ids_in(accounts.case))})"
            )
    return f"{names[edge[0]]} → {names[edge[1]]}: {' and '.join(words)}"


def risk_table(runs: Mapping[Case, LoopRun], links: Mapping[str, Linkage], cut: float) -> pl.DataFrame:
    """Return REVENUE_AT_RISK: every company of the theme and every node of the network.

    `channel` is the one that carries more of the value: a company's own deals or its stated exposure.
    """
    rows: list[dict[str, object]] = []
    for case, run in runs.items():
        network = run.accounts.network
        outside = {node: Linkage(node, "node", None, (), None) for node in network.nodes if node not in links}
        for ticker, link in {**links, **outside}.items():
            risk, j = at_risk(run, link, links), run.accounts.position(ticker)
            rows.append(
                {
                    "ticker": ticker,
                    "channel": "network" if risk.value is not None and risk.is_mostly_network else "segment",
                    "case": case,
                    "funding_cut": cut,
                    "revenue_at_risk": risk.value,
                    "clearing_shortfall_bn_usd": float(run.shortfall[j]) if j is not None else None,
                    "reason": risk.reason,
                }
            )
    return REVENUE_AT_RISK.frame(rows)
