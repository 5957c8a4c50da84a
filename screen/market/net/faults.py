"""`FetchError`: one request failed, and what that means."""

from __future__ import annotations

__all__ = ["FAULT_STATUS", "RETRIED", "FetchError"]

RETRIED = ("rate_limited", "network", "timeout", "server", "stale")
"""Kinds of fault that may pass: they are tried again."""

FAULT_STATUS = {"server": "network", "refused": "network", "stale": "network"}
"""Kinds of fault that are not a status of OUTCOMES, with the status they become."""


class FetchError(Exception):
    """One request failed; `kind` is a status of OUTCOMES or one of three finer kinds of ``network``.

    ``server``: an answer of 500 or above. ``refused``: 401 or 403, asking again is useless. ``stale``: 401
    that a new cookie may cure. Not an OSError on purpose: yfinance takes those for passing trouble and hides
    them.

    Parameters
    ----------
    kind
        ``rate_limited``, ``network``, ``timeout``, ``server``, ``refused``, ``stale``, ``not_found``,
        ``empty``, ``bad_payload`` or ``skipped``.
    message
        What happened, in words; becomes the reason of an OUTCOMES row.
    retry_after
        Seconds that the host asks us to wait; None when it does not say.
    """

    def __init__(self, kind: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after
        self.tries = 0

    @property
    def status(self) -> str:
        """The status of OUTCOMES that this fault becomes."""
        return FAULT_STATUS.get(self.kind, self.kind)
