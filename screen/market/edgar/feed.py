"""`EdgarFeed`: filed statements of the companies that report to the SEC."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

from exposures.errors import UsageError
from screen.market.edgar.cache import BodyCache
from screen.market.edgar.company import FACTS_URL, Answer, batch_of, fetch_body, refused
from screen.market.edgar.due import DATASET, MAX_AGE_DAYS, fresh_tickers
from screen.market.edgar.statements import FILED
from screen.market.edgar.tickers import TICKERS_URL, read_ticker_map, us_symbol
from screen.market.feed import Batch, FeedReport, PullRequest
from screen.market.net.faults import FetchError
from screen.market.net.http import HttpClient
from screen.market.net.politeness import Politeness
from screen.market.outcomes import outcome
from screen.market.protocol import Company

__all__ = ["EDGAR_POLITENESS", "EdgarFeed"]

EDGAR_POLITENESS = Politeness(timeout_s=30.0, requests_per_second=8.0, workers=4)
"""The SEC allows 10 requests a second from one address and blocks above it; 8 leaves room for another
program. The largest answers are some megabytes, so a request may take longer than Yahoo's.

Reference: https://www.sec.gov/os/webmaster-faq#developers."""

MAX_REQUESTS_PER_SECOND = 10.0

_TICKERS = "company_tickers"


class EdgarFeed:
    """Statements of US-listed companies, and of those listed elsewhere that file with the SEC.

    Parameters
    ----------
    contact
        Name and mail address for the User-Agent, which the SEC asks for; the setting ``contact``.
    cache_dir
        Answers are kept below it, in ``edgar``; None keeps none, so that every answer is asked for whole.
    politeness
        Rate and patience; more than 10 requests a second are refused.

    Raises
    ------
    UsageError
        No contact, or a rate above what the SEC allows.

    Notes
    -----
    One request brings the list of tickers (once in `MAX_AGE_DAYS`), one a company its whole history. A
    company is asked when it is due (`screen.market.edgar.due`); where the cache has its last answer, the SEC
    is asked for a newer one only. Companies of other exchanges, and those not on the list, are
    ``not_covered`` without a request of their own.
    """

    name = FILED
    label = "SEC EDGAR"

    def __init__(
        self, *, contact: str, cache_dir: Path | None = None, politeness: Politeness = EDGAR_POLITENESS
    ) -> None:
        if not contact.strip():
            raise UsageError(
                'the setting "contact" is empty; the SEC wants a name and a mail address with each request.',
                fix='Set contact in screen.toml or SCREEN_CONTACT, e.g. "Jane Doe jane@example.org".',
            )
        if not contact.isascii() or not contact.isprintable():
            raise UsageError(
                f'the setting "contact" is {contact!r}; it is sent in a header and must be plain ASCII text.',
                fix="Write it without accents and line breaks, in screen.toml or SCREEN_CONTACT.",
            )
        if politeness.requests_per_second > MAX_REQUESTS_PER_SECOND:
            raise UsageError(
                f"{politeness.requests_per_second:g} requests a second are more than the SEC allows (10).",
                fix="Ask for 10 or fewer.",
            )
        self._agent = f"supply-screen {contact.strip()}"
        self._cache = BodyCache(None if cache_dir is None else cache_dir / self.name)
        self._politeness = politeness
        self._report = FeedReport()

    def is_due(self, request: PullRequest) -> bool:
        """Return True when a company that may file with the SEC is due."""
        return bool(self._due(request)[0])

    def pull(self, request: PullRequest) -> Iterator[Batch]:
        """Yield one batch a company, in the order asked; see `Feed.pull`."""
        self._report = FeedReport()
        asked, elsewhere = self._due(request)
        for company in elsewhere:
            yield _not_covered(company, "not listed in the US, and no filer known under another symbol")
        if not asked:
            return
        with HttpClient("SEC", self._politeness, headers={"User-Agent": self._agent}) as client:
            try:
                yield from self._companies(client, asked, request)
            finally:
                gate = client.gate
                self._report = FeedReport(gate.requests, gate.retries, gate.broken)

    def report(self) -> FeedReport:
        """Return what the last pull cost."""
        return self._report

    def _due(self, request: PullRequest) -> tuple[list[Company], list[Company]]:
        """Companies to ask for, and those of other exchanges that have no outcome yet."""
        pulls = request.held.pulls
        fresh = set() if request.is_full else fresh_tickers(pulls, today=request.today)
        due = [company for company in request.companies if company.ticker not in fresh]
        asked = [company for company in due if us_symbol(company.ticker)]
        return asked, [company for company in due if not us_symbol(company.ticker)]

    def _companies(
        self, client: HttpClient, asked: Sequence[Company], request: PullRequest
    ) -> Iterator[Batch]:
        today = request.today
        try:
            numbers = self._numbers(client, today, is_full=request.is_full)
        except FetchError as fault:
            for company in asked:
                yield refused(company, FetchError(fault.kind, f"list of tickers: {fault.message}"))
            return
        for done, (company, cik, future) in enumerate(self._answers(client, asked, numbers, today), 1):
            yield self._batch(company, cik, future)
            if request.progress is not None:
                request.progress(done, len(asked), company.ticker)

    def _numbers(self, client: HttpClient, today: date, *, is_full: bool) -> Mapping[str, int]:
        """Symbol -> CIK, from the cache while it is young; an old list serves when none can be had."""
        stored = self._cache.get(_TICKERS)
        if stored and not is_full and 0 <= (today - stored.checked_on).days < MAX_AGE_DAYS:
            return read_ticker_map(stored.content)
        try:
            answer = fetch_body(client, self._cache, TICKERS_URL, _TICKERS, today=today)
            numbers = read_ticker_map(answer.body.content)
        except FetchError:
            if stored is None:
                raise
            return read_ticker_map(stored.content)
        except ValueError as error:
            raise FetchError("bad_payload", f"it cannot be read ({str(error)[:80]})") from error
        self._cache.put(_TICKERS, answer.body)
        return numbers

    def _answers(
        self, client: HttpClient, asked: Sequence[Company], numbers: Mapping[str, int], today: date
    ) -> Iterator[tuple[Company, int | None, Future[Answer] | None]]:
        """Ask with several workers, a few companies ahead: whole histories must not pile up in memory."""
        waiting: deque[tuple[Company, int | None, Future[Answer] | None]] = deque()
        with ThreadPoolExecutor(self._politeness.workers) as pool:
            try:
                for company in asked:
                    cik = numbers.get(us_symbol(company.ticker) or "")
                    future = None
                    if cik is not None:
                        url, name = FACTS_URL.format(cik=cik), f"CIK{cik:010d}"
                        future = pool.submit(fetch_body, client, self._cache, url, name, today=today)
                    waiting.append((company, cik, future))
                    if len(waiting) > self._politeness.workers:
                        yield waiting.popleft()
                while waiting:
                    yield waiting.popleft()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _batch(self, company: Company, cik: int | None, future: Future[Answer] | None) -> Batch:
        if cik is None or future is None:
            return _not_covered(company, f"{us_symbol(company.ticker)} is not on the SEC's list of tickers")
        try:
            answer = future.result()
        except FetchError as fault:
            return refused(company, fault)
        try:
            batch = batch_of(company, cik, answer)
        except FetchError as fault:
            fault.tries = answer.requests
            return refused(company, fault)
        self._cache.put(f"CIK{cik:010d}", answer.body)  # only bodies that can be read are kept
        return batch


def _not_covered(company: Company, reason: str) -> Batch:
    return Batch([outcome(company.ticker, DATASET, "not_covered", source=FILED, reason=reason)])
