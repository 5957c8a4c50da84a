"""A first filling through the real client: requests, rows, memory, and seconds rather than minutes."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from loopback_yahoo import certificate
from yahoo_load import BARS

LOAD = Path(__file__).with_name("yahoo_load.py")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tickers", "latency_s", "limit_s"), [(60, 0.15, 8.0), (1000, 0.0, 12.0)], ids=["60 far", "1000 near"]
)
def test_a_first_filling_takes_few_requests_and_little_memory(
    tmp_path: Path, tickers: int, latency_s: float, limit_s: float
) -> None:
    pem = certificate(tmp_path)
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    server = subprocess.Popen(
        [sys.executable, str(LOAD), "serve", str(pem), str(tickers), str(latency_s)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert server.stdin is not None and server.stdout is not None
    try:
        proxy = server.stdout.readline().strip()
        environment |= dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy)
        environment |= dict.fromkeys(("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), str(pem))
        environment = {k: v for k, v in environment.items() if k.lower() != "no_proxy"}
        told = json.loads(
            subprocess.run(
                [sys.executable, str(LOAD), "pull", str(tickers), "8"],
                check=True, capture_output=True, text=True, env=environment,
            ).stdout
        )  # fmt: skip
        server.stdin.close()
        seen = int(server.stdout.readline())
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    print(told)
    assert seen == told["requests"] == 3 * tickers + math.ceil(tickers / 50) + 2
    assert told["rows"] > tickers * BARS
    # Seconds swing with the host: make bench holds the limit. A multiple of it means requests in single file.
    assert told["seconds"] < 4 * limit_s
    assert told["megabytes"] < 600
