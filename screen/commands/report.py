"""``screen report``: print a stored report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exposures.load import load_theme
from exposures.own_scenarios import with_own_scenarios
from screen.calendar import parse_date
from screen.commands.session import today
from screen.console import emit_json, emit_lines, note
from screen.settings import load_settings
from screen.store import read_report

__all__ = ["report_command"]


def report_command(
    flags: Mapping[str, Any], *, as_of: str | None, scenario: str | None, as_json: bool
) -> int:
    """Print the report of a week from disk; nothing is computed or fetched."""
    settings = load_settings(flags).settings
    day = parse_date(as_of).isoformat() if as_of else None
    exposure_map = load_theme(settings.theme, as_of=today())  # unknown names raise, with a suggestion
    if own := settings.scenario_file:
        exposure_map = with_own_scenarios(exposure_map, own)
    key = exposure_map.scenario(scenario).key if scenario else None
    path, text = read_report(settings.out, exposure_map.theme.name, day, scenario=key)
    if as_json:
        emit_json({"markdown": text}, {"path": path, "scenario": key})
        return 0
    note(f"report {path}")
    emit_lines(text.splitlines())
    return 0
