"""What a v7 quote says, in ISO currencies and exchange days."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from loopback_yahoo import quote

from screen.market.net import FetchError
from screen.market.yahoo.quotes import QuoteBook, SeenQuote, ask_quotes, batch_count

DAY = date(2026, 8, 21)


class Client:
    """Answers each batch with `entries` of the symbols asked; counts."""

    def __init__(self, *entries: dict[str, Any], fault: FetchError | None = None) -> None:
        self.entries = entries
        self.fault = fault
        self.asked: list[list[str]] = []

    def get_json(self, url: str, params: dict[str, str]) -> tuple[Any, int]:
        symbols = params["symbols"].split(",")
        self.asked.append(symbols)
        if self.fault:
            raise self.fault
        found = [entry for entry in self.entries if entry["symbol"] in symbols]
        return {"quoteResponse": {"result": found, "error": None}}, 1


def book(*entries: dict[str, Any], today: date = DAY) -> QuoteBook:
    return ask_quotes(Client(*entries), [e["symbol"] for e in entries], today=today)  # type: ignore[arg-type]


def one(entry: dict[str, Any], today: date = DAY) -> SeenQuote:
    return book(entry, today=today).quotes[entry["symbol"]]


def test_pence_become_pounds_and_market_value_stays() -> None:
    seen = one(quote("PNCE.L", DAY, currency="GBp", price=309.0, zone="Europe/London"))
    assert (seen.price, seen.currency, seen.market_cap) == (pytest.approx(3.09), "GBP", 309e9)
    assert (seen.day, seen.time) == (DAY, datetime(2026, 8, 21, 20, tzinfo=UTC))


def test_the_day_is_the_exchanges() -> None:
    # 20:00 UTC of the 21st is the morning of the 22nd in Taipei
    assert one(quote("2330.TW", DAY, zone="Asia/Taipei")).day == date(2026, 8, 22)
    assert one({**quote("X", DAY), "exchangeTimezoneName": "No/Where"}).day == DAY


@pytest.mark.parametrize(
    ("last", "coming", "expected"),
    [
        (date(2026, 5, 20), date(2026, 8, 26), date(2026, 8, 26)),
        (date(2026, 8, 19), None, date(2026, 8, 19)),
        (None, date(2026, 8, 26), date(2026, 8, 26)),
        (date(2026, 8, 19), date(2026, 8, 19), date(2026, 8, 19)),
        (None, None, None),
    ],
)
def test_the_next_earnings_date_comes_before_the_last(
    last: date | None, coming: date | None, expected: date | None
) -> None:
    told = book(quote("US", DAY, earnings=last, next_earnings=coming))
    assert told.quotes["US"].earnings_at == expected == told.outcomes["US"]["earnings_at"]
    assert told.quotes["US"].is_earnings_estimate == (True if coming else None)


def test_what_yahoo_leaves_out_is_missing() -> None:
    seen = one({"symbol": "BARE"})
    assert seen == SeenQuote("BARE")
    assert one({**quote("US", DAY), "regularMarketTime": 1e30}).day is None


def test_fifty_symbols_a_request() -> None:
    entries = [quote(f"T{k}", DAY) for k in range(101)]
    client = Client(*entries)
    told = ask_quotes(client, [e["symbol"] for e in entries], today=DAY)  # type: ignore[arg-type]
    assert [len(part) for part in client.asked] == [50, 50, 1] and batch_count(101) == 3
    assert sum(int(str(row["requests"])) for row in told.outcomes.values()) == 3
    assert {row["status"] for row in told.outcomes.values()} == {"ok"} and len(told.quotes) == 101


def test_a_symbol_nobody_asked_for_is_left_out() -> None:
    class Chatty(Client):
        def get_json(self, url: str, params: dict[str, str]) -> tuple[Any, int]:
            return {"quoteResponse": {"result": list(self.entries)}}, 1

    told = ask_quotes(Chatty(quote("A", DAY), quote("B", DAY)), ["A"], today=DAY)  # type: ignore[arg-type]
    assert set(told.quotes) == {"A"} == set(told.outcomes)


def test_a_failed_batch_gives_its_fault_to_each_symbol() -> None:
    fault = FetchError("server", "Yahoo answered 503")
    fault.tries = 3
    told = ask_quotes(Client(fault=fault), ["A", "B"], today=DAY)  # type: ignore[arg-type]
    assert [(row["status"], row["requests"]) for row in told.outcomes.values()] == [
        ("network", 3),
        ("network", 0),
    ]
    assert not told.quotes


@pytest.mark.parametrize("symbol", ["AAPL", "BFLY", "QQQ", "WSKT.JK"])
def test_recorded_quotes_are_read(symbol: str) -> None:
    root = os.environ.get("SCREEN_SHARED") or str(Path(__file__).resolve().parents[2] / "../shared")
    path = Path(root) / f"recorded/yahoo/gadicc_node-yahoo-finance2/http/quote-{symbol}.json"
    if not path.is_file():
        pytest.skip(f"recorded Yahoo quotes are not at {path.parent}")
    entry = json.loads(path.read_text())["response"]["bodyJson"]["quoteResponse"]["result"][0]
    seen = one(entry, today=date(2025, 2, 17))
    assert seen.price and seen.currency and seen.day and seen.market_state
    if symbol == "AAPL":
        assert (seen.price, seen.day) == (244.6, date(2025, 2, 14))
        assert seen.earnings_at == date(2025, 4, 30) and seen.earnings[0] == date(2025, 1, 30)
