"""Speed at which the residuals of the panel fade, from one quarter to the next over all companies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from models.cross_section import HUBER_K, FloatArray, huber_regression
from models.reversion import LOWEST_PHI, Reversion
from models.trailing_panel import MIN_DATES, MIN_NAMES, STEP_WEEKS, TrailingPanel

__all__ = ["PanelSpeed", "panel_speed"]

# Eight names over eight dates, the floor of the panel itself.
MIN_STEPS = MIN_DATES * MIN_NAMES


@dataclass(frozen=True)
class PanelSpeed:
    """The pooled speed in weekly terms, and how much wider a quarter is than its weeks.

    Parameters
    ----------
    fit
        Weekly phi and its error; sigma is that of the quarter brought to a week.
    quarter_sigma
        Standard deviation of a quarter's innovation (log).
    """

    fit: Reversion
    quarter_sigma: float

    def spread_ratio(self, weekly_sigma: float) -> float:
        """Quarter's innovation over what 13 weekly ones add up to: 1 for an AR(1), more where it trends."""
        implied = weekly_sigma * math.sqrt(_steps(self.fit.phi))
        return self.quarter_sigma / implied if implied > 0 else 1.0


def _steps(phi: float) -> float:
    return float(STEP_WEEKS) if phi == 1 else (1 - phi ** (2 * STEP_WEEKS)) / (1 - phi**2)


def panel_speed(panel: TrailingPanel) -> PanelSpeed | None:
    """Regress each residual on that of the quarter before: ``u_{t+13} = phi_13 u_t + e``.

    Weekly, ``phi = phi_13^(1/13)``. The residuals are those of the regression with date effects: around the
    warranted level, so that no company means are estimated and there is no Nickell bias. Huber loss; the
    error is clustered by company.

    Returns
    -------
    PanelSpeed or None
        phi in [0.5, 1].

    Missing data: None without a panel, or with fewer than 64 pairs of quarters, or without variation.

    References: methods, sections 2.2 and 2.3.
    """
    found = panel.level
    if found is None:
        return None
    sample, fit = found
    rows = sample.keys.with_columns(u=pl.Series(fit.residuals))
    later = rows.select(
        "ticker", (pl.col("date") - timedelta(weeks=STEP_WEEKS)).alias("date"), pl.col("u").alias("next")
    )
    pairs = rows.join(later, on=["ticker", "date"]).sort("ticker", "date")
    before, after = pairs.get_column("u").to_numpy(), pairs.get_column("next").to_numpy()
    if before.size < MIN_STEPS or fit.scale <= 0:
        return None
    slope = huber_regression(after, before[:, None])
    if slope.scale <= 0:
        return None
    quarter_phi = min(1.0, max(float(slope.coefficients[0]), LOWEST_PHI**STEP_WEEKS))
    phi = quarter_phi ** (1 / STEP_WEEKS)
    error = _clustered(before, slope.residuals, slope.scale, pairs.get_column("ticker")) * phi / quarter_phi
    sigma = float(np.sqrt(np.mean((after - quarter_phi * before) ** 2)))
    names = pairs.get_column("ticker").n_unique()
    words = f"pooled over {names} names and {fit.dates} quarters"
    return PanelSpeed(Reversion(phi, error / STEP_WEEKS, sigma / math.sqrt(_steps(phi)), words), sigma)


def _clustered(x: FloatArray, residuals: FloatArray, scale: float, ticker: pl.Series) -> float:
    scores = np.clip(residuals, -HUBER_K * scale, HUBER_K * scale) * x
    inside = np.abs(residuals) <= HUBER_K * scale
    codes = ticker.rank("dense").cast(pl.Int64).to_numpy() - 1
    sums = np.bincount(codes, weights=scores)
    correction = sums.size / (sums.size - 1) if sums.size > 1 else 1.0
    return math.sqrt(correction * float(sums @ sums)) / float(np.sum(x[inside] ** 2))
