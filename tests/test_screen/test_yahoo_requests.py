"""How many requests a pull of Yahoo takes, and which: counted by the server, cookie and crumb included."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from loopback_yahoo import LoopbackYahoo, Reply, certificate, live_chart, quote
from pulled import Shelf
from yahoo_world import ADR, COMPANIES, FAST, NEXT, TODAY, closes, serving, world

from screen.market.protocol import Company
from screen.market.yahoo import YahooFeed

MANY = tuple(f"T{k:03d}" for k in range(60))
THEM = tuple(Company(ticker, ticker, "USD", "USD") for ticker in MANY)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackYahoo]:
    pem = certificate(tmp_path_factory.mktemp("certificate"))
    with serving(LoopbackYahoo(pem, {}), pem) as yahoo:
        yield yahoo


@pytest.fixture
def yahoo(server: LoopbackYahoo) -> LoopbackYahoo:
    server.reset()
    server.answers = world(TODAY)
    return server


def filled(yahoo: LoopbackYahoo, companies: tuple[Company, ...] = COMPANIES, **dates: Any) -> Shelf:
    """A shelf after a first pull on TODAY, and a server that has moved on to NEXT."""
    symbols = tuple(company.ticker for company in companies)
    yahoo.answers = world(TODAY, symbols)
    shelf = Shelf()
    shelf.pull(YahooFeed(FAST), companies, TODAY)
    yahoo.answers = world(NEXT, symbols, **dates)
    yahoo.log.clear()
    return shelf


def test_first_filling_of_sixty(yahoo: LoopbackYahoo) -> None:
    yahoo.answers = world(TODAY, (*MANY[:59], "ADR"))
    companies = (*THEM[:59], ADR)
    shelf, feed = Shelf(), YahooFeed(FAST)
    pulled = shelf.pull(feed, companies, TODAY)
    assert set(pulled.outcomes["status"]) == {"ok"}
    u, c = 60, 1
    assert len(yahoo.log) == 3 * u + math.ceil(u / 50) + c + 2 <= 3 * u + math.ceil(u / 50) + c + 4
    assert feed.report().requests == len(yahoo.log) and feed.report().retries == 0
    assert int(pulled.outcomes["requests"].sum()) == len(yahoo.log) - 2

    yahoo.log.clear()
    assert not feed.is_due(shelf.request(companies, TODAY))
    assert list(feed.pull(shelf.request(companies, TODAY))) == []
    assert yahoo.log == [] and feed.report().requests == 0


def test_weekly_refresh_of_sixty_when_all_have_reported(yahoo: LoopbackYahoo) -> None:
    shelf = filled(yahoo, THEM, earnings=TODAY + timedelta(days=3))
    feed = YahooFeed(FAST)
    pulled = shelf.pull(feed, THEM, NEXT)
    assert len(yahoo.log) <= 2.3 * 60
    # 138 less cookie and crumb, two batches of quotes, 60 charts and 60 summaries
    assert yahoo.count("series") == 14
    later = pulled.outcomes.filter(pl.col("status") == "skipped")
    assert later.select("dataset", "reason").unique().rows() == [
        ("statements", "due, next pull: request budget")
    ]
    assert later.height == 46
    yahoo.log.clear()
    assert not feed.is_due(shelf.request(THEM, NEXT))
    assert shelf.pull(feed, THEM, NEXT).batches == [] and yahoo.log == []
    # the 46 have their turn in the weeks that follow
    yahoo.answers = world(NEXT + timedelta(days=7), MANY)
    shelf.pull(feed, THEM, NEXT + timedelta(days=7))
    asked = [symbol for kind, symbol in yahoo.log if kind == "series"]
    assert len(asked) == 14 and not set(asked) & set(pulled.outcomes.filter(
        (pl.col("dataset") == "statements") & (pl.col("status") == "ok"))["ticker"])  # fmt: skip


def test_weekly_refresh_of_sixty_in_eight_currencies(yahoo: LoopbackYahoo) -> None:
    others = ("EUR", "GBP", "HKD", "JPY", "KRW", "SEK", "TWD", "CNY")
    companies = tuple(Company(t, t, "USD", others[k % 8]) for k, t in enumerate(MANY))

    def rates(last: date) -> None:
        for c in others:
            yahoo.answers[("chart", f"{c}=X")] = live_chart(closes(last), currency=c, zone="Europe/London")

    shelf = Shelf()
    for day in (TODAY, NEXT):
        yahoo.log.clear()
        yahoo.answers = world(day, MANY, earnings=TODAY + timedelta(days=3))
        rates(day)
        pulled = shelf.pull(YahooFeed(FAST), companies, day)
        assert set(pulled.outcomes["status"]) <= {"ok", "skipped"}
        assert len(yahoo.log) <= (3 * 60 + 2 + 8 + 4 if day == TODAY else 2.3 * 60)
    assert yahoo.count("series") == 6
    assert not YahooFeed(FAST).is_due(shelf.request(companies, NEXT))


def test_dead_tickers_do_not_lift_the_weekly_budget(yahoo: LoopbackYahoo) -> None:
    shelf = filled(yahoo, THEM, earnings=TODAY + timedelta(days=3))
    for ticker in MANY[:2]:
        shelf.log = shelf.log.filter(
            (pl.col("ticker") != ticker) | (pl.col("dataset") == "prices")
        ).with_columns(
            status=pl.when(pl.col("ticker") == ticker).then(pl.lit("not_found")).otherwise("status")
        )
        shelf.prices.pop(ticker)
        yahoo.answers = {key: body for key, body in yahoo.answers.items() if key[1] != ticker}
    shelf.pull(YahooFeed(FAST), THEM, NEXT)
    assert len(yahoo.log) <= 2.3 * 60 and yahoo.count("series") >= 10


def test_weekly_refresh_asks_for_new_bars_only(yahoo: LoopbackYahoo) -> None:
    shelf = filled(yahoo)
    pulled = shelf.pull(YahooFeed(FAST), COMPANIES, NEXT)
    assert set(pulled.outcomes["status"]) == {"ok"}
    assert yahoo.count("series") == 0 and yahoo.count("chart") == 3 and yahoo.count("summary") == 2
    for batch in pulled.batches:
        if batch.prices is not None:
            assert batch.is_tail and batch.prices.height == 25  # 20 stored bars and one week
        assert batch.revisions is None
    whole = {day for day in closes(NEXT, bars=60) if day >= min(closes(TODAY))}
    assert set(shelf.prices["US"]["date"]) == whole
    rates = [batch.facts["fx"].height for batch in pulled.batches if "fx" in batch.facts]
    assert rates[0] <= 14


def test_no_chart_is_asked_for_when_nothing_was_traded(yahoo: LoopbackYahoo) -> None:
    shelf = filled(yahoo)
    yahoo.answers[("quotes", "US")] = quote("US", TODAY)
    pulled = shelf.pull(YahooFeed(FAST), COMPANIES, NEXT)
    assert yahoo.count("chart", "US") == 0 and yahoo.count("chart", "ADR") == 1
    assert pulled.told("US", "prices") == ("ok", None, 0)


def test_a_split_in_the_overlap_fetches_the_whole_history(yahoo: LoopbackYahoo) -> None:
    shelf = filled(yahoo)
    ex_date = NEXT - timedelta(days=2)
    split = {day: (v or 0.0) / 10 for day, v in closes(NEXT).items()}
    yahoo.answers[("chart", "US")] = live_chart(dict(split), splits={ex_date: (10, 1)})
    pulled = shelf.pull(YahooFeed(FAST), COMPANIES, NEXT)
    assert yahoo.count("chart", "US") == 2 and yahoo.count("chart", "ADR") == 1
    assert pulled.told("US", "prices") == ("ok", None, 2)
    stored = shelf.prices["US"]
    assert dict(stored.select("date", "close").iter_rows()) == pytest.approx(split)
    assert stored.filter(pl.col("split_ratio").is_not_null()).select("date", "split_ratio").rows() == [
        (ex_date, 10.0)
    ]
    assert shelf.revisions == []


def test_a_split_keeps_the_old_history_when_the_new_one_does_not_come(yahoo: LoopbackYahoo) -> None:
    shelf = filled(yahoo)
    before = shelf.prices["US"]
    split = {day: (v or 0.0) / 10 for day, v in closes(NEXT).items()}
    tail = live_chart(dict(split), splits={NEXT: (10, 1)})

    def only_the_tail(query: dict[str, str]) -> dict[str, Any]:
        whole = (int(query["period2"]) - int(query["period1"])) > 100 * 86_400
        return {"finance": {"error": {"code": "internal-error"}}} if whole else tail(query)

    yahoo.answers[("chart", "US")] = only_the_tail
    pulled = shelf.pull(YahooFeed(FAST), COMPANIES, NEXT)
    assert pulled.told("US", "prices")[0] == "network" and pulled.told("US", "prices")[2] == 3
    assert shelf.prices["US"].equals(before)


def test_a_changed_close_is_a_revision(yahoo: LoopbackYahoo) -> None:
    shelf = filled(yahoo)
    changed = closes(NEXT)
    day = TODAY - timedelta(days=1)
    changed[day] = 142.0
    yahoo.answers[("chart", "US")] = live_chart(changed)
    shelf.pull(YahooFeed(FAST), COMPANIES, NEXT)
    assert yahoo.count("chart", "US") == 1
    told = pl.concat(shelf.revisions).select("ticker", "date", "field", "before", "after", "seen_at").rows()
    assert told == [("US", day, "close", closes(TODAY)[day], 142.0, NEXT)]
    assert shelf.prices["US"].filter(pl.col("date") == day)["close"].to_list() == [142.0]


def test_accounts_follow_the_earnings_date(yahoo: LoopbackYahoo) -> None:
    shelf = filled(yahoo)
    yahoo.answers[("quotes", "US")] = quote("US", NEXT, next_earnings=NEXT + timedelta(days=4))
    pulled = shelf.pull(YahooFeed(FAST), COMPANIES, NEXT)
    assert yahoo.count("series") == 0
    stated = [
        row.get("earnings_at") for b in pulled.batches for row in b.outcomes if row["dataset"] == "quotes"
    ]
    assert NEXT + timedelta(days=4) in stated

    yahoo.log.clear()
    after = NEXT + timedelta(days=7)
    yahoo.answers = world(after)
    shelf.pull(YahooFeed(FAST), COMPANIES, after)
    assert (yahoo.count("series", "US"), yahoo.count("series", "ADR")) == (1, 0)

    yahoo.log.clear()
    yahoo.answers = world(after + timedelta(days=7))
    shelf.pull(YahooFeed(FAST), COMPANIES, after + timedelta(days=7))
    assert yahoo.count("series") == 0


def test_accounts_are_read_again_after_thirty_five_days(yahoo: LoopbackYahoo) -> None:
    symbols = THEM[:45]
    shelf = filled(yahoo, symbols)
    for days, expected in ((35, 0), (36, 8)):
        yahoo.log.clear()
        day = TODAY + timedelta(days=days)
        yahoo.answers = world(day, tuple(c.ticker for c in symbols))
        shelf.pull(YahooFeed(FAST), symbols, day)
        # floor(2.3 * 45) = 103 less 2 + 1 + 45 + 45
        assert yahoo.count("series") == (10 if expected else 0)


def test_a_small_universe_still_reads_accounts(yahoo: LoopbackYahoo) -> None:
    shelf = filled(yahoo, earnings=NEXT - timedelta(days=1))
    pulled = shelf.pull(YahooFeed(FAST), COMPANIES, NEXT)
    assert yahoo.count("series") == 1
    assert sorted(pulled.told(t, "statements")[0] for t in ("US", "ADR")) == ["ok", "skipped"]


def test_a_full_pull_asks_for_everything(yahoo: LoopbackYahoo) -> None:
    shelf = filled(yahoo, earnings=NEXT - timedelta(days=1))
    pulled = shelf.pull(YahooFeed(FAST), COMPANIES, NEXT, is_full=True)
    assert len(yahoo.log) == 3 * 2 + 1 + 1 + 2
    assert not any(batch.is_tail for batch in pulled.batches)
    assert YahooFeed(FAST).is_due(shelf.request(COMPANIES, NEXT, is_full=True))


def test_only_what_failed_is_asked_again_on_the_same_day(yahoo: LoopbackYahoo) -> None:
    yahoo.fail("series", "US", Reply(500, b"no"))
    yahoo.fail("chart", "TWD=X", Reply(500, b"no"))
    shelf, feed = Shelf(), YahooFeed(FAST)
    shelf.pull(feed, COMPANIES, TODAY)
    yahoo.reset()
    assert feed.is_due(shelf.request(COMPANIES, TODAY))
    pulled = shelf.pull(feed, COMPANIES, TODAY)
    asked = [(kind, symbol) for kind, symbol in yahoo.log if kind not in ("cookie", "crumb")]
    assert sorted(asked) == [("chart", "TWD=X"), ("series", "US")]
    assert pulled.told("US", "statements")[0] == "ok"
    assert not feed.is_due(shelf.request(COMPANIES, TODAY))


def test_a_currency_that_only_the_accounts_name_gets_its_rate(yahoo: LoopbackYahoo) -> None:
    adr = Company("ADR", "Adr", "USD", "USD")
    pulled = Shelf().pull(YahooFeed(FAST), (adr,), TODAY)
    assert pulled.told("USDTWD", "fx")[0] == "ok"


def test_a_quote_that_is_left_out_is_asked_for_once_more(yahoo: LoopbackYahoo) -> None:
    told: list[str] = []
    del yahoo.answers[("quotes", "ADR")]
    shelf = Shelf()
    pulled = shelf.pull(YahooFeed(FAST), COMPANIES, TODAY)
    told = [symbol for kind, symbol in yahoo.log if kind == "quotes"]
    assert told == ["US,ADR", "ADR"]
    assert pulled.told("ADR", "quotes")[:2] == ("not_found", "not among Yahoo's quotes")
    assert pulled.told("ADR", "prices")[0] == "ok"
    assert int(pulled.outcomes["requests"].sum()) == len(yahoo.log) - 2


def test_an_answer_without_most_symbols_says_nothing_about_them(yahoo: LoopbackYahoo) -> None:
    yahoo.answers = world(TODAY, MANY[:8])
    for ticker in MANY[:7]:
        del yahoo.answers[("quotes", ticker)]
    pulled = Shelf().pull(YahooFeed(FAST), THEM[:8], TODAY)
    assert pulled.told("T000", "quotes")[0] == "bad_payload" and pulled.told("T007", "quotes")[0] == "ok"
    assert pulled.told("T000", "prices")[0] == "ok"


def test_many_refusals_stop_the_pull_and_keep_what_came(yahoo: LoopbackYahoo) -> None:
    yahoo.answers = world(TODAY, MANY)
    for kind in ("chart", "summary", "series"):
        for ticker in MANY[20:]:
            yahoo.fail(kind, ticker, Reply(429, b"Too Many Requests"))
    shelf, feed = Shelf(), YahooFeed(FAST)
    pulled = shelf.pull(feed, THEM, TODAY)
    assert feed.report().broken == "rate_limited"
    assert len(shelf.prices) >= 16
    refused = sum(symbol in MANY[20:] for _, symbol in yahoo.log)
    # three rounds of what all workers have on their way, and again where a good answer came between;
    # without a breaker the 40 companies would cost 240
    assert refused <= 6 * FAST.workers
    status = pulled.outcomes.filter(pl.col("dataset") == "prices").get_column("status").value_counts()
    assert dict(status.iter_rows())["skipped"] >= 30


def test_quotes_that_are_refused_do_not_end_the_pull(yahoo: LoopbackYahoo) -> None:
    yahoo.fail("quotes", "*", Reply(429, b"Too Many Requests"))
    feed = YahooFeed(FAST.model_copy(update={"attempts": 4}))
    pulled = Shelf().pull(feed, COMPANIES, TODAY)
    assert pulled.told("US", "quotes")[0] == "rate_limited" and yahoo.count("quotes") == 4
    assert feed.report().broken == "" and pulled.told("ADR", "estimates")[0] == "ok"


def test_an_endpoint_that_always_fails_is_left_alone(yahoo: LoopbackYahoo) -> None:
    yahoo.answers = world(TODAY, MANY)
    yahoo.fail("summary", "*", Reply(401, b"{}"))
    shelf, feed = Shelf(), YahooFeed(FAST)
    pulled = shelf.pull(feed, THEM, TODAY)
    assert yahoo.count("summary") <= 2 * (3 + FAST.workers) and feed.report().broken == ""
    for dataset in ("prices", "statements"):
        assert set(pulled.outcomes.filter(pl.col("dataset") == dataset)["status"]) == {"ok"}


def test_progress_counts_every_company(yahoo: LoopbackYahoo) -> None:
    from dataclasses import replace

    seen: list[tuple[int, int]] = []
    request = replace(
        Shelf().request(COMPANIES, TODAY), progress=lambda done, total, what: seen.append((done, total))
    )
    list(YahooFeed(FAST).pull(request))
    assert seen == [(1, 2), (2, 2)]


def test_a_pull_given_up_half_way_sends_no_more(yahoo: LoopbackYahoo) -> None:
    yahoo.answers = world(TODAY, MANY)
    feed = YahooFeed(FAST)
    batches = feed.pull(Shelf().request(THEM, TODAY))
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert len(yahoo.log) < 100 and feed.report().requests > 0
