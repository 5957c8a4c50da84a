"""What earlier runs stored: their forecasts and their ranks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import polars as pl

from exposures.errors import DataError, TableError
from exposures.table import Table
from models.tables.record import RANK_RECORD
from screen.store import output_root
from screen.week_tables import WEEK_FORECASTS

__all__ = ["stored_forecasts", "stored_ranks", "stored_weeks"]

AGAIN = "Run that week again, or remove the file."


def stored_forecasts(out: Path, theme: str, *, is_simulated: bool) -> pl.DataFrame:
    """Return `WEEK_FORECASTS` of every stored week of a theme, dates ascending.

    Simulated weeks are never among real ones: they are stored apart, and a file that says otherwise is
    refused.

    Missing data: no stored week gives an empty frame.

    Raises
    ------
    DataError
        A file cannot be read, lacks what it should hold, is of another date than its folder, or mixes
        simulated rows with real ones.
    """
    root = output_root(out, is_simulated=is_simulated, scenario=None)
    frames = [_read(path, WEEK_FORECASTS) for path in _weeks(root / "forecasts", theme)]
    if not frames:
        return WEEK_FORECASTS.empty()
    rows = pl.concat(frames).sort("as_of", "ticker")
    if (rows.get_column("is_simulated") != is_simulated).any():
        raise DataError(
            f"{root / 'forecasts'}: simulated and real weeks are mixed.",
            fix="Remove the weeks that do not belong there, or choose another --out folder.",
        )
    return rows


def stored_ranks(out: Path, theme: str, *, is_simulated: bool, runs: pl.DataFrame) -> pl.DataFrame:
    """Return `RANK_RECORD` of the stored weeks of a theme that come from the very runs behind `runs`.

    Parameters
    ----------
    runs
        Columns as_of and run_id, those of forecasts.

    Missing data: a week whose screen a later run replaced, while its forecasts were kept, has no ranks here.
    """
    wanted = runs.select("as_of", "run_id").unique()
    root = output_root(out, is_simulated=is_simulated, scenario=None)
    names = [c.name for c in RANK_RECORD.columns]
    frames = []
    for path in _weeks(root / "screens", theme):
        week = _frame(path, (*names, "run_id"))
        known = week.filter(pl.col("rank").is_not_null())
        frames.append(known.join(wanted, on=["as_of", "run_id"], how="semi").select(names))
    if not frames:
        return RANK_RECORD.empty()
    return RANK_RECORD.check(pl.concat(frames).sort("as_of", "screen", "rank", "ticker"))


def stored_weeks(out: Path, theme: str, *, is_simulated: bool) -> list[date]:
    """Return the dates whose forecasts are stored, oldest first; no file is opened."""
    root = output_root(out, is_simulated=is_simulated, scenario=None)
    return list(_weeks(root / "forecasts", theme).values())


def _weeks(folder: Path, theme: str) -> dict[Path, date]:
    """Files of stored weeks with the date of their folder; a folder that is named otherwise is no week."""
    found = {}
    for path in sorted((folder / f"theme={theme}").glob("as_of=*/part-0.parquet")):
        with suppress(ValueError):
            found[path] = date.fromisoformat(path.parent.name.removeprefix("as_of="))
    return found


def _read(path: Path, table: Table) -> pl.DataFrame:
    """Read a stored week; columns that a later version added are null, ones it dropped are left out."""
    week = _frame(path, ("as_of", "run_id"))
    try:
        return table.conform(week)
    except TableError as error:
        raise DataError(f"{path}: {error.message}", fix=AGAIN) from error


def _frame(path: Path, names: Sequence[str]) -> pl.DataFrame:
    """Read a stored week that has the columns `names` and is of the date of its folder."""
    try:
        week = pl.read_parquet(path, hive_partitioning=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{path}: cannot be read: {error}.", fix=AGAIN) from error
    if lacking := [name for name in names if name not in week.columns]:
        raise DataError(f"{path}: has no column {', '.join(lacking)}.", fix=AGAIN)
    day = path.parent.name.removeprefix("as_of=")
    if other := [str(found) for found in week.get_column("as_of").unique() if str(found) != day]:
        raise DataError(f"{path}: holds rows of {', '.join(sorted(other))}.", fix=AGAIN)
    return week
