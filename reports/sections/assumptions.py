"""Assumptions: our own numbers, with their reasoning."""

from __future__ import annotations

from typing import Any

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Heading, paragraph, table_with_rest
from reports.names import Names
from reports.texts import Texts

__all__ = ["build"]

SHOWN_ASSUMPTIONS = 8


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return every assumption, the first ones open."""
    heading = Heading(2, texts.assumptions_heading)
    names = Names(data)
    rows = [_cells(row, names, texts) for row in data.assumptions.sort("assumption_id").iter_rows(named=True)]
    if not rows:
        return (heading, paragraph(texts.assumptions_none))
    made = table_with_rest(
        texts.assumptions_headers,
        rows,
        top=SHOWN_ASSUMPTIONS,
        summary=texts.assumptions_rest,
        label="inference",
        numeric=(4,),
    )
    return (heading, paragraph(texts.assumptions_intro), *made)


def _cells(row: dict[str, Any], names: Names, texts: Texts) -> tuple[str, ...]:
    is_flow = row["payer"] is not None or row["payee"] is not None
    term = numbers.DASH
    if row["term_start"] is not None or row["term_end"] is not None:
        term = texts.term.format(start=numbers.day(row["term_start"]), end=numbers.day(row["term_end"]))
    return (
        row["assumption_id"],
        row["deal_id"] or numbers.DASH,
        f"{names.of(row['payer'])} → {names.of(row['payee'])}" if is_flow else numbers.DASH,
        row["field"],
        " ".join(part for part in (_amount(row, texts), row["currency"]) if part),
        term,
        row["reasoning"],
    )


def _amount(row: dict[str, Any], texts: Texts) -> str:
    """Return low / base / high in bn; of a ramp the share on its first day, of a notice its days."""
    if row["field"] == "ramp":
        return texts.assumed_ramp.format(share=numbers.percent(row["base"]))
    if row["field"] == "notice":
        return texts.assumed_notice.format(days=numbers.count(row["base"]))
    if all(row[end] is None for end in ("low", "base", "high")):
        return numbers.DASH
    low, base, high = (numbers.billions(row[end]) for end in ("low", "base", "high"))
    return texts.low_base_high.format(low=low, base=base, high=high)
