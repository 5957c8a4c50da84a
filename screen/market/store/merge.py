"""Joining a stored price history and freshly fetched bars: what an incremental refresh found out.

Yahoo states closes adjusted for every split up to the day of the request. A stored history and new bars
belong together only while the bars that both have agree; when a split came between, every old close moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import polars as pl

from exposures.errors import TableError
from screen.market.tables import REVISIONS, STORED_PRICES

__all__ = ["MIN_OVERLAP", "SAME_TOLERANCE", "PriceMerge", "join_tail", "merge_prices"]

SAME_TOLERANCE = 1e-6
"""Relative difference up to which two prices are the same: Yahoo sends 32-bit floats with steps of 6e-8."""

MIN_OVERLAP = 3
"""Common closes below which two histories cannot be told to belong together: one close may be provisional
and two cannot tell a common factor from two revisions."""

FACTOR_SPREAD = 1e-3
"""Largest relative spread of the factors of one split: prices of about 5 are rounded to the cent (1e-3)."""

FACTOR_SHARE = 0.05
"""The spread may be no more than this share of the move itself: a history that moved by 0.5 % (a stock
dividend of one for 200) must agree on that to within 0.025 %, or it is noise."""

Kind = Literal["same", "appended", "readjusted", "revised", "unrelated"]


@dataclass(frozen=True)
class PriceMerge:
    """What came of a merge.

    Parameters
    ----------
    kind
        same: nothing to store. appended: new bars, or anything but a stored close changed. revised: stored
        closes changed one by one. readjusted: all moved by a factor or a split is new; fetch the
        whole history. unrelated: nothing shows that the two belong together; fetch the whole history.
    rows
        STORED_PRICES to store, sorted by date; the stored rows as they were for same, readjusted, unrelated.
    revisions
        REVISIONS: a row for each stored close that changed; empty but for revised.
    ratio
        Fresh over stored close, for readjusted where the closes moved (0.25 for four new shares for one).
    """

    kind: Kind
    rows: pl.DataFrame
    revisions: pl.DataFrame = field(default_factory=REVISIONS.empty)
    ratio: float | None = None

    @property
    def needs_history(self) -> bool:
        """True when the whole history must be fetched instead of the newest bars."""
        return self.kind in ("readjusted", "unrelated")


def merge_prices(stored: pl.DataFrame, fresh: pl.DataFrame, *, today: date) -> PriceMerge:
    """Return the history that `stored` and `fresh` make together, and of what kind their difference is.

    In this order, over the bars that both have with a close:

    1. another currency, or fewer than `MIN_OVERLAP` bars: unrelated (nothing stored: appended);
    2. a split in `fresh` that the stored rows do not have: readjusted;
    3. at least `MIN_OVERLAP` closes moved by one factor, and these are most of the bars or begin with the
       oldest one (so that the change reaches behind the overlap): readjusted;
    4. adj_close on both sides, but no bar with both: unrelated, dividends could not be followed;
    5. any other changed close, the newest stored one too, which may have been provisional: revised, the new
       values win;
    6. else appended or same.

    A close that is missing in `fresh`, and a bar that is, stay as stored. Values equal within
    `SAME_TOLERANCE` stay as stored too, so that rounding never adds up. adj_close falls at every dividend for
    all days before it, so a row that only `stored` has is multiplied by fresh over stored adj_close of the
    next bar that both have: the rows before the overlap by that of its oldest bar, which is exact while
    all new dividends are newer than that bar.

    Parameters
    ----------
    stored
        STORED_PRICES of one ticker, the history in the store, in any order; may be empty.
    fresh
        STORED_PRICES of the same ticker, the newest bars, in any order; may be empty.
    today
        Day of the pull, seen_at of the revisions.

    Raises
    ------
    TableError
        More than one ticker.
    """
    old, new = _by_date(stored), _by_date(fresh)
    if pl.concat([old, new]).get_column("ticker").n_unique() > 1:
        raise TableError("STORED_PRICES: a merge is of one ticker.", fix="Merge each ticker by itself.")
    if old.is_empty() or new.is_empty():
        return PriceMerge("appended" if new.height else "same", new if new.height else old)
    both = _overlap(old, new)
    common = both.filter(pl.col("factor").is_not_null())
    if old.get_column("currency")[-1] != new.get_column("currency")[-1] or common.height < MIN_OVERLAP:
        return PriceMerge("unrelated", old)
    factor = _common_factor(common.get_column("factor"))
    if factor is not None or _has_new_split(old, new):
        return PriceMerge("readjusted", old, ratio=factor)
    if not _is_tied(both):
        return PriceMerge("unrelated", old)
    rows = _joined(old, new)
    changed = common.filter(_differs(pl.col("factor")))
    if changed.height:
        return PriceMerge("revised", rows, revisions=_revisions(changed, today))
    return PriceMerge("same", old) if rows.equals(old) else PriceMerge("appended", rows)


def join_tail(stored: pl.DataFrame, tail: pl.DataFrame) -> pl.DataFrame:
    """Return the whole history: stored rows before the first day of `tail`, then `tail`.

    `tail` is what `merge_prices` gave for the newest stored bars. The older adj_close are multiplied by
    new over stored adj_close of the first day that both have, as `merge_prices` does with a whole history.
    """
    new = _by_date(tail)
    old = _by_date(stored)
    both = _overlap(old, new).get_column("adj_factor").drop_nulls()
    factor = float(both[0]) if both.len() and abs(both[0] - 1.0) > SAME_TOLERANCE else 1.0
    head = old.filter(pl.col("date") < new.get_column("date").min())
    return pl.concat([head.with_columns(pl.col("adj_close") * factor), new])


def _by_date(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(STORED_PRICES.schema.names()).sort("date")


def _differs(ratio: pl.Expr) -> pl.Expr:
    return (ratio - 1.0).abs() > SAME_TOLERANCE


def _overlap(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return the days of both, oldest first, with the fresh over stored close and adj_close."""

    def ratio(name: str) -> pl.Expr:
        return pl.when(pl.col(name) > 0).then(pl.col(f"{name}_new") / pl.col(name))

    both = old.join(new, on="date", suffix="_new").sort("date")
    return both.with_columns(factor=ratio("close"), adj_factor=ratio("adj_close"))


