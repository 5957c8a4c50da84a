"""Vendor finance of the telecom years beside today's."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Heading, Phrase, paragraph, table
from reports.names import Names, listing
from reports.texts import Texts

__all__ = ["vendors"]

NAMED = 2
# Today's list ends where a commitment is below a twentieth of revenue at most.
SHOWN_VENDORS = 6


def vendors(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the comparison, the lesson first; the telecom figures folded, secondary ones marked."""
    frame = data.vendor_finance
    then = frame.filter("is_history").sort("period", "vendor").to_dicts()
    now = frame.filter(~pl.col("is_history")).sort("committed_bn_usd", "vendor", descending=[True, False])
    if not then and now.is_empty():
        return ()
    names = Names(data)
    whole = [row for row in then if row["drawn_share"] is not None]
    shown = [*whole, *now.head(SHOWN_VENDORS).to_dicts()]
    made = table(texts.vendor_headers, [_cells(row, names, texts) for row in shown], numeric=(2, 3, 4, 5, 6))
    return (
        Heading(3, texts.vendor_heading),
        *_lead(whole, now.to_dicts(), names, texts),
        made,
        *_items(data, texts),
    )


def _lead(
    then: list[dict[str, Any]], now: list[dict[str, Any]], names: Names, texts: Texts
) -> tuple[Block, ...]:
    phrases: list[Phrase] = []
    if then:
        row = then[0]
        words = texts.vendor_lesson.format(
            day=row["period"],
            vendor=row["vendor"],
            committed=numbers.billions(row["committed_bn_usd"]),
            drawn=numbers.billions(row["drawn_bn_usd"]),
            factor=numbers.times(row["committed_bn_usd"] / row["drawn_bn_usd"]),
        )
        phrases.append(Phrase(words, sources=row["source"], label="fact"))
    shown = [
        texts.vendor_now_name.format(
            name=names.of(row["vendor"]),
            committed=numbers.billions(row["committed_bn_usd"]),
            drawn=numbers.billions(row["drawn_bn_usd"]),
            share=numbers.percent(row["drawn_share"]),
        )
        for row in now[:NAMED]
    ]
    if shown:
        words = texts.vendor_now.format(names=listing(shown, texts, most=NAMED))
        phrases.append(Phrase(words, label="estimate"))
    return (paragraph(*phrases),) if phrases else ()


def _cells(row: dict[str, Any], names: Names, texts: Texts) -> tuple[str | Phrase, ...]:
    words = [row["note"]] if row["is_history"] and row["note"] else []
    words += [texts.vendor_unknown.format(ids=row["unknown"])] if row["unknown"] else []
    words += [row["reason"]] if row["reason"] else []
    return (
        names.of(row["vendor"]),
        row["period"],
        Phrase(
            numbers.billions(row["committed_bn_usd"]), sources=row["source"] if row["is_history"] else None
        ),
        numbers.billions(row["drawn_bn_usd"]),
        numbers.percent(row["drawn_share"]),
        numbers.percent(row["committed_to_revenue"]),
        numbers.percent(row["drawn_to_revenue"]),
        "; ".join(words) or (row["note"] or numbers.DASH),
        texts.labels["fact" if row["is_history"] else "estimate"],
    )


def _items(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    rows = [
        (
            row["vendor"],
            row["measure"].replace("_", " "),
            (row["state"] or numbers.DASH).replace("_", " "),
            Phrase(
                texts.vendor_value.format(
                    value=f"{row['value']:g}",
                    unit=" ".join(part for part in (row["unit"], row["currency"]) if part),
                ),
                sources=row["source"],
            ),
            row["period"],
            row["note"] or numbers.DASH,
            texts.labels["fact"] if row["is_fact"] else texts.vendor_not_fact,
        )
        for row in data.yardstick.sort("item_id").iter_rows(named=True)
    ]
    if not rows:
        return ()
    made = table(texts.vendor_item_headers, rows, numeric=(3,))
    return (Folded(texts.vendor_items.format(count=len(rows)), (made,)),)
