"""The realistic flaws of the sample: which company carries which, so that tests and readers can look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = [
    "EXTRA",
    "NEGATIVE_EPS",
    "NO_COVERAGE",
    "SPLIT",
    "STALE_DAYS",
    "STALE_TAIL",
    "ExtraCompany",
    "Split",
    "flaws_of",
]


@dataclass(frozen=True)
class Split:
    """A split inside the window: earlier estimates and filings stay on the old share basis."""

    ticker: str
    ex_date: date
    ratio: float


@dataclass(frozen=True)
class ExtraCompany:
    """A made-up company outside every theme, there only to carry a minor currency unit."""

    ticker: str
    name: str
    quote_unit: str
    currency: str
    segment: str


NO_COVERAGE = ("6584.TWO", "8210.TW", "3706.TW", "6274.TWO")
"""No analyst follows them: estimates are null with 0 analysts."""

NEGATIVE_EPS = ("CRWV", "NBIS", "SNOW")
"""Expected and reported EPS below zero: the forward P/E is not defined, sales must serve."""

SPLIT = Split("KLAC", date(2026, 6, 5), 10.0)
"""KLA did split ten for one on that day (KLAC in the note on market data); the figures are simulated."""

STALE_TAIL = ("8996.TW",)
STALE_DAYS = 15
"""Trading days missing at the end of STALE_TAIL."""

EXTRA = ExtraCompany("SMPL.L", "Sample Pence plc (made up)", "GBp", "GBP", "power_distribution")
"""No company of the theme is quoted in pence, so a made-up one carries that flaw."""


def flaws_of(ticker: str) -> list[str]:
    """Return the names of the flaws of `ticker`, for the truth table."""
    found = {
        "no coverage": ticker in NO_COVERAGE,
        "negative EPS": ticker in NEGATIVE_EPS,
        "split": ticker == SPLIT.ticker,
        "stale tail": ticker in STALE_TAIL,
        "minor unit": ticker == EXTRA.ticker,
    }
    return [name for name, has in found.items() if has]
