"""Tables from stored files: damage is found before decoding and never hides the sound rows beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from exposures.errors import DataError
from exposures.table import Table
from screen.market.store.parquet import damage
from screen.market.store.place import Place

__all__ = ["CHUNK", "Shelf", "StoreFault", "in_time_order"]

CHUNK = 256
"""Files decoded at once: the raw bytes of 256 price files are about 10 MB."""

_LISTINGS = 5
"""Listings of a folder before giving up: a compaction that runs meanwhile costs one more listing."""


@dataclass(frozen=True)
class StoreFault:
    """A stored file that cannot be used.

    Parameters
    ----------
    path
        Path within the store.
    reason
        What is wrong with it.
    action
        skipped (by a reader) or quarantined (moved aside by a writer, so that it is asked for again).
    """

    path: str
    reason: str
    action: str


def in_time_order(paths: Iterable[str]) -> list[str]:
    """Return parts sorted by the id in their name, whatever folder they lie in."""
    return sorted(paths, key=lambda path: (path.rsplit("/", 1)[-1], path))


@dataclass
class Shelf:
    """Reads tables from a place and collects what it could not read.

    Parameters
    ----------
    place
        Where the files lie.
    on_fault
        Called with the path and the reason of a damaged file by a writer, to move it aside; None: skip it.
    """

    place: Place
    on_fault: Callable[[str], None] | None = None
    faults: dict[str, StoreFault] = field(default_factory=dict)

    def folder(self, folders: Sequence[str], table: Table) -> pl.DataFrame:
        """Return every row of the parts of `folders`, oldest part first.

        A part that another process merges into a new one meanwhile is looked for there.
        """
        for _ in range(_LISTINGS):
            paths = in_time_order(file.path for folder in folders for file in self.place.files(folder))
            found = self.rows(paths, table)
            if found is not None:
                return found
        raise DataError(
            f"store {self.place.label}: files of {', '.join(folders)} keep vanishing while they are read.",
            fix="Try again when the other process has finished.",
        )

    def rows(self, paths: Sequence[str], table: Table) -> pl.DataFrame | None:
        """Return the rows of `paths` in order without those of damaged files; None when a path is gone."""
        frames = []
        for start in range(0, len(paths), CHUNK):
            chunk = paths[start : start + CHUNK]
            contents = self.place.read(chunk)
            if any(content is None for content in contents):
                return None
            frames += self.decode_all(self.sound(chunk, contents), table)
        return pl.concat(frames) if frames else table.empty()

    def batches(self, paths: Sequence[str], table: Table) -> Iterator[pl.DataFrame]:
        """Yield the rows of `paths` in order, some hundred files at a time; one that is gone has none."""
        for start in range(0, len(paths), CHUNK):
            chunk = paths[start : start + CHUNK]
            frames = self.decode_all(self.sound(chunk, self.place.read(chunk)), table)
            if frames:
                yield pl.concat(frames)

    def sound(self, paths: Sequence[str], contents: Sequence[bytes | None]) -> dict[str, bytes]:
        """Return the contents that are there and undamaged by path; damage becomes a fault."""
        good = {}
        for path, content in zip(paths, contents, strict=True):
            if content is None:
                continue
            if reason := damage(content):
                self.fault(path, reason)
            else:
                good[path] = content
        return good

    def decode_all(self, contents: dict[str, bytes], table: Table) -> list[pl.DataFrame]:
        """Decode many files at once; one at a time when they do not all fit the table."""
        if not contents:
            return []
        try:
            frame = pl.scan_parquet(list(contents.values())).collect()
            if frame.schema == table.schema:
                return [frame]
        except pl.exceptions.PolarsError:
            pass  # one of them: find out which
        frames = [self.decode(path, content, table) for path, content in contents.items()]
        return [frame for frame in frames if frame is not None]

    def decode(self, path: str, content: bytes, table: Table) -> pl.DataFrame | None:
        """Return the rows of one undamaged file in the columns of `table`; None when it does not fit.

        A column that the table gained since is null, one that it lost is dropped; a required column that is
        missing, or a type that cannot be cast, is a fault.
        """
        try:
            frame = pl.scan_parquet([content]).collect()
            if lacking := [c.name for c in table.columns if c.required and c.name not in frame.columns]:
                self.fault(path, f"not {table.name}: has no columns {lacking}")
                return None
            return frame.select(
                (pl.col(c.name) if c.name in frame.columns else pl.lit(None).alias(c.name)).cast(c.dtype)
                for c in table.columns
            )
        except pl.exceptions.PolarsError as error:
            self.fault(path, f"not the columns of {table.name}: {str(error).splitlines()[0]}")
            return None

    def fault(self, path: str, reason: str) -> None:
        """Note that `path` cannot be used; a writer moves it aside."""
        self.faults[path] = StoreFault(path, reason, "quarantined" if self.on_fault else "skipped")
        if self.on_fault:
            self.on_fault(path)
