"""Errors of the store: who holds it, and what a fault of the disk or of the object host means."""

from __future__ import annotations

import errno

from exposures.errors import DataError

__all__ = ["StoreBusyError", "read_fault", "write_fault"]


class StoreBusyError(DataError):
    """Another process is writing the store: wait for it, or ask again later."""


_KEPT = "Everything stored before is kept."

_FIX = {
    errno.ENOSPC: "Free disk space, then pull again: it asks only for what is missing.",
    errno.EDQUOT: "Free space below the quota, then pull again: it asks only for what is missing.",
    errno.EROFS: "Mount it writable, or name another store; reading works as it is.",
    errno.EACCES: "Make it writable for this user, or name another store; reading needs no right to write.",
    errno.EPERM: "Make it writable for this user, or name another store; reading needs no right to write.",
    errno.ENOTDIR: "Name a folder: a part of the path is a file.",
    errno.EEXIST: "Name a folder: the path is a file.",
    errno.ENAMETOOLONG: "Shorten the ticker or the path of the store.",
    errno.ENOENT: "Create the bucket or the disk that the address names, or name another store.",
}

_NUMBERS: dict[type[OSError], int] = {FileNotFoundError: errno.ENOENT, PermissionError: errno.EACCES}
"""An object host's errors come without a number."""


def write_fault(store: str, path: str, error: OSError) -> DataError:
    """Return the error to raise when `path` of `store` could not be written: what is kept, and the fix."""
    what = f" ({path})" if path else ""
    kind = next((number for cls, number in _NUMBERS.items() if isinstance(error, cls)), 0)
    fix = _FIX.get(error.errno or kind, "Mend the fault, then pull again: it asks only for what is missing.")
    return DataError(f"store {store}: cannot be written{what}: {_words(error)}. {_KEPT}", fix=fix)


def read_fault(store: str, path: str, error: OSError) -> DataError:
    """Return the error to raise when `path` of `store` is there and could not be read."""
    return DataError(
        f"store {store}: cannot be read ({path}): {_words(error)}.",
        fix="Make it readable for this user, or name another store.",
    )


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
