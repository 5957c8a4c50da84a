"""A stand-in for Yahoo on 127.0.0.1: an HTTPS proxy with its own certificate, which the unmodified client
reaches through HTTPS_PROXY and CURL_CA_BUNDLE. Payloads are made here, for made-up companies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from loopback_https import LoopbackHttps, Reply, self_signed

__all__ = ["LoopbackYahoo", "Reply", "certificate", "chart", "live_chart", "quote", "series", "summary"]

CRUMB, COOKIE = "Loop.Crumb", "d=loopback"


HOSTS = ("*.yahoo.com", "*.finance.yahoo.com", "yahoo.com")


def certificate(folder: Path) -> Path:
    """Write a certificate for Yahoo's hosts into `folder`; return its path (key beside it)."""
    return self_signed(folder, HOSTS, name="yahoo")


class LoopbackYahoo(LoopbackHttps):
    """Serve `answers`: (kind, symbol) -> body, with `faults` in front of them; every request is logged.

    kind is chart, quotes, summary, series, crumb, cookie or consent; symbol ``*`` in a fault means any. A body
    may be a function of the query. Quotes name their symbols joined by commas in the log. `cookies` and
    `crumbs` say which ones are valid now.
    """

    def __init__(self, pem: Path, answers: dict[tuple[str, str], Any], *, latency_s: float = 0.0) -> None:
        super().__init__(pem)
        self.answers = answers
        self.latency_s = latency_s
        self.crumb = CRUMB
        self.hands_out_cookies = True
        self.faults: list[tuple[str, str, Reply]] = []
        self.log: list[tuple[str, str]] = []

    def reset(self) -> None:
        """Forget the faults and the log."""
        self.faults.clear()
        self.log.clear()
        self.crumb, self.hands_out_cookies = CRUMB, True

    def fail(self, kind: str, symbol: str, reply: Reply) -> None:
        """Answer requests of `kind` about `symbol` with `reply`."""
        self.faults.append((kind, symbol, reply))

    def count(self, kind: str, symbol: str | None = None) -> int:
        """Return how many requests of `kind` (about `symbol`) came."""
        return sum(k == kind and symbol in (None, s) for k, s in self.log)

    def reply(self, host: str, path: str, headers: dict[str, str]) -> Reply:
        """Return the fault of the request, else what Yahoo would answer."""
        parts = urlsplit(path)
        query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
        kind, symbol = _kind(host, parts.path, query)
        time.sleep(self.latency_s)
        reply = self._reply(kind, symbol, query, headers.get("cookie") or "")
        return replace(reply, headers={"Content-Type": "application/json", **reply.headers})

    def _reply(self, kind: str, symbol: str, query: dict[str, str], cookie: str) -> Reply:
        with self._lock:
            self.log.append((kind, symbol))
            for wanted, name, reply in self.faults:
                if wanted == kind and name in ("*", symbol) and reply.times > 0:
                    reply.times -= 1
                    return reply
        stamp = "Expires=Fri, 31 Dec 2038 23:59:59 GMT; Max-Age=9999999; Domain=.yahoo.com; Path=/; Secure"
        given = {"Set-Cookie": f"A3={COOKIE}; {stamp}"} if self.hands_out_cookies else {}
        if kind == "cookie":
            return Reply(404, headers=given)
        if kind == "consent":
            form = '<html><form><input name="csrfToken" value="t"/><input name="sessionId" value="3"/></form></html>'
            return Reply(200, form.encode(), given)
        if kind == "crumb":
            return Reply(200, self.crumb.encode()) if f"A3={COOKIE}" in cookie else Reply(401, b"{}")
        if kind in ("summary", "quotes") and query.get("crumb") != self.crumb:
            error = {"code": "Unauthorized", "description": "Invalid Crumb"}
            return Reply(401, json.dumps({"finance": {"result": None, "error": error}}).encode())
        if kind == "quotes":
            found = [self.answers[("quotes", s)] for s in symbol.split(",") if ("quotes", s) in self.answers]
            return Reply(200, json.dumps({"quoteResponse": {"result": found, "error": None}}).encode())
        answer = self.answers.get((kind, symbol))
        if answer is None:
            return Reply(404, b'{"chart":{"result":null,"error":{"code":"Not Found"}}}')
        return Reply(200, json.dumps(answer(query) if callable(answer) else answer).encode())


