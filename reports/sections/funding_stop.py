"""A funding stop: what payers would cut, which contracts would break, who would be called."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Heading, Phrase, paragraph, table, table_with_rest
from reports.names import Names, listing
from reports.sections.equity_loss import equity
from reports.sections.loop_certainty import certainty
from reports.sections.revenue import revenue_at_risk
from reports.sections.vendor_finance import vendors
from reports.texts import Texts

__all__ = ["build"]

CASE = "with_assumptions"
# Ten names carry the loss; the others are below a hundredth of revenue.
SHOWN_NAMES = 10
NAMED = 3


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the section: linear loss and take-or-pay, equity, guarantees, certainty, the yardstick."""
    heading = Heading(2, texts.stop_heading)
    risks = _risks(data)
    if data.clearing.is_empty() and not risks:
        return (heading, paragraph(texts.stop_none), *vendors(data, texts))
    return (
        heading,
        paragraph(*_lead(data, risks, texts)),
        paragraph(texts.stop_intro.format(year=data.facts.loop_window)),
        *_pair(data, risks, texts),
        *revenue_at_risk(data, texts),
        *_grid(data, texts),
        *equity(data, texts),
        *_calls(data, texts),
        *certainty(data, texts),
        *vendors(data, texts),
    )


def _risks(data: ReportData) -> list[dict[str, Any]]:
    """Return revenue at risk with its draws, the largest first; zero is no loss and is left out."""
    drawn = data.loop_uncertainty.filter((pl.col("metric") == "revenue_at_risk") & (pl.col("case") == CASE))
    drawn = drawn.select(pl.col("node").alias("ticker"), "median", "low", "high", "p_zero")
    found = (
        data.revenue_at_risk.filter((pl.col("case") == CASE) & (pl.col("revenue_at_risk") > 0))
        .join(drawn, on="ticker", how="left")
        .sort("revenue_at_risk", "ticker", descending=[True, False])
    )
    return found.to_dicts()


def _cells(data: ReportData) -> pl.DataFrame:
    """Return the clearing with assumptions and without guarantees."""
    return data.clearing.filter((pl.col("case") == CASE) & (pl.col("scenario") == "base"))


def _lead(data: ReportData, risks: list[dict[str, Any]], texts: Texts) -> list[Phrase]:
    names, cut = Names(data), data.facts.funding_cut
    phrases: list[Phrase] = []
    if risks:
        shown = [
            (texts.stop_name_alone if row["low"] is None else texts.stop_name).format(
                name=names.of(row["ticker"]),
                share=numbers.percent(row["revenue_at_risk"]),
                low=numbers.percent(row["low"]),
                high=numbers.percent(row["high"]),
            )
            for row in risks[:NAMED]
        ]
        words = texts.stop_linear.format(cut=numbers.percent(cut), names=listing(shown, texts, most=NAMED))
        phrases.append(Phrase(words, label="inference"))
    cells = _cells(data)
    if cells.is_empty():
        return phrases
    here = cells.filter(pl.col("funding_cut") == cut)
    broken = _defaults(here, names)
    if broken:
        low, high = _unpaid(here)
        words = texts.stop_breaks.format(names=listing(broken, texts, most=NAMED), low=low, high=high)
        return [*phrases, Phrase(words, label="inference")]
    if here.height:
        phrases.append(Phrase(texts.stop_holds, label="inference"))
    later = cells.filter((pl.col("funding_cut") > cut) & pl.col("is_default"))
    if later.is_empty():
        full = numbers.percent(max(cells.get_column("funding_cut")))
        return [*phrases, Phrase(texts.stop_never.format(cut=full), label="inference")]
    first = min(later.get_column("funding_cut"))
    failing = _defaults(cells.filter(pl.col("funding_cut") == first), names)
    words = texts.stop_first.format(cut=numbers.percent(first), names=listing(failing, texts, most=NAMED))
    return [*phrases, Phrase(words, label="inference")]


def _defaults(cells: pl.DataFrame, names: Names) -> list[str]:
    nodes = cells.filter("is_default").get_column("node").unique().sort()
    return [names.of(node) for node in nodes]


def _unpaid(cells: pl.DataFrame) -> tuple[str, str]:
    """Return what stays unpaid in all, without and with default costs."""
    sums = dict(cells.group_by("has_default_costs").agg(pl.col("shortfall_bn_usd").sum()).iter_rows())
    return numbers.billions(sums.get(False)), numbers.billions(sums.get(True))


