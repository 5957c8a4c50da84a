"""`Gate`: the one rate limit, the count and the breaker of a host, shared by all workers."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from screen.market.net.breaker import Breaker
from screen.market.net.faults import FAULT_STATUS, RETRIED, FetchError
from screen.market.net.politeness import Politeness

__all__ = ["Gate"]

Answer = TypeVar("Answer")

REFUSED_PATIENCE = 10.0
"""After a 429 without Retry-After the first wait is this many times `backoff_s`: rate limits count by the
minute, so that half a second (right for a dropped connection) only burns the remaining attempts."""


class Gate:
    """Rate limit, request count and circuit breaker of one host. Thread-safe.

    A 429 holds every worker back, not only the one that met it. See `Breaker` for when the gate closes.

    Parameters
    ----------
    host
        Name for people, e.g. ``Yahoo``.
    politeness
        Rate and patience.
    sleep, clock
        Replace the waiting and `time.monotonic` in tests.
    """

    def __init__(
        self,
        host: str,
        politeness: Politeness,
        *,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host = host
        self.politeness = politeness
        self.requests = 0
        self.retries = 0
        self.breaker = Breaker(politeness.break_after)
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0
        self._resume = 0.0
        self._mine = threading.local()
        self._numbers = itertools.count()

    @property
    def broken(self) -> str:
        """The status of OUTCOMES that closed the host for good; empty while it is open."""
        kind = self.breaker.host_kind
        return FAULT_STATUS.get(kind, kind)

    def stop(self) -> None:
        """End every wait and send no further request: the pull was given up."""
        self._stopped.set()

    def take_turn(self, *, is_data: bool = True) -> None:
        """Count a request and wait until the rate, and a pause that the host asked for, allow it.

        Parameters
        ----------
        is_data
            False for a request beside the one asked for (a cookie): it is no attempt.
        """
        self._mine.sent = getattr(self._mine, "sent", 0) + is_data
        with self._lock:
            now = self._clock()
            served = getattr(self._mine, "served", 0.0)
            start = max(now, self._next, self._resume if self._resume > served else 0.0)
            self._next = start + 1.0 / self.politeness.requests_per_second
            self.requests += 1
            self._mine.round = self.breaker.round
        if start > now:
            self._sleep(start - now)

    def count_repeat(self) -> None:
        """Count a request that the transport repeated by itself."""
        self._mine.sent += 1
        with self._lock:
            self.requests += 1
            self.retries += 1

    def ask(self, once: Callable[[], Answer], *, lane: str = "") -> tuple[Answer, int]:
        """Return what `once` returns and the number of requests sent, at most ``attempts``.

        Faults that may pass are tried again after ``Retry-After``, or after a doubled wait with jitter. A
        ``Retry-After`` beyond ``longest_wait_s`` ends the attempts and closes the lane.

        Parameters
        ----------
        once
            Sends one request; calls `take_turn` itself.
        lane
            Endpoint with a breaker of its own; empty for none.

        Raises
        ------
        FetchError
            The request failed for good (``tries`` says after how many requests), or the breaker is open (kind
            ``skipped``, no request was sent).
        """
        import tenacity

        self._mine.sent = 0
        number = next(self._numbers)

        def attempt() -> Answer:
            self._require_open(lane)
            try:
                return once()
            except FetchError as fault:
                if fault.kind in ("rate_limited", "timeout"):
                    self.breaker.failed(number, fault.kind, sent_in=getattr(self._mine, "round", 0))
                raise

        retrying = tenacity.Retrying(
            stop=lambda state: max(state.attempt_number, self._mine.sent) >= self.politeness.attempts,
            retry=tenacity.retry_if_exception(lambda fault: self._may_pass(fault, lane)),
            wait=self._wait,
            sleep=self._pause,
            reraise=True,
        )
        try:
            answer = retrying(attempt)
        except FetchError as fault:
            fault.tries = self._mine.sent
            self.breaker.ended(fault.kind, lane, is_final=self._is_too_long(fault))
            raise
        self.breaker.ended("ok", lane)
        return answer, self._mine.sent

    def _require_open(self, lane: str) -> None:
        if self._stopped.is_set():
            raise FetchError("skipped", "not asked: the pull was given up")
        if self.broken:
            raise FetchError("skipped", f"not asked: {self.host} stopped answering ({self.broken})")
        kind = self.breaker.lane_kind(lane)
        if kind:
            status = FAULT_STATUS.get(kind, kind)
            raise FetchError("skipped", f"not asked: {self.host} stopped answering such requests ({status})")

    def _is_too_long(self, fault: FetchError) -> bool:
        return fault.retry_after is not None and fault.retry_after > self.politeness.longest_wait_s

    def _may_pass(self, fault: BaseException, lane: str) -> bool:
        if not isinstance(fault, FetchError) or fault.kind not in RETRIED or self._is_too_long(fault):
            return False
        return not (self.broken or self.breaker.lane_kind(lane) or self._stopped.is_set())

    def _wait(self, state: object) -> float:
        """Seconds to wait: what the host asked for, else the doubled back-off with jitter of one half."""
        number: int = state.attempt_number  # type: ignore[attr-defined]
        fault = state.outcome.exception()  # type: ignore[attr-defined]
        is_refused = isinstance(fault, FetchError) and fault.kind == "rate_limited"
        if isinstance(fault, FetchError) and fault.retry_after is not None:
            seconds: float = fault.retry_after
        else:
            patience = self.politeness.backoff_s * (REFUSED_PATIENCE if is_refused else 1.0)
            seconds = patience * 2.0 ** (number - 1) * (0.5 + random.random())
            seconds = min(self.politeness.longest_wait_s, seconds)
        if is_refused:
            with self._lock:
                self._resume = max(self._resume, self._clock() + seconds)
        return seconds

    def _pause(self, seconds: float) -> None:
        with self._lock:
            self.retries += 1
            self._mine.served = self._resume
        if seconds > 0:
            self._sleep(seconds)
