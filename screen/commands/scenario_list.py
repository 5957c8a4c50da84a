"""``screen scenario list``: what there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exposures.load import load_theme
from exposures.own_scenarios import with_own_scenarios
from reports.scenario_words import ScenarioNames, change_list, changes
from reports.texts import ENGLISH
from screen.commands.session import today
from screen.console import emit_json, emit_table
from screen.run import refuse_faults
from screen.settings import load_settings

__all__ = ["list_command"]


def list_command(flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Print key, name, changes and source of every scenario; return the exit code."""
    settings = load_settings(flags).settings
    refuse_faults(settings.theme, as_of=today())
    theme = load_theme(settings.theme, as_of=today())
    own = settings.scenario_file
    loaded = with_own_scenarios(theme, own) if own else theme
    names = ScenarioNames.of(loaded.memberships)
    theirs = {entry.key for entry in theme.scenarios}
    if as_json:
        rows = [
            entry.model_dump(exclude_defaults=True)
            | {
                "changes": change_list(entry, names, ENGLISH),
                "file": None if entry.key in theirs else own,
            }
            for entry in loaded.scenarios
        ]
        emit_json(rows, {"theme": theme.theme.name, "scenario_file": own})
        return 0
    emit_table(
        f"Scenarios of {theme.theme.name}",
        ("key", "name", "changes", "source"),
        [
            (
                entry.key,
                entry.name,
                changes(entry, names, ENGLISH),
                entry.source if entry.key in theirs else f"{own}: {entry.source}",
            )
            for entry in loaded.scenarios
        ],
        caption="screen scenario run KEY compares the ranking; KEY+KEY applies several together",
    )
    return 0
