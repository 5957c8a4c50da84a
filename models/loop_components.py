"""The capex loop as inputs of the composite: one row per company of the theme and component."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from models.accounts import HARD_GRADES, Accounts, Revenue
from models.attribution import Attribution
from models.bands import NORMAL_90
from models.flows import Flow
from models.network import Vector
from models.segment_channel import Inherited, Linkage, inherit, payer_average
from models.shock import Shock
from models.tables import COMPONENTS

__all__ = [
    "KEYS", "Claims", "LoopRun", "LoopView", "Spread", "at_risk", "contingent_claims", "loop_components",
    "read_component",
]  # fmt: skip

NO_DEAL = "no summed deal"
NO_REVENUE = "revenue of the year not known: the ledger's payments alone would overstate every share"

KEYS = (
    "own_financing_share",
    "own_purchase_share",
    "capital_market_share",
    "cycling_index",
    "revenue_at_risk",
)


@dataclass(frozen=True, eq=False)
class LoopRun:
    """Everything computed on one case and variant: accounts, attribution, cycling, shock, origins."""

    accounts: Accounts
    attribution: Attribution
    cycling: Vector
    origin: Vector
    shock: Shock
    shortfall: Vector


@dataclass(frozen=True)
class Claims:
    """Contingent claims that one node has given: sum of maxima in bn USD, ids, ids without an amount."""

    bn_usd: float
    ids: tuple[str, ...]
    unknown: tuple[str, ...]
    is_hard: bool
    known_at: date
    source: str


def contingent_claims(flows: Sequence[Flow], as_of: date) -> dict[str, Claims]:
    """Return by giver the guarantees and backstops that stand on `as_of`, as stocks at their maximum.

    Warrants are claims too. Expired, unsigned, superseded and non-additive claims
    are left out.

    Missing data
        A guarantee or warrant without an amount is named in `unknown`: the sum is then a lower bound.
    """
    found: dict[str, Claims] = {}
    for giver in dict.fromkeys(f.payer for f in flows if f.is_claim):
        own = [f for f in flows if f.is_claim and f.payer == giver and (f.ends is None or f.ends >= as_of)]
        sized = [(f, _maximum(f)) for f in own]
        known = [(f, value) for f, value in sized if value is not None]
        unknown = tuple(f.flow_id for f, value in sized if value is None)
        if known or unknown:
            found[giver] = Claims(
                bn_usd=sum((value for _, value in known), 0.0),
                ids=tuple(f.flow_id for f, _ in known),
                unknown=unknown,
                is_hard=all(f.grade in HARD_GRADES for f, _ in known),
                known_at=max(f.known_at for f in own),
                source="+".join(dict.fromkeys(f.source for f in own)),
            )
    return found


def _maximum(flow: Flow) -> float | None:
    if flow.stock is None:
        return None
    return flow.stock.high if flow.stock.high is not None else flow.stock.base


def at_risk(run: LoopRun, link: Linkage, links: Mapping[str, Linkage]) -> Inherited:
    """Return the revenue at risk of a company: over its own deals, and over its stated exposure."""
    if run.accounts.sealed:
        return Inherited(None, None, run.accounts.sealed, "")
    network, cut = run.accounts.network, run.shock.spending_cut
    j = run.accounts.measured(link.ticker)
    own = None if j is None else float(run.shock.revenue_at_risk[j])
    average = _average(run, cut, links)
    return _explained(run, link, inherit(network, cut, link, average=average, own=own))


def _average(run: LoopRun, rates: Vector, links: Mapping[str, Linkage]) -> float | None:
    """The payers' average, with assumptions only: the ledger alone lacks the clouds' purchases of chips, and
    its average would be that of the two payers whose purchases happen to be disclosed."""
    return None if run.accounts.case == "ledger" else payer_average(run.accounts.network, rates, links)


def _explained(run: LoopRun, link: Linkage, got: Inherited) -> Inherited:
    """Return no value where deals pay a company whose revenue is not known: its exposure would hide them."""
    j = run.accounts.position(link.ticker)
    if j is None or run.accounts.measured(link.ticker) is not None:
        return got
    is_paid = bool(run.accounts.network.commercial[:, j].any())
    return Inherited(None, None, NO_REVENUE, "") if is_paid or got.value is None else got


def _capital_market(run: LoopRun, link: Linkage, links: Mapping[str, Linkage]) -> Inherited:
    network, j = run.accounts.network, run.accounts.measured(link.ticker)
    own, split = None, ""
    if j is not None:
        parts, R = run.attribution, float(network.revenue[j])
        own = float(parts.capital_market[j]) / R
        split = (
            f"debt {parts.ext_debt[j] / R:.1%}, equity {parts.ext_equity[j] / R:.1%}, "
            f"commitments without known funding {parts.cash_draw[j] / R:.1%}"
        )
    average = _average(run, run.origin, links)
    got = inherit(network, run.origin, link, average=average, own=own)
    if got.network is not None:
        got = replace(got, detail="; ".join(part for part in (split, got.detail) if part))
    return _explained(run, link, got)


def _own(pick: Callable[[LoopRun], Vector]) -> Callable[[LoopRun, Linkage, Mapping[str, Linkage]], Inherited]:
    """Return a reader of a part of a node's own revenue; nothing of it reaches companies outside."""

    def read(run: LoopRun, link: Linkage, _links: Mapping[str, Linkage]) -> Inherited:
        j = run.accounts.measured(link.ticker)
        if j is None:
            return _explained(run, link, Inherited(None, None, NO_DEAL, ""))
        R = float(run.accounts.network.revenue[j])
        part = float(pick(run)[j])
        return Inherited(part / R, None, None, f"{part:.3g} of {R:.3g} bn USD revenue")

    return read


