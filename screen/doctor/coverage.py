"""What the store holds of the theme's companies, by exchange."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from screen.doctor.check import Check
from screen.market.protocol import Company, MarketData
from screen.panel.weekly import PRICE_MAX_AGE_DAYS

__all__ = ["coverage_by_exchange", "coverage_checks"]

HOME = "US"
"""Symbols without a suffix trade in the United States."""


def coverage_by_exchange(data: MarketData, companies: Sequence[Company], *, as_of: date) -> pl.DataFrame:
    """Return one row per exchange suffix: companies, priced, estimates, statements, newest day.

    A company counts when it has at least one row known by `as_of` (estimates: with a mean).

    Missing data: an exchange without any price has a null newest day.
    """
    known = data.known_by(as_of)
    days = known.prices.group_by("ticker").agg(newest=pl.col("date").max())
    table = pl.DataFrame({"ticker": [company.ticker for company in companies]}, schema={"ticker": pl.String})
    suffix = pl.col("ticker").str.extract(r"(\.[A-Z]+)$")
    return (
        table.join(days, on="ticker", how="left")
        .with_columns(
            exchange=suffix.fill_null(HOME),
            has_estimates=_has(known.estimates.filter(pl.col("mean").is_not_null())),
            has_statements=_has(known.statements),
        )
        .group_by("exchange")
        .agg(
            companies=pl.len(),
            priced=pl.col("newest").is_not_null().sum(),
            estimates=pl.col("has_estimates").sum(),
            statements=pl.col("has_statements").sum(),
            newest=pl.col("newest").max(),
        )
        .sort("companies", "exchange", descending=[True, False])
    )


def coverage_checks(data: MarketData, companies: Sequence[Company], *, as_of: date) -> list[Check]:
    """Return one row per exchange; it warns when companies lack a price or the newest price is stale."""
    rows = []
    for row in coverage_by_exchange(data, companies, as_of=as_of).iter_rows(named=True):
        count, newest = row["companies"], row["newest"]
        is_stale = newest is None or newest < as_of - timedelta(days=PRICE_MAX_AGE_DAYS)
        found = (
            f"{row['priced']}/{count} priced, {row['estimates']} estimates, {row['statements']} statements, "
            f"{f'newest {newest}' if newest else 'no price'}"
        )
        if is_stale:
            fix = 'Run "screen data pull"; if it stays, the exchange is closed or the symbols are wrong.'
            rows.append(Check("coverage", row["exchange"], "warn", found, fix))
        elif row["priced"] < count:
            fix = 'Run "screen data pull", which lists the companies and why.'
            rows.append(Check("coverage", row["exchange"], "warn", found, fix))
        else:
            rows.append(Check("coverage", row["exchange"], "ok", found))
    return rows


def _has(frame: pl.DataFrame) -> pl.Expr:
    return pl.col("ticker").is_in(frame.get_column("ticker").unique().to_list())
