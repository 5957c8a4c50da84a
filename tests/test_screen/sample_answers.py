"""The bundled, simulated sample in Yahoo's shapes: what a loopback Yahoo answers for the whole theme.

Prices and rates are moved by whole weeks so that they end on the last weekday before a given day; quarters
take the newest quarter ends before it. So a run by the machine's own clock finds current data.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
from loopback_yahoo import quote

from exposures.load import load_theme
from screen.market.protocol import MarketData, MarketRequest, companies_of
from screen.market.sample import SAMPLE_END, SampleSource

__all__ = ["sample_answers"]

SERIES_NAMES = {
    "revenue": "TotalRevenue", "gross_profit": "GrossProfit", "operating_income": "OperatingIncome",
    "net_income": "NetIncome", "eps_diluted": "DilutedEPS", "shares_diluted": "DilutedAverageShares",
    "operating_cash_flow": "OperatingCashFlow", "capex": "CapitalExpenditure",
    "depreciation_amortization": "DepreciationAndAmortization", "cash": "CashAndCashEquivalents",
    "total_debt": "TotalDebt", "equity": "StockholdersEquity", "receivables": "AccountsReceivable",
    "payables": "AccountsPayable", "inventory": "Inventory",
}  # fmt: skip
QUARTERS = 5
SETTLED_DAYS = 50


def sample_answers(today: date) -> dict[tuple[str, str], Any]:
    """Return (kind, symbol) -> body for every company and currency of the sample, as of `today`."""
    data = _sample()
    moved = timedelta(days=7 * ((today - SAMPLE_END).days // 7))
    answers: dict[tuple[str, str], Any] = {}
    for (ticker,), prices in data.prices.partition_by("ticker", as_dict=True).items():
        symbol = str(ticker)
        splits = [(day + moved, ratio) for day, ratio in
                  data.splits.filter(ticker=symbol).select("ex_date", "ratio").iter_rows()]  # fmt: skip
        currency = prices["currency"][0]
        caught_up = moved + (SAMPLE_END - prices["date"].max())  # 8996.TW stops three whole weeks early
        days = [day + caught_up for day in prices["date"]]
        answers["chart", symbol] = _chart(days, prices, currency, splits, today)
        last = prices.tail(1).row(0, named=True)
        answers["quotes", symbol] = quote(symbol, days[-1], currency=currency, price=last["close"])
        answers["summary", symbol] = _summary(data, symbol, last, today)
        answers["series", symbol] = _series(data, symbol, today)
    answers["chart", "AAPL"] = answers["chart", "NVDA"]  # what the probe asks for
    for (code,), rates in data.fx.partition_by("quote", as_dict=True).items():
        frame = rates.select("date", close="rate", adj_close="rate", volume=pl.lit(0.0), currency="quote")
        days = [day + moved for day in frame["date"]]
        answers["chart", f"{code}=X"] = _chart(days, frame, str(code), [], today)
    return answers


def _sample() -> MarketData:
    theme = load_theme("multicloud-gpu", as_of=SAMPLE_END)
    return SampleSource().fetch(MarketRequest(tuple(companies_of(theme.companies)), SAMPLE_END))


def _stamp(day: date) -> int:
    return int(datetime.combine(day, time(14, 30), tzinfo=UTC).timestamp())


def _chart(
    days: list[date], frame: pl.DataFrame, currency: str, splits: list[tuple[date, float]], today: date
) -> Any:
    """Like Yahoo: only the bars between period1 and period2."""
    closes, adjusted = frame["close"].to_list(), frame["adj_close"].to_list()
    volumes = frame["volume"].to_list()
    bars = [k for k, day in enumerate(days) if day < today]

    def answer(query: dict[str, str]) -> dict[str, Any]:
        first, end = int(query["period1"]), int(query["period2"])
        kept = [k for k in bars if first <= _stamp(days[k]) < end]
        events = {
            str(_stamp(day)): {"date": _stamp(day), "numerator": ratio, "denominator": 1}
            for day, ratio in splits
            if first <= _stamp(day) < end
        }
        result = {
            "meta": {"currency": currency, "exchangeTimezoneName": "America/New_York"},
            "timestamp": [_stamp(days[k]) for k in kept],
            "events": {"splits": events} if events else {},
            "indicators": {
                "quote": [{"close": [closes[k] for k in kept], "volume": [volumes[k] for k in kept]}],
                "adjclose": [{"adjclose": [adjusted[k] for k in kept]}],
            },
        }
        return {"chart": {"result": [result], "error": None}}

    return answer


def _summary(data: MarketData, ticker: str, last: dict[str, Any], today: date) -> dict[str, Any]:
    newest = data.estimates.filter(pl.col("ticker") == ticker)
    newest = newest.filter(pl.col("known_at") == pl.col("known_at").max())
    profile = data.profiles.filter(ticker=ticker).sort("known_at").tail(1).row(0, named=True)
    shares = profile["shares_outstanding"]
    trend = [_entry(newest, period, end) for period, end in
             (("0y", date(today.year, 12, 31)), ("+1y", date(today.year + 1, 12, 31)))]  # fmt: skip
    price = {
        "currency": last["currency"], "longName": profile["name"], "exchangeName": "Loopback",
        "regularMarketPrice": _raw(last["close"]),
        "marketCap": _raw(None if shares is None else shares * last["close"]),
    }  # fmt: skip
    modules = {
        "earningsTrend": {"trend": trend},
        "price": price,
        "defaultKeyStatistics": {
            "impliedSharesOutstanding": _raw(shares),
            "lastFiscalYearEnd": _raw(_stamp(date(today.year - 1, 12, 31))),
            "forwardPE": _raw(1.96),
        },
        "financialData": {"financialCurrency": profile["financial_currency"]},
        "assetProfile": {"sector": "Technology", "industry": "Simulated"},
    }
    return {"quoteSummary": {"result": [modules], "error": None}}


def _entry(newest: pl.DataFrame, period: str, end: date) -> dict[str, Any]:
    def part(metric: str) -> dict[str, Any]:
        row = newest.filter(period=period, metric=metric)
        if row.is_empty() or row["mean"][0] is None:
            return {"avg": _raw(0.0), "numberOfAnalysts": _raw(0)}
        found = row.row(0, named=True)
        return {
            "avg": _raw(found["mean"]), "low": _raw(found["low"]), "high": _raw(found["high"]),
            "numberOfAnalysts": _raw(found["analysts"]),
            f"{'earnings' if metric == 'eps' else 'revenue'}Currency": found["currency"],
        }  # fmt: skip

    eps = part("eps")
    mean = eps["avg"].get("raw")
    trend = {f"{days}daysAgo": _raw(mean * (1 - days / 2000)) for days in (7, 30, 60, 90)} if mean else {}
    return {
        "period": period, "endDate": end.isoformat(), "earningsEstimate": eps,
        "revenueEstimate": part("revenue"),
        "epsTrend": {**trend, "epsTrendCurrency": eps.get("earningsCurrency")},
    }  # fmt: skip


def _series(data: MarketData, ticker: str, today: date) -> dict[str, Any]:
    ends = _quarter_ends(today - timedelta(days=SETTLED_DAYS))
    mine = data.statements.filter((pl.col("ticker") == ticker) & pl.col("item").is_in(list(SERIES_NAMES)))
    result: list[dict[str, Any]] = []
    for (item,), rows in mine.partition_by("item", as_dict=True, maintain_order=True).items():
        latest = rows.sort("period_end", "known_at").unique("period_end", keep="last", maintain_order=True)
        sign = -1.0 if item == "capex" else 1.0
        values = latest.tail(QUARTERS).select("value", "currency").rows()
        name = f"quarterly{SERIES_NAMES[str(item)]}"
        points = [
            {
                "asOfDate": end.isoformat(), "periodType": "3M", "currencyCode": currency or "USD",
                "reportedValue": _raw(sign * value),
            }
            for end, (value, currency) in zip(reversed(ends[: len(values)]), values, strict=True)
        ]  # fmt: skip
        result.append({"meta": {"symbol": [ticker], "type": [name]}, name: points})
    return {"timeseries": {"result": result, "error": None}}


def _quarter_ends(before: date) -> list[date]:
    """The newest quarter ends before a day, newest first."""
    starts = [date(year, month, 1) for year in (before.year - 2, before.year - 1, before.year)
              for month in (1, 4, 7, 10)]  # fmt: skip
    ends = sorted((start - timedelta(days=1) for start in starts if start <= before), reverse=True)
    return ends[:QUARTERS]


def _raw(value: float | None) -> dict[str, Any]:
    return {} if value is None else {"raw": value, "fmt": str(value)}
