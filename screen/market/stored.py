"""The last successful pull from Yahoo, kept as Parquet, so that a day without Yahoo still has data."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from exposures.errors import DataError, NotFoundError
from screen.market.outcomes import age_days, outcomes_of
from screen.market.protocol import MarketData, MarketRequest
from screen.market.tables import ESTIMATES, FX, OUTCOMES, PRICES, PROFILES, SPLITS, STATEMENTS

__all__ = ["StoredSource", "has_stored", "stored_day", "write_stored"]

POINTER = "yahoo.json"
"""Names the folder of the current pull and its day; replacing it is what makes a pull current."""
TABLES = {
    "prices": PRICES,
    "splits": SPLITS,
    "estimates": ESTIMATES,
    "statements": STATEMENTS,
    "profiles": PROFILES,
    "fx": FX,
    "outcomes": OUTCOMES,
}


def write_stored(data: MarketData, cache_dir: Path, *, fetched: date) -> None:
    """Keep `data` as the current pull: write a new folder, then swing the pointer to it in one step.

    A reader sees the old pull or the new one, never a mixture; a crash leaves the old one.

    Raises
    ------
    DataError
        The folder cannot be written.
    """
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="pull-", dir=cache_dir))
        for name in TABLES:
            frame: pl.DataFrame = getattr(data, name)
            frame.write_parquet(folder / f"{name}.parquet", compression="zstd")
        fresh = folder / POINTER
        fresh.write_text(json.dumps({"folder": folder.name, "fetched": fetched.isoformat()}))
        fresh.replace(cache_dir / POINTER)
        for old in cache_dir.glob("pull-*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise DataError(
            f'the pull cannot be kept in "{cache_dir}": {error.strerror or error}.',
            fix="Free space, or give another folder with SCREEN_CACHE_DIR.",
        ) from error


def has_stored(cache_dir: Path) -> bool:
    """Return True when a whole pull is kept in `cache_dir`."""
    try:
        _current(cache_dir)
    except NotFoundError:
        return False
    return True


def stored_day(cache_dir: Path) -> date:
    """Return the day of the kept pull, or raise `NotFoundError`."""
    return _current(cache_dir)[1]


def _current(cache_dir: Path) -> tuple[Path, date]:
    try:
        body = json.loads((cache_dir / POINTER).read_text())
        folder, fetched = cache_dir / body["folder"], date.fromisoformat(body["fetched"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotFoundError(
            f'no pull from Yahoo is kept in "{cache_dir}".',
            fix="Run once with --source yahoo while Yahoo answers, or use --source sample.",
        ) from error
    if not all(os.access(folder / f"{name}.parquet", os.R_OK) for name in TABLES):
        raise NotFoundError(
            f'the pull kept in "{folder}" is not complete.', fix="Run once with --source yahoo to replace it."
        )
    return folder, fetched


class StoredSource:
    """The pull that `write_stored` kept.

    Parameters
    ----------
    cache_dir
        Folder given to `write_stored`.
    note
        Why stored data is used, put before the age.
    """

    name = "store"

    def __init__(self, cache_dir: Path, *, note: str = "") -> None:
        self.cache_dir = cache_dir
        self.note = note

    def newest_day(self) -> date | None:
        """Return the newest price day of the pull."""
        newest = _read(_current(self.cache_dir)[0], "prices").get_column("date").max()
        return newest if isinstance(newest, date) else None

    def fetch(self, request: MarketRequest) -> MarketData:
        """Return the kept rows for the tickers of `request`; the note says how old the pull is.

        Missing data: a ticker that the pull lacks is a ``not_covered`` row of OUTCOMES.

        Raises
        ------
        NotFoundError
            Nothing is kept.
        DataError
            A kept file is corrupt.
        """
        folder, fetched = _current(self.cache_dir)
        tables = {name: _read(folder, name) for name in TABLES}
        mine = {
            name: frame if name == "fx" else frame.filter(pl.col("ticker").is_in(request.tickers))
            for name, frame in tables.items()
            if name != "outcomes"
        }
        label = f"Yahoo, stored {fetched.isoformat()}"
        age = (request.as_of - fetched).days
        days = f"{age} days before {request.as_of}" if age > 0 else f"not before {request.as_of}"
        data = MarketData(
            source=self.name,
            label=label,
            is_simulated=False,
            outcomes=OUTCOMES.frame(_outcomes(request, tables["outcomes"], mine)),
            age_days=age_days(mine["prices"], request.as_of),
            note=f"{self.note} Stored data of {fetched.isoformat()} is used ({days}).".strip(),
            **mine,
        )
        return replace(data).checked()


def _outcomes(
    request: MarketRequest, kept: pl.DataFrame, mine: dict[str, pl.DataFrame]
) -> list[dict[str, object]]:
    wanted = kept.filter(pl.col("ticker").is_in(request.tickers) | (pl.col("dataset") == "fx"))
    rows: list[dict[str, object]] = wanted.to_dicts()
    unknown = sorted(set(request.tickers) - set(wanted.get_column("ticker")))
    frames = {
        "prices": mine["prices"],
        "estimates": mine["estimates"],
        "statements": mine["statements"],
        "profile": mine["profiles"],
    }
    absent = dict.fromkeys(frames, "not part of the stored pull")
    return rows + outcomes_of(unknown, frames, source="store", absent=absent)


def _read(folder: Path, name: str) -> pl.DataFrame:
    path = folder / f"{name}.parquet"
    try:
        return pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(
            f"{path}: the stored pull cannot be read: {str(error).splitlines()[0][:120]}.",
            fix="Delete the cache folder and run once with --source yahoo, or use --source sample.",
        ) from error
