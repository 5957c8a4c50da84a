"""`Breaker`: when a host, or one of its endpoints, no longer deserves requests."""

from __future__ import annotations

import threading

__all__ = ["Breaker"]

HOST_FAULTS = ("rate_limited", "network", "timeout")
"""Faults of the host as a whole. Others (500, 401, an unreadable answer) may concern one company alone."""
ANSWERED = ("ok", "not_found", "empty")


class Breaker:
    """Counts faults in a row, for the host and for each of its lanes (endpoints). Thread-safe.

    - The host is closed after `limit` requests in a row that ended refused (429), unanswered or out of time,
      and after `limit` tries in a row that met 429 or silence, unless all were of one request (its endpoint
      alone may be at fault). Parallel tries that were on their way when one failed do not count again: only a
      try sent after it does.
    - A lane is closed after `limit` requests to it in a row that ended in a fault of any kind, or at once
      when the host asks for a longer wait than a run can hold.
    - Any answer clears the counts; nothing reopens what is closed: a pull keeps what it has.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._ended = 0
        self._refusals = 0
        self._round = 0
        self._refused: set[int] = set()
        self._kind = ""
        self._lanes: dict[str, int] = {}
        self._closed: dict[str, str] = {}

    @property
    def host_kind(self) -> str:
        """The kind of fault that closed the host; empty while it is open."""
        is_refused = self._refusals >= self.limit and len(self._refused) > 1
        return self._kind if is_refused or self._ended >= self.limit else ""

    def lane_kind(self, lane: str) -> str:
        """The kind of fault that closed `lane`; empty while it is open."""
        return self._closed.get(lane, "")

    @property
    def round(self) -> int:
        """How many failed tries have counted so far; note it when a request is sent."""
        return self._round

    def failed(self, request: int, kind: str, *, sent_in: int) -> None:
        """Count a try of `request` (a number of its own), sent when `round` was `sent_in`."""
        with self._lock:
            self._refused.add(request)
            if sent_in == self._round:
                self._round += 1
                self._refusals += 1
                self._kind = kind

    def ended(self, kind: str, lane: str, *, is_final: bool = False) -> None:
        """Count the end of a request: ``ok`` or the kind of its fault."""
        with self._lock:
            if kind == "skipped":
                return
            if kind in ANSWERED:
                self._clear()
                self._lanes[lane] = 0
                return
            self._lanes[lane] = self._lanes.get(lane, 0) + 1
            if lane and (is_final or self._lanes[lane] >= self.limit):
                self._closed.setdefault(lane, kind)
            if kind in HOST_FAULTS:
                self._ended += 1
                self._kind = kind
            else:
                self._clear()

    def _clear(self) -> None:
        if not self.host_kind:
            self._ended = self._refusals = 0
            self._refused.clear()
