"""Vintages that slipped by powers of ten: filings tagged in thousands or millions by mistake."""

from __future__ import annotations

import polars as pl

__all__ = ["MISSCALED_RATIO", "split_misscaled"]

MISSCALED_RATIO = 500.0
"""No restatement changes a figure this much; a slip of scale is a factor of a thousand or a million."""


def split_misscaled(statements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (kept, dropped): STATEMENTS without vintages off by a slip of scale.

    A reported vintage is dropped when its size differs by `MISSCALED_RATIO` or more from the first one
    known of the same item and period; rows that the source derived from it (same item, same day) go with
    it. Only earlier rows judge later ones, so nothing looks ahead.

    Missing data: zeros and single vintages are kept. Shares and per-share items are not judged, since
    splits restate them.

    Notes
    -----
    A filing of Arista of April 2026 tags net income of 3,511 dollars for 3,511 millions; without this its
    trailing net income would turn negative.
    """
    is_derived = pl.col("source").str.ends_with("derived")
    is_judged = ~pl.col("item").str.contains("shares|eps") & ~is_derived & (pl.col("value") != 0)
    period = ["ticker", "item", "period_type", "period_end"]
    size = pl.col("value").abs()
    first = (
        statements.filter(is_judged)
        .sort("known_at", "tag_rank", "value")
        .group_by(period, maintain_order=True)
        .agg(size.first().alias("first"))
    )
    ratio = size / pl.col("first")
    is_off = (ratio >= MISSCALED_RATIO) | (ratio <= 1 / MISSCALED_RATIO)
    marked = (
        statements.with_row_index("__row")
        .join(first, on=period, how="left")
        .with_columns(off=(is_judged & is_off).fill_null(value=False))
    )
    causes = marked.filter("off").select("ticker", "item", "known_at").unique()
    derived = marked.filter(is_derived).join(causes, on=["ticker", "item", "known_at"], how="semi")
    is_bad = pl.col("off") | pl.col("__row").is_in(derived["__row"].implode())
    kept, bad = marked.filter(~is_bad), marked.filter(is_bad)
    return kept.select(statements.columns), bad.select(statements.columns)
