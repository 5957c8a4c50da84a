"""Ask Yahoo about one company or currency: its rows, and what happened to each request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from screen.market.net.faults import FetchError
from screen.market.outcomes import outcome
from screen.market.yahoo.client import YahooClient
from screen.market.yahoo.payloads import ChartAnswer, ChartResult, SeriesAnswer, SummaryAnswer, SummaryResult
from screen.market.yahoo.rows import (
    SERIES,
    Row,
    estimate_rows,
    price_rows,
    profile_row,
    rate_rows,
    split_rows,
    statement_rows,
)

__all__ = ["Pull", "pull_company", "pull_rate"]

CHART = "https://query2.finance.yahoo.com/v8/finance/chart/{}"
SUMMARY = "https://query2.finance.yahoo.com/v10/finance/quoteSummary/{}"
TIMESERIES = "https://query2.finance.yahoo.com/ws/fundamentals-timeseries/v1/finance/timeseries/{}"
MODULES = "earningsTrend,price,defaultKeyStatistics,financialData,assetProfile"
OLDEST = 1483228800
"""2017-01-01, before which Yahoo's statement series hold nothing."""

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass
class Pull:
    """Rows of one company or currency, or of all of them."""

    prices: list[Row] = field(default_factory=list)
    splits: list[Row] = field(default_factory=list)
    estimates: list[Row] = field(default_factory=list)
    statements: list[Row] = field(default_factory=list)
    profiles: list[Row] = field(default_factory=list)
    fx: list[Row] = field(default_factory=list)
    outcomes: list[Row] = field(default_factory=list)

    def add(self, other: Pull) -> None:
        """Append the rows of `other`."""
        for name in ("prices", "splits", "estimates", "statements", "profiles", "fx", "outcomes"):
            getattr(self, name).extend(getattr(other, name))


def pull_company(client: YahooClient, ticker: str, *, fetched: date) -> Pull:
    """Return prices, estimates, profile and accounts of `ticker` from three requests.

    Missing data: each request that fails is one OUTCOMES row; an unknown symbol costs one request.
    """
    task = _Task(client, ticker, fetched)
    if not task.prices():
        for dataset in ("estimates", "statements", "profile"):
            task.tell(dataset, "skipped", "not asked: Yahoo has no such symbol")
        return task.pull
    summary = task.summary()
    task.statements(summary.statistics.fiscal_year_end if summary else None)
    return task.pull


def pull_rate(client: YahooClient, currency: str, *, fetched: date) -> Pull:
    """Return units of `currency` for one US dollar from one request."""
    task = _Task(client, f"USD{currency}", fetched)
    task.rates(currency)
    return task.pull


