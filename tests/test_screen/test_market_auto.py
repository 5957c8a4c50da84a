"""Choosing a source, and what `auto` says when it falls back."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from scripted_feed import ScriptedFeed, company

from exposures.errors import NetworkError, NotFoundError, UsageError
from screen.market import auto
from screen.market.auto import AutoSource, resolve_source
from screen.market.feed import Feed
from screen.market.feeds import feed_names, left_out
from screen.market.live import LiveSource, StoreSource
from screen.market.protocol import MarketRequest
from screen.market.pull import pull
from screen.market.sample import SAMPLE_END
from screen.market.store import MarketStore
from screen.market.yahoo.probe import ProbeResult
from screen.settings import Settings

TODAY = date(2026, 8, 24)
AAA = company("AAA")
REQUEST = MarketRequest((AAA,), date(2026, 8, 21))
OK = ProbeResult("ok", "Yahoo answers")
DOWN = ProbeResult("network", "Yahoo cannot be reached")


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings(store=str(folder / "store"), cache_dir=folder / "cache", **changes)


def resolve(chosen: Settings, reply: ProbeResult = DOWN) -> Any:
    return resolve_source(chosen, today=TODAY, probe=lambda: reply)


def fill(folder: Path, day: date = TODAY) -> MarketStore:
    store = MarketStore(folder / "store")
    pull(store, [ScriptedFeed()], [AAA], today=day)
    return store


@pytest.fixture
def feeds(monkeypatch: pytest.MonkeyPatch) -> list[ScriptedFeed]:
    made: list[ScriptedFeed] = []

    def live(names: tuple[str, ...], chosen: Settings) -> list[Feed]:
        made.append(ScriptedFeed())
        return list(made[-1:])

    monkeypatch.setattr(auto, "live_feeds", live)
    return made


def test_names_resolve(tmp_path: Path) -> None:
    chosen = {
        name: resolve(settings(tmp_path, source=name, market_dir=tmp_path)).name
        for name in ("files", "sample", "store", "auto", "yahoo", "yahoo,twse")
    }
    assert chosen == {name: name for name in chosen}
    with_edgar = settings(tmp_path, source="edgar,yahoo", contact="A B a@example.org")
    assert resolve(with_edgar).name == "yahoo,edgar"


def test_files_needs_a_folder_and_edgar_a_contact(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--market-dir"):
        resolve(settings(tmp_path, source="files"))
    with pytest.raises(UsageError, match="SCREEN_CONTACT"):
        resolve(settings(tmp_path, source="yahoo,edgar"))


@pytest.mark.parametrize("is_offline", [True, False])
@pytest.mark.parametrize("name", ["edgar", "twse", "edgar,twse"])
def test_sources_without_prices_cannot_rank_and_say_what_to_add(
    tmp_path: Path, name: str, is_offline: bool
) -> None:
    chosen = settings(tmp_path, source=name, contact="A B a@example.org", offline=is_offline)
    with pytest.raises(UsageError, match=rf"--source yahoo,{name}.*data pull --source {name}"):
        resolve(chosen)


def test_live_leaves_edgar_out_without_a_contact_and_says_so(tmp_path: Path) -> None:
    plain = settings(tmp_path, source="live")
    assert feed_names(plain) == ("yahoo", "twse") and "SCREEN_CONTACT" in left_out(plain)
    told = settings(tmp_path, source="live", contact="A B a@example.org")
    assert feed_names(told) == ("yahoo", "edgar", "twse") and left_out(told) == ""


def test_auto_without_anything_is_the_sample_and_says_so(tmp_path: Path) -> None:
    source = resolve(settings(tmp_path))
    assert source.newest_day() == SAMPLE_END
    data = source.fetch(MarketRequest((AAA,), SAMPLE_END))
    assert data.is_simulated and data.source == "sample"
    assert data.note.startswith("Yahoo cannot be reached. No live and no stored market data")
    assert "THIS RUN USES THE SIMULATED SAMPLE" in data.note


def test_auto_prefers_the_store_to_the_sample(tmp_path: Path) -> None:
    fill(tmp_path, date(2026, 8, 14))
    source = resolve(settings(tmp_path))
    assert source.newest_day() == date(2026, 8, 14)
    data = source.fetch(REQUEST)
    assert not data.is_simulated and data.source == "store"
    assert data.note.startswith("Yahoo cannot be reached.") and data.age_days == 7


@pytest.mark.parametrize(
    ("pulled", "bar", "week"),
    [
        ("2026-08-21", "2026-08-20", "2026-08-21"),  # on Friday, before the market opens
        ("2026-08-22", "2026-08-20", "2026-08-21"),  # Friday was a holiday
        ("2026-08-18", "2026-08-17", "2026-08-14"),  # in mid-week the live run is dated to the Friday before
        ("2026-08-24", "2026-08-06", "2026-08-07"),  # the source itself stands still
    ],
)
def test_the_store_gives_the_week_of_the_live_run(tmp_path: Path, pulled: str, bar: str, week: str) -> None:
    day, newest = date.fromisoformat(pulled), date.fromisoformat(bar)

    class Late(ScriptedFeed):
        def batch(self, ticker: str, today: date) -> Any:
            return super().batch(ticker, today - (day - newest))

    pull(MarketStore(tmp_path / "store"), [Late()], [AAA], today=day)
    for today in (day, day + timedelta(days=30)):
        source = StoreSource(MarketStore(tmp_path / "store"), today=today)
        assert source.newest_day() == date.fromisoformat(week)


def test_auto_asks_once_and_takes_the_live_sources_when_yahoo_answers(
    tmp_path: Path, feeds: list[ScriptedFeed]
) -> None:
    asked: list[int] = []
    source = AutoSource(
        settings(tmp_path),
        store=MarketStore(tmp_path / "store"),
        today=TODAY,
        probe=lambda: asked.append(1) or OK,  # type: ignore[func-returns-value]
    )
    assert source.newest_day() is None and source.newest_day() is None
    assert len(asked) == 1
    assert source.fetch(REQUEST).prices.height == 3


def test_auto_needs_no_probe_on_a_day_that_was_pulled(tmp_path: Path, feeds: list[ScriptedFeed]) -> None:
    fill(tmp_path)

    def forbidden() -> ProbeResult:
        raise AssertionError("a probe was sent")

    source = resolve_source(settings(tmp_path), today=TODAY, probe=forbidden)
    assert source.fetch(REQUEST).cost is not None
    assert feeds[0].asked == 0


def test_offline_never_probes_and_never_makes_a_feed(tmp_path: Path, feeds: list[ScriptedFeed]) -> None:
    fill(tmp_path)
    for name in ("auto", "live", "yahoo", "store"):
        source = resolve_source(settings(tmp_path, source=name, offline=True), today=TODAY)
        chosen = source._choice() if isinstance(source, AutoSource) else source
        assert isinstance(chosen, StoreSource) and not isinstance(chosen, LiveSource), name
        assert chosen.fetch(REQUEST).prices.height == 3
    assert feeds == []


def test_offline_without_a_store_names_the_fix(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="screen data pull") as caught:
        resolve(settings(tmp_path, source="yahoo", offline=True)).fetch(REQUEST)
    assert caught.value.exit_code == 4


@pytest.mark.slow
def test_explicit_yahoo_never_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(NetworkError, match="--source sample") as caught:
        resolve(settings(tmp_path, source="yahoo")).fetch(REQUEST)
    assert caught.value.exit_code == 6
