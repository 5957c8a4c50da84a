"""Small rows for the tests of the market store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from screen.market.tables import ESTIMATES, FX, MONTHLY_REVENUE, PROFILES, PULLS, STATEMENTS, STORED_PRICES

MONDAY = date(2026, 11, 2)


def bars(
    closes: Sequence[float | None],
    *,
    first: date = MONDAY,
    ticker: str = "NVDA",
    adj: Sequence[float | None] | None = None,
    splits: dict[int, float] | None = None,
    dividends: dict[int, float] | None = None,
    currency: str = "USD",
) -> pl.DataFrame:
    """STORED_PRICES of consecutive days from `first` on; splits and dividends by position."""
    return STORED_PRICES.frame(
        [
            {
                "ticker": ticker,
                "date": first + timedelta(place),
                "close": close,
                "adj_close": close if adj is None else adj[place],
                "volume": 1000.0,
                "currency": currency,
                "known_at": first + timedelta(place),
                "source": "yahoo",
                "split_ratio": (splits or {}).get(place),
                "dividend": (dividends or {}).get(place),
            }
            for place, close in enumerate(closes)
        ]
    )


def pulled(
    ticker: str, dataset: str, status: str = "ok", *, day: date = MONDAY, source: str = "yahoo"
) -> pl.DataFrame:
    """One row of PULLS."""
    row = {"ticker": ticker, "dataset": dataset, "status": status, "requests": 1, "source": source}
    return PULLS.frame([{**row, "pulled_at": day, "pull_id": day.isoformat()}])


def estimate(
    known: date, period: str, end: date, mean: float | None, *, seen: date | None = None, ticker: str = "NVDA"
) -> dict[str, object]:
    return {
        "ticker": ticker,
        "known_at": known,
        "period": period,
        "period_end": end,
        "metric": "eps",
        "mean": mean,
        "currency": "USD",
        "source": "yahoo",
        "seen_at": seen or known,
    }


def estimates(*rows: dict[str, object]) -> pl.DataFrame:
    return ESTIMATES.frame(list(rows))


def revenue(value: float, *, seen: date, known: date = date(2026, 8, 20), **other: object) -> pl.DataFrame:
    """One assumed_lag statement of Yahoo, or with `other` anything else."""
    row: dict[str, object] = {
        "ticker": "NVDA",
        "item": "revenue",
        "period_type": "Q",
        "period_end": date(2026, 7, 31),
        "value": value,
        "currency": "USD",
        "known_at": known,
        "known_at_basis": "assumed_lag",
        "is_latest_vintage": True,
        "tag_rank": 0,
        "source": "yahoo",
        "seen_at": seen,
    }
    return STATEMENTS.frame([{**row, **other}])


def rate(day: date, value: float, *, known: date | None = None, source: str = "yahoo") -> pl.DataFrame:
    row = {"base": "TWD", "quote": "USD", "date": day, "rate": value, "known_at": known or day}
    return FX.frame([{**row, "source": source}])


def month(value: float, *, seen: date) -> pl.DataFrame:
    row = {"ticker": "2330.TW", "period_end": date(2026, 9, 30), "revenue": value, "currency": "TWD"}
    return MONTHLY_REVENUE.frame([{**row, "known_at": date(2026, 10, 10), "source": "twse", "seen_at": seen}])


def profile(shares: float, *, day: date) -> pl.DataFrame:
    row = {"ticker": "NVDA", "known_at": day, "shares_outstanding": shares, "source": "yahoo"}
    return PROFILES.frame([row])
