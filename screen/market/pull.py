"""pull: bring the store up to date. Lock, ask each feed for what is due, write as it comes, log last.

Order on disk: prices and facts of a few companies, then the log rows that say so. A crash between the two
means that those companies are asked again, never that they count as fetched.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from screen.market.feed import Batch, Feed, FeedReport, PullRequest
from screen.market.progress import Notice, Progress
from screen.market.protocol import Company
from screen.market.store import MarketStore, StoreBusyError
from screen.market.store.layout import new_id
from screen.market.store.splits import keep_splits
from screen.market.tables import OUTCOMES, PULLS

__all__ = ["PullResult", "pull"]

FLUSH_EVERY = 25
"""Batches written together: few enough that a crash loses seconds of work, many enough that a week of the
append-only tables is a handful of files."""

LOCK_WAIT_S = 300.0
"""A second pull waits this long for the first (a cold fill of the theme takes about three minutes), then
finds nothing due."""


@dataclass(frozen=True)
class PullResult:
    """What a pull did.

    Parameters
    ----------
    outcomes
        OUTCOMES of this pull, every feed's rows (the same ticker and dataset may occur once a feed).
    reports
        Feed name -> what it cost. Feeds with nothing due are absent.
    seconds
        Wall time.
    added
        (source, dataset) -> rows that went into the store; of prices, the bars of histories and of tails.
    """

    outcomes: pl.DataFrame = field(default_factory=OUTCOMES.empty)
    reports: Mapping[str, FeedReport] = field(default_factory=dict)
    seconds: float = 0.0
    added: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """Requests sent to all hosts."""
        return sum(report.requests for report in self.reports.values())

    @property
    def retries(self) -> int:
        """Requests that were repeats."""
        return sum(report.retries for report in self.reports.values())

    @property
    def broken(self) -> Mapping[str, str]:
        """Feeds whose host stopped answering, with the kind of fault."""
        return {name: report.broken for name, report in self.reports.items() if report.broken}


def pull(
    store: MarketStore,
    feeds: Sequence[Feed],
    companies: Sequence[Company],
    *,
    today: date,
    is_full: bool = False,
    progress: Progress | None = None,
    notice: Notice | None = None,
    wait_s: float = LOCK_WAIT_S,
) -> PullResult:
    """Ask each feed for what is due and write it to the store.

    Parameters
    ----------
    store
        Where rows go. Readers see every file whole, old or new, at any moment.
    feeds
        Live sources, asked in this order.
    companies
        Who is wanted.
    today
        Day of the pull in UTC.
    is_full
        True: ask for everything again.
    notice
        Told, in words, what the pull waits for.
    wait_s
        Longest wait for another process that is pulling into the same store.

    Returns
    -------
    PullResult
        Empty, without a request and without taking the lock, when nothing is due.

    Raises
    ------
    StoreBusyError
        Another process kept the store locked for `wait_s`.
    DataError
        The store cannot be written; what was written before stays.
    """
    started = time.monotonic()
    wanted = tuple(companies)
    reports: dict[str, FeedReport] = {}
    rows: list[dict[str, object]] = []
    added: Counter[tuple[str, str]] = Counter()

    def ask(feed: Feed) -> PullRequest:
        held = store.held(feed.name, [company.ticker for company in wanted])
        return PullRequest(wanted, today, held, is_full, progress)

    if not any(feed.is_due(ask(feed)) for feed in feeds):
        return PullResult()
    with _writing(store, wait_s, notice):
        for feed in feeds:
            request = ask(feed)  # anew under the lock: another process may have pulled meanwhile
            if feed.is_due(request):
                one = _FeedPull(store, feed, request)
                one.run()
                rows += one.outcomes
                added += one.added
                reports[feed.name] = feed.report()
    return PullResult(_as_outcomes(rows), reports, time.monotonic() - started, added)


@contextmanager
def _writing(store: MarketStore, wait_s: float, notice: Notice | None) -> Iterator[None]:
    """Hold the store's lock; say who holds it before waiting."""
    with ExitStack() as held:
        try:
            held.enter_context(store.writer())
        except StoreBusyError as busy:
            if notice:
                notice(f"{busy.message} Waiting for it, up to {wait_s:.0f} s.")
            held.enter_context(store.writer(wait_s=wait_s))
        yield


class _FeedPull:
    """The pull of one feed: batches go to the store as they come, their log rows behind them."""

    def __init__(self, store: MarketStore, feed: Feed, request: PullRequest) -> None:
        self.outcomes: list[dict[str, object]] = []
        self.added: Counter[tuple[str, str]] = Counter()
        self._store = store
        self._feed = feed
        self._request = request
        self._id = new_id()
        self._waiting: list[Batch] = []

    def run(self) -> None:
        """Take every batch; an interrupt keeps what had come."""
        batches = self._feed.pull(self._request)
        try:
            for batch in batches:
                self._waiting.append(batch)
                self.outcomes += batch.outcomes
                if len(self._waiting) >= FLUSH_EVERY:
                    self._flush()
        except KeyboardInterrupt:
            self._flush()
            raise
        finally:
            if isinstance(batches, Generator):
                batches.close()  # no request is sent for rows that cannot be written
        self._flush()

    def _flush(self) -> None:
        batches, source = self._waiting, self._feed.name
        self._store.replace_many(source, self._with_splits(_histories(batches, is_tail=False)))
        lost = self._store.extend_many(source, _histories(batches, is_tail=True))
        for batch in batches:
            if batch.prices is not None:
                self.added[source, "prices"] += batch.prices.height
        for dataset in dict.fromkeys(name for batch in batches for name in batch.facts):
            frames = [batch.facts[dataset] for batch in batches if dataset in batch.facts]
            self.added[source, dataset] += self._store.append(dataset, source, pl.concat(frames))
        revisions = [batch.revisions for batch in batches if batch.revisions is not None]
        if revisions:
            self.added[source, "revisions"] += self._store.append("revisions", source, pl.concat(revisions))
        self._record(lost)
        self._waiting = []

    def _with_splits(self, histories: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """The histories with the stored splits that they forget, see `keep_splits`."""
        if not self._store.exists() or not histories:
            return dict(histories)
        stored = self._store.prices(list(histories), sources=[self._feed.name])
        parts = {str(part.item(0, "ticker")): part for part in stored.partition_by("ticker")}
        return {
            ticker: keep_splits(parts[ticker], rows) if ticker in parts else rows
            for ticker, rows in histories.items()
        }

    def _record(self, lost: Sequence[str]) -> None:
        """Write the log, without prices whose stored history is damaged (`lost`): they are asked again."""
        rows = [
            {**row, "pulled_at": self._request.today, "pull_id": self._id}
            for batch in self._waiting
            for row in batch.outcomes
            if not (row["dataset"] == "prices" and row["ticker"] in lost)
        ]
        if rows:
            self._store.record(self._feed.name, PULLS.frame(rows))


def _histories(batches: Sequence[Batch], *, is_tail: bool) -> dict[str, pl.DataFrame]:
    """Ticker -> prices of the batches that bring a whole history, or of those that bring its newest bars."""
    return {
        str(batch.prices["ticker"][0]): batch.prices
        for batch in batches
        if batch.prices is not None and not batch.prices.is_empty() and batch.is_tail == is_tail
    }


def _as_outcomes(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """The columns of OUTCOMES without its key: two feeds may tell of one ticker and dataset."""
    return pl.DataFrame(
        [{name: row.get(name) for name in OUTCOMES.schema} for row in rows], schema=OUTCOMES.schema
    )
