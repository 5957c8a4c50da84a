"""What every command that runs a screen shares: settings, source, request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from screen.calendar import parse_date
from screen.console import banner, note, progress_bar
from screen.market.auto import resolve_source
from screen.run import RunRequest, RunResult, run_screen
from screen.settings import Settings, load_settings
from screen.weights import parse_weights

__all__ = ["run_from_flags", "today"]


def today() -> date:
    """Return the date of the clock in UTC; the only place where a command reads it."""
    return datetime.now(tz=UTC).date()


def run_from_flags(
    flags: Mapping[str, Any], *, as_of: str | None, scenario: str | None, weights: Sequence[str] = ()
) -> tuple[RunResult, Settings]:
    """Resolve settings and source, run the screen, and say on stderr what the reader must know."""
    settings = load_settings(flags).settings
    request = RunRequest(
        theme=settings.theme,
        as_of=parse_date(as_of) if as_of else None,
        scenario=scenario,
        weights=parse_weights(weights),
        top=settings.top,
        seed=settings.seed,
        draws=settings.draws,
        min_coverage=settings.min_coverage,
        progress=progress_bar(),
    )
    source = resolve_source(settings.source, market_dir=settings.market_dir, cache_dir=settings.cache_dir)
    result = run_screen(request, source=source, today=today())
    facts = result.report.facts
    if facts.is_simulated:
        banner("SIMULATED: every market figure of this run is simulated; do not act on it.")
    if facts.source_note and not facts.source_note.startswith("SIMULATED"):  # the banner has said that
        note(facts.source_note)
    if facts.scenario:
        note(f"scenario: {facts.scenario_name} ({facts.scenario})")
    if facts.custom_weights:
        note(f"custom weights: {', '.join(facts.custom_weights)}")
    note(f"as of {facts.as_of}, source {facts.source_label}: {facts.coverage_line}")
    return result, settings