def _has_new_split(old: pl.DataFrame, new: pl.DataFrame) -> bool:
    known = old.filter(pl.col("split_ratio").is_not_null()).select("date", "split_ratio")
    told = new.filter(
        pl.col("split_ratio").is_not_null() & (pl.col("date") >= old.get_column("date")[0])
    ).select("date", "split_ratio")
    return not told.join(known, on=["date", "split_ratio"], how="anti").is_empty()


def _common_factor(factors: pl.Series) -> float | None:
    """Return the factor by which the closes moved together, None when they did not; oldest first."""
    moved = factors.filter((factors - 1.0).abs() > SAME_TOLERANCE)
    if moved.len() < MIN_OVERLAP:
        return None
    middle = moved.sort()[moved.len() // 2]  # a bar that is there, so that an even count cannot fall between
    spread = min(FACTOR_SPREAD, max(2 * SAME_TOLERANCE, FACTOR_SHARE * abs(middle - 1.0)))
    agree = (factors / middle - 1.0).abs() <= spread
    count = int(agree.sum())
    reaches_back = bool(agree[0])
    if count >= MIN_OVERLAP and (reaches_back or 2 * count > factors.len()):
        return float(middle)
    return None


def _is_tied(both: pl.DataFrame) -> bool:
    """Return False when both sides state adj_close, but on no day in common."""
    sides = [both.get_column(name).is_not_null() for name in ("adj_close", "adj_close_new")]
    return bool((sides[0] & sides[1]).any()) or not (bool(sides[0].any()) and bool(sides[1].any()))


def _joined(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return every day of both: fresh values where they are told and differ, stored values else."""
    wide = old.join(new, on="date", how="full", coalesce=True, suffix="_new").sort("date")
    step = pl.when(pl.col("adj_close") > 0).then(pl.col("adj_close_new") / pl.col("adj_close"))
    snapped = pl.when((step - 1.0).abs() <= SAME_TOLERANCE).then(1.0).otherwise(step)
    factor = snapped.fill_null(strategy="backward").fill_null(strategy="forward").fill_null(1.0)
    rebased = pl.when(pl.col("ticker_new").is_null()).then(pl.col("adj_close") * factor)
    apart = ("date", "close", "adj_close", "known_at")
    plain = [name for name in STORED_PRICES.schema.names() if name not in apart]
    return wide.select(
        "date",
        _told("close").alias("close"),
        rebased.otherwise(_told("adj_close")).alias("adj_close"),
        pl.coalesce("known_at", "known_at_new").alias("known_at"),  # told again is not known anew
        *(pl.coalesce(f"{name}_new", name).alias(name) for name in plain),
    ).select(STORED_PRICES.schema.names())


def _told(name: str) -> pl.Expr:
    """The fresh value; the stored one where the two are the same within tolerance or only it is there."""
    told, kept = pl.col(f"{name}_new"), pl.col(name)
    same = ((told / kept - 1.0).abs() <= SAME_TOLERANCE).fill_null(value=False)
    return pl.when(same).then(kept).otherwise(pl.coalesce(told, kept))


def _revisions(changed: pl.DataFrame, today: date) -> pl.DataFrame:
    return REVISIONS.conform(
        changed.select(
            "ticker",
            "date",
            pl.lit("close").alias("field"),
            pl.col("close").alias("before"),
            pl.col("close_new").alias("after"),
            pl.lit(today).alias("seen_at"),
            pl.col("source_new").alias("source"),
        )
    )
