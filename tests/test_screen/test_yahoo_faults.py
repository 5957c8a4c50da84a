"""Every fault on every endpoint, through the real client: the right outcome, no rows, few requests, and it heals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from loopback_yahoo import LoopbackYahoo, Reply, certificate
from pulled import Shelf
from yahoo_world import COMPANIES, FAST, SOON, TODAY, serving, world

from screen.market.protocol import Company
from screen.market.yahoo import YahooFeed, client

HASTY = FAST.model_copy(update={"timeout_s": 0.4})
PAGE = b"<!DOCTYPE html><html><body>Will be right back...</body></html>"
NOT_FOUND = b'{"%s":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}'
ENVELOPE = {
    "chart": b"chart",
    "quotes": b"quoteResponse",
    "summary": b"quoteSummary",
    "series": b"timeseries",
}

ENDPOINTS = {
    "chart": ("chart", "US", "US", "prices"),
    "quotes": ("quotes", "*", "US", "quotes"),
    "summary": ("summary", "US", "US", "estimates"),
    "series": ("series", "US", "US", "statements"),
    "fx": ("chart", "TWD=X", "USDTWD", "fx"),
}
"""Endpoint -> kind and symbol at the server, ticker and dataset of the outcome."""

FAULTS = {
    "429": (lambda kind: Reply(429, b"Too Many Requests"), "rate_limited", 2),
    "429 for an hour": (lambda kind: Reply(429, b"Too Many", {"Retry-After": "3600"}), "rate_limited", 1),
    "500": (lambda kind: Reply(500, PAGE), "network", 2),
    "503": (lambda kind: Reply(503, b"Will be right back"), "network", 2),
    "403": (lambda kind: Reply(403, PAGE), "network", 1),
    "401": (lambda kind: Reply(401, b'{"finance":{"error":{"code":"Unauthorized"}}}'), "network", 2),
    "404": (lambda kind: Reply(404, NOT_FOUND % ENVELOPE[kind]), "not_found", 1),
    "404 page": (lambda kind: Reply(404, PAGE), "bad_payload", 1),
    "400": (lambda kind: Reply(400, b'{"chart":{"error":{"code":"Bad Request"}}}'), "network", 1),
    "truncated": (lambda kind: Reply(200, b'{"%s":{"result":[{"me' % ENVELOPE[kind]), "bad_payload", 1),
    "empty": (lambda kind: Reply(200, b""), "bad_payload", 1),
    "page": (lambda kind: Reply(200, PAGE), "bad_payload", 1),
    "list": (lambda kind: Reply(200, b"[]"), "bad_payload", 1),
    "other object": (lambda kind: Reply(200, b"{}"), "bad_payload", 1),
    "stated not found": (lambda kind: Reply(200, NOT_FOUND % ENVELOPE[kind]), "not_found", 1),
    "stated error": (
        lambda kind: Reply(200, b'{"finance":{"result":null,"error":{"code":"argument-error"}}}'),
        "bad_payload",
        1,
    ),
    "stated outage": (
        lambda kind: Reply(200, b'{"finance":{"error":{"code":"internal-error","description":"x"}}}'),
        "network",
        2,
    ),
    "dropped": (lambda kind: Reply(is_dropped=True), "network", 2),
    "hang": (lambda kind: Reply(200, b"{}", hang_s=0.8), "timeout", 2),
}
"""Fault -> reply, status of the outcome, requests that it may cost (attempts are 2)."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackYahoo]:
    pem = certificate(tmp_path_factory.mktemp("certificate"))
    with serving(LoopbackYahoo(pem, world(TODAY)), pem) as yahoo:
        yield yahoo


@pytest.fixture
def yahoo(server: LoopbackYahoo) -> LoopbackYahoo:
    server.reset()
    server.answers = world(TODAY)
    return server


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_fault_is_told_costs_its_attempts_and_heals(
    yahoo: LoopbackYahoo, endpoint: str, fault: str
) -> None:
    kind, symbol, ticker, dataset = ENDPOINTS[endpoint]
    make, expected, attempts = FAULTS[fault]
    yahoo.fail(kind, symbol, make(kind))
    shelf, feed = Shelf(), YahooFeed(HASTY if fault == "hang" else FAST)
    started = time.monotonic()
    pulled = shelf.pull(feed, COMPANIES, TODAY)
    assert time.monotonic() - started < 4.0
    status, reason, tries = pulled.told(ticker, dataset)
    assert status == expected and reason
    asked = yahoo.count(kind, None if symbol == "*" else symbol)
    assert tries == asked <= attempts
    if dataset not in ("quotes", "fx"):
        name = {"estimates": "estimates"}.get(dataset, dataset)
        assert pulled.rows(name, ticker) == 0
        assert pulled.rows(name, "ADR") > 0 or pulled.told("ADR", dataset)[0] == "skipped"
    assert feed.report().requests == len(yahoo.log)

    yahoo.reset()
    yahoo.answers = world(SOON)
    healed = shelf.pull(YahooFeed(FAST), COMPANIES, SOON)
    assert healed.told(ticker, dataset)[0] == "ok"
    assert set(healed.outcomes["status"]) == {"ok"}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("code", [401, 429, 500])
