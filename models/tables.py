"""The tables that the models need (filled by `screen`) and the tables that they return.

Conventions: fractions are never percent; money is in units of the named currency (``_usd`` columns in
US dollars, ``_bn_usd`` in billions); null is unknown and carries a `reason`; no NaN leaves a model.
"""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column
from exposures.tables import ROLES, TIERS

__all__ = [
    "ATTRIBUTION",
    "COMPONENTS",
    "CONTRIBUTIONS",
    "DECOMPOSITION",
    "DEPRECIATION",
    "EFFICIENCY",
    "EVIDENCE",
    "FLOWS",
    "FORECAST",
    "HORIZONS_WEEKS",
    "KINDS",
    "LOOPS",
    "MODEL_TABLES",
    "MULTIPLES",
    "NODE_ACCOUNTS",
    "PANEL",
    "QUARTERS",
    "RANKED",
    "REVENUE_AT_RISK",
    "WARRANTED",
]

_S, _F, _D, _B, _I = pl.String, pl.Float64, pl.Date, pl.Boolean, pl.Int64

KINDS = ("fact", "estimate", "inference")
"""fact: reported or traded; estimate: a forecast or a statistical result; inference: our judgement."""

HORIZONS_WEEKS = (4, 13, 26, 52)

PANEL = Table(
    "PANEL",
    "One row per listed company: what was known on as_of, prices and estimates in the price's currency.",
    (
        column("ticker", _S, "Company.", required=True),
        column("currency", _S, "ISO currency of the price (minor units already normalised)."),
        column("financial_currency", _S, "ISO currency of the statements."),
        column("price", _F, "Last close known on as_of, on the share basis of as_of.", unit="currency"),
        column("price_date", _D, "Day of that close."),
        column("price_age_days", _I, "as_of minus price_date.", unit="days"),
        column("shares", _F, "Shares outstanding.", unit="shares"),
        column("market_cap_usd", _F, "Price times shares.", unit="USD"),
        column("eps_forward", _F, "Expected EPS on eps_forward_basis, converted to the price's currency.", unit="currency"),
        column("eps_forward_basis", _S, "ntm: omega*FY1+(1-omega)*FY2; fy2: the +1y fiscal year alone; vendor: a vendor's own unlabelled forward EPS.",
               allowed=("ntm", "fy2", "vendor")),
        column("eps_forward_known_at", _D, "Day the estimate became known."),
        column("forward_pe", _F, "price / eps_forward; null when eps_forward <= 0 or eps/price < 0.5%.", unit="times"),
        column("eps_ttm", _F, "Sum of the last four reported quarters' diluted EPS, stated gains stripped, price's currency.", unit="currency"),
        column("eps_ttm_reported", _F, "The same before stripping.", unit="currency"),
        column("eps_ttm_known_at", _D, "Day the newest of the four quarters became known."),
        column("trailing_pe", _F, "price / eps_ttm, null as forward_pe.", unit="times"),
        column("revenue_ttm_usd", _F, "Last four quarters' revenue.", unit="USD"),
        column("revenue_forward_usd", _F, "Expected revenue on the estimate's basis.", unit="USD"),
        column("ev_usd", _F, "Market cap plus debt minus cash.", unit="USD"),
        column("ev_to_sales", _F, "ev_usd / revenue_forward_usd, else / revenue_ttm_usd.", unit="times"),
        column("eps_growth", _F, "Expected growth of EPS, next fiscal year on the current one (else forward on trailing); null when a base is <= 0.", unit="fraction"),
        column("revenue_growth_forward", _F, "Expected growth of revenue on the same basis.", unit="fraction"),
        column("revenue_growth", _F, "Last quarter's revenue on the same quarter a year before.", unit="fraction"),
        column("gross_margin", _F, "Gross profit / revenue over four quarters.", unit="fraction"),
        column("operating_margin", _F, "Operating income / revenue over four quarters.", unit="fraction"),
        column("return_on_equity", _F, "Net income over four quarters / equity; null when equity <= 0.", unit="fraction"),
        column("debt_usd", _F, "Total debt.", unit="USD"),
        column("cash_usd", _F, "Cash and equivalents.", unit="USD"),
        column("equity_usd", _F, "Book equity.", unit="USD"),
        column("operating_income_ttm_usd", _F, "Four quarters.", unit="USD"),
        column("ocf_ttm_usd", _F, "Operating cash flow, four quarters.", unit="USD"),
        column("capex_ttm_usd", _F, "Capital spending (positive), four quarters.", unit="USD"),
        column("depreciation_ttm_usd", _F, "Depreciation and amortisation, four quarters.", unit="USD"),
        column("volatility", _F, "Standard deviation of weekly log returns over 52 weeks, annualised.", unit="fraction"),
        column("beta", _F, "Slope of weekly log returns on the equal-weighted theme in US dollars over 52 weeks.", unit="times"),
        column("eps_peak_ratio", _F, "eps_ttm / median of the rolling four-quarter EPS over the history; the cyclical guard.", unit="times"),
        column("forward_history_weeks", _I, "Weeks of forward-multiple history.", unit="weeks"),
        column("trailing_history_weeks", _I, "Weeks of trailing-multiple history.", unit="weeks"),
        column("statement_known_at", _D, "Day the newest statement used became known."),
        column("source", _S, "Source ids of what was used, joined by +."),
        column("reason", _S, "Why price-based figures are missing."),
    ),
    key=("ticker",),
)  # fmt: skip

