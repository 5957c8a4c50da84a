"""Watch lines of the research notes, grouped, each with its latest reading."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Heading, Phrase, paragraph, table
from reports.names import Names
from reports.texts import Texts

__all__ = ["build"]

# Research note 001: the premium needs all three conditions; one that stalls makes the spending a burden.
ALL_NEEDED = "aws_conditions"


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return one table for each group of watch lines."""
    blocks: list[Block] = [Heading(2, texts.watch_heading)]
    if data.watch.is_empty():
        return (*blocks, paragraph(texts.watch_none))
    blocks.append(paragraph(texts.watch_intro))
    names = Names(data)
    present = data.watch.get_column("group").unique(maintain_order=True).to_list()
    known = [group for group in texts.watch_groups if group in present]
    for group in (*known, *(g for g in present if g not in texts.watch_groups)):
        rows = data.watch.filter(pl.col("group") == group).sort("watch_id")
        blocks.append(Heading(3, texts.watch_groups.get(group, group.replace("_", " "))))
        if group == ALL_NEEDED:
            supportive = rows.filter(pl.col("status") == "supportive").height
            counts = texts.watch_all_needed.format(supportive=supportive, count=rows.height)
            blocks.append(paragraph(Phrase(counts, label="inference")))
        cells = [_cells(row, names, texts) for row in rows.iter_rows(named=True)]
        blocks.append(table(texts.watch_headers, cells))
    return tuple(blocks)


def _cells(row: dict[str, Any], names: Names, texts: Texts) -> tuple[str | Phrase, ...]:
    return (
        row["line"],
        names.of(row["node"]),
        texts.watch_states[row["status"]],
        Phrase(row["reading"], sources=row["source"]),
        texts.watch_manual if row["is_manual"] else texts.watch_feed,
        numbers.day(row["known_at"]),
        texts.labels[row["label"]],
    )
