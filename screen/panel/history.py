"""MULTIPLES: weekly forward, trailing and sales multiples, each week from what was known in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from models.tables import MULTIPLES
from screen.panel.forward import PAST_LEAD_DAYS, SNAPSHOT_MAX_AGE_DAYS, history_series, usable_from
from screen.panel.gains import GAINS_REASON, gain_per_share
from screen.panel.rates import with_usd_rate
from screen.panel.trailing import MAX_AGE_DAYS, trailing_sums

__all__ = ["MIN_EARNINGS_YIELD", "build_multiples", "log_multiple"]

MIN_EARNINGS_YIELD = 0.005
"""Below an earnings yield of 0.5% (a multiple above 200) the log multiple says nothing (methods 2.1)."""


def log_multiple(price: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """ln(price / denominator), null when the denominator is not positive or under 0.5% of the price."""
    usable = (price > 0) & (denominator > 0) & (denominator / price >= MIN_EARNINGS_YIELD)
    return pl.when(usable).then((price / denominator).log())


def build_multiples(
    weekly: pl.DataFrame,
    snapshots: pl.DataFrame,
    statements: pl.DataFrame,
    rates: pl.DataFrame,
    *,
    as_of: date,
    with_gains: Callable[[pl.DataFrame], pl.DataFrame],
) -> pl.DataFrame:
    """Return MULTIPLES for every company with a weekly close.

    Parameters
    ----------
    weekly
        Weekly closes on the share basis of `as_of`.
    snapshots
        Forward figures per estimate snapshot, on the share basis of `as_of`.
    statements
        STATEMENTS known by `as_of`, on its share basis.
    rates
        Dated exchange rates.
    as_of
        Last week.
    with_gains
        Adds gain_usd (`screen.panel.gains.stated_gains`) to rows of ticker, date, year_end: stated gains
        are taken out of the trailing EPS of every week that knew them, as in the panel.

    Notes
    -----
    *Missing data*: a week whose denominator is unknown is absent; one whose denominator is not positive
    has a null log_multiple and a reason.
    """
    closes = weekly.filter(pl.col("close").is_not_null()).select(
        "ticker", "date", pl.col("close").alias("price"), "currency"
    )
    parts = [
        _forward(closes, snapshots, as_of=as_of),
        _trailing(closes, statements, item="eps_diluted", basis="trailing"),
        _sales(closes, statements),
    ]
    parts[1] = _strip(_mark_gains(with_gains(parts[1]), closes, statements, rates), statements, rates)
    rows = with_usd_rate(
        pl.concat(parts, how="diagonal"), rates, currency="currency", date="date", name="usd_price"
    )
    rows = with_usd_rate(rows, rates, currency="denominator_currency", date="date", name="usd_denominator")
    rate = (
        pl.when(pl.col("currency") == pl.col("denominator_currency"))
        .then(1.0)
        .otherwise(pl.col("usd_denominator") / pl.col("usd_price"))
    )
    rows = rows.with_columns((pl.col("denominator") * rate).alias("denominator")).filter(
        pl.col("denominator").is_not_null()
    )
    has_gains = pl.col("has_gains").fill_null(value=False)
    value = pl.when(~has_gains).then(log_multiple(pl.col("price"), pl.col("denominator")))
    reason = pl.when(value.is_null()).then(
        pl.when(has_gains)
        .then(pl.lit(GAINS_REASON))
        .when(pl.col("denominator") <= 0)
        .then(pl.lit("EPS not positive: the multiple is not defined"))
        .otherwise(pl.lit("EPS under 0.5% of the price: the multiple is not defined"))
    )
    return MULTIPLES.conform(
        rows.with_columns(value.alias("log_multiple"), reason.alias("reason")).sort("ticker", "basis", "date")
    )


def _forward(closes: pl.DataFrame, snapshots: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    series = history_series(snapshots, as_of=as_of, metric="eps")
    right = series.select(
        "ticker", "known_at", "value", "currency", "period_end", "source", usable_from().alias("usable_from")
    ).sort("known_at")
    older = closes.sort("date").join_asof(
        right, left_on="date", right_on="known_at", by="ticker", strategy="backward",
        tolerance=f"{SNAPSHOT_MAX_AGE_DAYS}d", suffix="_estimate", check_sortedness=False,
    )  # fmt: skip
    missed = older.filter(pl.col("value").is_null()).select(closes.columns)
    later = missed.join_asof(
        right, left_on="date", right_on="known_at", by="ticker", strategy="forward",
        tolerance=f"{PAST_LEAD_DAYS}d", suffix="_estimate", check_sortedness=False,
    ).filter(pl.col("date") >= pl.col("usable_from"))  # fmt: skip
    both = pl.concat([older, later]).filter(pl.col("value").is_not_null())
    return both.select(
        "ticker", "date", "price", "currency",
        pl.lit("forward").alias("basis"),
        pl.col("value").alias("denominator"),
        pl.col("currency_estimate").alias("denominator_currency"),
        "period_end",
        pl.col("source").alias("estimate_source"),
    )  # fmt: skip


def _trailing(closes: pl.DataFrame, statements: pl.DataFrame, *, item: str, basis: str) -> pl.DataFrame:
    """The sum changes only on days when something became known, so it is taken on those days alone."""
    mine = statements.filter(pl.col("item") == item)
    events = mine.select("ticker", pl.col("known_at").alias("date")).unique(maintain_order=True)
    sums = trailing_sums(mine, events, items=[item]).drop("known_at").rename({"date": "known_from"})
    joined = closes.sort("date").join_asof(
        sums.sort("known_from"), left_on="date", right_on="known_from", by="ticker", strategy="backward",
        suffix="_sum", check_sortedness=False,
    )  # fmt: skip
    current = (pl.col("date") - pl.col("period_end")).dt.total_days() <= MAX_AGE_DAYS
    return joined.filter(current).select(
        "ticker", "date", "price", "currency",
        pl.lit(basis).alias("basis"),
        pl.col("value").alias("denominator"),
        pl.col("currency_sum").alias("denominator_currency"),
        pl.lit(None, dtype=pl.Date).alias("period_end"),
        pl.col("period_end").alias("year_end"),
        # Four quarters and a fiscal year are two measures; they never form one series.
        pl.format("{} ({})", pl.col("source").str.replace(r"[:+].*", ""), "span").alias("estimate_source"),
    )  # fmt: skip


def _strip(trailing: pl.DataFrame, statements: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Take the stated gains out of the EPS; a week without a diluted share count loses its EPS."""
    rows = _with_diluted(
        with_usd_rate(trailing, rates, currency="denominator_currency", date="date", name="usd"), statements
    )
    eps = pl.col("denominator") - gain_per_share(pl.col("shares"))
    return rows.with_columns(eps.alias("denominator")).select(trailing.columns)


