"""The track record: forecasts as they were made, what happened, and how they score."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column
from models.tables.valuation import DECOMPOSITION, FORECAST

__all__ = [
    "FORECAST_RECORD",
    "GRADED",
    "MEASURES",
    "RANK_RECORD",
    "REALISED",
    "RECORD_TABLES",
    "RELIABILITY",
    "SCORECARD",
    "VERDICTS",
]

_S, _F, _D, _B, _I = pl.String, pl.Float64, pl.Date, pl.Boolean, pl.Int64

FORECAST_RECORD = Table(
    "FORECAST_RECORD",
    "FORECAST with what grading it needs later: where its multiple came from and what no change would have said.",
    (
        *FORECAST.columns,
        column("estimate_source", _S, "Source of the multiple's denominator on as_of; graded on the same one."),
        column("no_change_deviation", _F, "Standard deviation of the no-change benchmark N(0, s^2 h): weekly standard deviation of the multiple's own changes known on as_of, times the root of the horizon.", unit="log"),
    ),
    key=("ticker",),
)  # fmt: skip

RANK_RECORD = Table(
    "RANK_RECORD",
    "Ranks as they were printed, one row per date, screen and ranked company.",
    (
        column("as_of", _D, "Date of the screen.", required=True),
        column("screen", _S, "Screen key.", required=True),
        column("ticker", _S, "Company.", required=True),
        column("rank", _I, "1 is first in the screen's direction.", required=True),
    ),
    key=("as_of", "screen", "ticker"),
)

REALISED = Table(
    "REALISED",
    "What happened between start and end: DECOMPOSITION on the later date, with the source of the multiple. "
    "Both ends are on the share basis of the later date, each from what was known in its own week.",
    (
        *DECOMPOSITION.columns,
        column("estimate_source", _S, "Source of the denominator, the same at both ends."),
    ),
    key=("ticker", "basis", "horizon_weeks", "end"),
)

GRADED = Table(
    "GRADED",
    "One stored forecast and its outcome; scores are null until the horizon has passed.",
    (
        column("as_of", _D, "Date of the forecast.", required=True),
        column("ticker", _S, "Company.", required=True),
        column("target", _D, "as_of plus the horizon: the day the forecast is about.", required=True),
        column("horizon_weeks", _I, "Weeks ahead.", unit="weeks", required=True),
        column("basis", _S, "Basis of the multiple.", allowed=("forward", "trailing", "sales")),
        column("expected_dln_multiple", _F, "What was expected.", unit="log"),
        column("standard_deviation", _F, "Predictive standard deviation.", unit="log"),
        column("degrees_of_freedom", _F, "Of the predictive Student-t."),
        column("p_fall_10", _F, "Stated probability that the multiple falls by more than 10%.", unit="fraction"),
        column("no_change_deviation", _F, "Standard deviation of the benchmark.", unit="log"),
        column("dln_multiple", _F, "What happened to the log multiple.", unit="log"),
        column("dln_denominator", _F, "What happened to log EPS (or sales per share).", unit="log"),
        column("fell", _B, "True when the multiple fell by more than 10%."),
        column("compressed", _B, "True when it fell by 10% or more while earnings held (by 1% at most lower)."),
        column("pit", _F, "Predictive distribution at the outcome; uniform when calibrated.", unit="fraction"),
        column("crps", _F, "CRPS of the forecast; lower is better.", unit="log"),
        column("crps_no_change", _F, "CRPS of the benchmark.", unit="log"),
        column("brier", _F, "Brier score of p_fall_10."),
        column("brier_no_change", _F, "Brier score of the benchmark's probability."),
        column("is_due", _B, "True when the horizon has passed on the grading date.", required=True),
        column("method_version", _S, "Version of the method that forecast."),
        column("reason", _S, "Why there is no score: not due, no forecast, or no outcome."),
    ),
    key=("as_of", "ticker"),
)  # fmt: skip

VERDICTS = (
    "better", "not better", "worse", "consistent", "not consistent", "not testable yet", "described",
)  # fmt: skip
"""`not testable yet` is said of short data, never "no difference"; `described` marks figures without a test."""

MEASURES = (
    "crps", "squared_error", "brier", "coverage_50", "coverage_80", "coverage_90", "ks_distance",
    "falls", "compressions", "rank_ic", "spread", "turnover_top5", "turnover_tenth",
)  # fmt: skip

SCORECARD = Table(
    "SCORECARD",
    "The track record: one row per subject (the forecast, or a screen), horizon and measure.",
    (
        column("subject", _S, "`forecast`, or the key of a screen.", required=True),
        column("horizon_weeks", _I, "Weeks between forecast and outcome; null for turnover.", unit="weeks"),
        column("is_interim", _B, "True before the forecast's own horizon: an early look at direction, no verdict on the forecast.", required=True),
        column("measure", _S, "What is measured.", required=True, allowed=MEASURES),
        column("outcome", _S, "Outcome that it is measured against.", allowed=("dln_multiple", "dln_denominator")),
        column("value", _F, "The measure, averaged over names and then dates."),
        column("benchmark", _F, "The same of the benchmark: no change, the nominal coverage, or 0."),
        column("difference", _F, "Value less benchmark."),
        column("low", _F, "Lower end of the 95% interval of the difference, from non-overlapping origins."),
        column("high", _F, "Upper end."),
        column("p_value", _F, "Two-sided, median over the phases of non-overlapping origins.", unit="fraction"),
        column("forecasts", _I, "Forecasts (or ranked names) behind the value.", required=True),
        column("dates", _I, "Forecast dates behind the value.", required=True),
        column("origins", _I, "Non-overlapping dates among them.", required=True),
        column("verdict", _S, "What may be said.", required=True, allowed=VERDICTS),
        column("reason", _S, "Why it is not testable yet, or what the figure describes."),
    ),
    key=("subject", "horizon_weeks", "measure"),
)  # fmt: skip

RELIABILITY = Table(
    "RELIABILITY",
    "Stated P(fall > 10%) beside how often the multiple did fall, over graded forecasts.",
    (
        column("low", _F, "Lower end of the stated probability.", unit="fraction", required=True),
        column("high", _F, "Upper end.", unit="fraction", required=True),
        column("forecasts", _I, "Forecasts within.", required=True),
        column("mean_probability", _F, "Mean of the stated probabilities.", unit="fraction", required=True),
        column("frequency", _F, "Share that fell by more than 10%.", unit="fraction", required=True),
    ),
    key=("low",),
)

RECORD_TABLES = (FORECAST_RECORD, RANK_RECORD, REALISED, GRADED, SCORECARD, RELIABILITY)
