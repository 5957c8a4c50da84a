"""``screen scorecard``: every stored forecast graded when its horizon has passed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from exposures.errors import NotFoundError
from exposures.load import load_theme
from models.predictive import HORIZON_WEEKS
from models.tables.record import REALISED
from reports.record_limits import late_weeks, record_limits
from reports.track_record import TrackRecord
from screen.calendar import last_friday
from screen.commands.record_output import keep_record
from screen.commands.run import check_out
from screen.commands.session import today as clock
from screen.console import banner, note, progress_bar
from screen.market.auto import resolve_source
from screen.market.protocol import MarketRequest, companies_of
from screen.record.grade import grade_record, outcomes, target_days
from screen.record.stored import stored_forecasts, stored_ranks
from screen.record.timely import TIMELY_DAYS, timely
from screen.settings import Settings, load_settings
from screen.store import output_root

__all__ = ["scorecard_command"]

NOTHING_REAL = (
    "No real market data is at hand: nothing was graded. Name a source, such as --source files"
    ' --market-dir DIR, or fill the store with "screen data pull".'
)


def scorecard_command(flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Grade what is stored, print and write the scorecard; return the exit code."""
    settings = load_settings(flags).settings
    check_out(settings.out)
    record = _graded(settings)
    root = output_root(settings.out, is_simulated=record.is_simulated, scenario=None)
    name = load_theme(settings.theme, as_of=record.today).theme.name
    folder = root / "scorecards" / f"theme={name}" / f"as_of={record.today}"
    if record.is_simulated:
        banner("SIMULATED: made from the bundled sample; it shows that the grading runs, nothing else.")
    meta = {
        "theme": name,
        "as_of": record.today,
        "is_simulated": record.is_simulated,
        "is_hindsight": record.is_hindsight,
    }
    keep_record(record, folder, meta=meta, as_json=as_json)
    return 0


def _graded(settings: Settings) -> TrackRecord:
    """Read the record, fetch the market only when something has an outcome by now, and grade."""
    source = resolve_source(settings, today=clock())
    day = source.newest_day() or last_friday(clock())
    exposure_map = load_theme(settings.theme, as_of=day)
    name, is_sample = exposure_map.theme.name, source.name == "sample"
    forecasts = stored_forecasts(settings.out, name, is_simulated=is_sample)
    if forecasts.is_empty():
        raise NotFoundError(
            f'no forecast of theme "{name}" is stored below {settings.out}; nothing can be graded.',
            fix='Run "screen run": every run without scenario and custom weights stores that week\'s.',
        )
    in_time = forecasts if is_sample else timely(forecasts)
    is_hindsight = in_time.is_empty()
    counted = forecasts if is_hindsight else in_time
    days = target_days(counted, today=day)
    happened, limits = REALISED.empty(), []
    if days:
        wanted = MarketRequest(tuple(companies_of(exposure_map.companies)), day, progress_bar(), note)
        data = source.fetch(wanted)
        if data.is_simulated != is_sample:  # auto fell back to the sample: nothing real is graded on it
            limits.append(NOTHING_REAL)
        else:
            happened, limits = outcomes(data, exposure_map, days)
    grades = grade_record(
        forecasts=counted,
        ranks=stored_ranks(settings.out, name, is_simulated=is_sample, runs=counted),
        happened=happened,
        today=day,
    )
    return TrackRecord(
        theme=exposure_map.theme.title,
        today=day,
        horizon_weeks=HORIZON_WEEKS,
        is_backtest=False,
        is_hindsight=is_hindsight,
        is_simulated=is_sample,
        graded=grades.graded,
        card=grades.card,
        reliability=grades.reliability,
        limits=(
            *_left_out(forecasts, counted),
            *_versions(counted),
            *record_limits(grades.graded),
            *limits,
        ),
    )


def _left_out(forecasts: pl.DataFrame, counted: pl.DataFrame) -> list[str]:
    """Weeks that were run late are no forecasts beside those that were made in time."""
    late = forecasts.get_column("as_of").n_unique() - counted.get_column("as_of").n_unique()
    return [late_weeks(late, days=TIMELY_DAYS)] if late else []


def _versions(forecasts: pl.DataFrame) -> list[str]:
    """Forecasts of several methods are graded together, and that is said."""
    counts = forecasts.group_by("method_version").agg(pl.col("as_of").n_unique()).sort("method_version")
    if counts.height < 2:
        return []
    told = ", ".join(f"{version} on {dates} dates" for version, dates in counts.iter_rows())
    return [f"The forecasts were made by more than one version of the method: {told}."]
