"""Splits that a fresh history forgets: told from the closes, which stay adjusted for them.

Yahoo has left splits out of its answers for days (yfinance issue 906) while the closes were adjusted already.
Without the split every earlier close, estimate and account would count on the wrong share basis.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import prod

import polars as pl

from screen.market.store.merge import FACTOR_SPREAD, MIN_OVERLAP
from screen.market.tables import STORED_PRICES

__all__ = ["MAX_RATIO", "MIN_RATIO", "keep_splits"]

MIN_RATIO, MAX_RATIO = 1.2, 50.0
"""Ratios (or their inverse) that the closes alone may tell: smaller ones are spin-offs and stock dividends,
larger ones may be a slipped unit (pence are 100 to the pound)."""

MAX_DENOMINATOR = 4
"""Splits are 2, 10, 3/2, 4/3, 5/4 new shares for one, or the inverse."""

SAME_SPLIT_DAYS = 45
"""The day of a split that the closes told is a guess between two pulls; the stated day replaces it."""

AGREEING = 0.95
"""Share of the closes that must have moved by one factor; the rest are revisions."""

Splits = dict[date, float]


def keep_splits(stored: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
    """Return `fresh` with the splits that its closes are adjusted for and that it does not state.

    With f the factor fresh / stored of the closes before all differing splits, and p the product of the
    splits that only `fresh` states::

        1 / f = p                  the closes are still adjusted for stored splits that `fresh` lacks: kept
        1 / f = p / lacking        they are not any more: the source has taken those splits back
        1 / f = r, none differs    a split r that nobody states: put on the first bar after the stored ones

    Parameters
    ----------
    stored
        STORED_PRICES of one ticker, the whole history so far; may be empty.
    fresh
        STORED_PRICES of the same ticker, the whole history that replaces it.

    Notes
    -----
    *Missing data*: `fresh` is returned as it is when nothing is certain: another currency, fewer than
    `MIN_OVERLAP` common closes, closes that did not move by one factor, or one that is no split's.
    """
    old, new = (frame.drop_nulls("close").sort("date") for frame in (stored, fresh))
    if old.is_empty() or new.is_empty() or old["currency"][-1] != new["currency"][-1]:
        return fresh
    was, told = _splits(stored), _splits(fresh)
    since = new["date"][0]
    lacking = {d: r for d, r in was.items() if d >= since and not _is_told(d, r, told)}
    added = {d: r for d, r in told.items() if not _is_told(d, r, was)}
    moved = _moved(old, new, before=min([*lacking, *added], default=None))
    if moved is None:
        return fresh
    rest = moved / prod(added.values())
    if lacking:
        return _with_splits(fresh, lacking) if _is_one(rest) else fresh
    bars = new.filter(pl.col("date") > old["date"][-1]).get_column("date")
    ratio = _plausible(rest)
    if added or ratio is None or bars.is_empty():
        return fresh
    return _with_splits(fresh, {bars[0]: ratio})


def _splits(rows: pl.DataFrame) -> Splits:
    return dict(rows.drop_nulls("split_ratio").select("date", "split_ratio").iter_rows())


def _is_told(day: date, ratio: float, among: Splits) -> bool:
    return any(
        abs((day - other).days) <= SAME_SPLIT_DAYS and _is_one(ratio / found)
        for other, found in among.items()
    )


def _is_one(ratio: float) -> bool:
    return abs(ratio - 1.0) <= 2 * FACTOR_SPREAD


def _moved(old: pl.DataFrame, new: pl.DataFrame, *, before: date | None) -> float | None:
    """New shares for one old by which the closes before a day moved; None when not by one factor."""
    both = old.join(new, on="date", suffix="_new").filter(pl.col("close") > 0, pl.col("close_new") > 0)
    if before is not None:
        both = both.filter(pl.col("date") < before)
    factors = both.get_column("close") / both.get_column("close_new")
    if factors.len() < MIN_OVERLAP:
        return None
    middle = float(factors.sort()[factors.len() // 2])
    agreeing = ((factors / middle - 1.0).abs() <= 2 * FACTOR_SPREAD).mean()
    return middle if isinstance(agreeing, float) and agreeing >= AGREEING else None


def _plausible(ratio: float) -> float | None:
    """The split's exact ratio; None for a factor that is no split's."""
    size = max(ratio, 1.0 / ratio)
    exact = Fraction(size).limit_denominator(MAX_DENOMINATOR)
    if not MIN_RATIO <= size <= MAX_RATIO or not _is_one(float(exact) / size):
        return None
    return float(exact) if ratio > 1.0 else float(1 / exact)


def _with_splits(fresh: pl.DataFrame, splits: Splits) -> pl.DataFrame:
    """Put each split on its day; one on a day without a bar moves to the next bar."""
    rows = fresh.sort("date")
    days = rows.get_column("date")
    placed = {next((day for day in days if day >= ex), days[-1]): ratio for ex, ratio in splits.items()}
    more = pl.DataFrame(
        {"date": list(placed), "__more": list(placed.values())},
        schema={"date": pl.Date, "__more": pl.Float64},
    )
    joined = rows.join(more, on="date", how="left", maintain_order="left")
    ratio = pl.coalesce("split_ratio", "__more").alias("split_ratio")
    return joined.with_columns(ratio).select(STORED_PRICES.schema.names())
