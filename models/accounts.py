"""Node accounts: yearly revenue and outside money from published figures, and the network they close."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from models.attribution import cycling_index
from models.bands import Variant
from models.figure_words import metric_words
from models.flows import Case, Flow, Terms
from models.network import Network, close_network
from models.raised_money import RAISED_METRICS, UNIT_IN_BN, Raised, known_figures
from models.tables import NODE_ACCOUNTS

__all__ = [
    "NETWORK_ONLY",
    "Accounts",
    "MarketRevenue",
    "Revenue",
    "accounts_table",
    "close_accounts",
    "is_known_revenue",
    "yearly_revenue",
]

BILLION = 1e9
REVENUE_METRICS = ("revenue", "revenue_guidance", "run_rate_revenue")
"""Figures that state what a company sells in a year, now or in the year it guides for."""

FORECAST = re.compile(r"\d{2,4}E\b")
"""A period such as 2025E or Q2-2026E is a forecast, not a published account."""
HARD_GRADES = ("A", "B")
"""Filing or press. C, S and D figures make everything built on them an estimate."""

NETWORK_ONLY = "network only"
"""Origin of a revenue that nobody publishes: it is what the network pays, so no figure of the company."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Revenue:
    """Revenue of a node for one year, bn USD, with its origin in words.

    `is_hard` is False for research notes and estimates, `is_whole` for a figure of a part of the group.
    """

    bn_usd: float
    origin: str
    source: str
    is_hard: bool
    is_simulated: bool = False
    is_whole: bool = True
    period_end: date | None = None


@dataclass(frozen=True)
class MarketRevenue:
    """Yearly revenue that the market source's statements show.

    Parameters
    ----------
    usd
        US dollars a year.
    words
        How it was made, for people.
    source
        Source ids.
    period_end
        Last day of the newest period in it; None when not known, and then any published figure is newer.
    """

    usd: float
    words: str
    source: str
    period_end: date | None = None

    def is_newer_than(self, published: Revenue) -> bool:
        """Return True when the statements cover a later period than the published figure."""
        return (
            self.period_end is not None
            and published.period_end is not None
            and self.period_end > published.period_end
        )


@dataclass(frozen=True, eq=False)
class Accounts:
    """The closed network of one case and variant, with the origin of every outside figure.

    `origin`, `source`, `is_hard`, `is_simulated` and `has_revenue` are by node, in network order.
    Without `has_revenue` the revenue is only what the network (or a part of the group) shows, so shares
    of it say nothing about the company.

    `sealed` says why the books cannot be closed; then the network is empty and `left_out` names its nodes.
    """

    case: Case
    variant: Variant
    network: Network
    origin: tuple[str, ...]
    source: tuple[str, ...]
    is_hard: tuple[bool, ...]
    is_simulated: tuple[bool, ...]
    has_revenue: tuple[bool, ...]
    flows: tuple[Flow, ...]
    terms: Terms = "all"
    sealed: str = ""
    left_out: tuple[str, ...] = ()

    def position(self, node: str) -> int | None:
        """Return the place of `node` in the network, or None when it is outside."""
        nodes = self.network.nodes
        return nodes.index(node) if node in nodes else None

    def measured(self, node: str) -> int | None:
        """Return the place of `node` if its whole revenue is known and positive, else None."""
        j = self.position(node)
        return j if j is not None and self.has_revenue[j] and self.network.revenue[j] > 0 else None


