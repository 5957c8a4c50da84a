"""Pulls of Yahoo into the store, against a loopback server in a process of its own: requests, seconds, memory."""

from __future__ import annotations

import math
import statistics
import tempfile
from pathlib import Path

from bench.limits import figure, heading
from bench.made_up import BARS, DAY, DAYS, LATER, companies, currencies
from bench.yahoo_client import ask, ask_in_stages
from bench.yahoo_server import Server, serving
from screen.settings import Settings

__all__ = ["report"]

THEME = "multicloud-gpu"
LONG = DAYS["10 years"]
WEEKLY = 2.3
FAR_S = 0.15
DEFAULT_WORKERS, FEW_WORKERS = str(Settings.model_fields["yahoo_workers"].default), "4"
UNLIMITED = "rate unlimited; at the default of 2 requests a second, requests / 2 is the time"


def report() -> None:
    """Print the tables."""
    for which in ("60", THEME):
        with tempfile.TemporaryDirectory() as folder:
            _requests(which, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        _sixty_far(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        _thousand_near(Path(folder))


def _requests(which: str, folder: Path) -> None:
    """Count at the server what each kind of pull sends."""
    those = companies(which)
    u, c = len(those), len(currencies(those))
    heading(f"requests to Yahoo, {u} companies ({which}), {c} currencies; counted by the server")
    store, first, later = str(folder / "store"), DAY.isoformat(), LATER.isoformat()
    pull = ("pull", store, which)
    how = (DEFAULT_WORKERS, str(LONG))
    with serving(which, bars=BARS[LONG], folder=folder) as server:
        cold = ask(server, *pull, first, *how)
        again = ask(server, *pull, first, *how)
    with serving(which, day=LATER, bars=BARS[LONG], folder=folder) as server:
        weekly = ask(server, *pull, later, *how)
        rerun = ask(server, *pull, later, *how)
        offline = ask(server, "offline", store, which, later)
    cold_limit = 3 * u + math.ceil(u / 50) + c + 4
    figure("cold fill", cold["seen"], "requests", cold_limit, note=_kinds(cold["kinds"]))
    figure("the same day again", again["seen"], "requests", 0)
    figure("a week later, a third has reported", weekly["seen"], "requests", math.floor(WEEKLY * u),
           note=_kinds(weekly["kinds"]))  # fmt: skip
    figure("that day again", rerun["seen"], "requests", 0)
    figure("offline, everything read", offline["seen"], "requests", 0, note=f"{offline['rows']:,} rows")
    failed = cold["not_ok"]
    print(f"  outcomes of the cold fill that are not ok: {failed}\n")


def _kinds(kinds: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


def _sixty_far(folder: Path) -> None:
    """60 companies at 150 ms, beside yfinance's own functions on the same server."""
    heading(f"60 companies, {FAR_S * 1000:.0f} ms latency, cold, into an empty store; {UNLIMITED}")
    with serving("60", latency_s=FAR_S, bars=BARS[LONG], folder=folder) as server:
        _cold(server, folder, "60", DEFAULT_WORKERS, LONG, rounds=3, limit_s=8)
        ours = _cold(server, folder, "60", FEW_WORKERS, LONG, rounds=1)
        arguments = ("yfinance", str(folder), "60", DAY.isoformat(), FEW_WORKERS, str(LONG))
        stages = list(ask_in_stages(server, *arguments))
    heading(f"  yfinance's own API on the same server, same tickers and days, {FEW_WORKERS} threads:")
    for stage in stages:
        figure(f"  {STAGES[stage['stage']]}", stage["seconds"], "s", note=f"{stage['seen']} requests")
    theirs, sent = sum(s["seconds"] for s in stages), sum(s["seen"] for s in stages)
    print(
        f"  together {theirs:.1f} s, {sent} requests: {theirs / ours['seconds']:.1f} x the time and "
        f"{sent / ours['seen']:.1f} x the requests of the screen's pull with as many threads,\n"
        "  which also fetches the exchange rates and stores every row; yfinance's side stores nothing.\n"
    )


STAGES = {
    "download": "yf.download: prices, splits, dividends",
    "info": "Ticker.info: profile, quote",
    "estimates": "earnings_estimate, revenue_estimate, eps_trend",
    "accounts": "quarterly income, balance sheet, cash flow",
}


def _thousand_near(folder: Path) -> None:
    heading(f"1,000 companies, no latency, cold, into an empty store, {DEFAULT_WORKERS} workers; {UNLIMITED}")
    for days, rounds in ((DAYS["3 years"], 3), (LONG, 1)):
        with serving("1000", bars=BARS[days], folder=folder) as server:
            _cold(server, folder, "1000", DEFAULT_WORKERS, days, rounds=rounds, limit_s=12, limit_mb=600)
    print()


def _cold(
    server: Server, folder: Path, which: str, workers: str, days: int, *,
    rounds: int, limit_s: float | None = None, limit_mb: float | None = None,
) -> dict[str, float]:  # fmt: skip
    """Pull into an empty store `rounds` times; print and return the medians."""
    told = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            told.append(ask(server, "pull", f"{place}/store", which, DAY.isoformat(), workers, str(days)))
    found = {
        name: statistics.median(one[name] for one in told)
        for name in ("seconds", "cpu", "megabytes", "seen", "rows")
    }
    years = next(name for name, length in DAYS.items() if length == days)
    spread = f"{min(t['seconds'] for t in told):.2f}-{max(t['seconds'] for t in told):.2f}"
    note = f"n={rounds}, {spread} s; {found['cpu']:.1f} s of processor, {found['rows']:,.0f} rows"
    figure(f"{years} of prices, {workers} workers", found["seconds"], "s", limit_s, note=note)
    if limit_mb:
        figure("peak memory of the process", found["megabytes"], "MB", limit_mb)
    return found
