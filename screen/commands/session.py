"""What every command that runs a screen shares: settings, source, request, and what it says on stderr."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from exposures.errors import CoverageError
from screen.calendar import parse_date
from screen.commands.coverage import (
    coverage_line,
    finding_gaps,
    gap_lines,
    market_coverage,
    outcome_gaps,
    panel_coverage,
    quality_line,
)
from screen.console import banner, note, progress_bar, stderr_width
from screen.market.auto import resolve_source
from screen.market.protocol import MarketData, MarketRequest, MarketSource
from screen.options import GapRows
from screen.run import RunRequest, RunResult, run_screen
from screen.settings import Settings, load_settings
from screen.weights import parse_weights

__all__ = ["run_from_flags", "today"]


def today() -> date:
    """Return the date of the clock in UTC; the only place where a command reads it."""
    return datetime.now(tz=UTC).date()


def run_from_flags(
    flags: Mapping[str, Any],
    *,
    as_of: str | None,
    scenario: str | None,
    weights: Sequence[str] = (),
    compared: tuple[str, ...] | None = (),
    gaps: GapRows = GapRows.NONE,
) -> tuple[RunResult, Settings]:
    """Resolve settings and source, run the screen, and say on stderr what the reader must know.

    Parameters
    ----------
    compared
        Scenarios whose moves are wanted; None: all there are.
    gaps
        How much of the missing data is listed below the coverage line.
    """
    settings = load_settings(flags).settings
    request = RunRequest(
        theme=settings.theme,
        as_of=parse_date(as_of) if as_of else None,
        scenario=scenario,
        scenario_file=settings.scenario_file,
        compared=compared,
        weights=parse_weights(weights),
        top=settings.top,
        seed=settings.seed,
        draws=settings.draws,
        min_coverage=settings.min_coverage,
        progress=progress_bar(),
        notice=note,
    )
    source = _Observed(_source(settings))
    try:
        result = run_screen(request, source=source, today=today())
    except CoverageError:
        _tell_data(source, gaps)  # why too little is there: what became of each request
        raise
    _tell_run(result, source, gaps)
    return result, settings


def _source(settings: Settings) -> MarketSource:
    return resolve_source(settings, today=today())


class _Observed:
    """A market source that remembers what it was asked and gave, for the lines on stderr."""

    def __init__(self, inner: MarketSource) -> None:
        self.name = inner.name
        self._inner = inner
        self.request: MarketRequest | None = None
        self.data: MarketData | None = None

    def newest_day(self) -> date | None:
        """Return what the source says."""
        return self._inner.newest_day()

    def fetch(self, request: MarketRequest) -> MarketData:
        """Return what the source gives."""
        self.request, self.data = request, self._inner.fetch(request)
        return self.data


def _tell_run(result: RunResult, source: _Observed, gaps: GapRows) -> None:
    facts = result.report.facts
    if facts.is_simulated:
        banner("SIMULATED: every market figure of this run is simulated; do not act on it.")
    if facts.source_note and not facts.source_note.startswith("SIMULATED"):  # the banner has said that
        note(facts.source_note)
    if facts.scenario:
        note(f"scenario: {facts.scenario_name} ({facts.scenario})")
    if facts.custom_weights:
        note(f"custom weights: {', '.join(facts.custom_weights)}")
    note(f"as of {facts.as_of}, source {facts.source_label}")
    if source.data is None:
        return
    note(coverage_line(panel_coverage(result.report.panel, source.data.outcomes), cost=source.data.cost))
    if gaps is GapRows.NONE:
        return
    if words := quality_line(result.report.findings):
        note(words)
    rows = pl.concat([result.report.gaps, finding_gaps(result.report.findings)])
    for line in gap_lines(rows, gaps, where=" in the report", width=stderr_width()):
        note(line)


def _tell_data(source: _Observed, gaps: GapRows) -> None:
    """Say what came when nothing could be ranked: there is no report to look into."""
    if source.data is None or source.request is None:
        return
    as_of = source.request.as_of
    if source.data.note:
        note(source.data.note)
    note(
        coverage_line(
            market_coverage(source.data, source.request.tickers, as_of=as_of), cost=source.data.cost
        )
    )
    for line in gap_lines(outcome_gaps(source.data.outcomes, as_of=as_of), gaps, width=stderr_width()):
        note(line)
