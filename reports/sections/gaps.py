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
    made = table(texts.gaps_headers, _grouped(data), numeric=(3,))
    folded = Folded(texts.gaps_details, (made,))
    return (heading, paragraph(texts.gaps_intro.format(counts=counts)), folded)


def _grouped(data: ReportData) -> list[tuple[str, ...]]:
    """Return one row for each kind of gap, with every name it concerns and the range of ages."""
    names = Names(data)
    groups = data.gaps.group_by("dataset", "reason", "action").agg(
        pl.len().alias("count"),
        pl.col("ticker").sort(),
        pl.col("age_days").min().alias("youngest"),
        pl.col("age_days").max().alias("oldest"),
    )
    ordered = groups.sort("dataset", "count", "reason", "action", descending=[False, True, False, False])
    return [
        (
            row["dataset"],
            row["reason"],
            row["action"],
            numbers.count(row["count"]),
            numbers.interval(numbers.days(row["youngest"]), numbers.days(row["oldest"])),
            ", ".join(names.of(ticker) for ticker in row["ticker"]),
        )
        for row in ordered.iter_rows(named=True)
    ]


def gap_cells(gaps: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return the cells of one company's gaps under ``explain_gaps_headers``."""
    return [
        (row["dataset"], row["reason"], numbers.days(row["age_days"]), row["action"])
        for row in gaps.sort("dataset", "reason").iter_rows(named=True)
    ]
