"""The tests behind the tiers in the sample report: figures made up by hand."""

from __future__ import annotations

from datetime import date

import polars as pl

from models import tables as models

__all__ = ["power_frames"]


def power_frames() -> dict[str, pl.DataFrame]:
    """Return the fields of `ReportData` that the evidence behind the tiers fills."""
    return {
        "agreement": _agreement(), "dispersion": _dispersion(), "divergence": _divergence(),
        "pass_through": _pass_through(), "working_capital": _working_capital(),
    }  # fmt: skip


def _agreement() -> pl.DataFrame:
    return models.TIER_AGREEMENT.frame(
        [
            {"measure": "evidence_score", "n": 18, "names_by_tier": "6 pressured, 6 contested, 6 bottleneck",
             "kendall_tau_b": 0.412, "jonckheere": 79.0, "p": 0.0114, "p_method": "exact", "power_one_sd": 0.94,
             "power_half_sd": 0.47, "verdict": "agrees"},
            {"measure": "evidence_score_default_tiers", "n": 18, "kendall_tau_b": 0.21, "jonckheere": 66.0, "p": 0.141,
             "names_by_tier": "8 pressured, 5 contested, 5 bottleneck", "p_method": "exact", "power_one_sd": 0.93,
             "power_half_sd": 0.46, "verdict": "no agreement"},
            {"measure": "gross_margin_stability", "n": 2, "names_by_tier": "1 pressured, 1 bottleneck",
             "verdict": "not testable yet", "reason": "2 names have tier and measure"},
        ]
    )  # fmt: skip


def _dispersion() -> pl.DataFrame:
    return models.MARGIN_DISPERSION.frame(
        [
            {"quarter": date(2025, 12, 31), "names_bottleneck": 2, "margin_bottleneck": 0.61, "names_pressured": 0,
             "matched_bottleneck": 2, "margin_change_bottleneck": 0.02, "dispersion": 0.2, "known_at": date(2026, 2, 20),
             "composition": "bottleneck: 111111.KS, 9002.TW", "source": "files",
             "reason": "no gross margin of a pressured name in this quarter"},
            {"quarter": date(2026, 3, 31), "names_bottleneck": 2, "margin_bottleneck": 0.672, "names_contested": 1,
             "margin_contested": 0.4, "names_pressured": 1, "margin_pressured": 0.064, "matched_bottleneck": 2,
             "margin_change_bottleneck": 0.095, "matched_pressured": 1, "margin_change_pressured": 0.021,
             "growth_names_bottleneck": 2, "growth_bottleneck": 0.465, "growth_names_pressured": 1,
             "growth_pressured": 1.05, "spread": 0.608, "spread_change": 0.074, "dispersion": 0.31,
             "dispersion_change": 0.05, "composition": "bottleneck: 111111.KS, 9002.TW; pressured: 9003.TW",
             "known_at": date(2026, 4, 30), "source": "files+udn rails"},
        ]
    )  # fmt: skip


def _divergence() -> pl.DataFrame:
    names = {"growth_names_bottleneck": 4, "growth_names_pressured": 4, "growth_bottleneck": 0.465,
             "growth_pressured": 1.05, "names_bottleneck": 5, "names_pressured": 6}  # fmt: skip
    return models.DIVERGENCE.frame(
        [
            {"variant": "assigned", "verdict": "supported", "spread_change": 0.074, "low": 0.011, "high": 0.12,
             "reason": "revenue of both tiers grows and the margins part by more than chance explains", "p": 0.0152,
             "p_narrower": 0.99, "power_one_sd": 0.42, "power_half_sd": 0.15, "standard_deviation": 0.02,
             "first_end": date(2025, 12, 31), "last_end": date(2026, 3, 31), "known_at": date(2026, 4, 30),
             "source": "files+udn rails"} | names,
            {"variant": "defaults", "verdict": "not testable yet", "spread_change": 0.01, "p": 0.31,
             "reason": "no difference was found, but so few names would often miss one that is there"} | names,
            {"variant": "filings", "verdict": "not testable yet",
             "reason": "a margin change is known of 1 bottleneck and 1 pressured names"}
            | names | {"names_bottleneck": 1, "names_pressured": 1},
        ]
    )  # fmt: skip


def _pass_through() -> pl.DataFrame:
    return models.PASS_THROUGH.frame(
        [
            {"tier": "pressured", "firms": 2, "points": 18, "firms_capex": 0, "verdict": "not identified",
             "reason": "not identified: 2 companies have 6 or more yearly changes, 3 are needed"},
            {"tier": "bottleneck", "slope": 0.05, "slope_se": 0.02, "slope_capex": 0.01, "slope_capex_se": 0.02,
             "firms": 5, "points": 61, "firms_capex": 4, "random_effects": "intercept and slope",
             "verdict": "as the tier says"},
        ]
    )  # fmt: skip


def _working_capital() -> pl.DataFrame:
    return models.WORKING_CAPITAL.frame(
        [
            {"ticker": "9003.TW", "tier": "pressured", "reason": "no receivables in filings"},
            {"ticker": "111111.KS", "tier": "bottleneck", "period_end": date(2026, 3, 31), "dso_days": 48.2,
             "dso_change_days": -6.4, "dpo_days": 31.0, "dpo_change_days": 0.2,
             "contract_liabilities_to_revenue": 0.12, "known_at": date(2026, 4, 30), "source": "files",
             "reason": "no contract liabilities a year before"},
        ]
    )  # fmt: skip
