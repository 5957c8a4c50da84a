"""Answers of Yahoo's endpoints of the project's own making, for the parsing and currency tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from screen.market.yahoo.payloads import (
    ChartAnswer,
    ChartResult,
    SeriesAnswer,
    SummaryAnswer,
    SummaryResult,
)

VENDOR_RATIOS = {
    "price": {"forwardPE": 1.96, "priceToBook": 0.3},
    "defaultKeyStatistics": {
        "forwardPE": 1.96, "priceToBook": 185.0, "enterpriseValue": 2.566e12, "forwardEps": 9.87,
        "trailingEps": 3.1, "pegRatio": 0.4, "bookValue": 55.0,
    },
    "financialData": {"currentPrice": 9.0, "totalRevenue": 9.0, "returnOnEquity": 0.5, "grossMargins": 0.9},
    "summaryDetail": {"forwardPE": 14.56, "trailingPE": 19.0, "priceToSalesTrailing12Months": 0.348},
}  # fmt: skip
"""Ratios that Yahoo computes, some of them from two currencies."""


def stamp(day: date, hour: int = 14) -> int:
    """Epoch seconds of a session's opening."""
    return int(datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC).timestamp())


def chart(
    closes: dict[date, Any],
    *,
    currency: str | None = "USD",
    zone: str | None = "America/New_York",
    hour: int = 14,
    splits: dict[date, tuple[int, int]] | None = None,
    dividends: dict[date, float] | None = None,
    meta: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A chart answer with one bar an entry."""
    values = list(closes.values())
    result: dict[str, Any] = {
        "meta": {"currency": currency, "exchangeTimezoneName": zone, "gmtoffset": -14400} | (meta or {}),
        "timestamp": [stamp(day, hour) for day in closes],
        "events": {
            "splits": {
                str(k): {"date": stamp(day, hour), "numerator": new, "denominator": old}
                for k, (day, (new, old)) in enumerate((splits or {}).items())
            },
            "dividends": {
                str(k): {"date": stamp(day, hour), "amount": amount}
                for k, (day, amount) in enumerate((dividends or {}).items())
            },
        },
        "indicators": {
            "quote": [{"close": values, "volume": [1000] * len(values)}],
            "adjclose": [{"adjclose": list(values)}],
        },
    }
    return {"chart": {"result": [result], "error": None}}


def read_chart(body: dict[str, Any]) -> ChartResult:
    """The one result of a chart answer."""
    result = ChartAnswer.model_validate(body).chart.result
    assert result
    return result[0]


def entry(
    period: str,
    end: str,
    eps: tuple[float | None, float | None, float | None, float | None, float | None],
    *,
    currency: str | None = "USD",
    analysts: int | None = 12,
    revenue: float | None = None,
    revenue_currency: str | None = "USD",
) -> dict[str, Any]:
    """One period of earningsTrend; `eps` is the mean now and 7, 30, 60 and 90 days ago."""
    names = ("current", "7daysAgo", "30daysAgo", "60daysAgo", "90daysAgo")
    return {
        "period": period,
        "endDate": end,
        "earningsEstimate": {
            "avg": {"raw": eps[0]} if eps[0] is not None else {},
            "low": {"raw": eps[0] * 0.9} if eps[0] is not None else {},
            "high": {"raw": eps[0] * 1.1} if eps[0] is not None else {},
            "numberOfAnalysts": {"raw": analysts} if analysts is not None else {},
            "earningsCurrency": currency,
        },
        "revenueEstimate": {
            "avg": {"raw": revenue} if revenue is not None else {},
            "numberOfAnalysts": {"raw": analysts} if analysts is not None else {},
            "revenueCurrency": revenue_currency,
        },
        "epsTrend": {
            name: {"raw": mean} if mean is not None else {} for name, mean in zip(names, eps, strict=True)
        }
        | {"epsTrendCurrency": currency},
    }


def summary(
    *entries: dict[str, Any],
    price: dict[str, Any] | None = None,
    statistics: dict[str, Any] | None = None,
    financial_currency: str | None = "USD",
    vendor: dict[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A quoteSummary answer; `vendor` are further fields by module."""
    modules: dict[str, dict[str, Any]] = {
        "earningsTrend": {"trend": list(entries)},
        "price": {"currency": "USD", "regularMarketPrice": 100.0} | (price or {}),
        "defaultKeyStatistics": {"impliedSharesOutstanding": 1e9} | (statistics or {}),
        "financialData": {"financialCurrency": financial_currency},
    }
    for name, fields in (vendor or {}).items():
        modules[name] = modules.get(name, {}) | fields
    return {"quoteSummary": {"result": [modules], "error": None}}


def read_summary(body: dict[str, Any]) -> SummaryResult:
    """The one result of a quoteSummary answer."""
    result = SummaryAnswer.model_validate(body).summary.result
    assert result
    return result[0]


def series(values: dict[str, list[tuple[str, Any, str | None]]]) -> SeriesAnswer:
    """A time series answer: name -> [(period end, value, currency)]; None makes a null point."""
    result: list[Any] = [None, {"meta": {"symbol": ["X"], "type": ["quarterlyNothing"]}}]
    for name, points in values.items():
        result.append(
            {
                "meta": {"type": [f"quarterly{name}"]},
                f"quarterly{name}": [
                    None
                    if value is None
                    else {
                        "asOfDate": end,
                        "periodType": "3M",
                        "currencyCode": currency,
                        "reportedValue": {"raw": value},
                    }
                    for end, value, currency in points
                ],
            }
        )
    return SeriesAnswer.model_validate({"timeseries": {"result": result, "error": None}})
