"""When a forecast was made: in time, or later, when what came after could be known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from screen.market.stored_outcomes import SERVING_DAYS

__all__ = ["TIMELY_DAYS", "is_timely", "kept_day", "timely"]

TIMELY_DAYS = SERVING_DAYS
"""As for the pull behind a screen: that of a Friday may be run up to the next Thursday."""


def is_timely(made_on: date, *, as_of: date) -> bool:
    """Return whether a run for `as_of` on the day `made_on` is a forecast and no hindsight."""
    return made_on <= as_of + timedelta(days=TIMELY_DAYS)


def timely(forecasts: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `WEEK_FORECASTS` that were made in time.

    Missing data: a row that does not say when it was made is none of them.
    """
    last = pl.col("as_of") + pl.duration(days=TIMELY_DAYS)
    return forecasts.filter((pl.col("made_on") <= last).fill_null(value=False))


def kept_day(stored: Path, *, as_of: date, made_on: date) -> date | None:
    """Return the day on which the stored forecasts were made when a run on `made_on` must not replace them.

    None when they may be replaced: there are none, they cannot be read, they were late themselves, or the
    new ones are in time too.
    """
    if is_timely(made_on, as_of=as_of) or not stored.exists():
        return None
    try:
        days = pl.read_parquet(stored, columns=["made_on"], hive_partitioning=False)["made_on"]
    except (OSError, pl.exceptions.PolarsError):
        return None
    newest = days.max()
    return newest if isinstance(newest, date) and is_timely(newest, as_of=as_of) else None
