"""The depreciation wall, and the hidden charge of shorter lives of servers."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.life_changes import CAVEAT
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Bullets, Folded, Heading, Phrase, paragraph, table, table_with_rest
from reports.names import Names, listing
from reports.texts import Texts

__all__ = ["build"]

AHEAD = (4, 8, 12)
LAST = 12
# Rows that are shown; the rest is folded. The six clouds and the largest neocloud fit.
SHOWN = 7
# Names after the first in the lead sentence, and in a row of missing ones.
NAMED, NAMED_MISSING = 4, 8


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the wall with its basis, then the depreciation at each life."""
    return (
        Heading(3, texts.wall_heading),
        *_wall(data, texts),
        Heading(3, texts.depreciation_heading),
        *_depreciation(data, texts),
        *_life_changes(data, texts),
    )


def _wall(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    known = data.wall.filter(pl.col("depreciation_bn_usd").is_not_null())
    cells = {
        (str(row["ticker"]), str(row["case"]), int(row["quarter_ahead"])): row
        for row in known.iter_rows(named=True)
    }
    last = known.filter((pl.col("case") == "base") & (pl.col("quarter_ahead") == LAST))
    tickers = last.sort("wall_share", "ticker", descending=[True, False], nulls_last=True)["ticker"].to_list()
    missing = _missing(data, names, texts)
    if not tickers:
        return (paragraph(texts.wall_none), *missing)
    rows = [_row(ticker, cells, names, texts) for ticker in tickers]
    basis = [
        paragraph(texts.wall_basis_line.format(name=names.of(t), caveat=cells[t, "base", 0]["caveat"]))
        for t in tickers
    ]
    return (
        *_lead(tickers, cells, names, texts),
        *table_with_rest(texts.wall_headers, rows, top=SHOWN, summary=texts.rest_rows, numeric=range(1, 7)),
        paragraph(texts.wall_note),
        Folded(texts.wall_basis, (Bullets(tuple(basis)),)),
        *missing,
    )


def _lead(
    tickers: list[str], cells: dict[tuple[str, str, int], dict[str, Any]], names: Names, texts: Texts
) -> tuple[Block, ...]:
    shared = [t for t in tickers if cells[t, "base", LAST]["wall_share"] is not None]
    if not shared:
        return ()
    first, *others = shared
    low, base, high = (cells[first, case, LAST] for case in ("low", "base", "high"))
    lead = texts.wall_lead.format(
        end=numbers.day(base["period_end"]),
        name=names.of(first),
        extra=numbers.billions(base["wall_bn_usd"]),
        share=numbers.percent(base["wall_share"]),
        low=numbers.percent(low["wall_share"]),
        high=numbers.percent(high["wall_share"]),
    )
    said = [Phrase(lead, label=base["kind"])]
    if others:
        shares = [
            texts.wall_other.format(
                name=names.of(t), share=numbers.percent(cells[t, "base", LAST]["wall_share"])
            )
            for t in others
        ]
        said.append(Phrase(texts.wall_others.format(names=listing(shares, texts, most=NAMED))))
    return (paragraph(*said, Phrase(texts.wall_reading)),)


def _row(
    ticker: str, cells: dict[tuple[str, str, int], dict[str, Any]], names: Names, texts: Texts
) -> tuple[str | Phrase, ...]:
    now, last = cells[ticker, "base", 0], cells[ticker, "base", LAST]
    low, high = (cells[ticker, case, LAST]["wall_share"] for case in ("low", "high"))
    label = texts.labels[last["kind"]]
    if last["wall_share"] is None:
        label = texts.wall_no_share.format(reason=last["reason"])
    return (
        Phrase(names.of(ticker), sources=last["source"]),
        numbers.billions(now["depreciation_bn_usd"]),
        *(numbers.signed_percent(cells[ticker, "base", ahead]["wall_share"]) for ahead in AHEAD),
        numbers.interval(numbers.signed_percent(low), numbers.signed_percent(high)),
        numbers.billions(last["revenue_needed_bn_usd"]),
        label,
    )


def _missing(data: ReportData, names: Names, texts: Texts) -> tuple[Block, ...]:
    """Payers without a wall, those with one reason in one row."""
    without = data.wall.filter(pl.col("depreciation_bn_usd").is_null() & (pl.col("quarter_ahead") == 0))
    if without.is_empty():
        return ()
    by_reason: dict[str, list[str]] = {}
    for row in without.sort("ticker").iter_rows(named=True):
        by_reason.setdefault(str(row["reason"]), []).append(names.of(row["ticker"]))
    rows = [(listing(found, texts, most=len(found)), reason) for reason, found in by_reason.items()]
    made = table(texts.wall_missing_headers, rows)
    return (Folded(texts.wall_missing.format(count=without.height), (made,)),)


def _depreciation(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    known = data.depreciation.filter(pl.col("depreciation_bn_usd").is_not_null())
    if known.is_empty():
        return (paragraph(texts.depreciation_none),)
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
    shown = table_with_rest(
        headers, rows, top=SHOWN, summary=texts.rest_rows, label="estimate", numeric=range(1, len(headers))
    )
    return (paragraph(texts.depreciation_intro), *shown)


def _life_cell(row: dict[str, Any] | None, texts: Texts) -> str:
    if row is None:
        return numbers.DASH
    amount = numbers.billions(row["depreciation_bn_usd"])
    if row["change_to_operating_income"] is None:
        return amount
    change = numbers.signed_percent(row["change_to_operating_income"])
    return texts.depreciation_cell.format(amount=amount, change=change)


def _life_changes(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    if data.life_changes.is_empty():
        return ()
    names = Names(data)
    ordered = data.life_changes.sort("effective", "ticker", descending=[True, False])
    rows = [
        (
            Phrase(names.of(row["ticker"]), sources=row["source"]),
            numbers.day(row["effective"]),
            texts.life_change.format(old=row["old_life_years"], new=row["new_life_years"]),
            numbers.signed_billions(row["effect_bn_usd"]),
            numbers.signed_billions(row["stated_effect_bn_usd"]),
            _same(row["is_same_direction"], texts),
            row["reason"] or (row["caveat"] or "").removeprefix(CAVEAT).removeprefix("; "),
        )
        for row in ordered.iter_rows(named=True)
    ]
    made = table(texts.life_changes_headers, rows, label="estimate", numeric=(3, 4))
    summary = texts.life_changes_summary.format(count=len(rows))
    return (Folded(summary, (paragraph(texts.life_changes_note), made)),)


def _same(is_same: bool | None, texts: Texts) -> str:
    if is_same is None:
        return numbers.DASH
    return texts.yes if is_same else texts.no
