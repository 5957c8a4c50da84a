"""Outside money that published figures say a node raised, by calendar year."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from models.bands import Band

__all__ = ["RAISED_METRICS", "UNIT_IN_BN", "Raised", "known_figures", "raised_outside"]

UNIT_IN_BN = {"bn": 1.0, "tn": 1e3, "m": 1e-3, "mn": 1e-3, "million": 1e-3}
CALENDAR_YEAR = re.compile(r"\b(20\d\d)\b")
RAISED_METRICS = ("outside_equity_raised", "outside_debt_raised", "outside_debt_and_equity_raised")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Raised:
    """Outside money that published figures say a node raised, bn USD a year."""

    figure_id: str
    amount: Band

    def plus(self, other: Raised) -> Raised:
        """Return both years together."""
        return Raised(f"{self.figure_id}+{other.figure_id}", self.amount.plus(other.amount))


def known_figures(figures: pl.DataFrame, as_of: date) -> list[Row]:
    """Return the figures known on `as_of` that no figure known on `as_of` supersedes."""
    rows = [r for r in figures.iter_rows(named=True) if r["known_at"] is None or r["known_at"] <= as_of]
    ids = {r["figure_id"] for r in rows}
    return [r for r in rows if r["superseded_by"] not in ids]


def raised_outside(
    *,
    figures: pl.DataFrame,
    as_of: date,
    fx_to_usd: Mapping[str, float],
    years: int = 1,
    first_year: int | None = None,
) -> dict[tuple[str, str], Raised]:
    """Return by (node, metric) what published figures say was raised, a year, in the window.

    The window has `years` calendar years from `first_year` on, by default that of `as_of`; a figure known
    after `as_of` never counts.

    The year is the one in the period text (2026, 2026 to May), for fiscal years the year of the period's
    end. Of several figures of one metric and year the largest counts; they overlap, so they are never
    added. Of a range the low end is the base. Years are added and divided by the window's length.
    """
    rates = {**fx_to_usd, "USD": 1.0}
    start = as_of.year if first_year is None else first_year
    found: dict[tuple[str, str, int], Raised] = {}
    for r in known_figures(figures, as_of):
        rate, unit = rates.get(r["currency"] or ""), UNIT_IN_BN.get(r["unit"])
        year = _year_of(r)
        if r["metric"] not in RAISED_METRICS or r["node"] is None or rate is None or unit is None:
            continue
        base = r["low"] if r["low"] is not None else r["value"]
        if base is None or year is None or not start <= year < start + years:
            continue
        high = r["high"] if r["high"] is not None else base
        raised = Raised(r["figure_id"], Band(base, base, high).scaled(rate * unit / years))
        key = (r["node"], r["metric"], year)
        if key not in found or raised.amount.pick("base") > found[key].amount.pick("base"):
            found[key] = raised
    total: dict[tuple[str, str], Raised] = {}
    for (node, metric, _), raised in sorted(found.items()):
        before = total.get((node, metric))
        total[node, metric] = raised if before is None else before.plus(raised)
    return total


def _year_of(row: Row) -> int | None:
    if match := CALENDAR_YEAR.search(row["period"] or ""):
        return int(match.group(1))
    return row["period_end"].year if row["period_end"] else None
