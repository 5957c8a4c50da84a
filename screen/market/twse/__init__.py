"""Monthly revenue of Taiwan's listed and OTC companies, from the exchanges themselves; no key."""

from __future__ import annotations

from screen.market.twse.feed import TwseFeed

__all__ = ["TwseFeed"]
