"""``screen run``: rank, print, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from exposures.errors import UsageError, suggest
from exposures.load import load_theme
from models.components import component
from models.predictive import HORIZON_WEEKS
from reports.data import ReportData, ScreenView
from reports.numbers import percent
from reports.values import printed_points
from screen.commands.cautions import ahead_note, map_cautions, week_note
from screen.commands.session import run_from_flags, today
from screen.console import emit_json, emit_table, note
from screen.options import GapRows
from screen.record.stored import stored_weeks
from screen.record.timely import TIMELY_DAYS, is_timely
from screen.settings import load_settings
from screen.store import Written, week_frame, write_run

__all__ = ["check_out", "check_screens", "run_command"]

HEADER = (
    ">rank",
    ">90%",
    ">P(top 5)",
    "ticker",
    "name",
    "segment",
    "tier",
    ">score",
    "driven by",
    ">coverage",
)
DRIVERS = 3


def run_command(
    flags: Mapping[str, Any],
    *,
    as_of: str | None,
    screens: Sequence[str],
    scenario: str | None,
    weights: Sequence[str],
    gaps: GapRows,
    as_json: bool,
) -> int:
    """Run a screen, write its outputs, print the rankings; return the exit code."""
    check_screens(screens, flags)
    asked = load_settings(flags).settings
    check_out(asked.out)
    compared = None if asked.compare_scenarios else ()
    result, settings = run_from_flags(
        flags, as_of=as_of, scenario=scenario, weights=weights, compared=compared, gaps=gaps
    )
    data = result.report
    views = [view for view in data.screens if not screens or view.key in screens]
    day = data.facts.as_of
    # the days of the sample are made up too
    ahead = [] if data.facts.is_simulated else ahead_note(day, today=today())
    for line in (*ahead, *week_note(day), *map_cautions(result.exposure_map)):
        note(line)
    written = write_run(result, settings.out, made_on=today())
    if as_json:
        emit_json(_json_rows(data, views), _meta(data, written))
        return result.exit_code
    for view in views:
        _print_screen(data, view)
    for path in written.paths():
        note(f"wrote {path}")
    if written.forecasts is not None:
        note(_record_note(data, written, settings.out))
    return result.exit_code


def _record_note(data: ReportData, written: Written, out: Path) -> str:
    """How many weeks of forecasts are stored, when the first can be graded, and hindsight: on stderr alone.

    The report does not say it: it would change with what else is stored, and a rerun must not.
    """
    weeks = stored_weeks(out, data.facts.theme, is_simulated=data.facts.is_simulated)
    due = weeks[0] + timedelta(weeks=HORIZON_WEEKS)
    kept = f"{len(weeks)} week{'s' if len(weeks) > 1 else ''} of forecasts stored"
    line = f'track record: {kept}, the first due on {due}; "screen scorecard" grades what is due'
    day = data.facts.as_of
    if written.kept_from is not None:
        return f"{line}; the forecasts of {day} stay as they were made on {written.kept_from}"
    if not data.facts.is_simulated and not is_timely(today(), as_of=day):
        return f"{line}; those of {day} are made over {TIMELY_DAYS} days late and count as hindsight"
    return line


def check_screens(wanted: Sequence[str], flags: Mapping[str, Any]) -> None:
    """Refuse an unknown screen before any data is fetched."""
    if not wanted:
        return
    known = load_theme(load_settings(flags).settings.theme, as_of=today()).theme.screen
    for key in wanted:
        if key not in known:
            raise UsageError(
                f'--screen: "{key}" is not a screen; known: {", ".join(known)}.', fix=suggest(key, known)
            )


def check_out(out: Path) -> None:
    """Refuse a file in the place of the output folder before any data is fetched."""
    if out.exists() and not out.is_dir():
        raise UsageError(f'--out "{out}" is a file, not a folder.', fix="Choose another --out folder.")


def _print_screen(data: ReportData, view: ScreenView) -> None:
    rows = data.rows.filter(pl.col("screen") == view.key)
    ranked = rows.filter(pl.col("rank").is_not_null())
    shown = ranked.head(data.facts.top) if data.facts.top else ranked
    scores = dict(shown.select("ticker", "score").iter_rows())
    drivers = _drivers(data.contributions.filter(pl.col("screen") == view.key), scores)
    mark = "SIMULATED: " if data.facts.is_simulated else ""
    hidden = f"; {ranked.height - shown.height} more in the report" if shown.height < ranked.height else ""
    emit_table(
        f"{mark}{view.title} ({view.key}): rank 1 = {view.rank_one_means}",
        HEADER,
        [_cells(row, drivers) for row in shown.iter_rows(named=True)],
        caption=f"{ranked.height} ranked, {rows.height - ranked.height} unranked with the reason{hidden}",
    )


def _cells(row: Mapping[str, Any], drivers: Mapping[str, str]) -> list[str]:
    return [
        f"{'=' if row['is_tied'] else ''}{row['rank']}",
        f"{row['rank_low']}-{row['rank_high']}",
        percent(row["p_top5"]),
        row["ticker"],
        row["name"],
        row["segment_name"],
        row["tier"] or row["role"],
        f"{row['score']:.1f}",
        drivers.get(row["ticker"], ""),
        percent(row["coverage"]),
    ]


def _drivers(contributions: pl.DataFrame, scores: Mapping[str, float]) -> dict[str, str]:
    """The components that move each name most, in the points that the report prints; zero moves nothing."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for part in contributions.sort("component").iter_rows(named=True):
        parts.setdefault(part["ticker"], []).append(part)
    found: dict[str, str] = {}
    for ticker, score in scores.items():
        points = printed_points(parts.get(ticker, []), score)
        exact = {part["component"]: part["contribution"] for part in parts.get(ticker, [])}
        moving = sorted((key for key in points if points[key]), key=lambda key: (-abs(exact[key]), key))
        found[ticker] = ", ".join(f"{component(key).label} {points[key]:+.1f}" for key in moving[:DRIVERS])
    return found


def _json_rows(data: ReportData, views: Sequence[ScreenView]) -> list[dict[str, Any]]:
    frame = week_frame(data).filter(pl.col("screen").is_in([view.key for view in views]))
    return frame.to_dicts()


def _meta(data: ReportData, written: Written) -> dict[str, Any]:
    facts = data.facts
    return {
        "theme": facts.theme,
        "as_of": facts.as_of,
        "source": facts.source,
        "is_simulated": facts.is_simulated,
        "warning": "SIMULATED" if facts.is_simulated else None,
        "note": facts.source_note or None,
        "run_id": facts.run_id,
        "scenario": facts.scenario,
        "custom_weights": list(facts.custom_weights),
        "coverage": facts.coverage_line,
        "parquet": written.parquet,
        "forecasts": written.forecasts,
        "findings": written.findings,
        "gaps": written.gaps,
        "manifest": written.manifest,
        "report": written.report,
    }
