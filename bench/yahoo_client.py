"""A client of the loopback Yahoo in a process of its own, so that its memory and its imports are its own.

    python -m bench.yahoo_client pull STORE COMPANIES DAY WORKERS DAYS
    python -m bench.yahoo_client offline STORE COMPANIES DAY
    python -m bench.yahoo_client yfinance FOLDER COMPANIES DAY WORKERS DAYS

Prints a line of JSON; `yfinance` one a stage, and waits for a line on stdin before the next.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.made_up import companies
from bench.yahoo_server import ROOT, Server

__all__ = ["FREE_RATE", "ask", "ask_in_stages"]

FREE_RATE = 1e6
"""Requests a second without a limit: the politeness of 2 a second is not what is measured."""


def ask(server: Server, *arguments: str) -> dict[str, Any]:
    """Run the client against `server`; return what it tells and ``seen``, the requests that came."""
    server.count()
    done = subprocess.run(_command(arguments), check=True, capture_output=True, text=True,
                          cwd=ROOT, env=server.environment)  # fmt: skip
    seen = server.count()
    told: dict[str, Any] = json.loads(done.stdout)
    return told | {"seen": sum(seen.values()), "kinds": seen}


def ask_in_stages(server: Server, *arguments: str) -> Iterator[dict[str, Any]]:
    """The same for a client that works in stages."""
    server.count()
    with subprocess.Popen(
        _command(arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, cwd=ROOT, env=server.environment,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        for line in process.stdout:
            seen = server.count()
            yield json.loads(line) | {"seen": sum(seen.values()), "kinds": seen}
            process.stdin.write("\n")
            process.stdin.flush()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "bench.yahoo_client", *arguments]


def _megabytes() -> float:
    """Peak memory since this program began; getrusage would count that of the process it was forked from."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _pull(store: str, which: str, day: str, workers: str, days: str) -> None:
    from screen.market.pull import pull
    from screen.market.store import MarketStore
    from screen.market.yahoo import YahooFeed, YahooSettings

    those = companies(which)
    settings = YahooSettings(requests_per_second=FREE_RATE, workers=int(workers), history_days=int(days))
    started = time.perf_counter()
    result = pull(MarketStore(store), [YahooFeed(settings)], those, today=date.fromisoformat(day))
    seconds = time.perf_counter() - started
    told = {
        "seconds": seconds,
        "requests": result.requests,
        "rows": sum(result.added.values()),
        "not_ok": result.outcomes.filter(result.outcomes["status"] != "ok").height,
        "cpu": time.process_time(),
        "megabytes": _megabytes(),
    }
    print(json.dumps(told))


def _offline(store: str, which: str, day: str) -> None:
    from screen.market.live import StoreSource
    from screen.market.protocol import MarketRequest
    from screen.market.store import MarketStore

    when = date.fromisoformat(day)
    started = time.perf_counter()
    data = StoreSource(MarketStore(store), today=when, sources=["yahoo"]).fetch(
        MarketRequest(companies(which), when)
    )
    rows = sum(frame.height for frame in (data.prices, data.estimates, data.statements, data.fx))
    told = {"seconds": time.perf_counter() - started, "requests": 0, "rows": rows, "megabytes": _megabytes()}
    print(json.dumps(told))


def _yfinance(folder: str, which: str, day: str, workers: str, days: str) -> None:
    started = time.perf_counter()
    import yfinance

    warnings.simplefilter("ignore")
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)
    yfinance.set_tz_cache_location(tempfile.mkdtemp(dir=folder))
    tickers = [company.ticker for company in companies(which)]
    end = date.fromisoformat(day) + timedelta(days=1)
    handles = {ticker: yfinance.Ticker(ticker) for ticker in tickers}

    def stage(name: str, rows: int, since: float) -> None:
        told = {
            "stage": name,
            "seconds": time.perf_counter() - since,
            "rows": rows,
            "megabytes": _megabytes(),
        }
        print(json.dumps(told), flush=True)
        sys.stdin.readline()

    frame = yfinance.download(tickers, start=end - timedelta(days=int(days)), end=end, actions=True,
                              auto_adjust=False, progress=False, threads=int(workers))  # fmt: skip
    stage("download", int(frame["Close"].count().sum()), started)
    with ThreadPoolExecutor(int(workers)) as pool:
        since = time.perf_counter()
        stage("info", sum(map(len, pool.map(lambda t: handles[t].info, tickers))), since)
        since = time.perf_counter()
        stage("estimates", sum(pool.map(lambda t: _estimates(handles[t]), tickers)), since)
        since = time.perf_counter()
        stage("accounts", sum(pool.map(lambda t: _accounts(handles[t]), tickers)), since)


def _estimates(handle: Any) -> int:
    frames = (handle.earnings_estimate, handle.revenue_estimate, handle.eps_trend)
    return int(sum(frame.count().sum() for frame in frames))


def _accounts(handle: Any) -> int:
    frames = (handle.quarterly_income_stmt, handle.quarterly_balance_sheet, handle.quarterly_cashflow)
    return int(sum(frame.count().sum() for frame in frames))


if __name__ == "__main__":
    {"pull": _pull, "offline": _offline, "yfinance": _yfinance}[sys.argv[1]](*sys.argv[2:])