def yearly_revenue(
    *,
    nodes: pl.DataFrame,
    figures: pl.DataFrame,
    as_of: date,
    fx_to_usd: Mapping[str, float],
    market_revenue_usd: Mapping[str, MarketRevenue],
    simulated_revenue_usd: Mapping[str, float],
) -> dict[str, Revenue]:
    """Return each node's yearly revenue from the best origin there is.

    In order: the newest of the published figures of the whole group (a quarter times 12 / months; the
    company's own guidance for a later year and a stated run-rate count as figures, because the flows are
    those of the years ahead) and the market source's statements, whichever period ends later, the figure
    on the same day; a published figure of a part of the group; the simulated sample. Among figures of the
    newest period the largest counts, since a part never exceeds its group. Forecasts and superseded
    figures are passed over.

    Missing data
        A node with none of these is absent: its revenue is then what the network pays it.
    """
    rates = {**fx_to_usd, "USD": 1.0}
    rows = [
        r
        for r in known_figures(figures, as_of)
        if r["metric"] in REVENUE_METRICS and not FORECAST.search(r["period"])
    ]
    found: dict[str, Revenue] = {}
    for node, name in (
        nodes.filter(pl.col("kind").is_in(["listed", "private"])).select("node", "name").iter_rows()
    ):
        own = [r for r in rows if r["node"] == node]
        whole = [r for r in own if _is_whole(r["subject"], node, name)]
        published, market = _newest(whole, rates), market_revenue_usd.get(node)
        if published is not None and not (market is not None and market.is_newer_than(published)):
            found[node] = published
        elif market is not None:
            text = f"{market.usd / BILLION:.3g} bn USD, {market.words}"
            found[node] = Revenue(market.usd / BILLION, text, market.source, is_hard=True)
        elif (part := _newest(own, rates)) is not None:
            text = f"{part.origin}; a part of the group only"
            found[node] = Revenue(part.bn_usd, text, part.source, is_hard=False, is_whole=False)
        elif node in simulated_revenue_usd:
            value = simulated_revenue_usd[node] / BILLION
            found[node] = Revenue(
                value, f"{value:.3g} bn USD SIMULATED sample", "sample", False, is_simulated=True
            )
    return found


def _is_whole(subject: str, node: str, name: str) -> bool:
    a, b = subject.casefold(), name.casefold()
    return subject == node or a.startswith(b) or b.startswith(a)


def _newest(rows: Sequence[Row], rates: Mapping[str, float]) -> Revenue | None:
    """Return the yearly revenue of the newest period, the largest when several share it."""
    best: tuple[date, float, Row] | None = None
    for r in rows:
        # A run-rate is a yearly figure whatever the length of its period.
        months = 12 if r["metric"] == "run_rate_revenue" else r["period_months"]
        rate, unit = rates.get(r["currency"] or ""), UNIT_IN_BN.get(r["unit"])
        if r["value"] is None or r["period_end"] is None or not months or rate is None or unit is None:
            continue
        candidate = (r["period_end"], r["value"] * unit * rate * (12 / months), r)
        best = candidate if best is None or candidate[:2] > best[:2] else best
    if best is None:
        return None
    _, value, r = best
    is_yearly = r["metric"] == "run_rate_revenue" or r["period_months"] == 12
    year = "" if is_yearly else f" x 12/{r['period_months']}"
    if r["metric"] != "revenue":
        year += f" ({metric_words(r['metric'])})"
    text = f"{r['figure_id']} {r['subject']} {r['period']}: {r['value']:g} {r['unit']} {r['currency']}{year}"
    return Revenue(value, text, r["source"], r["grade"] in HARD_GRADES, period_end=r["period_end"])


def close_accounts(
    flows: Sequence[Flow],
    *,
    case: Case,
    variant: Variant,
    kinds: Mapping[str, str],
    revenue: Mapping[str, Revenue],
    raised: Mapping[tuple[str, str], Raised],
    terms: Terms = "all",
) -> Accounts:
    """Return the network of one case: its flows, and each node's outside money.

    ``zR = max(0, R - network revenue)``; ``zE = max(0, max(figure, ledger equity) - equity from other
    nodes)`` and zD alike, so a figure and the ledger rows it covers are never added. Of a figure for debt
    and equity together, what ledger and figures do not explain counts as debt. Nodes of kind market are
    outside capital: their debt and equity are part of zD and zE of the receiver.

    With firm `terms` only what is owed flows; a node keeps its published revenue, so what may still be
    called off counts as revenue from outside the network.

    Missing data
        A node without a revenue figure, or with one below what the network pays it, has the network
        inflow as revenue and says so in its origin.
    """
    used = [f for f in flows if f.amount(case, variant, terms) > 0]
    inside = sorted({p for f in used for p in (f.payer, f.payee) if kinds[p] in ("listed", "private")})
    at = {node: i for i, node in enumerate(inside)}
    n = len(inside)
    C, K, debt_in = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n))
    from_market = {"debt": np.zeros(n), "equity": np.zeros(n)}
    for f in used:
        amount, j = f.amount(case, variant, terms), at[f.payee]
        side = "equity" if f.kind == "equity" else "debt"
        if kinds[f.payer] == "market":
            from_market[side][j] += amount
            continue
        (K if f.flow_class == "financing" else C)[at[f.payer], j] += amount
        if f.flow_class == "financing" and side == "debt":
            debt_in[at[f.payer], j] += amount
    inside_debt = debt_in.sum(axis=0)
    inside_equity = K.sum(axis=0) - inside_debt
    zR, zD, zE, origin = np.zeros(n), np.zeros(n), np.zeros(n), []
    for node, j in at.items():
        zR[j], text = _third_party(revenue.get(node), float(C[:, j].sum()))
        zD[j], zE[j], more = _outside(
            {metric: raised.get((node, metric)) for metric in RAISED_METRICS},
            variant,
            debt=(float(inside_debt[j]), float(from_market["debt"][j])),
            equity=(float(inside_equity[j]), float(from_market["equity"][j])),
        )
        origin.append("; ".join([text, *more]))
    network = close_network(inside, C, K, outside_revenue=zR, outside_debt=zD, outside_equity=zE)
    known = [revenue.get(node) for node in inside]
    return Accounts(
        case,
        variant,
        network,
        tuple(origin),
        source=tuple(r.source if r else "ledger" for r in known),
        is_hard=tuple(r is not None and r.is_hard for r in known),
        is_simulated=tuple(r is not None and r.is_simulated for r in known),
        has_revenue=tuple(r is not None and r.is_whole for r in known),
        flows=tuple(used),
        terms=terms,
    )


