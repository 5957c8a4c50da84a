"""The backtest: time against dates, and one Dask worker against two, on a made-up market."""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from bench.limits import figure, heading
from bench.market_folder import write_market_folder
from screen.backtest.executors import ONE_THREAD, SerialExecutor, open_executor
from screen.backtest.run import BacktestPlan, run_backtest

__all__ = ["report"]

THEME = "multicloud-gpu"
NAMES, FIRST, LAST = 40, date(2010, 1, 1), date(2026, 6, 26)
"""Ten years of history behind every date that is measured, so that all dates cost the same."""

COUNTS = (8, 16, 32)
DASK_DATES, ROUNDS = 16, 3
SPEEDUP = 1.6


def report() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as place:
        folder = write_market_folder(Path(place), _tickers(), first=FIRST, last=LAST)
        _linear(folder)
        _workers(folder)


def _tickers() -> list[str]:
    from exposures.load import load_theme

    companies = load_theme(THEME, as_of=LAST).companies
    is_dollar = (pl.col("listing_currency") == "USD") & (pl.col("reporting_currency") == "USD")
    return companies.filter(is_dollar).sort("ticker").head(NAMES).get_column("ticker").to_list()


def _plan(folder: Path, dates: int) -> BacktestPlan:
    return BacktestPlan(THEME, LAST - timedelta(weeks=4 * (dates - 1)), LAST, 4, folder)


def _linear(folder: Path) -> None:
    """Processor time of this process: what other programs do meanwhile does not enter."""
    run_backtest(_plan(folder, COUNTS[0]), SerialExecutor())  # imports, and the market in memory
    each = {}
    for dates in COUNTS:
        start = time.process_time()
        run_backtest(_plan(folder, dates), SerialExecutor())
        each[dates] = (time.process_time() - start) / dates
    heading(
        f"backtest of {NAMES} names in this process: processor time a date, over that of the shortest run"
    )
    for dates, seconds in each.items():
        ratio = seconds / each[COUNTS[0]]
        figure(f"{dates} dates (1 = linear)", ratio, "x", note=f"{seconds * 1000:.0f} ms a date")
    print()


def _workers(folder: Path) -> None:
    """Interleave one worker and two of their own clusters, so that both see the same machine."""
    try:
        import distributed
    except ImportError:
        print("two Dask workers: distributed is not installed\n")
        return
    heading(f"{DASK_DATES} dates on Dask, processes of one thread each, clusters already started, n={ROUNDS}")
    with _cluster(distributed, 1) as one, _cluster(distributed, 2) as two:
        seconds: dict[int, list[float]] = {1: [], 2: []}
        for turn in range(ROUNDS + 1):
            for count, cluster in ((1, one), (2, two)):
                spent = _timed(folder, cluster.scheduler_address)
                if turn:  # the first lets each worker import and load
                    seconds[count].append(spent)
    medians = {count: statistics.median(times) for count, times in seconds.items()}
    for count, median in medians.items():
        spread = f"{min(seconds[count]):.2f}-{max(seconds[count]):.2f} s"
        figure(f"{count} worker{'s' if count > 1 else ''}", median, "s", note=spread)
    ratio = statistics.median(a / b for a, b in zip(seconds[1], seconds[2], strict=True))
    print(f"  two workers over one: {ratio:.2f} x as fast (wanted: at least {SPEEDUP})\n")


def _cluster(distributed: Any, workers: int) -> Any:
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        host="127.0.0.1",
        env=dict.fromkeys(ONE_THREAD, "1"),
    )


def _timed(folder: Path, address: str) -> float:
    with open_executor(workers=1, scheduler=address) as executor:
        start = time.perf_counter()
        run_backtest(_plan(folder, DASK_DATES), executor)
        return time.perf_counter() - start
