"""Vintages that slipped by powers of ten: filings tagged in thousands or millions by mistake."""

from __future__ import annotations

import polars as pl

__all__ = ["MISSCALED_RATIO", "split_misscaled"]

MISSCALED_RATIO = 500.0
"""A slip of scale is a factor of a thousand or a million; hardly any restatement comes near."""

OUTLIER_RATIO = 100.0
"""Distance from the neighbouring periods at which a vintage is the one that slipped."""

NEIGHBOUR_DAYS = 800
"""Neighbours are periods of the same length that ended within about two years."""


def split_misscaled(statements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (kept, dropped): STATEMENTS without vintages off by a slip of scale.

    A reported vintage is dropped when its size differs by `MISSCALED_RATIO` or more from the first one
    known of the same item and period, and by `OUTLIER_RATIO` or more from the median of the neighbouring
    periods known before it; rows that the source derived from it (same item, same day) go with it. A
    correction of a first filing that had slipped therefore stays, and counts as the newest. Only earlier
    rows judge later ones, so nothing looks ahead.

    Missing data: zeros, single vintages and vintages without neighbours are kept. Shares and per-share
    items are not judged, since splits restate them.

    Notes
    -----
    A filing of Arista of April 2026 tags net income of 3,511 dollars for 3,511 millions; without this its
    trailing net income would turn negative.
    """
    is_derived = pl.col("source").str.ends_with("derived")
    is_judged = ~pl.col("item").str.contains("shares|eps") & ~is_derived & (pl.col("value") != 0)
    period = ["ticker", "item", "period_type", "period_end"]
    rows = statements.with_row_index("__row").with_columns(pl.col("value").abs().alias("__size"))
    judged = rows.filter(is_judged)
    first = judged.sort("known_at", "tag_rank", "value").group_by(period, maintain_order=True).first()
    suspects = judged.join(first.select(*period, pl.col("__size").alias("__first")), on=period).filter(
        _differs(pl.col("__size"), pl.col("__first"), MISSCALED_RATIO)
    )
    neighbours = suspects.select("__row", *period, "known_at", "__size").join(
        judged.select("ticker", "item", "period_type", "period_end", "known_at", "__size"),
        on=["ticker", "item", "period_type"],
        suffix="_other",
    )
    distance = (pl.col("period_end_other") - pl.col("period_end")).dt.total_days().abs()
    usual = (
        neighbours.filter(
            (pl.col("known_at_other") < pl.col("known_at")) & distance.is_between(1, NEIGHBOUR_DAYS)
        )
        .group_by("__row")
        .agg(pl.col("__size_other").median().alias("__usual"))
    )
    off = suspects.join(usual, on="__row").filter(
        _differs(pl.col("__size"), pl.col("__usual"), OUTLIER_RATIO)
    )
    derived = rows.filter(is_derived).join(off, on=["ticker", "item", "known_at"], how="semi")
    is_bad = pl.col("__row").is_in(pl.concat([off["__row"], derived["__row"]]).implode())
    kept, bad = rows.filter(~is_bad), rows.filter(is_bad)
    return kept.select(statements.columns), bad.select(statements.columns)


def _differs(a: pl.Expr, b: pl.Expr, ratio: float) -> pl.Expr:
    return (a / b >= ratio) | (a / b <= 1 / ratio)
