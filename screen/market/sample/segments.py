"""What the sample assumes of a segment and of a tier: orders of magnitude, not facts.

The numbers give each segment of the AI hardware chain the shape that the research notes describe:
fast growth everywhere, margins that hold or rise at bottlenecks and fall in assembly, memory at a cyclical
peak, clouds whose capital spending outgrows their revenue. Published figures replace them where there
are any (`screen.market.sample.anchors`).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT", "SEGMENTS", "TIER_MARGIN_SLOPE", "SegmentProfile", "profile_of"]

TIER_MARGIN_SLOPE = {"bottleneck": 0.05, "contested": 0.0, "pressured": -0.12}
"""Relative change of the gross margin a year by tier: research note 000 (R000-12, R000-13), made a number."""


@dataclass(frozen=True)
class SegmentProfile:
    """Simulation parameters of a segment.

    Parameters
    ----------
    revenue_bn_usd
        Range of the last quarter's revenue (bn USD), drawn evenly in logs.
    growth
        Log growth a year at 2021-09, 2023-12, 2026-06, 2027-06 and 2029-12.
    gross_margin, opex_share
        Last quarter's gross margin and operating expenses (fractions of revenue).
    capex_share, capex_slope
        Last quarter's capital spending (fraction of revenue) and its relative change a year.
    depreciation_share
        Depreciation (fraction of revenue).
    beta, daily_volatility
        Loading on the market shock; own volatility a day (log).
    margin_slope
        Relative change of the gross margin a year, on top of the tier's.
    multiple_story
        Log multiple 3 years before the end relative to the end: positive falls, negative rises.
    cycle_discount
        Log discount on the warranted multiple at a cyclical peak.
    debt_share, cash_share
        Debt and cash (times annual revenue).
    """

    revenue_bn_usd: tuple[float, float]
    growth: tuple[float, float, float, float, float]
    gross_margin: float
    opex_share: float
    capex_share: float = 0.05
    capex_slope: float = 0.0
    depreciation_share: float = 0.04
    beta: float = 1.0
    daily_volatility: float = 0.016
    margin_slope: float = 0.0
    multiple_story: float = 0.0
    cycle_discount: float = 0.0
    debt_share: float = 0.15
    cash_share: float = 0.25


DEFAULT = SegmentProfile((0.5, 3.0), (0.08, 0.08, 0.15, 0.12, 0.06), 0.35, 0.20)
"""For a segment that is not listed below."""

SEGMENTS = {
    "hbm_memory": SegmentProfile(
        (4.0, 25.0), (-0.10, 0.15, 0.95, 0.20, -0.05), 0.66, 0.06, capex_share=0.22, depreciation_share=0.10,
        beta=1.1, daily_volatility=0.010, margin_slope=0.22, multiple_story=0.6, cycle_discount=1.45,
    ),
    "adv_packaging_foundry": SegmentProfile(
        (1.2, 8.0), (0.10, 0.10, 0.30, 0.22, 0.08), 0.34, 0.12, capex_share=0.25, depreciation_share=0.15,
        daily_volatility=0.015,
    ),
    "equipment_test": SegmentProfile((0.4, 5.0), (0.12, 0.05, 0.22, 0.18, 0.08), 0.52, 0.22, beta=1.1),
    "gpu_accelerator": SegmentProfile(
        (2.0, 12.0), (0.20, 0.35, 0.55, 0.35, 0.10), 0.58, 0.26, beta=1.3, daily_volatility=0.018,
    ),
    "custom_asic": SegmentProfile(
        (0.3, 8.0), (0.10, 0.15, 0.35, 0.30, 0.09), 0.45, 0.22, beta=1.2, daily_volatility=0.018,
    ),
    "networking": SegmentProfile((0.4, 6.0), (0.12, 0.10, 0.26, 0.20, 0.08), 0.48, 0.24),
    "optics": SegmentProfile(
        (0.5, 3.0), (0.05, 0.10, 0.50, 0.32, 0.08), 0.38, 0.16, beta=1.3, daily_volatility=0.022,
    ),
    "cables_connectors": SegmentProfile((0.5, 5.0), (0.08, 0.06, 0.24, 0.16, 0.07), 0.35, 0.16),
    "pcb_substrates": SegmentProfile(
        (0.4, 1.5), (0.05, 0.02, 0.35, 0.25, 0.07), 0.28, 0.11, capex_share=0.14, depreciation_share=0.07,
        daily_volatility=0.019,
    ),
    "power_distribution": SegmentProfile((1.0, 8.0), (0.08, 0.09, 0.17, 0.13, 0.06), 0.37, 0.20, beta=0.9),
    "liquid_cooling": SegmentProfile((0.2, 4.0), (0.08, 0.08, 0.35, 0.24, 0.07), 0.30, 0.14, beta=1.1),
    "chassis_rails": SegmentProfile((0.08, 0.4), (0.05, 0.10, 0.32, 0.22, 0.07), 0.26, 0.11),
    "server_assembly": SegmentProfile(
        (3.0, 20.0), (0.04, 0.12, 0.45, 0.25, 0.06), 0.085, 0.040, capex_share=0.02, depreciation_share=0.01,
        beta=1.05, debt_share=0.08, cash_share=0.08,
    ),
    "storage": SegmentProfile(
        (1.5, 3.5), (-0.05, 0.05, 0.32, 0.16, 0.04), 0.42, 0.16, beta=1.1, margin_slope=0.10,
    ),
    "cloud_hyperscale": SegmentProfile(
        (30.0, 100.0), (0.12, 0.13, 0.18, 0.15, 0.09), 0.58, 0.26, capex_share=0.36, capex_slope=0.45,
        depreciation_share=0.13, daily_volatility=0.010, multiple_story=0.45, debt_share=0.30,
    ),
    "neocloud": SegmentProfile(
        (0.2, 2.0), (0.60, 0.90, 0.95, 0.60, 0.15), 0.55, 0.50, capex_share=2.2, depreciation_share=0.35,
        beta=1.6, daily_volatility=0.030, debt_share=2.5, cash_share=0.4,
    ),
    "landlords": SegmentProfile(
        (0.1, 1.8), (0.15, 0.15, 0.30, 0.28, 0.10), 0.45, 0.26, capex_share=0.9, depreciation_share=0.25,
        beta=1.4, daily_volatility=0.024, debt_share=2.0,
    ),
    "power_generation": SegmentProfile(
        (1.0, 10.0), (0.04, 0.06, 0.16, 0.14, 0.06), 0.28, 0.13, capex_share=0.10, depreciation_share=0.07,
        debt_share=0.5,
    ),
    "data_layer": SegmentProfile((0.5, 1.2), (0.35, 0.25, 0.24, 0.20, 0.10), 0.74, 0.58, capex_share=0.02),
    "application_layer": SegmentProfile(
        (1.0, 9.0), (0.20, 0.15, 0.16, 0.13, 0.08), 0.76, 0.50, capex_share=0.03, multiple_story=0.35,
    ),
    "capital_nodes": SegmentProfile(
        (3.0, 14.0), (0.10, 0.10, 0.25, 0.20, 0.08), 0.45, 0.30, capex_share=0.4, depreciation_share=0.12,
        beta=1.3, debt_share=1.2,
    ),
}  # fmt: skip
"""Segment key -> profile."""


def profile_of(segment: str) -> SegmentProfile:
    """Return the profile of `segment`, or `DEFAULT` for a segment that has none."""
    return SEGMENTS.get(segment, DEFAULT)
