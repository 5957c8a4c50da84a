"""The CSV files of a theme folder: which there are, how their text becomes a declared table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

from exposures import tables
from exposures.dates import is_day, period_day
from exposures.table import Column, Table

__all__ = ["CSV_FILES", "SEPARATOR", "TRUE_FALSE", "CsvFile", "read_table", "source_keys"]

SEPARATOR = ";"
"""Between several sources of a row and between the aliases of a node."""

TRUE_FALSE = {"yes": True, "no": False}

Edge = Literal["known", "first", "last"]


@dataclass(frozen=True)
class CsvFile:
    """One CSV of a theme folder.

    Parameters
    ----------
    name
        File name without ``.csv``; also the attribute of `ExposureMap`.
    table
        Declared table the file becomes.
    is_needed
        True when a theme cannot exist without it; other files may be absent (no rows).
    edges
        Which day a date column takes when the text is a longer period: ``known`` is the last day, but
        never after the theme's ``curated_at``; ``first`` and ``last`` are the ends of the period.
    """

    name: str
    table: Table
    is_needed: bool = False
    edges: dict[str, Edge] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """File name with its ending."""
        return f"{self.name}.csv"


_KNOWN: dict[str, Edge] = {"known_at": "known"}

CSV_FILES = (
    CsvFile("companies", tables.COMPANIES, True, _KNOWN),
    CsvFile("exposures", tables.EXPOSURES, True, _KNOWN),
    CsvFile("overrides", tables.OVERRIDES, False, {"known_at": "known", "expires": "last"}),
    CsvFile("relations", tables.RELATIONS, False, _KNOWN),
    CsvFile("margins", tables.MARGINS, False, {"known_at": "known", "period_end": "last"}),
    CsvFile("statements", tables.STATEMENTS, False, _KNOWN),
    CsvFile("nodes", tables.NODES),
    CsvFile("deals", tables.DEALS, False, {"announced": "known", "term_start": "first", "term_end": "last"}),
    CsvFile("figures", tables.FIGURES, False, {"known_at": "known", "period_end": "last"}),
    CsvFile("sources", tables.SOURCES, False, {"published": "last"}),
    CsvFile("watch", tables.WATCH, False, _KNOWN),
    CsvFile("events", tables.EVENTS, False, {"known_at": "known", "date": "last"}),
    CsvFile(
        "assumptions",
        tables.ASSUMPTIONS,
        False,
        {"known_at": "known", "term_start": "first", "term_end": "last"},
    ),
    CsvFile("claims", tables.CLAIMS, False, {"known_at": "known", "event": "first"}),
    CsvFile("yardstick", tables.YARDSTICK, False, {"known_at": "known", "period_end": "last"}),
    CsvFile("groups", tables.GROUPS, False, _KNOWN),
)
"""Every CSV a theme folder may hold; anything else in the folder is ignored."""


def source_keys(cell: str | None) -> list[str]:
    """Return the source keys of a cell that lists several, in order."""
    return [part.strip() for part in (cell or "").split(SEPARATOR) if part.strip()]


def read_table(path: Path, spec: CsvFile, *, curated_at: date) -> pl.DataFrame:
    """Return the file as its declared table, every row of it.

    Missing data: an empty cell is null. A missing file that is not needed gives an empty table.

    Raises
    ------
    polars.exceptions.PolarsError, exposures.errors.TableError, ValueError, OSError
        When the text does not fit the table; `exposures.load` turns it into a message with the line.
    """
    if not path.exists() and not spec.is_needed:
        return spec.table.empty()
    raw = pl.read_csv(path, infer_schema=False, null_values="", encoding="utf8")
    names = {c.name for c in spec.table.columns}
    if unknown := [n for n in raw.columns if n not in names]:
        raise ValueError(f"{spec.file} has unknown columns {unknown}")
    absent = pl.lit(None, dtype=pl.String)
    chosen = raw.select(
        _typed(
            c, pl.col(c.name) if c.name in raw.columns else absent, spec.edges.get(c.name), curated_at
        ).alias(c.name)
        for c in spec.table.columns
    )
    return spec.table.check(chosen)


def _typed(column: Column, text: pl.Expr, edge: Edge | None, curated_at: date) -> pl.Expr:
    """Return the expression that turns the text of a column into its declared type."""
    if column.dtype == pl.Date:
        return text.map_batches(
            lambda cells: _days(cells, edge or "last", curated_at), return_dtype=pl.Date, is_elementwise=True
        )
    if column.dtype == pl.Boolean:
        return text.replace_strict(TRUE_FALSE, return_dtype=pl.Boolean)
    if column.dtype == pl.List(pl.String):
        return (
            text.fill_null("")
            .str.split(SEPARATOR)
            .list.eval(pl.element().str.strip_chars().filter(pl.element() != ""))
        )
    if column.dtype == pl.String:
        return text.str.strip_chars()
    return text.str.strip_chars().cast(column.dtype, strict=True)


def _days(cells: pl.Series, edge: Edge, curated_at: date) -> pl.Series:
    days = [None if cell is None else _day(str(cell).strip(), edge, curated_at) for cell in cells]
    return pl.Series(cells.name, days, dtype=pl.Date)


def _day(text: str, edge: Edge, curated_at: date) -> date:
    day = period_day(text, "first" if edge == "first" else "last")
    if day is None:
        raise ValueError(f"{text!r} is not a date")
    return min(day, curated_at) if edge == "known" and not is_day(text) else day
