"""What is due at Yahoo, told from the log of earlier pulls. Pure: sends nothing, reads no clock.

A company never seen takes three requests (chart, summary, accounts). A week later its chart is asked for from
ten bars before its end, its summary again, and its accounts only where new ones can be expected.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import polars as pl

from screen.market.feed import Held, PullRequest
from screen.market.minor_units import major
from screen.market.yahoo.quotes import SeenQuote, batch_count

__all__ = ["CompanyPlan", "PullPlan", "RatePlan", "due_statements", "needs_chart", "plan_pull", "rate_name"]

DONE = ("ok", "partial", "empty", "not_found", "not_covered")
"""A dataset with such an outcome is not asked again on the same day."""
GOOD = ("ok", "partial", "empty")
DELIVERED = ("ok", "partial")
"""An empty answer does not say that there was nothing: Yahoo gives one on a bad day."""

OVERLAP_BARS = 10
"""Bars asked for again: two weeks of closes tell a split from a revision of one day."""
STATEMENT_AGE_DAYS = 35
"""Accounts are asked for again after so many days, whatever Yahoo says about earnings dates: these are often
missing abroad, and a quarter must not pass by."""
REPORT_DAYS = 21
"""So long after a report accounts without its quarter are asked for again each week."""
OVERDUE_DAYS = 120
"""A quarter and a month: a company unread for longer has reported since, whoever reported later."""
WEEKLY_REQUESTS = 2.3
"""Requests a company that a weekly refresh may take: one chart, one summary, and 0.3 for quotes, rates,
cookie and the companies that have reported (60 companies report 240 times a year, 4.6 a week)."""
COOKIE_REQUESTS = 2
SMALL_UNIVERSE = 40
"""Below so many companies the quotes, rates and the cookie alone use up the 0.3: one company's accounts are
then asked for all the same, else they would never be."""

Log = Mapping[tuple[str, str], Mapping[str, object]]


@dataclass(frozen=True)
class CompanyPlan:
    """What is due of one company.

    Parameters
    ----------
    is_quote_due, is_price_due, is_summary_due
        Ask for them.
    statements
        ``no``, ``always`` (never read, or a full pull), ``due`` (within the budget) or ``reported`` (due once
        earnings were published).
    tail
        STORED_PRICES: the newest stored bars; empty for a full history.
    statements_at
        Day on which accounts were last read; None for never.
    accounts_at
        Day on which the newest quarter of that reading was known.
    earnings_at
        Earnings date that Yahoo stated earlier.
    is_new
        True when its prices were never asked for.
    answered_at, prices_at
        Days of the last answers with accounts and with prices, in a full pull too: what they lacked was not
        out by then.
    """

    ticker: str
    is_quote_due: bool
    is_price_due: bool
    is_summary_due: bool
    statements: str
    tail: pl.DataFrame
    statements_at: date | None = None
    accounts_at: date | None = None
    earnings_at: date | None = None
    is_new: bool = False
    answered_at: date | None = None
    prices_at: date | None = None

    @cached_property
    def last_bar(self) -> date | None:
        """Day of the newest stored close."""
        if self.tail.is_empty():
            return None
        newest = self.tail.filter(pl.col("close").is_not_null()).get_column("date").max()
        return newest if isinstance(newest, date) else None

    @property
    def is_due(self) -> bool:
        """True when anything but accounts, or accounts without a budget, is asked for."""
        asks = self.is_quote_due or self.is_price_due or self.is_summary_due
        return asks or self.statements == "always"


@dataclass(frozen=True)
class RatePlan:
    """A currency whose rates are due.

    Parameters
    ----------
    since
        Newest stored day; None to ask for the whole history.
    latest, answered_at
        Newest stored day and day of the last answer, in a full pull too.
    """

    currency: str
    since: date | None = None
    latest: date | None = None
    answered_at: date | None = None


@dataclass(frozen=True)
class PullPlan:
    """What is due of all companies and currencies.

    Parameters
    ----------
    companies
        One plan a company.
    currencies
        Currencies of the companies, and those whose rates failed today.
    spent
        Requests about these companies already sent today.
    log, good, answered
        Newest row of each dataset; newest one with an answer, none in a full pull; newest one with rows.
    """

    companies: tuple[CompanyPlan, ...]
    currencies: frozenset[str]
    spent: int
    today: date
    log: Log
    good: Log
    answered: Log

    def rates(self, currencies: Iterable[str]) -> list[RatePlan]:
        """Return the plans of those of `currencies` whose rates are due; the US dollar needs none."""
        return [
            self._rate_plan(currency)
            for currency in sorted(set(currencies) - {"USD"})
            if not _is_done(self.log.get((rate_name(currency), "fx")), self.today)
        ]

    def _rate_plan(self, currency: str) -> RatePlan:
        name = (rate_name(currency), "fx")
        last = self.answered.get(name, {})
        since = _day(self.good.get(name, {}).get("latest"))
        return RatePlan(currency, since, _day(last.get("latest")), _day(last.get("pulled_at")))


def plan_pull(request: PullRequest) -> PullPlan:
    """Return what is due.

    Notes
    -----
    A dataset with an outcome of today is done, unless it failed. A symbol that Yahoo did not know today is
    not asked about again today.

    Missing data: without stored bars the whole history is asked for, whatever the log says.
    """
    held = Held() if request.is_full else request.held
    newest, good = _newest(held.pulls), _newest(held.pulls.filter(pl.col("status").is_in(GOOD)))
    answered = _newest(request.held.pulls.filter(pl.col("status").is_in(DELIVERED)))  # in a full pull too
    parts = held.tails.sort("ticker", "date").partition_by("ticker", maintain_order=True)
    tails = {str(part.item(0, "ticker")): part for part in parts}
    companies = [
        replace(
            _company_plan(ticker, newest, good, tails.get(ticker, held.tails.clear()), request),
            answered_at=_day(answered.get((ticker, "statements"), {}).get("pulled_at")),
            prices_at=_day(answered.get((ticker, "prices"), {}).get("pulled_at")),
        )
        for ticker in dict.fromkeys(company.ticker for company in request.companies)
    ]
    names = {company.ticker for company in companies}
    spent = sum(
        int(str(row["requests"]))
        for (name, dataset), row in newest.items()
        if row["pulled_at"] == request.today and (dataset == "fx" or name in names)
    )
    return PullPlan(
        tuple(companies), _currencies(request, newest), spent, request.today, newest, good, answered
    )


def needs_chart(company: CompanyPlan, quote: SeenQuote | None) -> bool:
    """Return True when a chart is due and no quote says that nothing was traded since the newest close."""
    last = company.last_bar
    is_old = last is not None and quote is not None and quote.day is not None and quote.day <= last
    return company.is_price_due and not is_old


def due_statements(plan: PullPlan, quotes: Mapping[str, SeenQuote]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the companies whose accounts are asked for, and those that are due but beyond the budget.

    Parameters
    ----------
    plan
        What is due.
    quotes
        Today's quotes, as far as they came: they state the last and the next earnings date.

    Notes
    -----
    Due: an earnings date passed since accounts were last read, or that was more than 35 days ago, or the last
    attempt failed. Accounts not read for `OVERDUE_DAYS` come first, oldest first, so that nobody waits for
    ever; then the most recent earnings, then the oldest reading. The budget of a refresh is
    2.3 requests a company, less everything else that it takes; a first reading does not count against it.
    """
    always = frozenset(c.ticker for c in plan.companies if c.statements == "always")
    waiting: list[tuple[int, int, str]] = []
    for company in plan.companies:
        if company.statements not in ("due", "reported"):
            continue
        reported = _reported(company, quotes.get(company.ticker), plan.today)
        if company.statements == "due" or reported is not None:
            since_report = (plan.today - reported).days if reported else STATEMENT_AGE_DAYS * 10
            read_at = company.statements_at.toordinal() if company.statements_at else 0
            is_overdue = plan.today.toordinal() - read_at > OVERDUE_DAYS
            waiting.append((0 if is_overdue else 1 + since_report, read_at, company.ticker))
    allowed = _allowance(plan, quotes)
    order = [ticker for _, _, ticker in sorted(waiting)]
    return always | frozenset(order[:allowed]), frozenset(order[allowed:])