MULTIPLES = Table(
    "MULTIPLES",
    "Weekly history of multiples on dates as_of - 7k days; each row only from what was known on its date.",
    (
        column("ticker", _S, "Company.", required=True),
        column("date", _D, "Week.", required=True),
        column("basis", _S, "What the price is divided by.", required=True, allowed=("forward", "trailing", "sales")),
        column("price", _F, "Last close on or before date, on the share basis of as_of.", unit="currency", required=True),
        column("denominator", _F, "EPS (or sales per share) known on date, same currency and share basis.", unit="currency"),
        column("period_end", _D, "Fiscal year the forward EPS is about; the same period is compared with itself."),
        column("log_multiple", _F, "ln(price / denominator); null when the multiple is not defined.", unit="log"),
        column("estimate_source", _S, "Source of the denominator; two sources never form one series.", required=True),
        column("reason", _S, "Why log_multiple is null."),
    ),
    key=("ticker", "date", "basis"),
)  # fmt: skip

QUARTERS = Table(
    "QUARTERS",
    "Reported quarters as known on as_of (newest vintage known then), in the reporting currency.",
    (
        column("ticker", _S, "Company.", required=True),
        column("period_end", _D, "Last day of the quarter.", required=True),
        column("currency", _S, "ISO reporting currency.", required=True),
        column("known_at", _D, "Day the newest used value became known.", required=True),
        *(
            column(name, _F, meaning, unit="currency")
            for name, meaning in (
                ("revenue", "Revenue."),
                ("gross_profit", "Gross profit."),
                ("operating_income", "Operating income."),
                ("net_income", "Net income."),
                ("operating_cash_flow", "Operating cash flow."),
                ("capex", "Capital spending, positive."),
                ("depreciation_amortization", "Depreciation and amortisation."),
                ("cash", "Cash at the end of the quarter."),
                ("total_debt", "Debt at the end of the quarter."),
                ("equity", "Book equity at the end of the quarter."),
                ("rpo", "Remaining performance obligations at the end of the quarter."),
                ("receivables", "Receivables at the end of the quarter."),
                ("payables", "Payables at the end of the quarter."),
            )
        ),
        column("eps_diluted", _F, "Diluted EPS on the share basis of as_of.", unit="currency per share"),
        column("source", _S, "Source ids joined by +.", required=True),
    ),
    key=("ticker", "period_end"),
)

COMPONENTS = Table(
    "COMPONENTS",
    "Inputs of the composite: one row per company and component, the value in its natural unit.",
    (
        column("ticker", _S, "Company.", required=True),
        column("component", _S, "Key from models.components.", required=True),
        column("value", _F, "Value in the component's unit; null with a reason."),
        column("standard_error", _F, "Uncertainty of the value, same unit; null when not estimated."),
        column("kind", _S, "fact, estimate or inference.", required=True, allowed=KINDS),
        column("known_at", _D, "Day the newest input became known."),
        column("source", _S, "Source ids or keys, joined by +."),
        column("reason", _S, "Why the value is null."),
        column("detail", _S, "The figures behind the value in one line."),
    ),
    key=("ticker", "component"),
)

