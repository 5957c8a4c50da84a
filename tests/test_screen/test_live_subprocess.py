"""Yahoo, SEC and Taiwan in one unmodified process: three stand-ins behind one HTTPS_PROXY."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from in_process import run_here
from live_process import Screen, files_below
from live_world import ABOVE, ALL, FILERS, MONTHS, QUARTERS, TAIWAN, LiveWorld, live_world
from loopback_edgar import Reply as EdgarReply

from screen.market.store import MarketStore
from screen.market.yahoo.statements import QUARTER_LAG_DAYS

COMPANIES = 121
GONE = "http://127.0.0.1:9"

pytestmark = pytest.mark.slow  # each needs the pull of a whole theme by a process of its own


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveWorld]:
    with live_world(tmp_path_factory.mktemp("certificates")) as running:
        yield running


@pytest.fixture(scope="module")
def filled(world: LiveWorld, tmp_path_factory: pytest.TempPathFactory) -> Screen:
    """After ``screen run`` on an empty store; nothing that uses it writes to its store."""
    world.reset()
    screen = world.screen(tmp_path_factory.mktemp("filled"))
    done = screen.run("run", "--source", ALL, "--out", "first")
    assert done.returncode == 0, done.stderr
    (screen.home / "stderr").write_text(done.stderr, encoding="utf-8")
    (screen.home / "requests").write_text(json.dumps(world.requests()), encoding="utf-8")
    return screen


def explained(screen: Screen, ticker: str, *arguments: str) -> dict[str, Any]:
    settings = {**screen.settings, "SCREEN_STORE": screen.store}
    done = run_here("explain", ticker, "--json", "--offline", *arguments, cwd=screen.home, **settings)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["data"]
    return found


def panel(screen: Screen, ticker: str, *arguments: str) -> dict[str, Any]:
    (row,) = explained(screen, ticker, *arguments)["panel"]
    assert isinstance(row, dict)
    return row


def last_year(world: LiveWorld, ticker: str, *, before: date) -> float:
    """EPS of the four newest quarters known before a day.

    The newest one is filed late: from 45 days after its end until then the vendor's figure is in its place.
    """
    filed = world.filed_eps[ticker]
    ends = sorted(filed, reverse=True)
    if world.newest_filed < before:
        return sum(filed[end] for end in ends[:4])
    if ends[0] + timedelta(days=QUARTER_LAG_DAYS) < before:
        return filed[ends[0]] / ABOVE + sum(filed[end] for end in ends[1:4])
    return sum(filed[end] for end in ends[1:5])


def test_the_first_run_is_complete_and_asks_each_host_what_it_must(world: LiveWorld, filled: Screen) -> None:
    told = (filled.home / "stderr").read_text(encoding="utf-8")
    assert f"prices {COMPANIES}/{COMPANIES}" in told and "source Yahoo Finance, SEC EDGAR, TWSE" in told
    yahoo, edgar, taiwan = json.loads((filled.home / "requests").read_text(encoding="utf-8"))
    assert f"{yahoo + edgar + taiwan} requests" in told
    assert 3 * COMPANIES < yahoo <= 3 * COMPANIES + 3 + 6 + 4
    assert edgar == 1 + len(FILERS)  # the list of tickers, and a request a filer
    assert taiwan == 2  # a board each; the pages of past months are in the cache
    held = MarketStore(filled.store).facts("statements", sources=["edgar"])
    assert set(held["ticker"]) == set(FILERS)
    assert set(held["known_at_basis"]) == {"filed"}


@pytest.mark.parametrize("ticker", list(FILERS))
def test_filings_win_over_the_vendor_and_reach_ten_years_back(
    ticker: str, world: LiveWorld, filled: Screen
) -> None:
    both, alone = panel(filled, ticker), panel(filled, ticker, "--source", "yahoo")
    expected = last_year(world, ticker, before=world.today)
    assert both["eps_ttm_reported"] == pytest.approx(expected, rel=1e-6)
    assert both["eps_ttm_known_at"] == world.newest_filed.isoformat()
    assert alone["eps_ttm_reported"] != pytest.approx(expected, rel=1e-3)
    assert both["source"] == ALL and alone["source"] == "yahoo"
    # Ten years of quarters: the first whole year is filed in the second, so the multiple lacks at most two.
    assert alone["trailing_history_weeks"] < 60
    assert both["trailing_history_weeks"] >= (QUARTERS / 4 - 2) * 52


def test_the_report_has_the_monthly_revenue_of_taiwan(world: LiveWorld, filled: Screen) -> None:
    text = next((filled.home / "first" / "reports").rglob("*.md")).read_text(encoding="utf-8")
    section = text.split("## Taiwan monthly revenue")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if "| twse |" in line]
    assert len(rows) == len(TAIWAN)
    # 2% a month is 1.02 ** 12 - 1 = 26.8% a year, month by month, so nothing accelerates.
    assert all("| +26.8% | +26.8% | +<0.1 pp |" in line for line in rows)
    row = panel(filled, "2330.TW")
    assert row["monthly_revenue_yoy"] == pytest.approx(1.02**12 - 1, abs=1e-4)
    assert date.fromisoformat(row["monthly_revenue_known_at"]) <= world.today


def test_a_rerun_and_offline_send_nothing_and_write_the_same_bytes(world: LiveWorld, filled: Screen) -> None:
    world.reset()
    for out, more in (("again", ()), ("offline", ("--offline",))):
        done = filled.run("run", "--source", ALL, "--out", out, *more)
        assert done.returncode == 0, done.stderr
    assert world.requests() == (0, 0, 0) and world.proxy.hosts == []
    first = files_below(filled.home / "first")
    assert len(first) >= 5
    assert first == files_below(filled.home / "again") == files_below(filled.home / "offline")


def test_an_older_friday_knows_no_later_filing(world: LiveWorld, filled: Screen) -> None:
    friday = world.newest_filed - timedelta(days=6)
    row = panel(filled, "NVDA", "--as-of", friday.isoformat())
    assert date.fromisoformat(row["eps_ttm_known_at"]) <= friday
    assert row["eps_ttm_reported"] == pytest.approx(last_year(world, "NVDA", before=friday), rel=1e-6)
    now = panel(filled, "NVDA")
    assert now["trailing_history_weeks"] == row["trailing_history_weeks"] + 1
    later = MarketStore(filled.store).facts("statements", ["NVDA"], as_of=friday)
    assert later.filter(pl.col("known_at") > friday).is_empty() and later.height > 100


def test_a_source_that_is_down_is_exit_3_and_the_others_rank(world: LiveWorld, tmp_path: Path) -> None:
    world.reset()
    world.edgar.fail("*", EdgarReply(500, b"oops"))
    screen = world.screen(tmp_path)
    done = screen.run("run", "--source", ALL, "--gaps", "all")
    assert done.returncode == 3, done.stderr
    assert f"prices {COMPANIES}/{COMPANIES}" in done.stderr and f"statements {COMPANIES}" in done.stderr
    told = [line for line in done.stderr.splitlines() if "statements" in line and "NVDA" in line]
    assert told and all("network" in line and "500" in line for line in told)
    assert all("blank" not in line for line in told), "Yahoo's statements serve"
    world.reset()
    healed = screen.run("run", "--source", ALL)
    assert healed.returncode == 0, healed.stderr
    assert world.requests() == (0, 1 + len(FILERS), 0), "only what failed is asked again"
    assert panel(screen, "NVDA")["eps_ttm_known_at"] == world.newest_filed.isoformat()


def test_without_a_choice_of_source_all_that_can_be_asked_are(world: LiveWorld, tmp_path: Path) -> None:
    world.reset()
    screen = world.screen(tmp_path)
    auto = screen.run("run", SCREEN_SOURCE="", SCREEN_CONTACT="", SCREEN_CACHE_DIR=str(tmp_path / "empty"))
    assert auto.returncode == 0, auto.stderr
    assert "SEC EDGAR is left out" in auto.stderr and "SCREEN_CONTACT" in auto.stderr
    assert world.edgar.count() == 0
    # No page is kept yet: of each month but the newest, the listed companies' and the OTC companies'.
    assert world.taiwan.count("/sii/") == world.taiwan.count("/otc/") == MONTHS - 1
    world.reset()
    known = screen.run("run", SCREEN_SOURCE="", SCREEN_CACHE_DIR=str(tmp_path / "empty"))
    assert known.returncode == 0, known.stderr
    assert "SEC EDGAR is left out" not in known.stderr
    assert world.requests() == (0, 1 + len(FILERS), 0), "only SEC is new"


def test_the_doctor_sees_every_host_and_none(world: LiveWorld, filled: Screen, tmp_path: Path) -> None:
    world.reset()
    good = world.screen(tmp_path).run("doctor", "--json")
    assert good.returncode == 0, good.stdout
    rows = {(row["topic"], row["name"]): row for row in json.loads(good.stdout)["data"]}
    hosts = ("Yahoo", "SEC", "TWSE", "TPEx", "MOPS")
    assert {rows["source", host]["found"] for host in hosts} == {"answers"}
    assert rows["settings", "contact"]["level"] == rows["clock", "hosts"]["level"] == "ok"
    assert world.requests() == (1, 1, 3)
    silent = world.screen(tmp_path).run("doctor", "--json", HTTPS_PROXY=GONE)
    assert silent.returncode == 6, silent.stdout
    rows = {(row["topic"], row["name"]): row for row in json.loads(silent.stdout)["data"]}
    assert {rows["source", host]["level"] for host in hosts} == {"fail"}
    stored = filled.run("doctor", "--json", HTTPS_PROXY=GONE)
    assert stored.returncode == 0, "stored data serves"
    rows = {(row["topic"], row["name"]): row for row in json.loads(stored.stdout)["data"]}
    assert {rows["source", host]["level"] for host in hosts} == {"warn"}
    assert all("--offline" in rows["source", host]["fix"] for host in hosts)
    assert {rows["plan", name]["found"] for name in ALL.split(",")} == {"nothing is due: 0 requests"}
