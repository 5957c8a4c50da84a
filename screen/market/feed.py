"""What a live source (Yahoo, SEC EDGAR, TWSE) is to the store: told what is held, it yields what is new.

A `Feed` asks its host only for what is due, and yields one `Batch` after another; the pull writes each batch
to the store as it comes, so that a crash loses no more than the batches on their way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import polars as pl

from screen.market.progress import Progress
from screen.market.protocol import Company
from screen.market.tables import MONTHLY_REVENUE, PULLS, STORED_PRICES

__all__ = ["FACT_DATASETS", "Batch", "Feed", "FeedReport", "Held", "PullRequest"]

FACT_DATASETS = ("estimates", "statements", "profiles", "fx", "monthly_revenue")
"""Append-only tables of the store, named like the frames of `MarketData`."""


@dataclass(frozen=True)
class Held:
    """What the store holds of one feed, as far as a pull must know it.

    Parameters
    ----------
    pulls
        PULLS: the newest row of each (ticker, dataset), and the newest row with status ok, partial or empty.
    tails
        STORED_PRICES: the newest bars of each ticker (as many as the overlap needs).
    monthly_revenue
        MONTHLY_REVENUE of the feed: which months are there, and what is a restatement.
    """

    pulls: pl.DataFrame = field(default_factory=PULLS.empty)
    tails: pl.DataFrame = field(default_factory=STORED_PRICES.empty)
    monthly_revenue: pl.DataFrame = field(default_factory=MONTHLY_REVENUE.empty)


@dataclass(frozen=True)
class PullRequest:
    """Ask a feed for what is due.

    Parameters
    ----------
    companies
        Who is wanted.
    today
        Day of the pull in UTC.
    held
        What the store holds already.
    is_full
        True: ask for everything again, whatever is held.
    progress
        Called after each company.
    """

    companies: tuple[Company, ...]
    today: date
    held: Held = field(default_factory=Held)
    is_full: bool = False
    progress: Progress | None = None


@dataclass(frozen=True)
class Batch:
    """Rows about one company, one currency, or of one bulk answer; written to the store together.

    Parameters
    ----------
    outcomes
        Rows of OUTCOMES as dictionaries, one per (ticker, dataset) asked or skipped.
    prices
        STORED_PRICES of one ticker: the history to store (the feed merges, see `screen.market.store.merge`),
        or None when prices do not change.
    revisions
        REVISIONS: stored closes that the host now states otherwise, without a split.
    facts
        Dataset of `FACT_DATASETS` -> rows of its table.
    is_tail
        True: `prices` replaces the stored rows from its first day on, and the rows before that day stay.
        False: it replaces them all.
    """

    outcomes: list[dict[str, object]]
    prices: pl.DataFrame | None = None
    revisions: pl.DataFrame | None = None
    facts: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    is_tail: bool = False


@dataclass(frozen=True)
class FeedReport:
    """What a pull cost and how it ended.

    Parameters
    ----------
    requests, retries
        Data requests sent, repeats among them.
    broken
        Kind of fault after which the host was no longer asked; empty when it kept answering.
    """

    requests: int = 0
    retries: int = 0
    broken: str = ""


class Feed(Protocol):
    """A live source."""

    name: str
    label: str

    def is_due(self, request: PullRequest) -> bool:
        """Return True when `pull` would send at least one request. Sends none itself."""
        ...

    def pull(self, request: PullRequest) -> Iterator[Batch]:
        """Yield batches as they come; one ticker that fails is a row of outcomes, never an error."""
        ...

    def report(self) -> FeedReport:
        """Return what the last pull cost."""
        ...
