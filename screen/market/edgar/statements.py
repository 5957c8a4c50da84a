"""companyfacts -> STATEMENTS: every vintage with the day it was filed, and the quarters between them."""

from __future__ import annotations

from datetime import date

import polars as pl

from screen.market.edgar.debt import total_debt
from screen.market.edgar.differences import derived_quarters
from screen.market.edgar.facts import read_facts
from screen.market.edgar.fiscal import with_fiscal_labels
from screen.market.edgar.vintages import vintages
from screen.market.tables import STATEMENTS

__all__ = ["DERIVED", "FILED", "SUMMED", "statement_rows", "statements_of"]

FILED, DERIVED, SUMMED = "edgar", "edgar:derived", "edgar:sum"
"""Sources: stated by a filing, a difference of two stated figures, a sum of stated parts (total_debt)."""

_TYPES = {0: "INSTANT", 3: "Q", 6: "YTD", 9: "YTD", 12: "FY"}


def statement_rows(ticker: str, content: bytes, *, seen_at: date) -> pl.DataFrame:
    """Return the STATEMENTS rows of a companyfacts answer; see `statements_of`."""
    return statements_of(ticker, read_facts(content).facts, seen_at=seen_at)


def statements_of(ticker: str, facts: pl.DataFrame, *, seen_at: date) -> pl.DataFrame:
    """Return STATEMENTS rows of FACTS: every vintage, derived quarters and total debt.

    Parameters
    ----------
    ticker
        Yahoo symbol.
    facts
        FACTS (`screen.market.edgar.facts.read_facts`).
    seen_at
        Day on which the facts were read at the SEC.

    Notes
    -----
    known_at is the day of the filing, known_at_basis ``filed``, is_latest_vintage False: EPS and share counts
    are on the share basis of that day. A figure that a later filing repeats unchanged adds no row; a changed
    one does. period_start and period_end are the fact's own: the SEC's fy and fp describe the filing.

    *Missing data*: see `screen.market.edgar.facts`, `vintages`, `differences` and `debt`. Nothing is 0 for
    want of a fact.
    """
    items = facts.filter(~pl.col("item").str.starts_with("debt_") & (pl.col("item") != "balance_sheet"))
    stated = vintages(items)
    debt = vintages(total_debt(facts))
    common = ["item", "currency", "start", "end", "value", "filed", "tag_rank", "months", "source"]
    parts = pl.concat(
        [
            stated.with_columns(source=pl.lit(FILED)).select(common),
            derived_quarters(stated)
            .with_columns(source=pl.lit(DERIVED), months=pl.lit(3, dtype=pl.Int64))
            .select(common),
            debt.with_columns(source=pl.lit(SUMMED)).select(common),
        ],
        how="vertical_relaxed",
    )
    labelled = with_fiscal_labels(parts)
    return STATEMENTS.conform(
        labelled.select(
            pl.lit(ticker).alias("ticker"), "item",
            pl.col("months").replace_strict(_TYPES, return_dtype=pl.String).alias("period_type"),
            pl.col("start").alias("period_start"), pl.col("end").alias("period_end"),
            "fiscal_year", "fiscal_period", "value", "currency",
            pl.col("filed").alias("known_at"), pl.lit("filed").alias("known_at_basis"),
            pl.lit(value=False).alias("is_latest_vintage"), "tag_rank", "source",
            pl.lit(seen_at).alias("seen_at"),
        ).sort("item", "period_type", "period_end", "known_at", "tag_rank", "source", "value")
    )  # fmt: skip
