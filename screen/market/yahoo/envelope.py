"""An answer with status 200 may still say that it failed: its envelope names an error."""

from __future__ import annotations

from typing import Any

from screen.market.net.faults import FetchError

__all__ = ["require_no_error"]

ENVELOPES = ("chart", "quoteSummary", "quoteResponse", "timeseries", "finance")

KINDS = (
    ("not found", "not_found"),
    ("data doesn't exist", "empty"),
    ("no data", "not_found"),
    ("too many requests", "rate_limited"),
    ("unauthorized", "refused"),
    ("internal", "server"),
    ("unavailable", "server"),
)
"""Words in code or description, lower case -> kind of fault; the first that occurs decides. "No data found,
symbol may be delisted" is what a chart says of an unknown symbol. Any other error is ``bad_payload``."""


def require_no_error(body: Any) -> None:
    """Return when `body` is an object whose envelope states no error.

    Raises
    ------
    FetchError
        The kind that the stated code means; ``bad_payload`` for an unknown code or another shape.
    """
    if not isinstance(body, dict):
        raise FetchError("bad_payload", f"the answer has another shape ({type(body).__name__})")
    for name in ENVELOPES:
        envelope = body.get(name)
        error = envelope.get("error") if isinstance(envelope, dict) else None
        if error:
            raise _stated(error)


def _stated(error: Any) -> FetchError:
    parts = [error.get("code"), error.get("description")] if isinstance(error, dict) else [error]
    said = ": ".join(str(part) for part in parts if part) or "no reason given"
    kind = next((kind for words, kind in KINDS if words in said.lower()), "bad_payload")
    if kind == "not_found":
        return FetchError(kind, "not found at Yahoo")
    return FetchError(kind, f"Yahoo states an error ({said[:120]})")
