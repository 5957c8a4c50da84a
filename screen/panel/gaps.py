"""GAPS: what is missing or old, in words, with what the run did about it."""

from __future__ import annotations

from datetime import date

import polars as pl

from reports.data import GAPS
from screen.panel.forward import ESTIMATE_MAX_AGE_DAYS, has_coverage
from screen.panel.weekly import PRICE_MAX_AGE_DAYS

__all__ = ["collect_gaps", "coverage_counts"]

_EFFECT = {
    "prices": "multiples and market value blank",
    "estimates": "forward multiple blank; trailing multiple used where there is one",
    "statements": "margins, growth and trailing multiple blank",
    "profile": "share count from statements where there is one",
    "fx": "figures in this currency are not converted",
    "monthly_revenue": "newest stored month used while it is recent, else monthly revenue blank",
}

_FIGURE = {
    "prices": "price",
    "estimates": "eps_forward",
    "statements": "revenue_ttm_usd",
    "profile": "shares",
    "monthly_revenue": "monthly_revenue_usd",
}
"""Column of PANEL that is not null while older rows, or those of another source, serve the dataset."""

_SERVED = "stored rows are used"


def collect_gaps(
    panel: pl.DataFrame,
    outcomes: pl.DataFrame,
    estimates: pl.DataFrame,
    misscaled: pl.DataFrame,
    *,
    as_of: date,
) -> pl.DataFrame:
    """Return GAPS: failed requests, stale prices, absent or stale estimates, statements absent or dropped."""
    failed = outcomes.filter(pl.col("status") != "ok").select(
        "ticker",
        "dataset",
        pl.format(
            "{}: {}",
            pl.col("status").str.replace_all("_", " "),
            pl.col("reason").fill_null("no reason given"),
        ).alias("reason"),
        (pl.lit(as_of) - pl.col("latest")).dt.total_days().alias("age_days"),
    )
    seen = failed.select("ticker", "dataset")
    newest = estimates.filter(has_coverage()).group_by("ticker").agg(pl.col("known_at").max())
    rows = panel.join(newest, on="ticker", how="left")
    age = (pl.lit(as_of) - pl.col("known_at")).dt.total_days()
    found = pl.concat(
        [
            _rows(
                rows.filter(pl.col("price").is_null()), "prices", pl.col("reason"), pl.col("price_age_days")
            ),
            _rows(
                rows.filter(pl.col("eps_forward").is_null()),
                "estimates",
                pl.when(pl.col("known_at").is_null())
                .then(pl.lit("no analyst coverage known"))
                .when(age > ESTIMATE_MAX_AGE_DAYS)
                .then(pl.format("newest estimate is {} days old", age))
                .otherwise(pl.lit("no usable forward EPS, or no exchange rate for its currency")),
                age,
            ),
            _rows(
                rows.filter(pl.col("revenue_ttm_usd").is_null()),
                "statements",
                pl.lit("no four quarters or fiscal year known, or no exchange rate"),
                pl.lit(None, dtype=pl.Int64),
            ),
        ]
    ).join(seen, on=["ticker", "dataset"], how="anti")
    effect = pl.col("dataset").replace_strict(_EFFECT, default="noted", return_dtype=pl.String)
    is_elsewhere = (pl.col("dataset") == "profile") & pl.col("age_days").is_null()  # shares of the statements
    served = failed.filter(~is_elsewhere).join(_served(panel), on=["ticker", "dataset"], how="semi")
    both = pl.concat(
        [
            served.with_columns(action=pl.lit(_SERVED)),
            failed.join(served, on=["ticker", "dataset"], how="anti").with_columns(action=effect),
            found.with_columns(action=effect),
            _misscaled(misscaled, as_of),
        ]
    )
    return GAPS.conform(both.sort("ticker", "dataset", "reason"))


def _served(panel: pl.DataFrame) -> pl.DataFrame:
    """(ticker, dataset) of which the panel has a figure."""
    parts = [
        panel.filter(pl.col(column).is_not_null()).select("ticker", dataset=pl.lit(dataset))
        for dataset, column in _FIGURE.items()
    ]
    return pl.concat(parts)


def _misscaled(dropped: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Older filings than three years reach no figure of the run, so they are not worth a line."""
    recent = dropped.filter(pl.col("known_at") > pl.lit(as_of).dt.offset_by("-3y"))
    years = recent.group_by("ticker", "item", "known_at").agg(pl.col("period_end").max().alias("end"))
    return years.select(
        "ticker",
        pl.lit("statements").alias("dataset"),
        pl.format(
            "{} filed on {} (periods to {}) is off by a factor of hundreds or more", "item", "known_at", "end"
        ).alias("reason"),
        pl.lit(None, dtype=pl.Int64).alias("age_days"),
        pl.lit("dropped; the earlier filing stands").alias("action"),
    )


def _rows(frame: pl.DataFrame, dataset: str, reason: pl.Expr, age: pl.Expr) -> pl.DataFrame:
    return frame.select(
        "ticker",
        pl.lit(dataset).alias("dataset"),
        reason.alias("reason"),
        age.cast(pl.Int64).alias("age_days"),
    )


def coverage_counts(panel: pl.DataFrame) -> dict[str, int]:
    """Return how many companies are asked for, and how many have a current price, estimate, statement."""
    fresh = pl.col("price").is_not_null() & (pl.col("price_age_days") <= PRICE_MAX_AGE_DAYS)
    row = panel.select(
        pl.len().alias("companies"),
        fresh.sum().alias("prices"),
        pl.col("eps_forward").is_not_null().sum().alias("estimates"),
        pl.col("revenue_ttm_usd").is_not_null().sum().alias("statements"),
    ).row(0, named=True)
    return {name: int(count) for name, count in row.items()}
