"""A stand-in for the SEC's hosts on 127.0.0.1: an HTTPS proxy with its own certificate, which the unmodified client
reaches through HTTPS_PROXY. Companies and figures are made up."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from loopback_https import LoopbackHttps, Reply, point_at, self_signed

HOSTS = ("www.sec.gov", "data.sec.gov")
TICKERS = "www.sec.gov/files/company_tickers.json"


def facts_path(cik: int) -> str:
    return f"data.sec.gov/api/xbrl/companyfacts/CIK{cik:010d}.json"


@dataclass(frozen=True)
class Request:
    """What the server saw of one request."""

    address: str
    headers: dict[str, str]
    at: float


class LoopbackEdgar(LoopbackHttps):
    """Serve `answers`: address without scheme -> body, with an ETag; every request is logged.

    `faults` come before the answers. A request whose If-None-Match is the body's ETag is answered with 304.
    """

    idle_s = 0.15

    def __init__(self, pem: Path) -> None:
        super().__init__(pem)
        self.answers: dict[str, bytes] = {}
        self.faults: list[tuple[str, Reply]] = []
        self.log: list[Request] = []

    def list_tickers(self, **numbers: int) -> None:
        """Serve the list of tickers: symbol -> CIK (``BRK_B`` for BRK-B)."""
        entries = {
            str(k): {"cik_str": cik, "ticker": symbol.replace("_", "-"), "title": symbol}
            for k, (symbol, cik) in enumerate(numbers.items())
        }
        self.answers[TICKERS] = json.dumps(entries).encode()

    def fail(self, address: str, reply: Reply) -> None:
        """Answer requests of `address` (``*``: any) with `reply`."""
        self.faults.append((address, reply))

    def count(self, address: str | None = None) -> int:
        """Return how many requests came, of one address or in all."""
        return sum(address in (None, request.address) for request in self.log)

    def reply(self, host: str, path: str, headers: dict[str, str]) -> Reply:
        """Return the fault of the address, else its answer."""
        with self._lock:
            self.log.append(Request(host + path, headers, time.monotonic()))
            return self._reply(host + path, headers)

    def _reply(self, address: str, headers: dict[str, str]) -> Reply:
        for wanted, reply in self.faults:
            if wanted in ("*", address) and reply.times > 0:
                reply.times -= 1
                return reply
        body = self.answers.get(address)
        if body is None:
            return Reply(404, b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>")
        tag = f'"{hash(body)}"'
        if headers.get("if-none-match") == tag:
            return Reply(304, headers={"ETag": tag})
        return Reply(200, body, headers={"ETag": tag, "Content-Type": "application/json"})


@contextmanager
def reachable(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[LoopbackEdgar]:
    """Run the server and point the environment of this process at it."""
    pem = certificate(folder)
    with LoopbackEdgar(pem) as server:
        point_at(server.url, pem, patch)
        yield server


def certificate(folder: Path) -> Path:
    """Write a certificate for the SEC's hosts into `folder`; return its path."""
    return self_signed(folder, HOSTS, name="edgar")
