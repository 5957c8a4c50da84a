"""A small market of invented figures, built row by row, for panel tests."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from exposures.tables import COMPANIES
from screen.market.protocol import MarketData
from screen.market.tables import ESTIMATES, FX, OUTCOMES, PRICES, PROFILES, SPLITS, STATEMENTS

AS_OF = date(2026, 6, 5)


def companies(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """COMPANIES from (ticker, listing currency, reporting currency)."""
    return COMPANIES.frame(
        [
            {
                "ticker": t,
                "name": t,
                "country": "US",
                "listing_currency": listed,
                "reporting_currency": reported,
                "layer": "compute",
                "group": t,
                "source": "test",
            }
            for t, listed, reported in rows
        ]
    )


def prices(ticker: str, closes: dict[date, float], currency: str = "USD") -> list[dict[str, object]]:
    return [
        {"ticker": ticker, "date": d, "close": c, "currency": currency, "known_at": d, "source": "test"}
        for d, c in closes.items()
    ]


def quarters(
    ticker: str,
    item: str,
    values: list[float],
    currency: str = "USD",
    last: date = date(2026, 3, 31),
    lag: int = 40,
) -> list[dict[str, object]]:
    """Consecutive quarters ending on `last`, each known `lag` days after its end."""
    rows: list[dict[str, object]] = []
    ends = [last - timedelta(days=91 * k) for k in range(len(values))][::-1]
    for end, value in zip(ends, values, strict=True):
        rows.append(
            {
                "ticker": ticker,
                "item": item,
                "period_type": "Q",
                "period_end": end,
                "value": value,
                "currency": currency,
                "known_at": end + timedelta(days=lag),
                "known_at_basis": "filed",
                "is_latest_vintage": False,
                "tag_rank": 0,
                "source": "test",
            }
        )
    return rows


def estimate(ticker: str, period: str, mean: float | None, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "ticker": ticker,
        "known_at": AS_OF - timedelta(days=1),
        "period": period,
        "metric": "eps",
        "mean": mean,
        "currency": "USD",
        "source": "test",
    }
    return row | more


def market(**frames: list[dict[str, object]]) -> MarketData:
    """MarketData from rows per table; a table that is not named is empty."""
    return MarketData(
        source="files",
        label="test rows",
        is_simulated=False,
        prices=PRICES.frame(frames.get("prices", [])),
        splits=SPLITS.frame(frames.get("splits", [])),
        estimates=ESTIMATES.frame(frames.get("estimates", [])),
        statements=STATEMENTS.frame(frames.get("statements", [])),
        profiles=PROFILES.frame(frames.get("profiles", [])),
        fx=FX.frame(frames.get("fx", [])),
        outcomes=OUTCOMES.frame(frames.get("outcomes", [])),
    )
