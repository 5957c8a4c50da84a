"""Several weekly pulls into one store: what an earlier week's screen reads must not change behind its back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from loopback_yahoo import LoopbackYahoo, certificate, live_chart, series
from yahoo_world import ADR, FAST, US, closes, serving, world

from screen.market.feed import Held, PullRequest
from screen.market.protocol import Company
from screen.market.pull import pull
from screen.market.store import MarketStore
from screen.market.tables import PULLS
from screen.market.yahoo import YahooFeed
from screen.market.yahoo.plan import due_statements, plan_pull
from screen.market.yahoo.quotes import SeenQuote

FRIDAY = date(2026, 8, 21)
SECOND, THIRD = FRIDAY + timedelta(weeks=6), FRIDAY + timedelta(weeks=12)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackYahoo]:
    pem = certificate(tmp_path_factory.mktemp("certificate"))
    with serving(LoopbackYahoo(pem, {}), pem) as yahoo:
        yield yahoo


@pytest.fixture
def yahoo(server: LoopbackYahoo) -> LoopbackYahoo:
    server.reset()
    return server


def quarters(*ends: str) -> dict[str, object]:
    return series({"TotalRevenue": [(end, 10e9, "USD") for end in ends]})


@pytest.mark.parametrize("is_full", [False, True])
def test_a_quarter_that_an_answer_lacked_was_not_known_on_that_day(
    yahoo: LoopbackYahoo, tmp_path: Path, *, is_full: bool
) -> None:
    """The quarter to 30 June counts as known on 14 August, but on 2 October Yahoo did not have it yet."""
    store = MarketStore(tmp_path)
    for day, ends in (
        (FRIDAY, ["2026-03-31"]),
        (SECOND, ["2026-03-31"]),
        (THIRD, ["2026-03-31", "2026-06-30", "2026-09-30"]),
    ):
        yahoo.answers = world(day, ("US",)) | {("series", "US"): quarters(*ends)}
        pull(store, [YahooFeed(FAST)], [US], today=day, is_full=is_full)
    rows = store.facts("statements").sort("period_end").select("period_end", "known_at", "known_at_basis")
    assert rows.rows() == [
        (date(2026, 3, 31), date(2026, 5, 15), "assumed_lag"),
        (date(2026, 6, 30), SECOND + timedelta(days=1), "assumed_lag"),
        (date(2026, 9, 30), THIRD, "assumed_lag"),
    ]
    assert store.facts("statements", as_of=SECOND).get_column("period_end").to_list() == [date(2026, 3, 31)]


def split_closes(last: date, *, is_adjusted: bool) -> dict[date, float | None]:
    """Closes of a share that splits four for one on `EX`."""
    factor = 1.0 if is_adjusted else 4.0
    return {
        day: close * factor if day < EX and close else close for day, close in closes(last, bars=60).items()
    }


EX = FRIDAY + timedelta(days=5)


@pytest.mark.parametrize("forgets_closes", [False, True])
def test_a_split_that_yahoo_forgets_is_found(
    yahoo: LoopbackYahoo, tmp_path: Path, *, forgets_closes: bool
) -> None:
    """For three weeks the split is not stated, and the closes are adjusted for it at once or with it."""
    store = MarketStore(tmp_path)
    for week in range(5):
        day = FRIDAY + timedelta(weeks=week)
        is_stated, is_adjusted = week == 4, (week > 0 and not forgets_closes) or week == 4
        bars = split_closes(day, is_adjusted=is_adjusted)
        stated = {EX: (4, 1)} if is_stated else None
        yahoo.answers = world(day, ("US",)) | {("chart", "US"): live_chart(bars, splits=stated)}
        pull(store, [YahooFeed(FAST)], [US], today=day)
    stored = store.prices(["US"])
    oldest = stored.filter(date=FRIDAY).get_column("close").item()
    assert oldest == pytest.approx(closes(FRIDAY)[FRIDAY])
    told = stored.drop_nulls("split_ratio").select("date", "split_ratio").rows()
    assert [ratio for _, ratio in told] == [4.0]
    assert FRIDAY < told[0][0] <= EX


def test_a_full_pull_keeps_a_split_that_yahoo_forgets_later(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    store = MarketStore(tmp_path)
    for week, splits in ((1, {EX: (4, 1)}), (2, None)):
        day = FRIDAY + timedelta(weeks=week)
        chart = live_chart(split_closes(day, is_adjusted=True), splits=splits)
        yahoo.answers = world(day, ("US",)) | {("chart", "US"): chart}
        pull(store, [YahooFeed(FAST)], [US], today=day, is_full=True)
    told = store.prices(["US"]).drop_nulls("split_ratio").select("date", "split_ratio").rows()
    assert told == [(EX, 4.0)]


def test_nobody_waits_for_accounts_for_ever() -> None:
    """Thirty companies in six currencies leave room for one company's accounts a week."""
    currencies = ("USD", "TWD", "JPY", "KRW", "EUR", "GBP")
    them = [Company(f"T{k:02d}", f"T{k:02d}", currencies[k % 6], currencies[k % 6]) for k in range(30)]
    read = {company.ticker: FRIDAY for company in them}
    unread = 0
    for week in range(1, 80):
        day = FRIDAY + timedelta(weeks=week)
        quotes = {
            c.ticker: SeenQuote(c.ticker, day=day, earnings=(_report(k, day),)) for k, c in enumerate(them)
        }
        told = [row for ticker, at in read.items() for row in log_of(ticker, at, day - timedelta(weeks=1))]
        plan = plan_pull(PullRequest(tuple(them), day, Held(PULLS.frame(told))))
        now, later = due_statements(plan, quotes)
        assert len(now) <= 1
        assert now or not later
        read |= dict.fromkeys(now, day)
        unread = max(unread, *((day - at).days for at in read.values()))
    assert unread <= 7 * (30 + 5)


