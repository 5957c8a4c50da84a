"""What would move a name out of the top five, or into it: one line a name, the table folded."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.components import component
from models.rank_sets import TOP
from reports import numbers
from reports.data import ReportData
from reports.document import Block, Bullets, Folded, Phrase, paragraph, table
from reports.names import Names
from reports.texts import Texts
from reports.values import component_value

__all__ = ["build", "line"]


def build(data: ReportData, screen: str, texts: Texts) -> tuple[Block, ...]:
    """Return a line on each name in the top five of a screen, and the folded table of all that were asked."""
    rows = data.sensitivity.filter(pl.col("screen") == screen)
    pairs = {ticker: _pair(rows, ticker) for ticker in rows.get_column("ticker").unique(maintain_order=True)}
    if not pairs:
        return ()
    names = Names(data)
    reasons = set(rows.get_column("reason"))
    if len(reasons) == 1 and None not in reasons:
        return (paragraph(texts.border_nothing.format(reason=reasons.pop())),)
    inside = {t: pair for t, pair in pairs.items() if pair["weight"]["rank"] <= TOP}
    lines = [
        paragraph(Phrase(_line(names.of(t), pair, names, texts), label="inference"))
        for t, pair in inside.items()
    ]
    cells = [_cells(row, names, texts) for row in rows.iter_rows(named=True)]
    made = table(texts.border_headers, cells, label="inference", numeric=(1, 4, 5, 6))
    folded = Folded(texts.border_summary.format(count=len(pairs)), (paragraph(texts.border_intro), made))
    return (paragraph(texts.border_lead), Bullets(tuple(lines)), folded)


def line(data: ReportData, screen: str, ticker: str, texts: Texts) -> tuple[Block, ...]:
    """Return what would move one name across the border; nothing for names that were not asked."""
    rows = data.sensitivity.filter((pl.col("screen") == screen) & (pl.col("ticker") == ticker))
    if rows.is_empty():
        return ()
    names = Names(data)
    return (paragraph(Phrase(_line(names.of(ticker), _pair(rows, ticker), names, texts), label="inference")),)


def _pair(rows: pl.DataFrame, ticker: str) -> dict[str, dict[str, Any]]:
    mine = rows.filter(pl.col("ticker") == ticker).iter_rows(named=True)
    return {row["kind"]: row for row in mine}


def _line(name: str, pair: dict[str, dict[str, Any]], names: Names, texts: Texts) -> str:
    """Return one sentence on a name: the weight, the input, or that nothing does."""
    given = [_condition(row, texts) for row in pair.values() if row["component"] is not None]
    is_inside = pair["weight"]["rank"] <= TOP
    if not given:
        words = texts.border_stays if is_inside else texts.border_stays_out
        return words.format(
            name=name, reason=texts.border_and.join(dict.fromkeys(row["reason"] for row in pair.values()))
        )
    words = texts.border_leaves if is_inside else texts.border_enters
    closing = [row["reason"] for row in pair.values() if row["component"] is None]
    other = {names.of(row["displaced_by"]) for row in pair.values() if row["displaced_by"] is not None}
    made = words.format(name=name, conditions=texts.border_or.join(given))
    if len(other) == 1:
        made += (texts.border_for if is_inside else texts.border_instead).format(name=other.pop())
    return made + "".join(texts.border_but.format(reason=reason) for reason in closing) + "."


def _condition(row: dict[str, Any], texts: Texts) -> str:
    is_inside = row["rank"] <= TOP
    rises = row["change"] > 0
    words = (texts.border_beyond if is_inside else texts.border_until)[0 if rises else 1]
    template = texts.border_weight if row["kind"] == "weight" else texts.border_input
    if component(row["component"]).choices and row["kind"] == "input":
        words, template = texts.border_becomes, texts.border_choice
    return template.format(
        component=component(row["component"]).label,
        moves=words,
        threshold=_value(row, row["threshold"], texts),
        start=_value(row, row["start"], texts),
        errors=_errors(row["change_errors"]),
    )


def _value(row: dict[str, Any], value: float | None, texts: Texts) -> str:
    if row["component"] is None:
        return numbers.DASH
    return (
        numbers.percent(value) if row["kind"] == "weight" else component_value(row["component"], value, texts)
    )


def _errors(value: float | None) -> str:
    return numbers.DASH if value is None else f"{value:.1f}"


def _cells(row: dict[str, Any], names: Names, texts: Texts) -> tuple[str, ...]:
    found = row["component"] is not None
    return (
        names.of(row["ticker"]),
        numbers.count(row["rank"]),
        texts.border_kinds[row["kind"]],
        component(row["component"]).label if found else row["reason"],
        _value(row, row["start"], texts),
        _value(row, row["threshold"], texts),
        _errors(row["change_errors"]),
        names.of(row["displaced_by"]),
    )