def _pair(data: ReportData, risks: list[dict[str, Any]], texts: Texts) -> tuple[Block, ...]:
    if not risks:
        return ()
    names, cut, full = Names(data), data.facts.funding_cut, _full(data)
    rows = [
        (
            names.of(row["ticker"]),
            numbers.percent(row["revenue_at_risk"]),
            numbers.percent(row["median"]),
            numbers.DASH
            if row["low"] is None
            else texts.stop_pair.format(low=numbers.percent(row["low"]), high=numbers.percent(row["high"])),
            numbers.probability(row["p_zero"]),
            _not_received(data, row["ticker"], cut, texts),
            _not_received(data, row["ticker"], full, texts),
            texts.labels["inference"],
        )
        for row in risks
    ]
    return table_with_rest(
        _filled(texts.stop_headers, data), rows, top=SHOWN_NAMES, summary=texts.rest_rows, numeric=range(1, 7)
    )


def _full(data: ReportData) -> float:
    cuts = data.clearing.get_column("funding_cut")
    return float(max([*cuts, data.facts.funding_cut]))


def _filled(headers: tuple[str, ...], data: ReportData) -> tuple[str, ...]:
    cut, full = numbers.percent(data.facts.funding_cut), numbers.percent(_full(data))
    return tuple(header.format(cut=cut, full=full) for header in headers)


def _not_received(data: ReportData, node: str, cut: float, texts: Texts) -> str:
    """Return what a node is not paid without and with default costs, one amount where both are equal."""
    own = _cells(data).filter((pl.col("node") == node) & (pl.col("funding_cut") == cut))
    by_cost = dict(own.select("has_default_costs", "not_received_bn_usd").iter_rows())
    if not by_cost:
        return numbers.DASH
    low, high = numbers.billions(by_cost.get(False)), numbers.billions(by_cost.get(True))
    return low if low == high else texts.stop_pair.format(low=low, high=high)


def _grid(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    cells, names = _cells(data), Names(data)
    if cells.is_empty():
        return ()
    rows = []
    for cut in sorted(set(cells.get_column("funding_cut"))):
        here = cells.filter(pl.col("funding_cut") == cut)
        low, high = _unpaid(here)
        failing = _defaults(here, names)
        rows.append(
            (
                numbers.percent(cut),
                listing(failing, texts, most=SHOWN_NAMES) if failing else texts.stop_nobody,
                low,
                high,
                _called(data.triggered.filter(pl.col("funding_cut") == cut), texts),
                texts.labels["inference"],
            )
        )
    made = table(texts.stop_grid_headers, rows, numeric=(0, 2, 3, 4))
    return (Heading(3, texts.stop_grid), paragraph(texts.stop_grid_intro), made)


def _called(calls: pl.DataFrame, texts: Texts) -> str:
    """Return calls in all, without and with default costs."""
    own = calls.filter((pl.col("case") == CASE) & pl.col("called_bn_usd").is_not_null())
    sums = dict(own.group_by("has_default_costs").agg(pl.col("called_bn_usd").sum()).iter_rows())
    low, high = numbers.billions(sums.get(False, 0.0)), numbers.billions(sums.get(True, 0.0))
    return low if low == high else texts.stop_pair.format(low=low, high=high)


def _calls(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the guarantees that are called at some cut, and how many are not."""
    own = data.triggered.filter(pl.col("case") == CASE)
    heading = Heading(3, texts.calls_heading)
    if own.is_empty():
        return ()
    called = own.filter(pl.col("trigger") != "none")
    full = _full(data)
    if called.is_empty():
        return (heading, paragraph(texts.calls_none.format(full=numbers.percent(full))))
    names = Names(data)
    rows = []
    for flow in called.get_column("flow_id").unique().sort():
        cells = called.filter(pl.col("flow_id") == flow).sort("funding_cut", "has_default_costs")
        first, at_full = cells.row(0, named=True), cells.filter(pl.col("funding_cut") == full)
        unknown = at_full.get_column("called_bn_usd").null_count() > 0
        rows.append(
            (
                names.of(first["giver"]),
                Phrase(names.of(first["guaranteed"]), sources=first["source"]),
                numbers.billions(first["maximum_bn_usd"]),
                numbers.percent(first["funding_cut"]),
                texts.call_reasons[first["trigger"]],
                numbers.DASH if unknown else _called(at_full, texts),
                texts.labels["inference"],
            )
        )
    idle = own.get_column("flow_id").n_unique() - len(rows)
    made = table(_filled(texts.calls_headers, data), rows, numeric=(2, 3, 5))
    rest = (paragraph(texts.calls_idle[0 if idle == 1 else 1].format(count=idle)),) if idle else ()
    return (heading, paragraph(texts.calls_intro.format(year=data.facts.loop_window)), made, *rest)
