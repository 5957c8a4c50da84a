"""The point-in-time store: append-only facts, prices replaced a ticker at a time, a log of pulls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import date
from pathlib import Path

import polars as pl

from exposures.errors import DataError, NotFoundError
from screen.market.feed import Held
from screen.market.store import log
from screen.market.store.compaction import PruneReport, merge_small_parts, prune_store
from screen.market.store.histories import checked_histories, price_tails, read_histories
from screen.market.store.inspection import check_store, status_of
from screen.market.store.layout import (
    FORMAT,
    FORMAT_FILE,
    QUARANTINE,
    facts_folder,
    part_path,
    price_path,
    prices_folder,
    pulls_folder,
    source_of,
    ticker_of,
)
from screen.market.store.merge import join_tail
from screen.market.store.parquet import to_bytes
from screen.market.store.place import open_place
from screen.market.store.shelf import Shelf, StoreFault
from screen.market.store.versions import current, news, owner_column, table_of
from screen.market.tables import PULLS, STORED_PRICES

__all__ = ["MarketStore"]


class MarketStore:
    """Market data below one folder or object address.

    Reading needs no lock and works on a read-only disk. Each write outside of `writer` takes the lock for
    itself; a pull takes it once. Data is durable when a call returns. Write data before its log rows: a crash
    between them means "asked again", never "thought fetched".

    Parameters
    ----------
    address
        A folder, or ``s3://bucket/prefix``.
    options
        For an object address: endpoint_url, key, secret, token, region; the AWS_* environment otherwise.

    Raises
    ------
    UsageError
        The scheme or an option is not known, or an s3:// address without s3fs installed.
    """

    def __init__(self, address: str | Path, *, options: Mapping[str, str] | None = None) -> None:
        self.address = str(address)
        self._place = open_place(address, options)
        self._shelf = Shelf(self._place)
        self._known: dict[tuple[str, str], dict[object, pl.DataFrame]] = {}
        self._touched: set[str] = set()
        self._is_writing = False

    def exists(self) -> bool:
        """Return True when a store of a format this program reads is there.

        Raises
        ------
        DataError
            The store was written by a newer program, or store.json is damaged.
        """
        (content,) = self._place.read([FORMAT_FILE])
        if content is None:
            return False
        try:
            version = int(json.loads(content)["format"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"store {self.address}: {FORMAT_FILE} is damaged.",
                fix=f'Remove {FORMAT_FILE}; the next "screen data pull" writes it anew and keeps the data.',
            ) from error
        if version > FORMAT:
            raise DataError(
                f"store {self.address}: has format {version}, this program reads up to {FORMAT}.",
                fix="Upgrade supply-screen, or name another store.",
            )
        return True

    def require(self) -> None:
        """Raise `NotFoundError` where no store is, `UsageError` where the address is a file."""
        self._place.require_folder()
        if not self.exists():
            raise NotFoundError(
                f"no market store at {self.address}.", fix='Run "screen data pull", or name another store.'
            )

    def faults(self) -> list[StoreFault]:
        """Return the files that could not be used since this object was made, in path order."""
        return [self._shelf.faults[path] for path in sorted(self._shelf.faults)]

    # ---- writing -------------------------------------------------------------------------------------

    @contextmanager
    def writer(self, *, wait_s: float = 0.0) -> Iterator[None]:
        """Hold the writer's lock: make the store if need be, clear what a crash left, tidy up at the end.

        Raises
        ------
        StoreBusyError
            Another process holds it after `wait_s` seconds; the message names pid, host and since when.
        DataError
            The store cannot be written, or has a newer format.
        """
        with self._place.lock(wait_s):
            if not self.exists():
                self._place.write({FORMAT_FILE: (json.dumps({"format": FORMAT}) + "\n").encode()})
            self._place.remove(self._place.leftovers())
            self._is_writing = True
            self._shelf.on_fault = self._set_aside
            try:
                yield
                with suppress(DataError):  # tidying is no part of the work: a full disk may stop it
                    for folder in sorted(self._touched):
                        merge_small_parts(self._shelf, folder)
            finally:
                self._is_writing = False
                self._shelf.on_fault = None
                self._known.clear()
                self._touched.clear()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with nullcontext() if self._is_writing else self.writer():
            self._place.require_lock()
            yield

    def _set_aside(self, path: str) -> None:
        """Move a damaged file to quarantine; what the log says of it is taken back first."""
        parts = path.split("/")
        if parts[0] == "facts":
            log.forget(self._shelf, source_of(path), parts[1])
        self._place.move(path, f"{QUARANTINE}/{path}")

    def replace_prices(self, source: str, ticker: str, rows: pl.DataFrame) -> None:
        """Replace the stored history of `ticker` by `rows` (STORED_PRICES), atomically."""
        self.replace_many(source, {ticker: rows})

    def replace_many(self, source: str, histories: Mapping[str, pl.DataFrame]) -> None:
        """Replace the histories of several tickers, each atomically; several files are flushed at once.

        Raises
        ------
        TableError
            Rows that are not STORED_PRICES, are of another ticker, or none: a history is never emptied.
        DataError
            The store cannot be written; files written before the fault stay, each complete.
        """
        sound = checked_histories(histories)
        files = {price_path(source, ticker): to_bytes(rows) for ticker, rows in sound.items()}
        with self._locked():
            self._place.write(files)

    def extend_many(self, source: str, tails: Mapping[str, pl.DataFrame]) -> list[str]:
        """Replace the stored rows of each ticker from the first day of its tail on; the rows before stay.

        Their adj_close is rebased, see `screen.market.store.merge.join_tail`.

        Returns
        -------
        list[str]
            Tickers without a readable history: nothing is stored of them, because a tail alone would pass for
            the whole history. `held` does not report them, so that the next pull asks for all of it.
        """
        with self._locked():
            paths = [price_path(source, ticker) for ticker in tails]
            parts: dict[object, pl.DataFrame] = {}
            for rows in read_histories(self._shelf, paths):
                parts |= {part.item(0, "ticker"): part for part in rows.partition_by("ticker")}
            whole = {
                ticker: join_tail(parts[ticker], STORED_PRICES.conform(tail))
                for ticker, tail in tails.items()
                if ticker in parts
            }
            self.replace_many(source, whole)
        return [ticker for ticker in tails if ticker not in whole]

    def append(self, dataset: str, source: str, rows: pl.DataFrame) -> int:
        """Add the rows of `dataset` that are new to the store as one part; return how many.

        What is new says `screen.market.store.versions.news`, dataset by dataset.

        Raises
        ------
        UsageError
            The dataset is not one of the store.
        TableError
            The rows are not of its table.
        DataError
            The store cannot be written; then none of the rows is stored.
        """
        table = table_of(dataset)
        fresh = table.conform(rows)
        with self._locked():
            known = self._known_rows(dataset, source)
            owner = owner_column(dataset)
            owners = fresh.get_column(owner).unique(maintain_order=True).to_list()
            stored = [known[name] for name in owners if name in known]
            added = news(dataset, pl.concat(stored) if stored else table.empty(), fresh)
            if added.is_empty():
                return 0
            self._write_part(facts_folder(dataset, source), added)
            for part in added.partition_by(owner, maintain_order=True):
                name = part.item(0, owner)
                known[name] = pl.concat([known[name], part]) if name in known else part
            return added.height

    def _known_rows(self, dataset: str, source: str) -> dict[object, pl.DataFrame]:
        """Return what is stored by owner, read once a writing session."""
        if (dataset, source) not in self._known:
            stored = self._shelf.folder([facts_folder(dataset, source)], table_of(dataset))
            owner = owner_column(dataset)
            parts = stored.partition_by(owner, maintain_order=True)
            self._known[dataset, source] = {part.item(0, owner): part for part in parts}
        return self._known[dataset, source]

    def _write_part(self, folder: str, rows: pl.DataFrame) -> None:
        newest = (
            max((file.path for file in self._place.files(folder)), default="")
            if (folder not in self._touched)
            else ""
        )
        self._place.write({part_path(folder, newest): to_bytes(rows)})
        self._touched.add(folder)

    def record(self, source: str, pulls: pl.DataFrame) -> None:
        """Add rows of PULLS to the log; call it after the data they speak of is stored."""
        rows = PULLS.conform(pulls)
        if rows.is_empty():
            return
        with self._locked():
            self._write_part(pulls_folder(source), rows)

    def prune(
        self,
        *,
        keep_tickers: Sequence[str] | None = None,
        before: date | None = None,
        dry_run: bool = False,
    ) -> PruneReport:
        """Merge the parts of each dataset, remove leftovers and, when asked, prices and old log rows.

        Facts are never dropped: only rows that are stored twice.

        Parameters
        ----------
        keep_tickers
            Price files of other tickers are removed; None keeps all.
        before
            Log rows of pulls before this day are removed, but for those that say what is held.
        dry_run
            Count, change nothing, take no lock.
        """
        self.require()
        if dry_run:
            return prune_store(self._shelf, keep_tickers=keep_tickers, before=before, dry_run=True)
        with self._locked():
            self._known.clear()
            return prune_store(self._shelf, keep_tickers=keep_tickers, before=before, dry_run=False)

    # ---- reading -------------------------------------------------------------------------------------

    def sources(self, folder: str) -> list[str]:
        """Return the sources that have files below `folder` ("prices", "pulls", "facts/estimates")."""
        return sorted({source_of(file.path) for file in self._place.files(folder)} - {""})

    def prices(
        self, tickers: Sequence[str] | None = None, *, sources: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Return STORED_PRICES sorted by ticker and date; all tickers when None.

        The whole history of a ticker comes from one source: the first of `sources` (in alphabetical order
        when None) that has it, because two sources may be adjusted for splits on different days. A ticker
        without a readable file has no row; `faults` names the damaged ones.
        """
        self.require()
        remaining = None if tickers is None else list(dict.fromkeys(tickers))
        frames: list[pl.DataFrame] = []
        have: set[str] = set()
        for source in self.sources("prices") if sources is None else sources:
            paths = self._price_paths(source, remaining, have)
            found = list(read_histories(self._shelf, paths))
            have |= {ticker for rows in found for ticker in rows.get_column("ticker").unique()}
            frames += [pl.concat(found)] if found else []
        if len(frames) == 1:
            return frames[0]  # paths are in ticker order, files in date order
        return pl.concat(frames).sort("ticker", "date") if frames else STORED_PRICES.empty()

    def _price_paths(self, source: str, tickers: list[str] | None, have: set[str]) -> list[str]:
        there = {ticker_of(file.path): file.path for file in self._place.files(prices_folder(source))}
        wanted = there if tickers is None else tickers
        return [there[ticker] for ticker in sorted(wanted) if ticker in there and ticker not in have]

    def price_tails(self, tickers: Sequence[str], *, source: str, bars: int) -> pl.DataFrame:
        """Return the newest `bars` rows of each ticker; no row for one that is not held."""
        return price_tails(self._shelf, source, tickers, bars)

    def facts(
        self,
        dataset: str,
        tickers: Sequence[str] | None = None,
        *,
        sources: Sequence[str] | None = None,
        as_of: date | None = None,
    ) -> pl.DataFrame:
        """Return the rows of `dataset` known on or before `as_of`, one version of each, sorted.

        Which version says `screen.market.store.versions.current`, dataset by dataset. `tickers` does not
        apply to fx.
        """
        self.require()
        table = table_of(dataset)
        names = self.sources(f"facts/{dataset}") if sources is None else sources
        rows = self._shelf.folder([facts_folder(dataset, source) for source in names], table)
        if tickers is not None and dataset != "fx":
            rows = rows.filter(pl.col("ticker").is_in(list(tickers)))
        return current(dataset, rows, as_of)

    def pulls(self, *, sources: Sequence[str] | None = None) -> pl.DataFrame:
        """Return the log (PULLS) in the order it was written; empty when nothing was ever pulled."""
        names = self.sources("pulls") if sources is None else sources
        return self._shelf.folder([pulls_folder(source) for source in names], PULLS)

    def held(self, source: str, tickers: Sequence[str], *, bars: int = 20) -> Held:
        """Return what the store holds of `source`; empty before the first pull.

        The log rows are those of every ticker and currency pair, the tails those of `tickers`. A dataset
        whose data is damaged or gone is not held, whatever the log says.
        """
        return log.held(self._shelf, source, tickers, bars)

    def status(self) -> pl.DataFrame:
        """Return STORE_STATUS: what is stored, per source and dataset."""
        self.require()
        return status_of(self._shelf)

    def check(self) -> pl.DataFrame:
        """Return STORE_CHECK: read every file, one row a fault; no row when all is sound."""
        self.require()
        return check_store(self._shelf)
