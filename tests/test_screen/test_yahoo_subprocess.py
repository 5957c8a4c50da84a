"""An unmodified `screen` process against a loopback Yahoo, reached through HTTPS_PROXY and a test certificate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from loopback_yahoo import LoopbackYahoo, Reply, certificate
from sample_answers import sample_answers

COMPANIES = 121


@pytest.fixture(scope="module")
def yahoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackYahoo]:
    pem = certificate(tmp_path_factory.mktemp("certificate"))
    with LoopbackYahoo(pem, sample_answers(datetime.now(tz=UTC).date())) as server:
        server.pem = pem  # type: ignore[attr-defined]
        yield server


def screen(
    yahoo: LoopbackYahoo, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    pem = str(yahoo.pem)  # type: ignore[attr-defined]
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("SCREEN_", "AWS_")) and "proxy" not in k.lower()
    }
    env = clean | {
        "HTTPS_PROXY": yahoo.url, "CURL_CA_BUNDLE": pem, "REQUESTS_CA_BUNDLE": pem, "SSL_CERT_FILE": pem,
        "HOME": str(folder), "NO_COLOR": "1",
        "SCREEN_COMPARE_SCENARIOS": "false",
        "SCREEN_STORE": str(folder / "store"), "SCREEN_YAHOO_REQUESTS_PER_SECOND": "10000", **settings,
    }  # fmt: skip
    command = [sys.executable, "-m", "screen", *arguments]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def outputs(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.slow
def test_a_run_by_the_machines_clock_works_end_to_end(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    yahoo.reset()
    first = screen(yahoo, tmp_path, "run", "--source", "yahoo", "--out", "live")
    assert first.returncode == 0, first.stderr
    assert "requests" in first.stderr and f"prices {COMPANIES}/{COMPANIES}" in first.stderr
    currencies = sum(symbol.endswith("=X") for _, symbol in set(yahoo.log))
    assert len(yahoo.log) <= 3 * COMPANIES + 3 + currencies + 4
    week = pl.read_parquet(next((tmp_path / "live").glob("screens/**/*.parquet")))
    assert set(week["source"]) == {"yahoo"} and not week["is_simulated"].any()
    report = next((tmp_path / "live" / "reports").rglob("*.md")).read_text(encoding="utf-8")
    assert "SIMULATED" not in report and "Yahoo Finance" in report

    asked = len(yahoo.log)
    again = screen(yahoo, tmp_path, "run", "--source", "yahoo", "--out", "again")
    assert again.returncode == 0, again.stderr
    offline = screen(yahoo, tmp_path, "run", "--source", "yahoo", "--offline", "--out", "offline")
    assert offline.returncode == 0, offline.stderr
    assert len(yahoo.log) == asked, "a rerun on the same day and an offline run send nothing"
    assert outputs(tmp_path / "live") == outputs(tmp_path / "again") == outputs(tmp_path / "offline")


@pytest.mark.slow
def test_a_host_that_refuses_is_exit_5_and_one_that_is_gone_exit_6(
    yahoo: LoopbackYahoo, tmp_path: Path
) -> None:
    yahoo.reset()
    for kind in ("chart", "summary", "series", "quotes"):
        yahoo.fail(kind, "*", Reply(429, b"Too Many Requests", {"Retry-After": "0"}))
    refused = screen(yahoo, tmp_path, "run", "--source", "yahoo")
    assert refused.returncode == 5, refused.stderr
    assert not (tmp_path / "out").exists()
    yahoo.reset()
    gone = screen(yahoo, tmp_path, "run", "--source", "yahoo", HTTPS_PROXY="http://127.0.0.1:9")
    assert gone.returncode == 6, gone.stderr
    assert "--source sample" in gone.stderr


@pytest.mark.slow
def test_a_partly_failing_host_is_exit_3_and_heals_on_the_next_run(
    yahoo: LoopbackYahoo, tmp_path: Path
) -> None:
    yahoo.reset()
    yahoo.fail("chart", "NVDA", Reply(200, b'{"chart":{"resu'))
    first = screen(yahoo, tmp_path, "run", "--source", "yahoo", "--json")
    assert first.returncode == 3, first.stderr
    assert "NVDA" in first.stderr and "bad payload" in first.stderr
    assert json.loads(first.stdout)["ok"]
    yahoo.reset()
    healed = screen(yahoo, tmp_path, "run", "--source", "yahoo")
    assert healed.returncode == 0, healed.stderr
    assert yahoo.count("chart", "NVDA") == 1 and yahoo.count("summary", "MU") == 0


@pytest.mark.slow
def test_a_failed_refresh_is_exit_3_although_stored_rows_fill_in(
    yahoo: LoopbackYahoo, tmp_path: Path
) -> None:
    yahoo.reset()
    yahoo.fail("series", "MU", Reply(200, b"{}"))
    done = screen(yahoo, tmp_path, "run", "--source", "yahoo")
    assert done.returncode == 3, done.stderr
    assert "MU" in done.stderr and f"prices {COMPANIES}/{COMPANIES}" in done.stderr


@pytest.mark.slow
def test_nothing_is_printed_by_yfinance(yahoo: LoopbackYahoo, tmp_path: Path) -> None:
    yahoo.reset()
    yahoo.fail("series", "MU", Reply(500, b"<html>"))
    done = screen(yahoo, tmp_path, "run", "--source", "yahoo")
    for noise in ("Warning", "yfinance", "possibly delisted", "Traceback", "HTTP Error"):
        assert noise not in done.stderr, done.stderr
