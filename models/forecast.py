"""Where the multiple is expected in twelve months, how sure that is, and what growth it needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.multiple_history import History, MarketMoves, history, market_moves, without_market
from models.reverse_dcf import growth_opportunity_share, implied_growth
from models.reversion import Reversion, half_life, own_reversion, pooled_reversion
from models.tables import FORECAST

__all__ = [
    "Forecast",
    "expected_change",
    "fall_probability",
    "forecast",
    "predictive_deviation",
    "reversion_for",
]

HORIZON_WEEKS = 52
# The basis of MULTIPLES on which a forecast of each multiple is graded. EV/sales has no weekly history of
# debt and cash; price over sales stands for its change.
BASIS_OF_MULTIPLE = {"forward_pe": "forward", "trailing_pe": "trailing", "ev_to_sales": "sales"}
# The fall whose probability is stated: the seed's compression event (methods 2.1).
EVENT = math.log(0.9)
# Student-t with 5 degrees of freedom fits the tails by PIT (methods 2.3).
DEGREES_OF_FREEDOM = 5.0
# Five years behind the speed of reversion: ten half-lives of half a year, short enough for one regime.
REGIME_WEEKS = 260
# Two years of weeks before a company's own speed of reversion is used (methods 2.3).
MIN_OWN_WEEKS = 104
# Weeks at which a company's own speed and the pooled one weigh the same: two years hold about one swing,
# so an own estimate alone is mostly noise (of 33 real names 13 would show no reversion at all).
SHRINKAGE_WEEKS = 104
# Pooling: eight names with a year each (methods 2.3; eight is the firm-effects floor of 2.2).
MIN_POOLED_NAMES, MIN_POOLED_WEEKS = 8, 52
# Prior half-life: 52 weeks, a judgement. Premia of large companies are known to fade over one to three
# years; a year is the fast end, and the prior only serves until there is history.
PRIOR_HALF_LIFE = 52.0
# Two standard errors of the prior phi reach half-lives of about 26 and 104 weeks.
PRIOR_PHI_SE = (0.5 ** (1 / 104) - 0.5 ** (1 / 26)) / 4
# Under a year of history a median is not a normal level.
MIN_MEDIAN_WEEKS = 52


@dataclass(frozen=True)
class Forecast:
    """`table` is FORECAST; `standard_errors` gives ticker -> standard error of the expected change (log)."""

    table: pl.DataFrame
    standard_errors: Mapping[str, float]


def expected_change(premium: float, phi: float, *, weeks: int = HORIZON_WEEKS, fade: float = 0.0) -> float:
    """Expected change of the log multiple, ``E[dm_h] = -(1 - phi^h) u + fade``.

    Parameters
    ----------
    premium
        u, log premium over warranted.
    phi
        Weekly persistence in (0, 1]; 1 gives no reversion.
    fade
        Known change of the warranted log multiple over the horizon; 0 by default.

    Missing data: not allowed.

    References: methods, section 2.3.
    """
    return -(1 - phi**weeks) * premium + fade


def predictive_deviation(
    sigma: float,
    phi: float,
    *,
    weeks: int = HORIZON_WEEKS,
    parameter_variance: float = 0.0,
    market_variance: float = 0.0,
) -> float:
    """Standard deviation of the change, ``sqrt(s^2 (1-phi^2h)/(1-phi^2) + parameters + market)`` (log).

    At phi = 1 the first term is its limit, ``s^2 h``.

    Missing data: not allowed.

    References: methods, section 2.3.
    """
    steps = float(weeks) if phi == 1 else (1 - phi ** (2 * weeks)) / (1 - phi**2)
    return math.sqrt(sigma**2 * steps + parameter_variance + market_variance)


def fall_probability(
    mean: float, deviation: float, *, degrees: float = DEGREES_OF_FREEDOM, event: float = EVENT
) -> float | None:
    """Probability that the log multiple changes by less than `event`, ``F_nu((ln 0.9 - mu) / scale)``.

    `deviation` is a standard deviation, so the t is scaled by ``sqrt((nu - 2) / nu)`` to have it. The
    worked number of methods 2.3 (.6662449095) is the normal limit, ``degrees = inf``; with nu = 5 the
    same inputs give .6984598829.

    Returns
    -------
    float or None
        Fraction; None when the deviation is not positive.

    Raises
    ------
    ValueError
        When degrees is 2 or less (no standard deviation).
    """
    if degrees <= 2:
        raise ValueError(f"degrees must be above 2 for a standard deviation to exist, got {degrees}")
    if deviation <= 0:
        return None
    from scipy.special import ndtr, stdtr

    if math.isinf(degrees):
        return float(ndtr((event - mean) / deviation))
    return float(stdtr(degrees, (event - mean) / (deviation * math.sqrt((degrees - 2) / degrees))))


def reversion_for(past: History, market: MarketMoves) -> dict[str, Reversion]:
    """Choose each company's speed of reversion: own history, else pooled, else none (the prior).

    Own from 104 known weeks (Kendall-corrected), drawn to the pooled one where there is one:
    ``phi = w phi_own + (1 - w) phi_pooled, w = T / (T + 104)``. Pooled over the names with 52
    when there are at least 8 (Nickell-corrected), with the company's own innovations where it has 52
    weeks. The key "" holds the pooled one.

    References: methods, section 2.3.
    """
    relative = {t: without_market(s, market) for t, s in past.series.items()}
    long = {t: s for t, s in relative.items() if past.weeks(t) >= MIN_POOLED_WEEKS}
    own = {t: fit for t, s in sorted(long.items()) if (fit := own_reversion(s)) is not None}
    pooled = pooled_reversion([long[t] for t in sorted(long)]) if len(long) >= MIN_POOLED_NAMES else None
    found: dict[str, Reversion] = {}
    if pooled is not None:
        words = f"pooled over {len(long)} names"
        found[""] = Reversion(pooled.phi, pooled.phi_se, pooled.sigma, words)
    for ticker, fit in own.items():
        weeks = past.weeks(ticker)
        if weeks >= MIN_OWN_WEEKS:
            found[ticker] = _shrunk(fit, weeks, pooled)
        elif pooled is not None:
            words = f"{found[''].basis}: own history has only {weeks} weeks"
            found[ticker] = Reversion(pooled.phi, pooled.phi_se, fit.sigma, words)
    return found


def _shrunk(own: Reversion, weeks: int, pooled: Reversion | None) -> Reversion:
    words = f"own history of {weeks} weeks"
    if pooled is None:
        return Reversion(own.phi, own.phi_se, own.sigma, words)
    w = weeks / (weeks + SHRINKAGE_WEEKS)
    phi = w * own.phi + (1 - w) * pooled.phi
    error = math.hypot(w * own.phi_se, (1 - w) * pooled.phi_se)
    return Reversion(phi, error, own.sigma, f"{words}, {1 - w:.0%} pooled")


@dataclass(frozen=True)
class _Speed:
    phi: float
    phi_se: float
    sigma: float | None
    market_variance: float
    basis: str


def _speed(
    ticker: str, volatility: float | None, fits: Mapping[str, Reversion], market: MarketMoves
) -> _Speed:
    common = 0.0 if market.sigma is None else market.sigma**2 * HORIZON_WEEKS
    if ticker in fits:
        fit = fits[ticker]
        return _Speed(fit.phi, fit.phi_se, fit.sigma, common, fit.basis)
    # The price moves the weekly multiple far more than EPS does, and the price's volatility holds the
    # market's moves already: no market term is added to it.
    own = volatility / math.sqrt(52) if volatility is not None and volatility > 0 else None
    if (pooled := fits.get("")) is not None:
        sigma, term = (pooled.sigma, common) if own is None else (own, 0.0)
        return _Speed(pooled.phi, pooled.phi_se, sigma, term, f"{pooled.basis}: no own history of 52 weeks")
    words = f"prior of {PRIOR_HALF_LIFE:.0f} weeks: neither own history nor {MIN_POOLED_NAMES} names to pool"
    return _Speed(0.5 ** (1 / PRIOR_HALF_LIFE), PRIOR_PHI_SE, own, 0.0, words)


def forecast(
    *,
    panel: pl.DataFrame,
    multiples: pl.DataFrame,
    warranted: pl.DataFrame,
    as_of: date,
    multiple_change: Mapping[str, float],
) -> Forecast:
    """Forecast the log multiple over 52 weeks from its premium, and reverse the price into growth.

    ``E[dm] = -(1 - phi^52) u``; ``Var = s^2 (1-phi^104)/(1-phi^2) + parameter variance + market term``;
    ``P(fall > 10%) = F_nu``. Parameter variance is the delta method on (phi, warranted level):
    ``(52 phi^51 u)^2 se_phi^2 + (1 - phi^52)^2 se_u^2``. The market term is the variance of 52 weeks of
    common moves, where they could be told apart from the company's own.

    Parameters
    ----------
    panel, multiples
        `PANEL`, `MULTIPLES`; the speed of reversion comes from the trailing basis of `REGIME_WEEKS`.
    warranted
        `WARRANTED`, scenario included.
    multiple_change
        Ticker -> scenario change of the log multiple; it moves the premium, never the speed.

    Returns
    -------
    Forecast
        `FORECAST`, one row a panel ticker, and the standard errors of the expectation.

    Missing data: without a residual the premium is the deviation from the company's own median of 52 or
    more weeks, common moves taken out (said in half_life_basis); without that, or at a cyclical peak that
    could not be normalised, the row is null with a reason. No reverse DCF on EV/sales or at a cyclical
    peak.

    References
    ----------
    Methods, sections 2.3 and 2.4.
    """
    regime = multiples.filter(pl.col("date") >= as_of - timedelta(weeks=REGIME_WEEKS))
    past = history(multiples=regime, as_of=as_of, basis="trailing")
    market = market_moves(past)
    fits = reversion_for(past, market)
    relative = History({t: without_market(s, market) for t, s in past.series.items()}, past.sources)
    volatility = dict(panel.select("ticker", "volatility").iter_rows())
    rows, errors = [], {}
    for row in warranted.sort("ticker").iter_rows(named=True):
        ticker = str(row["ticker"])
        speed = _speed(ticker, volatility.get(ticker), fits, market)
        made, error = _row(row, speed, _premium(row, relative, past, multiple_change.get(ticker, 0.0)))
        rows.append(made | _reverse(row))
        if error is not None:
            errors[ticker] = error
    return Forecast(FORECAST.frame(rows), errors)


@dataclass(frozen=True)
class _Start:
    """Where a forecast starts: premium (None when unknown), its error, basis, log multiple, words."""

    premium: float | None
    error: float = 0.0
    basis: str = ""
    log_multiple: float = 0.0
    words: str = ""


def _premium(row: Mapping[str, object], past: History, levels: History, shift: float) -> _Start:
    ticker, residual, error = str(row["ticker"]), row["residual"], row["residual_se"]
    multiple = row["multiple"]
    if isinstance(residual, float) and isinstance(multiple, float):
        basis = BASIS_OF_MULTIPLE[str(row["multiple_used"])]
        return _Start(residual, error if isinstance(error, float) else 0.0, basis, math.log(multiple))
    last = past.last(ticker)
    if row["is_cyclical_peak"] or last is None or past.weeks(ticker) < MIN_MEDIAN_WEEKS:
        return _Start(None)
    median = float(np.nanmedian(past.series[ticker]))
    level = levels.last(ticker) or 0.0
    words = "; premium = deviation from the own median, for want of a warranted multiple"
    return _Start(last + shift - median, 0.0, "trailing", level + shift, words)


def _row(row: Mapping[str, object], speed: _Speed, start: _Start) -> tuple[dict[str, object], float | None]:
    made: dict[str, object] = {"ticker": row["ticker"]}
    premium, error, words = start.premium, start.error, start.words
    if premium is None:
        return made | {"reason": row["reason"] or "no premium and under 52 weeks of own history"}, None
    reverts = 1 - speed.phi**HORIZON_WEEKS
    slope = HORIZON_WEEKS * speed.phi ** (HORIZON_WEEKS - 1) * premium
    variance = (slope * speed.phi_se) ** 2 + (reverts * error) ** 2
    mean = expected_change(premium, speed.phi)
    capped = "; no mean reversion found" if speed.phi == 1 else ""
    made |= {
        "basis": start.basis,
        "log_multiple": start.log_multiple,
        "horizon_weeks": HORIZON_WEEKS,
        "expected_dln_multiple": mean,
        "half_life_weeks": half_life(speed.phi),
        "half_life_basis": speed.basis + capped + words,
    }
    if speed.sigma is None:
        return made | {"reason": "volatility not known: no distribution"}, math.sqrt(variance)
    deviation = predictive_deviation(
        speed.sigma, speed.phi, parameter_variance=variance, market_variance=speed.market_variance
    )
    probability = fall_probability(mean, deviation)
    spread = {
        "standard_deviation": deviation,
        "p_fall_10": probability,
        "degrees_of_freedom": DEGREES_OF_FREEDOM,
    }
    return made | spread, math.sqrt(variance)


def _reverse(row: Mapping[str, object]) -> dict[str, object]:
    multiple = row["multiple"]
    earnings = row["multiple_used"] in ("forward_pe", "trailing_pe")
    if not earnings or row["is_cyclical_peak"] or not isinstance(multiple, float):
        return {}
    return {"implied_growth": implied_growth(multiple), "pvgo_share": growth_opportunity_share(multiple)}
