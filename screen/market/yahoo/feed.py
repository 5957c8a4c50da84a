"""`YahooFeed`: what is due at Yahoo, asked for through the real yfinance client, yielded as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from itertools import islice

from screen.market.feed import Batch, FeedReport, PullRequest
from screen.market.net.faults import FAULT_STATUS
from screen.market.net.politeness import Politeness
from screen.market.yahoo.client import YahooClient
from screen.market.yahoo.company import currencies_of, pull_company, pull_rate
from screen.market.yahoo.plan import PullPlan, due_statements, plan_pull
from screen.market.yahoo.quotes import QuoteBook, ask_quotes
from screen.market.yahoo.settings import YahooSettings

__all__ = ["YahooFeed"]

AHEAD = 4
"""Jobs a worker handed out at a time: enough that none waits, few enough that rows do not pile up."""
CHART_LANE = "v8/finance/chart"

Job = Callable[[], Batch]


class YahooFeed:
    """Yahoo Finance as a `Feed`.

    Parameters
    ----------
    politeness
        Rate and patience; `YahooSettings` sets the history and the cookie's timeout too.
    sleep
        Replaces the waiting in tests.

    Notes
    -----
    Requests for U companies and C currencies, cookie and crumb included: a first filling takes at most
    3U + ceil(U/50) + C + 4, a weekly refresh 2.3U, a rerun on the same day none.
    """

    name = "yahoo"
    label = "Yahoo Finance"

    def __init__(
        self, politeness: Politeness | None = None, *, sleep: Callable[[float], object] | None = None
    ) -> None:
        given = politeness or YahooSettings()
        self.settings = given if isinstance(given, YahooSettings) else YahooSettings(**given.model_dump())
        self._sleep = sleep
        self._report = FeedReport()

    def is_due(self, request: PullRequest) -> bool:
        """Return True when `pull` would send at least one request."""
        return _is_due(plan_pull(request))

    def pull(self, request: PullRequest) -> Iterator[Batch]:
        """Yield one batch a company, then one a currency, as they come.

        1. Plan from what is stored. 2. Quotes of all companies, 50 a request. 3. For each company: new
        closes, estimates and profile, and accounts where new ones can be expected. 4. Rates of every currency
        that occurs.

        Missing data: a request that fails is a row of OUTCOMES with status and reason; the other requests go
        on until the host itself, or an endpoint, stops answering, after which the rest is ``skipped``.
        """
        plan = plan_pull(request)
        self._report = FeedReport()
        if not _is_due(plan):
            return
        with YahooClient(self.settings, sleep=self._sleep) as client:
            pool = ThreadPoolExecutor(self.settings.workers, thread_name_prefix="yahoo")
            try:
                yield from self._pull(client, pool, plan, request)
            finally:  # an interrupt must not wait for requests that have not begun, nor for a Retry-After
                client.gate.stop()
                pool.shutdown(wait=False, cancel_futures=True)
                self._report = _report(client)

    def report(self) -> FeedReport:
        """Return what the last pull cost."""
        return self._report

    def _pull(
        self, client: YahooClient, pool: ThreadPoolExecutor, plan: PullPlan, request: PullRequest
    ) -> Iterator[Batch]:
        wanted = [c.ticker for c in plan.companies if c.is_quote_due]
        book = ask_quotes(client, wanted, today=plan.today, each=pool.map)
        currencies = set(plan.currencies)
        companies = _as_they_come(pool, self._companies(client, plan, book), self.settings.workers)
        for done, (ticker, batch) in enumerate(companies, start=1):
            currencies |= currencies_of(batch)
            yield _with_quote(batch, book.outcomes.get(ticker))
            if request.progress:
                request.progress(done, len(plan.companies), ticker)
        rates = (
            (rate.currency, partial(pull_rate, client, rate, today=plan.today, history_days=self._days))
            for rate in plan.rates(currencies)
        )
        for _, batch in _as_they_come(pool, rates, self.settings.workers):
            yield batch

    def _companies(self, client: YahooClient, plan: PullPlan, book: QuoteBook) -> Iterator[tuple[str, Job]]:
        now, later = due_statements(plan, book.quotes)
        for company in plan.companies:
            ticker = company.ticker
            statements = "ask" if ticker in now else "later" if ticker in later else "no"
            yield (
                ticker,
                partial(
                    pull_company,
                    client,
                    company,
                    book.quotes.get(ticker),
                    statements=statements,
                    today=plan.today,
                    history_days=self._days,
                ),
            )

    @property
    def _days(self) -> int:
        return self.settings.history_days


def _is_due(plan: PullPlan) -> bool:
    if any(company.is_due for company in plan.companies) or plan.rates(plan.currencies):
        return True
    return bool(due_statements(plan, {})[0])


def _as_they_come(
    pool: ThreadPoolExecutor, jobs: Iterable[tuple[str, Job]], workers: int
) -> Iterator[tuple[str, Batch]]:
    """Yield each job's name and batch when it ends; only so many are under way that rows do not pile up."""
    waiting: dict[Future[Batch], str] = {}
    source = iter(jobs)
    while True:
        for name, job in islice(source, workers * AHEAD - len(waiting)):
            waiting[pool.submit(job)] = name
        if not waiting:
            return
        ended, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in ended:
            yield waiting.pop(future), future.result()


def _with_quote(batch: Batch, told: dict[str, object] | None) -> Batch:
    return batch if told is None else replace(batch, outcomes=[told, *batch.outcomes])


def _report(client: YahooClient) -> FeedReport:
    gate = client.gate
    closed = gate.broken or gate.breaker.lane_kind(CHART_LANE)
    return FeedReport(gate.requests, gate.retries, FAULT_STATUS.get(closed, closed))
