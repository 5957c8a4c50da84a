"""Looking at a whole store: what it holds, and whether every file of it is sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import polars as pl

from exposures.table import Table
from screen.market.store.layout import (
    QUARANTINE,
    dataset_of,
    price_path,
    source_of,
    ticker_of,
)
from screen.market.store.log import DELIVERED, LOGGED_AS, newest_rows
from screen.market.store.place import StoredFile
from screen.market.store.shelf import Shelf, in_time_order
from screen.market.store.tables import STORE_CHECK, STORE_STATUS
from screen.market.store.versions import DATASETS, DAYS, current, owner_column
from screen.market.tables import PULLS, STORED_PRICES

__all__ = ["check_store", "status_of", "table_at"]

_CHUNK = 256
"""Price files counted at once: the rows of 256 are about 30 MB."""

_ASK_AGAIN = 'Run "screen data pull": it asks for what is missing.'
_RESTORE = 'Restore it from a backup; "screen data pull" brings today\'s answers, not those of older days.'
"""Facts are answers of a day: prices and the log come back with a pull, these do not."""


def table_at(dataset: str) -> Table:
    """Return the table of the files of `dataset`: prices, pulls or a dataset of facts."""
    return {"prices": STORED_PRICES, "pulls": PULLS}.get(dataset) or DATASETS[dataset]


def _groups(shelf: Shelf) -> Iterator[tuple[str, str, list[StoredFile]]]:
    """Yield (source, dataset, files) of everything stored; files of no dataset are not the store's."""
    known = {"prices", "pulls", *DATASETS, QUARANTINE}
    files = [file for file in shelf.place.files("") if dataset_of(file.path) in known]

    def where(file: StoredFile) -> tuple[str, str]:
        return source_of(file.path), dataset_of(file.path)

    for (source, dataset), group in groupby(sorted(files, key=where), key=where):
        yield source, dataset, sorted(group, key=lambda file: file.path)


def status_of(shelf: Shelf) -> pl.DataFrame:
    """Return STORE_STATUS, see `MarketStore.status`."""
    groups = list(_groups(shelf))
    asked: dict[tuple[str, str], object] = {}
    for source, dataset, files in groups:
        if dataset == "pulls":
            log = shelf.rows([file.path for file in files], PULLS)
            newest = (log if log is not None else PULLS.empty()).group_by("dataset").agg(pl.max("pulled_at"))
            asked |= {(source, name): day for name, day in newest.iter_rows()}
            asked[source, "pulls"] = newest.get_column("pulled_at").max()
    rows: list[dict[str, object]] = []
    for source, dataset, files in groups:
        counts = _counts(shelf, dataset, [file.path for file in files]) if dataset != QUARANTINE else _NOTHING
        rows.append(
            {
                "source": source,
                "dataset": dataset,
                "files": len(files),
                "bytes": sum(file.size for file in files),
                "pulled_at": asked.get((source, LOGGED_AS.get(dataset, dataset))),
                **counts,
            }
        )
    return STORE_STATUS.frame(rows).sort("source", "dataset")


_NOTHING: dict[str, object] = {"tickers": 0, "rows": 0, "newest": None}


def _counts(shelf: Shelf, dataset: str, paths: Sequence[str]) -> dict[str, object]:
    """Return tickers (of rates: pairs), rows and the newest day of the readable files among `paths`."""
    day = {"prices": "date", "pulls": "pulled_at", **DAYS}.get(dataset, "known_at")
    owners = ["base", "quote"] if dataset == "fx" else [owner_column(dataset)]
    parts = [
        rows.group_by(owners).agg(pl.len().alias("rows"), pl.max(day).alias("newest"))
        for rows in shelf.batches(paths, table_at(dataset))
    ]
    if not parts:
        return _NOTHING
    every = pl.concat(parts)
    return {
        "tickers": every.select(owners).n_unique(),
        "rows": int(every.get_column("rows").sum()),
        "newest": every.get_column("newest").max(),
    }


def check_store(shelf: Shelf) -> pl.DataFrame:
    """Return STORE_CHECK, see `MarketStore.check`. Moves nothing aside, whoever holds the lock."""
    found: list[dict[str, object]] = []
    for source, dataset, files in _groups(Shelf(shelf.place)):
        if dataset == QUARANTINE:
            continue
        paths = in_time_order(file.path for file in files)
        own = Shelf(shelf.place)
        faults = list(_content_faults(own, dataset, paths))
        faults += [(fault.path, fault.reason) for fault in own.faults.values()]
        if dataset == "pulls":
            faults += _log_faults(own, source, paths)
        found += [
            {
                "source": source,
                "dataset": dataset,
                "path": path,
                "fault": fault,
                "fix": _ASK_AGAIN if dataset in ("prices", "pulls") else _RESTORE,
            }
            for path, fault in faults
        ]
    return STORE_CHECK.frame(found).sort("path", "fault")


def _content_faults(shelf: Shelf, dataset: str, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield (path, fault) for files whose rows are not what the table and the name say."""
    table = table_at(dataset)
    keyless = Table(table.name, table.meaning, table.columns, table.key if dataset == "prices" else ())
    for start in range(0, len(paths), _CHUNK):
        chunk = paths[start : start + _CHUNK]
        for path, content in shelf.sound(chunk, shelf.place.read(chunk)).items():
            frame = shelf.decode(path, content, table)
            if frame is None:
                continue
            yield from ((path, fault) for fault in keyless.faults(frame))
            if dataset == "prices" and set(frame.get_column("ticker")) != {ticker_of(path)}:
                yield path, "holds another ticker than its name says"
    if dataset in DATASETS:
        rows = Shelf(shelf.place).rows(paths, table)
        read = table.empty() if rows is None else current(dataset, rows, None)
        yield from ((paths[0].rsplit("/", 1)[0], fault) for fault in table.faults(read))


def _log_faults(shelf: Shelf, source: str, paths: Sequence[str]) -> list[tuple[str, str]]:
    """Return (path, fault) for prices that the log says were delivered and that are not there."""
    log = shelf.rows(paths, PULLS)
    if log is None:
        return []
    newest = newest_rows(log).filter((pl.col("dataset") == "prices") & pl.col("status").is_in(DELIVERED))
    there = {file.path for file in shelf.place.files("prices")}
    return [
        (path, f"is missing, though the pull of {day} delivered it")
        for ticker, day in newest.select("ticker", "pulled_at").unique("ticker").iter_rows()
        if (path := price_path(source, ticker)) not in there
    ]
