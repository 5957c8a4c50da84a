"""The one protocol that every market source follows, and what it delivers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

import polars as pl

from exposures.errors import TableError
from exposures.table import Table
from screen.market.progress import Notice, Progress
from screen.market.tables import (
    ESTIMATES,
    FX,
    MONTHLY_REVENUE,
    OUTCOMES,
    PRICES,
    PROFILES,
    SPLITS,
    STATEMENTS,
)

__all__ = [
    "Company",
    "MarketData",
    "MarketRequest",
    "MarketSource",
    "Notice",
    "Progress",
    "PullCost",
    "companies_of",
]


@dataclass(frozen=True)
class Company:
    """What a source must know of a company to ask for it."""

    ticker: str
    name: str
    listing_currency: str
    reporting_currency: str


@dataclass(frozen=True)
class MarketRequest:
    """Ask for companies up to `as_of`; rows known later may be delivered, the panel drops them."""

    companies: tuple[Company, ...]
    as_of: date
    progress: Progress | None = None
    notice: Notice | None = None

    @property
    def tickers(self) -> list[str]:
        """Symbols, in the order asked."""
        return [c.ticker for c in self.companies]


@dataclass(frozen=True)
class PullCost:
    """What refreshing the store cost; for stderr alone, never for an output.

    Parameters
    ----------
    requests, retries
        Data requests sent, repeats among them.
    seconds
        Wall time.
    broken
        (source, kind of fault) of hosts that stopped answering.
    """

    requests: int = 0
    retries: int = 0
    seconds: float = 0.0
    broken: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class MarketData:
    """Everything a source delivered, each frame checked by its declared table.

    Parameters
    ----------
    source
        Source id: files, sample, store, or the live sources joined by commas.
    label
        Name for people, e.g. ``local files`` (never a path: outputs must not depend on where data lies).
    is_simulated
        True for the sample: every output made from it says SIMULATED.
    age_days
        Age of the newest price on the day asked for; None when there is no price.
    note
        What the reader must know (a fallback, an age), empty otherwise.
    cost
        What refreshing the store cost; None for sources that do not refresh one.
    """

    source: str
    label: str
    is_simulated: bool
    prices: pl.DataFrame
    splits: pl.DataFrame
    estimates: pl.DataFrame
    statements: pl.DataFrame
    profiles: pl.DataFrame
    fx: pl.DataFrame
    outcomes: pl.DataFrame
    age_days: int | None = None
    note: str = ""
    monthly_revenue: pl.DataFrame = field(default_factory=MONTHLY_REVENUE.empty)
    cost: PullCost | None = None

    def checked(self) -> MarketData:
        """Return the same data with every frame checked and sorted by its key, or raise `TableError`."""

        def clean(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
            # without a key two vintages may differ in value alone: only every column orders them
            return table.conform(frame).sort(table.key or [c.name for c in table.columns])

        _require_sound_splits(self.splits)
        return replace(
            self,
            prices=clean(PRICES, self.prices),
            splits=clean(SPLITS, self.splits),
            estimates=clean(ESTIMATES, self.estimates),
            statements=clean(STATEMENTS, self.statements),
            profiles=clean(PROFILES, self.profiles),
            fx=clean(FX, self.fx),
            outcomes=clean(OUTCOMES, self.outcomes),
            monthly_revenue=clean(MONTHLY_REVENUE, self.monthly_revenue),
        )

    def known_by(self, as_of: date) -> MarketData:
        """Return only the rows known on or before `as_of` (splits are the price basis and stay)."""

        def cut(frame: pl.DataFrame) -> pl.DataFrame:
            return frame.filter(pl.col("known_at") <= as_of)

        return replace(
            self,
            prices=cut(self.prices),
            estimates=cut(self.estimates),
            statements=cut(self.statements),
            profiles=cut(self.profiles),
            fx=cut(self.fx),
            monthly_revenue=cut(self.monthly_revenue),
        )


def _require_sound_splits(splits: pl.DataFrame) -> None:
    """Raise TableError for a split told twice (it would count twice) or of an impossible ratio."""
    dated = splits.filter(pl.col("ex_date").is_not_null())
    twice = dated.filter(pl.struct("ticker", "ex_date").is_duplicated())
    if not twice.is_empty():
        ticker, day = twice.sort("ticker", "ex_date").select("ticker", "ex_date").row(0)
        raise TableError(
            f"SPLITS: {ticker} splits twice on {day}", fix="Keep one row per ticker and ex_date."
        )
    wrong = splits.filter(~pl.col("ratio").is_finite() | (pl.col("ratio") <= 0))
    if not wrong.is_empty():
        ticker, ratio = wrong.sort("ticker").select("ticker", "ratio").row(0)
        raise TableError(
            f"SPLITS: {ticker} has the ratio {ratio:g}", fix="A ratio is new shares for one old, above 0."
        )


class MarketSource(Protocol):
    """A source of market data."""

    name: str

    def newest_day(self) -> date | None:
        """Return the day of a run without a date; None for a live source (the clock decides then)."""
        ...

    def fetch(self, request: MarketRequest) -> MarketData:
        """Return what the source has for `request`.

        Never raises for one ticker: that is a row of OUTCOMES. Raises `NetworkError`,
        `RateLimitedError`, `DataError` or `UsageError` when the source as a whole cannot serve.
        """
        ...


def companies_of(frame: pl.DataFrame) -> Sequence[Company]:
    """Return the `Company` entries of a COMPANIES frame, in ticker order."""
    rows = frame.sort("ticker").select("ticker", "name", "listing_currency", "reporting_currency").iter_rows()
    return [Company(*row) for row in rows]