def _report(k: int, day: date) -> date:
    """The newest report of company `k`, each quarter at another day of a season of six weeks."""
    reports = [date(year, month, 20) + timedelta(days=k * 4 // 3)
               for year in range(2026, 2029) for month in (1, 4, 7, 10)]  # fmt: skip
    return max(report for report in reports if report <= day)


def log_of(ticker: str, read_at: date, pulled_at: date) -> list[dict[str, object]]:
    row = {"ticker": ticker, "status": "ok", "requests": 1, "source": "yahoo"}
    weekly = {"pulled_at": pulled_at, "pull_id": f"{pulled_at}"}
    return [
        *({**row, **weekly, "dataset": name} for name in ("quotes", "prices", "estimates", "profile")),
        {**row, "dataset": "statements", "pulled_at": read_at, "pull_id": f"{read_at}"},
    ]


def test_a_rate_that_came_or_changed_later_leaves_earlier_screens_alone(
    yahoo: LoopbackYahoo, tmp_path: Path
) -> None:
    """The Friday's session was under way at the first pull; a week later its rate is there, Thursday's new."""
    store, thursday = MarketStore(tmp_path), FRIDAY - timedelta(days=1)
    first = closes(thursday, start=30.0)
    second = closes(FRIDAY + timedelta(weeks=1), start=30.0) | {thursday: 99.0}
    for day, rates in ((FRIDAY, first), (FRIDAY + timedelta(weeks=1), second)):
        chart = live_chart(rates, currency="TWD", zone="Europe/London", opens_utc=8)
        yahoo.answers = world(day, ("ADR",)) | {("chart", "TWD=X"): chart}
        pull(store, [YahooFeed(FAST)], [ADR], today=day)
    then = store.facts("fx", as_of=FRIDAY)
    assert dict(then.select("date", "rate").iter_rows()) == dict(first.items())
    now = store.facts("fx").select("date", "rate", "known_at").rows_by_key("date", unique=True)
    assert now[FRIDAY] == (second[FRIDAY], FRIDAY + timedelta(days=1))
    assert now[thursday] == (99.0, FRIDAY + timedelta(weeks=1))
    assert len(now) == len(first) + 6


def test_accounts_that_follow_their_report_by_days_are_asked_for_again(
    yahoo: LoopbackYahoo, tmp_path: Path
) -> None:
    """Reported on Thursday, not yet in Friday's answer, there a week later: then nothing is due any more."""
    store, asked = MarketStore(tmp_path), []
    reported = FRIDAY + timedelta(days=6)
    for week, ends in enumerate((["2026-05-31"], ["2026-05-31"], *3 * [["2026-05-31", "2026-08-15"]])):
        day = FRIDAY + timedelta(weeks=week)
        dates = {"earnings": reported} if week else {"next_earnings": reported}
        yahoo.answers = world(day, ("US",), **dates) | {("series", "US"): quarters(*ends)}
        yahoo.log.clear()
        pull(store, [YahooFeed(FAST)], [US], today=day)
        asked.append(yahoo.count("series"))
    assert asked == [1, 1, 1, 0, 0]


def test_accounts_that_never_follow_are_left_alone_after_three_weeks(
    yahoo: LoopbackYahoo, tmp_path: Path
) -> None:
    store, asked = MarketStore(tmp_path), []
    for week in range(6):
        day = FRIDAY + timedelta(weeks=week)
        yahoo.answers = world(day, ("US",), earnings=FRIDAY - timedelta(days=1))
        yahoo.log.clear()
        pull(store, [YahooFeed(FAST)], [US], today=day)
        asked.append(yahoo.count("series"))
    assert asked == [1, 1, 1, 0, 0, 0]


def test_a_close_that_came_after_a_pull_leaves_that_day_alone(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    """The session of the first Friday was under way; two weeks later its bar is still no news of that day."""
    store = MarketStore(tmp_path)
    for week, last in enumerate((FRIDAY - timedelta(days=1), FRIDAY + timedelta(weeks=1), SECOND)):
        day = FRIDAY + timedelta(weeks=week)
        bars = {at: close for at, close in closes(last).items() if at <= day}
        yahoo.answers = world(day, ("US",)) | {("chart", "US"): live_chart(bars)}
        pull(store, [YahooFeed(FAST)], [US], today=day)
        late = store.prices(["US"]).filter(pl.col("known_at") != pl.col("date"))
        told = [] if week == 0 else [(FRIDAY, FRIDAY + timedelta(days=1))]
        assert late.select("date", "known_at").rows() == told
