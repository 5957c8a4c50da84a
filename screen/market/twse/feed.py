"""`TwseFeed`: the newest month from the exchanges' OpenAPI, earlier ones from the history pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from screen.market.feed import Batch, FeedReport, PullRequest
from screen.market.net.faults import FetchError
from screen.market.net.http import HttpClient
from screen.market.net.politeness import Politeness
from screen.market.outcomes import outcome
from screen.market.protocol import Company
from screen.market.tables import MONTHLY_REVENUE
from screen.market.twse.boards import BOARDS, Board, code_of
from screen.market.twse.cache import PageCache
from screen.market.twse.due import (
    DATASET,
    HISTORY_MONTHS,
    PullLog,
    is_due,
    last_public,
    missing_months,
    window,
)
from screen.market.twse.facts import StoredMonth, new_rows, stored_months
from screen.market.twse.history import read_history
from screen.market.twse.latest import LatestAnswer, parse_latest
from screen.market.twse.reading import read_company

__all__ = ["TwseFeed"]

HISTORY_NAME = "MOPS"

TWSE_POLITENESS = Politeness(timeout_s=15.0, attempts=2, requests_per_second=1.0)
"""The answers are half a megabyte from far away, hence fifteen seconds; one request a second, since MOPS
shuts hasty readers out. A first run reads about forty pages, once; with every host hanging a pull ends in
three minutes."""


class TwseFeed:
    """Monthly revenue of companies with symbols in ``.TW`` (listed) and ``.TWO`` (OTC).

    Parameters
    ----------
    cache_dir
        Folder for history pages; None keeps none.
    politeness
        Rate and patience towards each of the three hosts, whose breakers are apart; None for the own ones.
    history_months
        Months to have on the first run.

    Notes
    -----
    One request a board when it is due (`screen.market.twse.due`), and once the pages of the months that are
    missing: one a month and board, two where foreign issuers (-KY) are wanted. Amounts are stated in
    thousands of new Taiwan dollars. Companies of other exchanges get no row.

    References: https://openapi.twse.com.tw, https://www.tpex.org.tw/openapi, https://mopsov.twse.com.tw.
    """

    name = "twse"
    label = "TWSE and TPEx"

    def __init__(
        self,
        *,
        cache_dir: Path | None = None,
        politeness: Politeness | None = None,
        history_months: int = HISTORY_MONTHS,
    ) -> None:
        self._politeness = politeness or TWSE_POLITENESS
        self._cache = PageCache(None if cache_dir is None else cache_dir / self.name)
        self._months = history_months
        self._report = FeedReport()

    def is_due(self, request: PullRequest) -> bool:
        """Return True when a company of either board is due."""
        return any(self._due(board, request) for board in BOARDS)

    def pull(self, request: PullRequest) -> Iterator[Batch]:
        """Yield one batch a board; see `Feed.pull`."""
        self._report = FeedReport()
        due = [(board, companies) for board in BOARDS if (companies := self._due(board, request))]
        total, done = sum(len(companies) for _, companies in due), 0
        with HttpClient(HISTORY_NAME, self._politeness) as history:
            for board, companies in due:
                with HttpClient(board.host, self._politeness) as client:
                    before = history.gate.requests
                    batch = self._board(client, history, board, [c.ticker for c in companies], request)
                    self._count(client)
                batch.outcomes[0]["requests"] = client.gate.requests + history.gate.requests - before
                done += len(companies)
                if request.progress is not None:
                    request.progress(done, total, board.host)
                yield batch
            self._count(history)

    def report(self) -> FeedReport:
        """Return what the last pull cost, over all three hosts."""
        return self._report

    def _due(self, board: Board, request: PullRequest) -> list[Company]:
        """Everybody on the board as soon as one company is due: the answer has them all."""
        companies, logs = board.companies(request.companies), PullLog.of(request.held)
        is_any = request.is_full or any(is_due(company, logs, request.today) for company in companies)
        return companies if is_any else []

    def _count(self, client: HttpClient) -> None:
        gate, sofar = client.gate, self._report
        self._report = FeedReport(
            sofar.requests + gate.requests, sofar.retries + gate.retries, sofar.broken or gate.broken
        )

    def _board(
        self, client: HttpClient, pages: HttpClient, board: Board, tickers: list[str], request: PullRequest
    ) -> Batch:
        """Read one board: the newest answer, then the pages of the months that its companies lack."""
        today, held = request.today, request.held.monthly_revenue
        logs = PullLog.of(request.held)
        latest, fault = _latest(client, board, today)
        stored = {ticker: stored_months(held, ticker) for ticker in tickers}
        end = max(latest.newest or date.min, last_public(today))
        missing = {
            code_of(ticker): months
            for ticker in tickers
            if (
                months := _missing(
                    ticker,
                    window(end, self._months),
                    latest,
                    stored[ticker],
                    logs.get(ticker, PullLog()),
                    is_full=request.is_full,
                    is_answered=fault is None,
                )
            )
        }
        history = read_history(pages, self._cache, board, missing, today=today, is_full=request.is_full)
        rows: list[dict[str, object]] = []
        outcomes: list[dict[str, object]] = []
        for ticker in tickers:
            reading = read_company(ticker, latest, history, stored[ticker])
            log = logs.get(ticker, PullLog())
            rows += new_rows(ticker, reading.seen, stored[ticker], today=today, log=log, source=self.name)
            status, reason = reading.outcome(board, fault, today=today)
            outcomes.append(
                outcome(ticker, DATASET, status, source=self.name, reason=reason, latest=reading.newest)
            )
        return Batch(outcomes, facts={DATASET: MONTHLY_REVENUE.frame(rows)} if rows else {})


def _latest(client: HttpClient, board: Board, today: date) -> tuple[LatestAnswer, FetchError | None]:
    """Return the newest answer, or an empty one and why."""
    try:
        answer, _ = client.get(board.latest_url)
        latest = parse_latest(answer.content, board, today=today)
    except FetchError as fault:
        if fault.kind == "not_found":  # the address is gone, which says nothing of any company
            fault = FetchError("bad_payload", f"{board.host} has no table at {board.latest_url} (404)")
        return LatestAnswer(), fault
    if not latest.lines and not latest.faults:
        return latest, FetchError("empty", f"{board.host} answered with an empty list")
    return latest, None


def _missing(
    ticker: str,
    wanted: Sequence[date],
    latest: LatestAnswer,
    stored: Mapping[date, StoredMonth],
    log: PullLog,
    *,
    is_full: bool,
    is_answered: bool,
) -> set[date]:
    """Return the months of one company to look up on history pages."""
    code = code_of(ticker)
    line = latest.lines.get(code)
    if is_answered and line is None and code not in latest.faults and not stored:
        return set()  # no company of this board: its pages have nothing either
    months = set(wanted) if is_full else missing_months(wanted, held=stored.keys(), log=log)
    return months - {line.month} if line is not None and line.revenue is not None else months
