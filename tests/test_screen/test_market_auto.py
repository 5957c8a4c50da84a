"""Choosing a source, the stored pull, and what `auto` says when it falls back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from exposures.errors import DataError, NetworkError, NotFoundError, RateLimitedError, UsageError
from screen.market import auto
from screen.market.auto import SOURCES, AutoSource, resolve_source
from screen.market.protocol import Company, MarketData, MarketRequest
from screen.market.sample import SAMPLE_END, SampleSource
from screen.market.stored import StoredSource, has_stored, stored_day, write_stored
from screen.market.yahoo.client import ProbeResult

NVDA = Company("NVDA", "NVIDIA", "USD", "USD")
REQUEST = MarketRequest((NVDA,), SAMPLE_END)
OK = ProbeResult("ok", "Yahoo answers")
DOWN = ProbeResult("network", "Yahoo cannot be reached")


def pull() -> MarketData:
    """A pull as Yahoo would give it (its figures do not matter here)."""
    return replace(SampleSource().fetch(REQUEST), source="yahoo", is_simulated=False, note="")


class Failing:
    """A live source that fails half-way."""

    name = "yahoo"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def newest_day(self) -> date | None:
        return None

    def fetch(self, request: MarketRequest) -> MarketData:
        raise self.error


def test_names_resolve_and_others_are_suggested(tmp_path: Path) -> None:
    names = {n: resolve_source(n, market_dir=tmp_path, cache_dir=tmp_path).name for n in SOURCES}
    assert names == {n: n for n in SOURCES}
    with pytest.raises(UsageError, match=r'"yaho" is not known; allowed: auto.*mean "yahoo"'):
        resolve_source("yaho", market_dir=None, cache_dir=tmp_path)


def test_files_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--market-dir"):
        resolve_source("files", market_dir=None, cache_dir=tmp_path)


def test_auto_without_anything_is_the_sample_and_says_so(tmp_path: Path) -> None:
    source = resolve_source("auto", market_dir=None, cache_dir=tmp_path, probe=lambda: DOWN)
    assert source.newest_day() == SAMPLE_END
    data = source.fetch(REQUEST)
    assert data.is_simulated and data.source == "sample"
    assert data.note.startswith("Yahoo cannot be reached. No live and no stored market data")
    assert "THIS RUN USES THE SIMULATED SAMPLE" in data.note


def test_auto_prefers_stored_data_and_gives_its_age(tmp_path: Path) -> None:
    write_stored(pull(), tmp_path, fetched=date(2026, 8, 14))
    data = AutoSource(tmp_path, probe=lambda: DOWN).fetch(REQUEST)
    assert not data.is_simulated and data.source == "store"
    assert data.label == "Yahoo, stored 2026-08-14"
    assert data.note == (
        "Yahoo cannot be reached. Stored data of 2026-08-14 is used (7 days before 2026-08-21)."
    )


def test_auto_asks_once_and_takes_yahoo_when_it_answers(tmp_path: Path) -> None:
    asked: list[int] = []
    source = AutoSource(tmp_path, probe=lambda: asked.append(1) or OK)  # type: ignore[func-returns-value]
    assert source.newest_day() is None and source.newest_day() is None
    assert len(asked) == 1


@pytest.mark.parametrize("error", [NetworkError("Yahoo stopped."), RateLimitedError("Yahoo refused.")])
def test_auto_falls_back_half_way_only_to_stored_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: NetworkError
) -> None:
    monkeypatch.setattr(auto, "_yahoo", lambda cache_dir: Failing(error))
    with pytest.raises(type(error)):
        AutoSource(tmp_path, probe=lambda: OK).fetch(REQUEST)
    write_stored(pull(), tmp_path, fetched=date(2026, 8, 14))
    data = AutoSource(tmp_path, probe=lambda: OK).fetch(REQUEST)
    assert data.source == "store" and data.note.startswith(error.message)


def test_explicit_yahoo_never_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_stored(pull(), tmp_path, fetched=date(2026, 8, 14))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    source = resolve_source("yahoo", market_dir=None, cache_dir=tmp_path)
    with pytest.raises(NetworkError, match="--source sample") as caught:
        source.fetch(REQUEST)
    assert caught.value.exit_code == 6


def test_a_new_pull_replaces_the_old_one_and_leaves_nothing_behind(tmp_path: Path) -> None:
    write_stored(pull(), tmp_path, fetched=date(2026, 8, 14))
    write_stored(pull(), tmp_path, fetched=date(2026, 8, 20))
    assert stored_day(tmp_path) == date(2026, 8, 20)
    assert len(list(tmp_path.glob("pull-*"))) == 1


def test_a_crash_before_the_pointer_leaves_the_old_pull(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_stored(pull(), tmp_path, fetched=date(2026, 8, 14))

    def crash(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(DataError, match="No space left"):
        write_stored(pull(), tmp_path, fetched=date(2026, 8, 20))
    assert stored_day(tmp_path) == date(2026, 8, 14)
    assert StoredSource(tmp_path).fetch(REQUEST).prices.height > 700


def test_an_incomplete_or_corrupt_pull_is_named(tmp_path: Path) -> None:
    assert not has_stored(tmp_path)
    with pytest.raises(NotFoundError, match="--source yahoo"):
        StoredSource(tmp_path).fetch(REQUEST)
    write_stored(pull(), tmp_path, fetched=date(2026, 8, 14))
    folder = tmp_path / json.loads((tmp_path / "yahoo.json").read_text())["folder"]
    (folder / "prices.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"prices\.parquet: the stored pull cannot be read"):
        StoredSource(tmp_path).fetch(REQUEST)
    (folder / "prices.parquet").unlink()
    assert not has_stored(tmp_path)
    (tmp_path / "yahoo.json").write_text("[]")
    assert not has_stored(tmp_path)


def test_a_ticker_outside_the_pull_is_a_row(tmp_path: Path) -> None:
    write_stored(pull(), tmp_path, fetched=date(2026, 8, 14))
    asked = MarketRequest((NVDA, Company("NEW", "New", "USD", "USD")), SAMPLE_END)
    outcomes = StoredSource(tmp_path).fetch(asked).outcomes
    rows = outcomes.filter(ticker="NEW").select("dataset", "status", "reason").rows()
    assert rows == [
        (dataset, "not_covered", "not part of the stored pull")
        for dataset in ("estimates", "prices", "profile", "statements")
    ]
