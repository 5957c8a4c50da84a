"""How sure the shares of the loop are: stated value, median and range over the draws."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.loop_uncertainty import FINN, NETWORK
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Heading, Phrase, paragraph, table_with_rest
from reports.names import Names
from reports.texts import Texts

__all__ = ["certainty"]

CASE = "with_assumptions"
SHARES = ("own_financing_share", "own_purchase_share", "capital_market_share")
# Eight names have the shares that an analyst would ask about; the rest is folded.
SHOWN_NAMES = 8
# Below a thousandth of revenue a share is noise of the window.
SMALLEST = 0.001


def certainty(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the shares of each name with their range, the largest share first."""
    own = data.loop_uncertainty.filter(pl.col("case") == CASE)
    if own.is_empty():
        return ()
    heading = Heading(3, texts.sure_heading)
    drawn = own.filter(pl.col("draws").is_not_null())
    if drawn.is_empty():
        return (heading, paragraph(texts.sure_none))
    by_node: dict[str, dict[str, dict[str, Any]]] = {}
    for row in drawn.filter(pl.col("metric").is_in(SHARES)).sort("node", "metric").iter_rows(named=True):
        by_node.setdefault(row["node"], {})[row["metric"]] = row
    # Own shares need a deal: without one a name has only what it inherits, shown with the revenue at risk.
    shown = {
        node: rows for node, rows in by_node.items() if len(rows) == len(SHARES) and _most(rows) >= SMALLEST
    }
    names = Names(data)
    cells = [
        (names.of(node), *_cells(rows, texts), texts.labels["inference"])
        for node, rows in sorted(shown.items(), key=lambda item: (-_most(item[1]), item[0]))
    ]
    intro = texts.sure_intro.format(draws=numbers.count(max(drawn.get_column("draws"))))
    made = table_with_rest(
        texts.sure_headers, cells, top=SHOWN_NAMES, summary=texts.rest_rows, numeric=range(1, 7)
    )
    return (heading, paragraph(intro), *_finn(drawn, texts), *made)


def _most(rows: dict[str, dict[str, Any]]) -> float:
    return max(float(row["value"]) for row in rows.values())


def _cells(rows: dict[str, dict[str, Any]], texts: Texts) -> list[str]:
    return [
        text
        for metric in SHARES
        for text in (_range(rows[metric], texts), numbers.probability(rows[metric]["p_zero"]))
    ]


def _range(row: dict[str, Any], texts: Texts) -> str:
    if row["value"] == 0 and row["p_zero"] == 1:
        return numbers.percent(0.0)
    shown = {name: numbers.percent(row[name]) for name in ("value", "median", "low", "high")}
    return texts.sure_cell.format(**shown)


def _finn(drawn: pl.DataFrame, texts: Texts) -> tuple[Block, ...]:
    found = drawn.filter((pl.col("node") == NETWORK) & (pl.col("metric") == FINN))
    if found.is_empty():
        return ()
    cell = _range(found.row(0, named=True), texts)
    return (paragraph(Phrase(texts.sure_finn.format(cell=cell), label="inference")),)
