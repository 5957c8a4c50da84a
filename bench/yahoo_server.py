"""A loopback Yahoo in a process of its own, so that client and server do not wait for one interpreter.

    python -m bench.yahoo_server CERTIFICATE COMPANIES LATENCY DAY BARS

Prints its address; answers each line on stdin with the requests since the last one, by kind; ends with stdin.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from bench.made_up import DAY, Encoded, answers

__all__ = ["Server", "serving"]

ROOT = Path(__file__).resolve().parents[1]


class Server:
    """The other end: environment for clients and a count of what they sent."""

    def __init__(self, process: subprocess.Popen[str], pem: Path) -> None:
        self._process = process
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        trust = ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
        kept = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
        self.environment = (
            kept | dict.fromkeys(("HTTPS_PROXY", "https_proxy"), address) | dict.fromkeys(trust, str(pem))
        )

    def count(self) -> dict[str, int]:
        """Return the requests since the last call, by kind."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: dict[str, int] = json.loads(self._process.stdout.readline())
        return found


@contextmanager
def serving(
    which: str, *, latency_s: float = 0.0, day: date = DAY, bars: int, folder: Path
) -> Iterator[Server]:
    """Run a server for the companies `which` with prices up to `day`."""
    from loopback_yahoo import certificate

    pem = certificate(folder)
    arguments = [str(pem), which, str(latency_s), day.isoformat(), str(bars)]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.yahoo_server", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        yield Server(process, pem)
    finally:
        process.kill()
        process.communicate()


class _Json:
    """Stands in for the loopback server's json module."""

    @staticmethod
    def dumps(body: Any) -> str:
        return body.text if isinstance(body, Encoded) else json.dumps(body)


def _serve(pem: str, which: str, latency: str, day: str, bars: str) -> None:
    import loopback_yahoo

    loopback_yahoo.json = _Json  # type: ignore[attr-defined]
    known: Mapping[tuple[str, str], Any] = answers(which, day=date.fromisoformat(day), bars=int(bars))
    with loopback_yahoo.LoopbackYahoo(Path(pem), dict(known), latency_s=float(latency)) as yahoo:
        print(yahoo.url, flush=True)
        told = 0
        for _ in sys.stdin:
            log = yahoo.log[told:]
            told += len(log)
            print(json.dumps(Counter(kind for kind, _ in log)), flush=True)
        os._exit(0)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