class _Task:
    """The requests about one name; rows and outcomes gather in `pull`."""

    def __init__(self, client: YahooClient, name: str, fetched: date) -> None:
        self.client = client
        self.name = name
        self.fetched = fetched
        self.pull = Pull()
        self._tries = 0

    def prices(self) -> bool:
        """Add prices and splits; False when Yahoo does not know the symbol."""
        chart = self._chart(self.name, "prices")
        if chart is None:
            return self.pull.outcomes[-1]["status"] != "not_found"
        self.pull.prices += price_rows(self.name, chart)
        self.pull.splits += split_rows(self.name, chart)
        if self.pull.prices:
            self.tell("prices", "ok", latest=_newest(self.pull.prices, "date"))
        elif chart.meta.currency is None:
            self.tell("prices", "bad_payload", "the chart names no currency")
        else:
            self.tell("prices", "empty", "no close in the period")
        return True

    def summary(self) -> SummaryResult | None:
        """Add estimates and profile."""
        params = {"modules": MODULES, "corsDomain": "finance.yahoo.com", "formatted": "false"}
        answer = self._ask(SUMMARY.format(quote(self.name)), params, SummaryAnswer, "estimates")
        if answer is not None and not answer.summary.result:
            self.tell("estimates", "empty", "Yahoo's summary is empty")
        if answer is None or not answer.summary.result:
            self.pull.outcomes.append({**self.pull.outcomes[-1], "dataset": "profile", "requests": 0})
            return None
        summary = answer.summary.result[0]
        self.pull.estimates += estimate_rows(self.name, summary, fetched=self.fetched)
        self.pull.profiles.append(profile_row(self.name, summary, fetched=self.fetched))
        means = [row for row in self.pull.estimates if row["mean"] is not None]
        if not means:
            self.tell("estimates", "empty", "no analyst coverage")
        elif any(row["currency"] is None for row in means):
            self.tell("estimates", "partial", "an estimate names no currency", latest=self.fetched)
        else:
            self.tell("estimates", "ok", latest=self.fetched)
        self._tries = 0
        self.tell("profile", "ok", latest=self.fetched)
        return summary

    def statements(self, fiscal_year_end: float | None) -> None:
        """Add the quarterly accounts."""
        params = {
            "symbol": self.name,
            "type": ",".join(f"quarterly{name}" for name in SERIES),
            "period1": str(OLDEST),
            "period2": _epoch(self.fetched + timedelta(days=1)),
        }
        answer = self._ask(TIMESERIES.format(quote(self.name)), params, SeriesAnswer, "statements")
        if answer is None:
            return
        rows, lost = statement_rows(self.name, answer, fetched=self.fetched, fiscal_year_end=fiscal_year_end)
        self.pull.statements += rows
        if not rows:
            self.tell("statements", "empty", "Yahoo has no quarterly accounts")
        elif lost:
            reason = f"{lost} values unreadable and left out"
            self.tell("statements", "partial", reason, latest=_newest(rows, "known_at"))
        else:
            self.tell("statements", "ok", latest=_newest(rows, "known_at"))

    def rates(self, currency: str) -> None:
        """Add the daily rates of `currency`."""
        chart = self._chart(f"{currency}=X", "fx")
        if chart is None:
            return
        rows = rate_rows(currency, chart)
        if chart.meta.currency != currency:
            self.tell("fx", "bad_payload", f"the rate is in {chart.meta.currency}, not {currency}")
        elif not rows:
            self.tell("fx", "empty", "no rate in the period")
        else:
            self.pull.fx += rows
            self.tell("fx", "ok", latest=_newest(rows, "date"))

    def tell(
        self, dataset: str, status: str, reason: str | None = None, *, latest: date | None = None
    ) -> None:
        """Add the OUTCOMES row of `dataset`."""
        self.pull.outcomes.append(
            outcome(
                self.name,
                dataset,
                status,
                source="yahoo",
                reason=reason,
                requests=self._tries,
                latest=latest,
            )
        )

    def _chart(self, symbol: str, dataset: str) -> ChartResult | None:
        params = {
            "period1": _epoch(self.fetched - timedelta(days=self.client.settings.history_days)),
            "period2": _epoch(self.fetched + timedelta(days=1)),
            "interval": "1d",
            "includePrePost": "false",
            "events": "div,splits",
        }
        answer = self._ask(CHART.format(quote(symbol)), params, ChartAnswer, dataset)
        if answer is None:
            return None
        if not answer.chart.result:
            self.tell(dataset, "empty", "Yahoo's chart is empty")
            return None
        return answer.chart.result[0]

    def _ask(self, url: str, params: dict[str, str], model: type[Answer], dataset: str) -> Answer | None:
        """Ask and validate; on failure add the OUTCOMES row and return None."""
        try:
            body, self._tries = self.client.get_json(url, params)
            return model.model_validate(body)
        except FetchError as error:
            self._tries = error.tries
            self.tell(dataset, error.status, error.message)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            self.tell(dataset, "bad_payload", f"the answer has another shape: {where}: {first['msg']}")
        return None


def _newest(rows: list[Row], column: str) -> date:
    return max(day for row in rows if isinstance(day := row[column], date))


def _epoch(day: date) -> str:
    return str(int(datetime.combine(day, time(), tzinfo=UTC).timestamp()))
