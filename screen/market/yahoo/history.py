"""New closes of one company: only what is new, unless a split or a re-adjustment changed the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import log

import polars as pl

from screen.market.store.merge import merge_prices
from screen.market.yahoo.inquiry import Inquiry, lost_words
from screen.market.yahoo.payloads import ChartResult
from screen.market.yahoo.plan import OVERLAP_BARS, CompanyPlan, needs_chart
from screen.market.yahoo.prices import stored_prices
from screen.market.yahoo.quotes import SeenQuote

__all__ = ["JUMP_RATIO", "PriceNews", "pull_prices"]

JUMP_RATIO = 1.9
"""A close that nearly doubles or halves in a day may be a split of two for one that Yahoo applies late."""


@dataclass(frozen=True)
class PriceNews:
    """What a chart brought: see `Batch` for the fields; `is_known` is False for an unknown symbol."""

    prices: pl.DataFrame | None = None
    is_tail: bool = False
    revisions: pl.DataFrame | None = None
    is_known: bool = True


def pull_prices(
    inquiry: Inquiry, plan: CompanyPlan, quote: SeenQuote | None, *, history_days: int
) -> PriceNews:
    """Ask for the closes that are not stored yet and tell the outcome of dataset ``prices``.

    Parameters
    ----------
    inquiry
        The company.
    plan
        What is stored of it.
    quote
        Today's quote: without a newer day than the newest stored close no chart is asked for.
    history_days
        Days to ask for where nothing is stored.

    Notes
    -----
    1. From ten bars before the end on, compared with what is stored. 2. When the overlap differs by one
    ratio, or in all ways, or a split is new: the whole history, in one more request. Should that fail, what
    is stored stays as it is: its closes and splits fit each other. 3. While the newest stored closes hold a
    jump that may be a split which Yahoo has not applied yet: the whole history at once, until it has.
    """
    since = None if _has_jump(plan.tail) else _overlap_start(plan.tail)
    if not needs_chart(plan, quote):
        inquiry.tell("prices", "ok", latest=plan.last_bar)
        return PriceNews()
    if since is not None:
        news = _newer(inquiry, plan, since)
        if news is not None:
            return news
    answer = inquiry.chart("prices", since=inquiry.today - timedelta(days=history_days))
    if answer is None:
        return _nothing(inquiry)
    rows = stored_prices(inquiry.name, answer[0])
    if not _tell(inquiry, *answer, rows):
        return PriceNews()
    return PriceNews(rows)


def _newer(inquiry: Inquiry, plan: CompanyPlan, since: date) -> PriceNews | None:
    """The news since the overlap; None when the whole history must be read again."""
    answer = inquiry.chart("prices", since=since)
    if answer is None:
        return _nothing(inquiry)
    fresh = stored_prices(inquiry.name, answer[0]).filter(pl.col("date") >= since)
    if fresh.get_column("close").count() == 0:
        _tell(inquiry, *answer, fresh)
        return PriceNews()
    fresh = _late(fresh, plan, inquiry.today)
    merged = merge_prices(plan.tail, fresh, today=inquiry.today)
    if merged.needs_history:
        return None
    _tell(inquiry, *answer, fresh)
    revisions = None if merged.revisions.is_empty() else merged.revisions
    return PriceNews(None if merged.kind == "same" else merged.rows, is_tail=True, revisions=revisions)


def _late(fresh: pl.DataFrame, plan: CompanyPlan, today: date) -> pl.DataFrame:
    """Bars that the last answer ought to have had (its session was under way) are known on the day after."""
    if plan.prices_at is None:
        return fresh
    first = min(today, plan.prices_at + timedelta(days=1))
    is_stored = pl.col("date").is_in(plan.tail.get_column("date").implode())
    known = pl.when(is_stored).then("known_at").otherwise(pl.max_horizontal("known_at", pl.lit(first)))
    return fresh.with_columns(known.alias("known_at"))


def _tell(inquiry: Inquiry, chart: ChartResult, lost: int, rows: pl.DataFrame) -> bool:
    """Tell the outcome of a chart that came; True when it has a close."""
    closed = rows if rows.get_column("close").null_count() == 0 else rows.drop_nulls("close")
    latest = closed.get_column("date").max()
    if isinstance(latest, date):
        inquiry.tell("prices", "partial" if lost else "ok", lost_words(lost), latest=latest)
        return True
    if chart.meta.currency is None:
        inquiry.tell("prices", "bad_payload", "the chart names no currency")
    else:
        inquiry.tell("prices", "empty", "no close in the period")
    return False


def _nothing(inquiry: Inquiry) -> PriceNews:
    return PriceNews(is_known=inquiry.outcomes[-1]["status"] != "not_found")


def _has_jump(tail: pl.DataFrame) -> bool:
    closes = tail.filter(pl.col("close") > 0).sort("date").get_column("close")
    return bool((closes.log().diff().abs() >= log(JUMP_RATIO)).any())


def _overlap_start(tail: pl.DataFrame) -> date | None:
    """The day to ask from: `OVERLAP_BARS` before the newest stored close."""
    if tail.is_empty():
        return None
    days = tail.filter(pl.col("close").is_not_null()).get_column("date").sort()
    return None if days.is_empty() else days[max(0, len(days) - 1 - OVERLAP_BARS)]
