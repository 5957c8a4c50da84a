"""What a user meets when a pull goes wrong: two at once, a full or read-only disk, damaged files, a kill.

Each test runs unmodified `screen` processes against a loopback Yahoo behind HTTPS_PROXY.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from live_process import Screen, ended, files_below
from loopback_yahoo import LoopbackYahoo, certificate
from sample_answers import sample_answers

from screen.market.store import MarketStore

COMPANIES = 121
SESSION = {"cookie", "crumb"}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LoopbackYahoo, Path]]:
    pem = certificate(tmp_path_factory.mktemp("certificate"))
    with LoopbackYahoo(pem, sample_answers(datetime.now(tz=UTC).date())) as server:
        yield server, pem


@pytest.fixture
def yahoo(host: tuple[LoopbackYahoo, Path]) -> LoopbackYahoo:
    server = host[0]
    server.reset()
    server.latency_s = 0.0
    return server


@pytest.fixture(scope="module")
def filled(host: tuple[LoopbackYahoo, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store after a whole pull of today, to be copied."""
    home = tmp_path_factory.mktemp("filled")
    done = Screen(home, host[0].url, host[1], str(home / "store")).run("data", "pull")
    assert done.returncode == 0, done.stderr
    return home / "store"


@pytest.fixture
def screen(host: tuple[LoopbackYahoo, Path], yahoo: LoopbackYahoo, tmp_path: Path) -> Screen:
    return Screen(tmp_path, host[0].url, host[1], str(tmp_path / "store"))


@pytest.fixture
def stocked(screen: Screen, filled: Path) -> Path:
    """The store of `screen`, filled."""
    shutil.copytree(filled, screen.store)
    return Path(screen.store)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB: a third of what the theme needs."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def remount(disk: Path, options: str) -> None:
    command = ["mount", "-o", f"remount,{options}", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(f"needs the right to remount a tmpfs with {options}")


def on(disk: Path, screen: Screen) -> Screen:
    return Screen(screen.home, screen.proxy, screen.pem, str(disk / "store"))


def asked(yahoo: LoopbackYahoo) -> list[tuple[str, str]]:
    """Requests but for those of the session."""
    return [entry for entry in yahoo.log if entry[0] not in SESSION]


def cold_fill(yahoo: LoopbackYahoo) -> int:
    currencies = sum(symbol.endswith("=X") for _, symbol in set(yahoo.log))
    return 3 * COMPANIES + -(-COMPANIES // 50) + currencies + 4


def assert_sound(screen: Screen) -> None:
    check = screen.run("data", "check")
    assert (check.returncode, check.stdout) == (0, ""), check.stdout + check.stderr
    assert check.stderr.strip() == f"{screen.store}: no faults"


# ---- two at once -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_pulls_at_once_cost_as_much_as_one(screen: Screen, yahoo: LoopbackYahoo) -> None:
    yahoo.latency_s = 0.02
    both = [screen.start("data", "pull", "--json") for _ in range(2)]
    done = [ended(process) for process in both]
    assert [process.returncode for process in done] == [0, 0], [process.stderr for process in done]
    waiting = [process for process in done if "Waiting for it" in process.stderr]
    assert len(waiting) == 1, [process.stderr for process in done]
    assert "is writing it" in waiting[0].stderr
    assert any(f"process {process.pid} on" in waiting[0].stderr for process in both)
    meta = sorted(json.loads(process.stdout)["meta"]["requests"] for process in done)
    assert meta[0] <= 2
    assert len(yahoo.log) == sum(meta) <= cold_fill(yahoo) + 2
    assert all(json.loads(process.stdout)["meta"]["usable"] == COMPANIES for process in done)
    assert_sound(screen)


# ---- disks -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_full_disk_says_so_keeps_what_is_stored_and_goes_on_with_more_room(
    screen: Screen, yahoo: LoopbackYahoo, disk: Path
) -> None:
    small = on(disk, screen)
    first = small.run("data", "pull", "--ticker", "MU", "--ticker", "NVDA")
    assert first.returncode == 0, first.stderr
    before = MarketStore(small.store).prices(["MU", "NVDA"])
    full = small.run("data", "pull")
    assert full.returncode == 2, full.stderr
    assert f"store {small.store}: cannot be written" in full.stderr
    assert "No space left on device" in full.stderr and "Free disk space, then pull again" in full.stderr
    assert "Traceback" not in full.stderr and "internal error" not in full.stderr
    assert MarketStore(small.store).prices(["MU", "NVDA"]).equals(before)
    offline = small.run("run", "--offline", "--min-coverage", "0", "--json")
    assert offline.returncode == 3, offline.stderr
    assert json.loads(offline.stdout)["ok"]
    held = set(MarketStore(small.store).prices()["ticker"])
    assert {"MU", "NVDA"} <= held and len(held) < COMPANIES

    remount(disk, "size=64m")
    yahoo.reset()
    again = small.run("data", "pull")
    assert again.returncode == 0, again.stderr
    assert f"prices {COMPANIES}/{COMPANIES}" in again.stderr
    assert yahoo.count("chart", "MU") == yahoo.count("summary", "NVDA") == 0
    assert_sound(small)


@pytest.mark.slow
def test_a_read_only_store_ranks_offline_and_says_why_it_is_not_pulled(
    screen: Screen, yahoo: LoopbackYahoo, disk: Path, filled: Path
) -> None:
    remount(disk, "size=64m")
    shutil.copytree(filled, disk / "store")
    remount(disk, "ro")
    still = on(disk, screen)
    pulled = still.run("data", "pull", "--full")
    assert pulled.returncode == 2, pulled.stderr
    assert f"store {still.store}: cannot be written" in pulled.stderr
    assert "Read-only file system" in pulled.stderr and "Mount it writable" in pulled.stderr
    assert yahoo.log == [], "nothing is asked for that cannot be kept"
    ranked = still.run("run", "--offline")
    assert ranked.returncode == 0, ranked.stderr
    assert f"prices {COMPANIES}/{COMPANIES}" in ranked.stderr
    assert_sound(still)


# ---- damaged files -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_damaged_files_are_listed_left_out_fetched_again_and_kept_aside(
    screen: Screen, yahoo: LoopbackYahoo, stocked: Path
) -> None:
    prices = stocked / "prices" / "source=yahoo"
    part = min((stocked / "facts" / "statements" / "source=yahoo").iterdir())
    damage = {
        prices / "MU.parquet": (prices / "MU.parquet").read_bytes()[:1000],
        prices / "AMD.parquet": b"garbage" * 99,
        part: bytes(part.stat().st_size),
    }
    for path, content in damage.items():
        path.write_bytes(content)
    names = sorted(path.relative_to(stocked).as_posix() for path in damage)

    check = screen.run("data", "check", "--json")
    assert check.returncode == 3, check.stderr
    rows = json.loads(check.stdout)["data"]
    assert sorted(row["path"] for row in rows) == names
    assert all(row["fault"] and "screen data pull" in row["fix"] for row in rows)

    ranked = screen.run("run", "--offline")
    assert ranked.returncode == 3, ranked.stderr
    assert '3 files of the store are damaged and left out: run "screen data check"' in ranked.stderr
    assert f"prices {COMPANIES - 2}/{COMPANIES}" in ranked.stderr
    (lost,) = (line for line in ranked.stderr.splitlines() if "AMD, MU" in line)
    assert "prices" in lost and "the stored file is damaged or gone" in lost and "blank" in lost
    assert yahoo.log == []

    pulled = screen.run("data", "pull")
    assert pulled.returncode == 0, pulled.stderr
    # Whose rows a damaged part of statements held is not known: statements are asked of all, nothing else.
    assert {(kind, symbol) for kind, symbol in asked(yahoo) if kind != "series"} == {
        ("chart", "AMD"), ("chart", "MU"),
    }  # fmt: skip
    assert yahoo.count("series") == COMPANIES and len(asked(yahoo)) == COMPANIES + 2
    assert {path.relative_to(stocked / "quarantine").as_posix(): path.read_bytes()
            for path in (stocked / "quarantine").rglob("*.parquet")} == {
        path.relative_to(stocked).as_posix(): content for path, content in damage.items()
    }  # fmt: skip
    assert_sound(screen)
    whole = screen.run("run", "--offline")
    assert whole.returncode == 0, whole.stderr
    assert "damaged" not in whole.stderr


