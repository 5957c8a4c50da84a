"""MONTHLY_REVENUE rows out of what was read, each with the day on which it certainly was public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from screen.market.twse.due import PullLog
from screen.market.twse.roc import public_by
from screen.market.twse.rows import THOUSAND, RevenueLine

__all__ = ["Observation", "StoredMonth", "known_day", "new_rows", "observed", "stored_months"]

CURRENCY = "TWD"


@dataclass(frozen=True)
class Observation:
    """A month of one company as read today, in new Taiwan dollars."""

    revenue: float
    year_ago: float | None
    table_day: date | None = None


@dataclass(frozen=True)
class StoredMonth:
    """A month of one company as last stored, in new Taiwan dollars."""

    revenue: float
    year_ago: float | None


def observed(line: RevenueLine) -> Observation | None:
    """Return a line as an observation; None when it states no revenue."""
    if line.revenue is None:
        return None
    year_ago = None if line.year_ago is None else line.year_ago * THOUSAND
    return Observation(line.revenue * THOUSAND, year_ago, line.table_day)


def stored_months(frame: pl.DataFrame, ticker: str) -> dict[date, StoredMonth]:
    """Return month -> the newest stored version of it, of one ticker of a MONTHLY_REVENUE frame."""
    rows = frame.filter(pl.col("ticker") == ticker).sort("known_at", "seen_at", nulls_last=False)
    return {
        end: StoredMonth(revenue, year_ago)
        for end, revenue, year_ago in rows.select("period_end", "revenue", "revenue_year_ago").iter_rows()
    }


def known_day(end: date, *, today: date, table_day: date | None, log: PullLog, is_held: bool) -> date:
    """Return the first day on which the month that ends on `end` certainly was public.

    Parameters
    ----------
    end
        Last day of the month.
    today
        Day of the pull.
    table_day
        Day on which the host made its table, where it says so.
    log
        Earlier pulls of the company.
    is_held
        Whether the store's rows of the company are at hand, the month not among them.

    Notes
    -----
    The earliest of: today, the day of the table (when it lies between the month and today), and the day by
    which every company must have published (`public_by`, some days after the legal deadline). It is never
    earlier than the day after a pull that was answered without the month: that company published late, or
    its host did.

    A month that an earlier pull had, but whose stored row is not at hand, may differ from what was known
    then: it counts as known today.
    """
    day = min(today, public_by(end))
    if table_day is not None and end < table_day < day:
        day = table_day
    if log.answered_at is None:
        return day
    if log.latest is None or log.latest < end:
        return min(today, max(day, log.answered_at + timedelta(days=1)))
    return day if is_held else today


def new_rows(
    ticker: str,
    seen: Mapping[date, Observation],
    stored: Mapping[date, StoredMonth],
    *,
    today: date,
    log: PullLog,
    source: str,
) -> list[dict[str, object]]:
    """Return MONTHLY_REVENUE rows for the months that are new or stated otherwise than stored.

    A month that is stored and stated otherwise (restated) becomes a second row, known today: the stored one
    stays.

    Missing data: a year-ago value that is no longer stated keeps the stored one.
    """
    rows: list[dict[str, object]] = []
    for end in sorted(seen):
        fact, held = seen[end], stored.get(end)
        year_ago = fact.year_ago if fact.year_ago is not None or held is None else held.year_ago
        if held is not None and (held.revenue, held.year_ago) == (fact.revenue, year_ago):
            continue
        known = today
        if held is None:
            known = known_day(end, today=today, table_day=fact.table_day, log=log, is_held=bool(stored))
        rows.append(
            {
                "ticker": ticker,
                "period_end": end,
                "revenue": fact.revenue,
                "revenue_year_ago": year_ago,
                "currency": CURRENCY,
                "known_at": known,
                "source": source,
                "seen_at": today,
            }
        )
    return rows
