"""Turn a scenario's ticker-or-segment changes into one number a ticker."""

from __future__ import annotations

from collections.abc import Mapping
from math import log1p
from typing import TypeVar

import polars as pl

from exposures.theme import Scenario

__all__ = ["dependence_shifts", "scenario_shifts", "scenario_targets", "shifts_by_ticker"]

DEPENDENT = ("own_financing_share", "capital_market_share")
"""Components of the loop whose revenue somebody else's patience pays for; own purchases are paid from the
company's own cash and left out."""

MOST_LOST = 0.95
"""A log of nothing is not defined, and shareholders lose no more than they hold: a twentieth remains."""

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


def dependence_shifts(components: pl.DataFrame, *, discount: float) -> dict[str, float]:
    """Return ticker -> change of the log multiple when dependent revenue is worth less.

    ``ln(1 - discount * share)`` with share = own_financing_share + capital_market_share of the capital
    loop: a buyer who pays nothing for revenue that the seller, or outside money, has paid for pays that
    much less for the company. The change is never positive: the stress is one-sided.

    Parameters
    ----------
    components
        COMPONENTS of the capital loop, in the scenario.
    discount
        Part of the value of such revenue that is lost (fraction).

    Missing data: a company whose shares are not known is left out, and keeps its multiple. At most
    `MOST_LOST` is taken.

    References
    ----------
    Research note 002 (vendor credit of 2000, the co-signed mortgage).
    """
    if discount == 0:
        return {}
    dependent = components.filter(pl.col("component").is_in(DEPENDENT) & pl.col("value").is_not_null())
    shares = dependent.group_by("ticker").agg(pl.col("value").sum()).sort("ticker").iter_rows()
    return {t: log1p(-min(discount * share, MOST_LOST)) for t, share in shares if share > 0}


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
