"""What the capex loop returns."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column

__all__ = ["FLOWS", "NODE_ACCOUNTS", "REVENUE_AT_RISK"]

_S, _F, _B, _I = pl.String, pl.Float64, pl.Boolean, pl.Int64

FLOWS = Table(
    "FLOWS",
    "Ledger and assumptions as mean yearly money flows between nodes.",
    (
        column("flow_id", _S, "deal_id or assumption_id.", required=True),
        column("payer", _S, "Node.", required=True),
        column("payee", _S, "Node.", required=True),
        column("kind", _S, "Kind of deal.", required=True),
        column("flow_class", _S, "commercial, financing or contingent.", required=True),
        column(
            "low_bn_usd",
            _F,
            "Mean yearly flow of the window, low; the whole amount of a contingent claim.",
            unit="bn USD",
        ),
        column("base_bn_usd", _F, "The same, base.", unit="bn USD"),
        column("high_bn_usd", _F, "The same, high.", unit="bn USD"),
        column(
            "is_assumed", _B, "True when amount, term or the flow itself is our assumption.", required=True
        ),
        column(
            "is_summed",
            _B,
            "False: visible only (not additive, superseded, aggregate or contingent).",
            required=True,
        ),
        column("status", _S, "Status of the deal.", required=True),
        column("source", _S, "Source keys.", required=True),
        column("note", _S, "How the flow was made, and why it is not summed."),
    ),
    key=("flow_id",),
)

NODE_ACCOUNTS = Table(
    "NODE_ACCOUNTS",
    "Inflows and outflows of each node in the year, with the origin of every external figure.",
    (
        column("node", _S, "Node.", required=True),
        column("name", _S, "Name.", required=True),
        column("case", _S, "ledger: ledger rows alone; with_assumptions: assumptions added.", required=True, allowed=("ledger", "with_assumptions")),
        column("revenue_bn_usd", _F, "R = third-party revenue + network revenue.", unit="bn USD", required=True),
        column("third_party_revenue_bn_usd", _F, "zR.", unit="bn USD", required=True),
        column("outside_debt_bn_usd", _F, "zD.", unit="bn USD", required=True),
        column("outside_equity_bn_usd", _F, "zE.", unit="bn USD", required=True),
        column("cash_draw_bn_usd", _F, "zB: outflow that no inflow explains.", unit="bn USD", required=True),
        column("throughflow_bn_usd", _F, "T.", unit="bn USD", required=True),
        column("outflow_bn_usd", _F, "Flows to other nodes.", unit="bn USD", required=True),
        column("cycling_index", _F, "c = 1 - 1/N_jj.", unit="fraction", required=True),
        column("revenue_origin", _S, "Figure and source of the revenue, or 'network only'.", required=True),
        column("is_simulated", _B, "True when a simulated figure entered for want of a sourced one.", required=True),
    ),
    key=("node", "case"),
)  # fmt: skip

REVENUE_AT_RISK = Table(
    "REVENUE_AT_RISK",
    "Share of revenue that goes when the labs' outside funding falls.",
    (
        column("ticker", _S, "Ticker or node.", required=True),
        column("channel", _S, "network: through its own deals; segment: through exposure of its segment.", required=True, allowed=("network", "segment")),
        column("case", _S, "ledger or with_assumptions.", required=True),
        column("funding_cut", _F, "x.", unit="fraction", required=True),
        column("revenue_at_risk", _F, "RaR = -dR/R.", unit="fraction"),
        column("clearing_shortfall_bn_usd", _F, "Take-or-pay payments not received (Eisenberg-Noe).", unit="bn USD"),
        column("reason", _S, "Why the value is null."),
    ),
    key=("ticker", "case"),
)  # fmt: skip
