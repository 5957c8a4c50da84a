"""What Yahoo's endpoints answer, as far as the screen reads it: unknown fields ignored, nulls tolerated.

An answer is validated whole and at once. Only when that fails is it read a value at a time: a value of
another shape is left out and counted in ``lost``, so that one bad point costs one value. Ratios that Yahoo
computes (forwardPE, priceToBook, epsForward ...) are not declared here, so nothing can read them.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

__all__ = [
    "ChartAnswer",
    "ChartResult",
    "Fault",
    "Point",
    "Quote",
    "QuoteAnswer",
    "SeriesAnswer",
    "SummaryAnswer",
    "SummaryResult",
    "TrendEntry",
]

MAX_ROUNDS = 4
"""A bad value may leave a part without a required one, and that part its list without an entry: each round
goes one level up. Deeper means that the answer as a whole has another shape."""


def _number(value: Any) -> Any:
    """``{"raw": 5.1, "fmt": "5.10"}``, ``5.1``, ``{}`` and None all occur for one field."""
    return value.get("raw") if isinstance(value, dict) else value


def _text(value: Any) -> Any:
    return value if isinstance(value, str) and value else None


Number = Annotated[float | None, BeforeValidator(_number)]
Text = Annotated[str | None, BeforeValidator(_text)]
Day = Annotated[date | None, BeforeValidator(_text)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, allow_inf_nan=False)


class Fault(_Part):
    """The error that an answer states about itself."""

    code: Text = None
    description: Text = None

    @property
    def words(self) -> str:
        """Code and description in one line."""
        return ": ".join(part for part in (self.code, self.description) if part) or "no reason given"


class _Refusal(_Part):
    error: Fault | None = None


class _Answer(_Part):
    """A whole answer: either its own envelope or ``{"finance": {"error": ...}}``."""

    finance: _Refusal | None = None
    lost: int = Field(0, description="Values of another shape, left out.")

    @model_validator(mode="wrap")
    @classmethod
    def _value_by_value(cls, body: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(body)
        except ValidationError as error:
            return _without_bad_values(body, error, handler)

    @model_validator(mode="before")
    @classmethod
    def _has_envelope(cls, body: Any) -> Any:
        names = [field.alias or name for name, field in cls.model_fields.items() if name != "lost"]
        if isinstance(body, dict) and not any(name in body for name in names):
            raise PydanticCustomError("envelope", "none of {names} in the answer", {"names": names})
        return body


Whole = TypeVar("Whole", bound="_Answer")


def _without_bad_values(
    body: Any, error: ValidationError, handler: ModelWrapValidatorHandler[Whole]
) -> Whole:
    """Read `body` again without the values that `error` names; null values do not count as lost."""
    rest, lost = copy.deepcopy(body), 0
    for _ in range(MAX_ROUNDS):
        faults = error.errors(include_url=False, include_context=False)
        for fault in faults:
            is_part = fault["type"] == "missing"
            _drop(rest, fault["loc"][:-1] if is_part else fault["loc"])
            lost += 0 if is_part or fault["input"] is None else 1
        try:
            return handler(rest).model_copy(update={"lost": lost})
        except ValidationError as again:
            error = again
    raise error


def _drop(body: Any, path: Sequence[int | str]) -> None:
    """Take the value at `path` away: a key is deleted, an entry of a list becomes null."""
    if not path:
        return
    for step in path[:-1]:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(body, dict):
        body.pop(path[-1], None)
    elif isinstance(body, list) and isinstance(path[-1], int):
        body[path[-1]] = None


class _Session(_Part):
    start: Number = None
    end: Number = None


class _Sessions(_Part):
    regular: _Session = _Session()


class _ChartMeta(_Part):
    currency: Text = None
    symbol: Text = None
    exchange_timezone: Text = Field(None, alias="exchangeTimezoneName")
    gmtoffset: Number = None
    market_time: Number = Field(None, alias="regularMarketTime")
    sessions: _Sessions = Field(_Sessions(), alias="currentTradingPeriod")


class _Split(_Part):
    date: int
    numerator: float = Field(gt=0)
    denominator: float = Field(gt=0)


class _Dividend(_Part):
    date: int
    amount: float


class _Events(_Part):
    splits: dict[str, _Split] = Field(default_factory=dict)
    dividends: dict[str, _Dividend] = Field(default_factory=dict)


class _Bars(_Part):
    close: list[float | None] = Field(default_factory=list)
    volume: list[float | None] = Field(default_factory=list)


class _AdjustedClose(_Part):
    adjclose: list[float | None] = Field(default_factory=list)


class _Indicators(_Part):
    quote: list[_Bars | None] = Field(default_factory=list)
    adjclose: list[_AdjustedClose | None] = Field(default_factory=list)


class ChartResult(_Part):
    """One symbol of ``/v8/finance/chart``."""

    meta: _ChartMeta
    timestamp: list[int | None] = Field(default_factory=list)
    events: _Events = _Events()
    indicators: _Indicators = _Indicators()


class _Chart(_Part):
    result: list[ChartResult] | None = None
    error: Fault | None = None


class ChartAnswer(_Answer):
    """``/v8/finance/chart/{symbol}``."""

    chart: _Chart = _Chart()

    @property
    def fault(self) -> Fault | None:
        """The error in the answer, whatever the status of the reply."""
        return self.chart.error or (self.finance.error if self.finance else None)


class _Estimate(_Part):
    avg: Number = None
    low: Number = None
    high: Number = None
    analysts: Number = Field(None, alias="numberOfAnalysts")
    eps_currency: Text = Field(None, alias="earningsCurrency")
    revenue_currency: Text = Field(None, alias="revenueCurrency")


class _Trend(_Part):
    current: Number = None
    days_7: Number = Field(None, alias="7daysAgo")
    days_30: Number = Field(None, alias="30daysAgo")
    days_60: Number = Field(None, alias="60daysAgo")
    days_90: Number = Field(None, alias="90daysAgo")
    currency: Text = Field(None, alias="epsTrendCurrency")


class TrendEntry(_Part):
    """One period of ``earningsTrend``."""

    period: str
    end: Day = Field(None, alias="endDate")
    eps: _Estimate = Field(_Estimate(), alias="earningsEstimate")
    revenue: _Estimate = Field(_Estimate(), alias="revenueEstimate")
    eps_trend: _Trend = Field(_Trend(), alias="epsTrend")


class _EarningsTrend(_Part):
    entries: list[TrendEntry | None] = Field(default_factory=list, alias="trend")

    @property
    def trend(self) -> list[TrendEntry]:
        """The periods that could be read."""
        return [entry for entry in self.entries if entry is not None]


class _Price(_Part):
    currency: Text = None
    long_name: Text = Field(None, alias="longName")
    short_name: Text = Field(None, alias="shortName")
    exchange: Text = Field(None, alias="exchangeName")
    price: Number = Field(None, alias="regularMarketPrice")
    market_cap: Number = Field(None, alias="marketCap")


class _Statistics(_Part):
    implied_shares: Number = Field(None, alias="impliedSharesOutstanding")
    shares: Number = Field(None, alias="sharesOutstanding")
    fiscal_year_end: Number = Field(None, alias="lastFiscalYearEnd")


class _Financial(_Part):
    currency: Text = Field(None, alias="financialCurrency")


class _Asset(_Part):
    sector: Text = None
    industry: Text = None


class _Earnings(_Part):
    dates: list[Number] = Field(default_factory=list, alias="earningsDate")
    is_estimate: bool | None = Field(None, alias="isEarningsDateEstimate")


class _Calendar(_Part):
    earnings: _Earnings = _Earnings()


class SummaryResult(_Part):
    """The modules of ``/v10/finance/quoteSummary``; an absent module is empty.

    ``calendar.earnings.dates`` are epoch seconds: one date, or the two ends of the expected window.
    """

    trend: _EarningsTrend = Field(_EarningsTrend(), alias="earningsTrend")
    price: _Price = _Price()
    statistics: _Statistics = Field(_Statistics(), alias="defaultKeyStatistics")
    financial: _Financial = Field(_Financial(), alias="financialData")
    asset: _Asset = Field(_Asset(), alias="assetProfile")
    calendar: _Calendar = Field(_Calendar(), alias="calendarEvents")


class _Summary(_Part):
    result: list[SummaryResult] | None = None
    error: Fault | None = None


class SummaryAnswer(_Answer):
    """``/v10/finance/quoteSummary/{symbol}``."""

    summary: _Summary = Field(_Summary(), alias="quoteSummary")

    @property
    def fault(self) -> Fault | None:
        """The error in the answer, whatever the status of the reply."""
        return self.summary.error or (self.finance.error if self.finance else None)


class Quote(_Part):
    """One symbol of ``/v7/finance/quote``; times are epoch seconds.

    ``earnings_last`` is the newest earnings date that Yahoo states, ``earnings_start`` and ``earnings_end``
    the window of the next (or, before Yahoo rolls it, the last) one.
    """

    symbol: str
    currency: Text = None
    financial_currency: Text = Field(None, alias="financialCurrency")
    quote_type: Text = Field(None, alias="quoteType")
    exchange: Text = None
    exchange_timezone: Text = Field(None, alias="exchangeTimezoneName")
    market_state: Text = Field(None, alias="marketState")
    price: Number = Field(None, alias="regularMarketPrice")
    market_time: Number = Field(None, alias="regularMarketTime")
    market_cap: Number = Field(None, alias="marketCap")
    shares: Number = Field(None, alias="sharesOutstanding")
    earnings_last: Number = Field(None, alias="earningsTimestamp")
    earnings_start: Number = Field(None, alias="earningsTimestampStart")
    earnings_end: Number = Field(None, alias="earningsTimestampEnd")
    is_earnings_estimate: bool | None = Field(None, alias="isEarningsDateEstimate")


class _QuoteResponse(_Part):
    result: list[Quote | None] | None = None
    error: Fault | None = None


class QuoteAnswer(_Answer):
    """``/v7/finance/quote?symbols=A,B,C``: one entry a known symbol; compare with what was asked."""

    response: _QuoteResponse = Field(_QuoteResponse(), alias="quoteResponse")

    @property
    def quotes(self) -> dict[str, Quote]:
        """Symbol -> quote, of the symbols that came."""
        return {quote.symbol: quote for quote in self.response.result or [] if quote is not None}

    @property
    def fault(self) -> Fault | None:
        """The error in the answer, whatever the status of the reply."""
        return self.response.error or (self.finance.error if self.finance else None)


class _Value(_Part):
    raw: float


class Point(_Part):
    """One value of ``/ws/fundamentals-timeseries``; validated one by one, so a bad one loses only itself."""

    end: date = Field(alias="asOfDate")
    length: str = Field(alias="periodType")
    currency: Text = Field(None, alias="currencyCode")
    value: _Value = Field(alias="reportedValue")


class _Series(_Part):
    result: list[dict[str, Any]] | None = None
    error: Fault | None = None

    @field_validator("result", mode="before")
    @classmethod
    def _only_series(cls, values: Any) -> Any:
        return [v for v in values if isinstance(v, dict)] if isinstance(values, list) else values


class SeriesAnswer(_Answer):
    """``/ws/fundamentals-timeseries/v1/finance/timeseries/{symbol}``."""

    timeseries: _Series = _Series()

    @property
    def fault(self) -> Fault | None:
        """The error in the answer, whatever the status of the reply."""
        return self.timeseries.error or (self.finance.error if self.finance else None)
