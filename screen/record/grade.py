"""Grade what is stored: the outcomes of every forecast that is due, from the present market source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from exposures.errors import CoverageError
from exposures.theme import ExposureMap
from models.forecast_record import realised
from models.grading import grade
from models.predictive import HORIZON_WEEKS
from models.scorecard import reliability_table, scorecard
from models.tables import HORIZONS_WEEKS
from models.tables.record import REALISED
from screen.market.protocol import MarketData
from screen.panel import build_panel
from screen.quality import check_market

__all__ = ["Graded", "grade_record", "outcomes", "target_days"]


@dataclass(frozen=True)
class Graded:
    """GRADED, SCORECARD and RELIABILITY of one record, on the day `today`."""

    graded: pl.DataFrame
    card: pl.DataFrame
    reliability: pl.DataFrame
    today: date


def target_days(forecasts: pl.DataFrame, *, today: date) -> list[date]:
    """Return the days by `today` on which a stored forecast has an outcome, interim ones included."""
    origins = forecasts.get_column("as_of").unique().to_list()
    targets = {day + timedelta(weeks=h) for day in origins for h in HORIZONS_WEEKS}
    return sorted(day for day in targets if day <= today)


def outcomes(
    data: MarketData, exposure_map: ExposureMap, days: Iterable[date]
) -> tuple[pl.DataFrame, list[str]]:
    """Return `REALISED` on each day, and a sentence for each day that has none.

    Each day is seen as a run on it would see it: the quality gate and the panel with rows known by then.
    """
    frames, gaps = [REALISED.empty()], []
    for day in days:
        try:
            sound, _ = check_market(data, exposure_map.companies, as_of=day)
        except CoverageError as error:
            gaps.append(f"No outcome on {day}: {error.message}")
            continue
        market = build_panel(sound, exposure_map.companies, exposure_map.figures, as_of=day)
        frames.append(realised(multiples=market.multiples, as_of=day))
    return pl.concat(frames), gaps


def grade_record(
    *, forecasts: pl.DataFrame, ranks: pl.DataFrame, happened: pl.DataFrame, today: date
) -> Graded:
    """Grade stored forecasts and ranks on outcomes that are at hand.

    Parameters
    ----------
    forecasts
        as_of, method_version and the columns of FORECAST_RECORD.
    ranks, happened
        RANK_RECORD, REALISED.
    today
        Date of the grading.
    """
    graded = grade(forecasts=forecasts, realised=happened, today=today)
    card = scorecard(graded=graded, ranks=ranks, realised=happened, horizon_weeks=HORIZON_WEEKS)
    return Graded(graded, card, reliability_table(graded=graded), today)
