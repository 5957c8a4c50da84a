"""Simulated quarterly accounts of one company, bent through its published figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from screen.market.sample.anchors import Anchor, bend_amount, bend_margin, set_amount
from screen.market.sample.draws import Floats, generator_for
from screen.market.sample.flaws import NEGATIVE_EPS
from screen.market.sample.segments import TIER_MARGIN_SLOPE, SegmentProfile, profile_of
from screen.market.sample.timeline import QUARTER_ENDS, REPORTED_QUARTERS, year_fraction
from screen.market.sample.universe import SampleCompany

__all__ = ["Accounts", "simulate_accounts"]

TAX = 0.15
"""Global minimum tax, a usual rate for the exporters of the chain."""
INTEREST = 0.05
"""Interest on debt a year."""
LOSS_MARGIN = -0.15
"""Net margin of the companies in NEGATIVE_EPS."""
GROWTH_NOISE = 0.02
MARGIN_NOISE = 0.012
"""Quarterly noise of reported log revenue and (relative) gross margin; there is none in the future."""
GROWTH_KNOTS = (0, 9, 19, 23, 33)
"""Quarter indices of SegmentProfile.growth."""
CEILING, FLOOR, SPREAD = 0.92, 0.02, 0.01
"""Bounds of a gross margin, and the least distance of the operating margin below it."""


@dataclass(frozen=True)
class Accounts:
    """Quarterly series in the reporting currency, reported quarters first, then the expected ones.

    `underlying_income` is net income without a published one-off; estimates and multiples rest on it.
    """

    revenue: Floats
    gross_profit: Floats
    operating_income: Floats
    net_income: Floats
    underlying_income: Floats
    operating_cash_flow: Floats
    capex: Floats
    depreciation_amortization: Floats
    cash: Floats
    total_debt: Floats
    equity: Floats
    receivables: Floats
    payables: Floats
    inventory: Floats
    gross_margin_slope: float
    anchors: tuple[Anchor, ...]


def simulate_accounts(company: SampleCompany, to_reporting: Callable[[str, int], float]) -> Accounts:
    """Return the accounts of `company`.

    Revenue grows along the segment's growth path times a company factor; the gross margin moves with
    the tier's slope; operating income = gross profit - operating expenses; net income = operating income
    after tax and interest. Each series is then bent through the published figures.

    Parameters
    ----------
    to_reporting
        (currency, quarter) -> units of the reporting currency for one unit of `currency`.
    """
    draw = generator_for(company.ticker, "accounts")
    profile = profile_of(company.segment)
    at = {item: [a for a in _converted(company, to_reporting) if a.item == item] for item in _ITEMS}
    last = REPORTED_QUARTERS - 1
    base = _revenue(profile, draw) * to_reporting("USD", last)
    revenue, used = bend_amount(base, at["revenue"])
    slope = TIER_MARGIN_SLOPE.get(company.tier or "", 0.0) + profile.margin_slope
    gross, more = bend_margin(_gross_margin(profile, slope, draw), revenue, at["gross_margin"])
    used += more
    operating, more = _operating_margin(profile, gross, revenue, at)
    used += more
    if not at["gross_margin"]:
        gross = np.maximum(gross, operating + SPREAD)
    debt, more = bend_amount(_balance(revenue, profile.debt_share), at["total_debt"])
    used += more
    income = operating * (1 - TAX) * revenue - INTEREST / 4 * debt
    if company.ticker in NEGATIVE_EPS:
        income = LOSS_MARGIN * (1 + 0.1 * _noise(draw)) * revenue
    reported, more = set_amount(income, at["net_income"])
    used += more
    depreciation = profile.depreciation_share * revenue
    flow_margin = (income + depreciation) / revenue + 0.01 * _noise(draw)
    flow_margin, more = bend_margin(flow_margin, revenue, at["operating_cash_flow"])
    used += more
    capex, more = bend_amount(_capex(profile, revenue, draw), at["capex"])
    used += more
    cost = (1 - gross) * revenue
    return Accounts(
        revenue=revenue,
        gross_profit=gross * revenue,
        operating_income=operating * revenue,
        net_income=reported,
        underlying_income=income,
        operating_cash_flow=flow_margin * revenue,
        capex=capex,
        depreciation_amortization=depreciation,
        cash=_balance(revenue, profile.cash_share),
        total_debt=debt,
        equity=_balance(revenue, 1.0) * (0.2 + 0.8 * gross),
        receivables=revenue * (0.55 + 0.05 * _noise(draw)),
        payables=cost * (0.60 + 0.05 * _noise(draw)),
        inventory=cost * (0.70 + 0.05 * _noise(draw)),
        gross_margin_slope=slope,
        anchors=tuple(used),
    )


_ITEMS = (
    "revenue", "gross_margin", "operating_margin", "operating_income", "net_income", "operating_cash_flow",
    "capex", "total_debt",
)  # fmt: skip


def _converted(company: SampleCompany, to_reporting: Callable[[str, int], float]) -> list[Anchor]:
    return [
        replace(a, value=a.value * to_reporting(a.currency, a.quarter), currency=company.reporting_currency)
        if a.currency
        else a
        for a in company.anchors
    ]


def _noise(draw: np.random.Generator) -> Floats:
    noise = draw.standard_normal(len(QUARTER_ENDS))
    noise[REPORTED_QUARTERS:] = 0.0
    return noise


def _revenue(profile: SegmentProfile, draw: np.random.Generator) -> Floats:
    low, high = np.log(profile.revenue_bn_usd)
    level = np.exp(draw.uniform(low, high)) * 1e9
    own = draw.uniform(0.75, 1.25)
    growth = np.interp(np.arange(len(QUARTER_ENDS)), GROWTH_KNOTS, profile.growth) * own / 4
    path = np.cumsum(growth) + GROWTH_NOISE * _noise(draw)
    result: Floats = level * np.exp(path - path[REPORTED_QUARTERS - 1])
    return result


def _gross_margin(profile: SegmentProfile, slope: float, draw: np.random.Generator) -> Floats:
    years = year_fraction(QUARTER_ENDS)
    level = profile.gross_margin * draw.uniform(0.88, 1.12)
    drift = np.where(years <= 0, slope * years, 0.25 * slope * years)
    path = level * np.exp(drift) * (1 + MARGIN_NOISE * _noise(draw))
    return np.clip(path, FLOOR, CEILING)


def _operating_margin(
    profile: SegmentProfile, gross: Floats, revenue: Floats, at: dict[str, list[Anchor]]
) -> tuple[Floats, list[Anchor]]:
    """Expenses shrink with a gross margin below the segment's, and do not grow with one above it."""
    expenses = profile.opex_share * np.minimum(1.0, gross / profile.gross_margin)
    margin, used = bend_margin(gross - expenses, revenue, at["operating_income"] + at["operating_margin"])
    if at["gross_margin"]:
        free = np.ones(len(margin), dtype=bool)
        free[[k for anchor in used for k in anchor.span]] = False
        margin = np.where(free, np.minimum(margin, gross - SPREAD), margin)
    return np.minimum(margin, CEILING - SPREAD), used


def _capex(profile: SegmentProfile, revenue: Floats, draw: np.random.Generator) -> Floats:
    years = year_fraction(QUARTER_ENDS)
    rising = np.exp(np.where(years <= 0, profile.capex_slope * years, 0.0))
    result: Floats = profile.capex_share * rising * revenue * np.exp(0.05 * _noise(draw))
    return result


def _balance(revenue: Floats, share: float) -> Floats:
    result: Floats = share * 4 * revenue
    return result
