"""The commands on a store below s3://: unmodified processes, moto's server for objects, a loopback Yahoo for data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from live_process import Screen, ended, files_below
from loopback_yahoo import LoopbackYahoo, certificate
from market_store_places import KEYS, object_host
from sample_answers import sample_answers

from screen.market.store import MarketStore

__all__ = ["object_host"]

COMPANIES = 121


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LoopbackYahoo, Path]]:
    pem = certificate(tmp_path_factory.mktemp("certificate"))
    with LoopbackYahoo(pem, sample_answers(datetime.now(tz=UTC).date())) as server:
        yield server, pem


@pytest.fixture
def yahoo(host: tuple[LoopbackYahoo, Path]) -> LoopbackYahoo:
    host[0].reset()
    host[0].latency_s = 0.0
    return host[0]


@pytest.fixture
def screen(host: tuple[LoopbackYahoo, Path], object_host: str, tmp_path: Path) -> Screen:
    """Its store is a folder; the address of a test's own store of objects is `address(screen)`."""
    aws = {**KEYS, "AWS_ENDPOINT_URL": object_host, "NO_PROXY": "127.0.0.1"}
    return Screen(tmp_path, host[0].url, host[1], str(tmp_path / "store"), aws)


def address(screen: Screen, bucket: str = "weekly") -> str:
    return f"s3://{bucket}/{screen.home.name}/store"


def opened(screen: Screen, host: str) -> MarketStore:
    keys = {"key": "test", "secret": "test", "region": "us-east-1", "endpoint_url": host}
    return MarketStore(address(screen), options=keys)


@pytest.mark.slow
@pytest.mark.parametrize("few", [("MU", "2330.TW"), ()], ids=["few", "all"])
def test_every_command_works_on_objects_and_ranks_as_from_a_folder(
    screen: Screen, yahoo: LoopbackYahoo, object_host: str, few: tuple[str, ...]
) -> None:
    store = ("--store", address(screen))
    only = [word for ticker in few for word in ("--ticker", ticker)]
    code, count = (3, len(few)) if few else (0, COMPANIES)  # a theme of which most is not stored is partial

    def ranked(out: str, *more: str) -> dict[str, bytes]:
        done = screen.run("run", "--offline", "--min-coverage", "0", "--out", out, *more)
        assert done.returncode == code, done.stderr
        return files_below(screen.home / out)

    pulled = screen.run("data", "pull", "--json", *only, *store)
    assert pulled.returncode == 0, pulled.stderr
    meta = json.loads(pulled.stdout)["meta"]
    assert (meta["store"], meta["usable"]) == (address(screen), count)
    asked = len(yahoo.log)
    assert not Path(screen.store).exists()

    status = screen.run("data", "status", "--json", *store)
    assert status.returncode == 0, status.stderr
    told = {row["dataset"]: row for row in json.loads(status.stdout)["data"]}
    assert told["prices"]["tickers"] == told["prices"]["files"] == count
    check = screen.run("data", "check", *store)
    assert (check.returncode, check.stderr.strip()) == (0, f"{address(screen)}: no faults")
    objects = ranked("objects", *store)
    assert len(yahoo.log) == asked

    yahoo.reset()
    assert screen.run("data", "pull", *only).returncode == 0
    assert len(yahoo.log) == asked, "a folder costs the same requests"
    assert objects == ranked("folder")
    assert len(objects) >= 5

    parts = len(opened(screen, object_host)._place.files(""))
    pruned = screen.run("data", "prune", *store)
    assert pruned.returncode == 0, pruned.stderr
    left = len(opened(screen, object_host)._place.files(""))
    assert left <= parts if few else left < parts
    assert ranked("pruned", *store) == objects


@pytest.mark.slow
def test_a_damaged_object_is_listed_and_fetched_again(
    screen: Screen, yahoo: LoopbackYahoo, object_host: str
) -> None:
    store = ("--store", address(screen))
    assert screen.run("data", "pull", *store).returncode == 0
    path = "prices/source=yahoo/MU.parquet"
    opened(screen, object_host)._place.write({path: b"garbage" * 99})
    check = screen.run("data", "check", "--json", *store)
    assert check.returncode == 3
    assert [row["path"] for row in json.loads(check.stdout)["data"]] == [path]
    ranked = screen.run("run", "--offline", *store)
    assert ranked.returncode == 3, ranked.stderr
    assert "1 file of the store is damaged" in ranked.stderr
    yahoo.reset()
    healed = screen.run("data", "pull", *store)
    assert healed.returncode == 0, healed.stderr
    assert [entry for entry in yahoo.log if entry[0] not in ("cookie", "crumb")] == [("chart", "MU")]
    assert screen.run("data", "check", *store).returncode == 0
    (aside,) = opened(screen, object_host)._place.read([f"quarantine/{path}"])
    assert aside == b"garbage" * 99


@pytest.mark.slow
def test_two_pulls_at_once_into_objects_cost_as_much_as_one(screen: Screen, yahoo: LoopbackYahoo) -> None:
    yahoo.latency_s = 0.03
    both = [screen.start("data", "pull", "--json", "--store", address(screen)) for _ in range(2)]
    done = [ended(process) for process in both]
    assert [process.returncode for process in done] == [0, 0], [process.stderr for process in done]
    assert sum("Waiting for it" in process.stderr for process in done) == 1
    meta = sorted(json.loads(process.stdout)["meta"]["requests"] for process in done)
    assert meta[0] <= 2 and len(yahoo.log) == sum(meta)


@pytest.mark.slow
def test_a_wrong_bucket_or_an_empty_one_is_named(screen: Screen, yahoo: LoopbackYahoo) -> None:
    nowhere = screen.run("data", "pull", "--store", address(screen, "nosuchbucket"))
    assert nowhere.returncode == 2, nowhere.stderr
    assert "nosuchbucket" in nowhere.stderr and "Create the bucket" in nowhere.stderr
    empty = screen.run("data", "status", "--store", address(screen))
    assert empty.returncode == 4, empty.stderr
    assert 'Run "screen data pull"' in empty.stderr
    assert yahoo.log == []


@pytest.mark.slow
def test_an_object_host_that_is_gone_is_a_network_error(screen: Screen) -> None:
    for command in (("run", "--offline"), ("data", "pull")):
        gone = screen.run(*command, "--store", address(screen), AWS_ENDPOINT_URL="http://127.0.0.1:9")
        assert gone.returncode == 6, gone.stderr
        assert address(screen) in gone.stderr and "Check the endpoint (AWS_ENDPOINT_URL)" in gone.stderr
        assert "Traceback" not in gone.stderr
