"""Which speed of reversion each company gets: its own, partially pooled with the others', or a prior."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.cross_section import FloatArray
from models.median_bias import median_unbiased_deviation
from models.multiple_history import History
from models.panel_speed import PanelSpeed
from models.partial_pooling import between_variance, shrunk
from models.reversion import LOWEST_PHI, Reversion, own_reversion, pooled_reversion

__all__ = ["MIN_OWN_WEEKS", "POOLED", "PRIOR_HALF_LIFE", "reversion_for", "speed_without_history"]

# Two years of weeks before a company's own speed of reversion may stand alone (methods 2.3).
MIN_OWN_WEEKS = 104
# Pooling: eight names with a year each (methods 2.3; eight is the firm-effects floor of 2.2).
MIN_POOLED_NAMES, MIN_POOLED_WEEKS = 8, 52
# Prior half-life: 52 weeks, a judgement. Premia of large companies are known to fade over one to three
# years; a year is the fast end, and the prior only serves until there is history.
PRIOR_HALF_LIFE = 52.0
# Two standard errors of the prior phi reach half-lives of about 26 and 104 weeks.
PRIOR_PHI_SE = (0.5 ** (1 / 104) - 0.5 ** (1 / 26)) / 4
# Key of the pooled speed among the companies'.
POOLED = ""


def reversion_for(relative: History, panel: PanelSpeed | None = None) -> dict[str, Reversion]:
    """Choose each company's speed of reversion: partially pooled, else its own, else none (the prior).

    With 8 or more names of 52 or more weeks, the speeds ``kappa = 1 - phi`` are taken as
    ``kappa_i ~ N(kappa, tau^2)``: kappa from the panel of residuals a quarter apart where there is one,
    else from the weekly series pooled around their own means (Nickell-corrected); each own one
    median-unbiased with the variance that its length gives at the pooled phi, tau^2 by the method of
    moments. A company's speed is drawn to the pooled one by the weight ``variance / (tau^2 + variance)``:
    a short history by much, a long one by little, all of them fully when they do not differ by more than
    chance. With fewer names a company needs 104 weeks and its speed stands alone.

    Where multiples trend within a quarter, 13 weeks spread wider than their weekly innovations add up to;
    with a panel every company's sigma is widened by that ratio.

    Parameters
    ----------
    relative
        Log multiples with the common moves (and what regressors explain) taken out.
    panel
        The pooled speed of the panel's residuals; None without one.

    Returns
    -------
    dict
        Ticker -> speed; `POOLED` -> the pooled one where there is one. phi at most 1.

    Missing data: companies without 52 weeks, or without variation, have no entry.

    References: methods, section 2.3.
    """
    weeks = {ticker: relative.weeks(ticker) for ticker in sorted(relative.series)}
    long = {t: relative.series[t] for t, n in weeks.items() if n >= MIN_POOLED_WEEKS}
    pooled = _pooled(list(long.values()), panel)
    own = {t: fit for t, s in long.items() if (fit := own_reversion(s, is_capped=False)) is not None}
    if pooled is not None:
        return _partially_pooled(own, weeks, pooled, panel)
    alone = {t: fit for t, fit in own.items() if weeks[t] >= MIN_OWN_WEEKS}
    return {
        t: Reversion(min(f.phi, 1.0), f.phi_se, f.sigma, f"own history of {weeks[t]} weeks")
        for t, f in alone.items()
    }


def _pooled(series: Sequence[FloatArray], panel: PanelSpeed | None) -> Reversion | None:
    if panel is not None:
        return panel.fit
    made = pooled_reversion(series) if len(series) >= MIN_POOLED_NAMES else None
    return None if made is None else replace(made, basis=f"pooled over {len(series)} names")


def _partially_pooled(
    own: Mapping[str, Reversion], weeks: Mapping[str, int], pooled: Reversion, panel: PanelSpeed | None
) -> dict[str, Reversion]:
    variances = {t: median_unbiased_deviation(pooled.phi, weeks[t]) ** 2 for t in own}
    between = between_variance(
        np.array([1 - fit.phi for fit in own.values()]), np.array(list(variances.values()))
    )
    centre_se = math.sqrt(pooled.phi_se**2 + between / max(len(own), 1))
    found = {POOLED: replace(pooled, phi_se=math.sqrt(centre_se**2 + between))}
    typical = math.sqrt(float(np.mean([fit.sigma**2 for fit in own.values()]))) if own else 0.0
    ratio = 1.0 if panel is None else panel.spread_ratio(typical)
    for ticker, fit in own.items():
        drawn = shrunk(
            1 - fit.phi, variances[ticker], centre=1 - pooled.phi, centre_se=centre_se, between=between
        )
        words = f"own history of {weeks[ticker]} weeks, {1 - drawn.own_weight:.0%} {pooled.basis}"
        phi = min(max(1 - drawn.value, LOWEST_PHI), 1.0)
        found[ticker] = Reversion(phi, drawn.standard_error, fit.sigma * ratio, words)
    return found


def speed_without_history(fits: Mapping[str, Reversion]) -> Reversion:
    """Return the speed for a company without a history of its own: pooled, else the prior.

    A pooled speed has the spread between the companies in its standard error. The prior's sigma is NaN:
    nothing is known of it.

    References: methods, section 2.3.
    """
    if (pooled := fits.get(POOLED)) is not None:
        words = f"{pooled.basis}: no own history of {MIN_POOLED_WEEKS} weeks"
        return Reversion(pooled.phi, pooled.phi_se, pooled.sigma, words)
    words = f"prior of {PRIOR_HALF_LIFE:.0f} weeks: neither own history nor {MIN_POOLED_NAMES} names to pool"
    return Reversion(0.5 ** (1 / PRIOR_HALF_LIFE), PRIOR_PHI_SE, math.nan, words)
