"""What Yahoo's endpoints answer, as far as the screen reads it: unknown fields ignored, nulls tolerated."""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = [
    "ChartAnswer",
    "ChartResult",
    "Point",
    "SeriesAnswer",
    "SummaryAnswer",
    "SummaryResult",
    "TrendEntry",
]


def _number(value: Any) -> Any:
    """``{"raw": 5.1, "fmt": "5.10"}``, ``5.1``, ``{}`` and None all occur for one field."""
    if isinstance(value, dict):
        value = value.get("raw")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _text(value: Any) -> Any:
    return value if isinstance(value, str) and value else None


Number = Annotated[float | None, BeforeValidator(_number)]
Text = Annotated[str | None, BeforeValidator(_text)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class _Session(_Answer):
    start: Number = None
    end: Number = None


class _Sessions(_Answer):
    regular: _Session = _Session()


class _ChartMeta(_Answer):
    currency: Text = None
    symbol: Text = None
    exchange_timezone: Text = Field(None, alias="exchangeTimezoneName")
    gmtoffset: Number = None
    market_time: Number = Field(None, alias="regularMarketTime")
    sessions: _Sessions = Field(_Sessions(), alias="currentTradingPeriod")


class _Split(_Answer):
    date: int
    numerator: float
    denominator: float


class _Events(_Answer):
    splits: dict[str, _Split] = Field(default_factory=dict)


class _Quote(_Answer):
    close: list[Number] = Field(default_factory=list)
    volume: list[Number] = Field(default_factory=list)


class _AdjustedClose(_Answer):
    adjclose: list[Number] = Field(default_factory=list)


class _Indicators(_Answer):
    quote: list[_Quote] = Field(default_factory=list)
    adjclose: list[_AdjustedClose] = Field(default_factory=list)


class ChartResult(_Answer):
    """One symbol of ``/v8/finance/chart``."""

    meta: _ChartMeta
    timestamp: list[int] = Field(default_factory=list)
    events: _Events = _Events()
    indicators: _Indicators = _Indicators()


class _Chart(_Answer):
    result: list[ChartResult] | None = None


class ChartAnswer(_Answer):
    """``/v8/finance/chart/{symbol}``."""

    chart: _Chart


class _Estimate(_Answer):
    avg: Number = None
    low: Number = None
    high: Number = None
    analysts: Number = Field(None, alias="numberOfAnalysts")
    eps_currency: Text = Field(None, alias="earningsCurrency")
    revenue_currency: Text = Field(None, alias="revenueCurrency")


class _Trend(_Answer):
    days_7: Number = Field(None, alias="7daysAgo")
    days_30: Number = Field(None, alias="30daysAgo")
    days_60: Number = Field(None, alias="60daysAgo")
    days_90: Number = Field(None, alias="90daysAgo")
    currency: Text = Field(None, alias="epsTrendCurrency")


class TrendEntry(_Answer):
    """One period of ``earningsTrend``."""

    period: str
    end: Annotated[date | None, BeforeValidator(_text)] = Field(None, alias="endDate")
    eps: _Estimate = Field(_Estimate(), alias="earningsEstimate")
    revenue: _Estimate = Field(_Estimate(), alias="revenueEstimate")
    eps_trend: _Trend = Field(_Trend(), alias="epsTrend")


class _EarningsTrend(_Answer):
    trend: list[TrendEntry] = Field(default_factory=list)


class _Price(_Answer):
    currency: Text = None
    long_name: Text = Field(None, alias="longName")
    short_name: Text = Field(None, alias="shortName")
    exchange: Text = Field(None, alias="exchangeName")
    price: Number = Field(None, alias="regularMarketPrice")
    market_cap: Number = Field(None, alias="marketCap")


class _Statistics(_Answer):
    implied_shares: Number = Field(None, alias="impliedSharesOutstanding")
    shares: Number = Field(None, alias="sharesOutstanding")
    fiscal_year_end: Number = Field(None, alias="lastFiscalYearEnd")


class _Financial(_Answer):
    currency: Text = Field(None, alias="financialCurrency")


class _Asset(_Answer):
    sector: Text = None
    industry: Text = None


class SummaryResult(_Answer):
    """The modules of ``/v10/finance/quoteSummary``; an absent module is empty."""

    trend: _EarningsTrend = Field(_EarningsTrend(), alias="earningsTrend")
    price: _Price = _Price()
    statistics: _Statistics = Field(_Statistics(), alias="defaultKeyStatistics")
    financial: _Financial = Field(_Financial(), alias="financialData")
    asset: _Asset = Field(_Asset(), alias="assetProfile")


class _Summary(_Answer):
    result: list[SummaryResult] | None = None


class SummaryAnswer(_Answer):
    """``/v10/finance/quoteSummary/{symbol}``."""

    summary: _Summary = Field(alias="quoteSummary")


class _Value(_Answer):
    raw: Annotated[float, BeforeValidator(_number)]


class Point(_Answer):
    """One value of ``/ws/fundamentals-timeseries``; validated one by one, so a bad one loses only itself."""

    end: date = Field(alias="asOfDate")
    length: str = Field(alias="periodType")
    currency: Text = Field(None, alias="currencyCode")
    value: _Value = Field(alias="reportedValue")


class _Series(_Answer):
    result: list[dict[str, Any]] | None = None


class SeriesAnswer(_Answer):
    """``/ws/fundamentals-timeseries/v1/finance/timeseries/{symbol}``."""

    timeseries: _Series
