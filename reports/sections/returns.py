"""What the last year's spending brought, and the backlog that is to pay for it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from models.incremental_returns import TAX_RATE
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Bullets, Folded, Heading, Phrase, paragraph, table, table_with_rest
from reports.names import Names, listing
from reports.texts import Texts

__all__ = ["backlog", "returns"]

YEAR_DAYS, SLACK_DAYS = 365, 35
NAMED = 5
# Rows that are shown; the rest is folded. The six clouds and the largest neocloud fit.
SHOWN = 7
LABEL = "estimate"
"""Label of the backlog table; cells of another kind carry their own."""


def returns(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the incremental returns, newest four quarters beside those of a year earlier."""
    heading, names = Heading(3, texts.returns_heading), Names(data)
    shown = pl.col("incremental_return").is_not_null() | pl.col("self_funding").is_not_null()
    known = data.returns.filter(pl.col("period_end").is_not_null() & shown)
    if known.is_empty():
        return (heading, paragraph(texts.returns_none))
    pairs = [_pair(group) for _, group in known.sort("ticker").group_by("ticker", maintain_order=True)]
    pairs.sort(key=lambda pair: -(pair[0]["self_funding"] or 0.0))
    rows = [_return_row(now, before, names, texts) for now, before in pairs]
    history = known.sort("ticker", "period_end", descending=[False, True])
    cells = [_history_row(row, names) for row in history.iter_rows(named=True)]
    made = table(texts.returns_history_headers, cells, label="estimate", numeric=range(2, 6))
    return (
        heading,
        *_returns_lead(pairs, names, texts),
        *table_with_rest(
            texts.returns_headers, rows, top=SHOWN, summary=texts.rest_rows, numeric=range(2, 9)
        ),
        paragraph(texts.returns_note.format(tax=f"{TAX_RATE:.0%}")),
        Folded(texts.returns_history, (made,)),
    )


def _pair(group: pl.DataFrame) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The newest row of a payer and the one of a year before, if there is one."""
    rows = group.sort("period_end", descending=True).to_dicts()
    day: date = rows[0]["period_end"] - timedelta(days=YEAR_DAYS)
    return rows[0], next((r for r in rows if abs((r["period_end"] - day).days) <= SLACK_DAYS), None)


def _returns_lead(
    pairs: list[tuple[dict[str, Any], dict[str, Any] | None]], names: Names, texts: Texts
) -> tuple[Block, ...]:
    both = [
        (now, before)
        for now, before in pairs
        if before and now["incremental_return"] is not None and before["incremental_return"] is not None
    ]
    fallen = [(n, b) for n, b in both if n["incremental_return"] < b["incremental_return"]]
    fallen.sort(key=lambda pair: pair[0]["incremental_return"] - pair[1]["incremental_return"])
    if not fallen:
        return ()
    said = [
        texts.returns_name.format(
            name=names.of(now["ticker"]),
            before=numbers.percent(before["incremental_return"]),
            now=numbers.percent(now["incremental_return"]),
        )
        for now, before in fallen
    ]
    lead = texts.returns_lead.format(
        fallen=len(fallen), count=len(both), names=listing(said, texts, most=NAMED)
    )
    return (paragraph(Phrase(lead, label="estimate")),)


def _return_row(
    now: dict[str, Any], before: dict[str, Any] | None, names: Names, texts: Texts
) -> tuple[str | Phrase, ...]:
    earlier = before or {}
    return (
        Phrase(names.of(now["ticker"]), sources=now["source"]),
        numbers.day(now["period_end"]),
        numbers.signed_percent(now["incremental_return"]),
        numbers.signed_percent(earlier.get("incremental_return")),
        numbers.signed_percent(now["incremental_margin"]),
        numbers.signed_percent(now["incremental_roic"]),
        numbers.percent(now["self_funding"]),
        numbers.percent(earlier.get("self_funding")),
        numbers.signed_billions(now["fcf_bn_usd"]),
        texts.labels[now["kind"]],
    )


def _history_row(row: dict[str, Any], names: Names) -> tuple[str, ...]:
    return (
        names.of(row["ticker"]),
        numbers.day(row["period_end"]),
        numbers.signed_percent(row["incremental_return"]),
        numbers.signed_percent(row["incremental_margin"]),
        numbers.percent(row["self_funding"]),
        numbers.signed_billions(row["fcf_bn_usd"]),
    )


def backlog(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the backlogs with run-off, concentration and quality, then who committed to what."""
    heading, names = Heading(3, texts.backlog_heading), Names(data)
    cells = {(str(r["ticker"]), str(r["measure"])): r for r in data.backlog.iter_rows(named=True)}
    held = [t for t, m in cells if m == "backlog" and cells[t, m]["value"] is not None]
    if not held:
        return (heading, paragraph(texts.backlog_none))
    held.sort(key=lambda t: (-(cells[t, "top_customer_share"]["value"] or 0.0), t))
    rows = [_backlog_row(ticker, cells, data, names) for ticker in held]
    details = [
        paragraph(
            texts.backlog_detail_line.format(
                name=names.of(t),
                measure=words,
                detail=cells[t, measure]["reason"] or cells[t, measure]["detail"],
            )
        )
        for t in held
        for measure, words in texts.backlog_measures
    ]
    return (
        heading,
        *_backlog_lead(held[0], cells, data, names, texts),
        *table_with_rest(
            texts.backlog_headers,
            rows,
            top=SHOWN,
            summary=texts.rest_rows,
            label=LABEL,
            numeric=(1, 2, 3, 4, 6),
        ),
        paragraph(texts.backlog_note),
        *_customers(data, names, texts),
        Folded(texts.backlog_detail, (Bullets(tuple(details)),)),
    )


