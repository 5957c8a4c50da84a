"""Reports: the weekly ranking in words, from data that `screen` fills in.

Importing the package loads no data library; each name loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.check import check_report
    from reports.data import FINDINGS, GAPS, REPORT_TABLES, ROWS, ReportData, RunFacts, ScreenView
    from reports.explain import Explanation, explanation
    from reports.headline import Headline, headlines
    from reports.loops import LoopRow, loop_rows, loop_table
    from reports.markdown import render_markdown
    from reports.texts import ENGLISH, Texts

__all__ = [
    "ENGLISH",
    "FINDINGS",
    "GAPS",
    "REPORT_TABLES",
    "ROWS",
    "Explanation",
    "Headline",
    "LoopRow",
    "ReportData",
    "RunFacts",
    "ScreenView",
    "Texts",
    "check_report",
    "explanation",
    "headlines",
    "loop_rows",
    "loop_table",
    "render_markdown",
]

_MODULES = {
    "check_report": "reports.check",
    "FINDINGS": "reports.data",
    "GAPS": "reports.data",
    "REPORT_TABLES": "reports.data",
    "ROWS": "reports.data",
    "ReportData": "reports.data",
    "RunFacts": "reports.data",
    "ScreenView": "reports.data",
    "Explanation": "reports.explain",
    "explanation": "reports.explain",
    "Headline": "reports.headline",
    "headlines": "reports.headline",
    "LoopRow": "reports.loops",
    "loop_rows": "reports.loops",
    "loop_table": "reports.loops",
    "render_markdown": "reports.markdown",
    "ENGLISH": "reports.texts",
    "Texts": "reports.texts",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'reports' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
