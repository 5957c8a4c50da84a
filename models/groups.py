"""Related parties: which nodes stand behind one company, by control alone and from a fifth of the capital."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

__all__ = [
    "CONSOLIDATIONS",
    "LOOSE_STAKE",
    "STRICT_STAKE",
    "Consolidation",
    "RelatedParties",
    "related_parties",
]

Consolidation = Literal["own", "strict", "loose"]
CONSOLIDATIONS: tuple[Consolidation, ...] = ("own", "strict", "loose")

STRICT_STAKE = 0.5
"""Above half of the capital a holder decides alone: consolidation under IFRS 10 and ASC 810."""
LOOSE_STAKE = 0.2
"""From a fifth on accounting presumes significant influence (IAS 28, ASC 323): a related party."""

Links = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class RelatedParties:
    """Links between nodes, both ways: by control, and by control or a stake from `LOOSE_STAKE` on."""

    control: Links
    influence: Links

    def of(self, node: str, consolidation: Consolidation) -> frozenset[str]:
        """Return the set S of a node, itself included.

        ``own`` is the node alone. ``strict`` follows control as far as it goes (a group of companies).
        ``loose`` adds everyone who holds, or is held by, a member of the strict set with a stake of
        `LOOSE_STAKE` or more; two holders of one company are not related by that.
        """
        if consolidation == "own":
            return frozenset({node})
        group, frontier = {node}, {node}
        while frontier:
            frontier = {b for a in frontier for b in self.control.get(a, frozenset())} - group
            group |= frontier
        if consolidation == "loose":
            group |= {b for a in group for b in self.influence.get(a, frozenset())}
        return frozenset(group)


def related_parties(groups: pl.DataFrame, as_of: date) -> RelatedParties:
    """Return the links known on `as_of`.

    Parameters
    ----------
    groups
        Table GROUPS; of several rows of a pair the newest known one counts.
    as_of
        Rows known later are left out.

    Missing data
        A stake that is not disclosed links nobody unless the row states control.
    """
    known = groups.filter(pl.col("known_at") <= as_of).sort("known_at")
    newest = known.unique(["holder", "held"], keep="last", maintain_order=True).to_dicts()
    is_controlled = [row["is_control"] or (row["stake"] or 0.0) > STRICT_STAKE for row in newest]
    pairs = [(row["holder"], row["held"]) for row in newest]
    control = [pair for pair, holds in zip(pairs, is_controlled, strict=True) if holds]
    large = [pair for pair, row in zip(pairs, newest, strict=True) if (row["stake"] or 0.0) >= LOOSE_STAKE]
    return RelatedParties(control=_both_ways(control), influence=_both_ways([*control, *large]))


def _both_ways(pairs: Iterable[tuple[str, str]]) -> Links:
    links: dict[str, set[str]] = {}
    for holder, held in pairs:
        links.setdefault(holder, set()).add(held)
        links.setdefault(held, set()).add(holder)
    return {node: frozenset(others) for node, others in links.items()}
