"""``screen explain``: why a company ranks where it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from reports.data import ReportData
from reports.explain import explain_lines
from screen.commands.session import run_from_flags
from screen.console import emit_json, emit_lines

__all__ = ["explain_command"]


def explain_command(
    ticker: str,
    flags: Mapping[str, Any],
    *,
    as_of: str | None,
    scenario: str | None,
    weights: Sequence[str],
    as_json: bool,
) -> int:
    """Run the screen and print one company's explanation; return the exit code."""
    result, _ = run_from_flags(flags, as_of=as_of, scenario=scenario, weights=weights)
    data = result.report
    by_upper = {name.upper(): name for name in data.memberships.get_column("ticker").unique()}
    match = by_upper.get(ticker.upper(), ticker)
    lines = explain_lines(data, match)  # an unknown ticker raises here, with a suggestion
    if as_json:
        emit_json(_record(data, match), {"as_of": data.facts.as_of, "run_id": data.facts.run_id})
    else:
        emit_lines(lines)
    return result.exit_code


def _record(data: ReportData, ticker: str) -> dict[str, Any]:
    """Every row about one company, frame by frame."""
    frames = {
        "ranks": data.rows,
        "contributions": data.contributions,
        "memberships": data.memberships,
        "panel": data.panel,
        "evidence": data.evidence,
        "decomposition": data.decomposition,
        "warranted": data.warranted,
        "forecast": data.forecast,
        "revenue_at_risk": data.revenue_at_risk,
        "efficiency": data.efficiency,
        "gaps": data.gaps,
    }
    return {name: frame.filter(pl.col("ticker") == ticker).to_dicts() for name, frame in frames.items()}
