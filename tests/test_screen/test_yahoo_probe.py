"""The probe: one request that tells whether Yahoo answers, and if not why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from loopback_yahoo import LoopbackYahoo, Reply, certificate, chart

from screen.market.yahoo.probe import probe


@pytest.fixture
def yahoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackYahoo]:
    pem = certificate(tmp_path)
    with LoopbackYahoo(pem, {("chart", "AAPL"): chart({date(2026, 8, 21): 1.0})}) as server:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, server.url)
        for name in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, str(pem))
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield server


def test_probe_tells_why(yahoo: LoopbackYahoo) -> None:
    assert probe(2.0).is_ok
    yahoo.fail("chart", "AAPL", Reply(200, b"<html>captive portal", times=1))
    assert probe(2.0).kind == "bad_payload"
    yahoo.fail("chart", "AAPL", Reply(503, b"", times=1))
    assert "503" in probe(2.0).reason
    yahoo.fail("chart", "AAPL", Reply(200, b"{}", hang_s=0.5))
    assert probe(0.2).kind == "timeout"
