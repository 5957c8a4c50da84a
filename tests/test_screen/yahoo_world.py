"""A small loopback Yahoo with a few made-up companies, and the settings that make tests of it fast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback_yahoo import LoopbackYahoo, live_chart, quote, series, summary

from screen.market.protocol import Company
from screen.market.yahoo import YahooSettings

__all__ = ["ADR", "COMPANIES", "FAST", "NEXT", "SOON", "TODAY", "US", "closes", "serving", "world"]

TODAY, SOON, NEXT = date(2026, 8, 21), date(2026, 8, 22), date(2026, 8, 28)
US, ADR = Company("US", "Us", "USD", "USD"), Company("ADR", "Adr", "USD", "TWD")
COMPANIES = (US, ADR)
FAST = YahooSettings(
    timeout_s=3.0, cookie_timeout_s=0.4, attempts=2, backoff_s=0.0, requests_per_second=10_000.0
)


def closes(last: date, *, bars: int = 40, start: float = 100.0) -> dict[date, float | None]:
    """`bars` weekdays up to `last`; the close of a day depends on the day alone."""
    days = [last - timedelta(days=k) for k in range(2 * bars)]
    days = sorted(day for day in days if day.weekday() < 5)[-bars:]
    return {day: start + (day.toordinal() % 97) / 8 for day in days}


def world(last: date, symbols: tuple[str, ...] = ("US", "ADR"), **dates: Any) -> dict[tuple[str, str], Any]:
    """Answers for `symbols` with prices up to `last`; ADR reports in TWD. `dates` go to the quotes."""
    answers: dict[tuple[str, str], Any] = {
        ("chart", "TWD=X"): live_chart(
            closes(last, start=30.0), currency="TWD", zone="Europe/London", opens_utc=23
        )
    }
    for symbol in symbols:
        currency = "TWD" if symbol == "ADR" else "USD"
        answers[("chart", symbol)] = live_chart(closes(last))
        answers[("quotes", symbol)] = quote(symbol, last, **dates)
        answers[("summary", symbol)] = summary(financial_currency=currency, eps_currency=currency)
        answers[("series", symbol)] = series({"TotalRevenue": [("2026-06-30", 10e9, currency)]})
    return answers


@contextmanager
def serving(server: LoopbackYahoo, pem: Path) -> Iterator[LoopbackYahoo]:
    """Point the unmodified client at `server` through the environment."""
    with pytest.MonkeyPatch.context() as patch, server:
        for name in ("HTTPS_PROXY", "https_proxy"):
            patch.setenv(name, server.url)
        for name in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            patch.setenv(name, str(pem))
        for name in ("NO_PROXY", "no_proxy"):
            patch.delenv(name, raising=False)
        yield server
