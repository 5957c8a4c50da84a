"""Data gaps: what is missing or old, and what the run did about it."""

from __future__ import annotations

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Heading, paragraph, table
from reports.names import Names
from reports.texts import Texts

__all__ = ["build", "gap_cells"]


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the number of gaps by kind of data, and all of them folded."""
    heading = Heading(2, texts.gaps_heading)
    if data.gaps.is_empty():
        return (heading, paragraph(texts.gaps_none))
    counted = data.gaps.group_by("dataset").len().sort("dataset")
    counts = ", ".join(
        texts.gaps_count.format(dataset=dataset, count=count) for dataset, count in counted.iter_rows()
    )
    made = table(texts.gaps_headers, gap_cells(data, data.gaps), numeric=(3,))
    folded = Folded(texts.gaps_summary.format(count=data.gaps.height), (made,))
    return (heading, paragraph(texts.gaps_intro.format(counts=counts)), folded)


def gap_cells(data: ReportData, gaps: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return the cells of gaps under ``gaps_headers``, by kind of data and ticker."""
    names = Names(data)
    return [
        (
            names.of(row["ticker"]),
            row["dataset"],
            row["reason"],
            numbers.days(row["age_days"]),
            row["action"],
        )
        for row in gaps.sort("dataset", "ticker", "reason").iter_rows(named=True)
    ]