def test_a_fault_that_passes_is_not_seen(yahoo: LoopbackYahoo, endpoint: str, code: int) -> None:
    kind, symbol, ticker, dataset = ENDPOINTS[endpoint]
    yahoo.fail(kind, symbol, Reply(code, b"{}", times=1))
    pulled = Shelf().pull(YahooFeed(FAST), COMPANIES, TODAY)
    assert pulled.told(ticker, dataset) == ("ok", None, 2)
    assert set(pulled.outcomes["status"]) == {"ok"}


COOKIE_FAULTS = {
    "429": Reply(429, b"Too Many Requests\r\n"),
    "500": Reply(500, PAGE),
    "401": Reply(401, b'{"finance":{"error":{"code":"Unauthorized","description":"Invalid Cookie"}}}'),
    "page": Reply(200, PAGE),
    "empty": Reply(200, b""),
    "dropped": Reply(is_dropped=True),
    "hang": Reply(hang_s=0.5),
}


@pytest.mark.parametrize("fault", COOKIE_FAULTS)
def test_without_a_crumb_charts_rates_and_accounts_still_come(yahoo: LoopbackYahoo, fault: str) -> None:
    spoiled = COOKIE_FAULTS[fault]
    yahoo.fail(
        "crumb",
        "*",
        Reply(spoiled.status, spoiled.body, hang_s=spoiled.hang_s, is_dropped=spoiled.is_dropped),
    )
    shelf, feed = Shelf(), YahooFeed(FAST)
    started = time.monotonic()
    pulled = shelf.pull(feed, COMPANIES, TODAY)
    assert time.monotonic() - started < 4.0
    for ticker, dataset in (("US", "prices"), ("ADR", "statements"), ("USDTWD", "fx")):
        assert pulled.told(ticker, dataset)[0] == "ok"
    for dataset in ("quotes", "estimates", "profile"):
        status, reason, _ = pulled.told("US", dataset)
        assert status in ("network", "skipped") and reason
    assert "401" in str(pulled.told("US", "quotes")[1])
    # two ways to a crumb, a fresh start after the first refusal, two attempts each; a dead kept connection
    # may be tried twice
    assert yahoo.count("crumb") <= 8

    yahoo.reset()
    assert set(shelf.pull(feed, COMPANIES, TODAY).outcomes["status"]) == {"ok"}
    assert yahoo.count("chart") == yahoo.count("series") == 0


@pytest.mark.parametrize("fault", [f for f in COOKIE_FAULTS if f != "401"])
def test_without_the_first_cookie_the_consent_page_gives_one(yahoo: LoopbackYahoo, fault: str) -> None:
    spoiled = COOKIE_FAULTS[fault]
    yahoo.fail(
        "cookie",
        "*",
        Reply(spoiled.status, spoiled.body, hang_s=spoiled.hang_s, is_dropped=spoiled.is_dropped),
    )
    pulled = Shelf().pull(YahooFeed(FAST), COMPANIES, TODAY)
    assert set(pulled.outcomes["status"]) == {"ok"}
    assert yahoo.count("consent") <= 3


def test_a_cold_start_with_silent_cookie_hosts_takes_seconds(yahoo: LoopbackYahoo) -> None:
    for kind in ("cookie", "crumb", "consent"):
        yahoo.fail(kind, "*", Reply(hang_s=1.0))
    settings = FAST.model_copy(update={"timeout_s": 5.0, "cookie_timeout_s": 0.3})
    started = time.monotonic()
    pulled = Shelf().pull(YahooFeed(settings), COMPANIES, TODAY)
    # the host of the cookie, then that of the consent: each waited for once in the whole pull
    assert time.monotonic() - started < 2.0
    assert yahoo.count("cookie") <= 1 and yahoo.count("consent") <= 1 and yahoo.count("crumb") <= 2
    assert pulled.told("US", "prices")[0] == pulled.told("US", "statements")[0] == "ok"
    assert pulled.told("US", "estimates")[0] == "network"


def test_a_cookie_that_yahoo_no_longer_takes_is_thrown_away(yahoo: LoopbackYahoo) -> None:
    settings = FAST.model_copy(update={"attempts": 3})
    shelf, feed = Shelf(), YahooFeed(settings)
    yahoo.fail("quotes", "*", Reply(401, b"{}", times=2))  # the first crumb, and the one that replaces it
    pulled = shelf.pull(feed, COMPANIES, TODAY)
    assert set(pulled.outcomes["status"]) == {"ok"} and pulled.told("US", "quotes")[2] == 3
    assert yahoo.count("cookie") == 2


