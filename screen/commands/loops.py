"""``screen loops``: the loops of capital."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.document import paragraph
from reports.loops import loop_table
from reports.sections.loop_network import network_blocks
from reports.texts import ENGLISH
from screen.commands.fitted import emit_blocks
from screen.commands.session import run_from_flags
from screen.console import emit_json

__all__ = ["loops_command"]


def loops_command(flags: Mapping[str, Any], *, as_of: str | None, scenario: str | None, as_json: bool) -> int:
    """Run the screen and print its loops, chance, what is owed and the years; return the exit code."""
    result, _ = run_from_flags(flags, as_of=as_of, scenario=scenario)
    data = result.report
    if as_json:
        body = {
            "loops": data.loops.to_dicts(),
            "loop_null": data.loop_null.to_dicts(),
            "attribution": data.attribution.to_dicts(),
            "year_flows": data.year_flows.to_dicts(),
        }
        facts = data.facts
        meta = {"as_of": facts.as_of, "window": facts.loop_window, "run_id": facts.run_id}
        emit_json(body, meta | {"scenario": facts.scenario})
    else:
        made = loop_table(data)
        loops = made if made.rows else paragraph(ENGLISH.loop_none)
        emit_blocks((loops, *network_blocks(data, ENGLISH)))
    return result.exit_code
