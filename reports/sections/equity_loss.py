"""Equity at risk in a funding stop, on book and on market value."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.equity_at_risk import LGD_MEAN, LGD_RANGE
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Heading, Phrase, paragraph, table, table_with_rest
from reports.names import Names, listing
from reports.texts import Texts

__all__ = ["equity"]

SHOWN_NAMES = 8
NAMED = 10


def equity(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the table of equity at risk, the largest loss at the deepest cut first."""
    if data.equity_at_risk.is_empty():
        return ()
    heading, names = Heading(3, texts.equity_heading), Names(data)
    cut, full = data.facts.funding_cut, float(max(data.equity_at_risk.get_column("funding_cut")))
    books = {c: _by_node(data.equity_at_risk, c, "book") for c in (cut, full)}
    market = _by_node(data.equity_at_risk, full, "market")
    known = {node: row for node, row in books[full].items() if row["final_loss"] is not None}
    hit = [row for row in known.values() if row["final_loss"] > 0]
    missing = _missing(books[full], names, texts)
    if not hit:
        return (heading, paragraph(texts.equity_none), *missing)
    intro = texts.equity_intro.format(
        lgd=numbers.percent(LGD_MEAN),
        lgd_low=numbers.percent(LGD_RANGE[0]),
        lgd_high=numbers.percent(LGD_RANGE[1]),
    )
    rows = [
        _cells(names.of(row["node"]), row, books[cut].get(row["node"]), market.get(row["node"]), texts)
        for row in sorted(hit, key=lambda row: (-row["final_loss"], row["node"]))
    ]
    filled = {"cut": numbers.percent(cut), "full": numbers.percent(full)}
    headers = tuple(header.format(**filled) for header in texts.equity_headers)
    made = table_with_rest(
        headers, rows, top=SHOWN_NAMES, summary=texts.rest_rows, numeric=(1, 2, 3, 4, 5, 6)
    )
    return (heading, paragraph(intro), paragraph(_stability(hit[0], texts)), *made, *missing)


def _by_node(frame: pl.DataFrame, cut: float, basis: str) -> dict[str, dict[str, Any]]:
    own = frame.filter((pl.col("funding_cut") == cut) & (pl.col("basis") == basis)).sort("node")
    return {row["node"]: row for row in own.iter_rows(named=True)}


def _stability(row: dict[str, Any], texts: Texts) -> Phrase:
    if row["spectral_radius"] == 0:
        return Phrase(texts.equity_no_circle, label="inference")
    words = texts.equity_unstable if row["is_unstable"] else texts.equity_stable
    rho = numbers.ratio(row["spectral_radius"])
    return Phrase(words.format(rho=rho), label="inference", is_strong=row["is_unstable"])


def _cells(
    name: str, row: dict[str, Any], mild: dict[str, Any] | None, market: dict[str, Any] | None, texts: Texts
) -> tuple[str, ...]:
    low, high = numbers.percent(row["final_low"]), numbers.percent(row["final_high"])
    return (
        name,
        numbers.billions(row["equity_bn_usd"]),
        numbers.percent(mild["final_loss"] if mild else None),
        numbers.percent(row["final_loss"]),
        low if low == high else texts.stop_pair.format(low=low, high=high),
        numbers.percent(market["final_loss"] if market else None),
        numbers.billions(row["write_down_bn_usd"]),
        row["note"] or numbers.DASH,
        texts.labels["inference"],
    )


def _missing(rows: dict[str, dict[str, Any]], names: Names, texts: Texts) -> tuple[Block, ...]:
    """Return who has no figure, folded, one row a reason."""
    by_reason: dict[str, list[str]] = {}
    for node, row in rows.items():
        if row["reason"]:
            by_reason.setdefault(row["reason"], []).append(names.of(node))
    if not by_reason:
        return ()
    ordered = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    cells = [(reason, listing(sorted(found), texts, most=NAMED)) for reason, found in ordered]
    count = sum(len(found) for found in by_reason.values())
    made = table(texts.equity_missing_headers, cells)
    return (Folded(texts.equity_missing.format(count=count), (made,)),)