def test_a_consent_page_in_place_of_data_is_accepted(yahoo: LoopbackYahoo) -> None:
    there = "https://query2.finance.yahoo.com/v8/finance/chart/ADR?period1=0&period2=9999999999"
    form = (
        b'<html><form action="https://consent.yahoo.com/v2/done"><input name="csrfToken" value="t"/></form>'
    )
    yahoo.fail("chart", "US", Reply(302, headers={"Location": "https://consent.yahoo.com/v2/ask"}))
    yahoo.fail("consent", "/v2/ask", Reply(200, form))
    yahoo.fail("consent", "/v2/done", Reply(302, headers={"Location": there}))
    pulled = Shelf().pull(YahooFeed(FAST), COMPANIES, TODAY)
    assert pulled.told("US", "prices")[0] == "ok" and yahoo.count("consent", "/v2/done") == 1

    yahoo.reset()
    yahoo.fail("chart", "US", Reply(302, headers={"Location": "https://consent.yahoo.com/v2/ask"}))
    yahoo.fail("consent", "*", Reply(200, PAGE))
    assert Shelf().pull(YahooFeed(FAST), COMPANIES, TODAY).told("US", "prices")[0] == "bad_payload"


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honoured(yahoo: LoopbackYahoo, as_date: bool) -> None:
    now = datetime.now(tz=UTC)
    until = format_datetime(now + timedelta(seconds=17), usegmt=True)
    yahoo.fail("summary", "US", Reply(429, b"", {"Retry-After": until if as_date else "17"}, times=1))
    slept: list[float] = []
    pulled = Shelf().pull(YahooFeed(FAST, sleep=slept.append), COMPANIES, TODAY)
    assert max(slept) == pytest.approx(17.0, abs=2.0)
    assert pulled.told("US", "estimates") == ("ok", None, 2)


def test_a_dead_ticker_costs_one_request(yahoo: LoopbackYahoo) -> None:
    gone = Company("GONE", "Gone", "USD", "USD")
    shelf, feed = Shelf(), YahooFeed(FAST)
    pulled = shelf.pull(feed, (*COMPANIES, gone), TODAY)
    assert [yahoo.count(kind, "GONE") for kind in ("chart", "summary", "series")] == [1, 0, 0]
    assert pulled.told("GONE", "quotes")[0] == pulled.told("GONE", "prices")[0] == "not_found"
    assert {pulled.told("GONE", d)[0] for d in ("estimates", "profile", "statements")} == {"skipped"}
    yahoo.log.clear()
    assert not feed.is_due(shelf.request((*COMPANIES, gone), TODAY))
    assert shelf.pull(feed, (*COMPANIES, gone), TODAY).batches == [] and yahoo.log == []


def test_a_host_that_hangs_is_given_up_within_a_few_timeouts(yahoo: LoopbackYahoo) -> None:
    for kind in ("cookie", "crumb", "consent", "quotes", "chart", "summary", "series"):
        yahoo.fail(kind, "*", Reply(200, b"{}", hang_s=0.6))
    settings = FAST.model_copy(update={"timeout_s": 0.4, "cookie_timeout_s": 0.2, "attempts": 3})
    feed = YahooFeed(settings)
    started = time.monotonic()
    pulled = Shelf().pull(feed, [Company(f"T{k}", "T", "USD", "USD") for k in range(30)], TODAY)
    # cookie and consent, three tries for the quotes, one round of charts; not 30 companies of 9 tries each
    assert time.monotonic() - started < 2 * 0.2 + 4 * 0.4 + 1.5
    assert feed.report().broken == "timeout" and len(yahoo.log) <= 2 + 3 + 2 * settings.workers
    assert set(pulled.outcomes["status"]) == {"timeout", "skipped"}


def test_no_server_at_all_breaks_after_three(yahoo: LoopbackYahoo, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    feed = YahooFeed(FAST.model_copy(update={"workers": 1}))
    pulled = Shelf().pull(feed, COMPANIES, TODAY)
    assert feed.report().broken == "network"
    assert pulled.told("US", "quotes")[0] == pulled.told("US", "prices")[0] == "network"
    assert "stopped answering (network)" in str(pulled.told("ADR", "prices")[1])


def test_a_disk_without_room_for_yfinance_does_no_harm(
    yahoo: LoopbackYahoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **options: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(client, "_cache_folder", full)
    pulled = Shelf().pull(YahooFeed(FAST), COMPANIES, TODAY)
    assert set(pulled.outcomes["status"]) == {"ok"}
    assert yahoo.count("cookie") == yahoo.count("crumb") == 1


def test_yahoo_says_nothing_on_the_terminal(
    yahoo: LoopbackYahoo, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    yahoo.fail("crumb", "*", Reply(500, PAGE))
    yahoo.fail("chart", "US", Reply(404, NOT_FOUND % b"chart"))
    Shelf().pull(YahooFeed(FAST), COMPANIES, TODAY)
    assert capfd.readouterr() == ("", "") and caplog.text == ""
