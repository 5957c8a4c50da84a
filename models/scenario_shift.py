"""Turn a scenario's ticker-or-segment changes into one number a ticker."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

__all__ = ["shifts_by_ticker"]


def shifts_by_ticker(changes: Mapping[str, float] | None, memberships: pl.DataFrame) -> dict[str, float]:
    """Return ticker -> change, for the tickers that a scenario touches.

    The ticker's own key wins, then its primary segment, then its other segments in name order: a change
    is applied once, never added up over segments.

    Parameters
    ----------
    changes
        Ticker or segment -> change; None means no change.
    memberships
        `exposures.tables.MEMBERSHIPS`.

    Missing data: a key that names neither a ticker nor a segment is taken as a ticker outside the
    memberships and touches only a panel row of that name.
    """
    if not changes:
        return {}
    segments = set(memberships.get_column("segment").to_list())
    found = {key: value for key, value in changes.items() if key not in segments}
    ordered = memberships.sort(["ticker", "is_primary", "segment"], descending=[False, True, False])
    for ticker, segment in ordered.select("ticker", "segment").iter_rows():
        if segment in changes:
            found.setdefault(ticker, changes[segment])
    return found
