"""Forward EPS on one stated basis per company, from estimate snapshots."""

from __future__ import annotations

from datetime import date

import polars as pl

__all__ = ["ESTIMATE_MAX_AGE_DAYS", "forward_snapshots", "has_coverage", "one_series"]

ESTIMATE_MAX_AGE_DAYS = 92
"""An estimate older than a quarter has been overtaken by a set of results."""

DAYS_PER_YEAR = 365.25

_PREFERENCE = {"ntm": 0, "fy2": 1, "vendor": 2}


def has_coverage() -> pl.Expr:
    """True for an ESTIMATES row with a mean and, where the count is told, at least one analyst."""
    return pl.col("mean").is_not_null() & (pl.col("analysts").is_null() | (pl.col("analysts") > 0))


def forward_snapshots(estimates: pl.DataFrame) -> pl.DataFrame:
    """Return one forward figure per snapshot and metric, with its basis.

    .. math:: E_{NTM} = \\omega E_{FY1} + (1-\\omega) E_{FY2}, \\quad \\omega = \\text{months left in FY1}/12

    Returns
    -------
    pl.DataFrame
        ticker, known_at, source, metric, value, currency, basis (ntm, fy2 or vendor), period_end (the
        +1y fiscal year end for fy2, null for ntm and vendor), growth (FY2 on FY1, null without both).

    Notes
    -----
    *Missing data*: a mean of null, or zero analysts, is no coverage and gives no row. Without 0y, or
    without its period end, the basis is fy2: the +1y year alone.
    """
    covered = estimates.filter(has_coverage())
    keys = ["ticker", "known_at", "source", "metric"]

    def leg(period: str, suffix: str) -> pl.DataFrame:
        return covered.filter(pl.col("period") == period).select(
            *keys,
            pl.col("mean").alias(f"mean_{suffix}"),
            pl.col("period_end").alias(f"end_{suffix}"),
            pl.col("currency").alias(f"currency_{suffix}"),
        )

    years = leg("0y", "fy1").join(leg("+1y", "fy2"), on=keys, how="full", coalesce=True)
    left = (pl.col("end_fy1") - pl.col("known_at")).dt.total_days() / DAYS_PER_YEAR
    omega = left.clip(0.0, 1.0)
    same = pl.col("currency_fy1") == pl.col("currency_fy2")
    has_ntm = pl.col("mean_fy1").is_not_null() & pl.col("mean_fy2").is_not_null() & left.is_not_null() & same
    labelled = years.filter(pl.col("mean_fy2").is_not_null()).select(
        *keys,
        pl.when(has_ntm)
        .then(omega * pl.col("mean_fy1") + (1 - omega) * pl.col("mean_fy2"))
        .otherwise(pl.col("mean_fy2"))
        .alias("value"),
        pl.col("currency_fy2").alias("currency"),
        pl.when(has_ntm).then(pl.lit("ntm")).otherwise(pl.lit("fy2")).alias("basis"),
        pl.when(has_ntm).then(None).otherwise(pl.col("end_fy2")).alias("period_end"),
        pl.when(has_ntm & (pl.col("mean_fy1") > 0))
        .then(pl.col("mean_fy2") / pl.col("mean_fy1") - 1)
        .alias("growth"),
    )
    vendor = covered.filter(pl.col("period") == "vendor").select(
        *keys,
        pl.col("mean").alias("value"),
        "currency",
        pl.lit("vendor").alias("basis"),
        pl.lit(None, dtype=pl.Date).alias("period_end"),
        pl.lit(None, dtype=pl.Float64).alias("growth"),
    )
    return pl.concat([labelled, vendor]).sort(keys)


def one_series(snapshots: pl.DataFrame, *, as_of: date, metric: str) -> pl.DataFrame:
    """Return the snapshots of `metric` that form one series per company, ending on the newest one.

    The newest snapshot not older than `ESTIMATE_MAX_AGE_DAYS` decides source, basis and fiscal year; on
    a day with several, ntm comes before fy2 before vendor. Two sources, two bases or two fiscal years
    never stand in one series.
    """
    mine = snapshots.filter((pl.col("metric") == metric) & (pl.col("known_at") <= as_of))
    order = pl.col("basis").replace_strict(_PREFERENCE, return_dtype=pl.Int64)
    fresh = pl.col("known_at") >= pl.lit(as_of).dt.offset_by(f"-{ESTIMATE_MAX_AGE_DAYS}d")
    head = (
        mine.filter(fresh)
        .with_columns(order.alias("__order"))
        .sort(["ticker", "known_at", "__order", "source"], descending=[False, True, False, False])
        .unique("ticker", keep="first", maintain_order=True)
        .select("ticker", "source", "basis", "period_end", "currency")
    )
    return mine.join(head, on=["ticker", "source", "basis", "period_end", "currency"], nulls_equal=True).sort(
        "ticker", "known_at"
    )
