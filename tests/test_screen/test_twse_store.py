"""The feed with a real store: nothing is asked twice, a restatement is a second row, a past screen stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from loopback_twse import HISTORY, LISTED, OTC, LoopbackTaiwan, answer, line, reachable

from screen.market.net.politeness import Politeness
from screen.market.protocol import Company
from screen.market.pull import pull
from screen.market.store import MarketStore
from screen.market.twse import TwseFeed
from screen.market.twse.roc import add_months

TODAY, LATER = date(2026, 11, 20), date(2026, 12, 18)
OCT = date(2026, 10, 31)
QUICK = Politeness(timeout_s=2.0, attempts=2, backoff_s=0.0, longest_wait_s=0.0, requests_per_second=1000.0)
COMPANIES = tuple(Company(t, t, "TWD", "TWD") for t in ("1101.TW", "8101.TWO"))


@pytest.fixture
def taiwan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackTaiwan]:
    with reachable(tmp_path, monkeypatch) as host:
        host.answers[LISTED] = answer(line("1101", "11510", "300", "290", "200"))
        host.answers[OTC] = answer(line("8101", "11510", "30", "29", "20"))
        for k in range(1, 14):
            end = add_months(OCT, -k)
            host.put_page("sii", end, 0, ("1101", str(300 - 10 * k), "1", "200"))
            host.put_page("otc", end, 0, ("8101", str(30 - k), "1", "20"))
        yield host


def read(store: MarketStore, today: date) -> None:
    pull(store, [TwseFeed(politeness=QUICK)], COMPANIES, today=today)


def test_a_first_run_fills_fourteen_months_and_a_second_one_asks_for_two_answers(
    taiwan: LoopbackTaiwan, tmp_path: Path
) -> None:
    store = MarketStore(tmp_path / "store")
    read(store, TODAY)
    assert len(taiwan.log) == 2 + 2 * 13
    assert store.facts("monthly_revenue").height == 28
    read(store, TODAY)
    assert len(taiwan.log) == 28
    read(store, TODAY + timedelta(days=7))
    assert len(taiwan.log) == 30
    assert store.facts("monthly_revenue").height == 28


def test_a_restatement_leaves_the_past_screen_as_it_was(taiwan: LoopbackTaiwan, tmp_path: Path) -> None:
    store = MarketStore(tmp_path / "store")
    read(store, TODAY)
    before = store.facts("monthly_revenue", as_of=TODAY)
    taiwan.answers[LISTED] = answer(line("1101", "11511", "320", "333", "210", 出表日期="1151216"))
    taiwan.answers[OTC] = answer(line("8101", "11511", "32", "30", "21", 出表日期="1151216"))
    pages = taiwan.count(HISTORY)
    read(store, LATER)
    assert taiwan.count(HISTORY) == pages
    assert store.facts("monthly_revenue", as_of=TODAY).equals(before)
    october = store.facts("monthly_revenue", ["1101.TW"]).filter(period_end=OCT).sort("known_at")
    assert october.select("revenue", "known_at").rows() == [
        (300_000.0, date(2026, 11, 15)),
        (333_000.0, LATER),
    ]
    november = store.facts("monthly_revenue", ["8101.TWO"]).filter(period_end=date(2026, 11, 30))
    assert november["known_at"].to_list() == [date(2026, 12, 15)]
