"""Forward EPS on one stated basis per company, from estimate snapshots.

A consensus is about a fiscal year, told by its last day. Yahoo's labels 0y and +1y move on by a year when a
company has reported; the figures of one day are therefore weighed by the years that really lie around that
day, and a history compares a fiscal year with itself wherever the next twelve months cannot be formed.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

__all__ = [
    "ESTIMATE_MAX_AGE_DAYS",
    "PAST_LEAD_DAYS",
    "SNAPSHOT_MAX_AGE_DAYS",
    "forward_snapshots",
    "has_coverage",
    "history_series",
    "one_series",
    "usable_from",
]

ESTIMATE_MAX_AGE_DAYS = 92
"""An estimate older than a quarter has been overtaken by a set of results."""

DAYS_PER_YEAR = 365.25

YEAR_END_SLACK_DAYS = 10
"""Sources state month ends for fiscal years of 52 or 53 weeks, which end up to a week apart from them."""

CONSECUTIVE_DAYS = (350, 380)
"""Days between the ends of two fiscal years in a row."""

SNAPSHOT_MAX_AGE_DAYS = 14
"""A weekly history tolerates one missed week."""

SNAPSHOT_LEAD_DAYS = 3
"""Yahoo's oldest estimate is 90 days old and 13 weeks are 91: a week without an older snapshot may use
one seen up to three days later (still known on as_of)."""

PAST_LEAD_DAYS = 7
"""The same for the oldest mean that a source restates: a screen of Friday may be fed until the next Friday,
and the 90 days of the first fetch then begin up to a week after the 13 weeks of the screen."""

COMPARED_DAYS = 91
"""The comparison that every history should allow: 13 weeks, as far as one fetch of Yahoo reaches."""

_SNAPSHOT = ["ticker", "known_at", "source", "metric"]
_PREFERENCE = {"ntm": 0, "fy2": 1, "vendor": 2}


def has_coverage() -> pl.Expr:
    """True for an ESTIMATES row with a mean and, where the count is told, at least one analyst."""
    return pl.col("mean").is_not_null() & (pl.col("analysts").is_null() | (pl.col("analysts") > 0))


def forward_snapshots(estimates: pl.DataFrame) -> pl.DataFrame:
    """Return the forward figures of each snapshot (company, day, source) and metric, each with its basis.

    .. math:: E_{NTM} = \\omega E_{FY1} + (1-\\omega) E_{FY2}, \\quad \\omega = \\text{time left in FY1}/1y

    Parameters
    ----------
    estimates
        ESTIMATES; EPS on one share basis (`screen.panel.shares.estimates_on_basis`).

    Returns
    -------
    pl.DataFrame
        ticker, known_at, source, metric, value, currency, basis, period_end, growth, main_end, seen_at.
        Bases:

        - ntm: the next twelve months, from the two fiscal years around them (period_end null);
        - fy2: the next fiscal year alone, where the next twelve months cannot be formed;
        - vendor: a vendor's own unlabelled figure (period_end null);
        - fy: each fiscal year by itself, beside the above, for `history_series`.

        growth is FY2 on FY1 (null without both); main_end the year with the larger weight in an ntm row.

    Notes
    -----
    The years are told apart by period_end, never by label: the figures of 90 days ago that Yahoo states
    after a roll carry today's labels, and both years then lie after the day. Up to `YEAR_END_SLACK_DAYS`
    around a year's end the weight is 0 or 1.

    *Missing data*: a mean of null, or zero analysts, is no coverage and gives no row. Without 0y, without
    its period end, or when 0y has ended (Yahoo moves on only after the report), the basis is fy2: +1y
    alone. When 0y begins only later, fy2 is 0y alone.
    """
    covered = estimates.filter(has_coverage())
    vendor = covered.filter(pl.col("period") == "vendor").select(
        *_SNAPSHOT, pl.col("mean").alias("value"), "currency", pl.lit("vendor").alias("basis"), "seen_at"
    )
    parts = [_next_twelve_months(covered), vendor, _years_alone(covered)]
    return pl.concat(parts, how="diagonal").sort(*_SNAPSHOT, "basis", "period_end")


def _next_twelve_months(covered: pl.DataFrame) -> pl.DataFrame:
    """One row a snapshot with +1y: ntm where the two years lie around its day, else the next year alone."""
    years = _year(covered, "0y", "fy1").join(
        _year(covered, "+1y", "fy2"), on=_SNAPSHOT, how="full", coalesce=True
    )
    left = (pl.col("end_fy1") - pl.col("known_at")).dt.total_days()
    between = (pl.col("end_fy2") - pl.col("end_fy1")).dt.total_days()
    both = (pl.col("currency_fy1") == pl.col("currency_fy2")) & between.is_between(*CONSECUTIVE_DAYS)
    has_both = both.fill_null(value=False)
    is_later = has_both & (left > DAYS_PER_YEAR + YEAR_END_SLACK_DAYS)
    has_ntm = has_both & (left >= -YEAR_END_SLACK_DAYS) & ~is_later
    omega = (left / DAYS_PER_YEAR).clip(0.0, 1.0)
    mean_ntm = omega * pl.col("mean_fy1") + (1 - omega) * pl.col("mean_fy2")
    next_mean = pl.when(is_later).then("mean_fy1").otherwise("mean_fy2")
    next_end = pl.when(is_later).then("end_fy1").otherwise("end_fy2")
    has_growth = has_both & (pl.col("mean_fy1") > 0)
    main_end = pl.when(omega >= 0.5).then("end_fy1").otherwise("end_fy2")
    return years.filter(pl.col("mean_fy2").is_not_null()).select(
        *_SNAPSHOT,
        pl.when(has_ntm).then(mean_ntm).otherwise(next_mean).alias("value"),
        pl.col("currency_fy2").alias("currency"),
        pl.when(has_ntm).then(pl.lit("ntm")).otherwise(pl.lit("fy2")).alias("basis"),
        pl.when(has_ntm).then(None).otherwise(next_end).alias("period_end"),
        pl.when(has_growth).then(pl.col("mean_fy2") / pl.col("mean_fy1") - 1).alias("growth"),
        pl.when(has_ntm).then(main_end).alias("main_end"),
        pl.col("seen_at_fy2").alias("seen_at"),
    )


def _years_alone(covered: pl.DataFrame) -> pl.DataFrame:
    """Each fiscal year of each snapshot by itself, told by its last day."""
    is_year = pl.col("period").is_in(["0y", "+1y"]) & pl.col("period_end").is_not_null()
    years = covered.filter(is_year).unique([*_SNAPSHOT, "period_end"], keep="first", maintain_order=True)
    return years.select(
        *_SNAPSHOT, pl.col("mean").alias("value"), "currency", pl.lit("fy").alias("basis"), "period_end",
        "seen_at",
    )  # fmt: skip


def _year(covered: pl.DataFrame, period: str, suffix: str) -> pl.DataFrame:
    return covered.filter(pl.col("period") == period).select(
        *_SNAPSHOT,
        pl.col("mean").alias(f"mean_{suffix}"),
        pl.col("period_end").alias(f"end_{suffix}"),
        pl.col("currency").alias(f"currency_{suffix}"),
        pl.col("seen_at").alias(f"seen_at_{suffix}"),
    )  # fmt: skip


def one_series(snapshots: pl.DataFrame, *, as_of: date, metric: str) -> pl.DataFrame:
    """Return the snapshots of `metric` that form one series per company, ending on the newest one.

    The newest snapshot not older than `ESTIMATE_MAX_AGE_DAYS` decides source, basis and fiscal year; on
    a day with several, ntm comes before fy2 before vendor. Two sources, two bases or two fiscal years
    never stand in one series.
    """
    mine = _known(snapshots, as_of=as_of, metric=metric).filter(pl.col("basis") != "fy")
    head = _heads(mine, as_of=as_of).drop("main_end")
    return mine.join(head, on=["ticker", "source", "basis", "period_end", "currency"], nulls_equal=True).sort(
        "ticker", "known_at"
    )


def history_series(snapshots: pl.DataFrame, *, as_of: date, metric: str) -> pl.DataFrame:
    """Return one series per company as `one_series` does, on a basis that reaches back 13 weeks.

    1. A series on fy2 takes every figure about its fiscal year, whatever the label was at the time.
    2. A series on ntm that has no figure 13 weeks ago, where the fiscal year with the larger weight today
       has one, becomes that fiscal year: period_end states it, and one year is compared with itself.
       This happens for 90 days after the first fetch when a fiscal year has rolled within them.
    3. Every other series stays.

    Missing data: a company without an estimate of the last `ESTIMATE_MAX_AGE_DAYS` has no series.
    """
    mine = _known(snapshots, as_of=as_of, metric=metric)
    head = _heads(mine.filter(pl.col("basis") != "fy"), as_of=as_of)
    keys = ["ticker", "source", "currency"]
    years = mine.filter(pl.col("basis") == "fy").join(
        head.select(*keys, pl.coalesce("period_end", "main_end").alias("period_end"), "basis"),
        on=[*keys, "period_end"],
        suffix="_head",
    )
    own = one_series(snapshots, as_of=as_of, metric=metric)
    reaching = _reaching(years, as_of).join(_reaching(own, as_of), on="ticker", how="anti")
    is_year = (pl.col("basis_head") == "fy2") | pl.col("ticker").is_in(reaching["ticker"].implode())
    chosen = years.filter(is_year).drop("basis_head")
    rest = own.join(chosen.select("ticker").unique(), on="ticker", how="anti")
    return pl.concat([rest, chosen.select(rest.columns)]).sort("ticker", "known_at")


def _known(snapshots: pl.DataFrame, *, as_of: date, metric: str) -> pl.DataFrame:
    return snapshots.filter((pl.col("metric") == metric) & (pl.col("known_at") <= as_of))


def _heads(mine: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The newest snapshot of each company: source, basis, fiscal year, currency."""
    order = pl.col("basis").replace_strict(_PREFERENCE, return_dtype=pl.Int64)
    fresh = pl.col("known_at") >= pl.lit(as_of).dt.offset_by(f"-{ESTIMATE_MAX_AGE_DAYS}d")
    return (
        mine.filter(fresh)
        .with_columns(order.alias("__order"))
        .sort(["ticker", "known_at", "__order", "source"], descending=[False, True, False, False])
        .unique("ticker", keep="first", maintain_order=True)
        .select("ticker", "source", "basis", "period_end", "currency", "main_end")
    )


def usable_from() -> pl.Expr:
    """The first day for which each figure of a series (one a company) may stand.

    `SNAPSHOT_LEAD_DAYS` before it was known, or `PAST_LEAD_DAYS` for the first figure of a series when it
    was read later than it was the consensus.
    """
    is_first = pl.col("known_at") == pl.col("known_at").min().over("ticker")
    is_restated = (pl.col("seen_at") > pl.col("known_at")).fill_null(value=False)
    lead = pl.when(is_first & is_restated).then(PAST_LEAD_DAYS).otherwise(SNAPSHOT_LEAD_DAYS)
    return pl.col("known_at") - pl.duration(days=lead)


def _reaching(series: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Companies whose series has a figure that counts for the week 13 weeks before `as_of`."""
    week = as_of - timedelta(days=COMPARED_DAYS)
    is_fresh = pl.col("known_at") >= week - timedelta(days=SNAPSHOT_MAX_AGE_DAYS)
    return series.filter(is_fresh & (usable_from() <= week)).select("ticker").unique()
