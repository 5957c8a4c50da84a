"""The next pull: about how many requests it would send to each source, and how long that takes."""

from __future__ import annotations

from collections.abc import Sequence

from screen.doctor.check import Check
from screen.market.edgar.due import fresh_tickers
from screen.market.edgar.feed import EDGAR_POLITENESS
from screen.market.edgar.tickers import us_symbol
from screen.market.feed import Feed, PullRequest
from screen.market.twse.boards import BOARDS
from screen.market.twse.due import HISTORY_MONTHS, PullLog, is_due
from screen.market.twse.feed import TWSE_POLITENESS
from screen.market.yahoo.plan import due_statements, plan_pull
from screen.market.yahoo.quotes import batch_count

__all__ = ["expected_requests", "plan_checks"]

SESSION_REQUESTS = 2
"""Cookie and crumb of a session with Yahoo."""

PAGES_A_MONTH = 2
"""History pages of a month and board in Taiwan: companies of the island, and foreign issuers."""

LONG_MINUTES = 15.0
"""A pull that takes longer than this deserves a warning before it is put on a schedule."""


def plan_checks(asked: Sequence[tuple[Feed, PullRequest]], *, yahoo_rate: float) -> list[Check]:
    """Return one row per feed: nothing due, or the expected requests and the time they take.

    Parameters
    ----------
    asked
        Each feed with what it would be asked.
    yahoo_rate
        Requests a second to Yahoo, from the settings.
    """
    rates = {
        "yahoo": yahoo_rate,
        "edgar": EDGAR_POLITENESS.requests_per_second,
        "twse": TWSE_POLITENESS.requests_per_second,
    }
    return [_plan(feed, request, rates[feed.name]) for feed, request in asked]


def _plan(feed: Feed, request: PullRequest, rate: float) -> Check:
    if not feed.is_due(request):
        return Check("plan", feed.name, "ok", "nothing is due: 0 requests")
    count = expected_requests(feed.name, request)
    minutes = count / rate / 60
    found = f"about {count} requests, {_duration(count / rate)} at {rate:g} a second"
    if minutes > LONG_MINUTES:
        return Check("plan", feed.name, "warn", found, "Pull before the run, with screen data pull.")
    return Check("plan", feed.name, "ok", found)


def expected_requests(feed: str, request: PullRequest) -> int:
    """Return about how many requests a pull from `feed` sends when none has to be repeated. Sends none.

    - yahoo: quotes 50 a request, chart and summary of each company, accounts where they are due, one a
      currency, cookie and crumb. Accounts that only today's quotes show to be due are not among them, charts
      that they show to be current are: the two about cancel.
    - edgar: the list of tickers and one a company; fewer with answers in the cache.
    - twse: one a board, and the pages of its history on the first pull.
    """
    if feed == "edgar":
        fresh = set() if request.is_full else fresh_tickers(request.held.pulls, today=request.today)
        return 1 + sum(us_symbol(c.ticker) is not None and c.ticker not in fresh for c in request.companies)
    if feed == "twse":
        return _twse(request)
    plan = plan_pull(request)
    charts = sum(c.is_price_due for c in plan.companies)
    statements, _ = due_statements(plan, {})
    return (
        batch_count(sum(c.is_quote_due for c in plan.companies))
        + charts
        + sum(c.is_summary_due for c in plan.companies)
        + len(statements)
        + len(plan.rates(plan.currencies))
        + SESSION_REQUESTS
    )


def _twse(request: PullRequest) -> int:
    logs = PullLog.of(request.held)
    count = 0
    for board in BOARDS:
        companies = board.companies(request.companies)
        if request.is_full or any(is_due(company, logs, request.today) for company in companies):
            is_first = request.is_full or not any(company.ticker in logs for company in companies)
            count += 1 + (HISTORY_MONTHS * PAGES_A_MONTH if is_first else 0)
    return count


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
