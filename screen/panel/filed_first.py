"""Filings before vendors: one row a period where both state it, and one calendar for what is left."""

from __future__ import annotations

import polars as pl

__all__ = ["SAME_PERIOD_DAYS", "filed_first"]

SAME_PERIOD_DAYS = 20
"""Yahoo moves the ends of 52-week quarters to the end of a month, by half a month at most; quarters lie 91
days apart."""

_SERIES = ["ticker", "item", "period_type"]


def filed_first(statements: pl.DataFrame) -> pl.DataFrame:
    """Return STATEMENTS in which no period stands twice, once as filed and once as a vendor tells it.

    1. A row that is not filed goes when a filed one of the same ticker, item and period type ends within
       `SAME_PERIOD_DAYS` of it.
    2. A row that stays gets the period end of the ticker's filings when one lies within
       `SAME_PERIOD_DAYS`, so that items of one quarter from two sources meet in it.

    Parameters
    ----------
    statements
        STATEMENTS known on the date of the screen, and no later ones: a filing must not displace a vendor's
        row before it was made.

    Notes
    -----
    Rows of quarters newer than every filing stay as they are: they are news until the filing is read. So do
    older rows that no filing states (Alphabet's EPS, which it files by share class). A newest quarter whose
    end is rounded by a week still lies within the span that a trailing year may have
    (`screen.panel.trailing.MAX_SPAN_DAYS`).

    Missing data: tickers without filings are returned unchanged.
    """
    is_filed = pl.col("known_at_basis") == "filed"
    filed, told = statements.filter(is_filed), statements.filter(~is_filed)
    if filed.is_empty() or told.is_empty():
        return statements
    own = _nearest(told, filed.select(*_SERIES, "period_end"), by=_SERIES)
    left = own.filter(pl.col("filed_end").is_null()).drop("filed_end")
    periods = filed.filter(pl.col("period_type") != "INSTANT").select("ticker", "period_end")
    moved = _nearest(left, periods, by=["ticker"]).with_columns(
        pl.coalesce("filed_end", "period_end").alias("period_end")
    )
    return pl.concat([filed, moved.select(statements.columns)])


def _nearest(rows: pl.DataFrame, ends: pl.DataFrame, *, by: list[str]) -> pl.DataFrame:
    """Add filed_end, the nearest of `ends` within `SAME_PERIOD_DAYS`; null without one."""
    right = ends.unique().sort("period_end").with_columns(filed_end=pl.col("period_end"))
    return rows.sort("period_end").join_asof(
        right, on="period_end", by=by, strategy="nearest", tolerance=f"{SAME_PERIOD_DAYS}d",
        check_sortedness=False,
    )  # fmt: skip
