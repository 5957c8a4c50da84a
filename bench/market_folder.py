"""A made-up market folder: real tickers, invented figures with a known mean reversion, written once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

__all__ = ["write_market_folder"]

HALF_LIFE_WEEKS = 26.0
WEEKLY_SIGMA, MARKET_SIGMA = 0.045, 0.02
FILED_AFTER = timedelta(days=40)
SHARES = 1e9
SEED = 17


def write_market_folder(
    folder: Path, tickers: list[str], *, first: date, last: date, is_daily: bool = False
) -> Path:
    """Write prices and statements of `tickers` from `first` to `last`, and return the folder.

    Log multiples are Ornstein-Uhlenbeck around a common walk, EPS grows by some percent a quarter, prices are
    their product: so a backtest has something to find. Weekly closes, or with `is_daily` five a week.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    weeks = [first + timedelta(weeks=k) for k in range((last - first).days // 7 + 1)]
    common = np.cumsum(rng.normal(0, MARKET_SIGMA, len(weeks)))
    prices, statements = [], []
    for ticker in tickers:
        ends, eps = _earnings(rng, first, last)
        known = np.searchsorted([end + FILED_AFTER for end in ends], weeks, side="right") - 1
        trailing = np.array([eps[max(k - 3, 0) : k + 1].sum() if k >= 3 else np.nan for k in known])
        multiple = np.log(25) + common + _reverting(rng, len(weeks))
        close = np.exp(multiple) * np.where(np.isnan(trailing), eps[:4].sum(), trailing)
        prices += _closes(rng, ticker, weeks, close, is_daily=is_daily)
        statements += _statements(ticker, ends, eps)
    pl.DataFrame(prices, schema=["ticker", "date", "close", "currency"], orient="row").write_parquet(
        folder / "prices.parquet"
    )
    columns = [
        "ticker",
        "item",
        "period_type",
        "period_end",
        "value",
        "currency",
        "known_at",
        "known_at_basis",
    ]
    pl.DataFrame(statements, schema=columns, orient="row").write_parquet(folder / "statements.parquet")
    return folder


def _reverting(rng: np.random.Generator, weeks: int) -> np.ndarray:
    phi = 0.5 ** (1 / HALF_LIFE_WEEKS)
    path = np.empty(weeks)
    path[0] = rng.normal(0, WEEKLY_SIGMA / np.sqrt(1 - phi**2))
    for k in range(1, weeks):
        path[k] = phi * path[k - 1] + rng.normal(0, WEEKLY_SIGMA)
    return path


def _earnings(rng: np.random.Generator, first: date, last: date) -> tuple[list[date], np.ndarray]:
    """Quarter ends from two years before `first`, and EPS of each."""
    ends = [date(y, m, d) for y in range(first.year - 2, last.year + 1) for m, d in QUARTER_ENDS]
    ends = [end for end in ends if end + FILED_AFTER <= last]
    growth = rng.normal(0.03, 0.03, len(ends))
    return ends, np.exp(rng.normal(0, 0.5) + np.cumsum(growth))


QUARTER_ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))


def _closes(
    rng: np.random.Generator, ticker: str, weeks: list[date], close: np.ndarray, *, is_daily: bool
) -> list[tuple[str, date, float, str]]:
    rows = []
    for week, value in zip(weeks, close, strict=True):
        for back in range(4, 0, -1) if is_daily else ():
            noise = float(np.exp(rng.normal(0, 0.01)))
            rows.append((ticker, week - timedelta(days=back), float(value) * noise, "USD"))
        rows.append((ticker, week, float(value), "USD"))
    return rows


def _statements(ticker: str, ends: list[date], eps: np.ndarray) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for end, value in zip(ends, eps.tolist(), strict=True):
        revenue = value * SHARES * 5
        items = {
            "eps_diluted": value,
            "revenue": revenue,
            "gross_profit": revenue * 0.55,
            "operating_income": revenue * 0.25,
            "net_income": value * SHARES,
            "shares_diluted": SHARES,
        }
        for item, figure in items.items():
            money = None if item == "shares_diluted" else "USD"
            rows.append((ticker, item, "Q", end, figure, money, end + FILED_AFTER, "filed"))
    return rows
