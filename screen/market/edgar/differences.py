"""Quarters that no filing states: differences of year-to-date figures, as they were known on each day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from screen.market.edgar.vintages import SECONDARY_RANK

__all__ = ["DERIVED_RANK", "SAME_BASIS_RATIO", "derived_quarters"]

DERIVED_RANK = 20
"""tag_rank of a derived quarter, plus the ranks of its parts: a stated quarter is always preferred."""

START_TOLERANCE_DAYS = 10
"""Two year-to-date figures belong to one year when their first days differ by no more: filers err by a day,
and the weeks of a 52-week calendar move by up to seven."""

NEAR_FILINGS_DAYS = 150
"""Reports that follow each other: a quarterly report is due after 40 to 45 days, an annual one after 60 to
90, which leaves up to 140 days between them. The next year's report comes after about 360."""

SAME_BASIS_RATIO = 1.4
"""Average diluted shares of nine and of twelve months differ by less than this unless a split lies between
the filings: the smallest usual split is 3 for 2."""

FOUR_QUARTERS = 12


@dataclass(frozen=True)
class _Vintage:
    filed: date
    value: float


@dataclass(frozen=True)
class _Period:
    item: str
    months: int
    start: date
    end: date
    currency: str
    tag_rank: int


Series = Mapping[_Period, list[_Vintage]]