DECOMPOSITION = Table(
    "DECOMPOSITION",
    "dln P = dln(multiple) + dln(EPS) over a horizon, with its label.",
    (
        column("ticker", _S, "Company.", required=True),
        column("basis", _S, "forward, trailing or sales.", required=True),
        column("horizon_weeks", _I, "4, 13, 26 or 52.", required=True),
        column("start", _D, "First date."),
        column("end", _D, "Last date."),
        column("dln_price", _F, "Change of the log price.", unit="log"),
        column("dln_multiple", _F, "Change of the log multiple.", unit="log"),
        column("dln_denominator", _F, "Change of log EPS (or sales per share).", unit="log"),
        column("label", _S, "compression: multiple down, EPS not; de-rating with cuts: both down; growth into multiple: multiple down while EPS grew and the price did not fall; re-rating: multiple up; flat: neither moved.",
               allowed=("compression", "de-rating with cuts", "growth into multiple", "re-rating", "flat")),
        column("reason", _S, "Why the row is null."),
    ),
    key=("ticker", "basis", "horizon_weeks"),
)  # fmt: skip

WARRANTED = Table(
    "WARRANTED",
    "Multiple that the robust cross-section gives for a company's growth, profitability and risk.",
    (
        column("ticker", _S, "Company.", required=True),
        column("multiple_used", _S, "forward_pe, trailing_pe or ev_to_sales.", allowed=("forward_pe", "trailing_pe", "ev_to_sales")),
        column("multiple", _F, "Actual multiple.", unit="times"),
        column("warranted", _F, "Fitted multiple.", unit="times"),
        column("low", _F, "Lower end of the band (fitted minus one robust residual scale).", unit="times"),
        column("high", _F, "Upper end of the band.", unit="times"),
        column("residual", _F, "u = ln(actual) - ln(fitted): premium over warranted.", unit="log"),
        column("residual_se", _F, "Standard error of the residual.", unit="log"),
        column("n", _I, "Companies in the cross-section."),
        column("is_cyclical_peak", _B, "True when the cyclical guard holds: earnings far above their own history.", required=True),
        column("guard", _S, "What the guard did, in words."),
        column("reason", _S, "Why there is no value."),
    ),
    key=("ticker",),
)  # fmt: skip

FORECAST = Table(
    "FORECAST",
    "Expected 12-month change of the log multiple and its distribution.",
    (
        column("ticker", _S, "Company.", required=True),
        column("expected_dln_multiple", _F, "E[dm] over 52 weeks.", unit="log"),
        column("standard_deviation", _F, "Predictive standard deviation.", unit="log"),
        column("p_fall_10", _F, "P(multiple falls by more than 10%).", unit="fraction"),
        column("half_life_weeks", _F, "Half-life of the premium used.", unit="weeks"),
        column("half_life_basis", _S, "own history, pooled, or prior, with the reason."),
        column(
            "implied_growth", _F, "Growth a reverse DCF needs for the multiple.", unit="fraction per year"
        ),
        column("pvgo_share", _F, "Share of the price that is growth opportunities.", unit="fraction"),
        column("reason", _S, "Why there is no value."),
    ),
    key=("ticker",),
)

EVIDENCE = Table(
    "EVIDENCE",
    "Pricing power: the assigned tier beside what the statements and published margins say.",
    (
        column("ticker", _S, "Company.", required=True),
        column("segment", _S, "Primary supplier segment.", required=True),
        column("tier", _S, "Assigned tier in force.", allowed=TIERS),
        column("gross_margin_level", _F, "Median gross margin of up to 8 quarters.", unit="fraction"),
        column(
            "gross_margin_stability",
            _F,
            "1.4826 * MAD of the 4-quarter change of the gross margin.",
            unit="fraction",
        ),
        column(
            "gross_margin_change",
            _F,
            "Gross margin of the last quarter minus four quarters before.",
            unit="fraction",
        ),
        column("incremental_margin", _F, "Theil-Sen slope of gross profit on revenue.", unit="fraction"),
        column("revenue_growth", _F, "Last quarter on the same quarter a year before.", unit="fraction"),
        column("quarters", _I, "Quarters used."),
        column("published_margin", _S, "Published margins from MARGINS in words, with period and source."),
        column("evidence_score", _F, "Mean of the standardised evidence, high = power.", unit="score"),
        column("evidence_tier", _S, "Tier that the evidence alone suggests.", allowed=TIERS),
        column(
            "agreement",
            _S,
            "agrees, evidence is stronger, evidence is weaker, or no evidence.",
            required=True,
        ),
        column("verdict", _S, "One sentence with the figures.", required=True),
        column("source", _S, "Sources."),
    ),
    key=("ticker",),
)

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

