"""Split of a price change into multiple and earnings, and the label that the split earns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from models.tables import DECOMPOSITION, HORIZONS_WEEKS

__all__ = [
    "FALLEN_LABELS",
    "PriceChange",
    "decompose",
    "decomposition",
    "is_compression_event",
    "label",
    "shift_multiples",
]

FALLEN_LABELS = ("compression", "growth into multiple")
"""Labels under which the multiple fell although EPS did not."""

# c = 10%: the multiple has to fall by a tenth before it counts (methods 2.1, seed definition). The same c
# holds at every horizon: the event is a size that matters to a holder, not a number of standard deviations.
EVENT_FALL = 0.10
# tol = 1%: a revision of EPS inside +-1% counts as "EPS held" (methods 2.1).
EPS_TOLERANCE = 0.01
# A change that equals a threshold up to double rounding counts as reaching it.
ROUNDING = 1e-12

FALL, RISE = math.log(1 - EVENT_FALL), -math.log(1 - EVENT_FALL)


class PriceChange(NamedTuple):
    """One split, all in logs: ``price = multiple + denominator``."""

    price: float
    multiple: float
    denominator: float


def decompose(
    price_start: float, price_end: float, denominator_start: float, denominator_end: float
) -> PriceChange:
    """Split ``dln P = dln(P/E) + dln E``.

    Parameters
    ----------
    price_start, price_end, denominator_start, denominator_end
        Positive, one currency and share basis.

    Returns
    -------
    PriceChange
        Logs; the identity holds to rounding.

    Missing data: not allowed; a multiple on earnings of zero or less is not defined.

    Raises
    ------
    ValueError
        When a figure is not positive.

    References
    ----------
    Methods, section 2.1.
    """
    figures = (price_start, price_end, denominator_start, denominator_end)
    if min(figures) <= 0:
        raise ValueError(f"all four figures must be positive to take logs, got {figures}")
    start, end = math.log(price_start / denominator_start), math.log(price_end / denominator_end)
    return PriceChange(
        math.log(price_end / price_start), end - start, math.log(denominator_end / denominator_start)
    )


def is_compression_event(change: PriceChange) -> bool:
    """Return True when the multiple fell by 10% or more while EPS held (``dln E >= -1%``).

    References: methods, section 2.1.
    """
    return change.multiple <= FALL + ROUNDING and change.denominator >= -EPS_TOLERANCE - ROUNDING


def label(change: PriceChange) -> str:
    """Name a split.

    The multiple fell by 10% or more: ``de-rating with cuts`` when EPS fell by more than 1%;
    ``growth into multiple`` when EPS grew and the price did not fall (a case of its own, taken before
    compression: holders lost nothing); else ``compression``. The multiple rose by as much in logs:
    ``re-rating``. Otherwise ``flat``.

    References: methods, section 2.1; research note 000 (compression against an earnings cut).
    """
    if change.multiple <= FALL + ROUNDING:
        if change.denominator < -EPS_TOLERANCE - ROUNDING:
            return "de-rating with cuts"
        return "growth into multiple" if change.price >= -ROUNDING else "compression"
    return "re-rating" if change.multiple >= RISE - ROUNDING else "flat"


def shift_multiples(multiples: pl.DataFrame, *, as_of: date, shifts: Mapping[str, float]) -> pl.DataFrame:
    """Return `multiples` with today's log multiple and log price moved by a scenario; EPS stays."""
    if not shifts:
        return multiples
    move = (
        pl.when(pl.col("date") == as_of)
        .then(pl.col("ticker").replace_strict(dict(shifts), default=0.0, return_dtype=pl.Float64))
        .otherwise(0.0)
    )
    return multiples.with_columns(
        price=pl.col("price") * move.exp(), log_multiple=pl.col("log_multiple") + move
    )


def decomposition(*, multiples: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Split the price change of every series over 4, 13, 26 and 52 weeks up to `as_of`.

    ``dln P = dln(multiple) + dln(denominator)`` between the weeks ``as_of - 7h`` and ``as_of``.

    Parameters
    ----------
    multiples
        `MULTIPLES`.
    as_of
        Last week.

    Returns
    -------
    DataFrame
        `DECOMPOSITION`, one row for each ticker and basis in `multiples` and each horizon; logs.

    Missing data: both ends must exist, come from the same estimate source and have a defined multiple;
    forward rows must be about the same fiscal year (or both be NTM, where period_end is null). Else the
    row is null with a reason.

    References
    ----------
    Methods, sections 2.1 and 2.3 (two sources never form one series).
    """
    weeks = {as_of - timedelta(weeks=h) for h in (0, *HORIZONS_WEEKS)}
    ends = multiples.filter(pl.col("date").is_in(list(weeks)))
    found = {(r["ticker"], r["basis"], r["date"]): r for r in ends.iter_rows(named=True)}
    series = multiples.select("ticker", "basis").unique().sort("ticker", "basis")
    rows = [
        _row(found, ticker, basis, as_of, horizon)
        for ticker, basis in series.iter_rows()
        for horizon in HORIZONS_WEEKS
    ]
    return DECOMPOSITION.frame(rows)


def _row(
    found: Mapping[tuple[str, str, date], Mapping[str, object]],
    ticker: str,
    basis: str,
    as_of: date,
    horizon: int,
) -> dict[str, object]:
    start_date = as_of - timedelta(weeks=horizon)
    row: dict[str, object] = {
        "ticker": ticker, "basis": basis, "horizon_weeks": horizon, "start": start_date, "end": as_of,
    }  # fmt: skip
    start, end = found.get((ticker, basis, start_date)), found.get((ticker, basis, as_of))
    reason = _reason(basis, start, end, start_date, as_of)
    if reason or start is None or end is None:
        return row | {"reason": reason}
    change = decompose(
        _number(start, "price"),
        _number(end, "price"),
        _number(start, "denominator"),
        _number(end, "denominator"),
    )
    return row | {
        "dln_price": change.price,
        "dln_multiple": change.multiple,
        "dln_denominator": change.denominator,
        "label": label(change),
    }


def _number(row: Mapping[str, object], name: str) -> float:
    value = row[name]
    if not isinstance(value, float):
        raise ValueError(f"{name} of {row['ticker']} on {row['date']} is {value!r}, not a number")
    return value


def _reason(
    basis: str,
    start: Mapping[str, object] | None,
    end: Mapping[str, object] | None,
    start_date: date,
    end_date: date,
) -> str | None:
    for row, day in ((end, end_date), (start, start_date)):
        if row is None:
            return f"no {basis} multiple known on {day}"
        if (why := _undefined(row, basis, day)) is not None:
            return why
    assert start is not None and end is not None
    if start["estimate_source"] != end["estimate_source"]:
        return (
            f"two sources, {start['estimate_source']} and {end['estimate_source']}: "
            "they never form one series"
        )
    if basis == "forward" and start["period_end"] != end["period_end"]:
        return f"the fiscal year rolled from {start['period_end'] or 'NTM'} to {end['period_end'] or 'NTM'}"
    return None


def _undefined(row: Mapping[str, object], basis: str, day: date) -> str | None:
    price, denominator = row["price"], row["denominator"]
    positive = isinstance(price, float) and isinstance(denominator, float) and price > 0 and denominator > 0
    if positive and row["log_multiple"] is not None:
        return None
    why = row["reason"] or ("EPS not positive" if basis != "sales" else "sales not known")
    return f"{why} on {day}" + ("" if basis == "sales" else ": see the sales basis (EV/sales)")
