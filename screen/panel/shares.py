"""Share bases: bring prices, EPS and share counts of any date to the basis of as_of.

Prices arrive adjusted for every split in SPLITS, including splits after as_of. A figure per share that
was published before a split is on the old basis. Multiplying a price by the ratios of later splits, and
dividing an old EPS by the ratios of splits since it was published, puts both on the basis of as_of.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import polars as pl

__all__ = ["estimates_on_basis", "later_ratio", "price_on_basis", "ratio_between"]

_ESTIMATE = ["ticker", "known_at", "period", "metric", "source"]


def later_ratio(splits: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return (ticker, ratio): product of the ratios of splits with an ex-date after `as_of`."""
    after = splits.filter(pl.col("ex_date") > as_of)
    return after.group_by("ticker").agg(pl.col("ratio").product().alias("later_ratio"))


def price_on_basis(prices: pl.DataFrame, splits: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return `prices` with close and adj_close on the share basis of `as_of`."""
    joined = prices.join(later_ratio(splits, as_of=as_of), on="ticker", how="left")
    ratio = pl.col("later_ratio").fill_null(1.0)
    return joined.with_columns(pl.col("close") * ratio, pl.col("adj_close") * ratio).drop("later_ratio")


def estimates_on_basis(estimates: pl.DataFrame, splits: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return ESTIMATES with the EPS rows (mean, low, high) on the share basis of `as_of`.

    Missing data: a mean of the past that its source seems not to have restated for a split since is left
    out: it lies nearer to the old share basis than to the new one, seen from the newest mean of its pull.
    """
    restated = estimates.join(
        _not_restated(estimates, splits), on=_ESTIMATE, how="anti", maintain_order="left"
    )
    ratio = ratio_between(restated, splits, as_of=as_of, rebased_by="ex_date").alias("__ratio")
    is_eps = pl.col("metric") == "eps"
    figures = [
        pl.when(is_eps).then(pl.col(name) / pl.col("__ratio")).otherwise(pl.col(name)).alias(name)
        for name in ("mean", "low", "high")
    ]
    return restated.with_columns(ratio).with_columns(figures).drop("__ratio")


def _not_restated(estimates: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """Keys of past means on the old side of a split that their pull came after."""
    pull = ["ticker", "source", "metric", "period", "period_end", "seen_at"]
    means = estimates.filter(
        (pl.col("metric") == "eps") & (pl.col("mean") > 0) & pl.col("seen_at").is_not_null()
    )
    newest = means.sort("known_at").group_by(pull, maintain_order=True).last()
    newest = newest.select(*pull, pl.col("mean").alias("now"), pl.col("known_at").alias("now_at"))
    dated = splits.filter(pl.col("ex_date").is_not_null()).select("ticker", "ex_date", "ratio")
    across = means.join(newest, on=pull, nulls_equal=True).join(dated, on="ticker")
    is_across = (pl.col("known_at") < pl.col("ex_date")) & (pl.col("ex_date") <= pl.col("now_at"))
    summed = across.filter(is_across).group_by(_ESTIMATE).agg(
        pl.col("ratio").product(), pl.col("mean").first(), pl.col("now").first()
    )  # fmt: skip
    change = (pl.col("mean") / pl.col("now")).log()
    return summed.filter((change - pl.col("ratio").log()).abs() < change.abs()).select(_ESTIMATE)


def ratio_between(
    frame: pl.DataFrame,
    splits: pl.DataFrame,
    *,
    as_of: date,
    rebased_by: Literal["ex_date", "filing"],
    basis_date: str = "known_at",
) -> pl.Series:
    """Return, per row, new shares for one old between the row's publication and `as_of`.

    Parameters
    ----------
    frame
        Has ticker, the column `basis_date` (day of publication) and, optionally, is_latest_vintage and
        seen_at.
    splits
        SPLITS. A split without an ex-date cannot be placed and is left out.
    as_of
        Day whose share basis is wanted.
    rebased_by
        ``ex_date`` for vendors' estimates and share counts, which change on that day; ``filing`` for
        statements, which are on the new basis from first_new_basis_filing on (without that date, from
        the ex-date on).
    basis_date
        Name of the publication column.

    Notes
    -----
    A row of the latest vintage (the source restated it after every split it knew) is on the basis of the
    day it was read, seen_at: splits after that day and up to `as_of` are applied, splits after `as_of` and
    up to that day are undone. Without seen_at it is on the newest basis, and every split after `as_of` is
    undone. A frame of estimates has no is_latest_vintage; its rows with a seen_at count as latest vintage,
    because a vendor rebases the means of the past when the share splits.
    """
    new_from = pl.col("ex_date")
    if rebased_by == "filing":
        new_from = pl.coalesce("first_new_basis_filing", "ex_date")
    dated = splits.filter(pl.col("ex_date").is_not_null()).select(
        "ticker",
        "ex_date",
        "ratio",
        new_from.alias("new_from"),
    )
    rows = frame.with_row_index("__row")
    if "seen_at" not in rows.columns:
        rows = rows.with_columns(seen_at=pl.lit(None, dtype=pl.Date))
    if "is_latest_vintage" not in rows.columns:
        rows = rows.with_columns(is_latest_vintage=pl.col("seen_at").is_not_null())
    hit = rows.select(
        "__row", "ticker", pl.col(basis_date).alias("__known"), "is_latest_vintage", "seen_at"
    ).join(dated, on="ticker")
    is_past = pl.col("ex_date") <= as_of
    was_seen = (pl.col("ex_date") <= pl.col("seen_at")).fill_null(value=True)
    factor = (
        pl.when("is_latest_vintage")
        .then(
            pl.when(is_past & ~was_seen)
            .then(pl.col("ratio"))
            .when(~is_past & was_seen)
            .then(1.0 / pl.col("ratio"))
            .otherwise(1.0)
        )
        .when(is_past & (pl.col("__known") < pl.col("new_from")))
        .then(pl.col("ratio"))
        .otherwise(1.0)
    )
    product = hit.group_by("__row").agg(factor.product().alias("factor"))
    joined = rows.select("__row").join(product, on="__row", how="left").sort("__row")
    return joined["factor"].fill_null(1.0)
