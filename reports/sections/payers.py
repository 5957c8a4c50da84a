"""Payers: what capital spending returns, what shorter lives would cost, and which figures were replaced."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Bullets, Folded, Heading, Phrase, paragraph, table
from reports.names import Names
from reports.texts import Texts

__all__ = ["build"]


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the section of the payers."""
    return (
        Heading(2, texts.payers_heading),
        *_efficiency(data, texts),
        *_depreciation(data, texts),
        *_replaced(data, texts),
    )


def _efficiency(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    frame = data.efficiency.sort("ticker", "perimeter", "period")
    rows = [_cells(row, names.of(row["ticker"])) for row in frame.iter_rows(named=True)]
    if not rows:
        return (paragraph(texts.payers_none),)
    caveats = [
        paragraph(texts.caveat.format(name=names.of(row["ticker"]), perimeter=row["perimeter"], caveat=words))
        for row in frame.iter_rows(named=True)
        if (words := " ".join(part for part in (row["caveat"], row["reason"]) if part))
    ]
    made = table(texts.payers_headers, rows, label="fact", numeric=range(3, 11))
    return (made, paragraph(texts.caveats), Bullets(tuple(caveats))) if caveats else (made,)


def _cells(row: dict[str, Any], name: str) -> tuple[str | Phrase, ...]:
    lab = numbers.percent(row["lab_share_of_rpo"])
    return (
        name,
        Phrase(row["perimeter"], sources=row["source"]),
        row["period"],
        numbers.ratio(row["operating_income_per_capex"]),
        numbers.percent(row["capex_to_revenue"]),
        numbers.percent(row["capex_to_ocf"]),
        numbers.signed_percent(row["fcf_margin"]),
        numbers.percent(row["debt_to_equity"]),
        numbers.billions(row["rpo_bn_usd"]),
        numbers.ratio(row["rpo_cover"]),
        lab if row["lab_share_of_rpo"] is None else Phrase(lab, label="estimate"),
    )


def _depreciation(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    heading = Heading(3, texts.depreciation_heading)
    known = data.depreciation.filter(pl.col("depreciation_bn_usd").is_not_null())
    if known.is_empty():
        return (heading, paragraph(texts.depreciation_none))
    names = Names(data)
    lives = known.get_column("life_years").unique().sort().to_list()
    rows: list[tuple[str | Phrase, ...]] = []
    for (ticker,), group in known.sort("ticker", "life_years").group_by("ticker", maintain_order=True):
        by_life = {row["life_years"]: row for row in group.iter_rows(named=True)}
        first = group.row(0, named=True)
        sources = "; ".join(group.get_column("source").unique(maintain_order=True))
        stated = first["book_life_years"]
        rows.append(
            (
                Phrase(names.of(str(ticker)), sources=sources),
                numbers.DASH if stated is None else f"{stated:g}",
                *(_life_cell(by_life.get(life), texts) for life in lives),
            )
        )
    headers = (*texts.depreciation_headers, *(texts.depreciation_life.format(years=life) for life in lives))
    made = table(headers, rows, label="estimate", numeric=range(1, len(headers)))
    return (heading, paragraph(texts.depreciation_intro), made)


def _life_cell(row: dict[str, Any] | None, texts: Texts) -> str:
    if row is None:
        return numbers.DASH
    amount = numbers.billions(row["depreciation_bn_usd"])
    if row["change_to_operating_income"] is None:
        return amount
    change = numbers.signed_percent(row["change_to_operating_income"])
    return texts.depreciation_cell.format(amount=amount, change=change)


def _replaced(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    by_id = {row["figure_id"]: row for row in data.figures.iter_rows(named=True)}
    rows = [
        (
            old["subject"],
            old["metric"].replace("_", " "),
            _figure(old, texts),
            _figure(by_id[old["superseded_by"]], texts),
            texts.labels["fact"],
        )
        for old in by_id.values()
        if old["superseded_by"] in by_id
    ]
    if not rows:
        return ()
    made = table(texts.replaced_headers, rows)
    return (Folded(texts.replaced_summary.format(count=len(rows)), (made,)),)


def _figure(row: dict[str, Any], texts: Texts) -> Phrase:
    if row["value"] is not None:
        value = f"{row['value']:g}"
    elif row["low"] is not None or row["high"] is not None:
        ends = (numbers.DASH if end is None else f"{end:g}" for end in (row["low"], row["high"]))
        value = numbers.interval(*ends)
    else:
        value = row["text"] or numbers.DASH
    unit = " ".join(part for part in (value, row["unit"], row["currency"]) if part)
    shown = texts.figure.format(value=unit, period=row["period"] or numbers.day(row["known_at"]))
    return Phrase(shown, sources=row["source"])
