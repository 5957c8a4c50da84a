"""Grade stored forecasts against what happened: one row a forecast, scored once its horizon has passed."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import polars as pl

from models.cross_section import FloatArray
from models.decomposition import FALLEN_LABELS
from models.evaluation import brier, crps, crps_normal, pit
from models.predictive import EVENT, fall_probability
from models.tables.record import GRADED

__all__ = ["grade"]


def grade(*, forecasts: pl.DataFrame, realised: pl.DataFrame, today: date) -> pl.DataFrame:
    """Return `GRADED`, one row a stored forecast.

    The outcome is that of the forecast's own basis between ``as_of`` and ``as_of + horizon``, from one
    estimate source. The benchmark is no change, ``N(0, s^2 h)``.

    Parameters
    ----------
    forecasts
        as_of, method_version and the columns of `FORECAST_RECORD`, any number of dates.
    realised
        `REALISED`, any number of end dates.
    today
        Date of the grading: later targets are not due.

    Missing data: a row without forecast, distribution or outcome keeps what it has, and says why in
    `reason`; nothing is scored against a guess.

    References
    ----------
    Methods, section 2.5.
    """
    due = pl.col("as_of") + pl.duration(weeks=pl.col("horizon_weeks"))
    made = forecasts.with_columns(pl.col("horizon_weeks").fill_null(_usual_horizon(forecasts)))
    rows = made.with_columns(target=due, is_due=(due <= today).fill_null(value=False))
    outcome = realised.select(
        "ticker", "basis", "horizon_weeks", pl.col("end").alias("target"), "dln_multiple", "dln_denominator",
        "label", pl.col("estimate_source").alias("graded_source"), pl.col("reason").alias("no_outcome"),
    )  # fmt: skip
    rows = rows.join(
        outcome, on=["ticker", "basis", "horizon_weeks", "target"], how="left", maintain_order="left"
    )
    rows = _one_source(rows).with_columns(no_outcome=_no_outcome())
    known = pl.col("no_outcome").is_null()
    rows = rows.with_columns(
        pl.when(known).then(pl.col(name)).alias(name) for name in ("dln_multiple", "dln_denominator")
    ).with_columns(
        fell=pl.col("dln_multiple") < EVENT,
        compressed=pl.when(known).then(pl.col("label").is_in(FALLEN_LABELS)),
        reason=pl.coalesce("no_outcome", _no_score()),
    )
    return GRADED.conform(rows.with_columns(_scores(rows)).sort("as_of", "ticker"))


def _usual_horizon(forecasts: pl.DataFrame) -> int:
    """A row without a forecast has no horizon; its date is due with the others of the file."""
    known = forecasts.get_column("horizon_weeks").drop_nulls()
    return int(known.mode().min()) if known.len() else 52  # type: ignore[arg-type]


def _one_source(rows: pl.DataFrame) -> pl.DataFrame:
    """A forward multiple is one source's; another source's change is not what was forecast."""
    other = (pl.col("basis") == "forward") & (pl.col("estimate_source") != pl.col("graded_source"))
    words = pl.format("forecast on {}, outcome on {}", "estimate_source", "graded_source")
    return rows.with_columns(
        pl.when(other.fill_null(value=False)).then(words).otherwise(pl.col("no_outcome")).alias("no_outcome")
    )


def _no_outcome() -> pl.Expr:
    return (
        pl.when(pl.col("expected_dln_multiple").is_null())
        .then(pl.coalesce("reason", pl.lit("no forecast")))
        .when(~pl.col("is_due"))
        .then(pl.format("not due before {}", "target"))
        .when(pl.col("no_outcome").is_not_null())
        .then(pl.col("no_outcome"))
        .when(pl.col("dln_multiple").is_null())
        .then(pl.format("no {} multiple known at both ends", "basis"))
    )


def _no_score() -> pl.Expr:
    return (
        pl.when(pl.col("standard_deviation").is_null())
        .then(pl.coalesce("reason", pl.lit("no distribution was stated")))
        .when(pl.col("no_change_deviation").is_null())
        .then(pl.lit("no benchmark: under 26 weekly changes of the multiple"))
    )


def _scores(rows: pl.DataFrame) -> list[pl.Series]:
    def column(name: str) -> FloatArray:
        return rows.get_column(name).cast(pl.Float64).fill_null(float("nan")).to_numpy()

    mean, deviation, degrees = (
        column(name) for name in ("expected_dln_multiple", "standard_deviation", "degrees_of_freedom")
    )
    happened, still = column("dln_multiple"), column("no_change_deviation")
    chances = [
        None if math.isnan(s) else fall_probability(0.0, float(s), degrees=float("inf")) for s in still
    ]
    benchmark = np.array([float("nan") if p is None else p for p in chances], dtype=np.float64)
    fell = np.where(np.isfinite(happened), column("fell"), np.nan)
    found = {
        "pit": pit(mean, deviation, happened, degrees),
        "crps": crps(mean, deviation, happened, degrees),
        "crps_no_change": crps_normal(0.0, still, happened),
        "brier": brier(column("p_fall_10"), fell),
        "brier_no_change": brier(benchmark, fell),
    }
    return [pl.Series(name, values, dtype=pl.Float64).fill_nan(None) for name, values in found.items()]
