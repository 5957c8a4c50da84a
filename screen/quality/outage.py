"""An outage day: most companies lose their analysts at once, which no market does."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from exposures.errors import CoverageError
from screen.panel.forward import has_coverage

__all__ = ["FAILED", "MIN_COVERED", "OUTAGE_DAYS", "OUTAGE_SHARE", "SAME_PULL_DAYS", "refuse_outage"]

OUTAGE_DAYS = 35
"""Coverage this recent counts: five weekly pulls, or one monthly one."""

OUTAGE_SHARE = 0.5
"""Analysts drop single names, at most a few a week; more than half at once is the source."""

MIN_COVERED = 4
"""Below four companies a half is one or two names, which do lose their coverage."""

SAME_PULL_DAYS = 3
"""A pull may pass midnight or be resumed after a rate limit: days this close are one snapshot."""

FAILED = ("empty", "bad_payload", "not_covered", "not_found")
"""Outcomes of an answer that holds no estimate. A refused or broken connection is no answer: the stored
estimates then stay in use with their age, which is a gap and not an outage of this kind."""


def refuse_outage(estimates: pl.DataFrame, outcomes: pl.DataFrame, *, as_of: date) -> None:
    """Raise `CoverageError` when most forward multiples vanished on the newest snapshot day.

    Counted are the companies with a covered EPS estimate in the `OUTAGE_DAYS` days up to the newest
    snapshot. One of them has lost it when its own newest snapshot is part of that pull and has no covered
    EPS any more, or when the answer to this run's question holds no estimate and none of the day is stored.

    Parameters
    ----------
    estimates
        ESTIMATES known on the date, as delivered.
    outcomes
        OUTCOMES of this run.
    as_of
        Date of the screen.

    Missing data: without an earlier covered estimate (a first run) nothing can be lost.

    Raises
    ------
    CoverageError
        More than `OUTAGE_SHARE` of at least `MIN_COVERED` companies lost their coverage.
    """
    covered = has_coverage() & (pl.col("metric") == "eps")
    days = estimates.group_by("ticker", "known_at").agg(covered.any().alias("covered"))
    newest = days.get_column("known_at").max()
    if not isinstance(newest, date):
        return
    own = days.group_by("ticker").agg(
        pl.col("known_at").max().alias("last"),
        pl.col("known_at").filter("covered").max().alias("last_covered"),
    )
    had = own.filter(pl.col("last_covered") >= newest - timedelta(days=OUTAGE_DAYS))
    has_vanished = (pl.col("last") > pl.col("last_covered")) & (
        pl.col("last") >= newest - timedelta(days=SAME_PULL_DAYS)
    )
    failed = outcomes.filter((pl.col("dataset") == "estimates") & pl.col("status").is_in(FAILED))
    is_silent = pl.col("ticker").is_in(failed["ticker"].implode()) & (pl.col("last_covered") < as_of)
    lost = had.filter(has_vanished | is_silent).height
    if had.height >= MIN_COVERED and lost > OUTAGE_SHARE * had.height:
        day = newest if had.filter(has_vanished).height else as_of
        raise CoverageError(
            f"{lost} of {had.height} companies that had analyst estimates in the last {OUTAGE_DAYS} days "
            f"have none on {day}: an outage at the source, not the analysts. Nothing is ranked.",
            fix=f"Run again later, or rank the last sound day with --as-of {_last_sound(days, day)}.",
        )


def _last_sound(days: pl.DataFrame, day: date) -> date:
    """Return the newest day before `day` on which most companies were covered, else the day before it."""
    share = days.group_by("known_at").agg(pl.col("covered").mean()).filter(pl.col("known_at") < day)
    sound = share.filter(pl.col("covered") > OUTAGE_SHARE)["known_at"].max()
    return sound if isinstance(sound, date) else day - timedelta(days=1)
