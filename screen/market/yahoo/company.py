"""The requests about one company or currency become one `Batch`."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from screen.market.feed import Batch
from screen.market.yahoo.client import YahooClient
from screen.market.yahoo.currency import rates
from screen.market.yahoo.estimates import estimates
from screen.market.yahoo.history import PriceNews, pull_prices
from screen.market.yahoo.inquiry import Inquiry, epoch, lost_words
from screen.market.yahoo.payloads import SeriesAnswer, SummaryAnswer, SummaryResult
from screen.market.yahoo.plan import CompanyPlan, RatePlan, rate_name
from screen.market.yahoo.profile import profile
from screen.market.yahoo.quotes import SeenQuote
from screen.market.yahoo.statements import SERIES, YEAR_LAG_DAYS, statements

__all__ = ["currencies_of", "pull_company", "pull_rate"]

SUMMARY = "https://query2.finance.yahoo.com/v10/finance/quoteSummary/{}"
TIMESERIES = "https://query2.finance.yahoo.com/ws/fundamentals-timeseries/v1/finance/timeseries/{}"
MODULES = "earningsTrend,price,defaultKeyStatistics,financialData,assetProfile"
OLDEST = date(2017, 1, 1)
"""Before it Yahoo's statement series hold nothing."""
RATE_OVERLAP_DAYS = 10
OVER_BUDGET = "due, next pull: request budget"


def pull_company(
    client: YahooClient,
    plan: CompanyPlan,
    quote: SeenQuote | None,
    *,
    statements: str,
    today: date,
    history_days: int,
) -> Batch:
    """Ask for what is due of one company: chart, summary, accounts, in this order.

    Parameters
    ----------
    client
        The session.
    plan
        What is due.
    quote
        Today's quote, None where there is none.
    statements
        ``ask``, ``later`` (due, but beyond the budget) or ``no``.
    today
        Day of the pull.
    history_days
        Days of prices to ask for where none are stored.

    Missing data: each request that fails is one OUTCOMES row; an unknown symbol costs one request and the
    rest is ``skipped``.
    """
    inquiry = Inquiry(client, plan.ticker, today=today)
    facts: dict[str, pl.DataFrame] = {}
    news = PriceNews()
    if plan.is_price_due:
        news = pull_prices(inquiry, plan, quote, history_days=history_days)
    if not news.is_known:
        due = (("estimates", plan.is_summary_due), ("profile", plan.is_summary_due))
        for dataset, is_due in (*due, ("statements", statements != "no")):
            if is_due:
                inquiry.tell(dataset, "skipped", "not asked: Yahoo has no such symbol")
        return Batch(inquiry.outcomes)
    summary = _pull_summary(inquiry, facts) if plan.is_summary_due else None
    if statements == "ask":
        _pull_statements(inquiry, facts, summary, answered_at=plan.answered_at)
    elif statements == "later":
        inquiry.tell("statements", "skipped", OVER_BUDGET)
    found = {name: rows for name, rows in facts.items() if not rows.is_empty()}
    return Batch(inquiry.outcomes, news.prices, news.revisions, found, news.is_tail)


def pull_rate(client: YahooClient, plan: RatePlan, *, today: date, history_days: int) -> Batch:
    """Ask for the units of a currency for one US dollar; from ten days before the newest stored rate on.

    Missing data: a failed request is one OUTCOMES row; a chart in another currency is ``bad_payload``.
    """
    inquiry = Inquiry(client, rate_name(plan.currency), today=today)
    whole = today - timedelta(days=history_days)
    since = max(whole, plan.since - timedelta(days=RATE_OVERLAP_DAYS)) if plan.since else whole
    answer = inquiry.chart("fx", since=since)
    if answer is None:
        return Batch(inquiry.outcomes)
    chart, lost = answer
    rows = rates(plan.currency, chart)
    latest = rows.get_column("date").max()
    if isinstance(latest, date):
        inquiry.tell("fx", "partial" if lost else "ok", lost_words(lost), latest=latest)
        return Batch(inquiry.outcomes, facts={"fx": _rates_known(rows, plan, today)})
    if chart.meta.currency != plan.currency:
        inquiry.tell("fx", "bad_payload", f"the rate is in {chart.meta.currency}, not {plan.currency}")
    else:
        inquiry.tell("fx", "empty", "no rate in the period")
    return Batch(inquiry.outcomes)


def currencies_of(batch: Batch) -> frozenset[str]:
    """Return the currencies of prices, estimates, accounts and profile in `batch`."""
    frames = [*batch.facts.values(), *([] if batch.prices is None else [batch.prices.tail(1)])]
    names = ("currency", "financial_currency")
    columns = [frame.get_column(name) for frame in frames for name in names if name in frame.columns]
    return frozenset(c for column in columns for c in column.to_list() if c)


