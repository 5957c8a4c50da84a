"""The eight-part attribution as a table: a company alone, with whom it controls, with related parties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import polars as pl

from models.accounts import Accounts
from models.attribution import Attribution, attribute_group
from models.flows import Case, Terms
from models.groups import CONSOLIDATIONS, RelatedParties
from models.loop_components import NO_REVENUE, Claims
from models.tables import ATTRIBUTION

__all__ = ["NO_SALES", "Traced", "attribution_table"]

PRIVATE = "PRIV:"
"""Private vehicles live on the network; a listed company sells elsewhere too."""

NO_SALES = "no revenue in the year: it only invests, lends or pays"

COLUMN = {"own_purchases": "own_purchase_share"}
"""Part -> column where the name is not the part's with ``_share``."""


@dataclass(frozen=True, eq=False)
class Traced:
    """The closed network of a case and the attribution of every node on its own."""

    accounts: Accounts
    attribution: Attribution


def attribution_table(
    traced: Mapping[tuple[Case, Terms], Traced], parties: RelatedParties, claims: Mapping[str, Claims]
) -> pl.DataFrame:
    """Return ATTRIBUTION: by case, terms and consolidation the shares of each node's revenue.

    The row of node j under a set S splits the revenue of j itself: what S financed or bought counts as
    own, what a member of S pays j counts as intragroup.

    Missing data
        Shares are null with the reason for a node that sells nothing or whose revenue is not known.
    """
    rows: list[dict[str, object]] = []
    for (case, terms), run in traced.items():
        found: dict[frozenset[int], Attribution] = {}
        for j, node in enumerate(run.accounts.network.nodes):
            row: dict[str, object] = {
                "node": node,
                "case": case,
                "terms": terms,
                "revenue_bn_usd": float(run.accounts.network.revenue[j]),
                "contingent_bn_usd": claims[node].bn_usd if node in claims else 0.0,
            }
            why = _absence(run.accounts, j)
            for consolidation in CONSOLIDATIONS:
                at = _positions(run.accounts, parties.of(node, consolidation))
                names = [run.accounts.network.nodes[i] for i in sorted(at)]
                shares = {"reason": why} if why else _shares(run, j, at, found)
                rows.append({**row, "consolidation": consolidation, "group_nodes": names, **shares})
    return ATTRIBUTION.frame(rows)


def _absence(accounts: Accounts, j: int) -> str:
    """Return why a node has no shares, or an empty string."""
    if accounts.network.revenue[j] <= 0:
        return NO_SALES
    is_public = not accounts.network.nodes[j].startswith(PRIVATE)
    return NO_REVENUE if is_public and not accounts.has_revenue[j] else ""


def _positions(accounts: Accounts, members: frozenset[str]) -> frozenset[int]:
    return frozenset(i for i in map(accounts.position, members) if i is not None)


def _shares(
    run: Traced, j: int, group: frozenset[int], found: dict[frozenset[int], Attribution]
) -> dict[str, object]:
    """Return the eight shares of node j and their sums; `found` keeps the groups already solved."""
    parts, k = run.attribution, j
    if len(group) > 1:
        if group not in found:
            found[group] = attribute_group(run.accounts.network, group)
        parts, k = found[group], sorted(group).index(j)
    R = float(run.accounts.network.revenue[j])
    shares: dict[str, object] = {
        COLUMN.get(part.name, f"{part.name}_share"): float(getattr(parts, part.name)[k]) / R
        for part in fields(parts)
    }
    return {
        **shares,
        "capital_market_share": float(parts.capital_market[k]) / R,
        "external_share": float(parts.external[k]) / R,
    }
