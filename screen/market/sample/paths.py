"""Simulated multiples and prices: price = multiple times expected earnings, on every day."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from screen.market.sample.accounts import Accounts
from screen.market.sample.consensus import Consensus, forward_twelve_months
from screen.market.sample.draws import Floats, autoregression, generator_for, significant
from screen.market.sample.segments import SegmentProfile, profile_of
from screen.market.sample.timeline import DAYS, QUARTER_ENDS, REPORTED_QUARTERS, SAMPLE_END, year_fraction
from screen.market.sample.universe import SampleCompany

__all__ = ["BETA_SLOPE", "GROWTH_SLOPE", "INTERCEPT", "MARGIN_SLOPE", "Path", "price_path"]

INTERCEPT = float(np.log(15.0))
GROWTH_SLOPE = 0.8
MARGIN_SLOPE = 0.6
BETA_SLOPE = -0.15
"""The true warranted log multiple: INTERCEPT + GROWTH_SLOPE * growth + MARGIN_SLOPE * operating margin
+ BETA_SLOPE * (beta - 1) - the segment's cycle discount. Orders of magnitude of a US cross-section (methods
note 2.2); models must find them, so they are ours."""
SALES_INTERCEPT = float(np.log(3.0))
"""The same level for a price-to-sales multiple, used where EPS is not positive."""
GROWTH_BOUNDS = (-0.30, 0.60)
MARKET_VOLATILITY = 0.008
SEGMENT_VOLATILITY = 0.005
"""Daily log volatility of the common shocks."""
HALF_LIFE_WEEKS = (18.0, 36.0)
STORY_YEARS = 1.5
"""A segment's multiple story plays out over the last year and a half."""
TARGETS = {
    "USD": (25, 450), "TWD": (80, 1500), "KRW": (60_000, 900_000), "JPY": (3_000, 20_000), "CNY": (30, 250),
    "EUR": (30, 300), "CHF": (40, 90), "GBP": (3, 25),
}  # fmt: skip
"""Listing currency -> range of the last price. Only sets the share count."""


@dataclass(frozen=True)
class Path:
    """Daily prices of one company and the parameters behind them.

    `close` is in the listing currency; `denominator` is the forward EPS (or sales per share) in the
    reporting currency; log_multiple = ln(close / (denominator * fx)).
    """

    close: Floats
    denominator: Floats
    log_multiple: Floats
    warranted: Floats
    basis: str
    shares: float
    beta: float
    half_life_weeks: float
    weekly_volatility: float
    company_effect: float
    premium: float
    growth: float
    operating_margin: float


def price_path(company: SampleCompany, accounts: Accounts, consensus: Consensus, fx: Floats) -> Path:
    """Return the price path of `company`.

    The log multiple is warranted level + segment story + company effect + premium. The premium is a
    daily AR(1) whose half-life is the truth to be found; its shocks are beta times the market's, the
    segment's and the company's own. The company effect pins the multiple to a published one, else it is 0.

    Parameters
    ----------
    fx
        Units of the listing currency for one unit of the reporting currency on each of DAYS.
    """
    profile = profile_of(company.segment)
    draw = generator_for(company.ticker, "path")
    beta = float(np.round(profile.beta * draw.uniform(0.8, 1.2), 3))
    half_life = float(np.round(draw.uniform(*HALF_LIFE_WEEKS), 1))
    earnings = forward_twelve_months(consensus, accounts.underlying_income)
    is_profitable = bool(earnings.min() > 0)
    sales = forward_twelve_months(consensus, accounts.revenue, share=0.4)
    total = earnings if is_profitable else sales
    growth = _growth(accounts.underlying_income if is_profitable else accounts.revenue)
    margin = _trailing_margin(accounts)
    base = INTERCEPT if is_profitable else SALES_INTERCEPT
    slope = MARGIN_SLOPE if is_profitable else 0.0
    warranted = (
        base + GROWTH_SLOPE * growth + slope * margin + BETA_SLOPE * (beta - 1) - profile.cycle_discount
    )
    premium, weekly = _premium(company, profile, beta, half_life, draw)
    story = profile.multiple_story * np.clip(-year_fraction(DAYS) / STORY_YEARS, 0.0, 1.0)
    log_multiple = warranted + story + premium
    effect = _pin(company, log_multiple)
    log_multiple = log_multiple + effect
    value = total * np.exp(log_multiple) * fx
    target = np.exp(draw.uniform(*np.log(TARGETS[company.listing_currency])))
    shares = float(significant(np.array([value[-1] / target]), 4)[0])
    return Path(
        close=value / shares,
        denominator=total / shares,
        log_multiple=log_multiple,
        warranted=warranted,
        basis="forward_pe" if is_profitable else "forward_sales",
        shares=shares,
        beta=beta,
        half_life_weeks=half_life,
        weekly_volatility=weekly,
        company_effect=effect,
        premium=float(premium[-1]),
        growth=float(growth[-1]),
        operating_margin=float(margin[-1]),
    )


def _premium(
    company: SampleCompany, profile: SegmentProfile, beta: float, half_life: float, draw: np.random.Generator
) -> tuple[Floats, float]:
    market = MARKET_VOLATILITY * generator_for("market", "shock").standard_normal(len(DAYS))
    segment = SEGMENT_VOLATILITY * generator_for(company.segment, "shock").standard_normal(len(DAYS))
    own = profile.daily_volatility * draw.standard_normal(len(DAYS))
    variance = (beta * MARKET_VOLATILITY) ** 2 + SEGMENT_VOLATILITY**2 + profile.daily_volatility**2
    phi = float(0.5 ** (1 / (5 * half_life)))
    start = float(np.sqrt(variance / (1 - phi**2)) * draw.standard_normal())
    path = autoregression(beta * market + segment + own, phi=phi, start=start)
    return path, float(np.sqrt(5 * variance))


def _growth(quarterly: Floats) -> Floats:
    """Return ln(months 13 to 24 / months 1 to 12) of the true path, interpolated between quarter ends."""
    sums = np.array([quarterly[k + 1 : k + 5].sum() for k in range(len(quarterly) - 4)])
    growth = np.log(np.maximum(sums[4:], 1e-9) / np.maximum(sums[:-4], 1e-9))
    ends = year_fraction(QUARTER_ENDS[: len(growth)])
    bounded: Floats = np.clip(growth, *GROWTH_BOUNDS)
    return np.interp(year_fraction(DAYS), ends, bounded)


def _trailing_margin(accounts: Accounts) -> Floats:
    last = REPORTED_QUARTERS
    income = np.convolve(accounts.operating_income[:last], np.ones(4), mode="valid")
    revenue = np.convolve(accounts.revenue[:last], np.ones(4), mode="valid")
    ends = year_fraction(QUARTER_ENDS[3:last])
    return np.interp(year_fraction(DAYS), ends, income / revenue)


def _pin(company: SampleCompany, log_multiple: Floats) -> float:
    if company.forward_pe is None:
        return 0.0
    day, multiple = company.forward_pe
    index = max(0, bisect_right(DAYS, min(day, SAMPLE_END)) - 1)
    return float(np.log(multiple) - log_multiple[index])