def derived_quarters(rows: pl.DataFrame) -> pl.DataFrame:
    """Return derived quarters from FACTS with tag_rank (`screen.market.edgar.vintages`).

    ::

        Q2 = H1 - Q1,  Q3 = 9M - H1,  Q4 = FY - 9M          (money)
        EPS of Q4 = EPS of FY - EPS of 9M, both on one share basis,
                    else net income of Q4 / diluted shares of FY

    Returns
    -------
    pl.DataFrame
        Columns item, currency, start, end, value, filed, tag_rank; filed is the later day of the two parts.

    Notes
    -----
    The first vintage takes both parts as known when the second was filed. A restated part makes a new
    vintage only when the other part was restated too, or when both were filed within `NEAR_FILINGS_DAYS`:
    a restated year less nine months as first reported would put the whole restatement into one quarter.
    A quarter that a filing states itself on that day or before is not derived. Amounts of two main tags may
    be subtracted from each other, those of other tags only from their own tag.

    EPS is no sum, but with this Q4 the four quarters add up to the EPS of the year. Share counts are averages
    and are never subtracted.

    Missing data: without either part, or with parts in two currencies, there is no row.
    """
    series = _series(rows.filter(pl.col("kind") == "flow"))
    stated = _stated(rows)
    found = [row for row in _differences(series) if not _is_stated(row, stated)]
    per_share = _series(rows.filter(pl.col("kind") == "per_share"))
    shares = _series(rows.filter(pl.col("kind") == "average_shares"))
    income = [row for row in [*_rows(series, months=3), *found] if row["item"] == "net_income"]
    eps = _eps(per_share, shares, income)
    found += [row for row in eps if not _is_stated(row, stated)]
    schema = {
        "item": pl.String, "currency": pl.String, "start": pl.Date, "end": pl.Date, "value": pl.Float64,
        "filed": pl.Date, "tag_rank": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(found, schema=schema, orient="row")


Row = dict[str, object]


def _series(rows: pl.DataFrame) -> dict[_Period, list[_Vintage]]:
    """Periods with their vintages, oldest first; the start is that of the first vintage."""
    series: dict[_Period, list[_Vintage]] = defaultdict(list)
    heads: dict[tuple[object, ...], _Period] = {}
    columns = ("item", "months", "start", "end", "currency", "tag_rank", "value", "filed")
    for item, months, start, end, currency, rank, value, filed in (
        rows.sort("filed").select(columns).iter_rows()
    ):
        key = (item, months, end, currency, rank)
        period = heads.setdefault(key, _Period(item, months, start, end, currency or "", rank))
        series[period].append(_Vintage(filed, value))
    return series


def _pairs(series: Series) -> Iterator[tuple[_Period, _Period]]:
    """(longer, shorter) year-to-date periods that one quarter lies between."""
    shorter: dict[tuple[str, int, str, int], list[_Period]] = defaultdict(list)
    for period in series:
        shorter[(period.item, period.months, period.currency, period.tag_rank)].append(period)
    for long in series:
        for short in shorter.get((long.item, long.months - 3, long.currency, long.tag_rank), []):
            if abs((long.start - short.start).days) <= START_TOLERANCE_DAYS and short.end < long.end:
                yield long, short


def _steps(long: list[_Vintage], short: list[_Vintage]) -> Iterator[tuple[_Vintage, _Vintage, date]]:
    """Pairs of vintages on one basis, with the day from which both were known."""
    days = sorted({v.filed for v in (*long, *short)})
    used: tuple[_Vintage, _Vintage] | None = None
    for day in days:
        a, b = _as_of(long, day), _as_of(short, day)
        if a is None or b is None:
            continue
        changed = (used is None or a != used[0]) + (used is None or b != used[1])
        is_near = abs((a.filed - b.filed).days) <= NEAR_FILINGS_DAYS
        if changed == len((a, b)) or (changed and is_near):
            used = (a, b)
            yield a, b, day


def _as_of(vintages: list[_Vintage], day: date) -> _Vintage | None:
    return next((v for v in reversed(vintages) if v.filed <= day), None)


def _differences(series: Series) -> Iterator[Row]:
    for long, short in _pairs(series):
        for a, b, day in _steps(series[long], series[short]):
            yield _row(long, short.end + timedelta(days=1), a.value - b.value, day)


def _eps(per_share: Series, shares: Series, income: list[Row]) -> Iterator[Row]:
    """Fourth-quarter EPS; on two share bases from net income and the year's share count."""
    for long, short in _pairs(per_share):
        if long.months != FOUR_QUARTERS:
            continue
        for a, b, day in _steps(per_share[long], per_share[short]):
            year = _share_count(shares, long, a.filed)
            part = _share_count(shares, short, b.filed)
            start = short.end + timedelta(days=1)
            if year is None or part is None:
                continue
            if 1 / SAME_BASIS_RATIO < year / part < SAME_BASIS_RATIO:
                yield _row(long, start, a.value - b.value, day)
            elif (earned := _known_value(income, long.end, long.currency, day)) is not None:
                yield _row(long, start, earned / year, day, more=1)


def _share_count(shares: Series, period: _Period, day: date) -> float | None:
    """The diluted shares of a period as known on `day`, above 0."""
    found = [
        v
        for p, vintages in shares.items()
        if (p.months, p.end) == (period.months, period.end)
        for v in [_as_of(vintages, day)]
        if v is not None and v.value > 0
    ]
    return found[0].value if found else None


def _known_value(rows: Iterable[Row], end: date, currency: str, day: date) -> float | None:
    known = [
        (row["filed"], -int(str(row["tag_rank"])), row["value"])
        for row in rows
        if row["end"] == end and row["currency"] == currency and row["filed"] <= day  # type: ignore[operator]
    ]
    return max(known)[2] if known else None  # type: ignore[return-value]


def _rows(series: Series, *, months: int) -> Iterator[Row]:
    for period, vintages in series.items():
        if period.months == months:
            for v in vintages:
                yield {**_row(period, period.start, v.value, v.filed), "tag_rank": period.tag_rank}


def _row(period: _Period, start: date, value: float, day: date, *, more: int = 0) -> Row:
    return {
        "item": period.item,
        "currency": period.currency,
        "start": start,
        "end": period.end,
        "value": value,
        "filed": day,
        "tag_rank": DERIVED_RANK + period.tag_rank + more,
    }


def _stated(rows: pl.DataFrame) -> dict[tuple[str, date], date]:
    """(item, end) -> first day on which a filing stated the quarter by its main tag."""
    quarters = rows.filter((pl.col("months") == 3) & (pl.col("tag_rank") < SECONDARY_RANK))
    first = quarters.group_by("item", "end").agg(pl.col("filed").min())
    return {(item, end): filed for item, end, filed in first.iter_rows()}


def _is_stated(row: Row, stated: Mapping[tuple[str, date], date]) -> bool:
    first = stated.get((row["item"], row["end"]))  # type: ignore[arg-type]
    return first is not None and first <= row["filed"]  # type: ignore[operator]
