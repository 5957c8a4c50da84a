"""Names that a screen lists without a rank, and why their inputs are missing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl

from models.components import component
from reports import numbers
from reports.document import Block, Folded, paragraph, table
from reports.texts import Texts

__all__ = ["unranked"]


def unranked(rows: pl.DataFrame, parts: dict[str, list[dict[str, Any]]], texts: Texts) -> tuple[Block, ...]:
    """Return the unranked names by what they lack, folded, and each missing input's reason counted once.

    A reason that goes on to list every missing input is cut to the names of the inputs, its first clause
    is said once above; what is wrong with each input stands in the second table.
    """
    ordered = rows.sort("name", "ticker").to_dicts()
    if not ordered:
        return ()
    made = table(texts.unranked_headers, _grouped(ordered, parts, texts), numeric=(1, 2))
    found = {_rule(row["reason"], _missing(parts, row["ticker"])) for row in ordered}
    rules = sorted(rule for rule in found if rule)
    said = (paragraph(texts.unranked_rule.format(rule="; ".join(rules))),) if rules else ()
    absent = [part for row in ordered for part in _missing(parts, row["ticker"])]
    blocks = (*said, made, *_causes(absent, texts))
    return (Folded(texts.unranked_summary.format(count=len(ordered)), blocks),)


def _grouped(
    ordered: list[dict[str, Any]], parts: dict[str, list[dict[str, Any]]], texts: Texts
) -> list[tuple[str, ...]]:
    """Return one row for all names that lack the same; who has most of the inputs comes first."""
    groups: dict[tuple[float, str], list[str]] = {}
    for row in ordered:
        key = (row["coverage"], _reason(row["reason"], _missing(parts, row["ticker"])))
        groups.setdefault(key, []).append(texts.unranked_name.format(name=row["name"], ticker=row["ticker"]))
    return [
        (reason, numbers.percent(coverage), numbers.count(len(names)), ", ".join(names))
        for (coverage, reason), names in sorted(groups.items(), key=lambda item: (-item[0][0], item[0][1]))
    ]


def _missing(parts: dict[str, list[dict[str, Any]]], ticker: str) -> list[dict[str, Any]]:
    return [part for part in parts.get(ticker, []) if part["contribution"] is None]


def _rule(reason: str | None, missing: list[dict[str, Any]]) -> str | None:
    """Return the first clause of a reason that goes on to list the missing inputs, else None."""
    first, more, _ = (reason or "").partition(";")
    return first if more and missing else None


def _reason(reason: str | None, missing: list[dict[str, Any]]) -> str:
    if _rule(reason, missing) is None:
        return reason or numbers.DASH
    return ", ".join(component(part["component"]).label for part in missing)


def _causes(absent: list[dict[str, Any]], texts: Texts) -> tuple[Block, ...]:
    counts = Counter((part["component"], part["reason"] or numbers.DASH) for part in absent)
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    rows = [(component(key).label, reason, numbers.count(count)) for (key, reason), count in ordered]
    return (table(texts.missing_headers, rows, numeric=(2,)),) if rows else ()