def _kind(host: str, path: str, query: dict[str, str]) -> tuple[str, str]:
    last = unquote(path.rsplit("/", 1)[-1])
    for part, kind in (("/chart/", "chart"), ("/quoteSummary/", "summary"), ("-timeseries/", "series")):
        if part in path:
            return kind, last
    if path.startswith("/v7/finance/quote"):
        return "quotes", query.get("symbols", "")
    if host.startswith(("guce.", "consent.")):
        return "consent", path
    if path.endswith("/getcrumb"):
        return "crumb", ""
    return ("cookie", "") if host.startswith("fc.") else ("other", path)


def chart(
    closes: dict[date, float | None],
    *,
    currency: str | None = "USD",
    zone: str = "America/New_York",
    opens_utc: int = 14,
    splits: dict[date, tuple[int, int]] | None = None,
    session: tuple[datetime, datetime] | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return a chart answer with one bar per entry of `closes`, opening at `opens_utc` o'clock."""

    def stamp(day: date) -> int:
        return int(datetime(day.year, day.month, day.day, opens_utc, 30, tzinfo=UTC).timestamp())

    meta: dict[str, Any] = {"currency": currency, "exchangeTimezoneName": zone, "gmtoffset": -14400}
    if session and now:
        start, end = (int(moment.timestamp()) for moment in session)
        meta["currentTradingPeriod"] = {"regular": {"start": start, "end": end}}
        meta["regularMarketTime"] = int(now.timestamp())
    values = list(closes.values())
    result: dict[str, Any] = {
        "meta": meta,
        "timestamp": [stamp(day) for day in closes],
        "indicators": {
            "quote": [{"close": values, "volume": [1000 if v is not None else None for v in values]}],
            "adjclose": [{"adjclose": [None if v is None else v * 0.99 for v in values]}],
        },
    }
    if splits:
        result["events"] = {
            "splits": {
                str(stamp(day)): {"date": stamp(day), "numerator": new, "denominator": old}
                for day, (new, old) in splits.items()
            }
        }
    return {"chart": {"result": [result], "error": None}}


def live_chart(
    closes: dict[date, float | None], **options: Any
) -> Callable[[dict[str, str]], dict[str, Any]]:
    """Return a chart that gives, like Yahoo, only the bars between period1 and period2."""

    def answer(query: dict[str, str]) -> dict[str, Any]:
        whole = chart(closes, **options)
        bars = whole["chart"]["result"][0]
        first, end = int(query["period1"]), int(query["period2"])
        kept = [k for k, stamp in enumerate(bars["timestamp"]) if first <= stamp < end]

        def cut(values: list[Any]) -> list[Any]:
            return [values[k] for k in kept]

        bars["timestamp"] = cut(bars["timestamp"])
        quotes, adjusted = bars["indicators"]["quote"][0], bars["indicators"]["adjclose"][0]
        quotes.update({name: cut(values) for name, values in quotes.items()})
        adjusted["adjclose"] = cut(adjusted["adjclose"])
        splits = bars.get("events", {}).get("splits", {})
        for stamp in [s for s in splits if not first <= int(s) < end]:
            del splits[stamp]
        return whole

    return answer


def quote(
    symbol: str,
    day: date,
    *,
    currency: str = "USD",
    price: float = 100.0,
    zone: str = "America/New_York",
    earnings: date | None = None,
    next_earnings: date | None = None,
) -> dict[str, Any]:
    """Return one entry of a v7 quote answer: closed at 20:00 UTC of `day`."""

    def stamp(when: date, hour: int = 20) -> int:
        return int(datetime(when.year, when.month, when.day, hour, tzinfo=UTC).timestamp())

    entry: dict[str, Any] = {
        "symbol": symbol,
        "currency": currency,
        "regularMarketPrice": price,
        "regularMarketTime": stamp(day),
        "marketCap": price * 1e9,
        "marketState": "CLOSED",
        "exchangeTimezoneName": zone,
        "epsForward": 9.87,
        "forwardPE": 12.64,
    }
    if earnings:
        entry["earningsTimestamp"] = stamp(earnings)
    if next_earnings:
        entry["earningsTimestampStart"] = entry["earningsTimestampEnd"] = stamp(next_earnings)
        entry["isEarningsDateEstimate"] = True
    return entry


def summary(
    *,
    price_currency: str = "USD",
    financial_currency: str = "USD",
    eps_currency: str = "USD",
    eps: float = 5.0,
    analysts: int = 12,
    implied_shares: float | None = 1e9,
    market_cap: float | None = None,
    price: float = 100.0,
) -> dict[str, Any]:
    """Return a quoteSummary answer with 0y and +1y estimates and the trend of 0y."""

    def raw(value: float | None) -> dict[str, Any]:
        return {} if value is None else {"raw": value, "fmt": str(value)}

    def entry(period: str, end: str, mean: float) -> dict[str, Any]:
        return {
            "period": period,
            "endDate": end,
            "earningsEstimate": {
                "avg": raw(mean),
                "low": raw(mean * 0.9),
                "high": raw(mean * 1.1),
                "numberOfAnalysts": raw(analysts),
                "earningsCurrency": eps_currency,
            },
            "revenueEstimate": {
                "avg": raw(mean * 1e9),
                "numberOfAnalysts": raw(analysts),
                "revenueCurrency": financial_currency,
            },
            "epsTrend": {
                "current": raw(mean),
                "7daysAgo": raw(mean * 0.99),
                "30daysAgo": raw(mean * 0.97),
                "60daysAgo": {},
                "90daysAgo": raw(mean * 0.95),
                "epsTrendCurrency": eps_currency,
            },
            "someNewField": {"ignored": True},
        }

    return {
        "quoteSummary": {
            "result": [
                {
                    "earningsTrend": {
                        "trend": [
                            entry("0y", "2026-12-31", eps),
                            entry("+1y", "2027-12-31", eps * 1.2),
                            {"period": "+5y", "growth": raw(0.1)},
                        ]
                    },
                    "price": {
                        "currency": price_currency,
                        "longName": "Made Up Inc",
                        "exchangeName": "NasdaqGS",
                        "regularMarketPrice": price,
                        "marketCap": market_cap,
                    },
                    "defaultKeyStatistics": {
                        "impliedSharesOutstanding": implied_shares,
                        "sharesOutstanding": 4e8,
                        "lastFiscalYearEnd": 1767139200,
                        "forwardPE": 1.96,
                    },
                    "financialData": {"financialCurrency": financial_currency},
                    "assetProfile": {"sector": "Technology", "industry": "Semiconductors"},
                }
            ],
            "error": None,
        }
    }


def series(values: dict[str, list[tuple[str, float | None, str]]]) -> dict[str, Any]:
    """Return a time series answer: name -> [(period end, value, currency)]; None makes a null point."""
    result: list[dict[str, Any]] = [{"meta": {"symbol": ["X"], "type": ["quarterlyNothing"]}}]
    for name, points in values.items():
        result.append(
            {
                "meta": {"symbol": ["X"], "type": [f"quarterly{name}"]},
                "timestamp": [0] * len(points),
                f"quarterly{name}": [
                    None
                    if value is None
                    else {
                        "asOfDate": end,
                        "periodType": "3M",
                        "currencyCode": currency,
                        "reportedValue": {"raw": value, "fmt": str(value)},
                    }
                    for end, value, currency in points
                ],
            }
        )
    return {"timeseries": {"result": result, "error": None}}