def _third_party(revenue: Revenue | None, inflow: float) -> tuple[float, str]:
    if revenue is None:
        return 0.0, NETWORK_ONLY
    if inflow > revenue.bn_usd:
        return 0.0, f"network inflow {inflow:.3g} bn USD, above the published {revenue.origin}"
    return revenue.bn_usd - inflow, revenue.origin


def is_known_revenue(origin: str) -> bool:
    """Return True when the revenue of this origin (NODE_ACCOUNTS) is a figure of the company."""
    return not origin.startswith(NETWORK_ONLY)


def _outside(
    figures: Mapping[str, Raised | None],
    variant: Variant,
    *,
    debt: tuple[float, float],
    equity: tuple[float, float],
) -> tuple[float, float, list[str]]:
    """Return zD, zE and their origin; `debt` and `equity` are (from nodes, from market lenders)."""
    texts: list[str] = []

    def outside(word: str, figure: Raised | None, inside: float, market: float) -> float:
        stated = figure.amount.pick(variant) if figure else 0.0
        value = max(0.0, max(stated, inside + market) - inside)
        if value > 0:
            from_figure = figure is not None and stated > inside + market
            less = f" less {inside:.3g} from nodes" if inside > 0 else ""
            basis = f"{figure.figure_id} {stated:.3g}{less}" if figure and from_figure else "ledger"
            texts.append(f"outside {word} {value:.3g} ({basis})")
        return value

    zE = outside("equity", figures["outside_equity_raised"], *equity)
    zD = outside("debt", figures["outside_debt_raised"], *debt)
    both = figures["outside_debt_and_equity_raised"]
    rest = (both.amount.pick(variant) if both else 0.0) - (zE + equity[0] + zD + debt[0])
    if both and rest > 0:
        texts.append(f"further outside funding {rest:.3g} taken as debt ({both.figure_id})")
        zD += rest
    return zD, zE, texts


def accounts_table(runs: Sequence[Accounts], names: Mapping[str, str]) -> pl.DataFrame:
    """Return NODE_ACCOUNTS for the given runs."""
    rows: list[dict[str, object]] = []
    for run in runs:
        net, c = run.network, cycling_index(run.network)
        for j, node in enumerate(net.nodes):
            rows.append(
                {
                    "node": node,
                    "name": names[node],
                    "case": run.case,
                    "revenue_bn_usd": float(net.revenue[j]),
                    "third_party_revenue_bn_usd": float(net.outside_revenue[j]),
                    "outside_debt_bn_usd": float(net.outside_debt[j]),
                    "outside_equity_bn_usd": float(net.outside_equity[j]),
                    "cash_draw_bn_usd": float(net.cash_draw[j]),
                    "throughflow_bn_usd": float(net.throughflow[j]),
                    "outflow_bn_usd": float(net.outflow[j]),
                    "cycling_index": float(c[j]),
                    "revenue_origin": run.origin[j],
                    "is_simulated": run.is_simulated[j],
                }
            )
    return NODE_ACCOUNTS.frame(rows)
