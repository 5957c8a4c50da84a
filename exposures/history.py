"""Figures of an earlier boom that the theme holds its own against."""

# ruff: noqa: E501 (a declared table reads as rows)
from __future__ import annotations

import polars as pl

from exposures.table import Table, column

__all__ = ["GRADES", "YARDSTICK"]

GRADES = ("A", "B", "C", "S", "D")
"""Source grade: A filing or direct quote of one, B press, C blog or aggregator, S research note (seed),
D our own assumption or derivation."""

MEASURES = (
    "total", "loans", "guarantees", "reserve", "provision", "write_offs", "revenue", "operating_loss",
    "pretax_multiple", "revenue_share",
)  # fmt: skip
STATES = ("committed", "drawn", "available", "not_available", "owed")

_S, _F, _D, _B = pl.String, pl.Float64, pl.Date, pl.Boolean

YARDSTICK = Table(
    "YARDSTICK",
    "Vendor finance of an earlier boom, figure by figure: what was promised, drawn, written off.",
    (
        column("item_id", _S, "Y01 ... in file order.", required=True),
        column("vendor", _S, "Who financed, or a group of vendors.", required=True),
        column("measure", _S, "total, loans and guarantees of vendor finance; reserve, provision and write_offs; revenue ...", required=True, allowed=MEASURES),
        column("state", _S, "committed, drawn, available (undrawn), not_available (conditions not met), owed; null for flows.", allowed=STATES),
        column("value", _F, "The figure.", required=True),
        column("unit", _S, "bn, m or ratio.", required=True, allowed=("bn", "m", "ratio")),
        column("currency", _S, "ISO currency for money."),
        column("period", _S, "Day or period, as stated.", required=True),
        column("period_end", _D, "Last day of the period.", required=True),
        column("known_at", _D, "Day it could have been known.", required=True),
        column("source", _S, "Source keys.", required=True),
        column("grade", _S, "Source grade.", required=True, allowed=GRADES),
        column("is_fact", _B, "False: secondary or contradicted; shown, never used as a fact.", required=True),
        column("note", _S, "What to keep in mind."),
    ),
    key=("item_id",),
)  # fmt: skip
