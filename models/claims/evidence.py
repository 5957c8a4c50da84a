"""What the tests of the claims look at: the result tables of a run, and who the companies are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

__all__ = ["YEAR_DAYS", "Claim", "ClaimEvidence", "newest_day", "sources_of", "year_apart"]

YEAR_DAYS = (350, 380)
"""Two period ends are a year apart to within two weeks (52/53-week years)."""


@dataclass(frozen=True)
class Claim:
    """One row of CLAIMS: `subjects` are tickers, nodes or segments, `threshold` in the metric's unit."""

    claim_id: str
    subjects: tuple[str, ...]
    threshold: float | None
    event: date | None
    reasoning: str

    @classmethod
    def of(cls, row: Mapping[str, object]) -> Claim:
        """Return the claim of a row of CLAIMS."""
        subjects, threshold, event = row["subjects"], row["threshold"], row["event"]
        return cls(
            claim_id=str(row["claim_id"]),
            subjects=tuple(str(s) for s in subjects) if isinstance(subjects, list) else (),
            threshold=threshold if isinstance(threshold, float) else None,
            event=event if isinstance(event, date) else None,
            reasoning=str(row["reasoning"]),
        )


@dataclass(frozen=True)
class ClaimEvidence:
    """Frames declared in `models.tables` and `exposures.tables`, as known on `as_of`."""

    as_of: date
    memberships: pl.DataFrame
    nodes: pl.DataFrame
    quarters: pl.DataFrame
    multiples: pl.DataFrame
    decomposition: pl.DataFrame
    evidence: pl.DataFrame
    divergence: pl.DataFrame
    efficiency: pl.DataFrame
    depreciation: pl.DataFrame
    flows: pl.DataFrame
    accounts: pl.DataFrame
    loops: pl.DataFrame
    backlog_customers: pl.DataFrame
    vendor_finance: pl.DataFrame

    def tickers(self, subjects: Iterable[str]) -> tuple[str, ...]:
        """Return the subjects with each segment replaced by the companies whose primary segment it is."""
        primary = self.memberships.filter(pl.col("is_primary")).sort("ticker")
        found: list[str] = []
        for subject in subjects:
            inside = primary.filter(segment=subject).get_column("ticker").to_list()
            found += inside or [subject]
        return tuple(dict.fromkeys(found))

    def name(self, node: str) -> str:
        """Return the name of a company or node, or its key where the theme has none."""
        for frame, key in ((self.nodes, "node"), (self.memberships, "ticker")):
            rows = frame.filter(pl.col(key) == node).get_column("name")
            if len(rows):
                return str(rows[0])
        return node


def year_apart(rows: pl.DataFrame, perimeter: str) -> pl.DataFrame | str:
    """Return the newest period of EFFICIENCY rows and the same one of the year before, or why there is none.

    A quarter is only set against the same quarter: spending and margins have seasons, and a quarter against a
    year says nothing of either.
    """
    ordered = rows.drop_nulls(["period_end", "period_months"]).sort("period_end", descending=True)
    for now in ordered.head(1).iter_rows(named=True):
        days = (pl.lit(now["period_end"]) - pl.col("period_end")).dt.total_days()
        same = (pl.col("period_months") == now["period_months"]) & days.is_between(*YEAR_DAYS)
        if (before := ordered.filter(same).head(1)).height:
            return pl.concat([ordered.head(1), before])
    known = ", ".join(ordered.get_column("period").to_list()) or "none"
    return f"{perimeter}: the same period of two years is needed, known {known}"


def newest_day(days: Iterable[object]) -> date | None:
    """Return the latest of the days; None when there is none."""
    return max((day for day in days if isinstance(day, date)), default=None)


def sources_of(cells: Iterable[object]) -> str | None:
    """Return the source keys of several cells, each once, joined by ``+``."""
    keys = [key.strip() for cell in cells if isinstance(cell, str) for key in cell.split("+")]
    return "+".join(dict.fromkeys(keys)) or None
