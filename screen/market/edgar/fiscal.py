"""Fiscal year and quarter of a period, from the company's own year ends."""

from __future__ import annotations

import polars as pl

__all__ = ["with_fiscal_labels"]

YEAR_END_SLACK_DAYS = 7
"""52- and 53-week years end up to a week past the turn of the month; the year is that of a week before."""

YEAR_DAYS, QUARTER_DAYS = 364, 91


def with_fiscal_labels(rows: pl.DataFrame) -> pl.DataFrame:
    """Add fiscal_year and fiscal_period (Q1 to Q4, FY for months 12) to rows with end, months.

    The fiscal year is the calendar year of its last day, less `YEAR_END_SLACK_DAYS`. Days after the newest
    reported year belong to years of 52 weeks that follow it, days before the first to those before it.

    Missing data: both are null when no full year is stated, and for share counts, which are those of a cover
    page's day: half-way through a quarter the label would change with the next year's end.
    """
    years = (
        rows.filter(pl.col("months") == 12).select(pl.col("end").alias("year_end")).unique().sort("year_end")
    )
    if years.is_empty():
        return rows.with_columns(
            fiscal_year=pl.lit(None, dtype=pl.Int64), fiscal_period=pl.lit(None, dtype=pl.String)
        )
    joined = rows.with_row_index("__row").sort("end").join_asof(
        years, left_on="end", right_on="year_end", strategy="forward"
    )  # fmt: skip
    newest = years.get_column("year_end").max()
    since = (pl.col("end") - pl.lit(newest)).dt.total_days()
    ahead = ((since + YEAR_DAYS - 1) // YEAR_DAYS).clip(lower_bound=1) * YEAR_DAYS
    year_end = pl.coalesce("year_end", pl.lit(newest) + pl.duration(days=ahead))
    to_end = (year_end - pl.col("end")).dt.total_days()
    back = (to_end // (YEAR_DAYS + YEAR_END_SLACK_DAYS)) * YEAR_DAYS
    own_end = year_end - pl.duration(days=back)
    quarter = 4 - ((own_end - pl.col("end")).dt.total_days() / QUARTER_DAYS).round().clip(0, 3).cast(pl.Int64)
    is_period = pl.col("item") != "shares_outstanding"
    label = pl.when(pl.col("months") == 12).then(pl.lit("FY")).otherwise(pl.format("Q{}", quarter))
    year = (own_end - pl.duration(days=YEAR_END_SLACK_DAYS)).dt.year()
    return (
        joined.with_columns(
            pl.when(is_period).then(year.cast(pl.Int64)).alias("fiscal_year"),
            pl.when(is_period).then(label).alias("fiscal_period"),
        )
        .sort("__row")
        .drop("__row", "year_end")
    )