ATTRIBUTION = Table(
    "ATTRIBUTION",
    "Where a company's revenue of the year comes from: shares that sum to 1 exactly.",
    (
        column("node", _S, "Node.", required=True),
        column("case", _S, "ledger or with_assumptions.", required=True),
        column("revenue_bn_usd", _F, "R.", unit="bn USD", required=True),
        column(
            "own_financing_share",
            _F,
            "lambda: revenue paid with the company's own investments and loans.",
            unit="fraction",
        ),
        column(
            "own_purchase_share",
            _F,
            "Revenue paid with the company's own purchases (reciprocal trade).",
            unit="fraction",
        ),
        column(
            "capital_market_share",
            _F,
            "Revenue paid with customers' outside debt, equity or cash draw.",
            unit="fraction",
        ),
        column("external_share", _F, "The rest: end customers and other third parties.", unit="fraction"),
        column("ext_debt_share", _F, "Part of capital_market_share.", unit="fraction"),
        column("ext_equity_share", _F, "Part of capital_market_share.", unit="fraction"),
        column("cash_draw_share", _F, "Part of capital_market_share.", unit="fraction"),
        column(
            "contingent_bn_usd", _F, "Guarantees and backstops given, maximum.", unit="bn USD", required=True
        ),
        column("reason", _S, "Why the shares are null."),
    ),
    key=("node", "case"),
)

LOOPS = Table(
    "LOOPS",
    "Closed paths of money with at least one financing and one commercial edge.",
    (
        column("loop_id", _S, "L01 ...", required=True),
        column("case", _S, "ledger or with_assumptions.", required=True),
        column("path", _S, "Nodes in order, closed, with arrows.", required=True),
        column("nodes", pl.List(_S), "Nodes in order, not repeated.", required=True),
        column("length", _I, "Edges.", required=True),
        column(
            "bottleneck_bn_usd", _F, "Smallest flow of the loop in the year.", unit="bn USD", required=True
        ),
        column(
            "probability",
            _F,
            "Product of the edges' shares of the payer's throughflow.",
            unit="fraction",
            required=True,
        ),
        column("edges", _S, "Each edge with class, amount, deals.", required=True),
        column("deals", pl.List(_S), "deal and assumption ids in the loop.", required=True),
        column("has_assumption", _B, "True when an edge rests on an assumption alone.", required=True),
        column("source", _S, "Source keys.", required=True),
    ),
    key=("loop_id", "case"),
)

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

EFFICIENCY = Table(
    "EFFICIENCY",
    "Payers: what their capital spending returns and how it is paid.",
    (
        column("ticker", _S, "Company.", required=True),
        column(
            "perimeter",
            _S,
            "group, or AWS over Amazon (the notes' proxy, AWS capex is not disclosed).",
            required=True,
        ),
        column("period", _S, "Period of the figures.", required=True),
        column("revenue_bn_usd", _F, "Revenue.", unit="bn USD"),
        column("operating_income_bn_usd", _F, "Operating income.", unit="bn USD"),
        column("capex_bn_usd", _F, "Capital spending.", unit="bn USD"),
        column("ocf_bn_usd", _F, "Operating cash flow.", unit="bn USD"),
        column("fcf_bn_usd", _F, "Free cash flow.", unit="bn USD"),
        column("operating_income_per_capex", _F, "OI / capex.", unit="times"),
        column("capex_to_revenue", _F, "Capex / revenue.", unit="fraction"),
        column("capex_to_ocf", _F, "Capex / operating cash flow; null when OCF <= 0.", unit="fraction"),
        column("fcf_margin", _F, "FCF / revenue.", unit="fraction"),
        column("debt_to_equity", _F, "Debt / equity; null when equity <= 0.", unit="fraction"),
        column("rpo_bn_usd", _F, "Remaining performance obligations or backlog.", unit="bn USD"),
        column("rpo_cover", _F, "RPO / next-12-month revenue.", unit="times"),
        column("lab_share_of_rpo", _F, "Share of RPO owed by the labs.", unit="fraction"),
        column("source", _S, "Sources.", required=True),
        column("caveat", _S, "What the reader must know."),
        column("reason", _S, "What is missing and why."),
    ),
    key=("ticker", "perimeter", "period"),
)

