"""Monthly revenue of the companies that publish one: all of Taiwan, and nobody else."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Heading, paragraph, table
from reports.names import Names
from reports.texts import Texts

__all__ = ["build", "one"]

UNITS_PER_BILLION = 1e9

_NUMERIC = (3, 4, 5, 6)


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the newest month of every company, the fastest growth over three months first.

    Missing data: a company without three-month growth stands last; without any monthly revenue there is no
    section at all.
    """
    rows = data.monthly.sort("momentum_3m", "ticker", descending=[True, False], nulls_last=True)
    if rows.is_empty():
        return ()
    names = Names(data)
    cells = [_cells(row, names) for row in rows.iter_rows(named=True)]
    return (
        Heading(2, texts.monthly_heading),
        paragraph(texts.monthly_intro),
        table(texts.monthly_headers, cells, label="fact", numeric=_NUMERIC),
    )


def one(data: ReportData, ticker: str, texts: Texts) -> tuple[Block, ...]:
    """Return the newest month of one company, or nothing."""
    rows = data.monthly.filter(pl.col("ticker") == ticker)
    names = Names(data)
    cells = [_cells(row, names) for row in rows.iter_rows(named=True)]
    if not cells:
        return ()
    made = table(texts.monthly_headers, cells, label="fact", numeric=_NUMERIC)
    return (Heading(2, texts.monthly_heading), made)


def _cells(row: dict[str, Any], names: Names) -> tuple[str, ...]:
    return (
        names.of(row["ticker"]),
        row["ticker"],
        f"{row['period_end']:%Y-%m}",
        f"{numbers.billions(row['revenue'] / UNITS_PER_BILLION)} bn {row['currency']}",
        numbers.signed_percent(row["yoy"]),
        numbers.signed_percent(row["momentum_3m"]),
        numbers.percentage_points(row["acceleration"]),
        numbers.day(row["known_at"]),
        row["source"],
    )
