"""The doctor: each check by itself, hosts on loopback, and the command as a user meets it."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fake_feed import PULL_DAY, FakeFeed, company
from in_process import run_here

from exposures.errors import NotFoundError
from screen.doctor import reach
from screen.doctor.check import Check, exit_code
from screen.doctor.configuration import contact_check, rate_check, settings_checks, theme_check
from screen.doctor.coverage import coverage_by_exchange, coverage_checks
from screen.doctor.environment import disk_check, disk_checks, proxy_checks
from screen.doctor.plan import expected_requests, plan_checks
from screen.doctor.reach import Page, Reply, ask_hosts, clock_checks, reach_checks
from screen.market.feed import PullRequest
from screen.market.protocol import Company, MarketRequest
from screen.market.pull import pull
from screen.market.sample import SAMPLE_END, SampleSource
from screen.market.store import MarketStore
from screen.settings import Settings, load_settings

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def settings(**values: object) -> Settings:
    return load_settings(values).settings


def levels(checks: list[Check]) -> list[str]:
    return [check.level for check in checks]


# configuration


@pytest.mark.parametrize(
    "source, contact, expected",
    [
        ("yahoo", "", []),
        ("auto", "", ["warn"]),
        ("edgar", "", ["fail"]),
        ("yahoo,edgar", "Ann", ["warn"]),
        ("auto", "Ann Lee ann@example.org", ["ok"]),
        ("auto", "Anaïs Lee ann@example.org", ["fail"]),
    ],
)
def test_sec_needs_a_contact_only_when_it_is_asked(source: str, contact: str, expected: list[str]) -> None:
    checks = contact_check(settings(source=source, contact=contact))
    assert levels(checks) == expected
    assert all("SCREEN_CONTACT" in check.fix for check in checks if check.level != "ok")


def test_a_hasty_rate_warns() -> None:
    assert levels(rate_check(settings(yahoo_requests_per_second=2.0))) == ["ok"]
    assert levels(rate_check(settings(yahoo_requests_per_second=8.0))) == ["warn"]
    assert rate_check(settings(source="store")) == []


def test_origins_and_unknown_variables_are_listed(tmp_path: Path) -> None:
    loaded = load_settings({"top": 3}, folder=tmp_path)
    rows = settings_checks(loaded, ["SCREEN_TPO is not a setting and is ignored"])
    assert [(row.level, row.found) for row in rows] == [
        ("ok", "top (flag)"),
        ("warn", "SCREEN_TPO is not a setting and is ignored"),
    ]
    assert rows[1].name == "SCREEN_TPO"


def test_a_theme_that_cannot_be_used_fails_with_its_fix() -> None:
    bad = theme_check("x", NotFoundError("no theme x.", fix="Run screen themes."), 0)
    assert (bad.level, bad.found, bad.fix) == ("fail", "no theme x.", "Run screen themes.")
    assert theme_check("x", None, 3).found == "x, 3 listed companies"


# the machine


def test_proxies_are_shown_without_passwords() -> None:
    (row,) = proxy_checks({"https_proxy": "http://ann:secret@proxy.example:3128", "NO_PROXY": "localhost"})
    assert row.found == "HTTPS_PROXY=http://***@proxy.example:3128, NO_PROXY=localhost"
    assert proxy_checks({})[0].found.startswith("none set")
    assert proxy_checks({"HTTP_PROXY": "http://host:port"})[0].found == "HTTP_PROXY=(not an address)"


def test_a_certificate_file_that_is_gone_warns(tmp_path: Path) -> None:
    rows = proxy_checks({"SSL_CERT_FILE": str(tmp_path / "gone.pem"), "CURL_CA_BUNDLE": str(tmp_path)})
    assert [(row.name, row.level) for row in rows] == [("variables", "ok"), ("SSL_CERT_FILE", "warn")]


@pytest.mark.parametrize(
    "free, level, words",
    [
        (5 * 2**30, "ok", "5.0 GiB free"),
        (2**30, "ok", "1.0 GiB free"),
        (2**30 - 1, "warn", "1024 MiB free"),
        (100 * 2**20, "warn", "100 MiB free"),
        (100 * 2**20 - 1, "fail", "100 MiB free"),
        (None, "warn", "cannot be read"),
    ],
)
def test_disk_levels(free: int | None, level: str, words: str) -> None:
    row = disk_check("store", Path("here"), free)
    assert row.level == level
    assert words in row.found


def test_a_folder_that_is_not_there_counts_as_its_parent(tmp_path: Path) -> None:
    (row,) = disk_checks({"out": tmp_path / "not" / "yet"})
    assert "free at" in row.found


def test_a_folder_on_which_a_file_stands_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    rows = disk_checks({"out": tmp_path / "file", "cache_dir": tmp_path / "file" / "below"})
    assert [(row.level, row.found) for row in rows] == [("fail", f"{tmp_path / 'file'} is a file")] * 2


# hosts and clock


class Host(BaseHTTPRequestHandler):
    """Answers by path: /200, /403, /429, /html; remembers the User-Agent."""

    agents: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.agents.append(self.headers.get("User-Agent", ""))
        code = {"/html": 200}.get(self.path) or int(self.path[1:])
        self.send_response_only(code)
        self.send_header("Date", format_datetime(NOW - timedelta(minutes=10), usegmt=True))
        body = b"<html>" if self.path == "/html" else b"{}"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    Host.agents.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "path, kind",
    [("200", "ok"), ("403", "refused"), ("500", "refused"), ("429", "rate_limited"), ("html", "impostor")],
)
def test_a_host_is_asked_once_and_its_answer_named(
    path: str, kind: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(reach, "HOSTS", {"edgar": (Page("SEC", f"{address}/{path}", is_json=True),)})
    (reply,) = ask_hosts(["edgar"], contact="Ann Lee ann@example.org")
    assert (reply.kind, reply.server_time) == (kind, NOW - timedelta(minutes=10))
    assert Host.agents == ["supply-screen Ann Lee ann@example.org"]


def test_a_closed_port_is_a_network_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "HOSTS", {"twse": (Page("TWSE", "http://127.0.0.1:9/"),)})
    (reply,) = ask_hosts(["twse"], contact="")
    assert (reply.kind, reply.server_time) == ("network", None)
    assert "cannot be reached" in reply.words
    assert ask_hosts([], contact="") == []


def test_every_feed_has_a_host_to_ask() -> None:
    from screen.settings import LIVE_SOURCES

    assert tuple(reach.HOSTS) == LIVE_SOURCES
    assert all(page.url.startswith("https://") for pages in reach.HOSTS.values() for page in pages)


def kinds(**kinds: str) -> list[Reply]:
    return [Reply(host, kind, kind) for host, kind in kinds.items()]


def test_a_silent_host_fails_only_when_nothing_can_be_ranked() -> None:
    assert levels(reach_checks(kinds(Yahoo="ok", SEC="timeout"), has_stored=False)) == ["ok", "warn"]
    assert levels(reach_checks(kinds(Yahoo="network", SEC="ok"), has_stored=False)) == ["fail", "ok"]
    assert levels(reach_checks(kinds(SEC="timeout", TWSE="network"), has_stored=False)) == ["fail", "fail"]
    stored = reach_checks(kinds(Yahoo="rate_limited", SEC="refused"), has_stored=True)
    assert levels(stored) == ["warn", "warn"]
    assert all("--offline" in check.fix for check in stored)


def test_the_clock_is_compared_with_the_median_of_the_hosts() -> None:
    def reply(minutes: float) -> Reply:
        return Reply("x", "ok", "answers", NOW - timedelta(minutes=minutes))

    assert levels(clock_checks([reply(0), reply(4.9), reply(5)], now=NOW, newest_pull=None)) == ["ok"]
    (late,) = clock_checks([reply(-60), reply(-61), reply(0)], now=NOW, newest_pull=None)
    assert (late.level, late.found) == ("warn", "3600 s behind the sources")
    (none,) = clock_checks([Reply("x", "network", "gone")], now=NOW, newest_pull=None)
    assert none.level == "skip"


def test_a_clock_before_the_newest_pull_fails() -> None:
    before = clock_checks([], now=NOW, newest_pull=date(2026, 11, 22))
    assert levels(before) == ["fail"]
    assert "2026-11-22" in before[0].found
    assert levels(clock_checks([], now=NOW, newest_pull=date(2026, 11, 21))) == ["skip"]


# coverage and plan

NAMES = ("NVDA", "2330.TW", "2454.TW", "000660.KS", "GONE")
COMPANIES = tuple(Company(name, name, "USD", "TWD") for name in NAMES)


def test_coverage_by_exchange_counts_companies_with_rows() -> None:
    data = SampleSource().fetch(MarketRequest(COMPANIES, SAMPLE_END))
    table = coverage_by_exchange(data, COMPANIES, as_of=SAMPLE_END)
    assert table.select("exchange", "companies", "priced").rows() == [
        (".TW", 2, 2),
        ("US", 2, 1),
        (".KS", 1, 1),
    ]
    assert levels(coverage_checks(data, COMPANIES, as_of=SAMPLE_END)) == ["ok", "warn", "ok"]
    later = coverage_checks(data, COMPANIES, as_of=SAMPLE_END + timedelta(days=11))
    assert levels(later) == ["warn", "warn", "warn"]
    before = coverage_checks(data, COMPANIES, as_of=date(2020, 1, 3))
    assert before[0].found == "0/2 priced, 0 estimates, 0 statements, no price"


class Planned:
    """A feed that is due, or not."""

    def __init__(self, name: str, *, is_due: bool = True) -> None:
        self.name = self.label = name
        self._is_due = is_due

    def is_due(self, request: PullRequest) -> bool:
        return self._is_due

    def pull(self, request: PullRequest) -> Iterator[object]:
        raise AssertionError("the doctor pulls nothing")

    def report(self) -> object:
        raise AssertionError


def plan(feed: Planned, *, rate: float = 2.0, count: int = 1) -> Check:
    request = PullRequest(COMPANIES * count, date(2026, 11, 21))
    return plan_checks([(feed, request)], yahoo_rate=rate)[0]  # type: ignore[list-item]


def test_the_plan_tells_requests_and_time() -> None:
    assert plan(Planned("yahoo", is_due=False)).found == "nothing is due: 0 requests"
    # 5 companies: one batch of quotes, chart, summary and accounts of each, TWD, cookie and crumb.
    assert plan(Planned("yahoo")).found == "about 19 requests, 10 s at 2 a second"
    # the list of tickers, and NVDA; a company of Taiwan's OTC board does not file with the SEC.
    pair = (company("NVDA"), company("3324.TWO"))
    assert expected_requests("edgar", PullRequest(pair, date(2026, 11, 21))) == 2
    # two companies on the listed board: the newest month, and 14 months of two pages.
    assert plan(Planned("twse")).found == "about 29 requests, 29 s at 1 a second"
    slow = plan(Planned("yahoo"), rate=0.02)
    assert (slow.level, slow.found) == ("warn", "about 19 requests, 16 min at 0.02 a second")


def test_what_was_pulled_today_is_not_planned_again(tmp_path: Path) -> None:
    store = MarketStore(tmp_path / "store")
    pull(store, [FakeFeed()], COMPANIES[:2], today=PULL_DAY)
    held = store.held("yahoo", [c.ticker for c in COMPANIES])
    # prices and accounts of two are done: their quotes (with all), two summaries, three companies, TWD, session.
    assert expected_requests("yahoo", PullRequest(COMPANIES, PULL_DAY, held)) == 1 + 2 + 9 + 1 + 2


# the exit code


@pytest.mark.parametrize(
    "rows, code",
    [
        ([("disk", "ok"), ("source", "warn"), ("clock", "skip")], 0),
        ([("source", "fail")], 6),
        ([("settings", "fail"), ("source", "fail")], 2),
        ([("disk", "fail")], 2),
    ],
)
def test_exit_codes(rows: list[tuple[str, str]], code: int) -> None:
    checks = [Check(topic, "x", level, "found") for topic, level in rows]  # type: ignore[arg-type]
    assert exit_code(checks) == code


# the command


def doctor(*arguments: str, cwd: Path, **environment: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, rows by (topic, name) and stderr of ``screen doctor --json``; every host is out of reach."""
    done = run_here("doctor", "--json", *arguments, cwd=cwd, **environment)
    body = json.loads(done.stdout)
    assert body["meta"]["exit_code"] == done.returncode
    return done.returncode, {(row["topic"], row["name"]): row for row in body["data"]}, done.stderr


