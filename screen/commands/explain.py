"""``screen explain``: why a company ranks where it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from exposures.load import load_theme
from reports.data import ReportData
from reports.explain import explanation
from screen.calendar import parse_date
from screen.commands.company import company_ticker
from screen.commands.fitted import emit_blocks
from screen.commands.session import run_from_flags, today
from screen.console import emit_json
from screen.settings import load_settings

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
    day = parse_date(as_of) if as_of else today()
    exposure_map = load_theme(load_settings(flags).settings.theme, as_of=day)
    match = company_ticker(ticker, exposure_map.companies, theme=exposure_map.theme.name)
    result, _ = run_from_flags(flags, as_of=as_of, scenario=scenario, weights=weights)
    data = result.report
    blocks = explanation(data, match).blocks
    if as_json:
        facts = data.facts
        meta = {"as_of": facts.as_of, "run_id": facts.run_id, "scenario": facts.scenario}
        emit_json(_record(data, match), meta)
    else:
        emit_blocks(blocks)
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
        "depreciation_wall": data.wall,
        "incremental_returns": data.returns,
        "backlog": data.backlog,
        "gaps": data.gaps,
        "findings": data.findings,
    }
    return {name: frame.filter(pl.col("ticker") == ticker).to_dicts() for name, frame in frames.items()}
