"""A store in a local folder: temporary file beside its place, flushed, renamed, folder flushed."""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from exposures.errors import UsageError
from screen.market.store.errors import StoreBusyError, read_fault, write_fault
from screen.market.store.place import StoredFile

__all__ = ["DiskPlace"]

_TEMPORARY = ".tmp-"
_LOCK, _OWNER = ".lock", ".lock.owner"

WRITERS = 4
"""Threads that flush files: flushing waits for the disk, so a few at once finish sooner even on two cores."""

_POLL_S = 0.05
"""How often a writer that waits asks for the lock again."""


class DiskPlace:
    """Files below a folder, see `Place`."""

    def __init__(self, folder: Path) -> None:
        self._root = folder.expanduser()
        self.label = str(folder)

    def read(self, paths: Sequence[str]) -> list[bytes | None]:
        """Return the content of each path, None for one that is not there."""
        return [self._read(path) for path in paths]

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise read_fault(self.label, path, error) from error

    def files(self, folder: str) -> list[StoredFile]:
        """Return the files below `folder` sorted by path; empty when it is not there.

        Names that begin with a dot are not the store's data: temporary files, the lock, notes of a desktop.
        """
        return sorted(
            (file for file in self._walk(folder) if not _name(file.path).startswith(".")),
            key=lambda file: file.path,
        )

    def _walk(self, folder: str) -> Iterator[StoredFile]:
        try:
            with os.scandir(self._root / folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
            for entry in found:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir():
                    yield from self._walk(path)
                else:
                    with suppress(FileNotFoundError):  # removed since it was listed
                        yield StoredFile(path, entry.stat().st_size)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise read_fault(self.label, folder, error) from error

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write or replace each file; on return all are durable. Raises DataError."""
        for folder in sorted({(self._root / path).parent for path in files}):
            self._make(folder)
        if len(files) == 1:
            for path, data in files.items():
                self._replace(path, data)
        elif files:
            with ThreadPoolExecutor(WRITERS) as pool:
                list(pool.map(self._replace, files.keys(), files.values()))
        for folder in sorted({(self._root / path).parent for path in files}):
            self._flush(folder)

    def _replace(self, path: str, data: bytes) -> None:
        target = self._root / path
        temporary = target.with_name(f"{_TEMPORARY}{secrets.token_hex(6)}")
        try:
            try:
                with temporary.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)  # gone after a replace, litter after a failure
        except OSError as error:
            raise write_fault(self.label, path, error) from error

    def _make(self, folder: Path) -> None:
        """Create `folder`, and flush the folder that each new one lies in."""
        if folder.is_dir():
            return
        if folder.parent != folder:
            self._make(folder.parent)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise write_fault(self.label, self._relative(folder), error) from error
        self._flush(folder.parent)

    def _flush(self, folder: Path) -> None:
        try:
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise write_fault(self.label, self._relative(folder), error) from error

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else str(path)

    def remove(self, paths: Sequence[str]) -> None:
        """Remove files; one that is not there is no fault."""
        for path in paths:
            try:
                (self._root / path).unlink(missing_ok=True)
            except OSError as error:
                raise write_fault(self.label, path, error) from error

    def move(self, path: str, target: str) -> None:
        """Move a file within the store."""
        destination = self._root / target
        self._make(destination.parent)
        try:
            (self._root / path).replace(destination)
        except FileNotFoundError:
            return
        except OSError as error:
            raise write_fault(self.label, target, error) from error
        self._flush(destination.parent)

    def leftovers(self) -> list[str]:
        """Return the temporary files that a crash left behind."""
        return [file.path for file in self._walk("") if _name(file.path).startswith(_TEMPORARY)]

    @contextmanager
    def lock(self, wait_s: float) -> Iterator[None]:
        """Hold the kernel's lock on ``.lock``; it ends with the process, also when that is killed.

        A note beside it, ``.lock.owner``, tells people who holds it. The note decides nothing.
        """
        from filelock import FileLock, Timeout

        self.require_folder()
        self._make(self._root)
        lock = FileLock(self._root / _LOCK, thread_local=False)
        try:
            lock.acquire(timeout=wait_s, poll_interval=_POLL_S)
        except Timeout as error:
            raise self._busy() from error
        except OSError as error:
            raise write_fault(self.label, _LOCK, error) from error
        try:
            self._note()
            yield
        finally:
            with suppress(OSError):
                (self._root / _OWNER).unlink(missing_ok=True)
            lock.release()

    def require_folder(self) -> None:
        """Raise `UsageError` where the address is a file."""
        if self._root.is_file():
            raise UsageError(
                f"store {self.label}: is a file, not a folder.",
                fix="Name a folder with --store or SCREEN_STORE.",
            )

    def require_lock(self) -> None:
        """Do nothing: the kernel takes no lock away."""

    def _note(self) -> None:
        note = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}
        with suppress(OSError):  # the note informs; on a full disk `screen data prune` must still work
            (self._root / _OWNER).write_text(json.dumps(note) + "\n", encoding="utf-8")

    def _busy(self) -> StoreBusyError:
        note: object = None
        with suppress(OSError, ValueError):
            note = json.loads((self._root / _OWNER).read_text(encoding="utf-8"))
        who = "another process"
        if isinstance(note, dict):
            who = f"process {note.get('pid')} on {note.get('host')} since {note.get('since')}"
        return StoreBusyError(
            f"store {self.label}: {who} is writing it.",
            fix="Wait until it has finished, then try again; reading works meanwhile.",
        )


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
