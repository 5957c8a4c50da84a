"""pull: bring the store up to date. Lock, ask each feed for what is due, write as it comes, log last.

Order on disk: prices and facts of a few companies, then the log rows that say so. A crash between the two
means that those companies are asked again, never that they count as fetched.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from screen.market.feed import Batch, Feed, FeedReport, PullRequest
from screen.market.progress import Progress
from screen.market.protocol import Company
from screen.market.store import MarketStore
from screen.market.store.layout import new_id
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
    """

    outcomes: pl.DataFrame = field(default_factory=OUTCOMES.empty)
    reports: Mapping[str, FeedReport] = field(default_factory=dict)
    seconds: float = 0.0

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

    def ask(feed: Feed) -> PullRequest:
        held = store.held(feed.name, [company.ticker for company in wanted])
        return PullRequest(wanted, today, held, is_full, progress)

    if not any(feed.is_due(ask(feed)) for feed in feeds):
        return PullResult()
    with store.writer(wait_s=wait_s):
        for feed in feeds:
            request = ask(feed)  # anew under the lock: another process may have pulled meanwhile
            if feed.is_due(request):
                rows += _pull_feed(store, feed, request)
                reports[feed.name] = feed.report()
    return PullResult(_as_outcomes(rows), reports, time.monotonic() - started)


def _pull_feed(store: MarketStore, feed: Feed, request: PullRequest) -> list[dict[str, object]]:
    """Write the batches of one feed as they come; an interrupt keeps what had come."""
    pull_id = new_id()
    waiting: list[Batch] = []
    rows: list[dict[str, object]] = []
    batches = feed.pull(request)
    try:
        for batch in batches:
            waiting.append(batch)
            rows += batch.outcomes
            if len(waiting) >= FLUSH_EVERY:
                _flush(store, feed.name, waiting, today=request.today, pull_id=pull_id)
                waiting = []
    except KeyboardInterrupt:
        _flush(store, feed.name, waiting, today=request.today, pull_id=pull_id)
        raise
    _flush(store, feed.name, waiting, today=request.today, pull_id=pull_id)
    return rows


def _flush(store: MarketStore, source: str, batches: Sequence[Batch], *, today: date, pull_id: str) -> None:
    if not batches:
        return
    store.replace_many(source, _histories(batches, is_tail=False))
    lost = store.extend_many(source, _histories(batches, is_tail=True))
    for dataset in dict.fromkeys(name for batch in batches for name in batch.facts):
        frames = [batch.facts[dataset] for batch in batches if dataset in batch.facts]
        store.append(dataset, source, pl.concat(frames))
    revisions = [batch.revisions for batch in batches if batch.revisions is not None]
    if revisions:
        store.append("revisions", source, pl.concat(revisions))
    log = [
        {**row, "pulled_at": today, "pull_id": pull_id}
        for batch in batches
        for row in batch.outcomes
        if not (row["dataset"] == "prices" and row["ticker"] in lost)  # asked again: their file is damaged
    ]
    if log:
        store.record(source, PULLS.frame(log))


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
