"""Kill a pull at random points and look at the store after each: run as a script by test_pull_crash.py.

The parent never starts a thread of its own: it forks one child that pulls, kills it with SIGKILL after a random
time, and forks another that reads the store and compares it with everything an earlier reader saw. What was
stored once must be there for ever.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

FIRST_DAY = date(2026, 8, 21)


def main() -> None:
    store, ledger, kills, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    tickers = sys.argv[5].split(",")
    _warm_imports()
    chance = random.Random(seed)
    _timed(lambda: _pull(store, tickers, FIRST_DAY))
    again = _timed(lambda: _pull(store, tickers, FIRST_DAY + timedelta(days=7)))
    _must(_forked(lambda: _verify(store, ledger)), "the store after two whole pulls")
    landed = 0
    for k in range(kills):
        day = FIRST_DAY + timedelta(days=14 + k)
        child = _fork(lambda day=day: _pull(store, tickers, day))
        time.sleep(chance.uniform(0.0, again))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        landed += os.WIFSIGNALED(status)
        _must(_forked(lambda: _verify(store, ledger)), f"the store after kill {k}")
    last = FIRST_DAY + timedelta(days=14 + kills)
    _must(_forked(lambda: _pull(store, tickers, last)), "the pull after the kills")
    _must(_forked(lambda: _verify(store, ledger, day=last, tickers=tickers)), "the store after it")
    print(json.dumps({"kills": kills, "landed": landed, "pull_s": again}))


def _warm_imports() -> None:
    """Import in the parent what every child needs; neither polars nor the pull has started its workers yet."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import yfinance  # noqa: F401
    import screen.market.pull
    import screen.market.store
    import screen.market.yahoo.feed

    screen.market.pull.FLUSH_EVERY = 3  # twelve companies are then written as often as a hundred


def _pull(store: Path, tickers: list[str], day: date) -> None:
    from screen.market.protocol import Company
    from screen.market.pull import pull
    from screen.market.store import MarketStore
    from screen.market.yahoo.feed import YahooFeed
    from screen.market.yahoo.settings import YahooSettings

    fast = YahooSettings(requests_per_second=10_000.0, backoff_s=0.0, timeout_s=5.0)
    done = pull(
        MarketStore(store),
        [YahooFeed(fast)],
        [Company(ticker, ticker, "USD", "USD") for ticker in tickers],
        today=day,
    )
    if done.broken:
        raise SystemExit(f"the loopback host stopped answering: {done.broken}")


def _verify(store: Path, ledger: Path, *, day: date | None = None, tickers: list[str] | None = None) -> None:
    """Compare the store with the ledger of everything seen so far, and add to it."""
    from screen.market.store import MarketStore

    held = MarketStore(store)
    faults = held.faults()
    if faults:
        raise SystemExit(f"unreadable files: {faults}")
    prices = held.prices()
    rows = {f"{t} {d} close" for t, d in prices.select("ticker", "date").iter_rows()}
    for name in ("estimates", "statements", "profiles"):
        frame = held.facts(name)
        rows |= {f"{name} {r}" for r in frame.select("ticker", "known_at").iter_rows()}
    seen = set(json.loads(ledger.read_text())) if ledger.exists() else set()
    if lost := sorted(seen - rows):
        raise SystemExit(f"lost {len(lost)} rows, the first {lost[:3]}")
    ledger.write_text(json.dumps(sorted(rows)))
    if day is not None and tickers is not None:
        log = held.pulls().filter(pulled_at=day, dataset="prices", status="ok")
        if missing := sorted(set(tickers) - set(log["ticker"])):
            raise SystemExit(f"the pull after the kills did not fetch {missing}")


def _fork(job: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        job()
        code = 0
    except SystemExit as error:
        print(error, file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def _forked(job: Callable[[], None]) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(_fork(job), 0)[1])


def _timed(job: Callable[[], None]) -> float:
    started = time.monotonic()
    _must(_forked(job), "a whole pull")
    return time.monotonic() - started


def _must(code: int, what: str) -> None:
    if code:
        raise SystemExit(f"{what}: exit {code}")


if __name__ == "__main__":
    main()
