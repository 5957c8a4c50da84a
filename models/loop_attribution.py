"""The eight-part attribution as a table: a company alone, with whom it controls, with related parties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import polars as pl

from models.accounts import Accounts
from models.attribution import Attribution, attribute_group
from models.flows import Case, Terms
from models.groups import CONSOLIDATIONS, RelatedParties
from models.loop_components import NO_REVENUE, Claims
from models.loop_runs import Traced
from models.network import SealedNetworkError
from models.tables import ATTRIBUTION

__all__ = ["NO_SALES", "attribution_table"]

PRIVATE = "PRIV:"
"""Private vehicles live on the network; a listed company sells elsewhere too."""

NO_SALES = "no revenue in the year: it only invests, lends or pays"

COLUMN = {"own_purchases": "own_purchase_share"}
"""Part -> column where the name is not the part's with ``_share``."""


def attribution_table(
    traced: Mapping[tuple[Case, Terms], Traced], parties: RelatedParties, claims: Mapping[str, Claims]
) -> pl.DataFrame:
    """Return ATTRIBUTION: by case, terms and consolidation the shares of each node's revenue.

    The row of node j under a set S splits the revenue of j itself: what S financed or bought counts as
    own, what a member of S pays j counts as intragroup.

    Missing data
        Shares are null with the reason for a node that sells nothing or whose revenue is not known. Where
        money never leaves a circle of nodes, revenue is null as well, for every node of the case.
    """
    rows: list[dict[str, object]] = []
    for (case, terms), run in traced.items():
        rows += _sealed_rows(run.accounts, claims)
        found: dict[frozenset[int], Attribution | str] = {}
        for j, node in enumerate(run.accounts.network.nodes):
            row: dict[str, object] = {
                "node": node,
                "case": case,
                "terms": terms,
                "revenue_bn_usd": float(run.accounts.network.revenue[j]),
                "contingent_bn_usd": _given(claims, node),
            }
            why = _absence(run.accounts, j)
            for consolidation in CONSOLIDATIONS:
                at = _positions(run.accounts, parties.of(node, consolidation))
                names = [run.accounts.network.nodes[i] for i in sorted(at)]
                shares = {"reason": why} if why else _shares(run, j, at, found)
                rows.append({**row, "consolidation": consolidation, "group_nodes": names, **shares})
    return ATTRIBUTION.frame(rows)


def _sealed_rows(accounts: Accounts, claims: Mapping[str, Claims]) -> list[dict[str, object]]:
    """Return the rows of a case whose books cannot be closed."""
    return [
        {
            "node": node,
            "case": accounts.case,
            "terms": accounts.terms,
            "consolidation": consolidation,
            "group_nodes": [node],
            "contingent_bn_usd": _given(claims, node),
            "reason": accounts.sealed,
        }
        for node in accounts.left_out
        for consolidation in CONSOLIDATIONS
    ]


def _given(claims: Mapping[str, Claims], node: str) -> float | None:
    """Return the maximum of a node's guarantees: zero without one, None when no amount is stated."""
    given = claims.get(node)
    if given is None:
        return 0.0
    return given.bn_usd if given.ids else None


def _absence(accounts: Accounts, j: int) -> str:
    """Return why a node has no shares, or an empty string."""
    if accounts.network.revenue[j] <= 0:
        return NO_SALES
    is_public = not accounts.network.nodes[j].startswith(PRIVATE)
    return NO_REVENUE if is_public and not accounts.has_revenue[j] else ""


def _positions(accounts: Accounts, members: frozenset[str]) -> frozenset[int]:
    return frozenset(i for i in map(accounts.position, members) if i is not None)


def _shares(
    run: Traced, j: int, group: frozenset[int], found: dict[frozenset[int], Attribution | str]
) -> dict[str, object]:
    """Return the eight shares of node j and their sums; `found` keeps the groups already solved."""
    parts, k = run.attribution, j
    if len(group) > 1:
        if group not in found:
            found[group] = _group(run, group)
        joint = found[group]
        if isinstance(joint, str):
            return {"reason": joint}
        parts, k = joint, sorted(group).index(j)
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


def _group(run: Traced, group: frozenset[int]) -> Attribution | str:
    """Return the attribution of a group, or why its parts do not sum to revenue."""
    try:
        return attribute_group(run.accounts.network, group)
    except SealedNetworkError as error:
        return error.message.rstrip(".")
