"""The forms of a ticker and of a node that is not listed."""

from __future__ import annotations

import re

__all__ = ["NODE_FORMS", "TICKER_FORMS", "is_node", "is_ticker"]

TICKER_FORMS = "AAPL, 2330.TW, 3324.TWO, 000660.KS, 035720.KQ, 6146.T, 601138.SS, 300308.SZ, SU.PA, ENR.DE"
"""Yahoo symbols that the market sources know, one example a listing."""

NODE_FORMS = f"{TICKER_FORMS}, PRIV:name, MKT:name or AGG:name"

_TICKER = re.compile(
    r"^(?:[A-Z]{1,5}(?:-[A-Z])?"  # United States, class shares as BRK-B
    r"|\d{4,6}\.TW|\d{4,6}\.TWO"  # Taiwan: main board and Taipei Exchange
    r"|\d{6}\.K[SQ]"  # Korea
    r"|\d{3}[0-9A-Z]\.T"  # Japan; codes since 2024 may end in a letter
    r"|\d{6}\.S[SZ]"  # Shanghai, Shenzhen
    r"|[A-Z0-9]{1,6}\.(?:DE|PA|AS|SW|L))$"  # Frankfurt, Paris, Amsterdam, Zurich, London
)
_NODE = re.compile(r"^(?:PRIV|MKT|AGG):[a-z0-9]+(?:-[a-z0-9]+)*$")


def is_ticker(text: str) -> bool:
    """Return whether `text` has the form of a Yahoo symbol of a known listing."""
    return bool(_TICKER.match(text))


def is_node(text: str) -> bool:
    """Return whether `text` is a ticker or ``PRIV:``, ``MKT:``, ``AGG:`` with a lower-case name."""
    return bool(_TICKER.match(text) or _NODE.match(text))