def _largest(data: ReportData, ticker: str) -> str | None:
    owed = data.backlog_customers.filter((pl.col("ticker") == ticker) & pl.col("share").is_not_null())
    return None if owed.is_empty() else str(owed.sort("share", descending=True).item(0, "name"))


def _backlog_lead(
    ticker: str, cells: dict[tuple[str, str], dict[str, Any]], data: ReportData, names: Names, texts: Texts
) -> tuple[Block, ...]:
    share, grade = cells[ticker, "top_customer_share"], cells[ticker, "quality"]
    customer = _largest(data, ticker)
    if share["value"] is None or customer is None:
        return ()
    lead = texts.backlog_lead.format(
        name=names.of(ticker),
        customer=customer,
        share=numbers.percent(share["value"]),
        backlog=numbers.billions(cells[ticker, "backlog"]["value"]),
        quality=numbers.percent(grade["value"]),
        low=numbers.percent(grade["low"]),
        high=numbers.percent(grade["high"]),
    )
    return (paragraph(Phrase(lead, label="inference")),)


def _backlog_row(
    ticker: str, cells: dict[tuple[str, str], dict[str, Any]], data: ReportData, names: Names
) -> tuple[str | Phrase, ...]:
    def value(measure: str) -> float | None:
        found: float | None = cells[ticker, measure]["value"]
        return found

    def labelled(measure: str, text: str) -> str | Phrase:
        kind = cells[ticker, measure]["kind"]
        return text if value(measure) is None or kind == LABEL else Phrase(text, label=kind)

    hhi, grade = cells[ticker, "hhi"], cells[ticker, "quality"]
    between = numbers.interval(numbers.percent(grade["low"]), numbers.percent(grade["high"]))
    counted = numbers.DASH if grade["value"] is None else f"{numbers.percent(grade['value'])} ({between})"
    return (
        Phrase(names.of(ticker), sources=cells[ticker, "backlog"]["source"]),
        labelled("backlog", numbers.billions(value("backlog"))),
        labelled("run_off", numbers.billions(value("run_off"))),
        labelled("run_off_to_revenue", numbers.percent(value("run_off_to_revenue"))),
        labelled("lab_share", numbers.percent(value("lab_share"))),
        numbers.DASH if value("top_customer_share") is None else _largest(data, ticker) or numbers.DASH,
        labelled("top_customer_share", numbers.percent(value("top_customer_share"))),
        labelled("hhi", numbers.interval(numbers.share_index(hhi["low"]), numbers.share_index(hhi["high"]))),
        labelled("quality", counted),
    )


def _customers(data: ReportData, names: Names, texts: Texts) -> tuple[Block, ...]:
    if data.backlog_customers.is_empty():
        return ()
    ordered = data.backlog_customers.sort(
        "ticker", "share", "customer", descending=[False, True, False], nulls_last=True
    )
    rows = [
        (
            names.of(row["ticker"]),
            Phrase(row["name"], sources=None if row["source"] == "none" else row["source"]),
            numbers.percent(row["share"]),
            numbers.billions(row["commitments_bn_usd"]),
            texts.labels[row["kind"]],
            row["detail"],
        )
        for row in ordered.iter_rows(named=True)
    ]
    made = table(texts.backlog_customers_headers, rows, numeric=(2, 3))
    return (Folded(texts.backlog_customers.format(count=len(rows)), (made,)),)
