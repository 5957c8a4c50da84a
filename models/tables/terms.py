"""What the regressions behind the tiers return: pass-through by tier, and working-capital terms."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column
from exposures.tables import TIERS

__all__ = ["PASS_THROUGH", "WORKING_CAPITAL"]

_S, _F, _D, _I = pl.String, pl.Float64, pl.Date, pl.Int64

PASS_THROUGH = Table(
    "PASS_THROUGH",
    "Mixed model by tier: what a margin does when revenue, or the customers' capital spending, grows.",
    (
        column("tier", _S, "Tier.", required=True, allowed=TIERS),
        column("slope", _F, "b: change of the gross margin for 1 more in 4-quarter log revenue growth.", unit="fraction per log unit"),
        column("slope_se", _F, "Standard error of b: the larger of the model's and the jackknife's by company.", unit="fraction per log unit"),
        column("slope_capex", _F, "c: the same for the customers' capital spending a quarter before.", unit="fraction per log unit"),
        column("slope_capex_se", _F, "Standard error of c.", unit="fraction per log unit"),
        column("firms", _I, "Companies with enough points.", required=True),
        column("points", _I, "Their 4-quarter changes.", required=True),
        column("firms_capex", _I, "Companies with enough points of customers' capital spending.", required=True),
        column("random_effects", _S, "What varies by company.", allowed=("intercept and slope", "independent intercept and slope", "intercept", "slope", "none")),
        column("verdict", _S, "Whether the slopes are as the tier says.", required=True,
               allowed=("as the tier says", "against the tier", "too uncertain to say", "no claim", "not identified")),
        column("reason", _S, "Why a slope is null, and what was simplified."),
    ),
    key=("tier",),
)  # fmt: skip

WORKING_CAPITAL = Table(
    "WORKING_CAPITAL",
    "Terms with customers and suppliers: who waits for money, and whose customers pay ahead.",
    (
        column("ticker", _S, "Company.", required=True),
        column("tier", _S, "Tier in force.", allowed=TIERS),
        column("period_end", _D, "Newest quarter."),
        column("dso_days", _F, "Receivables / revenue * 91.", unit="days"),
        column("dso_change_days", _F, "On the same quarter a year before.", unit="days"),
        column("dpo_days", _F, "Payables / cost of revenue * 91.", unit="days"),
        column("dpo_change_days", _F, "On the same quarter a year before.", unit="days"),
        column("contract_liabilities_to_revenue", _F, "Contract liabilities (deferred revenue, current part) / revenue of the quarter.", unit="fraction"),
        column("contract_liabilities_change", _F, "On the same quarter a year before.", unit="fraction"),
        column("known_at", _D, "Day the figures became known."),
        column("source", _S, "Sources joined by +."),
        column("reason", _S, "What is missing and why."),
    ),
    key=("ticker",),
)  # fmt: skip
