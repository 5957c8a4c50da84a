"""Guard against reading a low multiple on peak earnings as cheap (memory at 4-6 times)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.cross_section import FloatArray

__all__ = ["NOT_AT_PEAK", "Guard", "cyclical_guard"]

# EPS at 2.5 times the median of its own history is no longer an estimate of what the company earns
# through a cycle. Judgement: memory in 2026 is above 5, steady compounders stay under 2.5 over five years.
PEAK_RATIO = 2.5
# A margin in the top tenth of the own history counts as a peak as well.
PEAK_MARGIN_QUANTILE = 0.90
# The guard only matters where the multiple looks cheap. Memory at its peak has traded at 4 to 6 times
# (facts/README); on 2026-06-01 it stood at 9.8 (MU) and 10.0 (SNDK) on next year's EPS, so a limit of 10
# would cut through the group. No other name of the theme is under 14.
LOW_MULTIPLE = 12.0
# Eight quarters say whether the newest margin is unusual for the company.
MIN_TEST_QUARTERS = 8
# Three years of quarters span a memory cycle's half; with fewer a median margin is not a normal one.
MIN_QUARTERS = 12


@dataclass(frozen=True)
class Guard:
    """What the guard found.

    Parameters
    ----------
    is_peak
        True when the guard holds.
    normalisation
        kappa = median margin over current margin, at most 1, applied to EPS; None when it cannot be had.
    margin
        The median margin behind it (fraction); None without a normalisation.
    text
        What was found and done, in words; None when the guard does not hold.
    """

    is_peak: bool
    normalisation: float | None = None
    margin: float | None = None
    text: str | None = None


NOT_AT_PEAK = Guard(is_peak=False)


def cyclical_guard(
    *, multiple: float, eps_peak_ratio: float | None, operating_margin: float | None, margins: FloatArray
) -> Guard:
    """Decide whether earnings stand at a cyclical peak, and normalise them if the history allows.

    Holds when the earnings multiple is under 12 and either ``eps_peak_ratio >= 2.5`` or the margin of the
    newest quarter is above the 90th percentile of the company's own quarters. Normalised earnings are the
    median margin on current revenue: ``E_norm = E * min(1, median margin / current margin)``.

    Parameters
    ----------
    multiple
        Price over earnings (times).
    eps_peak_ratio
        Four-quarter EPS over the median of its rolling history.
    operating_margin
        Margin that the earnings under the multiple rest on (fraction): of the last four quarters for
        trailing EPS; of the newest quarter, if that is higher, for forward EPS.
    margins
        Operating margins of the single quarters, oldest first, NaN where unknown.

    Missing data: a test whose input is missing does not hold (the margin test needs 8 quarters); with fewer
    than 12 quarters, or a margin or median of zero or less, there is no normalisation and the multiple
    cannot be judged.

    References
    ----------
    facts/README, point 5 of the evidence (memory at 4-6 times forward earnings in May 2026).
    """
    known = margins[np.isfinite(margins)]
    enough = known.size >= MIN_QUARTERS
    by_ratio = eps_peak_ratio is not None and eps_peak_ratio >= PEAK_RATIO
    newest = float(known[-1]) if known.size >= MIN_TEST_QUARTERS else None
    by_margin = newest is not None and newest > float(np.quantile(known, PEAK_MARGIN_QUANTILE))
    if multiple >= LOW_MULTIPLE or not (by_ratio or by_margin):
        return NOT_AT_PEAK
    found = _found(multiple, eps_peak_ratio if by_ratio else None, newest if by_margin else None)
    median = float(np.median(known)) if enough else math.nan
    if not (enough and operating_margin is not None and operating_margin > 0 and median > 0):
        return Guard(True, text=f"{found}; no normal margin from {known.size} quarters: premium left open")
    kappa = min(1.0, median / operating_margin)
    done = f"premium measured on {multiple / kappa:.1f}x earnings at the median margin of {median:.1%}"
    return Guard(True, kappa, median, f"{found}; {done} (now {operating_margin:.1%})")


def _found(multiple: float, ratio: float | None, margin: float | None) -> str:
    why = [f"EPS {ratio:.1f} times its own median"] if ratio is not None else []
    why += (
        [f"newest operating margin {margin:.1%} in the top tenth of its quarters"]
        if margin is not None
        else []
    )
    return f"{multiple:.1f}x on peak earnings ({' and '.join(why)})"
