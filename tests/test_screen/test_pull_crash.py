"""Pulls that die, collide or find no room: what is stored stays, the next run recovers, the message says why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback_yahoo import LoopbackYahoo, certificate, live_chart, quote, series, summary

TICKERS = [f"T{k:02d}" for k in range(12)]
LONG_AFTER = date(2027, 6, 30)
HARNESS = Path(__file__).with_name("kill_harness.py")


def payloads() -> dict[tuple[str, str], Any]:
    days = [LONG_AFTER - timedelta(days=k) for k in range(900, -1, -1)]
    closes: dict[date, float | None] = {day: 100.0 + k % 7 for k, day in enumerate(days) if day.weekday() < 5}
    quarters = [("2026-03-31", 10e9, "USD"), ("2026-06-30", 11e9, "USD")]
    answers: dict[tuple[str, str], Any] = {}
    for ticker in TICKERS:
        answers["chart", ticker] = live_chart(closes)
        answers["summary", ticker] = summary()
        answers["series", ticker] = series({"TotalRevenue": quarters})
        answers["quotes", ticker] = quote(ticker, LONG_AFTER)
    return answers


@pytest.fixture(scope="module")
def yahoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LoopbackYahoo, dict[str, str]]]:
    pem = certificate(tmp_path_factory.mktemp("certificate"))
    clean = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    with LoopbackYahoo(pem, payloads()) as server:
        yield server, clean | {
            "HTTPS_PROXY": server.url, "CURL_CA_BUNDLE": str(pem), "REQUESTS_CA_BUNDLE": str(pem),
            "SSL_CERT_FILE": str(pem),
        }  # fmt: skip


def kill_pulls(env: dict[str, str], folder: Path, kills: int, seed: int) -> dict[str, Any]:
    command = [
        sys.executable, str(HARNESS), str(folder / "store"), str(folder / "ledger.json"), str(kills), str(seed),
        ",".join(TICKERS),
    ]  # fmt: skip
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.slow
def test_a_few_kills_lose_nothing(yahoo: tuple[LoopbackYahoo, dict[str, str]], tmp_path: Path) -> None:
    told = kill_pulls(yahoo[1], tmp_path, kills=6, seed=1)
    assert told["landed"] >= 1


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing(yahoo: tuple[LoopbackYahoo, dict[str, str]], tmp_path: Path) -> None:
    told = kill_pulls(yahoo[1], tmp_path, kills=200, seed=20260821)
    assert told["landed"] >= 100, "half of the kills must hit a pull at work"
