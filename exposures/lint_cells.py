"""Faults of one CSV file: its header, its cells and its keys."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from exposures.csv_files import TRUE_FALSE, CsvFile
from exposures.dates import DATE_FORMS, period_day
from exposures.errors import suggest
from exposures.faults import Fault, error
from exposures.table import Column
from exposures.tickers import NODE_FORMS, TICKER_FORMS, is_node, is_ticker

__all__ = ["CsvText", "Row", "lint_cells", "read_rows"]

_TICKER_COLUMNS = ("ticker",)
_NODE_COLUMNS = ("supplier", "customer", "payer", "payee", "node", "holder", "held")
_SHARES = ("revenue_share_low", "revenue_share_high", "share_of_customer_cost")
_ASCENDING = (
    ("revenue_share_low", "revenue_share_high"),
    ("low", "base", "high"),
    ("amount_low", "amount_base", "amount_high"),
)
_DATE_ORDER = (("term_start", "term_end"), ("known_at", "expires"))
_AMOUNTS = {
    "deals": ("amount_low", "amount_base", "amount_high", "amount_headline"),
    "assumptions": ("low", "base", "high"),
}
"""Cells in bn of the row's currency whose direction is payer and payee: a minus sign has no meaning there."""
_FIGURES = ("value", "low", "high")
_LOSSES = ("fcf", "ocf", "income", "loss", "profit", "gain", "cash_flow", "increase", "change")
"""Words in the metric of a published figure that may be negative; capital spending and backlog may not."""

# The largest contract of the bundled theme is about 300, the labs' commitments together are 1400.
MAX_DEAL_BN_USD = 2000.0
# No company, market or plan of this chain is stated above 10 trillion; a figure in millions is.
MAX_FIGURE_BN_USD = 10_000.0


@dataclass(frozen=True)
class Row:
    """One record of a CSV with the line it starts on."""

    line: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        """Return the stripped text of a cell; empty when blank or absent."""
        return self.cells.get(column, "").strip()


@dataclass(frozen=True)
class CsvText:
    """A CSV as text: what the linter looks at."""

    spec: CsvFile
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def file(self) -> str:
        """File name."""
        return self.spec.file


def read_rows(spec: CsvFile, text: str) -> tuple[CsvText, list[Fault]]:
    """Return the records of a CSV with their lines, and the faults of its shape."""
    faults: list[Fault] = []
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text), strict=True)
    header: list[str] = []
    start = 1
    try:
        for cells in reader:
            if start == 1:
                header = [cell.strip() for cell in cells]
            elif cells and len(cells) == len(header):
                rows.append(Row(start, dict(zip(header, cells, strict=True))))
            elif cells:
                message = f"the row has {len(cells)} cells, the header {len(header)}."
                faults.append(error(spec.file, start, "csv-row", message, "Quote cells that hold a comma."))
            start = reader.line_num + 1
    except csv.Error as cause:
        faults.append(error(spec.file, start, "csv-row", f"not a CSV row: {cause}.", "Close the quotes."))
    return CsvText(spec, tuple(header), tuple(rows)), faults


def lint_cells(text: CsvText) -> list[Fault]:
    """Return every fault that can be seen inside one file."""
    if faults := list(_header_faults(text)):
        return faults
    return [
        *(fault for row in text.rows for fault in _row_faults(text.spec, row)),
        *_repeated_keys(text),
    ]


def _header_faults(text: CsvText) -> Iterator[Fault]:
    columns = {c.name: c for c in text.spec.table.columns}
    for name in text.header:
        if name not in columns:
            message = f'unknown column "{name}"; allowed: {", ".join(columns)}.'
            yield error(text.file, 1, "csv-header", message, suggest(name, columns))
    for name, column in columns.items():
        if column.required and name not in text.header:
            yield error(text.file, 1, "csv-header", f'column "{name}" is missing.', "Add it.")
    for name in sorted({n for n in text.header if text.header.count(n) > 1}):
        yield error(text.file, 1, "csv-header", f'column "{name}" stands twice.', "Remove one.")


def _row_faults(spec: CsvFile, row: Row) -> Iterator[Fault]:
    is_sound = True
    for column in spec.table.columns:
        value = row.get(column.name)
        found = _cell_fault(spec.file, row.line, column, value)
        if found is not None:
            is_sound = False
            yield found
    if is_sound:
        yield from _order_faults(spec, row)
        yield from _amount_faults(spec, row)