def test_nothing_stored_and_no_host_is_6_with_what_to_do(tmp_path: Path) -> None:
    code, rows, _ = doctor(cwd=tmp_path)
    assert code == 6
    assert rows["source", "Yahoo"]["level"] == "fail"
    assert rows["source", "TPEx"]["level"] == "fail"
    assert "cannot be reached" in rows["source", "SEC"]["found"]
    assert rows["store", "content"]["fix"] == 'Run "screen data pull".'
    assert rows["settings", "contact"]["level"] == "warn"
    assert rows["clock", "hosts"]["level"] == "skip"
    assert "127.0.0.1:9" in rows["proxy", "variables"]["found"]
    assert {name for topic, name in rows if topic == "disk"} == {"store", "out", "cache_dir"}
    assert re.match(r"about 3\d\d requests, 3 min at 2 a second", rows["plan", "yahoo"]["found"])
    assert all(row["fix"] for row in rows.values() if row["level"] == "fail")
    assert not (tmp_path / "data").exists()  # looking makes no store


def test_a_full_store_makes_silent_hosts_a_warning(tmp_path: Path) -> None:
    store = MarketStore(tmp_path / "store")
    pull(store, [FakeFeed()], [company(name) for name in ("NVDA", "2330.TW")], today=PULL_DAY)
    code, rows, _ = doctor("--store", store.address, "--source", "yahoo,twse", cwd=tmp_path)
    assert code == 0, rows
    assert rows["source", "Yahoo"]["level"] == "warn"
    assert ("source", "SEC") not in rows
    assert rows["store", "lock"]["level"] == "ok"
    assert str(PULL_DAY) in rows["store", "content"]["found"]
    assert rows["coverage", ".TW"]["level"] == "warn"
    assert rows["coverage", ".TW"]["found"].startswith("1/")


