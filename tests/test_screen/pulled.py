"""A store in memory for the tests of a feed: folds batches and says what is held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from screen.market.feed import Batch, Feed, Held, PullRequest
from screen.market.protocol import Company
from screen.market.tables import OUTCOMES, PULLS, REVISIONS, STORED_PRICES

__all__ = ["Pulled", "Shelf"]


@dataclass(frozen=True)
class Pulled:
    """What one pull brought."""

    outcomes: pl.DataFrame
    batches: list[Batch]

    def told(self, ticker: str, dataset: str) -> tuple[str, str | None, int]:
        rows = self.outcomes.filter((pl.col("ticker") == ticker) & (pl.col("dataset") == dataset))
        return rows.select("status", "reason", "requests").row(0)

    def datasets(self, ticker: str) -> set[str]:
        return set(self.outcomes.filter(pl.col("ticker") == ticker)["dataset"])

    def rows(self, dataset: str, ticker: str) -> int:
        """Rows delivered; `dataset` is prices or one of the facts."""
        if dataset == "prices":
            frames = [b.prices for b in self.batches if b.prices is not None]
        else:
            frames = [b.facts[dataset] for b in self.batches if dataset in b.facts]
        column = "quote" if dataset == "fx" else "ticker"
        return sum(frame.filter(pl.col(column) == ticker).height for frame in frames)


@dataclass
class Shelf:
    """Prices and log of earlier pulls."""

    prices: dict[str, pl.DataFrame] = field(default_factory=dict)
    log: pl.DataFrame = field(default_factory=PULLS.empty)
    revisions: list[pl.DataFrame] = field(default_factory=list)

    def held(self, bars: int = 20) -> Held:
        newest = self.log.unique(["ticker", "dataset"], keep="last", maintain_order=True)
        good = self.log.filter(pl.col("status").is_in(["ok", "partial", "empty"]))
        good = good.unique(["ticker", "dataset"], keep="last", maintain_order=True)
        tails = [frame.sort("date").tail(bars) for frame in self.prices.values()]
        both = pl.concat([newest, good]).unique(maintain_order=True)
        return Held(both, pl.concat(tails) if tails else STORED_PRICES.empty())

    def request(self, companies: Iterable[Company], today: date, *, is_full: bool = False) -> PullRequest:
        return PullRequest(tuple(companies), today, self.held(), is_full)

    def pull(self, feed: Feed, companies: Iterable[Company], today: date, *, is_full: bool = False) -> Pulled:
        batches = list(feed.pull(self.request(companies, today, is_full=is_full)))
        rows = [row for batch in batches for row in batch.outcomes]
        for batch in batches:
            self._keep(batch)
        number = self.log["pull_id"].n_unique()
        log = [{**row, "pulled_at": today, "pull_id": f"{number:04d}"} for row in rows]
        self.log = pl.concat([self.log, PULLS.frame(log)])
        names = [column.name for column in OUTCOMES.columns]
        outcomes = OUTCOMES.check(OUTCOMES.frame([{n: row.get(n) for n in names} for row in rows]))
        return Pulled(outcomes, batches)

    def _keep(self, batch: Batch) -> None:
        if batch.revisions is not None:
            self.revisions.append(REVISIONS.check(batch.revisions))
        if batch.prices is None:
            return
        fresh = STORED_PRICES.check(batch.prices)
        ticker, first = fresh["ticker"][0], fresh["date"].min()
        if batch.is_tail and ticker in self.prices:
            fresh = pl.concat([self.prices[ticker].filter(pl.col("date") < first), fresh])
        self.prices[ticker] = fresh