def _mark_gains(
    trailing: pl.DataFrame, closes: pl.DataFrame, statements: pl.DataFrame, rates: pl.DataFrame
) -> pl.DataFrame:
    """Add has_gains: net income known in the week, less stated gains, exceeds operating income."""
    pair = [
        _trailing(closes, statements, item=item, basis=item).select(
            "ticker", "date", pl.col("denominator").alias(item)
        )
        for item in ("net_income", "operating_income")
    ]
    both = trailing.join(pair[0], on=["ticker", "date"], how="left", maintain_order="left").join(
        pair[1], on=["ticker", "date"], how="left", maintain_order="left"
    )
    both = with_usd_rate(both, rates, currency="denominator_currency", date="date", name="usd")
    core = pl.col("net_income") - gain_per_share(pl.lit(1.0))
    has_gains = (core > pl.col("operating_income")) & (core > 0)
    return both.select(*trailing.columns, has_gains.alias("has_gains"))


def _sales(closes: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """Revenue per diluted share; shares are those of the newest quarter known in the week."""
    revenue = _trailing(closes, statements, item="revenue", basis="sales")
    return (
        _with_diluted(revenue, statements)
        .filter(pl.col("shares") > 0)
        .with_columns((pl.col("denominator") / pl.col("shares")).alias("denominator"))
        .select(revenue.columns)
    )


def _with_diluted(rows: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """Add shares: the diluted count of the newest quarter known on each row's date.

    A count of an older quarter that is filed again later does not replace it.
    """
    shares = statements.filter((pl.col("item") == "shares_diluted") & (pl.col("period_type") != "YTD"))
    ordered = shares.sort(
        "known_at", "period_end", "tag_rank", "value", descending=[False, False, True, False]
    )
    newest = ordered.filter(pl.col("period_end") >= pl.col("period_end").cum_max().over("ticker"))
    right = newest.select("ticker", "known_at", pl.col("value").alias("shares"))
    return rows.sort("date").join_asof(
        right, left_on="date", right_on="known_at", by="ticker", strategy="backward", check_sortedness=False
    )
