"""Circular capital: loops with amounts, where revenue comes from, and who stands behind it."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.flows import CONTINGENT
from reports import numbers
from reports.data import ReportData
from reports.document import (
    Block,
    Diagram,
    DiagramEdge,
    DiagramNode,
    Folded,
    Heading,
    Phrase,
    paragraph,
    table,
    table_with_rest,
)
from reports.loops import LoopRow, bottleneck_groups, loop_cells, loop_rows
from reports.names import Names
from reports.sections.loop_network import against_chance, by_year, owed, related
from reports.sections.revenue import accounts, attribution
from reports.texts import Texts

__all__ = ["build", "flow_amounts"]

# Ten loops hold nearly all of the money; the smaller ones are mostly the same edges again.
SHOWN_LOOPS = 10
# A diagram of more loops has crossing edges that nobody can follow.
DRAWN_LOOPS = 5
DRAWN_CLASSES = ("commercial", "financing")
# A claim of a signed deal is a fact; one that is announced or reported by the press is not.
SIGNED = frozenset({"definitive", "closed"})


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the section of the loops."""
    intro = texts.circular_intro.format(year=data.facts.loop_window, assumed=texts.diagram_assumed)
    return (
        Heading(2, texts.circular_heading),
        paragraph(intro, *_finn(data, texts)),
        *_loops(data, texts),
        *against_chance(data, texts),
        *by_year(data, texts),
        *attribution(data, texts),
        *related(data, texts),
        *owed(data, texts),
        *accounts(data, texts),
        *_contingent(data, texts),
    )


def flow_amounts(row: dict[str, Any], texts: Texts) -> str:
    """Return a flow's amounts of the year as ``low / base / high``."""
    low, base, high = (numbers.billions(row[f"{end}_bn_usd"]) for end in ("low", "base", "high"))
    return base if low == base == high else texts.low_base_high.format(low=low, base=base, high=high)


def _finn(data: ReportData, texts: Texts) -> tuple[Phrase, ...]:
    values = "; ".join(
        f"{texts.cases.get(case, case)} {numbers.percent(value)}" for case, value in data.facts.finn_index
    )
    return (Phrase(texts.finn.format(values=values), label="estimate"),) if values else ()