def _cycling(run: LoopRun, link: Linkage, _links: Mapping[str, Linkage]) -> Inherited:
    j = run.accounts.measured(link.ticker)
    if j is None:
        return _explained(run, link, Inherited(None, None, NO_DEAL, ""))
    T = float(run.accounts.network.throughflow[j])
    return Inherited(float(run.cycling[j]), None, None, f"of {T:.3g} bn USD throughflow")


_READ: dict[str, Callable[[LoopRun, Linkage, Mapping[str, Linkage]], Inherited]] = {
    "own_financing_share": _own(lambda run: run.attribution.own_financing),
    "own_purchase_share": _own(lambda run: run.attribution.own_purchases),
    "capital_market_share": _capital_market,
    "cycling_index": _cycling,
    "revenue_at_risk": at_risk,
}


def read_component(run: LoopRun, link: Linkage, links: Mapping[str, Linkage], key: str) -> Inherited:
    """Return the value of a component of `KEYS` in one run, or the reason why it has none."""
    if run.accounts.sealed:
        return Inherited(None, None, run.accounts.sealed, "")
    return _READ[key](run, link, links)


@dataclass(frozen=True)
class Spread:
    """5% and 95% points and standard deviation of a component over the draws, fractions."""

    low: float
    high: float
    standard_error: float


@dataclass(frozen=True, eq=False)
class LoopView:
    """The runs and what else the components need; `ends` stand in for missing draws (all low, all high)."""

    base: LoopRun
    ledger: LoopRun
    ends: tuple[LoopRun, LoopRun] | None
    links: Mapping[str, Linkage]
    flows: Sequence[Flow]
    claims: Mapping[str, Claims]
    revenue: Mapping[str, Revenue]
    as_of: date
    spreads: Mapping[tuple[str, str], Spread]


def loop_components(view: LoopView) -> pl.DataFrame:
    """Return COMPONENTS: six rows for every company of the theme.

    Values are those with assumptions; `detail` gives the ledger alone. The standard error is the standard
    deviation over the draws of `models.loop_uncertainty`; without draws it is half the distance between
    the runs with all low and all high amounts, over 1.645, and `detail` does not name an interval.

    Missing data
        Own shares, cycling and contingent claims of a company without a deal are null with the reason;
        capital-market share and revenue at risk then come through its stated exposure (inference).
    """
    rows: list[dict[str, object]] = []
    for ticker, link in view.links.items():
        rows += [_network_row(view, link, key) for key in KEYS]
        rows.append(_contingent_row(view, ticker))
    return COMPONENTS.frame(rows)