@pytest.mark.slow
def test_a_store_of_a_newer_program_is_left_alone(
    screen: Screen, yahoo: LoopbackYahoo, stocked: Path
) -> None:
    (stocked / "store.json").write_text('{"format": 99}\n')
    before = files_below(stocked)
    for arguments in (
        ("data", "pull"), ("data", "status"), ("data", "check"), ("data", "prune"), ("run", "--offline"),
    ):  # fmt: skip
        done = screen.run(*arguments)
        assert done.returncode == 2, (arguments, done.stderr)
        assert "has format 99, this program reads up to 1" in done.stderr, arguments
        assert "Upgrade supply-screen, or name another store." in done.stderr
    assert yahoo.log == []
    assert files_below(stocked) == before


# ---- a kill ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_pull_killed_half_way_is_finished_by_the_next_one(screen: Screen, yahoo: LoopbackYahoo) -> None:
    yahoo.latency_s = 0.02
    killed = screen.start("data", "pull")
    stored = Path(screen.store) / "pulls"
    patience = time.monotonic() + 60
    while not list(stored.rglob("part-*")) and time.monotonic() < patience:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert ended(killed).returncode == -signal.SIGKILL
    half = {ticker for ticker, dataset in MarketStore(screen.store).pulls().select("ticker", "dataset").iter_rows()
            if dataset == "prices"}  # fmt: skip
    assert 0 < len(half) < COMPANIES
    assert_sound(screen)
    spent = len(yahoo.log)
    yahoo.reset()
    yahoo.latency_s = 0.0
    healed = screen.run("data", "pull")
    assert healed.returncode == 0, healed.stderr
    assert "Waiting" not in healed.stderr, "the lock ended with its process"
    assert yahoo.count("chart", min(half)) == 0, "what was stored is not asked again"
    assert spent + len(yahoo.log) < 2 * cold_fill(yahoo) - 3 * len(half)
    assert f"prices {COMPANIES}/{COMPANIES}" in healed.stderr
    assert_sound(screen)
