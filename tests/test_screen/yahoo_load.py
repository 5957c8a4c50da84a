"""A first filling of many companies, server and client each a process of its own, so that neither waits for the
other's interpreter.

    python yahoo_load.py serve CERTIFICATE TICKERS LATENCY     prints its address, serves until stdin closes
    python yahoo_load.py pull TICKERS WORKERS                  prints seconds, requests, rows, peak memory in MB
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from loopback_yahoo import LoopbackYahoo, chart, quote, series, summary

DAY = date(2026, 8, 21)
BARS = 780
"""Three years and a month."""


def names(count: int) -> list[str]:
    return [f"T{k:04d}" for k in range(count)]


class Encoded(dict[str, Any]):
    """An answer whose JSON is made once: the server must not be what is measured."""

    text = ""


def answers(count: int) -> dict[tuple[str, str], Any]:
    from yahoo_world import closes

    from screen.market.yahoo.statements import SERIES

    whole = chart(closes(DAY, bars=BARS))
    bars = whole["chart"]["result"][0]["indicators"]["quote"][0]
    bars.update(dict.fromkeys(("open", "high", "low"), bars["close"]))
    ends = ["2025-06-30", "2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30"]
    accounts = series({name: [(end, 1e9, "USD") for end in ends] for name in SERIES})
    shared = {"chart": Encoded(whole), "series": Encoded(accounts), "summary": Encoded(summary())}
    for body in shared.values():
        body.text = json.dumps(body)
    found = {(kind, name): body for name in names(count) for kind, body in shared.items()}
    return found | {("quotes", name): quote(name, DAY) for name in names(count)}


class Fast:
    """Stands in for the server's json module."""

    @staticmethod
    def dumps(body: Any) -> str:
        return body.text if isinstance(body, Encoded) else json.dumps(body)


def serve(pem: str, count: str, latency: str) -> None:
    import loopback_yahoo

    loopback_yahoo.json = Fast  # type: ignore[attr-defined]
    with LoopbackYahoo(Path(pem), answers(int(count)), latency_s=float(latency)) as yahoo:
        print(yahoo.url, flush=True)
        sys.stdin.read()
        print(len(yahoo.log), flush=True)
        os._exit(0)


def megabytes() -> float:
    """Peak memory since this program began; getrusage would count that of the process it was forked from."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def pull(count: str, workers: str) -> None:
    from screen.market.feed import PullRequest
    from screen.market.protocol import Company
    from screen.market.yahoo import YahooFeed, YahooSettings

    started = time.perf_counter()
    feed = YahooFeed(YahooSettings(requests_per_second=1e6, workers=int(workers)))
    companies = tuple(Company(name, name, "USD", "USD") for name in names(int(count)))
    rows = 0
    for batch in feed.pull(PullRequest(companies, DAY)):
        frames = [*batch.facts.values(), *([] if batch.prices is None else [batch.prices])]
        rows += sum(frame.height for frame in frames)
    told = {
        "seconds": time.perf_counter() - started,
        "requests": feed.report().requests,
        "rows": rows,
        "megabytes": megabytes(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    {"serve": serve, "pull": pull}[sys.argv[1]](*sys.argv[2:])
