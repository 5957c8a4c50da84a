"""A feed that delivers the sample's rows under another name, or fails as told; it sends nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from screen.market.feed import Batch, FeedReport, PullRequest
from screen.market.outcomes import outcome
from screen.market.protocol import Company, MarketRequest
from screen.market.sample import SAMPLE_END, SampleSource
from screen.market.tables import ESTIMATES, STATEMENTS, STORED_PRICES

PULL_DAY = date(2026, 8, 22)
"""The Saturday after the sample's last day."""


def company(ticker: str) -> Company:
    return Company(ticker, ticker, "USD", "USD")


class FakeFeed:
    """Prices, estimates and statements of the sample, two requests a company.

    Parameters
    ----------
    failing
        Ticker -> status with which all its requests end; ``*`` for every ticker.
    """

    def __init__(self, name: str = "yahoo", *, failing: Mapping[str, str] | None = None) -> None:
        self.name = self.label = name
        self.failing = dict(failing or {})
        self.asked: list[str] = []

    def is_due(self, request: PullRequest) -> bool:
        return request.is_full or bool(self._due(request))

    def _due(self, request: PullRequest) -> list[Company]:
        done = request.held.pulls.filter(
            (pl.col("pulled_at") == request.today) & pl.col("status").is_in(["ok", "empty", "not_found"])
        )
        have = set(done.get_column("ticker"))
        return [c for c in request.companies if request.is_full or c.ticker not in have]

    def pull(self, request: PullRequest) -> Iterator[Batch]:
        self.asked = []
        data = SampleSource().fetch(MarketRequest(request.companies, SAMPLE_END))
        for number, one in enumerate(due := self._due(request), start=1):
            self.asked.append(one.ticker)
            if status := self.failing.get(one.ticker, self.failing.get("*", "")):
                yield Batch([self._row(one, name, status) for name in ("prices", "statements")])
            else:
                mine = pl.col("ticker") == one.ticker
                prices = data.prices.filter(mine).with_columns(source=pl.lit(self.name))
                yield Batch(
                    [
                        self._row(one, "prices", "ok", SAMPLE_END),
                        self._row(one, "statements", "ok", SAMPLE_END),
                    ],
                    prices=STORED_PRICES.conform(
                        prices.with_columns(split_ratio=pl.lit(None), dividend=pl.lit(None))
                    ),
                    facts={
                        "estimates": ESTIMATES.conform(
                            data.estimates.filter(mine).with_columns(source=pl.lit(self.name))
                        ),
                        "statements": STATEMENTS.conform(
                            data.statements.filter(mine).with_columns(source=pl.lit(self.name))
                        ),
                    },
                )
            if request.progress:
                request.progress(number, len(due), one.ticker)

    def _row(self, one: Company, dataset: str, status: str, latest: date | None = None) -> dict[str, object]:
        reason = None if status == "ok" else f"{self.name} said {status}"
        return outcome(
            one.ticker, dataset, status, source=self.name, reason=reason, requests=1, latest=latest
        )

    def report(self) -> FeedReport:
        return FeedReport(requests=2 * len(self.asked), broken=self.failing.get("*", ""))
