"""The research notes' claims, each with its verdict and figures."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.claims.outcome import NOT_SUPPORTED, NOT_TESTABLE, SUPPORTED
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Heading, Paragraph, Phrase, paragraph, table
from reports.texts import Texts

__all__ = ["build"]


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the section of the claims: the tested ones as a table, the others folded with the reason."""
    heading = Heading(2, texts.claims_heading)
    if data.claims.is_empty():
        return heading, paragraph(texts.claims_none)
    claims = data.claims.sort("claim_id")
    tested, waiting = claims.filter(pl.col("verdict") != NOT_TESTABLE), claims.filter(verdict=NOT_TESTABLE)
    blocks: list[Block] = [heading, _intro(data, texts)]
    if tested.height:
        cells = [_tested(row, texts) for row in tested.iter_rows(named=True)]
        blocks += [table(texts.claims_headers, cells), paragraph(texts.claims_how), _cited(tested, texts)]
    if waiting.height:
        rows = [_waiting(row) for row in waiting.iter_rows(named=True)]
        made = table(texts.claims_open_headers, rows)
        blocks.append(Folded(texts.claims_open.format(count=waiting.height), (made,)))
    return tuple(blocks)


def _intro(data: ReportData, texts: Texts) -> Paragraph:
    counts = dict(data.claims.group_by("verdict").len().iter_rows())
    words = texts.claims_intro.format(
        count=data.claims.height,
        supported=counts.get(SUPPORTED, 0),
        against=counts.get(NOT_SUPPORTED, 0),
        open=counts.get(NOT_TESTABLE, 0),
    )
    if data.facts.is_simulated:
        return paragraph(Phrase(words), Phrase(texts.claims_intro_simulated, is_strong=True))
    return paragraph(Phrase(words, label="inference"))


def _tested(row: dict[str, Any], texts: Texts) -> tuple[str | Phrase, ...]:
    p = numbers.DASH
    if row["p_value"] is not None:
        power = numbers.percent(row["power"])
        p = texts.claims_p.format(p=numbers.percent(row["p_value"]), power=power)
    return (
        row["claim"],
        Phrase("", sources=row["seed"]),
        texts.claims_verdicts[row["verdict"]],
        row["figures"],
        p,
        numbers.day(row["tested_on"]),
        texts.labels[row["kind"]],
    )


def _cited(tested: pl.DataFrame, texts: Texts) -> Folded:
    """Return the sources apart: a claim over a dozen companies has two dozen of them."""
    rows = [
        (row["claim"], Phrase("", sources=row["source"]), texts.labels[row["kind"]])
        for row in tested.iter_rows(named=True)
    ]
    made = table(texts.claims_source_headers, rows)
    return Folded(texts.claims_sources.format(count=len(rows)), (made,))


def _waiting(row: dict[str, Any]) -> tuple[str | Phrase, ...]:
    return row["claim"], Phrase("", sources=row["seed"]), row["metric"], row["figures"]
