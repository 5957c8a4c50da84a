"""Vintages: the main tag of each filing, and only those later values that differ from the one before."""

from __future__ import annotations

import polars as pl

__all__ = ["SECONDARY_RANK", "vintages"]

SECONDARY_RANK = 10
"""tag_rank of a tag that is not its filing's main one: above every main tag (0), plus its place in the
list."""

_PERIOD = ["item", "months", "end"]


def vintages(facts: pl.DataFrame) -> pl.DataFrame:
    """Return FACTS with tag_rank, one row per period and value that a filing newly states.

    Notes
    -----
    1. In each filing and item the main tag is the first in the preference list among the tags that are not
       narrow and that the filing uses for the item's newest period. Its rows get tag_rank 0.
    2. Every other row gets `SECONDARY_RANK` plus its place in the list, and is left out where a main tag
       stated the same period in the same or an earlier filing.
    3. Of several values of one period on one day the last filing's counts.
    4. A row is kept only when its value differs from the one before of the same period: a later filing that
       repeats a figure adds nothing, so known_at is the first day on which the value stood.

    Only earlier filings decide about a row, so nothing filed later changes what was known before.
    Periods are told apart by length and last day: filers write the first day a day off at times.
    """
    ranked = _with_rank(facts).sort(*_PERIOD, "tag_rank", "filed", "accession", "order", maintain_order=True)
    series = [*_PERIOD, "tag_rank"]
    daily = ranked.unique([*series, "filed"], keep="last", maintain_order=True)
    before = pl.col("value").shift(1).over(series)
    is_new = before.is_null() | (before != pl.col("value")) | _currency_changed(series)
    changed = daily.filter(is_new)
    first_main = (
        changed.filter(pl.col("tag_rank") == 0)
        .group_by(_PERIOD)
        .agg(pl.col("filed").min().alias("main_from"))
    )
    joined = changed.join(first_main, on=_PERIOD, how="left", maintain_order="left")
    is_needed = (
        (pl.col("tag_rank") == 0) | pl.col("main_from").is_null() | (pl.col("filed") < pl.col("main_from"))
    )
    return joined.filter(is_needed).drop("main_from")


def _with_rank(facts: pl.DataFrame) -> pl.DataFrame:
    broad = facts.filter(~pl.col("is_narrow"))
    newest = broad.filter(pl.col("end") == pl.col("end").max().over("item", "accession"))
    main = newest.group_by("item", "accession").agg(pl.col("order").min().alias("main"))
    joined = facts.join(main, on=["item", "accession"], how="left", maintain_order="left")
    is_main = (~pl.col("is_narrow") & (pl.col("order") == pl.col("main"))).fill_null(value=False)
    rank = pl.when(is_main).then(0).otherwise(SECONDARY_RANK + pl.col("order"))
    return joined.with_columns(rank.alias("tag_rank")).drop("main")


def _currency_changed(series: list[str]) -> pl.Expr:
    before = pl.col("currency").shift(1).over(series)
    return before.ne_missing(pl.col("currency")) & before.is_not_null()
