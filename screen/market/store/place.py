"""Where a store lies: a folder or an object address, behind one small interface of whole files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from exposures.errors import UsageError

__all__ = ["Place", "StoredFile", "is_object_address", "open_place"]


@dataclass(frozen=True)
class StoredFile:
    """A file of the store: path relative to its root, size in bytes."""

    path: str
    size: int


class Place(Protocol):
    """Whole files under relative paths. A write is seen completely or not at all, also after a crash."""

    label: str

    def read(self, paths: Sequence[str]) -> list[bytes | None]:
        """Return the content of each path, None for one that is not there."""
        ...

    def files(self, folder: str) -> list[StoredFile]:
        """Return the files below `folder` sorted by path, without leftovers; empty when it is not there."""
        ...

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write or replace each file; on return all are durable. Raises DataError."""
        ...

    def remove(self, paths: Sequence[str]) -> None:
        """Remove files; one that is not there is no fault."""
        ...

    def move(self, path: str, target: str) -> None:
        """Move a file within the store."""
        ...

    def leftovers(self) -> list[str]:
        """Return the temporary files that a crash left behind."""
        ...

    def lock(self, wait_s: float) -> AbstractContextManager[None]:
        """Return a context that holds the writer's lock, or raises `StoreBusyError` on entry."""
        ...

    def require_folder(self) -> None:
        """Raise `UsageError` where the address cannot hold a store because it is a file."""
        ...

    def require_lock(self) -> None:
        """Raise DataError when the lock that was taken has been lost since."""
        ...


def is_object_address(address: str | Path) -> bool:
    """Return True for ``s3://bucket/prefix``, False for a path."""
    return "://" in str(address)


def open_place(address: str | Path, options: Mapping[str, str] | None) -> Place:
    """Return the place at `address`; opens no file and sends no request.

    Raises
    ------
    UsageError
        An address scheme or option that is not known, or s3fs is not installed.
    """
    if is_object_address(address):
        from screen.market.store.objects import ObjectPlace

        return ObjectPlace(str(address), options or {})
    if options:
        raise UsageError(
            f"store {address}: a folder takes no options, got {sorted(options)}.",
            fix="Leave them out, or name an s3:// address.",
        )
    from screen.market.store.disk import DiskPlace

    return DiskPlace(Path(address))
