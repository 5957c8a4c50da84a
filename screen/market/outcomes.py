"""OUTCOMES rows: what happened to each ticker and dataset of a request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

__all__ = ["DATASETS", "age_days", "missing_rates", "outcome", "outcomes_of"]

DATASETS = ("prices", "estimates", "statements", "profile")
"""Datasets asked for each ticker; fx is asked for each currency."""

_DATE_OF = {"prices": "date", "estimates": "known_at", "statements": "known_at", "profile": "known_at"}


def outcome(
    ticker: str,
    dataset: str,
    status: str,
    *,
    source: str,
    reason: str | None = None,
    requests: int = 0,
    latest: date | None = None,
) -> dict[str, object]:
    """Return one row of OUTCOMES as a dictionary."""
    return {
        "ticker": ticker,
        "dataset": dataset,
        "status": status,
        "reason": reason,
        "requests": requests,
        "latest": latest,
        "source": source,
    }


def outcomes_of(
    tickers: Iterable[str],
    frames: dict[str, pl.DataFrame],
    *,
    source: str,
    absent: dict[str, str],
    notes: dict[tuple[str, str], tuple[str, str]] | None = None,
) -> list[dict[str, object]]:
    """Return the OUTCOMES rows of delivered `frames`, one per ticker and dataset.

    Parameters
    ----------
    tickers
        Symbols that were asked for.
    frames
        Dataset name -> delivered frame.
    source
        Source id for the rows.
    absent
        Dataset name -> reason used where a ticker has no row.
    notes
        (ticker, dataset) -> (status, reason) that replaces a plain ok.

    Missing data: a ticker without rows becomes ``not_covered`` with the reason; nothing is dropped.
    """
    notes = notes or {}
    rows: list[dict[str, object]] = []
    newest = {name: _newest(frame, _DATE_OF[name]) for name, frame in frames.items()}
    for ticker in tickers:
        for dataset in DATASETS:
            latest = newest[dataset].get(ticker)
            status, reason = notes.get((ticker, dataset), ("ok", None))
            if latest is None:
                status, reason = "not_covered", absent[dataset]
            rows.append(outcome(ticker, dataset, status, source=source, reason=reason, latest=latest))
    return rows


def missing_rates(
    currencies: Iterable[str], fx: pl.DataFrame, *, source: str, reason: str
) -> list[dict[str, object]]:
    """Return one OUTCOMES row per currency that needs a rate against the US dollar.

    Missing data: a currency in neither column of `fx` is ``not_covered`` with `reason`.
    """
    rows = []
    for currency in sorted(set(currencies) - {"USD"}):
        seen = fx.filter((pl.col("base") == currency) | (pl.col("quote") == currency))
        latest = seen.get_column("date").max()
        found = isinstance(latest, date)
        rows.append(
            outcome(
                f"USD{currency}",
                "fx",
                "ok" if found else "not_covered",
                source=source,
                reason=None if found else reason,
                latest=latest if isinstance(latest, date) else None,
            )
        )
    return rows


def age_days(prices: pl.DataFrame, as_of: date) -> int | None:
    """Return the days from the newest close on or before `as_of` to `as_of`; None without one."""
    newest = prices.filter(pl.col("date") <= as_of).get_column("date").max()
    return (as_of - newest).days if isinstance(newest, date) else None


def _newest(frame: pl.DataFrame, column: str) -> dict[str, date]:
    return dict(frame.group_by("ticker").agg(pl.col(column).max()).iter_rows())
