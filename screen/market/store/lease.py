"""The writer's lock where there is no kernel to hold it: a lease object that ends by itself.

Leases are numbered objects, ``.lock/lease-00000007.json``, and only the highest number counts. A writer takes
the next number with a put that succeeds only where there is no object, so of two one loses. The holder renews
its object; a lease that was given back, or that ran out `GRACE_S` ago, may be followed by the next number. A
holder that was asleep for so long finds a higher number than its own, or its time run out, and stops writing.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Protocol

from exposures.errors import DataError, ScreenError
from screen.market.store.errors import StoreBusyError
from screen.market.store.place import StoredFile

__all__ = ["GRACE_S", "LEASE_S", "Lease"]

LEASE_S = 60.0
"""Life of a lease without renewal. A crashed holder blocks the store for LEASE_S + GRACE_S at most."""

GRACE_S = 30.0
"""Time after its end before another takes over: the clocks of two hosts may differ by as much."""

RENEWALS = 4
"""Renewals in the life of a lease: three may fail before it is lost."""

_FOLDER = ".lock"
_POLL_S = 0.5
"""How often a writer that waits looks again."""


class _Objects(Protocol):
    label: str

    def read(self, paths: Sequence[str]) -> list[bytes | None]: ...
    def files(self, folder: str) -> list[StoredFile]: ...
    def write(self, files: dict[str, bytes]) -> None: ...
    def create(self, path: str, data: bytes) -> bool: ...
    def remove(self, paths: Sequence[str]) -> None: ...


class Lease:
    """One writer's lease on a store of objects.

    Parameters
    ----------
    place
        The store.
    lease_s, grace_s
        See `LEASE_S` and `GRACE_S`; all writers of a store must agree.
    """

    def __init__(self, place: _Objects, *, lease_s: float = LEASE_S, grace_s: float = GRACE_S) -> None:
        self._place = place
        self._lease_s, self._grace_s = lease_s, grace_s
        self._path = ""
        self._since = _stamp(time.time())
        self._good_until = 0.0
        self._stop = threading.Event()

    @contextmanager
    def held(self, wait_s: float) -> Iterator[None]:
        """Hold the lease, renewed by a thread; raise `StoreBusyError` when it is not free in `wait_s`."""
        deadline = time.monotonic() + wait_s
        while (holder := self._try()) is not None:
            if time.monotonic() >= deadline:
                raise self._busy(holder)
            time.sleep(min(_POLL_S, max(0.0, deadline - time.monotonic())))
        renewer = threading.Thread(target=self._renew, name="store-lease", daemon=True)
        renewer.start()
        try:
            yield
        finally:
            self._stop.set()
            renewer.join()
            if time.monotonic() < self._good_until:
                with suppress(ScreenError):  # given back; when that fails the lease ends by itself
                    self._place.write({self._path: self._note(until=0.0)})

    def require(self) -> None:
        """Raise DataError when the lease was not renewed in time: another may be writing."""
        if time.monotonic() >= self._good_until:
            raise DataError(
                f"store {self._place.label}: the writer's lease was lost, it could not be renewed for "
                f"{self._lease_s:.0f} s. Everything stored before is kept.",
                fix="Check the connection to the object host, then pull again.",
            )

    def _try(self) -> dict[str, object] | None:
        """Take the next number when the highest lease is over; return None, or the note of the holder."""
        highest = self._highest()
        if highest:
            note = self._read(highest)
            if time.time() < _until(note) + self._grace_s:
                return note
        path = f"{_FOLDER}/lease-{_number(highest) + 1:08d}.json"
        began = time.monotonic()
        if not self._place.create(path, self._note(until=time.time() + self._lease_s)):
            return self._read(path)
        numbered = [file.path for file in self._place.files(_FOLDER)]
        if (
            max(numbered, default="") != path
        ):  # a slow start: others came and went meanwhile, and one is there
            self._place.remove([path])
            return self._read(max(numbered, default=""))
        self._path, self._good_until = path, began + self._lease_s
        self._place.remove([other for other in numbered if other != path])
        return None

    def _highest(self) -> str:
        return max((file.path for file in self._place.files(_FOLDER)), default="")

    def _read(self, path: str) -> dict[str, object]:
        """Return the note of a lease. One removed meanwhile is an unknown holder: look again later."""
        (content,) = self._place.read([path])
        try:
            note = json.loads(content or b"{}")
        except ValueError:
            note = {}
        return note if isinstance(note, dict) else {}

    def _renew(self) -> None:
        while not self._stop.wait(self._lease_s / RENEWALS):
            began = time.monotonic()
            if began >= self._good_until:
                return  # too late: `require` says so
            try:
                if self._highest() != self._path:
                    self._good_until = 0.0
                    return
                self._place.write({self._path: self._note(until=time.time() + self._lease_s)})
            except ScreenError:
                continue  # the next renewal may succeed; `require` stops the writer when none does
            self._good_until = began + self._lease_s

    def _note(self, *, until: float) -> bytes:
        note = {"pid": os.getpid(), "host": socket.gethostname(), "since": self._since, "until": until}
        return (json.dumps(note) + "\n").encode()

    def _busy(self, note: dict[str, object]) -> StoreBusyError:
        who = f"process {note['pid']} on {note['host']} since {note['since']}" if "pid" in note else "another"
        ends = f" Its lease ends at {_stamp(_until(note) + self._grace_s)} when it is not renewed."
        return StoreBusyError(
            f"store {self._place.label}: {who} is writing it.{ends if 'until' in note else ''}",
            fix="Wait until it has finished, then try again; reading works meanwhile.",
        )


def _until(note: dict[str, object]) -> float:
    until = note.get("until", 0.0)
    return float(until) if isinstance(until, int | float) else 0.0


def _number(path: str) -> int:
    digits = path.rsplit("-", 1)[-1].removesuffix(".json")
    return int(digits) if digits.isdigit() else 0


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
