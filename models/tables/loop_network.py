"""What the network half of the capex loop returns: flows by year, attribution, loops and their null model."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column

__all__ = ["ATTRIBUTION", "LOOPS", "LOOP_NULL", "YEAR_FLOWS"]

_S, _F, _B, _I = pl.String, pl.Float64, pl.Boolean, pl.Int64
_CASES = ("ledger", "with_assumptions")
_TERMS = ("all", "firm")

YEAR_FLOWS = Table(
    "YEAR_FLOWS",
    "What each deal pays in each calendar year, with assumptions: the yearly amounts whose mean is in FLOWS.",
    (
        column("flow_id", _S, "deal_id or assumption_id.", required=True),
        column("year", _I, "Calendar year, from that of as_of on.", required=True),
        column("payer", _S, "Node.", required=True),
        column("payee", _S, "Node.", required=True),
        column("flow_class", _S, "commercial or financing.", required=True, allowed=("commercial", "financing")),
        column("low_bn_usd", _F, "Paid in the year, low.", unit="bn USD"),
        column("base_bn_usd", _F, "The same, base.", unit="bn USD"),
        column("high_bn_usd", _F, "The same, high.", unit="bn USD"),
        column("firm_bn_usd", _F, "Part of base that a signed contract owes, up to the end of its notice.", unit="bn USD"),
        column("profile", _S, "even, ramp, tranches, one-off or rate (a yearly amount); several with +; null when nothing is known."),
        column("is_assumed", _B, "True when an assumption gives amount, term, schedule or the flow itself.", required=True),
        column("note", _S, "Term and schedule in words, or why the amounts are null."),
    ),
    key=("flow_id", "year"),
)  # fmt: skip

ATTRIBUTION = Table(
    "ATTRIBUTION",
    "Where a company's revenue of the year comes from: eight shares that sum to 1, by set of related parties.",
    (
        column("node", _S, "Node.", required=True),
        column("case", _S, "ledger or with_assumptions.", required=True, allowed=_CASES),
        column("terms", _S, "all payments, or firm: only what a signed contract owes.", required=True, allowed=_TERMS),
        column("consolidation", _S, "own: the company alone. strict: with who controls it or is controlled. loose: with stakes of 20% and more.", required=True, allowed=("own", "strict", "loose")),
        column("group_nodes", pl.List(_S), "S: the company and its related parties in the network.", required=True),
        column("revenue_bn_usd", _F, "R; null where money never leaves a circle of nodes.", unit="bn USD"),
        column("direct_ext_share", _F, "Paid by third parties outside the network.", unit="fraction"),
        column("ext_revenue_share", _F, "Paid by nodes out of their own third-party revenue.", unit="fraction"),
        column("ext_debt_share", _F, "Paid out of nodes' outside debt.", unit="fraction"),
        column("ext_equity_share", _F, "Paid out of nodes' outside equity.", unit="fraction"),
        column("cash_draw_share", _F, "Paid out of commitments without known funding.", unit="fraction"),
        column("own_financing_share", _F, "lambda: paid with S's own investments and loans.", unit="fraction"),
        column("own_purchase_share", _F, "Paid with S's own purchases (reciprocal trade).", unit="fraction"),
        column("intragroup_share", _F, "Paid by a related party in S.", unit="fraction"),
        column("capital_market_share", _F, "ext_debt + ext_equity + cash_draw: ends when funding ends.", unit="fraction"),
        column("external_share", _F, "direct_ext + ext_revenue: end customers and other third parties.", unit="fraction"),
        column("contingent_bn_usd", _F, "Guarantees and backstops given, maximum; null when no amount is stated.", unit="bn USD"),
        column("reason", _S, "Why the shares are null."),
    ),
    key=("node", "case", "terms", "consolidation"),
)  # fmt: skip

LOOPS = Table(
    "LOOPS",
    "Closed paths of money with at least one financing and one commercial edge.",
    (
        column("loop_id", _S, "L01 ...", required=True),
        column("case", _S, "ledger or with_assumptions.", required=True, allowed=_CASES),
        column("terms", _S, "all payments, or firm: only what a signed contract owes.", required=True, allowed=_TERMS),
        column("path", _S, "Nodes in order, closed, with arrows.", required=True),
        column("nodes", pl.List(_S), "Nodes in order, not repeated.", required=True),
        column("length", _I, "Edges.", required=True),
        column("bottleneck_bn_usd", _F, "Smallest flow of the loop in the year.", unit="bn USD", required=True),
        column("probability", _F, "Product of the edges' shares of the payer's throughflow.", unit="fraction", required=True),
        column("edges", _S, "Each edge with class, amount, deals.", required=True),
        column("deals", pl.List(_S), "deal and assumption ids in the loop.", required=True),
        column("has_assumption", _B, "True when an edge rests on an assumption alone.", required=True),
        column("source", _S, "Source keys.", required=True),
    ),
    key=("loop_id", "case", "terms"),
)  # fmt: skip

LOOP_NULL = Table(
    "LOOP_NULL",
    "The ledger's loops against shuffled ledgers in which everyone has as many payers and payees as before.",
    (
        column("case", _S, "ledger or with_assumptions.", required=True, allowed=_CASES),
        column("statistic", _S, "loops (count), bottleneck_bn_usd (sum) or finn_index (fraction).", required=True, allowed=("loops", "bottleneck_bn_usd", "finn_index")),
        column("observed", _F, "The ledger's own value."),
        column("null_low", _F, "5% quantile of the shuffled ledgers."),
        column("null_median", _F, "Median of the shuffled ledgers."),
        column("null_high", _F, "95% quantile of the shuffled ledgers."),
        column("p_value", _F, "(1 + shuffled ledgers with as much or more) / (1 + draws).", unit="fraction"),
        column("draws", _I, "Shuffled ledgers.", required=True),
        column("commercial_edges", _I, "Payer-payee pairs with purchases."),
        column("financing_edges", _I, "Payer-payee pairs with financing."),
        column("moved_share", _F, "Share of the pairs of a shuffled ledger that the ledger does not have.", unit="fraction"),
        column("reason", _S, "Why there is no p-value."),
    ),
    key=("case", "statistic"),
)  # fmt: skip
