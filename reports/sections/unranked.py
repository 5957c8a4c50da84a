"""Names that a screen lists without a rank, and why their inputs are missing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl

from models.components import component
from reports import numbers
from reports.document import Block, Folded, table
from reports.texts import Texts

__all__ = ["unranked"]


def unranked(rows: pl.DataFrame, parts: dict[str, list[dict[str, Any]]], texts: Texts) -> tuple[Block, ...]:
    """Return the unranked names with their reason, folded, and each missing input's reason counted once.

    A reason that goes on to list every missing input is cut to its first clause and the names of the
    inputs; what is wrong with each input stands in the second table.
    """
    ordered = rows.sort("name", "ticker").to_dicts()
    if not ordered:
        return ()
    cells = [
        (
            row["name"],
            row["ticker"],
            row["segment_name"],
            numbers.percent(row["coverage"]),
            _reason(row["reason"], _missing(parts, row["ticker"]), texts),
        )
        for row in ordered
    ]
    made = table(texts.unranked_headers, cells, numeric=(3,))
    absent = [part for row in ordered for part in _missing(parts, row["ticker"])]
    blocks = (made, *_causes(absent, texts))
    return (Folded(texts.unranked_summary.format(count=len(cells)), blocks),)


def _missing(parts: dict[str, list[dict[str, Any]]], ticker: str) -> list[dict[str, Any]]:
    return [part for part in parts.get(ticker, []) if part["contribution"] is None]


def _reason(reason: str | None, missing: list[dict[str, Any]], texts: Texts) -> str:
    if reason is None:
        return numbers.DASH
    first, more, _ = reason.partition(";")
    if not more or not missing:
        return reason
    labels = ", ".join(component(part["component"]).label for part in missing)
    return texts.unranked_missing.format(reason=first, components=labels)


def _causes(absent: list[dict[str, Any]], texts: Texts) -> tuple[Block, ...]:
    counts = Counter((part["component"], part["reason"] or numbers.DASH) for part in absent)
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    rows = [(component(key).label, reason, numbers.count(count)) for (key, reason), count in ordered]
    return (table(texts.missing_headers, rows, numeric=(2,)),) if rows else ()
