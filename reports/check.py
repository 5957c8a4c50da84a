"""The one check of a report's frames, at the crossing from `screen`."""

from __future__ import annotations

from exposures import tables as theme
from exposures.errors import TableError
from models import tables as models
from reports.data import FINDINGS, GAPS, MONTHLY, ROWS, ReportData

__all__ = ["REPORT_FRAMES", "check_report"]

REPORT_FRAMES = {
    "rows": ROWS,
    "contributions": models.CONTRIBUTIONS,
    "panel": models.PANEL,
    "memberships": theme.MEMBERSHIPS,
    "evidence": models.EVIDENCE,
    "decomposition": models.DECOMPOSITION,
    "warranted": models.WARRANTED,
    "forecast": models.FORECAST,
    "nodes": theme.NODES,
    "flows": models.FLOWS,
    "year_flows": models.YEAR_FLOWS,
    "accounts": models.NODE_ACCOUNTS,
    "attribution": models.ATTRIBUTION,
    "loops": models.LOOPS,
    "loop_null": models.LOOP_NULL,
    "groups": theme.GROUPS,
    "revenue_at_risk": models.REVENUE_AT_RISK,
    "efficiency": models.EFFICIENCY,
    "depreciation": models.DEPRECIATION,
    "figures": theme.FIGURES,
    "assumptions": theme.ASSUMPTIONS,
    "statements": theme.STATEMENTS,
    "watch": theme.WATCH,
    "events": theme.EVENTS,
    "sources": theme.SOURCES,
    "gaps": GAPS,
    "findings": FINDINGS,
    "monthly": MONTHLY,
    "claims": models.CLAIM_VERDICTS,
    "agreement": models.TIER_AGREEMENT,
    "dispersion": models.MARGIN_DISPERSION,
    "divergence": models.DIVERGENCE,
    "loop_uncertainty": models.LOOP_UNCERTAINTY,
    "clearing": models.CLEARING_RESULTS,
    "triggered": models.TRIGGERED_CLAIMS,
    "equity_at_risk": models.EQUITY_AT_RISK,
    "lab_coverage": models.LAB_COVERAGE,
    "vendor_finance": models.VENDOR_FINANCE,
    "yardstick": theme.YARDSTICK,
    "panel_fit": models.PANEL_FIT,
    "scenario_moves": models.SCENARIO_MOVES,
    "scenario_drivers": models.SCENARIO_DRIVERS,
    "pass_through": models.PASS_THROUGH,
    "working_capital": models.WORKING_CAPITAL,
}
"""Field of `ReportData` -> the table it must match."""


def check_report(data: ReportData) -> None:
    """Raise one `TableError` with the faults of every frame that does not match its declared table."""
    faults = [
        f"{field} ({table.name}): {fault}"
        for field, table in REPORT_FRAMES.items()
        for fault in table.faults(getattr(data, field))
    ]
    if faults:
        raise TableError(f"report data: {'; '.join(faults)}.", fix="See docs/tables.md.")
