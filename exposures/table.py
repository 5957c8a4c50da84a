"""Declared tables: every frame that crosses a package names its columns, units and key here.

A `Table` is checked once, at the crossing. It reports all faults at once and prints its own data
dictionary, from which ``docs/tables.md`` is generated.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from exposures.errors import TableError

__all__ = ["Column", "Table", "column"]


SMALL = 200
"""Rows up to which plain Python judges a column faster than a query does. A pull checks thousands of frames
of some ten rows, on several threads: there each query also waits for the interpreter's lock."""


@dataclass(frozen=True)
class Column:
    """One declared column.

    Parameters
    ----------
    name
        Column name; the unit is in the name or in `unit`.
    dtype
        Polars data type, exactly.
    meaning
        One sentence for the data dictionary.
    unit
        ``fraction``, ``times``, ``USD``, ``weeks`` ...; empty for text and dates.
    required
        True when null is a fault. Null otherwise means unknown, never zero.
    allowed
        The closed list of values, if there is one.
    """

    name: str
    dtype: pl.DataType
    meaning: str
    unit: str = ""
    required: bool = False
    allowed: tuple[str, ...] = ()


def column(
    name: str,
    dtype: type[pl.DataType] | pl.DataType,
    meaning: str,
    *,
    unit: str = "",
    required: bool = False,
    allowed: Sequence[str] = (),
) -> Column:
    """Return a `Column`; `dtype` may be a polars class or an instance."""
    instance = dtype() if isinstance(dtype, type) else dtype
    return Column(name, instance, meaning, unit, required, tuple(allowed))


@dataclass(frozen=True)
class Table:
    """A declared frame: name, meaning, columns and the key that is unique."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def schema(self) -> pl.Schema:
        """The polars schema, in declared order."""
        return pl.Schema({c.name: c.dtype for c in self.columns})

    def empty(self) -> pl.DataFrame:
        """Return a frame with the declared columns and no row."""
        return pl.DataFrame(schema=self.schema)

    def frame(self, rows: Sequence[dict[str, object]]) -> pl.DataFrame:
        """Return a checked frame from dictionaries; a column that a row lacks becomes null."""
        names = [c.name for c in self.columns]
        unknown = sorted({k for row in rows for k in row} - set(names))
        if unknown:
            raise TableError(f"{self.name}: undeclared columns {unknown}.", fix=f"Declared: {names}.")
        data = {c.name: [row.get(c.name) for row in rows] for c in self.columns}
        return self.check(pl.DataFrame(data, schema=self.schema, strict=False))

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add missing columns as null, drop undeclared ones, cast, order, then `check`."""
        have = set(frame.columns)
        selection = [
            (pl.col(c.name) if c.name in have else pl.lit(None, dtype=c.dtype).alias(c.name)).cast(c.dtype)
            for c in self.columns
        ]
        return self.check(frame.select(selection))

    def faults(self, frame: pl.DataFrame) -> list[str]:
        """Return every fault of `frame` as a sentence; an empty list when it is sound.

        Floats may not be NaN or infinite: missing is null.
        """
        found: list[str] = []
        names = [c.name for c in self.columns]
        if missing := [n for n in names if n not in frame.columns]:
            found.append(f"missing columns {missing}")
        if extra := [n for n in frame.columns if n not in names]:
            found.append(f"undeclared columns {extra}")
        for c in self.columns:
            if c.name not in frame.columns:
                continue
            series = frame.get_column(c.name)
            if series.dtype != c.dtype:
                found.append(f"{c.name} is {series.dtype}, declared {c.dtype}")
                continue
            if c.required and series.null_count():
                found.append(f"{c.name} has {series.null_count()} nulls and is required")
            if c.dtype.is_float() and _has_nonfinite(series):
                found.append(f"{c.name} has NaN or infinite values; missing is null")
            if c.allowed and (bad := sorted(str(v) for v in _values(series) - {*c.allowed, None})):
                found.append(f"{c.name} has {bad[:5]}; allowed {list(c.allowed)}")
        if self.key and all(k in frame.columns for k in self.key):
            repeated = _repeated(frame[list(self.key)])
            if repeated:
                found.append(f"{repeated} repeated keys {list(self.key)}")
        return found

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return `frame` in declared column order, or raise one `TableError` with all faults."""
        if found := self.faults(frame):
            raise TableError(f"{self.name}: {'; '.join(found)}.", fix="See docs/tables.md.")
        names = [c.name for c in self.columns]
        return frame if frame.columns == names else frame.select(names)

    def markdown(self) -> str:
        """Return the data dictionary of this table as a markdown section."""
        lines = [f"### {self.name}", "", self.meaning, ""]
        if self.key:
            lines += [f"Key: {', '.join(f'`{k}`' for k in self.key)}", ""]
        lines += ["| column | type | unit | null | meaning |", "|---|---|---|---|---|"]
        for c in self.columns:
            meaning = c.meaning + (f" One of: {', '.join(c.allowed)}." if c.allowed else "")
            null = "no" if c.required else "unknown"
            lines.append(f"| `{c.name}` | {c.dtype} | {c.unit or '-'} | {null} | {meaning} |")
        return "\n".join(lines) + "\n"


def _has_nonfinite(series: pl.Series) -> bool:
    """A sum is finite only when every value is; finite values may still add up to more than a float holds."""
    return not math.isfinite(series.sum()) and not bool(series.drop_nulls().is_finite().all())


def _values(series: pl.Series) -> set[object]:
    return set((series if series.len() <= SMALL else series.unique()).to_list())


def _repeated(keys: pl.DataFrame) -> int:
    """How many keys occur more than once."""
    if keys.height <= SMALL:
        return sum(count > 1 for count in Counter(keys.rows()).values())
    if not keys.is_duplicated().any():
        return 0
    return keys.filter(keys.is_duplicated()).n_unique()
