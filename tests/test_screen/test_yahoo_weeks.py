"""Several weekly pulls into one store: what an earlier week's screen reads must not change behind its back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from loopback_yahoo import LoopbackYahoo, certificate, series
from yahoo_world import FAST, US, serving, world

from screen.market.pull import pull
from screen.market.store import MarketStore
from screen.market.yahoo import YahooFeed

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
