"""A live source that lives in the test: three days of prices a ticker, and failures when told to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from screen.market.feed import Batch, FeedReport, PullRequest
from screen.market.outcomes import outcome
from screen.market.protocol import Company
from screen.market.tables import ESTIMATES, STORED_PRICES

__all__ = ["ScriptedFeed", "company"]


def company(ticker: str) -> Company:
    return Company(ticker, ticker.title(), "USD", "USD")


class ScriptedFeed:
    """Three days of prices and one estimate a ticker; tickers of `failing` end with its status."""

    label = "Scripted"

    def __init__(
        self, name: str = "yahoo", *, failing: dict[str, str] | None = None, close: float = 100.0
    ) -> None:
        self.name = name
        self.failing = failing or {}
        self.close = close
        self.asked = 0

    def is_due(self, request: PullRequest) -> bool:
        return bool(self._due(request))

    def pull(self, request: PullRequest) -> Iterator[Batch]:
        for ticker in self._due(request):
            self.asked += 1
            yield self.batch(ticker, request.today)

    def report(self) -> FeedReport:
        kinds = set(self.failing.values()) & {"rate_limited", "network", "timeout"}
        return FeedReport(self.asked, 0, min(kinds) if kinds else "")

    def _due(self, request: PullRequest) -> list[str]:
        done = request.held.pulls.filter(pulled_at=request.today, dataset="prices", status="ok")
        tickers = set(done.get_column("ticker"))
        return [k.ticker for k in request.companies if request.is_full or k.ticker not in tickers]

    def batch(self, ticker: str, today: date) -> Batch:
        """Return what `ticker` gets on `today`."""
        if ticker in self.failing:
            status = self.failing[ticker]
            reason = f"made to be {status}"
            return Batch([outcome(ticker, "prices", status, source=self.name, reason=reason, requests=1)])
        days = [today - timedelta(days=k) for k in (2, 1, 0)]
        prices = pl.DataFrame({"date": days, "known_at": days}).with_columns(
            ticker=pl.lit(ticker), close=pl.lit(self.close), currency=pl.lit("USD"), source=pl.lit(self.name)
        )
        estimates = ESTIMATES.frame(
            [
                {
                    "ticker": ticker, "known_at": today, "period": "+1y", "period_end": date(2027, 12, 31),
                    "metric": "eps", "mean": 5.0, "analysts": 9, "currency": "USD", "source": self.name,
                    "seen_at": today,
                }
            ]
        )  # fmt: skip
        rows = [
            outcome(ticker, "prices", "ok", source=self.name, requests=1, latest=today),
            outcome(ticker, "estimates", "ok", source=self.name, latest=today),
        ]
        return Batch(rows, prices=STORED_PRICES.conform(prices), facts={"estimates": estimates})