def _loops(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    rows = loop_rows(data)
    if not rows:
        return (paragraph(texts.loop_none),)
    cells = [loop_cells(row, texts) for row in rows[:SHOWN_LOOPS]]
    made = table(texts.loop_headers, cells, numeric=(2, 3, 4, 5))
    rest = _rest(data, rows[SHOWN_LOOPS:], texts)
    return (*_diagram(data, rows[:DRAWN_LOOPS], texts), made, *rest, *_flows(data, rows, texts))


def _rest(data: ReportData, rows: tuple[LoopRow, ...], texts: Texts) -> tuple[Block, ...]:
    """Return the smaller loops, folded: variants with the same smallest edge in one row, counted."""
    groups = bottleneck_groups(data, rows)
    if not groups:
        return ()
    *headers, label = texts.loop_headers
    cells: list[tuple[str | Phrase, ...]] = []
    for group in groups:
        *shown, words = loop_cells(group[0], texts)
        cells.append((*shown, numbers.count(len(group)), words))
    made = table((*headers, texts.loop_variants, label), cells, numeric=(2, 3, 4, 5, 6))
    summary = texts.loop_rest.format(loops=len(rows), count=len(groups))
    return (Folded(summary, (paragraph(texts.loop_rest_intro), made)),)


def _pairs(rows: tuple[LoopRow, ...]) -> list[tuple[str, str]]:
    """Return every (payer, payee) of the loops, once, in order."""
    closed = (zip(row.nodes, (*row.nodes[1:], *row.nodes[:1]), strict=True) for row in rows)
    return list(dict.fromkeys(pair for pairs in closed for pair in pairs))


def _flows(data: ReportData, rows: tuple[LoopRow, ...], texts: Texts) -> tuple[Block, ...]:
    """Return the summed flows of the loops, largest first, folded: each is cited here once."""
    names = Names(data)
    pairs = set(_pairs(rows))
    summed = data.flows.filter(pl.col("is_summed") & pl.col("base_bn_usd").is_not_null())
    ordered = summed.sort("base_bn_usd", "flow_id", descending=[True, False])
    cells = [
        (
            Phrase(row["flow_id"], sources=row["source"]),
            names.of(row["payer"]),
            names.of(row["payee"]),
            row["kind"].replace("_", " "),
            texts.flow_classes.get(row["flow_class"], row["flow_class"]),
            flow_amounts(row, texts),
            row["status"].replace("_", " "),
            texts.labels["inference" if row["is_assumed"] else "estimate"],
        )
        for row in ordered.iter_rows(named=True)
        if (row["payer"], row["payee"]) in pairs
    ]
    if not cells:
        return ()
    made = table(texts.loop_flow_headers, cells, numeric=(5,))
    return (Folded(texts.loop_flows.format(count=len(cells)), (made,)),)


def _diagram(data: ReportData, rows: tuple[LoopRow, ...], texts: Texts) -> tuple[Block, ...]:
    drawn = [edge for payer, payee in _pairs(rows) for edge in _edges(data.flows, payer, payee, texts)]
    if not drawn:
        return ()
    names = Names(data)
    private = set(data.nodes.filter(pl.col("kind") == "private").get_column("node"))
    keys = dict.fromkeys(node for edge in drawn for node in (edge.payer, edge.payee))
    nodes = tuple(DiagramNode(key, names.of(key), key in private) for key in keys)
    intro = Phrase(texts.diagram_intro.format(count=len(rows)), label="estimate")
    return (paragraph(intro), Diagram(nodes, tuple(drawn)))


def _edges(flows: pl.DataFrame, payer: str, payee: str, texts: Texts) -> list[DiagramEdge]:
    """Return up to two edges of a pair: the summed purchases and the summed financing."""
    between = flows.filter(
        (pl.col("payer") == payer)
        & (pl.col("payee") == payee)
        & pl.col("is_summed")
        & pl.col("base_bn_usd").is_not_null()
    )
    edges = []
    for flow_class in DRAWN_CLASSES:
        rows = between.filter(pl.col("flow_class") == flow_class)
        if rows.is_empty():
            continue
        kinds = ", ".join(kind.replace("_", " ") for kind in rows.get_column("kind").unique().sort())
        words = [texts.diagram_edge.format(amount=numbers.billions(float(rows["base_bn_usd"].sum()))), kinds]
        assumed = rows.get_column("is_assumed")
        if assumed.any():
            words.append(texts.diagram_assumed if assumed.all() else texts.diagram_partly_assumed)
        edges.append(DiagramEdge(payer, payee, " ".join(words), flow_class == "financing"))
    return edges


def _contingent(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    rows = [
        (
            names.of(row["payer"]),
            names.of(row["payee"]),
            row["kind"].replace("_", " "),
            flow_amounts(row, texts),
            Phrase(row["status"].replace("_", " "), sources=row["source"]),
            _note(row["note"]),
            texts.labels[_claim_label(row)],
        )
        for row in data.flows.filter(pl.col("flow_class") == "contingent")
        .sort("base_bn_usd", "flow_id", descending=[True, False], nulls_last=True)
        .iter_rows(named=True)
    ]
    heading = Heading(3, texts.contingent_heading)
    totals = _contingent_totals(data, names, texts)
    if not rows:
        return (heading, *(totals or (paragraph(texts.contingent_none),)))
    made = table_with_rest(
        texts.contingent_headers, rows, top=SHOWN_LOOPS, summary=texts.rest_rows, numeric=(3,)
    )
    return (heading, *totals, paragraph(texts.contingent_rule), *made)


def _claim_label(row: dict[str, Any]) -> str:
    """Return fact for a signed claim, estimate for one that is only reported or announced."""
    if row["is_assumed"]:
        return "inference"
    return "fact" if row["status"] in SIGNED else "estimate"


def _note(note: str | None) -> str:
    """Return a note without the reason that holds for every contingent claim and is said above the table."""
    parts = (part for part in (note or "").split("; ") if not part.endswith(CONTINGENT))
    return "; ".join(parts) or numbers.DASH


def _contingent_totals(data: ReportData, names: Names, texts: Texts) -> tuple[Block, ...]:
    """Return the most that each guarantor may have to pay, largest first."""
    largest = data.attribution.group_by("node").agg(pl.col("contingent_bn_usd").max())
    given = largest.filter(pl.col("contingent_bn_usd") > 0)
    ordered = given.sort("contingent_bn_usd", "node", descending=[True, False])
    parts = [
        texts.contingent_total.format(name=names.of(node), amount=numbers.billions(amount))
        for node, amount in ordered.iter_rows()
    ]
    if not parts:
        return ()
    return (paragraph(Phrase(texts.contingent_totals.format(names=", ".join(parts)), label="estimate")),)