def rate_name(currency: str) -> str:
    """Return the name of a currency's rate in OUTCOMES, e.g. ``USDTWD``."""
    return f"USD{currency}"


def _allowance(plan: PullPlan, quotes: Mapping[str, SeenQuote]) -> int:
    """Requests for accounts that the budget of the refreshed companies leaves."""
    refreshed = [c for c in plan.companies if not c.is_new]
    shared = batch_count(sum(c.is_quote_due for c in plan.companies))
    shared += len(plan.rates(plan.currencies)) + COOKIE_REQUESTS
    if len(refreshed) < len(plan.companies):
        shared = 0  # the budget of a first filling has room for them
    charts = sum(needs_chart(c, quotes.get(c.ticker)) for c in refreshed)
    others = sum(c.is_summary_due + (c.statements == "always") for c in refreshed)
    left = math.floor(WEEKLY_REQUESTS * len(refreshed)) - shared - charts - others - plan.spent
    if left < 1 and len(refreshed) < SMALL_UNIVERSE and plan.spent == 0:
        return 1
    return max(0, left)


def _reported(company: CompanyPlan, quote: SeenQuote | None, today: date) -> date | None:
    """The newest stated earnings date before today that no reading of accounts has answered.

    A reading on or before it does not, nor does one in the weeks after it whose newest quarter was known
    before it: Yahoo's accounts follow the report by days.
    """
    stated = [company.earnings_at] if company.earnings_at else []
    stated += quote.earnings if quote else ()
    since = company.statements_at or date.min
    newest = company.accounts_at or since
    waits = {day for day in stated if newest < day < since and (today - day).days <= REPORT_DAYS}
    return max((day for day in stated if since <= day < today or day in waits), default=None)