def test_offline_asks_no_host(tmp_path: Path) -> None:
    code, rows, _ = doctor("--offline", cwd=tmp_path)
    assert code == 0
    assert rows["source", "hosts"]["level"] == "skip"
    assert ("source", "Yahoo") not in rows


def test_a_bad_setting_is_a_row_and_2(tmp_path: Path) -> None:
    (tmp_path / "screen.toml").write_text("yahoo_workers = 0\n")
    code, rows, _ = doctor(cwd=tmp_path)
    assert code == 2
    assert list(rows) == [("settings", "values")]
    assert "yahoo_workers" in rows["settings", "values"]["found"]


def test_an_unknown_theme_and_a_newer_store_fail_beside_the_other_checks(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "store.json").write_text('{"format": 99}')
    code, rows, _ = doctor("--offline", "--theme", "gpus", "--store", str(tmp_path / "store"), cwd=tmp_path)
    assert code == 2
    assert rows["settings", "theme"]["level"] == "fail"
    assert rows["store", "content"]["level"] == "fail"
    assert "99" in rows["store", "content"]["found"]
    assert rows["disk", "out"]["level"] in ("ok", "warn")


def test_a_locked_and_a_damaged_store_warn(tmp_path: Path) -> None:
    store = MarketStore(tmp_path / "store")
    pull(store, [FakeFeed()], [company(name) for name in ("NVDA", "MU")], today=PULL_DAY)
    damaged = tmp_path / "store" / "prices" / "source=yahoo" / "MU.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-20])
    with store.writer():
        code, rows, _ = doctor("--offline", "--store", store.address, cwd=tmp_path)
    assert code == 0
    assert rows["store", "lock"]["level"] == "warn"
    assert str(os.getpid()) in rows["store", "lock"]["found"]
    assert rows["store", "faults"]["level"] == "warn"
    assert "MU.parquet" in rows["store", "faults"]["found"]


def test_a_store_that_cannot_be_opened_is_a_row(tmp_path: Path) -> None:
    code, rows, _ = doctor("--offline", "--store", "ftp://host/store", cwd=tmp_path)
    assert code == 2
    assert rows["store", "content"]["level"] == "fail"
    assert rows["store", "content"]["fix"]


def test_a_store_that_cannot_be_made_fails_before_the_first_pull(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, rows, _ = doctor("--offline", "--store", str(tmp_path / "file" / "below"), cwd=tmp_path)
    assert code == 2
    assert rows["store", "folder"]["found"] == f"{tmp_path / 'file'} is a file"
    code, rows, _ = doctor("--offline", "--store", str(tmp_path / "new" / "below"), cwd=tmp_path)
    assert code == 0
    assert rows["store", "folder"]["found"] == f"can be made in {tmp_path}"
