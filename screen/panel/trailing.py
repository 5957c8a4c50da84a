"""Trailing sums: the last four reported quarters as they were known on any date."""

from __future__ import annotations

import polars as pl

__all__ = ["MAX_AGE_DAYS", "MAX_SPAN_DAYS", "QUARTERS_IN_A_YEAR", "as_known", "trailing_sums"]

QUARTERS_IN_A_YEAR = 4

MAX_SPAN_DAYS = 290
"""Four consecutive quarter ends span about 273 days (53-week years: 280); more means a quarter is missing."""

MAX_AGE_DAYS = 400
"""A trailing year whose newest quarter ended longer ago than this is no longer current: five quarters
without a report means that the series has stopped."""

WINDOW = "-3y"
"""Four quarters, a gap and the newest fiscal year lie within it; what ended earlier is in no sum."""

_SUMMED = [
    "ticker", "item", "period_type", "period_end", "value", "currency", "known_at", "known_at_basis",
    "tag_rank", "source",
]  # fmt: skip

_BASIS_ORDER = {"filed": 0, "simulated": 0, "matched": 1, "assumed_lag": 2, "observed": 2, "snapshot": 3}


def as_known(statements: pl.DataFrame, dates: pl.DataFrame, *, since: str | None = None) -> pl.DataFrame:
    """Return, for each (ticker, date), the vintage of every (item, period) that was known then.

    Parameters
    ----------
    statements
        STATEMENTS of one period_type.
    dates
        Columns ticker, date.
    since
        Offset from each date (``-3y``) before which no period ended; all periods without it. Cut before the
        vintages are ordered: ten years of filings on each of their dates would be most of the work.

    Returns
    -------
    pl.DataFrame
        The STATEMENTS columns plus date; one row per (ticker, date, item, period_end). Among the rows
        known on the date, filed ones first, then the lowest tag_rank, then the newest known_at.
    """
    basis = pl.col("known_at_basis").replace_strict(_BASIS_ORDER, default=9, return_dtype=pl.Int64)
    ordered = statements.with_columns(basis.alias("__basis")).sort(
        ["ticker", "item", "period_end", "__basis", "tag_rank", "known_at", "value"],
        descending=[False, False, False, False, False, True, False],
        maintain_order=True,
    )
    wanted = pl.col("known_at") <= pl.col("date")
    if since is not None:
        wanted &= pl.col("period_end") > pl.col("date").dt.offset_by(since)
    # the filings are put in order once, not once for each of their dates: the join keeps both orders
    joined = dates.sort("ticker", "date").join(ordered, on="ticker", maintain_order="left_right")
    return (
        joined.filter(wanted)
        .unique(["ticker", "date", "item", "period_end"], keep="first", maintain_order=True)
        .drop("__basis")
    )


def trailing_sums(statements: pl.DataFrame, dates: pl.DataFrame, *, items: list[str]) -> pl.DataFrame:
    """Return the sum over the last four quarters known on each date, else the last full year.

    Returns
    -------
    pl.DataFrame
        ticker, date, item, value, currency, period_end, known_at (newest of what was summed), span
        ("4 quarters" or "fiscal year"), source.

    Notes
    -----
    *Missing data*: four quarter ends within `MAX_SPAN_DAYS` are needed; a gap gives no row. The fiscal
    year is used only where no four quarters exist, or where it is newer than they are.
    """
    chosen = statements.filter(pl.col("item").is_in(items)).select(_SUMMED)
    quarters = as_known(chosen.filter(pl.col("period_type") == "Q"), dates, since=WINDOW)
    recent = quarters.sort("ticker", "date", "item", "period_end").group_by(
        "ticker", "date", "item", maintain_order=True
    )
    sums = (
        recent.tail(QUARTERS_IN_A_YEAR)
        .group_by("ticker", "date", "item", maintain_order=True)
        .agg(
            pl.len().alias("n"),
            (pl.col("period_end").max() - pl.col("period_end").min()).dt.total_days().alias("days"),
            pl.col("value").sum(),
            pl.col("currency").last(),
            pl.col("currency").n_unique().alias("currencies"),
            pl.col("period_end").max(),
            pl.col("known_at").max(),
            pl.col("source").unique().sort().str.join("+"),
        )
        .filter(
            (pl.col("n") == QUARTERS_IN_A_YEAR)
            & (pl.col("days") <= MAX_SPAN_DAYS)
            & (pl.col("currencies") == 1)
        )
        .with_columns(span=pl.lit("4 quarters"))
    )
    years = as_known(chosen.filter(pl.col("period_type") == "FY"), dates, since=WINDOW)
    annual = (
        years.sort("ticker", "date", "item", "period_end")
        .group_by("ticker", "date", "item", maintain_order=True)
        .agg(pl.col("value", "currency", "period_end", "known_at", "source").last())
        .with_columns(span=pl.lit("fiscal year"))
    )
    columns = ["ticker", "date", "item", "value", "currency", "period_end", "known_at", "span", "source"]
    both = pl.concat([sums.select(columns), annual.select(columns)])
    newest = both.sort(
        ["ticker", "date", "item", "period_end", "span"], descending=[False, False, False, True, False]
    ).unique(["ticker", "date", "item"], keep="first", maintain_order=True)
    return newest.filter((pl.col("date") - pl.col("period_end")).dt.total_days() <= MAX_AGE_DAYS)
