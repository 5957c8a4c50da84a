"""total_debt: the parts of a balance sheet that are debt, added without counting one twice."""

from __future__ import annotations

import polars as pl

from screen.market.edgar.tags import BALANCE_SHEET

__all__ = ["total_debt"]

SAME_LINE = 0.002
"""Short-term borrowings and maturing long-term debt that agree up to rounding are one line under two tags, as
the 499.8 million dollars in Marvell's report of May 2026."""

_DAY = ["accession", "end"]
_PARTS = ("debt_noncurrent", "debt_current", "debt_maturing", "debt_short", "debt_long_total", "debt_total")


def total_debt(facts: pl.DataFrame) -> pl.DataFrame:
    """Return FACTS rows of total_debt, one per filing and day of its balance sheet.

    ::

        debt = borrowings in total (ifrs-full), where stated
             else noncurrent debt + (current debt, else maturing long-term debt + short-term borrowings,
                                     which count once where they are one line under two tags)
             else long-term debt with its current part + short-term borrowings
             else current debt, where a filing states nothing longer

    Leases are left out but where a filer's own line has finance leases in it.

    Notes
    -----
    *Missing data*: a balance sheet leaves out lines that are nil, so a part that it does not state is not
    owed; but a filing that states no part at all gives no row, never 0. Days for which a filing states no
    whole balance sheet (a note on an older day) give no row: their parts could be incomplete.
    """
    parts = facts.filter(pl.col("item").str.starts_with("debt_"))
    one = parts.sort(*_DAY, "item", "order").unique([*_DAY, "item"], keep="first", maintain_order=True)
    wide = one.pivot("item", index=[*_DAY, "currency"], values="value", aggregate_function="first")
    absent = [name for name in _PARTS if name not in wide.columns]
    wide = wide.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in absent)
    sheets = facts.filter(pl.col("item") == BALANCE_SHEET).select(*_DAY, "filed", "form").unique(_DAY)
    short = pl.col("debt_short").fill_null(0.0)  # see Missing data: a line left out is nil
    is_one = (pl.col("debt_maturing") - short).abs() <= SAME_LINE * short
    other = pl.when(is_one).then(0.0).otherwise(short)
    due = pl.coalesce("debt_current", pl.col("debt_maturing").fill_null(0.0) + other)
    value = pl.coalesce(
        "debt_total", pl.col("debt_noncurrent") + due, pl.col("debt_long_total") + other, "debt_current"
    )
    rows = wide.join(sheets, on=_DAY).with_columns(value.alias("value")).filter(pl.col("value").is_not_null())
    return rows.select(
        pl.lit("total_debt").alias("item"), pl.lit("stock").alias("kind"), pl.lit("").alias("tag"),
        pl.lit(0, dtype=pl.Int64).alias("order"), pl.lit(value=False).alias("is_narrow"), "currency",
        pl.lit(None, dtype=pl.Date).alias("start"), "end", "value", "filed", "accession", "form",
        pl.lit(0, dtype=pl.Int64).alias("months"),
    )  # fmt: skip
