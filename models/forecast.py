"""Where the multiple is expected in twelve months, how sure that is, and what growth it needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from models.company_speed import reversion_for, speed_without_history
from models.multiple_history import History, MarketMoves, history, market_moves, without_market
from models.panel_speed import panel_speed
from models.predictive import DEGREES_OF_FREEDOM, HORIZON_WEEKS, predict
from models.reverse_dcf import growth_opportunity_share, implied_growth
from models.reversion import Reversion, half_life, mean_error
from models.tables import FORECAST
from models.trailing_panel import TrailingPanel, residual_history

__all__ = ["Forecast", "forecast"]

# The basis of MULTIPLES on which a forecast of each multiple is graded. EV/sales has no weekly history of
# debt and cash; price over sales stands for its change.
BASIS_OF_MULTIPLE = {"forward_pe": "forward", "trailing_pe": "trailing", "ev_to_sales": "sales"}
# Five years behind the speed of reversion: ten half-lives of half a year, short enough for one regime.
REGIME_WEEKS = 260
# Under a year of history a median is not a normal level.
MIN_MEDIAN_WEEKS = 52


@dataclass(frozen=True)
class Forecast:
    """`table` is FORECAST; `standard_errors` gives ticker -> standard error of the expected change (log)."""

    table: pl.DataFrame
    standard_errors: Mapping[str, float]


@dataclass(frozen=True)
class _Speed:
    fit: Reversion
    sigma: float | None
    market_variance: float
    weeks: int


def _speed(
    ticker: str, volatility: float | None, fits: Mapping[str, Reversion], past: History, market: MarketMoves
) -> _Speed:
    common = 0.0 if market.sigma is None else market.sigma**2 * HORIZON_WEEKS
    weeks = past.weeks(ticker)
    if (fit := fits.get(ticker)) is not None:
        return _Speed(fit, fit.sigma, common, weeks)
    # The price moves the weekly multiple far more than EPS does, and the price's volatility holds the
    # market's moves already: no market term is added to it.
    fit = speed_without_history(fits)
    if volatility is not None and volatility > 0:
        return _Speed(fit, volatility / math.sqrt(52), 0.0, weeks)
    return _Speed(fit, None if math.isnan(fit.sigma) else fit.sigma, common, weeks)


def forecast(
    *,
    panel: pl.DataFrame,
    multiples: pl.DataFrame,
    warranted: pl.DataFrame,
    as_of: date,
    multiple_change: Mapping[str, float],
    trailing: TrailingPanel | None = None,
) -> Forecast:
    """Forecast the log multiple over 52 weeks from its premium, and reverse the price into growth.

    ``E[dm] = -(1 - phi^52) u``; its Student-t distribution is that of `models.predictive.predict`: the
    innovations of 52 weeks, the errors of phi and of the warranted level, and the market term, the
    variance of 52 weeks of common moves, where they could be told apart from the company's own.

    Parameters
    ----------
    panel, multiples
        `PANEL`, `MULTIPLES`; the speed of reversion comes from the trailing basis of `REGIME_WEEKS`.
    warranted
        `WARRANTED`, scenario included.
    multiple_change
        Ticker -> scenario change of the log multiple; it moves the premium, never the speed.
    trailing
        The panel of trailing multiples: what their regressors explain is taken out before own speeds are
        estimated, and the pooled speed is that of its residuals. None: the multiples as they are.

    Returns
    -------
    Forecast
        `FORECAST`, one row a panel ticker, and the standard errors of the expectation.

    Missing data: without a residual the premium is the deviation from the company's own median of 52 or
    more weeks, common moves taken out (said in half_life_basis), its error that of the mean of as many weeks;
    without that, or at a cyclical peak that
    could not be normalised, the row is null with a reason. No reverse DCF on EV/sales or at a cyclical
    peak.

    References
    ----------
    Methods, sections 2.3 and 2.4.
    """
    regime = multiples.filter(pl.col("date") >= as_of - timedelta(weeks=REGIME_WEEKS))
    past = history(multiples=regime, as_of=as_of, basis="trailing")
    market = market_moves(past)
    relative = History({t: without_market(s, market) for t, s in past.series.items()}, past.sources)
    residuals = residual_history(past, trailing)
    common = market_moves(residuals)
    unexplained = History({t: without_market(s, common) for t, s in residuals.series.items()}, past.sources)
    fits = reversion_for(unexplained, None if trailing is None else panel_speed(trailing))
    volatility = dict(panel.select("ticker", "volatility").iter_rows())
    rows, errors = [], {}
    for row in warranted.sort("ticker").iter_rows(named=True):
        ticker = str(row["ticker"])
        speed = _speed(ticker, volatility.get(ticker), fits, unexplained, market)
        start = _premium(row, relative, past, speed, multiple_change.get(ticker, 0.0))
        made, error = _row(row, speed, start)
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


def _premium(
    row: Mapping[str, object], past: History, levels: History, speed: _Speed, shift: float
) -> _Start:
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
    error = mean_error(speed.sigma or 0.0, speed.fit.phi, past.weeks(ticker))
    return _Start(last + shift - median, error, "trailing", level + shift, words)


def _row(row: Mapping[str, object], speed: _Speed, start: _Start) -> tuple[dict[str, object], float | None]:
    made: dict[str, object] = {"ticker": row["ticker"], "history_weeks": speed.weeks}
    if start.premium is None:
        return made | {"reason": row["reason"] or "no premium and under 52 weeks of own history"}, None
    fit = speed.fit
    ahead = predict(
        start.premium,
        fit,
        level_se=start.error,
        sigma=speed.sigma,
        market_variance=speed.market_variance,
    )
    capped = "; no mean reversion found" if fit.phi == 1 else ""
    made |= {
        "basis": start.basis,
        "log_multiple": start.log_multiple,
        "horizon_weeks": HORIZON_WEEKS,
        "expected_dln_multiple": ahead.mean,
        "half_life_weeks": half_life(fit.phi),
        "half_life_basis": fit.basis + capped + start.words,
    }
    if ahead.deviation is None:
        return made | {"reason": "volatility not known: no distribution"}, ahead.parameter_se
    spread = {
        "standard_deviation": ahead.deviation,
        "p_fall_10": ahead.p_fall,
        "degrees_of_freedom": DEGREES_OF_FREEDOM,
        "dln_multiple_low": ahead.low,
        "dln_multiple_high": ahead.high,
    }
    return made | spread, ahead.parameter_se


def _reverse(row: Mapping[str, object]) -> dict[str, object]:
    multiple = row["multiple"]
    earnings = row["multiple_used"] in ("forward_pe", "trailing_pe")
    if not earnings or row["is_cyclical_peak"] or not isinstance(multiple, float):
        return {}
    return {"implied_growth": implied_growth(multiple), "pvgo_share": growth_opportunity_share(multiple)}
