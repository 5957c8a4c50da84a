"""What the files of a stored week hold: their declared tables."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column
from models.tables import SCENARIO_DRIVERS, SCENARIO_MOVES
from models.tables.record import FORECAST_RECORD
from reports.data import FINDINGS, GAPS, ROWS

__all__ = [
    "RUN_COLUMNS",
    "WEEK",
    "WEEK_DRIVERS",
    "WEEK_FINDINGS",
    "WEEK_FORECASTS",
    "WEEK_GAPS",
    "WEEK_MOVES",
]

WEEK = Table(
    "WEEK",
    "The weekly Parquet: one row per screen and company. A column value_X and points_X follows for every "
    "component X that a screen of the theme weighs: the value in its unit, and the points it adds to 50.",
    (
        column("theme", pl.String, "Theme name.", required=True),
        column("as_of", pl.Date, "Date of the screen.", required=True),
        *ROWS.columns,
        column("known_at", pl.Date, "Day the newest input of the row became known."),
        column("source", pl.String, "Market source.", required=True),
        column(
            "is_simulated", pl.Boolean, "True: SIMULATED data, never to be mixed with history.", required=True
        ),
        column("scenario", pl.String, "Scenario key; null for the base run."),
        column("run_id", pl.String, "Hash of everything the run was made from.", required=True),
        column("version", pl.String, "Version of supply-screen.", required=True),
        column("method_version", pl.String, "Version of the method.", required=True),
    ),
    key=("screen", "ticker"),
)

_RUN = (
    column("theme", pl.String, "Theme name.", required=True),
    column("as_of", pl.Date, "Date of the screen.", required=True),
)
RUN_COLUMNS = ("theme", "as_of", "source", "is_simulated", "run_id", "version", "method_version")
_RUN_ID = column("run_id", pl.String, "Hash of everything the run was made from.", required=True)

WEEK_FINDINGS = Table(
    "WEEK_FINDINGS",
    "The findings of one run as a file: there also when it is empty.",
    (*_RUN, *FINDINGS.columns, _RUN_ID),
    key=FINDINGS.key,
)

WEEK_GAPS = Table(
    "WEEK_GAPS",
    "The gaps of one run as a file: there also when it is empty.",
    (*_RUN, *GAPS.columns, _RUN_ID),
)

WEEK_FORECASTS = Table(
    "WEEK_FORECASTS",
    "The forecasts of one run as a file, kept to be graded when their horizon has passed.",
    (
        *_RUN,
        *FORECAST_RECORD.columns,
        column("source", pl.String, "Market source.", required=True),
        column("is_simulated", pl.Boolean, "True: SIMULATED, never graded with real ones.", required=True),
        column(
            "made_on",
            pl.Date,
            "Day of the clock (UTC) on which the run was made; over 6 days after as_of: hindsight.",
        ),
        _RUN_ID,
        column("version", pl.String, "Version of supply-screen.", required=True),
        column("method_version", pl.String, "Version of the method.", required=True),
    ),
    key=("as_of", "ticker"),
)

WEEK_MOVES = Table(
    "WEEK_MOVES",
    "What one scenario moves, as a file that ``screen scenario run`` writes.",
    (*_RUN, *SCENARIO_MOVES.columns, _RUN_ID),
    key=SCENARIO_MOVES.key,
)

WEEK_DRIVERS = Table(
    "WEEK_DRIVERS",
    "Why it moves it, as a file beside the moves.",
    (*_RUN, *SCENARIO_DRIVERS.columns, _RUN_ID),
    key=SCENARIO_DRIVERS.key,
)
