"""How far revenue and known funding of the labs cover what they pay to others."""

from __future__ import annotations

from typing import Any

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Heading, Phrase, paragraph, table
from reports.names import Names
from reports.texts import Texts

__all__ = ["CASES", "case_label", "coverage"]

CASES = ("with_assumptions", "ledger")


def case_label(case: str) -> str:
    """Return the label of a case: the ledger spread over years is an estimate, with assumptions inference."""
    return "estimate" if case == "ledger" else "inference"


def coverage(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the table of the labs, the one that pays most first; no lab with an account gives no block."""
    rows = data.lab_coverage.to_dicts()
    if not rows:
        return ()
    most: dict[str, float] = {}
    for row in rows:
        most[row["node"]] = max(row["commitments_bn_usd"] or 0.0, most.get(row["node"], 0.0))
    rows.sort(
        key=lambda row: (-most[row["node"]], row["node"], CASES.index(row["case"]), *_order(row["period"]))
    )
    names = Names(data)
    cells = [_cells(row, names.of(row["node"]), texts) for row in rows]
    made = table(texts.coverage_headers, cells, numeric=(3, 4, 5, 6, 7))
    sealed = dict.fromkeys(row["reason"] for row in rows if row["commitments_bn_usd"] is None)
    return (
        Heading(4, texts.coverage_heading),
        paragraph(
            texts.coverage_intro, *(Phrase(texts.coverage_sealed.format(reason=why)) for why in sealed)
        ),
        made,
    )


def _order(period: str) -> tuple[int, str]:
    """Return the mean of the window before its years."""
    return -len(period), period


def _cells(row: dict[str, Any], name: str, texts: Texts) -> tuple[str, ...]:
    return (
        name,
        texts.cases[row["case"]],
        row["period"],
        numbers.billions(row["revenue_bn_usd"]),
        numbers.billions(row["funding_bn_usd"]),
        numbers.billions(row["commitments_bn_usd"]),
        numbers.ratio(row["revenue_cover"]),
        numbers.ratio(row["total_cover"]),
        texts.labels[case_label(row["case"])],
    )
