"""Data gaps: what is missing, old or wrong, and what the run did about it."""

from __future__ import annotations

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Folded, Heading, paragraph, table
from reports.names import Names
from reports.texts import Texts

__all__ = ["build", "finding_cells", "gap_cells"]


VALUE_MARK = "; value:"
"""From here on a reason says what its value measures: for tables that show the value."""

_ACTION_ORDER = {"excluded": 0, "repaired": 1, "flagged": 2}


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the number of gaps by kind of data and of faults by what was done, all of them folded."""
    heading = Heading(2, texts.gaps_heading)
    found = _findings(data, texts)
    if data.gaps.is_empty():
        return (heading, paragraph(texts.gaps_none), *found)
    counted = data.gaps.group_by("dataset").len().sort("dataset")
    counts = ", ".join(
        texts.gaps_count.format(dataset=dataset, count=count) for dataset, count in counted.iter_rows()
    )
    made = table(texts.gaps_headers, _grouped(data), numeric=(3,))
    folded = Folded(texts.gaps_details, (made,))
    return (heading, paragraph(texts.gaps_intro.format(counts=counts)), folded, *found)


def _findings(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the findings of the quality gate, one row a kind; nothing when there are none."""
    if data.findings.is_empty():
        return ()
    counted = data.findings.group_by("action").len().sort("action")
    actions = ", ".join(
        texts.findings_action.format(count=numbers.count(count), action=action)
        for action, count in counted.iter_rows()
    )
    intro = texts.findings_intro.format(actions=actions)
    made = table(texts.findings_headers, _grouped_findings(data, texts), numeric=(4,))
    return (paragraph(intro), Folded(texts.findings_details, (made,)))


def _grouped_findings(data: ReportData, texts: Texts) -> list[tuple[str, ...]]:
    """Return one row for each kind of fault; what matters most to a reader, values left out, comes first."""
    names = Names(data)
    groups = data.findings.group_by("rule", "dataset", "reason", "action").agg(
        pl.len().alias("count"),
        pl.col("ticker").unique().sort(),
        pl.col("date").min().alias("first"),
        pl.col("date").max().alias("last"),
    )
    weight = pl.col("action").replace_strict(_ACTION_ORDER, return_dtype=pl.Int64)
    ordered = groups.sort(weight, "dataset", "rule", "reason")
    return [
        (
            texts.finding_rules[row["rule"]],
            row["dataset"],
            row["reason"].partition(VALUE_MARK)[0],
            row["action"],
            numbers.count(row["count"]),
            numbers.interval(numbers.day(row["first"]), numbers.day(row["last"])),
            _listed(row["ticker"], names),
        )
        for row in ordered.iter_rows(named=True)
    ]


def _listed(tickers: list[str], names: Names) -> str:
    """Return every name, in the order in which a reader looks for one."""
    return ", ".join(sorted((names.of(ticker) for ticker in tickers), key=str.casefold))


def finding_cells(findings: pl.DataFrame, texts: Texts) -> list[tuple[str, ...]]:
    """Return the cells of one company's findings under ``explain_findings_headers``."""
    return [
        (
            texts.finding_rules[row["rule"]],
            row["item"],
            numbers.day(row["date"]),
            _measured(row["value"]),
            _measured(row["threshold"]),
            numbers.count(row["rows"]),
            row["reason"],
            row["action"],
        )
        for row in findings.sort("dataset", "item", "date", "rule").iter_rows(named=True)
    ]


def _measured(value: float | None) -> str:
    """A measure of any unit, which the reason names, in four significant digits."""
    return numbers.DASH if value is None else f"{value:.4g}"


def _grouped(data: ReportData) -> list[tuple[str, ...]]:
    """Return one row for each kind of gap, with every name it concerns and the range of ages."""
    names = Names(data)
    groups = data.gaps.group_by("dataset", "reason", "action").agg(
        pl.len().alias("count"),
        pl.col("ticker").sort(),
        pl.col("age_days").min().alias("youngest"),
        pl.col("age_days").max().alias("oldest"),
    )
    ordered = groups.sort("dataset", "count", "reason", "action", descending=[False, True, False, False])
    return [
        (
            row["dataset"],
            row["reason"],
            row["action"],
            numbers.count(row["count"]),
            numbers.interval(numbers.days(row["youngest"]), numbers.days(row["oldest"])),
            _listed(row["ticker"], names),
        )
        for row in ordered.iter_rows(named=True)
    ]


def gap_cells(gaps: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return the cells of one company's gaps under ``explain_gaps_headers``."""
    return [
        (row["dataset"], row["reason"], numbers.days(row["age_days"]), row["action"])
        for row in gaps.sort("dataset", "reason").iter_rows(named=True)
    ]
