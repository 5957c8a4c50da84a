"""Simulated exchange rates against the US dollar."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date

import numpy as np

from screen.market.sample.draws import Floats, autoregression, generator_for, significant
from screen.market.sample.timeline import FX_DAYS

__all__ = ["LEVELS", "rate_on", "rate_paths"]

LEVELS = {
    "TWD": (31.6, 0.0025),
    "KRW": (1450.0, 0.0040),
    "JPY": (155.0, 0.0045),
    "CNY": (7.10, 0.0012),
    "EUR": (0.855, 0.0035),
    "CHF": (0.800, 0.0035),
    "GBP": (0.745, 0.0035),
}
"""Currency -> (units for one US dollar around which it moves, own volatility a day). Orders of magnitude of
2026; TWD 31.6 is what TSMC's first quarter implies (NT$1,134.1bn against USD 35.9bn, figure F093)."""

PULL = 0.995
"""Daily persistence of the log deviation from the level: rates wander but stay near it."""


def rate_paths() -> dict[str, Floats]:
    """Return currency -> units for one US dollar on each of FX_DAYS; USD itself is 1."""
    paths = {"USD": np.ones(len(FX_DAYS))}
    for currency, (level, volatility) in LEVELS.items():
        draw = generator_for(currency, "fx")
        shocks = volatility * draw.standard_normal(len(FX_DAYS))
        deviation = autoregression(shocks, phi=PULL, start=0.0)
        paths[currency] = significant(level * np.exp(deviation), 5)
    return paths


def rate_on(path: Floats, day: date) -> float:
    """Return the rate of the last trading day on or before `day`; the first one for an earlier day."""
    return float(path[max(0, bisect_right(FX_DAYS, day) - 1)])