DEPRECIATION = Table(
    "DEPRECIATION",
    "Yearly depreciation of the payers' capital spending at 3, 4, 5 and 6 years of life.",
    (
        column("ticker", _S, "Company.", required=True),
        column("life_years", _F, "Useful life of the short-lived part.", unit="years", required=True),
        column("book_life_years", _F, "The company's stated life.", unit="years"),
        column(
            "depreciation_bn_usd", _F, "Straight-line, half-year convention, steady growth.", unit="bn USD"
        ),
        column("change_bn_usd", _F, "Against the stated life.", unit="bn USD"),
        column("change_to_operating_income", _F, "change / operating income.", unit="fraction"),
        column("source", _S, "Sources.", required=True),
        column("caveat", _S, "Capex, growth and share behind the figures, and what the reader must know."),
        column("reason", _S, "Why the row is null."),
    ),
    key=("ticker", "life_years"),
)

CONTRIBUTIONS = Table(
    "CONTRIBUTIONS",
    "What each component adds to a score: 50 + sum(contribution) = score.",
    (
        column("screen", _S, "Screen key.", required=True),
        column("ticker", _S, "Company.", required=True),
        column("component", _S, "Component key.", required=True),
        column("value", _F, "Value in its unit."),
        column("z", _F, "Robust z, signed so that high = rank 1, clipped to +-3.", unit="score"),
        column("weight", _F, "Weight in the theme file.", unit="fraction", required=True),
        column(
            "weight_used",
            _F,
            "Weight after the missing ones are left out; null when missing.",
            unit="fraction",
        ),
        column("contribution", _F, "Points added to 50; null when missing.", unit="points"),
        column("kind", _S, "fact, estimate or inference.", required=True, allowed=KINDS),
        column("known_at", _D, "Day the newest input became known."),
        column("source", _S, "Sources."),
        column("reason", _S, "Why the value is missing."),
        column("detail", _S, "Figures behind the value."),
    ),
    key=("screen", "ticker", "component"),
)

RANKED = Table(
    "RANKED",
    "The ranked screens: one row per screen and company, unranked ones with their reason.",
    (
        column("screen", _S, "Screen key.", required=True),
        column("ticker", _S, "Company.", required=True),
        column("role", _S, "Role of the company's primary segment.", required=True, allowed=ROLES),
        column(
            "rank",
            _I,
            "1 is best in the screen's direction; ties share the lower number; null when unranked.",
        ),
        column("is_tied", _B, "True when another name has the same score.", required=True),
        column("rank_low", _I, "5% quantile of the rank under weight and input uncertainty."),
        column("rank_high", _I, "95% quantile."),
        column("p_top5", _F, "Probability of a rank of 5 or better.", unit="fraction"),
        column("score", _F, "50 + sum of contributions, 0 to 100.", unit="points"),
        column("coverage", _F, "Share of the weights with an input.", unit="fraction", required=True),
        column("reason", _S, "Why the name is unranked."),
    ),
    key=("screen", "ticker"),
)

MODEL_TABLES = (
    PANEL, MULTIPLES, QUARTERS, COMPONENTS, DECOMPOSITION, WARRANTED, FORECAST, EVIDENCE, FLOWS, NODE_ACCOUNTS,
    ATTRIBUTION, LOOPS, REVENUE_AT_RISK, EFFICIENCY, DEPRECIATION, CONTRIBUTIONS, RANKED,
)  # fmt: skip
