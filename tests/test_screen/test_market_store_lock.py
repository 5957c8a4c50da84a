"""One writer at a time, also when it is killed, sleeps too long or meets another on an object host."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from market_store_places import object_environment, object_host
from market_store_rows import bars, pulled

from exposures.errors import DataError
from screen.market.store import MarketStore, StoreBusyError
from screen.market.store.lease import Lease
from screen.market.store.objects import ObjectPlace

__all__ = ["object_environment", "object_host"]

REPO = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from screen.market.store import MarketStore
with MarketStore(sys.argv[1]).writer():
    print("held", flush=True)
    time.sleep(60)
"""
APPEND = """
import sys
sys.path.insert(0, sys.argv[3])
from datetime import date
from market_store_rows import pulled
from screen.market.store import MarketStore
store = MarketStore(sys.argv[1])
for day in range(1, 13):
    with store.writer(wait_s=60):
        store.record("yahoo", pulled(sys.argv[2], "prices", day=date(2026, 11, day)))
"""


@contextmanager
def process(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", code, *arguments]
    started = subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        started.kill()
        started.wait()
        assert started.stdout is not None
        started.stdout.close()


def wait_until_held(holder: subprocess.Popen[str]) -> None:
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"


def test_a_killed_writer_releases_the_folder_at_once(tmp_path: Path) -> None:
    store = MarketStore(tmp_path)
    with process(HOLD, str(tmp_path)) as holder:
        wait_until_held(holder)
        with pytest.raises(StoreBusyError, match=rf"process {holder.pid} on .* since .*Z is writing it"):
            store.record("yahoo", pulled("NVDA", "prices"))
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        store.record("yahoo", pulled("NVDA", "prices"))
    assert store.pulls().height == 1
    assert not (tmp_path / ".lock.owner").exists()


def test_a_writer_that_waits_gets_its_turn(tmp_path: Path) -> None:
    first, second = MarketStore(tmp_path), MarketStore(tmp_path)
    entered = threading.Event()

    def hold() -> None:
        with first.writer():
            entered.set()
            time.sleep(0.2)

    thread = threading.Thread(target=hold)
    thread.start()
    entered.wait()
    with pytest.raises(StoreBusyError), second.writer():
        pass
    with second.writer(wait_s=10):
        assert not thread.is_alive() or thread.join(1) is None
    thread.join()


@pytest.mark.parametrize("where", ["folder", pytest.param("objects", marks=pytest.mark.slow)])
def test_two_processes_that_write_at_once_lose_nothing(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = str(tmp_path)
    if where == "objects":
        request.getfixturevalue("object_environment")
        address = f"s3://weekly/{tmp_path.name}"
    here = str(Path(__file__).parent)
    with process(APPEND, address, "A", here) as one, process(APPEND, address, "B", here) as other:
        assert (one.wait(120), other.wait(120)) == (0, 0)
    log = MarketStore(address).pulls()
    assert log.group_by("ticker").len().sort("ticker").rows() == [("A", 12), ("B", 12)]
    for ticker in ("A", "B"):  # parts sort by time across processes
        days = log.filter(log["ticker"] == ticker).get_column("pulled_at")
        assert days.is_sorted()


# ---- the lease of an object host ---------------------------------------------------------------------


@pytest.fixture
def place(object_environment: str, tmp_path: Path) -> ObjectPlace:
    return ObjectPlace(f"s3://weekly/{tmp_path.name}", {})


def lease(place: ObjectPlace, lease_s: float = 60.0, grace_s: float = 0.0) -> Lease:
    return Lease(place, lease_s=lease_s, grace_s=grace_s)


def test_a_killed_holders_lease_ends_by_itself(
    object_environment: str, tmp_path: Path, place: ObjectPlace
) -> None:
    with process(HOLD, f"s3://weekly/{tmp_path.name}") as holder:
        wait_until_held(holder)
        with (
            pytest.raises(
                StoreBusyError, match=rf"process {holder.pid} .*Its lease ends at 20.*when it is not renewed"
            ),
            lease(place).held(0),
        ):
            pass
    (path,) = [file.path for file in place.files(".lock")]
    note = json.loads(place.read([path])[0] or b"")
    assert note["pid"] == holder.pid
    with pytest.raises(StoreBusyError), lease(place, grace_s=30).held(0):  # killed, not yet over
        pass
    place.write({path: json.dumps({**note, "until": time.time() - 29}).encode()})
    with pytest.raises(StoreBusyError), lease(place, grace_s=30).held(0):  # over, within the grace
        pass
    place.write({path: json.dumps({**note, "until": time.time() - 31}).encode()})
    with lease(place, grace_s=30).held(0):
        (taken,) = [file.path for file in place.files(".lock")]
        assert taken == ".lock/lease-00000002.json"
        assert json.loads(place.read([taken])[0] or b"")["pid"] == os.getpid()


@pytest.mark.slow
def test_a_lease_lives_as_long_as_its_holder_renews_it(place: ObjectPlace) -> None:
    holder = lease(place, lease_s=1.2)
    with holder.held(0):
        deadline = time.monotonic() + 2.5
        while time.monotonic() < deadline:
            with pytest.raises(StoreBusyError), lease(place).held(0):
                pass
            holder.require()
            time.sleep(0.1)
    with lease(place).held(0):
        pass


def test_a_holder_that_could_not_renew_stops_writing(
    place: ObjectPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(files: object) -> None:
        raise DataError("the object host does not answer")

    sleeper = lease(place, lease_s=0.4)
    with sleeper.held(0):
        monkeypatch.setattr(place, "write", unreachable)
        time.sleep(0.6)
        with pytest.raises(DataError, match=r"lease was lost.*Everything stored before is kept"):
            sleeper.require()
        monkeypatch.undo()
        with lease(place).held(0):
            pass
    with lease(place).held(0):  # the sleeper took nothing from the one after it
        pass


def test_a_holder_that_was_overtaken_stops_writing(place: ObjectPlace) -> None:
    slept = lease(place, lease_s=0.8)
    with slept.held(0):
        place.write({".lock/lease-00000009.json": b"{}"})
        time.sleep(0.5)
        with pytest.raises(DataError, match="lease was lost"):
            slept.require()


@pytest.mark.slow
def test_of_many_that_ask_at_once_one_gets_the_lease(object_environment: str, tmp_path: Path) -> None:
    address, won, start = f"s3://weekly/{tmp_path.name}", [], threading.Barrier(6)
    leave = threading.Event()

    def ask(number: int) -> None:
        mine = lease(ObjectPlace(address, {}))
        start.wait()
        try:
            with mine.held(0):
                won.append(number)
                leave.wait(30)
        except StoreBusyError:
            pass
        finally:
            done.release()

    done = threading.Semaphore(0)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        assert done.acquire(timeout=60)
    assert len(won) == 1
    leave.set()
    for thread in threads:
        thread.join()


def test_the_store_asks_its_lease_before_each_write(
    place: ObjectPlace, object_environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MarketStore(f"s3://weekly/{tmp_path.name}")

    def lost(self: Lease) -> None:
        raise DataError("the writer's lease was lost")

    with store.writer():
        store.replace_prices("yahoo", "NVDA", bars([1]))
        monkeypatch.setattr(Lease, "require", lost)
        for write in (
            lambda: store.replace_prices("yahoo", "NVDA", bars([2])),
            lambda: store.record("yahoo", pulled("NVDA", "prices")),
        ):
            with pytest.raises(DataError, match="lease was lost"):
                write()
    assert store.prices().get_column("close").to_list() == [1.0]
