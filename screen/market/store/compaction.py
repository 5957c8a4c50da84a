"""Merging append-only parts, and removing what is not wanted any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from screen.market.store.inspection import table_at
from screen.market.store.layout import dataset_of, part_path, source_of, ticker_of
from screen.market.store.log import claims, newest_rows
from screen.market.store.parquet import to_bytes
from screen.market.store.place import StoredFile
from screen.market.store.shelf import Shelf, in_time_order
from screen.market.store.versions import DATASETS

__all__ = ["PruneReport", "merge_small_parts", "prune_store"]

SMALL_BYTES = 4_000_000
"""Parts below this size are merged again: about a year of weekly estimates of 1,000 tickers."""

MANY_PARTS = 64
"""Small parts at the end of a folder after which a writer merges them on leaving: reading a part costs about
0.1 ms and a file handle, so 64 are not felt, and a pull that writes thousands leaves one."""

_FOLDERS = ("facts", "prices", "pulls")


@dataclass(frozen=True)
class PruneReport:
    """What `MarketStore.prune` did, or would do.

    Parameters
    ----------
    parts_before, parts_after
        Files of append-only datasets and the log.
    rows_dropped
        Rows of these that were stored twice.
    log_rows_removed
        Log rows of old pulls, and of prices that were removed.
    prices_removed
        Price files of tickers no longer wanted.
    leftovers_removed
        Temporary files of a crash.
    bytes_before, bytes_after
        Size of all files that were looked at.
    """

    parts_before: int = 0
    parts_after: int = 0
    rows_dropped: int = 0
    log_rows_removed: int = 0
    prices_removed: int = 0
    leftovers_removed: int = 0
    bytes_before: int = 0
    bytes_after: int = 0


def merge_small_parts(shelf: Shelf, folder: str) -> None:
    """Merge the small parts at the end of `folder` into one when they are many.

    Only the end is merged, so that the merged part keeps its place in time. It is written before the others
    are removed; after a crash between, rows are there twice and readers drop the second.
    """
    run: list[str] = []
    for file in reversed(shelf.place.files(folder)):
        if file.size >= SMALL_BYTES:
            break
        run.append(file.path)
    if len(run) > MANY_PARTS:
        _merge(shelf, folder, in_time_order(run))


def _merge(shelf: Shelf, folder: str, paths: list[str]) -> None:
    rows = shelf.rows(paths, table_at(dataset_of(folder)))
    if rows is None:  # a damaged part was set aside meanwhile: the next writer merges
        return
    if rows.height:
        shelf.place.write({part_path(folder, paths[-1]): to_bytes(_once(rows))})
    shelf.place.remove(paths)


def _once(rows: pl.DataFrame) -> pl.DataFrame:
    """Drop rows that are there twice, keeping the later: the newest version stays the newest."""
    return rows.unique(keep="last", maintain_order=True)


def prune_store(
    shelf: Shelf, *, keep_tickers: Sequence[str] | None, before: date | None, dry_run: bool
) -> PruneReport:
    """Do what `MarketStore.prune` says; see there."""
    files = [file for folder in _FOLDERS for file in shelf.place.files(folder)]
    leftovers = shelf.place.leftovers()
    unwanted = _unwanted(files, keep_tickers)
    parts = [file for file in files if dataset_of(file.path) in ("pulls", *DATASETS)]
    if not dry_run:  # first of all: on a full disk the rest needs the space
        shelf.place.remove([*leftovers, *(file.path for file in unwanted)])
    after: list[int] = []
    dropped = {"facts": 0, "pulls": 0, "old": 0}
    for folder in sorted({file.path.rsplit("/", 1)[0] for file in parts}):
        mine = [file for file in parts if file.path.rsplit("/", 1)[0] == folder]
        gone = [ticker_of(file.path) for file in unwanted if source_of(file.path) == source_of(folder)]
        after += _prune_folder(
            shelf, folder, mine, before=before, gone=gone, dry_run=dry_run, dropped=dropped
        )
    total = sum(file.size for file in files)
    return PruneReport(
        parts_before=len(parts),
        parts_after=len(after),
        rows_dropped=dropped["facts"] + dropped["pulls"],
        log_rows_removed=dropped["old"],
        prices_removed=len(unwanted),
        leftovers_removed=len(leftovers),
        bytes_before=total,
        bytes_after=total - sum(f.size for f in parts) - sum(f.size for f in unwanted) + sum(after),
    )


def _unwanted(files: Sequence[StoredFile], keep_tickers: Sequence[str] | None) -> list[StoredFile]:
    if keep_tickers is None:
        return []
    keep = set(keep_tickers)
    return [file for file in files if file.path.startswith("prices/") and ticker_of(file.path) not in keep]


def _prune_folder(
    shelf: Shelf,
    folder: str,
    files: Sequence[StoredFile],
    *,
    before: date | None,
    gone: Sequence[str],
    dry_run: bool,
    dropped: dict[str, int],
) -> list[int]:
    """Merge the parts of one folder; add to `dropped` what went, return the sizes of the parts that stay."""
    dataset = dataset_of(folder)
    paths = in_time_order(file.path for file in files)
    rows = shelf.rows(paths, table_at(dataset))
    if rows is None:  # gone while it was looked at (a dry run takes no lock)
        return [file.size for file in files]
    kept = _once(rows)
    dropped["pulls" if dataset == "pulls" else "facts"] += rows.height - kept.height
    if dataset == "pulls":
        wanted = kept.filter(~(claims(["prices"]) & pl.col("ticker").is_in(list(gone))))
        recent = wanted if before is None else _since(wanted, before)
        dropped["old"] += kept.height - recent.height
        kept = recent
    if len(paths) == 1 and kept.height == rows.height:
        return [file.size for file in files]
    content = to_bytes(kept) if kept.height else b""
    if not dry_run:
        if content:
            shelf.place.write({part_path(folder, paths[-1]): content})
        shelf.place.remove(paths)
    return [len(content)] if content else []


def _since(log: pl.DataFrame, before: date) -> pl.DataFrame:
    """Return the log rows from `before` on, after the older ones that still say what is held."""
    is_old = pl.col("pulled_at") < before
    return pl.concat([newest_rows(log).filter(is_old), log.filter(~is_old)])
