"""Turn a scenario's ticker-or-segment changes into one number a ticker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import polars as pl

from exposures.theme import Scenario

__all__ = ["scenario_shifts", "scenario_targets", "shifts_by_ticker"]

Value = TypeVar("Value", float, str)


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
    return {ticker: changes[key] for ticker, key in _keys_by_ticker(changes, memberships).items()}


def scenario_shifts(scenario: Scenario, field: str, memberships: pl.DataFrame) -> dict[str, float]:
    """Return ticker -> change of `field`, summed over the parts of a combination.

    Each part is resolved by itself as in `shifts_by_ticker`: a company that one part names and another
    reaches through its segment gets both changes.

    Parameters
    ----------
    field
        ``multiple_change``, ``growth_change`` or ``margin_change``.
    """
    found: dict[str, float] = {}
    for part in scenario.parts:
        for ticker, change in shifts_by_ticker(getattr(part, field), memberships).items():
            found[ticker] = found.get(ticker, 0.0) + change
    return found


def scenario_targets(
    scenario: Scenario, field: str, memberships: pl.DataFrame
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return ticker -> the (part, key) pairs through which `field` reaches it, in the order of the parts.

    Parameters
    ----------
    field
        A field that maps a ticker or segment to a change or a tier.
    """
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for part in scenario.parts:
        for ticker, key in _keys_by_ticker(getattr(part, field), memberships).items():
            found[ticker] = (*found.get(ticker, ()), (part.key, key))
    return found


def _keys_by_ticker(changes: Mapping[str, Value], memberships: pl.DataFrame) -> dict[str, str]:
    """Return ticker -> the key of `changes` that applies to it."""
    segments = set(memberships.get_column("segment").to_list())
    found = {key: key for key in changes if key not in segments}
    ordered = memberships.sort(["ticker", "is_primary", "segment"], descending=[False, True, False])
    for ticker, segment in ordered.select("ticker", "segment").iter_rows():
        if segment in changes:
            found.setdefault(ticker, segment)
    return found
