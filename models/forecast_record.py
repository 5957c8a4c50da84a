"""A forecast as it is kept: with the source of its multiple and the benchmark that it must beat."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.decomposition import decomposition
from models.multiple_history import history
from models.tables import MULTIPLES
from models.tables.record import FORECAST_RECORD, REALISED

__all__ = ["forecast_record", "no_change_deviation", "realised"]

# Two years behind the benchmark's weekly volatility: long enough for its size, short enough for its regime.
BENCHMARK_WEEKS = 104
# The floor of the panel's own volatility: below half a year a standard deviation is off by a seventh.
MIN_BENCHMARK_WEEKS = 26
BASES = ("forward", "trailing", "sales")


def forecast_record(*, forecast: pl.DataFrame, multiples: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return `FORECAST_RECORD`: the forecasts of `as_of` with their source and their benchmark.

    Parameters
    ----------
    forecast, multiples
        `FORECAST`, `MULTIPLES`, both of `as_of`.
    as_of
        Date of the forecast.

    Missing data: a basis with under 26 weekly changes in two years takes the spread of the trailing multiple,
    because the price moves either far more than EPS does; without that too there is no benchmark (null).

    References: methods, section 2.5.
    """
    today = multiples.filter(pl.col("date") == as_of).select("ticker", "basis", "estimate_source")
    rows = forecast.join(today, on=["ticker", "basis"], how="left", maintain_order="left")
    spread = no_change_deviation(multiples=multiples, as_of=as_of)
    rows = rows.join(spread, on=["ticker", "basis"], how="left", maintain_order="left")
    trailing = spread.filter(pl.col("basis") == "trailing").select("ticker", trailing="weekly_deviation")
    rows = rows.join(trailing, on="ticker", how="left", maintain_order="left")
    weekly = pl.when(pl.col("basis").is_not_null()).then(pl.coalesce("weekly_deviation", "trailing"))
    root = pl.col("horizon_weeks").cast(pl.Float64).sqrt()
    return FORECAST_RECORD.conform(rows.with_columns(no_change_deviation=weekly * root))


def no_change_deviation(*, multiples: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return (ticker, basis, weekly_deviation): the root mean square of a series' weekly log changes.

    No change is a random walk without drift: its mean is zero by assumption, so it is not estimated.

    Missing data: weeks without a neighbour are left out; a series with fewer than 26 changes in
    `BENCHMARK_WEEKS`, or without any variation, has no row.
    """
    recent = multiples.filter(pl.col("date") >= as_of - timedelta(weeks=BENCHMARK_WEEKS))
    rows: list[tuple[str, str, float]] = []
    for basis in BASES:
        for ticker, series in sorted(history(multiples=recent, as_of=as_of, basis=basis).series.items()):
            steps = np.diff(series)
            steps = steps[np.isfinite(steps)]
            size = math.sqrt(float(steps @ steps) / steps.size) if steps.size else 0.0
            if steps.size >= MIN_BENCHMARK_WEEKS and size > 0:
                rows.append((ticker, basis, size))
    schema = {"ticker": pl.String, "basis": pl.String, "weekly_deviation": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def realised(*, multiples: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return `REALISED`: how every multiple changed over 4, 13, 26 and 52 weeks up to `as_of`.

    Parameters
    ----------
    multiples
        `MULTIPLES` of `as_of`: both ends on its share basis, each from what was known in its own week.
    as_of
        The later end: the target of a forecast made the horizon before.

    Missing data: as `models.decomposition.decomposition`; the row is null with a reason.
    """
    today = multiples.filter(pl.col("date") == as_of).select("ticker", "basis", "estimate_source")
    rows = decomposition(multiples=MULTIPLES.check(multiples), as_of=as_of)
    return REALISED.check(rows.join(today, on=["ticker", "basis"], how="left", maintain_order="left"))
