"""Read the tables of a local market folder: Parquet or CSV, each fault named with its file and its fix."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from exposures.errors import DataError, NotFoundError, suggest

__all__ = ["LAYOUT", "FolderTable", "named_file", "open_table", "require_folder"]

_S, _F, _D, _I = pl.String(), pl.Float64(), pl.Date(), pl.Int64()


@dataclass(frozen=True)
class FolderTable:
    """One file of the folder: the columns it must have and those it may have.

    Parameters
    ----------
    name
        File name without its ending.
    required
        Column -> dtype; the file is refused without them.
    optional
        Column -> dtype; absent ones read as null. Any further column is ignored.
    """

    name: str
    required: dict[str, pl.DataType]
    optional: dict[str, pl.DataType] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, pl.DataType]:
        """Every column that is read, required ones first."""
        return {**self.required, **self.optional}


LAYOUT = {
    table.name: table
    for table in (
        FolderTable(
            "prices",
            {"ticker": _S, "date": _D, "close": _F, "currency": _S},
            {"adj_close": _F, "volume": _F, "source": _S},
        ),
        FolderTable(
            "statements",
            {
                "ticker": _S,
                "item": _S,
                "period_type": _S,
                "period_end": _D,
                "value": _F,
                "currency": _S,
                "known_at": _D,
            },
            {
                "period_start": _D,
                "fiscal_year": _I,
                "fiscal_period": _S,
                "known_at_basis": _S,
                "tag_rank": _I,
                "source": _S,
            },
        ),
        FolderTable(
            "estimates",
            {"ticker": _S, "known_at": _D, "period": _S, "metric": _S, "mean": _F, "currency": _S},
            {"period_end": _D, "low": _F, "high": _F, "analysts": _I, "source": _S},
        ),
        FolderTable(
            "forward",
            {"ticker": _S, "known_at": _D, "forward_eps": _F, "currency": _S},
            {"price": _F, "source": _S},
        ),
        FolderTable(
            "profiles",
            {"ticker": _S, "known_at": _D},
            {
                "name": _S,
                "currency": _S,
                "financial_currency": _S,
                "exchange": _S,
                "sector": _S,
                "industry": _S,
                "shares_outstanding": _F,
                "source": _S,
            },
        ),
        FolderTable(
            "monthly_revenue",
            {"ticker": _S, "period_end": _D, "revenue": _F, "currency": _S, "known_at": _D},
            {"revenue_year_ago": _F, "source": _S},
        ),
        FolderTable("fx", {"base": _S, "quote": _S, "date": _D, "rate": _F}, {"source": _S}),
        FolderTable(
            "splits",
            {"ticker": _S, "ratio": _F},
            {"ex_date": _D, "first_new_basis_filing": _D, "source": _S},
        ),
    )
}
"""The files of a market folder. Only prices must exist."""

_DOC = "docs/market-data.md"


def require_folder(folder: Path) -> None:
    """Raise `NotFoundError` without `folder` or without any of its files, `DataError` without prices."""
    if not folder.is_dir():
        near = (
            suggest(folder.name, [p.name for p in folder.parent.iterdir()]) if folder.parent.is_dir() else ""
        )
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise NotFoundError(
            f'market folder "{folder}" {what}; it must hold {_names()}.',
            fix=f"{near} Give an existing folder with --market-dir; the layout is in {_DOC}.".strip(),
        )
    found = [p.name for p in folder.iterdir() if p.suffix in (".parquet", ".csv") and p.stem in LAYOUT]
    if not found:
        raise NotFoundError(
            f'market folder "{folder}" has none of the expected files; allowed: {_names()}.',
            fix=f"Put at least prices.parquet or prices.csv there; the columns are in {_DOC}.",
        )
    if not {"prices.parquet", "prices.csv"} & set(found):
        raise DataError(
            f'market folder "{folder}" has {", ".join(sorted(found))} but no prices.parquet or prices.csv.',
            fix=f"Add prices with {_columns(LAYOUT['prices'])}; see {_DOC}.",
        )


def open_table(folder: Path, name: str, *, tickers: list[str] | None = None) -> pl.DataFrame | None:
    """Return the rows of one file, or None when the folder does not have it.

    Parquet wins over CSV. Only the columns of `LAYOUT` are read, cast to their dtype.

    Parameters
    ----------
    tickers
        Keep these tickers only; None keeps every row.

    Missing data: an absent optional column is null. NaN and infinite values become null.

    Raises
    ------
    DataError
        The file is corrupt, a required column is missing, or a column cannot be read as its type.
    """
    table = LAYOUT[name]
    path = _path(folder, name)
    if path is None:
        return None
    try:
        frame = _scan(path)
        have = frame.collect_schema()
        if missing := [c for c in table.required if c not in have]:
            raise DataError(
                f"{path}: missing columns {missing}; it has {list(have)}.",
                fix=f"{name} needs {_columns(table)}; see {_DOC}.",
            )
        if tickers is not None:
            frame = frame.filter(pl.col("ticker").is_in(tickers))
        rows = frame.select(_cast(c, dtype, have) for c, dtype in table.columns.items()).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, table, error) from error
    if name == "prices":
        _refuse_negative(path, rows)
    if name == "monthly_revenue":
        _refuse_foresight(path, rows)
    return rows


def named_file(folder: Path, message: str) -> str:
    """Return a fault of a market table (``PRICES: ...``) with the file that the table was read from."""
    table, colon, fault = message.partition(": ")
    path = _path(folder, table.lower())
    return f"{path}: {fault}" if colon and path else f"{folder}: {message}"


def _path(folder: Path, name: str) -> Path | None:
    return next((p for p in (folder / f"{name}.parquet", folder / f"{name}.csv") if p.is_file()), None)


def _refuse_negative(path: Path, prices: pl.DataFrame) -> None:
    """Raise `DataError` on a close below 0; an adjusted close may fall below it after large dividends."""
    bad = prices.filter(pl.col("close") < 0)
    if bad.height:
        ticker, day, close = bad.select("ticker", "date", "close").row(0)
        raise DataError(
            f"{path}: {bad.height} negative closes, the first {close:g} of {ticker} on {day}.",
            fix="A close is above 0, or empty where it is not known.",
        )


def _refuse_foresight(path: Path, months: pl.DataFrame) -> None:
    """Raise `DataError` on a month that is known before it has ended: known_at holds something else."""
    bad = months.filter(pl.col("known_at") <= pl.col("period_end"))
    if bad.height:
        ticker, end, known = bad.select("ticker", "period_end", "known_at").row(0)
        raise DataError(
            f"{path}: {bad.height} months are known before they end, the first {end} of {ticker} on {known}.",
            fix="period_end is the last day of the month, known_at the day its revenue was published.",
        )


def _scan(path: Path) -> pl.LazyFrame:
    if path.suffix == ".parquet":
        return pl.scan_parquet(path)
    return pl.scan_csv(path, infer_schema=False, null_values=["", "null", "NA", "nan", "NaN"])


def _cast(name: str, dtype: pl.DataType, have: pl.Schema) -> pl.Expr:
    if name not in have:
        return pl.lit(None, dtype=dtype).alias(name)
    if dtype == pl.Date and have[name] == pl.String:
        return pl.col(name).str.to_date("%Y-%m-%d")
    if dtype == pl.Int64 and have[name] == pl.String:
        return pl.col(name).cast(pl.Float64).cast(pl.Int64)
    cast = pl.col(name).cast(dtype)
    if dtype == pl.Float64:
        return pl.when(cast.is_finite()).then(cast).otherwise(None).alias(name)
    return cast


def _unreadable(path: Path, table: FolderTable, error: Exception) -> DataError:
    first = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
    if path.suffix == ".parquet":
        fix = f"Write the file again (Parquet, with {_columns(table)}); see {_DOC}."
    else:
        fix = f"Dates are YYYY-MM-DD, numbers have a point; the columns are {_columns(table)}. See {_DOC}."
    return DataError(f"{path}: cannot be read: {first}.", fix=fix)


def _columns(table: FolderTable) -> str:
    return ", ".join(table.required)


def _names() -> str:
    return ", ".join(f"{name}.parquet" for name in LAYOUT) + " (or .csv)"
