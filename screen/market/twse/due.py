"""What is due: whom to ask about again, and which months a company still lacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from screen.market.feed import Held
from screen.market.protocol import Company
from screen.market.twse.roc import add_months, month_end, public_by

__all__ = ["DATASET", "HISTORY_MONTHS", "PullLog", "is_due", "last_public", "missing_months", "window"]

DATASET = "monthly_revenue"

HISTORY_MONTHS = 14
"""Months to have on the first run. Six with their stated values of a year before give the three-month growth
and its acceleration; fourteen give them for the as-of dates of eight more months, and a year of single
months."""

REFRESH_DAYS = 5
"""An answer this old is asked again: companies restate a month, and a weekly run must see that."""

CATCH_UP_DAY = 20
"""Up to this day of a month a company without the last month is asked every day; all have published by then
(the latest deadline, after the Lunar New Year, is the 18th of February)."""

ANSWERED = ("ok", "partial", "empty", "not_found", "not_covered")
"""Outcomes after which the host is not asked again on the same day."""


@dataclass(frozen=True)
class PullLog:
    """What the log of pulls says of one company.

    Parameters
    ----------
    status, pulled_at
        The newest pull.
    answered_at, latest
        The newest pull with an answer, and the newest month that was there then.
    """

    status: str = ""
    pulled_at: date | None = None
    answered_at: date | None = None
    latest: date | None = None

    @classmethod
    def of(cls, held: Held) -> dict[str, PullLog]:
        """Return ticker -> its log, from the rows that the store holds."""
        rows = held.pulls.filter(pl.col("dataset") == DATASET).sort("pulled_at", "pull_id")
        logs: dict[str, PullLog] = {}
        for row in rows.select("ticker", "status", "pulled_at", "latest").iter_rows(named=True):
            before = logs.get(row["ticker"], cls())
            answered = row["status"] in ANSWERED
            logs[row["ticker"]] = cls(
                row["status"],
                row["pulled_at"],
                row["pulled_at"] if answered else before.answered_at,
                row["latest"] if answered else before.latest,
            )
        return logs


def is_due(company: Company, logs: Mapping[str, PullLog], today: date) -> bool:
    """Return True when the newest pull of `company` is absent, failed, incomplete, behind, or too old.

    A company that was answered today is never due. One that no board knows is asked every `REFRESH_DAYS`
    days.
    """
    log = logs.get(company.ticker, PullLog())
    if log.pulled_at is None or log.status not in ANSWERED:
        return True
    if log.pulled_at >= today:
        return False
    if log.status == "partial" or (today - log.pulled_at).days >= REFRESH_DAYS:
        return True
    is_behind = log.latest is not None and log.latest < add_months(month_end(today.year, today.month), -1)
    return is_behind and today.day <= CATCH_UP_DAY


def last_public(today: date) -> date:
    """Return the newest month whose revenue is certainly public on `today`."""
    end = add_months(month_end(today.year, today.month), -1)
    return end if public_by(end) <= today else add_months(end, -1)


def window(newest: date, months: int) -> list[date]:
    """Return the ends of the `months` months up to `newest`, newest first."""
    return [add_months(newest, -k) for k in range(months)]


def missing_months(wanted: Collection[date], *, held: Collection[date], log: PullLog) -> set[date]:
    """Return the months of `wanted` to look up in the history of one company.

    A company without rows needs them all, one whose last pull was incomplete those it lacks. Otherwise only
    months after its newest one are looked up: older ones it never had, as it was not listed yet.
    """
    newest = max(held, default=log.latest)
    if newest is None or (log.status == "partial" and held):
        return set(wanted) - set(held)
    return {end for end in wanted if end > newest}
