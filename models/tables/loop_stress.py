"""What the stress of the capex loop returns: how sure its shares are, and what a funding stop does."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column

__all__ = ["LOOP_UNCERTAINTY"]

_S, _F, _B, _I = pl.String, pl.Float64, pl.Boolean, pl.Int64

CASES = ("ledger", "with_assumptions")

LOOP_UNCERTAINTY = Table(
    "LOOP_UNCERTAINTY",
    "Figures of the loop over draws of amounts, deals that stand or fall, and undisclosed shares.",
    (
        column("node", _S, "Ticker or node; NETWORK for a figure of the whole network.", required=True),
        column("metric", _S, "own_financing_share, own_purchase_share, capital_market_share, cycling_index, revenue_at_risk or finn_index.", required=True),
        column("case", _S, "ledger or with_assumptions.", required=True, allowed=CASES),
        column("value", _F, "The base run: stated amounts, every deal stands.", unit="fraction"),
        column("mean", _F, "Mean of the draws.", unit="fraction"),
        column("median", _F, "Median of the draws.", unit="fraction"),
        column("low", _F, "5% point of the draws.", unit="fraction"),
        column("high", _F, "95% point of the draws.", unit="fraction"),
        column("standard_error", _F, "Standard deviation of the draws.", unit="fraction"),
        column("p_zero", _F, "Share of the draws in which the figure is zero.", unit="fraction"),
        column("draws", _I, "Draws behind the row; those with a sealed circle of money are left out."),
        column("reason", _S, "Why there is no value or no draw."),
    ),
    key=("node", "metric", "case"),
)  # fmt: skip