def _company_plan(
    ticker: str, newest: Log, good: Log, tail: pl.DataFrame, request: PullRequest
) -> CompanyPlan:
    def done(dataset: str) -> bool:
        return _is_done(newest.get((ticker, dataset)), request.today)

    told = newest.get((ticker, "prices"), {})
    if told.get("status") == "not_found" and told.get("pulled_at") == request.today:
        return CompanyPlan(ticker, False, False, False, "no", tail.clear())
    read_at = _day(good.get((ticker, "statements"), {}).get("pulled_at"))
    return CompanyPlan(
        ticker,
        is_quote_due=not done("quotes"),
        is_price_due=not done("prices"),
        is_summary_due=not (done("estimates") and done("profile")),
        statements=_statement_plan(newest.get((ticker, "statements")), read_at, request.today),
        tail=tail,
        statements_at=read_at,
        accounts_at=_day(good.get((ticker, "statements"), {}).get("latest")),
        earnings_at=_day(good.get((ticker, "quotes"), {}).get("earnings_at")),
        is_new=not told,
    )


def _statement_plan(told: Mapping[str, object] | None, read_at: date | None, today: date) -> str:
    if _is_done(told, today):
        return "no"
    if read_at is None:
        return "always"
    is_failed = told is not None and told["status"] not in DONE
    return "due" if is_failed or (today - read_at).days > STATEMENT_AGE_DAYS else "reported"


def _newest(pulls: pl.DataFrame) -> Log:
    ordered = pulls.sort("pulled_at", "pull_id", maintain_order=True)
    last = ordered.unique(["ticker", "dataset"], keep="last", maintain_order=True)
    return {(str(row["ticker"]), str(row["dataset"])): row for row in last.iter_rows(named=True)}


def _is_done(told: Mapping[str, object] | None, today: date) -> bool:
    return told is not None and told["pulled_at"] == today and told["status"] in DONE


def _currencies(request: PullRequest, newest: Log) -> frozenset[str]:
    """Currencies of the companies, and those whose rates failed today."""
    stated = {c for k in request.companies for c in (k.listing_currency, k.reporting_currency)}
    found = {iso for currency in stated if currency and (iso := major(currency)[0])}
    failed = {
        name.removeprefix("USD")
        for (name, dataset), row in newest.items()
        if dataset == "fx" and row["pulled_at"] == request.today and row["status"] not in DONE
    }
    return frozenset((found | failed) - {"USD"})


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None
