"""What a reader of a theme on one date should be told: odd week days, expired overrides, a younger map."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from exposures.theme import ExposureMap
from screen.calendar import FRIDAY

__all__ = ["ahead_note", "map_cautions", "week_note"]

NAMED = 5
"""Tickers that a caution names; the rest are in the gaps of the report."""

REVIEW_WEEK = timedelta(days=7)
"""A review speaks for the week it was made in: a screen of that week's Friday needs no caution."""


def week_note(as_of: date) -> list[str]:
    """Return a note when `as_of` is no Friday: its files stand beside those of the week's Friday."""
    if as_of.weekday() == FRIDAY:
        return []
    return [f"note: {as_of} is a {as_of:%A}; weekly screens use Fridays."]


def ahead_note(as_of: date, *, today: date) -> list[str]:
    """Return a caution when `as_of` has not come: its ranks change with every pull until then."""
    if as_of <= today:
        return []
    return [f"caution: {as_of} has not come (today is {today}, UTC); ranks use what is known so far."]


def map_cautions(exposure_map: ExposureMap) -> list[str]:
    """Return warnings on overrides that have expired and on a map that is younger than the date."""
    lines = []
    expired = exposure_map.memberships.filter(pl.col("tier_origin") == "expired override")
    tickers = expired.get_column("ticker").unique().sort().to_list()
    if tickers:
        more = f" and {len(tickers) - NAMED} more" if len(tickers) > NAMED else ""
        lines.append(
            f"warning: {expired.height} tier overrides have expired by {exposure_map.as_of}: "
            f"{', '.join(tickers[:NAMED])}{more}."
        )
    reviewed = exposure_map.theme.curated_at
    if exposure_map.as_of < reviewed - REVIEW_WEEK:
        lines.append(
            f"caution: the segment map was reviewed on {reviewed}; tiers of an earlier date use today's map."
        )
    return lines
