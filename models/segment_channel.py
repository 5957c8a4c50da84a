"""How a company that the ledger does not cover in full inherits a rate from the payers of its segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from models.network import Network, Vector

__all__ = ["ROUNDING", "Inherited", "Linkage", "inherit", "linkages", "payer_average"]

ROUNDING = 1e-12


@dataclass(frozen=True)
class Linkage:
    """What is known of a company's customers.

    Parameters
    ----------
    ticker, role
        Company and role of its main segment.
    exposure
        Largest lower bound of a revenue share over its segments, fraction; None is unknown.
    customers
        (customer node, lower bound of its share of revenue), newest statement of each.
    source
        Source keys of the exposure and the shares, joined by +.
    """

    ticker: str
    role: str
    exposure: float | None
    customers: tuple[tuple[str, float], ...]
    source: str | None


@dataclass(frozen=True)
class Inherited:
    """A rate passed to a company: the part over its deals, the part over stated shares, the reason."""

    network: float | None
    segment: float | None
    reason: str | None
    detail: str

    @property
    def value(self) -> float | None:
        """The sum of the parts that are known; None when neither is."""
        parts = [p for p in (self.network, self.segment) if p is not None]
        return sum(parts) if parts else None

    @property
    def is_mostly_network(self) -> bool:
        """True when the company's own deals carry at least half of the value."""
        return self.network is not None and self.network >= (self.segment or 0.0)


def linkages(memberships: pl.DataFrame, relations: pl.DataFrame, as_of: date) -> dict[str, Linkage]:
    """Return the linkage of every company of MEMBERSHIPS.

    Bounds of several segments have different definitions, so the largest lower bound stands for the
    company and they are not added. Of several statements on one customer the newest counts. A customer
    that belongs to a group is the group's node. A subsidiary keeps its own exposure.
    """
    groups = dict(memberships.select("ticker", "group").iter_rows())
    newest: dict[tuple[str, str], tuple[date, float, str]] = {}
    for r in relations.iter_rows(named=True):
        known = r["known_at"] or date.min
        if r["revenue_share_low"] is None or known > as_of:
            continue
        key = (r["supplier"], groups.get(r["customer"], r["customer"]))
        if key not in newest or known > newest[key][0]:
            newest[key] = (known, r["revenue_share_low"], r["source"])
    found: dict[str, Linkage] = {}
    for ticker, rows in _by_ticker(memberships).items():
        stated = [(low, source or "") for _, _, low, source in rows if low is not None]
        shares = sorted((c, share, source) for (s, c), (_, share, source) in newest.items() if s == ticker)
        keys = [source for _, source in sorted(stated)[-1:]] + [source for _, _, source in shares]
        found[ticker] = Linkage(
            ticker=ticker,
            role=next((role for role, is_primary, _, _ in rows if is_primary), rows[0][0]),
            exposure=max(stated)[0] if stated else None,
            customers=tuple((c, share) for c, share, _ in shares),
            source="+".join(dict.fromkeys(key for key in keys if key)) or None,
        )
    return found


def _by_ticker(memberships: pl.DataFrame) -> dict[str, list[tuple[str, bool, float | None, str | None]]]:
    """Return (role, is_primary, lower bound, source) of every segment of each company."""
    columns = ("ticker", "role", "is_primary", "revenue_share_low", "source")
    found: dict[str, list[tuple[str, bool, float | None, str | None]]] = {}
    for ticker, role, is_primary, low, source in memberships.select(columns).iter_rows():
        found.setdefault(ticker, []).append((role, is_primary, low, source))
    return found


def payer_average(network: Network, rates: Vector, links: Mapping[str, Linkage]) -> float | None:
    """Return the mean of `rates` over the payers of the theme, weighted by what they pay suppliers.

    Weights are commercial outflows, bn USD. None when no payer of the theme has one.
    """
    payers = [j for j, node in enumerate(network.nodes) if node in links and links[node].role == "payer"]
    weights = network.commercial.sum(axis=1)[payers]
    total = float(weights.sum())
    return float(weights @ rates[payers]) / total if total > 0 else None


def inherit(
    network: Network, rates: Vector, link: Linkage, *, average: float | None, own: float | None
) -> Inherited:
    """Return the rate that reaches a company from its customers.

    ``segment = sum_c share_c rate_c`` over stated customer shares that no deal covers, plus
    ``max(0, exposure - deals' share of revenue - those shares) * average`` for suppliers, beside what
    the network already gives. So a supplier with one small deal is treated as one without any, for the
    part of its stated exposure that the deal does not cover. Shares are lower bounds, the result is one.

    Parameters
    ----------
    network, rates
        A closed network and a fraction for each of its nodes.
    link
        The company.
    average
        `payer_average` of the same rates.
    own
        What its deals in the network give, None when it is outside or its revenue is not known; it stands
        for a supplier only when a deal pays it.

    Missing data
        Both parts are None, with a reason, when there is neither a paying deal, a known customer share
        in the network, nor (for suppliers) an exposure. A customer outside the network adds nothing.
    """
    at = {node: i for i, node in enumerate(network.nodes)}
    deals = np.zeros(len(network.nodes))
    if own is not None:
        j = at[link.ticker]
        deals = network.commercial[:, j] / network.revenue[j]
    known = [(c, s) for c, s in link.customers if c in at and deals[at[c]] == 0 and c != link.ticker]
    covered = float(deals.sum()) + sum(share for _, share in known)
    residual = max(0.0, (link.exposure or 0.0) - covered) if link.role == "supplier" else 0.0
    if link.role == "supplier" and not deals.any():
        own = None
    parts = [(f"{c} {s:.0%}", s * float(rates[at[c]])) for c, s in known]
    if residual > ROUNDING and average is not None:
        parts.append(
            (f"rest of the stated exposure {residual:.0%} at the payers' average", residual * average)
        )
    if own is None and not parts:
        return Inherited(None, None, _absence(link, average), "")
    words = [f"deals {float(deals.sum()):.1%} of revenue"] if own is not None else []
    return Inherited(
        own, sum(v for _, v in parts) if parts else None, None, ", ".join(words + [w for w, _ in parts])
    )


def _absence(link: Linkage, average: float | None) -> str:
    if link.role != "supplier":
        return "no paying deal in the ledger and no customer share known; not a supplier"
    if link.exposure is None:
        return "no paying deal in the ledger and exposure unknown"
    return (
        "stated exposure needs the payers' purchases, which the ledger alone does not hold"
        if average is None
        else "stated exposure is zero"
    )
