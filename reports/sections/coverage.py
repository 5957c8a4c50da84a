"""How far revenue and known funding of the labs cover what they pay to others."""

from __future__ import annotations

from typing import Any

import polars as pl

from reports import numbers
from reports.data import ReportData
from reports.document import Block, Heading, paragraph, table
from reports.names import Names
from reports.texts import Texts

__all__ = ["CASES", "case_label", "coverage", "known_funding"]

CASES = ("with_assumptions", "ledger")


def case_label(case: str) -> str:
    """Return the label of a case: the ledger spread over years is an estimate, with assumptions inference."""
    return "estimate" if case == "ledger" else "inference"


def known_funding(account: dict[str, Any]) -> float:
    """Return what a node receives besides revenue: T - R - zB, in bn USD.

    That is outside debt, outside equity and financing from other nodes; the cash draw zB is the plug that
    closes the account and no funding. Differences of rounding below a thousandth of a million are zero.

    Parameters
    ----------
    account
        A row of ``NODE_ACCOUNTS``.
    """
    funding = account["throughflow_bn_usd"] - account["revenue_bn_usd"] - account["cash_draw_bn_usd"]
    return max(round(float(funding), 6), 0.0)


def coverage(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the table of the labs, the one that pays most first; no lab with an account gives no block."""
    labs = set(data.nodes.filter(pl.col("is_lab")).get_column("node"))
    rows = [row for row in data.accounts.iter_rows(named=True) if row["node"] in labs]
    if not rows:
        return ()
    most: dict[str, float] = {}
    for row in rows:
        most[row["node"]] = max(row["outflow_bn_usd"], most.get(row["node"], 0.0))
    rows.sort(key=lambda row: (-most[row["node"]], row["node"], CASES.index(row["case"])))
    names = Names(data)
    cells = [_cells(row, names.of(row["node"]), texts) for row in rows]
    intro = paragraph(texts.coverage_intro.format(year=data.facts.loop_window))
    made = table(texts.coverage_headers, cells, numeric=(2, 3, 4, 5, 6))
    return (Heading(4, texts.coverage_heading), intro, made)


def _cells(row: dict[str, Any], name: str, texts: Texts) -> tuple[str, ...]:
    revenue, paid, funding = row["revenue_bn_usd"], row["outflow_bn_usd"], known_funding(row)
    return (
        name,
        texts.cases[row["case"]],
        numbers.billions(revenue),
        numbers.billions(funding),
        numbers.billions(paid),
        numbers.ratio(revenue / paid if paid > 0 else None),
        numbers.ratio((revenue + funding) / paid if paid > 0 else None),
        texts.labels[case_label(row["case"])],
    )