def _network_row(view: LoopView, link: Linkage, key: str) -> dict[str, object]:
    base, ledger = (read_component(run, link, view.links, key) for run in (view.base, view.ledger))
    drawn = view.spreads.get((link.ticker, key))
    row: dict[str, object] = {"ticker": link.ticker, "component": key, "value": base.value}
    if base.value is None:
        return {**row, "kind": "estimate", "reason": _why(view, link.ticker, base.reason or "")}
    used, node = view.base.accounts.flows, link.ticker
    own = [f for f in used if node in (f.payer, f.payee)]
    assumed = sorted(
        {i for f in own if f.is_assumed for i in f.ids if i != f.flow_id or f.status == "assumed"}
    )
    own_alone = ledger.value if ledger.network is None else ledger.network
    alone = "no value" if own_alone is None else f"{own_alone:.1%}"
    later = _later(view, node)
    parts = [base.detail, f"ledger alone: {alone}", f"assumptions {', '.join(assumed)}" if assumed else ""]
    parts.append(f"contracts that pay later: {', '.join(later)}" if later else "")
    if drawn is not None and drawn.standard_error > 0:
        parts.insert(1, f"90% of the draws {drawn.low:.1%} to {drawn.high:.1%}")
    if base.segment is not None and base.network is not None:
        parts.insert(1, f"own deals {base.network:.1%}, stated exposure {base.segment:.1%}")
    at = view.base.accounts.position(node)
    revenue = [view.base.accounts.source[at]] if at is not None else []
    exposure = [link.source] if base.segment is not None and link.source else []
    return {
        **row,
        "standard_error": _spread_of(view, link, key) if drawn is None else drawn.standard_error or None,
        "kind": _kind(view, key, base),
        "known_at": max((f.known_at for f in used), default=None),
        "source": "+".join(dict.fromkeys([*(f.source for f in own), *revenue, *exposure])) or None,
        "detail": "; ".join(part for part in parts if part),
    }


def _later(view: LoopView, ticker: str) -> list[str]:
    """Return the contracts that pay a company nothing this year but run on after it."""
    year = view.as_of.year
    return [
        f.flow_id
        for f in view.flows
        if f.payee == ticker and f.flow_class == "commercial" and not f.barred
        if f.ends is not None and f.ends.year > year and f.amount("with_assumptions", "high") == 0
    ]


def _spread_of(view: LoopView, link: Linkage, key: str) -> float | None:
    """Return half the range over 1.645; null when an end is missing or the amounts state no range."""
    if view.ends is None:
        return None
    low, high = (read_component(run, link, view.links, key).value for run in view.ends)
    if low is None or high is None or low == high:
        return None
    return abs(high - low) / 2 / NORMAL_90


def _kind(view: LoopView, key: str, value: Inherited) -> str:
    """Return fact, estimate or inference: how hard the inputs of a value are."""
    accounts = view.base.accounts
    if not value.is_mostly_network:
        return "inference"
    hard = all(f.grade in HARD_GRADES and not f.is_assumed for f in accounts.flows) and all(accounts.is_hard)
    return "fact" if hard and value.segment is None and key != "revenue_at_risk" else "estimate"


def _why(view: LoopView, ticker: str, reason: str) -> str:
    """Return why a company has no value, naming its deals that count nowhere."""
    ids = [f.flow_id for f in view.flows if ticker in (f.payer, f.payee)]
    if reason != NO_DEAL:
        return reason
    if not ids:
        return "no deal in the ledger"
    return f"no deal with a payment in the year that can be summed ({', '.join(ids)})"


def _contingent_row(view: LoopView, ticker: str) -> dict[str, object]:
    row: dict[str, object] = {"ticker": ticker, "component": "contingent_exposure", "kind": "estimate"}
    if not any(ticker in (f.payer, f.payee) for f in view.flows):
        return {**row, "reason": "no deal in the ledger"}
    at, stated = view.base.accounts.measured(ticker), view.revenue.get(ticker)
    if stated is None or not stated.is_whole or stated.bn_usd <= 0:
        return {**row, "reason": NO_REVENUE}
    R = stated.bn_usd if at is None else float(view.base.accounts.network.revenue[at])
    claims = view.claims.get(ticker)
    if claims is None:
        return {
            **row,
            "value": 0.0,
            "detail": "no guarantee or backstop given in the ledger",
            "source": "ledger",
        }
    if claims.unknown:
        known = f"; the others sum to {claims.bn_usd:.3g} bn USD" if claims.ids else ""
        return {**row, "reason": f"claims without a stated amount ({', '.join(claims.unknown)}){known}"}
    hard = claims.is_hard and stated.is_hard
    return {
        **row,
        "value": claims.bn_usd / R,
        "kind": "fact" if hard else "estimate",
        "known_at": claims.known_at,
        "source": claims.source,
        "detail": f"{', '.join(claims.ids)}: {claims.bn_usd:.3g} of {R:.3g} bn USD revenue",
    }
