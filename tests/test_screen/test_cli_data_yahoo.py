"""``screen data pull`` and ``screen doctor`` as processes of their own, on a loopback Yahoo behind HTTPS_PROXY."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from in_process import own_environment, run_here
from loopback_yahoo import LoopbackYahoo, Reply, certificate
from sample_answers import sample_answers


def screen(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "screen", *arguments],
        cwd=cwd,
        env=own_environment(cwd, environment),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def yahoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LoopbackYahoo, dict[str, str]]]:
    pem = str(certificate(tmp_path_factory.mktemp("certificate")))
    answers = sample_answers(datetime.now(tz=UTC).date())
    probed = {("chart", "AAPL"): {"chart": {"result": [], "error": None}}}
    with LoopbackYahoo(Path(pem), answers | probed) as server:
        yield server, {
            "HTTPS_PROXY": server.url, "https_proxy": server.url, "SCREEN_SOURCE": "yahoo",
            "CURL_CA_BUNDLE": pem, "REQUESTS_CA_BUNDLE": pem, "SSL_CERT_FILE": pem,
            "SCREEN_YAHOO_REQUESTS_PER_SECOND": "1000",
        }  # fmt: skip


@pytest.mark.slow
def test_the_doctor_foretells_the_pull_and_status_tells_it(
    yahoo: tuple[LoopbackYahoo, dict[str, str]], tmp_path: Path
) -> None:
    server, env = yahoo
    server.reset()
    look = screen("doctor", "--json", cwd=tmp_path, **env)
    assert look.returncode == 0, look.stdout + look.stderr
    rows = {(row["topic"], row["name"]): row for row in json.loads(look.stdout)["data"]}
    assert rows["source", "Yahoo"]["found"] == "answers"
    assert rows["settings", "Yahoo rate"]["level"] == "warn"
    foretold = int(rows["plan", "yahoo"]["found"].split()[1])

    server.reset()
    first = screen("data", "pull", "--json", cwd=tmp_path, **env)
    assert first.returncode == 0, first.stderr
    body = json.loads(first.stdout)
    assert abs(len(server.log) - foretold) <= 4
    assert body["meta"]["usable"] == body["meta"]["companies"] == 121
    assert f"{body['meta']['requests']} requests" in first.stderr

    asked = len(server.log)
    again = run_here("data", "pull", cwd=tmp_path, **env)
    assert again.returncode == 0, again.stderr
    assert "0 requests, nothing was due" in again.stderr
    status = json.loads(run_here("data", "status", "--json", cwd=tmp_path, **env).stdout)
    held = {row["dataset"]: row["tickers"] for row in status["data"]}
    assert held["prices"] == 121
    assert run_here("data", "check", cwd=tmp_path, **env).returncode == 0
    after = run_here("doctor", "--json", "--offline", cwd=tmp_path, **env)
    rows = {(row["topic"], row["name"]): row for row in json.loads(after.stdout)["data"]}
    assert rows["plan", "yahoo"]["found"] == "nothing is due: 0 requests"
    assert rows["coverage", ".TW"]["level"] == "ok"
    assert len(server.log) == asked


def test_a_refusing_host_is_5_keeps_the_store_and_json_says_why(
    yahoo: tuple[LoopbackYahoo, dict[str, str]], tmp_path: Path
) -> None:
    server, env = yahoo
    server.reset()
    for kind in ("chart", "summary", "series", "quotes"):
        server.fail(kind, "*", Reply(429, b"Too Many Requests", {"Retry-After": "0"}))
    refused = screen("data", "pull", "--ticker", "MU", "--ticker", "TSMC", "--json", cwd=tmp_path, **env)
    assert refused.returncode == 5, refused.stdout + refused.stderr
    assert json.loads(refused.stdout)["error"]["type"] == "RateLimitedError"
    assert "data: 0/2 tickers usable" in refused.stderr
    server.reset()
    server.fail("chart", "MU", Reply(200, b'{"chart":{"resu'))
    partial = run_here("data", "pull", "--ticker", "MU", "--ticker", "TSMC", cwd=tmp_path, **env)
    assert partial.returncode == 3, partial.stderr
    assert any("MU" in line and "bad_payload" in line for line in partial.stderr.splitlines())
    server.reset()
    healed = run_here("data", "pull", "--ticker", "MU", "--ticker", "TSMC", cwd=tmp_path, **env)
    assert healed.returncode == 0, healed.stderr
    assert server.count("chart", "MU") == 1
    assert server.count("chart", "2330.TW") == 0
