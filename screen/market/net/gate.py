"""`Gate`: the one rate limit, the count and the breaker of a host, shared by all workers."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from screen.market.net.faults import RETRIED, FetchError
from screen.market.net.politeness import Politeness

__all__ = ["Gate"]

Answer = TypeVar("Answer")


class Gate:
    """Rate limit, request count and circuit breaker of one host. Thread-safe.

    The breaker opens after `Politeness.break_after` requests in a row that ended refused (429), unanswered or
    out of time; any answer closes the count, none reopens an open breaker: a pull keeps what it has.

    Parameters
    ----------
    host
        Name for people, e.g. ``Yahoo``.
    politeness
        Rate and patience.
    sleep
        Replaces `time.sleep` in tests.
    """

    def __init__(
        self, host: str, politeness: Politeness, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.host = host
        self.politeness = politeness
        self.requests = 0
        self.retries = 0
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0
        self._failures = 0
        self._last_kind = ""

    @property
    def broken(self) -> str:
        """The kind of fault that opened the breaker; empty while it is closed."""
        return self._last_kind if self._failures >= self.politeness.break_after else ""

    def take_turn(self) -> None:
        """Count a request and wait until the rate allows it."""
        with self._lock:
            now = time.monotonic()
            wait = max(0.0, self._next - now)
            self._next = max(now, self._next) + 1.0 / self.politeness.requests_per_second
            self.requests += 1
        if wait:
            self._sleep(wait)

    def ask(self, once: Callable[[], Answer]) -> tuple[Answer, int]:
        """Return what `once` returns and the number of tries, at most ``attempts``.

        Faults that may pass are tried again after ``Retry-After``, or after a doubled wait with jitter. A
        ``Retry-After`` beyond ``longest_wait_s`` ends the attempts.

        Raises
        ------
        FetchError
            The request failed for good (``tries`` says after how many), or the breaker is open (kind
            ``skipped``, no request was sent).
        """
        import tenacity

        def attempt() -> Answer:
            if self.broken:
                raise FetchError("skipped", f"not asked: {self.host} stopped answering ({self.broken})")
            return once()

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.politeness.attempts),
            retry=tenacity.retry_if_exception(self._may_pass),
            wait=self._wait,
            sleep=self._pause,
            reraise=True,
        )
        try:
            answer = retrying(attempt)
        except FetchError as fault:
            tries = int(retrying.statistics["attempt_number"])
            fault.tries = tries - 1 if fault.kind == "skipped" else tries
            self._note(fault.kind)
            raise
        self._note("ok")
        return answer, int(retrying.statistics["attempt_number"])

    def _may_pass(self, fault: BaseException) -> bool:
        if not isinstance(fault, FetchError) or fault.kind not in RETRIED:
            return False
        return fault.retry_after is None or fault.retry_after <= self.politeness.longest_wait_s

    def _wait(self, state: object) -> float:
        """Seconds to wait: what the host asked for, else the doubled back-off with jitter of one half."""
        number: int = state.attempt_number  # type: ignore[attr-defined]
        fault = state.outcome.exception()  # type: ignore[attr-defined]
        if isinstance(fault, FetchError) and fault.retry_after is not None:
            return fault.retry_after
        doubled: float = self.politeness.backoff_s * 2.0 ** (number - 1)
        return min(self.politeness.longest_wait_s, doubled * (0.5 + random.random()))

    def _pause(self, seconds: float) -> None:
        with self._lock:
            self.retries += 1
        if seconds > 0:
            self._sleep(seconds)

    def _note(self, kind: str) -> None:
        with self._lock:
            if kind in ("rate_limited", "network", "timeout"):
                self._failures += 1
                self._last_kind = kind
            elif kind != "skipped" and self._failures < self.politeness.break_after:
                self._failures = 0
