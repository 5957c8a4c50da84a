"""Made-up companies and what a loopback Yahoo answers about them, the same in the server's process and the client's."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from screen.market.feeds import FILINGS_HISTORY_DAYS, HISTORY_DAYS
from screen.market.protocol import Company

__all__ = ["BARS", "DAY", "DAYS", "LATER", "Encoded", "answers", "companies", "currencies"]

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "test_screen"))

DAY, LATER = date(2026, 8, 21), date(2026, 8, 28)
"""The first pull and the refresh a week after it, both Fridays."""

DAYS = {"3 years": HISTORY_DAYS, "10 years": FILINGS_HISTORY_DAYS}
"""Days of prices: what `screen` asks for, without and with a contact for filings."""

BARS = {days: days * 5 // 7 for days in DAYS.values()}

CYCLE = (("USD", "USD"), ("USD", "USD"), ("USD", "TWD"), ("EUR", "EUR"), ("JPY", "JPY"))
"""Listing and reporting currency of the made-up companies, in turn."""

QUARTERS = {"0q": "2026-09-30", "+1q": "2026-12-31"}
ENDS = ("2025-06-30", "2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30")
EARNINGS = DAY + timedelta(days=3)
SEED = 3


def companies(which: str) -> tuple[Company, ...]:
    """The companies of the theme `which`, or, for a number, so many made-up ones."""
    if which.isdigit():
        names = ((f"T{k:04d}", *CYCLE[k % len(CYCLE)]) for k in range(int(which)))
        return tuple(Company(ticker, ticker, *pair) for ticker, *pair in names)
    from exposures.load import load_theme
    from screen.market.protocol import companies_of

    return tuple(companies_of(load_theme(which, as_of=DAY).companies))


def currencies(those: tuple[Company, ...]) -> list[str]:
    """The currencies that need a rate."""
    return sorted({c for k in those for c in (k.listing_currency, k.reporting_currency)} - {"USD"})


class Encoded(dict[str, Any]):
    """An answer whose JSON is made once: the server must not be what is measured."""

    text = ""

    @classmethod
    def of(cls, body: dict[str, Any]) -> Encoded:
        """Return `body` with its JSON."""
        made = cls(body)
        made.text = json.dumps(body)
        return made


def answers(which: str, *, day: date, bars: int) -> dict[tuple[str, str], Any]:
    """Return what the loopback server knows on `day`; on LATER a third of the companies has just reported."""
    from loopback_yahoo import quote

    made: dict[tuple[str, ...], Any] = {}

    def once(key: tuple[str, ...], make: Callable[[], Any]) -> Any:
        if key not in made:
            made[key] = make()
        return made[key]

    found: dict[tuple[str, str], Any] = {}
    those = companies(which)
    for k, company in enumerate(those):
        name, quoted, told = company.ticker, company.listing_currency, company.reporting_currency
        reported = EARNINGS if day == LATER and k % 3 == 0 else None
        found["quotes", name] = quote(name, day, currency=quoted, earnings=reported)
        found["chart", name] = once(("chart", quoted), lambda money=quoted: _chart(money, day, bars))
        found["series", name] = once(("series", told), lambda money=told: _accounts(money))
        found["summary", name] = once(
            ("summary", quoted, told),
            lambda quoted=quoted, told=told: _summary(quoted, told),
        )
    for money in currencies(those):
        found["chart", f"{money}=X"] = once(("chart", money), lambda money=money: _chart(money, day, bars))
    return found


def _accounts(money: str) -> Encoded:
    """Five quarters of every series that the screen asks for."""
    from loopback_yahoo import series

    from screen.market.yahoo.statements import SERIES

    body = series({name: [(end, 1.2345e10, money) for end in ENDS] for name in SERIES})
    for one in body["timeseries"]["result"][1:]:
        one["timestamp"] = [int(datetime.fromisoformat(f"{end}T00:00:00Z").timestamp()) for end in ENDS]
    return Encoded.of(body)


def _summary(quoted: str, told: str) -> Encoded:
    """A summary with the four periods that Yahoo states, quarters first."""
    from loopback_yahoo import summary

    body = summary(price_currency=quoted, financial_currency=told, eps_currency=told)
    trend = body["quoteSummary"]["result"][0]["earningsTrend"]
    years = trend["trend"]
    quarters = [{**years[0], "period": period, "endDate": end} for period, end in QUARTERS.items()]
    trend["trend"] = quarters + years
    return Encoded.of(body)


def _chart(currency: str, day: date, bars: int) -> Callable[[dict[str, str]], Encoded]:
    """A chart with open, high, low, dividends and a split, cut to the days asked for as Yahoo does."""
    from loopback_yahoo import live_chart

    whole = live_chart(_closes(day, bars), currency=currency, splits={date(2024, 6, 10): (10, 1)})
    newest = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    kept: dict[int, Encoded] = {}

    def answer(query: dict[str, str]) -> Encoded:
        first = newest if "range" in query else int(query.get("period1") or 0)
        if first not in kept:
            body = whole({"period1": str(first), "period2": str(2**40)})
            result = body["chart"]["result"][0]
            quotes = result["indicators"]["quote"][0]
            quotes.update(dict.fromkeys(("open", "high", "low"), quotes["close"]))
            result.setdefault("events", {})["dividends"] = {
                str(stamp): {"date": stamp, "amount": 0.25}
                for stamp in result["timestamp"]
                if stamp // 86400 % 91 == 0
            }
            kept[first] = Encoded.of(body)
        return kept[first]

    return answer


def _closes(day: date, bars: int) -> dict[date, float | None]:
    """A random walk of closes as Yahoo writes them, 32-bit floats with all their digits.

    The close of a day is the same on DAY and on LATER.
    """
    days = [LATER - timedelta(days=k) for k in range(2 * bars)]
    days = sorted(when for when in days if when.weekday() < 5)[-bars:]
    steps = np.random.default_rng(SEED).normal(0, 0.01, bars)
    walk = (100 * np.exp(np.cumsum(steps))).astype(np.float32)
    return {when: close for when, close in zip(days, walk.tolist(), strict=True) if when <= day}
