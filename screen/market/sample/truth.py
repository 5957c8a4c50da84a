"""What is true in the sample: the parameters behind each company, for tests and for nobody else."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from screen.market.sample.accounts import Accounts
from screen.market.sample.flaws import flaws_of
from screen.market.sample.paths import Path
from screen.market.sample.segments import TIER_MARGIN_SLOPE
from screen.market.sample.timeline import QUARTER_ENDS
from screen.market.sample.universe import SampleCompany

__all__ = ["COMPRESSION", "TRUTH_SCHEMA", "YEAR_DAYS", "truth_row"]

YEAR_DAYS = 260
"""Trading days in 52 weeks of the sample."""
COMPRESSION, TOLERANCE = math.log(0.9), -0.01
"""A compression: the multiple falls by 10% or more while expected EPS holds (methods note 2.1)."""

_ANCHOR = pl.List(
    pl.Struct(
        {
            "figure_id": pl.String,
            "item": pl.String,
            "period_end": pl.Date,
            "quarters": pl.Int64,
            "value": pl.Float64,
        }
    )
)
TRUTH_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "ticker": pl.String,
    "segment": pl.String,
    "role": pl.String,
    "tier": pl.String,
    "multiple_basis": pl.String,
    "log_multiple": pl.Float64,
    "warranted_log_multiple": pl.Float64,
    "company_effect": pl.Float64,
    "premium": pl.Float64,
    "half_life_weeks": pl.Float64,
    "weekly_volatility": pl.Float64,
    "expected_dln_multiple": pl.Float64,
    "beta": pl.Float64,
    "growth": pl.Float64,
    "operating_margin": pl.Float64,
    "gross_margin_slope": pl.Float64,
    "tier_margin_slope": pl.Float64,
    "dln_multiple_52w": pl.Float64,
    "dln_denominator_52w": pl.Float64,
    "is_compressing": pl.Boolean,
    "flaws": pl.List(pl.String),
    "forward_pe_anchor": pl.Float64,
    "forward_pe_anchor_date": pl.Date,
    "anchors": _ANCHOR,
}
"""Columns of ``truth.parquet``. expected_dln_multiple = -(1 - 0.5**(52 / half life)) * premium: what the pull
back to the warranted level gives over a year; changes of warranted level and story come on top."""


def truth_row(company: SampleCompany, accounts: Accounts, path: Path) -> dict[str, object]:
    """Return the row of `company` in ``truth.parquet``."""
    change = float(path.log_multiple[-1] - path.log_multiple[-1 - YEAR_DAYS])
    expected = float(np.log(path.denominator[-1] / path.denominator[-1 - YEAR_DAYS]))
    pull = 1 - 0.5 ** (52 / path.half_life_weeks)
    day, multiple = company.forward_pe or (None, None)
    numbers = {
        "log_multiple": float(path.log_multiple[-1]),
        "warranted_log_multiple": float(path.warranted[-1]),
        "company_effect": path.company_effect,
        "premium": path.premium,
        "half_life_weeks": path.half_life_weeks,
        "weekly_volatility": path.weekly_volatility,
        "expected_dln_multiple": -pull * path.premium,
        "beta": path.beta,
        "growth": path.growth,
        "operating_margin": path.operating_margin,
        "gross_margin_slope": accounts.gross_margin_slope,
        "tier_margin_slope": TIER_MARGIN_SLOPE.get(company.tier or "", 0.0),
        "dln_multiple_52w": change,
        "dln_denominator_52w": expected,
    }
    return {
        "ticker": company.ticker,
        "segment": company.segment,
        "role": company.role,
        "tier": company.tier,
        "multiple_basis": path.basis,
        **{name: round(value, 6) + 0.0 for name, value in numbers.items()},
        "is_compressing": change <= COMPRESSION and expected >= TOLERANCE,
        "flaws": flaws_of(company.ticker),
        "forward_pe_anchor": multiple,
        "forward_pe_anchor_date": day,
        "anchors": [
            {
                "figure_id": a.figure_id,
                "item": a.item,
                "period_end": QUARTER_ENDS[a.quarter],
                "quarters": a.quarters,
                "value": float(f"{a.value:.8g}"),
            }
            for a in sorted(accounts.anchors, key=lambda a: (a.item, a.quarter, a.figure_id))
        ],
    }
