"""Payers: what capital spending returns, what shorter lives would cost, and which figures were replaced."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.figure_words import metric_words
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Bullets, Folded, Heading, Phrase, paragraph, table
from reports.names import Names, listing
from reports.sections import returns, wall
from reports.texts import Texts

__all__ = ["build"]

SCREEN = "payers"
GROUP = "group"
RATIOS = (
    "operating_income_per_capex", "capex_to_revenue", "capex_to_ocf", "fcf_margin", "debt_to_equity",
    "rpo_bn_usd", "rpo_cover", "lab_share_of_rpo",
)  # fmt: skip


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the section of the payers."""
    return (
        Heading(2, texts.payers_heading),
        *_efficiency(data, texts),
        *returns.returns(data, texts),
        *wall.build(data, texts),
        *returns.backlog(data, texts),
        *_replaced(data, texts),
    )


def _efficiency(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    names = Names(data)
    rows = _ordered(data)
    known = [row for row in rows if any(row[ratio] is not None for ratio in RATIOS)]
    unknown = [row for row in rows if row not in known]
    blocks: list[Block] = []
    if known:
        newest = _newest(known)
        older = [row for row in known if row not in newest]
        blocks.extend((paragraph(*_lead(newest, names, texts)), _ratios(newest, names, texts)))
        if older:
            summary = texts.payers_older.format(count=len(older))
            blocks.append(Folded(summary, (_ratios(older, names, texts),)))
    else:
        blocks.append(paragraph(texts.payers_none))
    proxies = _caveats([row for row in known if row["perimeter"] != GROUP], names, texts)
    others = _caveats([row for row in known if row["perimeter"] == GROUP], names, texts)
    if proxies.items:
        blocks.extend((paragraph(texts.caveats), proxies))
    if others.items:
        blocks.append(Folded(texts.caveats_rest, (others,)))
    if unknown:
        missing = [
            (names.of(row["ticker"]), row["perimeter"], row["reason"] or numbers.DASH) for row in unknown
        ]
        made = table(texts.payers_missing_headers, missing)
        blocks.append(Folded(texts.payers_missing.format(count=len(missing)), (made,)))
    return tuple(blocks)


def _newest(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first row of each perimeter: the newest."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        first.setdefault((row["ticker"], row["perimeter"]), row)
    return list(first.values())


def _lead(rows: list[dict[str, Any]], names: Names, texts: Texts) -> list[Phrase]:
    """Say whose capital spending exceeds operating cash flow, and how much of it the others spend."""
    groups = [row for row in rows if row["perimeter"] == GROUP and row["capex_to_ocf"] is not None]
    phrases = []
    for words, found in (
        (texts.payers_over, [row for row in groups if row["capex_to_ocf"] > 1]),
        (texts.payers_under, [row for row in groups if row["capex_to_ocf"] <= 1]),
    ):
        ordered = sorted(found, key=lambda row: (-row["capex_to_ocf"], row["ticker"]))
        said = [
            texts.payers_share.format(
                name=names.of(row["ticker"]), share=numbers.percent(row["capex_to_ocf"]), period=row["period"]
            )
            for row in ordered
        ]
        if said:
            phrases.append(Phrase(words.format(names=listing(said, texts, most=len(said))), label="fact"))
    return [*phrases, Phrase(texts.payers_intro)]


def _ratios(rows: list[dict[str, Any]], names: Names, texts: Texts) -> Block:
    cells = [_cells(row, names.of(row["ticker"])) for row in rows]
    return table(texts.payers_headers, cells, label="fact", numeric=range(3, 11))


def _ordered(data: ReportData) -> list[dict[str, Any]]:
    """Return the rows in the order of the payers screen; of one name the group before its parts."""
    ranked = data.rows.filter(pl.col("screen") == SCREEN).select("ticker", "rank")
    frame = data.efficiency.join(ranked, on="ticker", how="left").with_columns(
        is_part=pl.col("perimeter") != GROUP
    )
    return frame.sort(
        "rank",
        "ticker",
        "is_part",
        "perimeter",
        "period",
        descending=[False, False, False, False, True],
        nulls_last=True,
    ).to_dicts()


def _caveats(rows: list[dict[str, Any]], names: Names, texts: Texts) -> Bullets:
    said: dict[str, None] = {}
    for row in rows:
        words = "; ".join(part for part in (row["caveat"], row["reason"]) if part)
        if words:
            name, perimeter, period = names.of(row["ticker"]), row["perimeter"], row["period"]
            said[texts.caveat.format(name=name, perimeter=perimeter, period=period, caveat=words)] = None
    return Bullets(tuple(paragraph(line) for line in said))


def _cells(row: dict[str, Any], name: str) -> tuple[str | Phrase, ...]:
    def kind(column: str, words: str, label: str) -> str | Phrase:
        return words if row[column] is None else Phrase(words, label=label)

    ratio = numbers.ratio(row["operating_income_per_capex"])
    is_proxy = row["perimeter"] != GROUP and row["capex_to_revenue"] is None
    return (
        name,
        Phrase(row["perimeter"], sources=row["source"]),
        row["period"],
        kind("operating_income_per_capex", ratio, "inference") if is_proxy else ratio,
        numbers.percent(row["capex_to_revenue"]),
        numbers.percent(row["capex_to_ocf"]),
        numbers.signed_percent(row["fcf_margin"]),
        numbers.percent(row["debt_to_equity"]),
        numbers.billions(row["rpo_bn_usd"]),
        kind("rpo_cover", numbers.ratio(row["rpo_cover"]), "estimate"),
        kind("lab_share_of_rpo", numbers.percent(row["lab_share_of_rpo"]), "estimate"),
    )


def _replaced(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    by_id = {row["figure_id"]: row for row in data.figures.iter_rows(named=True)}
    rows = [
        (
            old["subject"],
            metric_words(old["metric"]),
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
