"""Rules on reported revenue against its neighbours, and on reports that should be there by now."""

from __future__ import annotations

from datetime import date

import polars as pl

from screen.quality.findings import findings_of
from screen.quality.per_share import FLAG_YEARS, STATEMENT_YEARS

__all__ = ["LATE_DAYS", "REPORTING_DAYS", "REVENUE_JUMP", "REVENUE_SPIKE", "late_statements", "mend_revenue"]

REVENUE_JUMP = 4.0
"""NVIDIA, the steepest of the large names, rose to 3.6 times in a year at most (quarter to 2024-04); Micron
reached 4.5 in the quarter to 2026-05, so more is marked and never left out."""

REVENUE_SPIKE = 10.0
"""A quarter ten times those on both sides is a slip; a half or a year booked as a quarter is 2 to 4 times."""

LATE_DAYS = 140
REPORTING_DAYS = 49
"""A quarter of 91 days and 45 days to file (10-Q, KRX and TWSE alike) end on day 136; four days of grace.
Half-yearly reporters get the length of their own periods in place of the quarter."""


def mend_revenue(statements: pl.DataFrame, *, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (statements, FINDINGS) with each quarter's revenue held against its neighbours.

    The newest vintage of a quarter is compared with the quarter before and the same quarter a year before.
    A quarter `REVENUE_SPIKE` times both the one before and the one after is left out, every vintage of it
    that has this size; a rise or fall by `REVENUE_JUMP` against the year before is flagged.

    Missing data: quarters in different currencies, and a quarter without neighbours, are not compared.
    Slips between two filings of one period are `screen.panel.vintages`' work.
    """
    since = pl.lit(as_of).dt.offset_by(f"-{STATEMENT_YEARS}y")
    is_revenue = (pl.col("item") == "revenue") & (pl.col("period_type") == "Q") & (pl.col("value") > 0)
    newest = (
        statements.filter(is_revenue & (pl.col("period_end") > since))
        .sort("ticker", "period_end", "known_at", "value")
        .unique(["ticker", "period_end"], keep="last", maintain_order=True)
        .with_columns(date="period_end", item=pl.lit("revenue"))
    )

    def ratio(step: int, low: int, high: int) -> pl.Expr:
        days = (pl.col("period_end") - pl.col("period_end").shift(step).over("ticker")).dt.total_days().abs()
        same = pl.col("currency").eq_missing(pl.col("currency").shift(step).over("ticker"))
        value = pl.col("value") / pl.col("value").shift(step).over("ticker")
        return pl.when(days.is_between(low, high) & same).then(value)

    rows = newest.with_columns(
        ratio(1, 80, 100).alias("before"), ratio(-1, 80, 100).alias("after"), ratio(4, 350, 380).alias("year")
    ).with_columns(amount="value")
    is_spike = (pl.col("before") >= REVENUE_SPIKE) & (pl.col("after") >= REVENUE_SPIKE)
    is_spike = is_spike.fill_null(value=False)
    beside_spike = is_spike.shift(4).over("ticker").fill_null(value=False)
    is_jump = (pl.col("year") >= REVENUE_JUMP) | (pl.col("year") <= 1 / REVENUE_JUMP)
    spikes = rows.filter(is_spike).with_columns(value="before")
    is_new = pl.col("period_end") > pl.lit(as_of).dt.offset_by(f"-{FLAG_YEARS}y")
    jumps = rows.filter(is_jump & is_new & ~is_spike & ~beside_spike).with_columns(value="year")
    found = pl.concat(
        [
            findings_of("revenue_spike", spikes, threshold=REVENUE_SPIKE),
            findings_of("revenue_jump", jumps, threshold=REVENUE_JUMP),
        ]
    )
    gone = spikes.select("ticker", "period_end", "item", __amount="amount")
    marked = statements.join(gone, on=["ticker", "period_end", "item"], how="left", maintain_order="left")
    is_gone = (pl.col("period_type") == "Q") & (pl.col("value") >= pl.col("__amount") / 2)
    return marked.filter(~is_gone.fill_null(value=False)).drop("__amount"), found


def late_statements(statements: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return FINDINGS on companies whose next quarter should have been reported.

    .. math:: as\\_of - end_{newest} > \\max(140, \\text{usual length of a period} + 49) \\text{ days}

    Missing data: fewer than three quarters show no habit of reporting; yearly reporters are not judged.
    """
    rows = statements.filter((pl.col("period_type") == "Q") & (pl.col("item") == "revenue"))
    ends = rows.group_by("ticker", "period_end").agg(pl.col("source").last()).sort("ticker", "period_end")
    recent = ends.group_by("ticker", maintain_order=True).tail(5)
    last = recent.group_by("ticker", maintain_order=True).agg(
        pl.col("period_end").last().alias("date"),
        pl.col("period_end").diff().dt.total_days().median().alias("usual"),
        pl.col("source").last(),
        pl.len().alias("n"),
    )
    limit = pl.max_horizontal(pl.lit(float(LATE_DAYS)), pl.col("usual") + REPORTING_DAYS)
    late = last.with_columns(
        value=(pl.lit(as_of) - pl.col("date")).dt.total_days().cast(pl.Float64),
        limit=limit,
        item=pl.lit("revenue"),
    ).filter((pl.col("n") >= 3) & (pl.col("value") > pl.col("limit")))
    return findings_of("late", late, threshold=pl.col("limit"))
