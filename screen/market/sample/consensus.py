"""Simulated consensus: what analysts expected of each fiscal year and quarter on each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from screen.market.sample.draws import Floats, autoregression, generator_for
from screen.market.sample.timeline import QUARTER_ENDS

__all__ = ["Consensus", "Quarterly", "expected_by_year", "forward_twelve_months", "make_consensus"]

MOOD = 0.995
"""Daily persistence of the analysts' common error: half of it is gone after about 28 weeks."""
ERROR = 0.035
"""Standard deviation of the log error of a figure one year ahead."""
REVISION = {"bottleneck": 0.10, "contested": 0.03, "pressured": -0.03}
"""Log amount by which analysts stand too low one year ahead, by tier: bottlenecks are revised up."""
PAYER_REVISION = 0.07
"""The same for payers: the notes see expected EPS rise while the multiple falls (R000-06)."""
REVENUE_SHARE = 0.4
"""A revenue estimate errs by this share of the error of the EPS estimate."""
REPORT_DAYS = 45
"""A year's figure is certain about this many days after its end."""

Quarterly = Floats


@dataclass(frozen=True)
class Consensus:
    """The analysts' error process of one company.

    Parameters
    ----------
    days
        Trading days.
    mood
        Common error on each day (standard deviations).
    revision
        Log amount by which they stand too low one year ahead.
    analysts
        How many follow the company.
    spread
        Half the range from the lowest to the highest estimate (fraction of the mean).
    """

    days: list[date]
    mood: Floats
    revision: float
    analysts: int
    spread: float

    def error(self, end: date, *, share: float = 1.0) -> Floats:
        """Return the log error on each day of an estimate of a period that ends at `end`."""
        ahead = np.array([max(0.0, (end - day).days + REPORT_DAYS) / 365.25 for day in self.days])
        ahead = np.minimum(ahead, 2.5)
        error: Floats = share * (ERROR * np.sqrt(ahead) * self.mood - self.revision * ahead)
        return error

    def expected(self, true: float, end: date, *, share: float = 1.0) -> Floats:
        """Return the estimate on each day of a figure that will turn out `true`; sign-safe."""
        return true + abs(true) * (np.exp(self.error(end, share=share)) - 1.0)


def make_consensus(ticker: str, tier: str | None, days: list[date]) -> Consensus:
    """Return the error process of `ticker` on `days`."""
    draw = generator_for(ticker, "consensus")
    innovation = np.sqrt(1 - MOOD**2) * draw.standard_normal(len(days))
    mood = autoregression(innovation, phi=MOOD, start=float(draw.standard_normal()))
    usual = PAYER_REVISION if tier is None else REVISION[tier]
    return Consensus(
        days=days,
        mood=mood,
        revision=usual * float(draw.uniform(0.7, 1.3)),
        analysts=int(draw.integers(6, 46)),
        spread=round(float(draw.uniform(0.03, 0.15)), 3),
    )


def expected_by_year(values: Quarterly) -> dict[int, float]:
    """Return calendar year -> sum of its four quarters, for the years that are complete."""
    years: dict[int, list[float]] = {}
    for end, value in zip(QUARTER_ENDS, values, strict=True):
        years.setdefault(end.year, []).append(float(value))
    return {year: sum(parts) for year, parts in years.items() if len(parts) == 4}


def forward_twelve_months(consensus: Consensus, values: Quarterly, *, share: float = 1.0) -> Floats:
    """Return the expected sum over the next twelve months on each day.

    .. math:: \\omega FY1 + (1 - \\omega) FY2

    with FY1 the running calendar year and omega the part of it that is left.
    """
    years = expected_by_year(values)
    series = {
        year: consensus.expected(total, date(year, 12, 31), share=share) for year, total in years.items()
    }
    result = np.empty(len(consensus.days))
    for t, day in enumerate(consensus.days):
        omega = min(1.0, (date(day.year, 12, 31) - day).days / 365.25)
        result[t] = omega * series[day.year][t] + (1 - omega) * series[day.year + 1][t]
    return result