def _pull_summary(inquiry: Inquiry, facts: dict[str, pl.DataFrame]) -> SummaryResult | None:
    """Add estimates and profile."""
    params = {"modules": MODULES, "corsDomain": "finance.yahoo.com", "formatted": "false"}
    answer = inquiry.ask(SUMMARY, params, SummaryAnswer, dataset="estimates")
    if answer is not None and not answer.summary.result:
        inquiry.tell("estimates", "empty", "Yahoo's summary is empty")
    if answer is None or not answer.summary.result:
        inquiry.outcomes.append({**inquiry.outcomes[-1], "dataset": "profile", "requests": 0})
        return None
    summary = answer.summary.result[0]
    today = inquiry.today
    facts["estimates"] = estimates(inquiry.name, summary, fetched=today)
    facts["profiles"] = profile(inquiry.name, summary, fetched=today)
    means = facts["estimates"][["mean", "currency"]].rows()
    tags = [currency for mean, currency in means if mean is not None]
    if not tags and not answer.lost:
        inquiry.tell("estimates", "empty", "no analyst coverage")
    elif answer.lost:
        inquiry.tell("estimates", "partial", lost_words(answer.lost), latest=today)
    elif None in tags:
        inquiry.tell("estimates", "partial", "an estimate names no currency", latest=today)
    else:
        inquiry.tell("estimates", "ok", latest=today)
    if facts["profiles"].is_empty():
        inquiry.tell("profile", "empty", "Yahoo's summary says nothing about the company")
    else:
        inquiry.tell("profile", "ok", latest=today)
    return summary


def _pull_statements(
    inquiry: Inquiry,
    facts: dict[str, pl.DataFrame],
    summary: SummaryResult | None,
    *,
    answered_at: date | None,
) -> None:
    """Add the quarterly accounts; what the answer before lacked counts as known on the day after it."""
    params = {
        "symbol": inquiry.name,
        "type": ",".join(f"quarterly{name}" for name in SERIES),
        "period1": epoch(OLDEST),
        "period2": epoch(inquiry.today + timedelta(days=1)),
    }
    answer = inquiry.ask(TIMESERIES, params, SeriesAnswer, dataset="statements")
    if answer is None:
        return
    year_end = summary.statistics.fiscal_year_end if summary else None
    rows, lost = statements(inquiry.name, answer, fetched=inquiry.today, fiscal_year_end=year_end)
    rows = rows if year_end else _with_long_lag(rows, inquiry.today)
    latest = rows.get_column("known_at").max()
    facts["statements"] = _not_before(rows, answered_at, inquiry.today)
    lost += answer.lost
    if isinstance(latest, date):
        inquiry.tell("statements", "partial" if lost else "ok", lost_words(lost), latest=latest)
    elif lost:
        inquiry.tell("statements", "bad_payload", f"no value can be read ({lost} tried)")
    else:
        inquiry.tell("statements", "empty", "Yahoo has no quarterly accounts")


def _with_long_lag(rows: pl.DataFrame, today: date) -> pl.DataFrame:
    """Without a summary nobody says which quarter ends the year: all count as known after the longer lag."""
    late = pl.min_horizontal(pl.lit(today), pl.col("period_end") + pl.duration(days=YEAR_LAG_DAYS))
    return rows.with_columns(pl.max_horizontal("known_at", late).alias("known_at"))


def _rates_known(rows: pl.DataFrame, plan: RatePlan, today: date) -> pl.DataFrame:
    """Rates with the day they can have been known: the store leaves out those that it has.

    A rate of a day that was stored then is a revision, known today. One of a day that the last answer ought
    to have had, and had not (the session was under way), is known on the day after that answer.
    """
    if plan.latest is None or plan.answered_at is None:
        return rows
    late = min(today, plan.answered_at + timedelta(days=1))
    known = (
        pl.when(pl.col("date") <= plan.latest)
        .then(pl.lit(today))
        .otherwise(pl.max_horizontal("known_at", pl.lit(late)))
    )
    return rows.with_columns(known.alias("known_at"))


def _not_before(rows: pl.DataFrame, answered_at: date | None, today: date) -> pl.DataFrame:
    """No row counts as known by the day of the last answer: the store keeps only those that it lacked."""
    if answered_at is None:
        return rows
    first = min(today, answered_at + timedelta(days=1))
    return rows.with_columns(pl.max_horizontal("known_at", pl.lit(first)).alias("known_at"))
