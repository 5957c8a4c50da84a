"""`YahooSource` through the unmodified yfinance client, against a loopback server with its own certificate."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from loopback_yahoo import LoopbackYahoo, Reply, certificate, chart, series, summary

from exposures.errors import DataError, NetworkError, RateLimitedError
from screen.market.protocol import Company, MarketData, MarketRequest
from screen.market.stored import StoredSource, has_stored
from screen.market.yahoo.payloads import ChartAnswer, SeriesAnswer, SummaryAnswer
from screen.market.yahoo.rows import estimate_rows, price_rows, split_rows, statement_rows
from screen.market.yahoo.source import YahooSettings, YahooSource, probe

TODAY = date(2026, 8, 21)
DAYS = [date(2026, 8, 19), date(2026, 8, 20), date(2026, 8, 21)]
FAST = YahooSettings(timeout_s=2.0, attempts=2, backoff_s=0.0, requests_per_second=10_000.0)
AAA = Company("AAA", "Aaa", "USD", "USD")
ADR = Company("ADR", "Adr", "USD", "TWD")
PNCE = Company("PNCE.L", "Pence", "GBP", "GBP")
GONE = Company("GONE", "Gone", "USD", "USD")


def closes(*values: float | None) -> dict[date, float | None]:
    return dict(zip(DAYS, values, strict=True))


def payloads() -> dict[tuple[str, str], Any]:
    quarter = [("2026-03-31", 10e9, "USD"), ("2026-06-30", 11e9, "USD")]
    return {
        ("chart", "AAPL"): chart(closes(1.0, 1.0, 1.0)),
        ("chart", "AAA"): chart(closes(98.0, None, 100.0), splits={DAYS[0]: (10, 1)}),
        ("summary", "AAA"): summary(),
        ("series", "AAA"): series({"TotalRevenue": quarter, "CapitalExpenditure": [("2026-06-30", -2e9, "USD")]}),
        ("chart", "ADR"): chart(closes(180.0, 181.0, 182.0)),
        ("summary", "ADR"): summary(financial_currency="TWD", eps_currency="TWD", eps=300.0),
        ("series", "ADR"): series(
            {"TotalRevenue": [("2026-06-30", 900e9, "TWD")], "DilutedEPS": [("2026-06-30", 2.5, "USD")]}
        ),
        ("chart", "PNCE.L"): chart(closes(300.0, 306.0, 309.0), currency="GBp", zone="Europe/London", opens_utc=7),
        ("summary", "PNCE.L"): summary(
            price_currency="GBp", financial_currency="GBP", eps_currency="GBP", eps=0.0, analysts=0,
            implied_shares=None, market_cap=3.09e9, price=309.0,
        ),
        ("series", "PNCE.L"): series({}),
        ("chart", "TWD=X"): chart(closes(31.0, 31.5, 32.0), currency="TWD", zone="Europe/London", opens_utc=23),
        ("chart", "GBP=X"): chart(closes(0.74, 0.75, 0.76), currency="GBP", zone="Europe/London", opens_utc=23),
    }  # fmt: skip


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def yahoo(pem: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackYahoo]:
    with LoopbackYahoo(pem, payloads()) as server:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, server.url)
        for name in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, str(pem))
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield server


def fetch(*companies: Company, settings: YahooSettings = FAST) -> MarketData:
    return YahooSource(settings, today=TODAY).fetch(MarketRequest(companies, TODAY))


def status(data: MarketData, ticker: str, dataset: str) -> tuple[str, str | None, int]:
    row = data.outcomes.filter((pl.col("ticker") == ticker) & (pl.col("dataset") == dataset))
    return row.select("status", "reason", "requests").row(0)


def test_clean_answers_become_rows(yahoo: LoopbackYahoo) -> None:
    data = fetch(AAA)
    assert data.prices.select("date", "close", "adj_close", "currency").rows() == [
        (DAYS[0], 98.0, 97.02, "USD"),
        (DAYS[2], 100.0, 99.0, "USD"),
    ]
    assert data.splits.select("ex_date", "ratio").rows() == [(DAYS[0], 10.0)]
    eps = data.estimates.filter((pl.col("metric") == "eps") & (pl.col("period") == "0y"))
    assert eps.select("known_at", "mean", "analysts", "period_end").rows() == [
        (date(2026, 5, 23), 4.75, None, date(2026, 12, 31)),
        (date(2026, 7, 22), 4.85, None, date(2026, 12, 31)),
        (date(2026, 8, 14), 4.95, None, date(2026, 12, 31)),
        (TODAY, 5.0, 12, date(2026, 12, 31)),
    ]
    capex = data.statements.filter(pl.col("item") == "capex")
    assert capex.select("value", "currency", "known_at", "is_latest_vintage").rows() == [
        (2e9, "USD", date(2026, 8, 14), True)
    ]
    assert data.profiles["shares_outstanding"].to_list() == [1e9]
    assert set(data.outcomes["status"]) == {"ok"} and data.note == "" and not data.is_simulated


def test_three_requests_a_company_and_one_a_currency(yahoo: LoopbackYahoo) -> None:
    data = fetch(AAA, ADR, PNCE)
    assert (yahoo.count("summary"), yahoo.count("series")) == (3, 3)
    assert yahoo.count("chart") == 1 + 3 + 2  # probe, companies, TWD and GBP
    assert int(data.outcomes["requests"].sum()) == 11


def test_every_value_keeps_its_own_currency(yahoo: LoopbackYahoo) -> None:
    data = fetch(ADR)
    assert data.prices["currency"].unique().to_list() == ["USD"]
    assert data.estimates["currency"].unique().to_list() == ["TWD"]
    by_item = dict(data.statements.select("item", "currency").iter_rows())
    assert by_item == {"revenue": "TWD", "eps_diluted": "USD"}
    assert data.profiles.select("currency", "financial_currency").row(0) == ("USD", "TWD")
    assert data.fx.select("base", "quote", "rate").rows()[-1] == ("USD", "TWD", 32.0)


def test_a_rate_belongs_to_the_local_day_in_summer_time(yahoo: LoopbackYahoo) -> None:
    # Yahoo stamps currencies at London midnight: 23:30 UTC of the 20th is 00:30 of the 21st in August.
    assert fetch(ADR).fx["date"].to_list() == [date(2026, 8, 20), date(2026, 8, 21), date(2026, 8, 22)]


def test_pence_become_pounds_and_no_coverage_is_null(yahoo: LoopbackYahoo) -> None:
    data = fetch(PNCE)
    assert data.prices.select("close", "currency").rows()[-1] == (3.09, "GBP")
    assert data.estimates.select("mean", "analysts").unique().rows() == [(None, 0)]
    assert status(data, "PNCE.L", "estimates")[:2] == ("empty", "no analyst coverage")
    assert status(data, "PNCE.L", "statements")[:2] == ("empty", "Yahoo has no quarterly accounts")
    # shares = market value in pounds / price in pounds, not the 4e8 of one share class
    assert data.profiles["shares_outstanding"][0] == pytest.approx(1e9)


def test_unknown_symbol_is_a_row_and_costs_one_request(yahoo: LoopbackYahoo) -> None:
    data = fetch(AAA, GONE)
    assert status(data, "GONE", "prices")[0] == "not_found"
    assert status(data, "GONE", "statements")[0] == "skipped"
    # yfinance itself asks once more after a status of 400 or more; the guard stops it before
    assert yahoo.count("chart", "GONE") == 1 and yahoo.count("summary", "GONE") == 0
    assert set(data.prices["ticker"]) == {"AAA"}
    assert "of" in data.note and "failed" in data.note


@pytest.mark.parametrize(
    ("reply", "expected", "requests"),
    [
        (Reply(429, b"Too Many Requests"), "rate_limited", 2),
        (Reply(429, b"Too Many Requests", {"Retry-After": "3600"}), "rate_limited", 1),
        (Reply(500, b"<html>"), "network", 2),
        (Reply(200, b'{"timeseries":{"result":[{"me'), "bad_payload", 1),
        (Reply(200, b""), "bad_payload", 1),
        (Reply(200, b"[]"), "bad_payload", 1),
        (Reply(200, b"{}", hang_s=0.6), "timeout", 2),
        (Reply(is_dropped=True), "network", 2),
    ],
    ids=["429", "429 for an hour", "500", "truncated", "empty", "other shape", "hang", "dropped"],
)
def test_one_failed_request_is_a_row_with_a_reason(
    yahoo: LoopbackYahoo, reply: Reply, expected: str, requests: int
) -> None:
    yahoo.fail("series", "AAA", reply)
    settings = FAST.model_copy(update={"timeout_s": 0.3}) if expected == "timeout" else FAST
    data = fetch(AAA, ADR, settings=settings)
    found, reason, tries = status(data, "AAA", "statements")
    assert (found, tries) == (expected, requests) and reason
    # libcurl itself asks again, once, when a kept connection turns out to be dead
    assert yahoo.count("series", "AAA") in ({requests, requests + 1} if reply.is_dropped else {requests})
    # told to wait for an hour, the same endpoint is not asked about anyone else
    is_closed = "Retry-After" in reply.headers
    assert set(data.statements["ticker"]) == {"ADR"} or (is_closed and data.statements.is_empty())
    assert status(data, "AAA", "prices")[0] == "ok"


@pytest.mark.parametrize("kind", ["chart", "summary", "series"])
@pytest.mark.parametrize("code", [429, 500])
def test_passing_trouble_heals(yahoo: LoopbackYahoo, kind: str, code: int) -> None:
    yahoo.fail(kind, "AAA", Reply(code, b"no", times=1))
    assert set(fetch(AAA).outcomes["status"]) == {"ok"}
    assert yahoo.count(kind, "AAA") == 2


def test_a_stale_crumb_heals(yahoo: LoopbackYahoo) -> None:
    yahoo.fail("summary", "AAA", Reply(401, b'{"finance":{"error":{"code":"Unauthorized"}}}', times=1))
    assert status(fetch(AAA), "AAA", "estimates")[0] == "ok"


def test_a_null_point_costs_one_value(yahoo: LoopbackYahoo) -> None:
    points = [("2025-12-31", 9e9, "USD"), ("2026-03-31", None, "USD"), ("2026-06-30", 11e9, "USD")]
    yahoo.answers[("series", "AAA")] = series({"TotalRevenue": points})
    data = fetch(AAA)
    assert data.statements["value"].to_list() == [9e9, 11e9]
    assert status(data, "AAA", "statements")[:2] == ("partial", "1 values unreadable and left out")
    # a fiscal year that ends in December: its last quarter is known after 90 days, the others after 45
    assert data.statements["known_at"].to_list() == [date(2026, 3, 31), date(2026, 8, 14)]


def test_todays_unfinished_bar_is_no_close(yahoo: LoopbackYahoo) -> None:
    def at(hour: int) -> datetime:
        return datetime(2026, 8, 21, hour, 0, tzinfo=UTC)

    yahoo.answers[("chart", "AAA")] = chart(closes(98.0, 99.0, 100.0), session=(at(13), at(20)), now=at(15))
    assert fetch(AAA).prices["date"].to_list() == DAYS[:2]
    yahoo.answers[("chart", "AAA")] = chart(closes(98.0, 99.0, 100.0), session=(at(13), at(20)), now=at(20))
    assert fetch(AAA).prices["date"].to_list() == DAYS


def test_a_chart_without_currency_is_not_guessed(yahoo: LoopbackYahoo) -> None:
    yahoo.answers[("chart", "AAA")] = chart(closes(98.0, 99.0, 100.0), currency=None)
    data = fetch(AAA, ADR)
    assert status(data, "AAA", "prices")[:2] == ("bad_payload", "the chart names no currency")


def test_429_everywhere_is_exit_5_after_few_requests(yahoo: LoopbackYahoo) -> None:
    yahoo.fail("chart", "AAPL", Reply(200, b"{}", times=1))
    for kind in ("chart", "summary", "series"):
        yahoo.fail(kind, "*", Reply(429, b"Too Many Requests"))
    many = tuple(Company(f"T{k}", "T", "USD", "USD") for k in range(30))
    with pytest.raises(RateLimitedError, match="refused") as caught:
        fetch(*many)
    assert caught.value.exit_code == 5
    # 30 companies would take 90 requests; the breaker opens after three refusals in a row
    asked = sum(yahoo.count(kind) for kind in ("chart", "summary", "series"))
    assert asked <= 1 + FAST.workers * FAST.attempts * 2


def test_429_on_the_probe_is_exit_5(yahoo: LoopbackYahoo) -> None:
    yahoo.fail("chart", "AAPL", Reply(429, b"Too Many Requests"))
    with pytest.raises(RateLimitedError, match="429"):
        fetch(AAA)
    assert len(yahoo.log) == 1


def test_a_host_that_goes_away_is_exit_6(yahoo: LoopbackYahoo) -> None:
    yahoo.fail("chart", "AAPL", Reply(200, b"{}", times=1))
    yahoo.fail("chart", "*", Reply(is_dropped=True))
    with pytest.raises(NetworkError, match="stopped answering") as caught:
        fetch(*(Company(f"T{k}", "T", "USD", "USD") for k in range(12)))
    assert caught.value.exit_code == 6
    assert "--source sample" in caught.value.fix and "--market-dir" in caught.value.fix


def test_no_server_at_all_is_exit_6(yahoo: LoopbackYahoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(NetworkError, match="cannot be reached"):
        fetch(AAA)


def test_nothing_known_is_a_data_error(yahoo: LoopbackYahoo) -> None:
    with pytest.raises(DataError, match="not_found"):
        fetch(GONE)


def test_probe_tells_why(yahoo: LoopbackYahoo) -> None:
    assert probe(2.0).is_ok
    yahoo.fail("chart", "AAPL", Reply(200, b"<html>captive portal", times=1))
    assert probe(2.0).kind == "bad_payload"
    yahoo.fail("chart", "AAPL", Reply(503, b"", times=1))
    assert "503" in probe(2.0).reason
    yahoo.fail("chart", "AAPL", Reply(200, b"{}", hang_s=0.5))
    assert probe(0.2).kind == "timeout"


def test_progress_counts_every_company(yahoo: LoopbackYahoo) -> None:
    seen: list[tuple[int, int]] = []
    request = MarketRequest((AAA, ADR, GONE), TODAY, lambda done, total, what: seen.append((done, total)))
    YahooSource(FAST, today=TODAY).fetch(request)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_good_pull_is_kept_and_a_poor_one_does_not_replace_it(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    settings = FAST.model_copy(update={"cache_dir": tmp_path / "cache"})
    live = fetch(AAA, ADR, settings=settings)
    assert has_stored(tmp_path / "cache")
    stored = StoredSource(tmp_path / "cache").fetch(MarketRequest((AAA, ADR), date(2026, 8, 28)))
    for name in ("prices", "splits", "estimates", "statements", "profiles", "fx", "outcomes"):
        assert getattr(stored, name).equals(getattr(live, name)), name
    assert "7 days before" in stored.note and stored.age_days == 7
    many = tuple(Company(f"T{k}", "T", "USD", "USD") for k in range(5))
    fetch(AAA, *many, settings=settings)
    kept = StoredSource(tmp_path / "cache").fetch(MarketRequest((ADR,), TODAY))
    assert set(kept.prices["ticker"]) == {"ADR"}


def recorded() -> Path:
    root = os.environ.get("SCREEN_SHARED") or str(Path(__file__).resolve().parents[2] / "../shared")
    folder = Path(root) / "recorded/yahoo/gadicc_node-yahoo-finance2/http"
    if not folder.is_dir():
        pytest.skip(f"recorded Yahoo answers are not at {folder}")
    return folder


def body(name: str) -> Any:
    return json.loads((recorded() / name).read_text())["response"]["bodyJson"]


def test_recorded_summary_is_read_whole() -> None:
    answer = SummaryAnswer.model_validate(body("quoteSummary-all-AAPL.json"))
    assert answer.summary.result is not None
    rows = estimate_rows("AAPL", answer.summary.result[0], fetched=date(2025, 2, 24))
    assert {row["period"] for row in rows} == {"0q", "+1q", "0y", "+1y"}
    assert len(rows) == 4 * (2 + 4) and {row["currency"] for row in rows} == {"USD"}
    current = [r for r in rows if r["period"] == "0y" and r["metric"] == "eps" and r.get("analysts")]
    assert (current[0]["mean"], current[0]["analysts"]) == (7.3157, 38)


def test_recorded_chart_has_its_split() -> None:
    name = "historical-via-chart-NVDA-split-2021-02-01-to-2022-01-31.csv.json"
    answer = ChartAnswer.model_validate(body(name))
    assert answer.chart.result is not None
    split = split_rows("NVDA", answer.chart.result[0])[0]
    assert (split["ex_date"], split["ratio"]) == (date(2021, 7, 20), 4.0)
    assert len(price_rows("NVDA", answer.chart.result[0])) == len(answer.chart.result[0].timestamp)


def test_recorded_series_lose_no_value() -> None:
    answer = SeriesAnswer.model_validate(body("fundamentalsTimeSeries-AAPL-all-quarterly.json"))
    rows, lost = statement_rows("AAPL", answer, fetched=date(2025, 2, 24), fiscal_year_end=1727481600)
    assert lost == 0
    items = {str(row["item"]) for row in rows}
    assert {"revenue", "eps_diluted", "capex", "cash", "total_debt", "operating_cash_flow"} <= items
    assert all(float(str(row["value"])) > 0 for row in rows if row["item"] == "capex")