def _cell_fault(file: str, line: int, column: Column, value: str) -> Fault | None:
    name = column.name
    if not value:
        needed = column.required and column.dtype != pl.List(pl.String)
        return error(file, line, "csv-required", f'"{name}" is empty.', "Fill it in.") if needed else None
    if column.allowed and value not in column.allowed:
        rule = {"tier": "unlisted-tier", "segment": "unlisted-segment"}.get(name, "csv-enum")
        message = f'"{name}" is "{value}"; allowed: {", ".join(column.allowed)}.'
        return error(file, line, rule, message, suggest(value, column.allowed))
    if name in _TICKER_COLUMNS and not is_ticker(value):
        return error(file, line, "ticker-form", f'unknown ticker form "{value}"; as in {TICKER_FORMS}.')
    if name in _NODE_COLUMNS and not is_node(value):
        return error(file, line, "ticker-form", f'unknown ticker form "{value}"; as in {NODE_FORMS}.')
    if name in _SHARES and _number(value) is not None and not 0 <= float(value) <= 1:
        message = f'"{name}" is {value}; a share is a fraction from 0 to 1.'
        return error(file, line, "share-range", message, "Divide a percentage by 100.")
    return _type_fault(file, line, column, value)


def _type_fault(file: str, line: int, column: Column, value: str) -> Fault | None:
    checks: tuple[tuple[bool, Callable[[str], bool], str, str], ...] = (
        (column.dtype == pl.Date, lambda v: period_day(v) is not None, "malformed-date", DATE_FORMS),
        (column.dtype == pl.Boolean, lambda v: v in TRUE_FALSE, "csv-type", "yes or no"),
        (column.dtype.is_float(), lambda v: _number(v) is not None, "csv-type", "a number such as 0.27"),
        (column.dtype.is_integer(), lambda v: v.lstrip("-").isdecimal(), "csv-type", "a whole number"),
    )
    for applies, passes, rule, allowed in checks:
        if applies and not passes(value):
            return error(file, line, rule, f'"{column.name}" is "{value}"; allowed: {allowed}.')
    return None


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _order_faults(spec: CsvFile, row: Row) -> Iterator[Fault]:
    for names in _ASCENDING:
        given = [(n, float(row.get(n))) for n in names if row.get(n)]
        for (low, small), (high, large) in pairwise(given):
            if small > large:
                rule = "share-order" if low in _SHARES else "amount-order"
                yield error(
                    spec.file, row.line, rule, f'"{low}" {small:g} is above "{high}" {large:g}.', "Swap them."
                )
    for first, last in _DATE_ORDER:
        start = period_day(row.get(first), "first") if row.get(first) else None
        end = period_day(row.get(last), "last") if row.get(last) else None
        if start and end and end < start:
            message = f'"{last}" {row.get(last)} is before "{first}" {row.get(first)}.'
            yield error(spec.file, row.line, "date-order", message, "Swap or mend them.")


def _amount_faults(spec: CsvFile, row: Row) -> Iterator[Fault]:
    """Money in bn that is negative where only the direction counts, or so large that the unit is wrong."""
    is_figure = spec.name == "figures" and row.get("unit") == "bn"
    names = _FIGURES if is_figure else _AMOUNTS.get(spec.name, ())
    may_be_negative = is_figure and any(word in row.get("metric") for word in _LOSSES)
    limit = MAX_FIGURE_BN_USD if is_figure else MAX_DEAL_BN_USD
    in_usd = row.get("currency") in ("", "USD")  # elsewhere a billion may be small: the won, the yen
    for name in names:
        value = row.get(name)
        amount = float(value) if value else 0.0
        if amount < 0 and not may_be_negative:
            message = f'"{name}" is {value}; an amount is 0 or more.'
            fix = "Swap payer and payee to turn a flow round." if not is_figure else "Mend the sign."
            yield error(spec.file, row.line, "amount-range", message, fix)
        if in_usd and abs(amount) > limit:
            message = f'"{name}" is {value} bn USD; allowed: up to {limit:g}.'
            yield error(spec.file, row.line, "amount-range", message, "Give it in bn, not in millions.")


def _repeated_keys(text: CsvText) -> Iterator[Fault]:
    key = text.spec.table.key
    seen: dict[tuple[str, ...], int] = {}
    for row in text.rows:
        values = tuple(row.get(k) for k in key)
        if key and values in seen:
            message = f"{', '.join(values)} is already on line {seen[values]}."
            yield error(text.file, row.line, "duplicate-key", message, "Merge the two rows.")
        seen.setdefault(values, row.line)
