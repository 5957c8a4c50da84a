"""`first_new_basis`: the first filing after a split that restates earlier periods, found in the facts."""

from __future__ import annotations

import polars as pl

__all__ = ["first_new_basis"]

SEARCH_DAYS = 550
"""A split is shown in the first report after it, which a late filer may owe for a year; a change by the same
ratio after a year and a half is something else."""

RATIO_TOLERANCE = 0.02
"""Restated share counts are the old ones times the ratio, up to rounding and small corrections."""

EPS_ROUNDING = 0.0051
"""EPS is stated in cents, so a restated EPS differs from old EPS / ratio by half a cent at most."""

MIN_EPS_PERIODS = 2
"""One restated EPS may agree by chance; without share counts two periods of one filing must."""


def first_new_basis(statements: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """Return SPLITS with first_new_basis_filing filled where filings show it.

    ::

        shares after / shares before = ratio      (within 2%)
        |EPS before / ratio - EPS after| <= half a cent, in two periods or more

    Compared are two vintages of one period that follow each other. The day is that of the first filing, from
    the ex-date to `SEARCH_DAYS` after it, whose restated diluted shares show the ratio; without share counts,
    whose EPS do.

    Parameters
    ----------
    statements
        STATEMENTS; only rows with known_at_basis ``filed`` are read.
    splits
        SPLITS. Dates that are given already stay, as do rows without an ex-date.

    Notes
    -----
    *Missing data*: null where no filing shows the ratio, for instance because none followed yet; the basis
    then changes on the ex-date (`screen.panel.shares.ratio_between`). Rows filed before an ex-date are never
    taken for new ones.
    """
    open_rows = splits.with_row_index("__split").filter(
        pl.col("ex_date").is_not_null() & pl.col("first_new_basis_filing").is_null()
    )
    if open_rows.is_empty() or statements.is_empty():
        return splits
    changes = _changes(statements).join(
        open_rows.select("__split", "ticker", "ex_date", "ratio"), on="ticker"
    )
    since = (pl.col("known_at") - pl.col("ex_date")).dt.total_days()
    changes = changes.filter(since.is_between(0, SEARCH_DAYS))
    by_shares = changes.filter(
        (pl.col("item") == "shares_diluted") & (pl.col("before") > 0)
        & ((pl.col("value") / pl.col("before") / pl.col("ratio") - 1).abs() <= RATIO_TOLERANCE)
    )  # fmt: skip
    gap = (pl.col("before") / pl.col("ratio") - pl.col("value")).abs()
    is_clear = (pl.col("value") - pl.col("before")).abs() > EPS_ROUNDING
    by_eps = (
        changes.filter((pl.col("item") == "eps_diluted") & (gap <= EPS_ROUNDING) & is_clear)
        .group_by("__split", "known_at")
        .agg(pl.struct("period_type", "period_end").n_unique().alias("periods"))
        .filter(pl.col("periods") >= MIN_EPS_PERIODS)
    )
    found = [
        part.group_by("__split").agg(pl.col("known_at").min().alias(name))
        for part, name in ((by_shares, "shares_day"), (by_eps, "eps_day"))
    ]
    joined = splits.with_row_index("__split")
    for part in found:
        joined = joined.join(part, on="__split", how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce("first_new_basis_filing", "shares_day", "eps_day").alias("first_new_basis_filing")
    ).select(splits.columns)


def _changes(statements: pl.DataFrame) -> pl.DataFrame:
    """Filed share counts and EPS beside the vintage before of the same period."""
    period = ["ticker", "item", "period_type", "period_end", "tag_rank"]
    chosen = statements.filter(
        (pl.col("known_at_basis") == "filed")
        & pl.col("item").is_in(["shares_diluted", "eps_diluted"])
        & ~pl.col("source").str.ends_with("derived")
    )
    ordered = chosen.sort(*period, "known_at")
    before = pl.col("value").shift(1).over(period)
    return ordered.with_columns(before.alias("before")).filter(pl.col("before").is_not_null())
