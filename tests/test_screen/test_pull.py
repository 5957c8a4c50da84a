"""`pull` and the sources that read the store: what is asked, what is written, what a failure leaves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from scripted_feed import ScriptedFeed, company

from exposures.errors import DataError, NetworkError, NotFoundError, RateLimitedError
from screen.market.live import LiveSource, StoreSource
from screen.market.protocol import MarketRequest
from screen.market.pull import pull
from screen.market.store import MarketStore, StoreBusyError
from screen.market.stored_outcomes import stored_outcomes
from screen.market.tables import PULLS

MONDAY, NEXT = date(2026, 8, 17), date(2026, 8, 24)
AAA, BBB = company("AAA"), company("BBB")
REQUEST = MarketRequest((AAA, BBB), date(2026, 8, 21))


def store_at(folder: Path) -> MarketStore:
    return MarketStore(folder / "store")


def status(data: pl.DataFrame, ticker: str, dataset: str = "prices") -> tuple[str, str | None]:
    return data.filter(ticker=ticker, dataset=dataset).select("status", "reason").row(0)


def test_a_second_pull_of_the_day_asks_nothing_and_takes_no_lock(tmp_path: Path) -> None:
    store, feed = store_at(tmp_path), ScriptedFeed()
    done = pull(store, [feed], [AAA, BBB], today=MONDAY)
    assert (done.requests, feed.asked, done.outcomes.height) == (2, 2, 4)
    with MarketStore(tmp_path / "store").writer():  # held by another: nothing due, so nobody waits for it
        again = pull(store, [ScriptedFeed()], [AAA, BBB], today=MONDAY)
    assert again.requests == 0 and again.outcomes.is_empty()
    assert pull(store, [ScriptedFeed()], [AAA, BBB], today=NEXT).requests == 2
    assert pull(store, [ScriptedFeed()], [AAA, BBB], today=NEXT, is_full=True).requests == 2


def test_a_busy_store_is_named_after_the_wait(tmp_path: Path) -> None:
    with MarketStore(tmp_path / "store").writer(), pytest.raises(StoreBusyError, match="process"):
        pull(store_at(tmp_path), [ScriptedFeed()], [AAA], today=MONDAY, wait_s=0.05)


def test_who_waits_says_for_whom(tmp_path: Path) -> None:
    said: list[str] = []
    with MarketStore(tmp_path / "store").writer(), pytest.raises(StoreBusyError):
        pull(store_at(tmp_path), [ScriptedFeed()], [AAA], today=MONDAY, wait_s=0.05, notice=said.append)
    assert len(said) == 1 and "is writing it" in said[0] and "Waiting for it" in said[0]


def test_rows_added_are_counted(tmp_path: Path) -> None:
    done = pull(store_at(tmp_path), [ScriptedFeed()], [AAA, BBB], today=MONDAY)
    assert done.added == {("yahoo", "prices"): 6, ("yahoo", "estimates"): 2}


def test_a_store_that_cannot_be_written_stops_the_requests(tmp_path: Path) -> None:
    class Endless(ScriptedFeed):
        closed = False

        def pull(self, request):  # type: ignore[no-untyped-def]
            try:
                for k in range(10_000):
                    yield self.batch(f"T{k}", request.today)
            finally:
                self.closed = True

    feed = Endless()
    store = store_at(tmp_path)
    with store.writer():
        pass
    (tmp_path / "store" / "prices").write_text("a file where a folder should be")
    with pytest.raises(DataError):
        pull(store, [feed], [AAA], today=MONDAY)
    assert feed.closed


def test_what_failed_is_asked_again_and_what_came_is_kept(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    first = ScriptedFeed(failing={"BBB": "network"})
    assert pull(store, [first], [AAA, BBB], today=MONDAY).broken == {"yahoo": "network"}
    second = ScriptedFeed()
    pull(store, [second], [AAA, BBB], today=MONDAY)
    assert second.asked == 1 and set(store.prices()["ticker"]) == {"AAA", "BBB"}


def test_an_interrupt_keeps_the_batches_that_had_come(tmp_path: Path) -> None:
    class Interrupted(ScriptedFeed):
        def pull(self, request):  # type: ignore[no-untyped-def]
            yield self.batch("AAA", request.today)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(store_at(tmp_path), [Interrupted()], [AAA, BBB], today=MONDAY)
    assert set(store_at(tmp_path).prices()["ticker"]) == {"AAA"}
    left = ScriptedFeed()
    pull(store_at(tmp_path), [left], [AAA, BBB], today=MONDAY)
    assert left.asked == 1


def test_live_and_offline_read_the_same_rows(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    live = LiveSource(store, [ScriptedFeed()], today=NEXT).fetch(REQUEST)
    again = LiveSource(store, [ScriptedFeed()], today=NEXT).fetch(REQUEST)
    offline = StoreSource(store, today=NEXT, sources=["yahoo"]).fetch(REQUEST)
    assert live.cost is not None and live.cost.requests == 2
    assert again.cost is not None and again.cost.requests == 0
    for name in ("prices", "splits", "estimates", "statements", "profiles", "fx", "outcomes"):
        assert getattr(live, name).equals(getattr(again, name)), name
        assert getattr(live, name).equals(getattr(offline, name)), name
    assert (
        (live.source, live.label)
        == (offline.source, offline.label)
        == ("yahoo", "Yahoo Finance, from the store")
    )


def test_a_host_that_stops_leaves_the_stored_rows_in_use_and_says_so(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    pull(store, [ScriptedFeed()], [AAA, BBB], today=MONDAY)
    feed = ScriptedFeed(failing={"AAA": "rate_limited", "BBB": "rate_limited"})
    data = LiveSource(store, [feed], today=NEXT).fetch(REQUEST)
    assert data.note.startswith("Yahoo Finance stopped answering (rate_limited)")
    assert data.cost is not None and data.cost.broken == (("yahoo", "rate_limited"),)
    assert status(data.outcomes, "AAA") == ("rate_limited", "made to be rate_limited; stored rows are used")
    assert data.prices.height == 6 and data.age_days == 4


@pytest.mark.parametrize(
    ("kind", "error"),
    [("rate_limited", RateLimitedError), ("timeout", NetworkError), ("network", NetworkError), ("not_found", DataError)],
)  # fmt: skip
def test_nothing_stored_and_nothing_came_is_an_error(
    tmp_path: Path, kind: str, error: type[Exception]
) -> None:
    feed = ScriptedFeed(failing={"AAA": kind, "BBB": kind})
    with pytest.raises(error, match=kind):
        LiveSource(store_at(tmp_path), [feed], today=NEXT).fetch(REQUEST)


def test_an_empty_store_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="screen data pull"):
        StoreSource(store_at(tmp_path), today=NEXT).fetch(REQUEST)
    store = store_at(tmp_path)
    pull(store, [ScriptedFeed()], [BBB], today=NEXT)
    with pytest.raises(NotFoundError, match="no price of these companies"):
        StoreSource(store, today=NEXT).fetch(MarketRequest((AAA,), NEXT))


def test_a_later_pull_does_not_change_the_outcomes_of_an_older_week(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    pull(store, [ScriptedFeed()], [AAA, BBB], today=MONDAY)
    old = MarketRequest((AAA, BBB), date(2026, 8, 14))
    before = StoreSource(store, today=NEXT).fetch(old).outcomes
    pull(store, [ScriptedFeed(failing={"AAA": "network"})], [AAA, BBB], today=NEXT)
    assert StoreSource(store, today=NEXT).fetch(old).outcomes.equals(before)
    assert status(StoreSource(store, today=NEXT).fetch(REQUEST).outcomes, "AAA")[0] == "network"


def told(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    return PULLS.frame(
        [
            {
                "ticker": "AAA", "dataset": "statements", "status": status, "reason": reason, "requests": 1,
                "source": source, "pulled_at": MONDAY, "pull_id": f"{k}",
            }
            for k, (source, status, reason) in enumerate(rows)
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("yahoo", "ok", None), ("edgar", "not_covered", "no CIK")], ("ok", None)),
        ([("yahoo", "empty", "none"), ("edgar", "ok", None)], ("ok", None)),
        (
            [("yahoo", "ok", None), ("edgar", "timeout", "no answer")],
            ("timeout", "edgar: no answer; rows of yahoo are used"),
        ),
        ([("yahoo", "network", "gone")], ("network", "gone; stored rows are used")),
        ([("yahoo", "network", "gone"), ("yahoo", "ok", None)], ("ok", None)),
    ],
)
def test_the_best_source_speaks_for_a_dataset_and_one_that_failed_for_its_gap(
    rows: list[tuple[str, str, str | None]], expected: tuple[str, str | None]
) -> None:
    from screen.market.tables import STATEMENTS

    statements = STATEMENTS.empty().vstack(
        STATEMENTS.frame(
            [
                {
                    "ticker": "AAA", "item": "revenue", "period_type": "Q", "period_end": date(2026, 6, 30),
                    "value": 1.0, "currency": "USD", "known_at": MONDAY, "known_at_basis": "filed",
                    "is_latest_vintage": False, "tag_rank": 0, "source": "edgar",
                }
            ]
        )
    )  # fmt: skip
    columns = {"ticker": pl.String, "date": pl.Date, "known_at": pl.Date, "mean": pl.Float64}
    empty = {name: pl.DataFrame(schema=columns) for name in ("prices", "estimates", "profiles")}
    found = stored_outcomes(told(*rows), ["AAA"], {**empty, "statements": statements}, as_of=MONDAY)
    assert status(found, "AAA", "statements") == expected
    assert status(found, "AAA", "prices") == ("not_covered", f"no row known by {MONDAY} in the store")


def test_an_answer_that_nobody_covers_a_company_is_no_stored_estimate() -> None:
    columns = {"ticker": pl.String, "date": pl.Date, "known_at": pl.Date, "mean": pl.Float64}
    frames = {
        **{name: pl.DataFrame(schema=columns) for name in ("prices", "statements", "profiles")},
        "estimates": pl.DataFrame([("AAA", None, MONDAY, None)], schema=columns, orient="row"),
    }
    log = told(("yahoo", "empty", "no analyst coverage")).with_columns(dataset=pl.lit("estimates"))
    found = stored_outcomes(log, ["AAA"], frames, as_of=MONDAY)
    assert status(found, "AAA", "estimates") == ("empty", "no analyst coverage")
    assert found.filter(pl.col("dataset") == "estimates").get_column("latest").to_list() == [None]
