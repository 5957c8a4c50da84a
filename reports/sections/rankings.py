"""The ranked tables: one for each screen, with the Taiwan sub-ranking and the unranked names folded."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.components import component
from models.rank_sets import TOP
from reports import numbers
from reports.data import ReportData, ScreenView
from reports.document import Block, Folded, Heading, Phrase, paragraph, table, table_with_rest
from reports.sections import sensitivity
from reports.sections.left_out import left_out
from reports.sections.unranked import unranked
from reports.texts import Texts
from reports.values import (
    component_value,
    kind_text,
    printed_points,
    rank_interval,
    rank_text,
    tier_text,
)

__all__ = ["build"]

# Three contributions explain most of a score of nine or fewer components; more would hide them.
MOVED_COMPONENTS = 3
TAIWAN_SCREEN = "beneficiaries"
TAIWAN = "TW"
PAYERS_SCREEN = "payers"


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the ranked tables in the order of the theme."""
    blocks: list[Block] = [Heading(2, texts.rankings_heading), paragraph(texts.rankings_intro)]
    for view in data.screens:
        blocks.extend(_screen(data, view, texts))
    return tuple(blocks)


def _screen(data: ReportData, view: ScreenView, texts: Texts) -> tuple[Block, ...]:
    rows = data.rows.filter(pl.col("screen") == view.key)
    ranked = rows.filter(pl.col("rank").is_not_null()).sort("rank", "name", "ticker")
    parts = _parts(data.contributions.filter(pl.col("screen") == view.key))
    taiwan = _taiwan(rows, data.facts.top, texts) if view.key == TAIWAN_SCREEN else ()
    return (
        Heading(3, view.title),
        paragraph(view.question, texts.rank_one.format(meaning=view.rank_one_means)),
        *_ranked(ranked, parts, data.facts.top, texts),
        *_notes(rows, ranked, parts, view, texts),
        *sensitivity.build(data, view.key, texts),
        *_points(ranked, parts, view, data.facts.top, texts),
        *taiwan,
        *unranked(rows.filter(pl.col("rank").is_null()), parts, texts),
    )


def _notes(
    rows: pl.DataFrame,
    ranked: pl.DataFrame,
    parts: dict[str, list[dict[str, Any]]],
    view: ScreenView,
    texts: Texts,
) -> tuple[Block, ...]:
    """Return who may be in the top five, what counts for nobody, and how many payers are ranked."""
    if ranked.is_empty():
        blocks: tuple[Block, ...] = ()
    else:
        top = (_top_set(ranked, texts),) if ranked.height > TOP else ()
        blocks = (*top, *left_out(parts, [key for key, _ in view.weights], texts))
    if view.key != PAYERS_SCREEN or rows.is_empty():
        return blocks
    return (*blocks, paragraph(texts.payers_ranked.format(ranked=ranked.height, count=rows.height)))


def _top_set(ranked: pl.DataFrame, texts: Texts) -> Block:
    """Return how many names may truly be among the first five."""
    count = int(ranked.get_column("in_top5_set").sum())
    line = texts.top_set.format(count=count, ranked=ranked.height)
    return paragraph(Phrase(line, label=texts.top_set_label))


def _parts(contributions: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    by_ticker: dict[str, list[dict[str, Any]]] = {}
    for part in contributions.sort("component").iter_rows(named=True):
        by_ticker.setdefault(part["ticker"], []).append(part)
    return by_ticker


def _ranked(
    ranked: pl.DataFrame, parts: dict[str, list[dict[str, Any]]], top: int, texts: Texts
) -> tuple[Block, ...]:
    rows = [
        (
            rank_text(row["rank"], is_tied=row["is_tied"], texts=texts),
            rank_interval(row["rank_low"], row["rank_high"]),
            rank_interval(row["rank_set_low"], row["rank_set_high"]),
            numbers.probability(row["p_top5"]),
            row["name"],
            row["ticker"],
            row["segment_name"],
            tier_text(row["tier"], row["role"], texts),
            numbers.points(row["score"]),
            _moved(parts.get(row["ticker"], []), row["score"], texts),
            numbers.percent(row["coverage"]),
        )
        for row in ranked.iter_rows(named=True)
    ]
    if not rows:
        return (paragraph(texts.ranked_none),)
    return table_with_rest(
        texts.ranked_headers,
        rows,
        top=top,
        summary=texts.ranked_rest,
        label="inference",
        numeric=(0, 3, 8, 10),
    )


def _moved(parts: list[dict[str, Any]], score: float, texts: Texts) -> str:
    """Return the largest contributions in words, largest first; a dash when nothing moved the score."""
    points = printed_points(parts, score)
    moving = [part for part in parts if points.get(part["component"])]
    moving.sort(key=lambda part: (-abs(part["contribution"]), part["component"]))
    made = [
        texts.moved.format(
            label=component(part["component"]).label,
            value=component_value(part["component"], part["value"], texts),
            points=f"{points[part['component']]:+.1f}",
            kind=kind_text(part, texts),
        )
        for part in moving[:MOVED_COMPONENTS]
    ]
    return "; ".join(made) or numbers.DASH


def _points(
    ranked: pl.DataFrame,
    parts: dict[str, list[dict[str, Any]]],
    view: ScreenView,
    top: int,
    texts: Texts,
) -> tuple[Block, ...]:
    """Return the folded table of every component's points; the printed points add up to the score."""
    keys = [key for key, _ in view.weights]
    name, start = texts.parts_headers
    headers = (name, start, *(component(key).label for key in keys), texts.parts_score)
    shown = ranked.head(top) if top > 0 else ranked
    rows = []
    for row in shown.iter_rows(named=True):
        own = parts.get(row["ticker"], [])
        points = printed_points(own, row["score"])
        exact = {part["component"]: part["contribution"] for part in own}
        cells = [
            numbers.rounded_part(points[key], exact[key], digits=1) if key in points else numbers.DASH
            for key in keys
        ]
        rows.append((row["name"], "50.0", *cells, f"{row['score']:.1f}"))
    if not rows:
        return ()
    made = table(headers, rows, label="inference", numeric=range(1, len(headers)))
    return (Folded(texts.parts_summary, (made,)),)


def _taiwan(rows: pl.DataFrame, top: int, texts: Texts) -> tuple[Block, ...]:
    of_taiwan = rows.filter(pl.col("country").str.split("/").list.contains(TAIWAN))
    local = rows.filter(pl.col("rank_taiwan").is_not_null()).sort("rank_taiwan", "name", "ticker")
    is_shared = local.get_column("rank_taiwan").is_duplicated()
    cells = [
        (
            rank_text(row["rank_taiwan"], is_tied=shared, texts=texts),
            rank_text(row["rank"], is_tied=row["is_tied"], texts=texts),
            row["name"],
            row["ticker"],
            row["segment_name"],
            tier_text(row["tier"], row["role"], texts),
            numbers.points(row["score"]),
        )
        for row, shared in zip(local.iter_rows(named=True), is_shared, strict=True)
    ]
    heading = Heading(4, texts.taiwan_heading)
    if not cells:
        return (heading, paragraph(texts.taiwan_none))
    made = table_with_rest(
        texts.taiwan_headers,
        cells,
        top=top,
        summary=texts.ranked_rest,
        label="inference",
        numeric=(0, 1, 6),
    )
    counted = texts.taiwan_ranked.format(ranked=local.height, count=of_taiwan.height)
    return (heading, *made, paragraph(counted))
