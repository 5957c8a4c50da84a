"""Damaged files, full and read-only disks, kills: nothing stored is lost, and the message says what to do."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from market_store_places import NewStore, new_store, object_environment, object_host
from market_store_rows import MONDAY, bars, estimate, estimates, pulled, revenue
from polars.testing import assert_frame_equal

from exposures.errors import DataError
from screen.market.store import STORE_CHECK, MarketStore, StoreFault
from screen.market.store.parquet import damage, to_bytes

__all__ = ["new_store", "object_environment", "object_host"]

REPO = Path(__file__).resolve().parents[2]
FY27 = date(2027, 1, 31)
NVDA = "prices/source=yahoo/NVDA.parquet"


def fill(store: MarketStore) -> None:
    with store.writer():
        store.replace_many("yahoo", {"NVDA": bars([1, 2, 3]), "AMD": bars([4, 5], ticker="AMD")})
        store.append("statements", "yahoo", revenue(1.0, seen=MONDAY))
        store.append("estimates", "yahoo", estimates(estimate(MONDAY, "0y", FY27, 5.0)))
        for dataset in ("prices", "statements", "estimates"):
            store.record("yahoo", pl.concat([pulled("NVDA", dataset), pulled("AMD", dataset)]))


def flipped(data: bytes) -> bytes:
    return data[:-40] + bytes([data[-40] ^ 1]) + data[-39:]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda data: data[: len(data) // 2],
    "no bytes": lambda data: b"",
    "zeros": lambda data: bytes(len(data)),
    "garbage": lambda data: b"<html>429</html>" * 50,
    "one bit": flipped,
    "foreign": lambda data: to_bytes(pl.DataFrame({"a": [1]})),
}


def spoil(store: MarketStore, path: str, how: Callable[[bytes], bytes]) -> None:
    (content,) = store._place.read([path])
    assert content is not None
    store._place.write({path: how(content)})


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_history_is_skipped_named_and_asked_for_again(tmp_path: Path, how: str) -> None:
    store = MarketStore(tmp_path)
    fill(store)
    spoil(store, NVDA, DAMAGE[how])
    assert store.prices().get_column("ticker").unique().to_list() == ["AMD"]
    (fault,) = store.faults()
    assert (fault.path, fault.action) == (NVDA, "skipped")
    assert fault.reason
    held = store.held("yahoo", ["NVDA", "AMD"])
    assert held.pulls.filter(pl.col("dataset") == "prices").get_column("ticker").to_list() == ["AMD"]
    assert held.pulls.filter(pl.col("dataset") == "statements").height == 2
    checked = store.check()
    assert not STORE_CHECK.faults(checked)
    assert checked.get_column("path").to_list() == [NVDA]
    assert "screen data pull" in checked.item(0, "fix")


def test_a_writer_moves_a_damaged_history_aside_and_the_next_pull_heals_it(new_store: NewStore) -> None:
    store = new_store()
    fill(store)
    spoil(store, NVDA, DAMAGE["cut short"])
    with store.writer():
        assert store.held("yahoo", ["NVDA"]).tails.is_empty()
        assert store.extend_many("yahoo", {"NVDA": bars([3, 4], first=date(2026, 11, 4))}) == ["NVDA"]
    assert store.faults() == [StoreFault(NVDA, store.faults()[0].reason, "quarantined")]
    assert store._place.read([NVDA, f"quarantine/{NVDA}"])[0] is None
    assert store._place.read([f"quarantine/{NVDA}"])[0]
    with store.writer():
        store.replace_prices("yahoo", "NVDA", bars([1, 2, 3, 4]))
    healed = new_store()
    assert (
        healed.held("yahoo", ["NVDA"])
        .pulls.filter(pl.col("ticker") == "NVDA", pl.col("dataset") == "prices")
        .height
    )
    assert healed.check().is_empty()
    quarantined = healed.status().filter(pl.col("dataset") == "quarantine")
    assert quarantined.select("source", "files").rows() == [("yahoo", 1)]


@pytest.mark.parametrize("how", ["cut short", "one bit", "foreign"])
def test_facts_beside_a_damaged_part_stay_and_its_answers_are_taken_back(tmp_path: Path, how: str) -> None:
    store = MarketStore(tmp_path)
    fill(store)
    (path,) = [file.path for file in store._place.files("facts/statements")]
    store.append("statements", "yahoo", revenue(7.0, seen=MONDAY, item="capex"))
    spoil(store, path, DAMAGE[how])
    reader = MarketStore(tmp_path)
    assert reader.facts("statements").get_column("item").to_list() == ["capex"]
    expected = {"prices", "estimates"}
    if how != "foreign":  # a reader finds other columns only when it decodes
        assert set(reader.held("yahoo", ["NVDA"]).pulls.get_column("dataset")) == expected
    writer = MarketStore(tmp_path)
    assert writer.append("statements", "yahoo", revenue(7.0, seen=MONDAY, item="capex")) == 0
    assert [fault.action for fault in writer.faults()] == ["quarantined"]
    later = MarketStore(tmp_path)
    assert set(later.held("yahoo", ["NVDA"]).pulls.get_column("dataset")) == expected
    assert later.check().is_empty()
    assert later.append("statements", "yahoo", revenue(1.0, seen=MONDAY)) == 1
    later.record("yahoo", pulled("NVDA", "statements"))
    assert set(later.held("yahoo", ["NVDA"]).pulls.get_column("dataset")) == {*expected, "statements"}


def test_a_kill_between_taking_back_answers_and_moving_the_part_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MarketStore(tmp_path)
    fill(store)
    (path,) = [file.path for file in store._place.files("facts/statements")]
    spoil(store, path, DAMAGE["garbage"])

    def killed(source: str, target: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crash, pytest.raises(KeyboardInterrupt):
        crash.setattr(store._place, "move", killed)
        store.append("statements", "yahoo", revenue(1.0, seen=MONDAY))
    later = MarketStore(tmp_path)
    assert "statements" not in later.held("yahoo", []).pulls.get_column("dataset")
    assert later.append("statements", "yahoo", revenue(1.0, seen=MONDAY)) == 1
    assert [fault.path for fault in later.faults()] == [path]


def test_a_damaged_log_means_asked_again(tmp_path: Path) -> None:
    store = MarketStore(tmp_path)
    fill(store)
    for file in store._place.files("pulls"):
        spoil(store, file.path, DAMAGE["zeros"])
    assert store.held("yahoo", ["NVDA"]).pulls.is_empty()
    assert store.prices().height == 5
    assert store.check().height == 3


def test_a_file_under_another_tickers_name_is_a_fault(tmp_path: Path) -> None:
    store = MarketStore(tmp_path)
    fill(store)
    shutil.copy(tmp_path / "prices/source=yahoo/AMD.parquet", tmp_path / "prices/source=yahoo/INTC.parquet")
    assert store.prices(["INTC", "NVDA"]).get_column("ticker").unique().to_list() == ["NVDA"]
    assert store.faults()[0].reason == "holds another ticker than its name says"
    assert store.check().get_column("fault").to_list() == ["holds another ticker than its name says"]
    assert store.price_tails(["INTC", "NVDA"], source="yahoo", bars=1).get_column("ticker").to_list() == [
        "NVDA"
    ]


def test_every_changed_byte_of_a_file_is_found() -> None:
    data = to_bytes(bars([1, 2, 3]))
    assert damage(data) == ""
    draw = random.Random(3)
    for place in draw.sample(range(len(data)), 300):
        assert damage(data[:place] + bytes([data[place] ^ (1 << draw.randrange(8))]) + data[place + 1 :])
    for length in draw.sample(range(len(data)), 50):
        assert damage(data[:length])


def test_what_a_crash_left_is_ignored_by_readers_and_removed_by_the_next_writer(tmp_path: Path) -> None:
    store = MarketStore(tmp_path)
    fill(store)
    left = [tmp_path / "prices/source=yahoo/.tmp-1234", tmp_path / "facts/estimates/source=yahoo/.tmp-5678"]
    for path in left:
        path.write_bytes(b"half a fi")
    (tmp_path / "prices/source=yahoo/.DS_Store").write_bytes(b"a desktop's note")
    (tmp_path / "facts/notes").mkdir()
    (tmp_path / "facts/notes/mine.txt").write_text("a person's note")
    assert store.prices().height == 5
    assert store.facts("estimates").height == 1
    assert store.faults() == []
    assert store.prune(dry_run=True).leftovers_removed == 2
    assert all(path.exists() for path in left)
    store.record("yahoo", pulled("NVDA", "prices"))
    assert not any(path.exists() for path in left)
    assert store.prune().leftovers_removed == 0
    assert store.check().is_empty()
    assert store.status().get_column("dataset").to_list() == ["estimates", "prices", "pulls", "statements"]
    assert (tmp_path / "facts/notes/mine.txt").read_text() == "a person's note"


# ---- disks -------------------------------------------------------------------------------------------


def mounted(folder: Path, *options: str) -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    yield from mounted(tmp_path / "small", "size=1m")


def fill_up(path: Path) -> None:
    with path.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while file.write(bytes(4096)):
            pass


def test_a_full_disk_loses_nothing_and_the_next_run_goes_on(small_disk: Path) -> None:
    store = MarketStore(small_disk / "store")
    fill(store)
    ballast = small_disk / "ballast"
    before = store.prices(), store.facts("estimates"), store.pulls()
    written = {}
    with (
        pytest.raises(
            DataError,
            match=r"cannot be written \(prices/.*No space left.*stored before is kept.*Free disk space",
        ),
        store.writer(),
    ):
        for number in range(1000):
            rows = bars([random.Random(number + at).random() for at in range(1500)], ticker=f"T{number}")
            store.replace_prices("yahoo", f"T{number}", rows)
            written[f"T{number}"] = rows
    assert written
    fill_up(ballast)
    for write in (
        lambda: store.replace_prices("yahoo", "NVDA", bars(range(1, 2000))),
        lambda: store.append("estimates", "yahoo", estimates(estimate(date(2026, 11, 9), "0y", FY27, 6.0))),
        lambda: store.record("yahoo", pulled("NVDA", "prices")),
    ):
        with pytest.raises(DataError, match="No space left"):
            write()
    assert list(small_disk.rglob(".tmp-*")) == []
    reader = MarketStore(small_disk / "store")
    assert_frame_equal(reader.prices(["NVDA", "AMD"]), before[0])
    assert_frame_equal(reader.prices(list(written)), pl.concat([written[t] for t in sorted(written)]))
    assert_frame_equal(reader.facts("estimates"), before[1])
    assert_frame_equal(reader.pulls(), before[2])
    assert reader.prune(keep_tickers=["NVDA", "AMD"]).prices_removed == len(
        written
    )  # a full disk can be pruned
    ballast.unlink()
    assert reader.append("estimates", "yahoo", estimates(estimate(date(2026, 11, 9), "0y", FY27, 6.0))) == 1
    assert reader.check().is_empty()


def test_a_new_store_on_a_full_disk_says_so(small_disk: Path) -> None:
    (small_disk / "store").mkdir()
    fill_up(small_disk / "ballast")
    with pytest.raises(DataError, match=r"store .*small/store: cannot be written.*No space left"):
        MarketStore(small_disk / "store").record("yahoo", pulled("NVDA", "prices"))


def test_a_read_only_store_is_read_and_says_why_it_is_not_written(small_disk: Path) -> None:
    store = MarketStore(small_disk)
    fill(store)
    if subprocess.run(
        ["mount", "-o", "remount,ro", str(small_disk)], capture_output=True, check=False
    ).returncode:
        pytest.skip("needs the right to remount a tmpfs read-only")
    reader = MarketStore(small_disk)
    assert reader.prices().height == 5
    assert reader.held("yahoo", ["NVDA"]).tails.height == 3
    assert reader.status().height == 4
    assert reader.check().is_empty()
    assert reader.prune(dry_run=True).parts_before == 5
    with pytest.raises(DataError, match=r"Read-only file system.*Mount it writable"):
        reader.record("yahoo", pulled("NVDA", "prices"))


def test_a_folder_without_the_right_to_write_names_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MarketStore(tmp_path)
    fill(store)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "fsync", refused)
    with pytest.raises(
        DataError, match=r"Permission denied\. Everything stored before is kept\. Make it writable"
    ):
        store.replace_prices("yahoo", "NVDA", bars([9]))
    monkeypatch.undo()
    assert store.prices(["NVDA"]).height == 3
    assert list(tmp_path.rglob(".tmp-*")) == []


def test_a_path_below_a_file_is_no_store_and_cannot_become_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    store = MarketStore(tmp_path / "file" / "store")
    assert not store.exists()
    with pytest.raises(DataError, match=r"cannot be written.*Name a folder"):
        store.record("yahoo", pulled("NVDA", "prices"))


# ---- kills -------------------------------------------------------------------------------------------

PULL = """
import sys
sys.path.insert(0, sys.argv[2])
from datetime import date, timedelta
from market_store_rows import bars, estimate, estimates, pulled
from screen.market.store import MarketStore
import screen.market.store.compaction as compaction
compaction.MANY_PARTS = 4
store = MarketStore(sys.argv[1])
print("ready", flush=True)
for week in range(1000):
    day = date(2026, 1, 2) + timedelta(week)
    with store.writer(wait_s=5):
        for ticker in ("AMD", "NVDA"):
            store.replace_prices("yahoo", ticker, bars([float(week)] * 5, ticker=ticker, splits={0: 1.0 + week}))
            store.append("estimates", "yahoo", estimates(estimate(day, "0y", date(2027, 1, 31), float(week), ticker=ticker)))
            store.record("yahoo", pulled(ticker, "estimates", day=day))
"""


@pytest.mark.slow
def test_a_pull_killed_at_any_moment_leaves_a_sound_store(tmp_path: Path) -> None:
    draw, here = random.Random(5), str(Path(__file__).parent)
    stored = 0
    for _ in range(25):
        command = [sys.executable, "-c", PULL, str(tmp_path), here]
        with subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == "ready\n"
            time.sleep(draw.random() * 0.6)
            running.send_signal(signal.SIGKILL)
        store = MarketStore(tmp_path)
        if not store.exists():
            continue
        for _, rows in store.prices().group_by("ticker"):  # closes and splits of one pull, never of two
            assert rows.get_column("close").n_unique() == 1
            assert rows.get_column("split_ratio").drop_nulls().to_list() == [1.0 + rows.item(0, "close")]
        facts = store.facts("estimates").select("ticker", pl.col("known_at").alias("pulled_at"))
        logged = store.pulls().select("ticker", "pulled_at").unique()
        assert logged.join(facts, on=["ticker", "pulled_at"], how="anti").is_empty()  # data first, log last
        assert facts.height >= stored
        stored = facts.height
        assert store.check().is_empty()
        assert store.faults() == []
    assert stored > 20
