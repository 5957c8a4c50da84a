"""When a company's filings are asked for again."""

from __future__ import annotations

from datetime import date

import polars as pl

__all__ = ["DATASET", "FILING_DUE_DAYS", "MAX_AGE_DAYS", "fresh_tickers"]

DATASET = "statements"

MAX_AGE_DAYS = 7
"""Filings come a few times a year; a week is the rhythm of the screen."""

FILING_DUE_DAYS = 80
"""A quarterly filer files about every 91 days: from 80 days after the newest filing the next one may be out
on any day, so the answer of yesterday is asked for again (a request that most days costs an empty 304)."""

SETTLED = ("ok", "partial", "empty", "not_found", "not_covered")
"""Answers that stand until they age; every other outcome is tried again."""

_LASTING = ("not_found", "not_covered")
"""No filing is awaited after these."""


def fresh_tickers(pulls: pl.DataFrame, *, today: date) -> set[str]:
    """Return the tickers that need not be asked today.

    Fresh is a ticker whose newest row in PULLS is settled (`SETTLED`), and that was pulled today, or within
    `MAX_AGE_DAYS` while its newest filing is younger than `FILING_DUE_DAYS`.

    Missing data: a ticker without a row is not fresh; one whose answer held no filing waits for its age.
    """
    mine = pulls.filter(pl.col("dataset") == DATASET)
    newest = mine.sort("pulled_at", "pull_id").group_by("ticker", maintain_order=True).last()
    age = (pl.lit(today) - pl.col("pulled_at")).dt.total_days()
    is_awaited = (pl.lit(today) - pl.col("latest")).dt.total_days() >= FILING_DUE_DAYS
    is_awaited = is_awaited.fill_null(value=False) & ~pl.col("status").is_in(_LASTING)
    is_fresh = (age <= 0) | ((age < MAX_AGE_DAYS) & ~is_awaited)
    return set(newest.filter(pl.col("status").is_in(SETTLED) & is_fresh)["ticker"])
