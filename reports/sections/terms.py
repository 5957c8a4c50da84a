"""Pass-through by tier and working-capital terms, folded below the margins."""

from __future__ import annotations

from typing import Any

import polars as pl

from exposures.tables import TIERS
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Phrase, paragraph, table
from reports.names import Names
from reports.texts import Texts
from reports.values import slope_text, tier_text

__all__ = ["pass_through", "working_capital"]

TERMS = ("dso_days", "dpo_days", "contract_liabilities_to_revenue")
CHANGES = ("dso_change_days", "dpo_change_days", "contract_liabilities_change")


def pass_through(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the slopes by tier; nothing without the table."""
    rows = [
        (
            texts.tiers[row["tier"]],
            numbers.count(row["firms"]),
            numbers.count(row["points"]),
            _slope(row["slope"], row["slope_se"], texts),
            _slope(row["slope_capex"], row["slope_capex_se"], texts),
            row["verdict"],
            row["reason"] or numbers.DASH,
        )
        for row in data.pass_through.sort(_tier_order()).iter_rows(named=True)
    ]
    if not rows:
        return ()
    identified = data.pass_through.get_column("slope").count()
    made = table(texts.pass_headers, rows, label="estimate", numeric=(1, 2, 3, 4))
    summary = texts.pass_summary.format(identified=identified, count=len(rows))
    return (Folded(summary, (paragraph(texts.pass_intro), made)),)


def _tier_order() -> pl.Expr:
    return pl.col("tier").replace_strict(
        {tier: at for at, tier in enumerate(TIERS)}, default=len(TIERS), return_dtype=pl.Int64
    )


def _slope(value: float | None, error: float | None, texts: Texts) -> str:
    if value is None or error is None:
        return numbers.DASH
    return texts.pass_slope.format(value=slope_text(value), error=slope_text(error).lstrip("+"))


def working_capital(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the terms of every name that has any, below the medians of the tiers."""
    known = data.working_capital.filter(pl.any_horizontal(pl.col(list(TERMS)).is_not_null()))
    if known.is_empty():
        return ()
    names = Names(data)
    ordered = known.sort(_tier_order(), "ticker")
    rows: list[tuple[str | Phrase, ...]] = []
    for tier in TIERS:
        own = ordered.filter(pl.col("tier") == tier)
        if own.is_empty():
            continue
        middle = own.select(pl.col([*TERMS, *CHANGES]).median()).row(0, named=True)
        head = Phrase(texts.terms_median, is_strong=True)
        rows.append((head, texts.tiers[tier], numbers.DASH, *_terms(middle), numbers.DASH))
    for row in ordered.iter_rows(named=True):
        name = Phrase(names.of(row["ticker"]), sources=row["source"])
        tier = tier_text(row["tier"], "supplier", texts)
        rows.append((name, tier, numbers.day(row["period_end"]), *_terms(row), row["reason"] or numbers.DASH))
    made = table(texts.terms_headers, rows, label="fact", numeric=range(3, 9))
    summary = texts.terms_summary.format(
        count=known.height, missing=data.working_capital.height - known.height
    )
    return (Folded(summary, (paragraph(texts.terms_intro), made)),)


def _terms(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        numbers.count(row["dso_days"]),
        numbers.signed_days(row["dso_change_days"]),
        numbers.count(row["dpo_days"]),
        numbers.signed_days(row["dpo_change_days"]),
        numbers.percent(row["contract_liabilities_to_revenue"]),
        numbers.percentage_points(row["contract_liabilities_change"]),
    )
