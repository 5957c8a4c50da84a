"""`Inquiry`: requests about one name, and the OUTCOMES rows that tell what came of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from urllib.parse import quote as escaped

from pydantic import BaseModel, ValidationError

from screen.market.net.faults import FetchError
from screen.market.outcomes import outcome
from screen.market.yahoo.client import YahooClient
from screen.market.yahoo.payloads import ChartAnswer, ChartResult

__all__ = ["Inquiry", "epoch", "lost_words"]

CHART = "https://query2.finance.yahoo.com/v8/finance/chart/{}"

Answer = TypeVar("Answer", bound=BaseModel)


class Inquiry:
    """Requests about one company or currency.

    Parameters
    ----------
    client
        The session.
    name
        Symbol or currency pair, as OUTCOMES names it.
    today
        Day of the pull.
    """

    def __init__(self, client: YahooClient, name: str, *, today: date) -> None:
        self.client = client
        self.name = name
        self.today = today
        self.outcomes: list[dict[str, object]] = []
        self._sent = 0

    def ask(self, url: str, params: dict[str, str], model: type[Answer], *, dataset: str) -> Answer | None:
        """Return the answer as `model`; on failure tell the outcome of `dataset` and return None."""
        try:
            body, tries = self.client.get_json(url.format(escaped(self._symbol(dataset))), params)
            self._sent += tries
            return model.model_validate(body)
        except FetchError as fault:
            self._sent += fault.tries
            self.tell(dataset, fault.status, fault.message)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "as a whole"
            self.tell(dataset, "bad_payload", f"the answer has another shape: {where}: {first['msg']}")
        return None

    def chart(self, dataset: str, *, since: date) -> tuple[ChartResult, int] | None:
        """Return the daily chart from `since` on and the number of values that could not be read."""
        params = {
            # sessions east of Greenwich open on the day before in UTC
            "period1": epoch(since - timedelta(days=1)),
            "period2": epoch(self.today + timedelta(days=1)),
            "interval": "1d",
            "includePrePost": "false",
            "events": "div,splits",
        }
        answer = self.ask(CHART, params, ChartAnswer, dataset=dataset)
        if answer is None:
            return None
        if not answer.chart.result:
            self.tell(dataset, "empty", "Yahoo's chart is empty")
            return None
        return answer.chart.result[0], answer.lost

    def tell(
        self, dataset: str, status: str, reason: str | None = None, *, latest: date | None = None
    ) -> None:
        """Add the OUTCOMES row of `dataset`; it carries the requests sent since the last row."""
        row = outcome(
            self.name, dataset, status, source="yahoo", reason=reason, requests=self._sent, latest=latest
        )
        self._sent = 0
        self.outcomes.append(row)

    def _symbol(self, dataset: str) -> str:
        return f"{self.name.removeprefix('USD')}=X" if dataset == "fx" else self.name


def epoch(day: date) -> str:
    """Return the seconds of midnight UTC of `day`, as Yahoo takes them."""
    return str(int(datetime.combine(day, time(), tzinfo=UTC).timestamp()))


def lost_words(lost: int) -> str | None:
    """Return the reason for `lost` unreadable values; None for none."""
    return f"{lost} values unreadable and left out" if lost else None
