"""What the stress of the capex loop returns: how sure its shares are, and what a funding stop does."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column

__all__ = [
    "CLEARING_RESULTS",
    "EQUITY_AT_RISK",
    "LAB_COVERAGE",
    "LOOP_UNCERTAINTY",
    "TRIGGERED_CLAIMS",
    "VENDOR_FINANCE",
]

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

CLEARING_RESULTS = Table(
    "CLEARING_RESULTS",
    "Take-or-pay contracts when the labs' funding falls: what each node owes, pays and does not receive.",
    (
        column("node", _S, "Ticker or node with a firm contract on either side.", required=True),
        column("case", _S, "ledger or with_assumptions.", required=True, allowed=CASES),
        column("scenario", _S, "base: no guarantee pays. triggered: called guarantees pay. Never added to each other.", required=True, allowed=("base", "triggered")),
        column("funding_cut", _F, "x.", unit="fraction", required=True),
        column("has_default_costs", _B, "False: Eisenberg-Noe. True: a node in default loses 1 - alpha and 1 - beta of its means (Rogers-Veraart).", required=True),
        column("owed_bn_usd", _F, "Firm payments of the year, and called guarantees when triggered.", unit="bn USD", required=True),
        column("paid_bn_usd", _F, "What it can pay.", unit="bn USD", required=True),
        column("shortfall_bn_usd", _F, "owed - paid.", unit="bn USD", required=True),
        column("not_received_bn_usd", _F, "What others leave unpaid to it.", unit="bn USD", required=True),
        column("is_default", _B, "True when it cannot pay in full.", required=True),
        column("rounds", _I, "Rounds of the default cascade of the whole network; 0 when nobody defaults.", required=True),
        column("cash_buffer_bn_usd", _F, "Cash spread over the window, a year; null is not known and counts as none.", unit="bn USD"),
    ),
    key=("node", "case", "scenario", "funding_cut", "has_default_costs"),
)  # fmt: skip

TRIGGERED_CLAIMS = Table(
    "TRIGGERED_CLAIMS",
    "Guarantees when the labs' funding falls: which are called, and who pays how much.",
    (
        column("flow_id", _S, "deal_id.", required=True),
        column("giver", _S, "Who guarantees.", required=True),
        column("guaranteed", _S, "Who is guaranteed.", required=True),
        column("case", _S, "ledger or with_assumptions.", required=True, allowed=CASES),
        column("funding_cut", _F, "x.", unit="fraction", required=True),
        column("has_default_costs", _B, "As in CLEARING_RESULTS.", required=True),
        column("trigger", _S, "default: the guaranteed party cannot pay. not paid: others do not pay it. none: not called.", required=True, allowed=("default", "not paid", "none")),
        column("need_bn_usd", _F, "The larger of what it cannot pay and what it does not receive, a year.", unit="bn USD", required=True),
        column("called_bn_usd", _F, "What the guarantor is asked to pay a year; null when the amount is not stated.", unit="bn USD"),
        column("maximum_bn_usd", _F, "Whole amount of the guarantee.", unit="bn USD"),
        column("is_giver_in_default", _B, "True when the guarantor itself cannot pay in full.", required=True),
        column("source", _S, "Source keys.", required=True),
        column("reason", _S, "Why called_bn_usd is null."),
    ),
    key=("flow_id", "case", "funding_cut", "has_default_costs"),
)  # fmt: skip

EQUITY_AT_RISK = Table(
    "EQUITY_AT_RISK",
    "Share of a company's equity that a funding stop costs: its own loss, and what travels along claims (DebtRank).",
    (
        column("node", _S, "Ticker or node.", required=True),
        column("funding_cut", _F, "x.", unit="fraction", required=True),
        column("basis", _S, "book: equity of the accounts. market: market value.", required=True, allowed=("book", "market")),
        column("equity_bn_usd", _F, "E.", unit="bn USD"),
        column("revenue_loss_bn_usd", _F, "Revenue at risk times yearly revenue (linear response).", unit="bn USD"),
        column("write_down_bn_usd", _F, "Claims on parties in default without equity of their own, and called guarantees, before recovery.", unit="bn USD"),
        column("initial_loss", _F, "h(0): (LGD times write-downs + after-tax contribution margin times revenue loss) / E, at most 1.", unit="fraction"),
        column("final_loss", _F, "h at the end, at the mean loss given default.", unit="fraction"),
        column("final_low", _F, "The same at the 5% point of the loss given default.", unit="fraction"),
        column("final_high", _F, "The same at the 95% point.", unit="fraction"),
        column("steps", _I, "Steps until nothing changed."),
        column("spectral_radius", _F, "rho of the leverage matrix of the whole network."),
        column("is_unstable", _B, "True when rho >= 1: losses can grow as they travel."),
        column("note", _S, "What is left out of the figure, so that it is a lower bound."),
        column("reason", _S, "Why the losses are null."),
    ),
    key=("node", "funding_cut", "basis"),
)  # fmt: skip

LAB_COVERAGE = Table(
    "LAB_COVERAGE",
    "How far revenue and known funding of the labs cover what they have promised to pay.",
    (
        column("node", _S, "Lab.", required=True),
        column("case", _S, "ledger or with_assumptions.", required=True, allowed=CASES),
        column("period", _S, "Calendar year, or the window as first-last for its mean.", required=True),
        column("revenue_bn_usd", _F, "Newest yearly revenue.", unit="bn USD"),
        column("funding_bn_usd", _F, "Outside debt and equity and financing from other nodes.", unit="bn USD"),
        column("commitments_bn_usd", _F, "Payments to other nodes; null where money never leaves a circle of nodes.", unit="bn USD"),
        column("revenue_cover", _F, "Revenue over commitments.", unit="times"),
        column("total_cover", _F, "Revenue and funding over commitments.", unit="times"),
        column("reason", _S, "Why a cover is null."),
    ),
    key=("node", "case", "period"),
)  # fmt: skip

VENDOR_FINANCE = Table(
    "VENDOR_FINANCE",
    "Vendors who finance their customers, then and now: committed against committed, drawn against drawn.",
    (
        column("vendor", _S, "Who finances.", required=True),
        column("period", _S, "Day or period of the figures.", required=True),
        column("is_history", _B, "True for the telecom years 1999-2002.", required=True),
        column("committed_bn_usd", _F, "Loans, stakes and guarantees promised.", unit="bn USD"),
        column("drawn_bn_usd", _F, "Of these paid out or called.", unit="bn USD"),
        column("drawn_share", _F, "drawn / committed.", unit="fraction"),
        column("loans_committed_bn_usd", _F, "Committed without guarantees.", unit="bn USD"),
        column("loans_drawn_bn_usd", _F, "Drawn without guarantees.", unit="bn USD"),
        column("loans_drawn_share", _F, "loans drawn / loans committed.", unit="fraction"),
        column("revenue_bn_usd", _F, "Yearly revenue that the ratios use.", unit="bn USD"),
        column("committed_to_revenue", _F, "committed / revenue.", unit="fraction"),
        column("drawn_to_revenue", _F, "drawn / revenue.", unit="fraction"),
        column("unknown", _S, "Deals without a stated amount: committed is a lower bound."),
        column("source", _S, "Source keys.", required=True),
        column("note", _S, "What to keep in mind."),
        column("reason", _S, "Why a ratio is null."),
    ),
    key=("vendor", "period"),
)  # fmt: skip
