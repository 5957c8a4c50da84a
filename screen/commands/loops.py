"""``screen loops``: the loops of capital."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.loops import loop_lines
from screen.commands.session import run_from_flags
from screen.console import emit_json, emit_lines

__all__ = ["loops_command"]


def loops_command(flags: Mapping[str, Any], *, as_of: str | None, scenario: str | None, as_json: bool) -> int:
    """Run the screen and print its loops; return the exit code."""
    result, _ = run_from_flags(flags, as_of=as_of, scenario=scenario)
    data = result.report
    if as_json:
        body = {"loops": data.loops.to_dicts(), "attribution": data.attribution.to_dicts()}
        emit_json(
            body, {"as_of": data.facts.as_of, "window": data.facts.loop_window, "run_id": data.facts.run_id}
        )
    else:
        emit_lines(loop_lines(data))
    return result.exit_code
