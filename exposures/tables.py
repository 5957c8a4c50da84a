"""The tables of a theme: what each CSV of a theme folder holds once it is loaded.

Dates given to the month or year in a file are stored as the last day of that period (we could not
have known the fact earlier), and the text as written stays beside it where it matters.
"""

from __future__ import annotations

import polars as pl

from exposures.group_table import GROUPS
from exposures.history import GRADES, YARDSTICK
from exposures.table import Table, column

__all__ = [
    "ASSUMPTIONS",
    "CLAIMS",
    "CLAIM_TESTS",
    "COMPANIES",
    "DEALS",
    "EVENTS",
    "EXPOSURES",
    "FIGURES",
    "GRADES",
    "GROUPS",
    "LAYERS",
    "MARGINS",
    "MEMBERSHIPS",
    "NODES",
    "OVERRIDES",
    "RELATIONS",
    "ROLES",
    "SEGMENTS",
    "SOURCES",
    "STATEMENTS",
    "THEME_TABLES",
    "TIERS",
    "WATCH",
    "YARDSTICK",
]

TIERS = ("bottleneck", "contested", "pressured")
ROLES = ("supplier", "payer", "user")
LAYERS = ("compute", "cloud", "data", "application")

_S, _F, _D, _B = pl.String, pl.Float64, pl.Date, pl.Boolean

COMPANIES = Table(
    "COMPANIES",
    "Every listed company of the theme.",
    (
        column("ticker", _S, "Yahoo symbol, e.g. 2330.TW.", required=True),
        column("name", _S, "Company name.", required=True),
        column("country", _S, "Country as ISO codes, e.g. TW or KY/TW.", required=True),
        column("listing_currency", _S, "ISO currency of the price.", required=True),
        column("reporting_currency", _S, "ISO currency of the statements.", required=True),
        column("layer", _S, "Layer of research note 002.", required=True, allowed=LAYERS),
        column(
            "group", _S, "Ticker of the group's parent; equals ticker when not consolidated.", required=True
        ),
        column("verified", _S, "How the row was re-checked: independent, single or unverified."),
        column("confidence", _S, "high, medium or low."),
        column("customers", _S, "Main customers in words."),
        column("ticker_check", _S, "Where the symbol was checked."),
        column("source", _S, "Source key.", required=True),
        column("known_at", _D, "Day the row could have been known; null when undated."),
        column("note", _S, "Anything else an analyst should know."),
    ),
    key=("ticker",),
)

SEGMENTS = Table(
    "SEGMENTS",
    "The segments of the chain, with the default pricing-power tier that the research notes give.",
    (
        column("segment", _S, "Key, e.g. hbm_memory.", required=True),
        column("name", _S, "Name for people.", required=True),
        column("layer", _S, "Layer of research note 002.", required=True, allowed=LAYERS),
        column(
            "role",
            _S,
            "supplier has a tier; payer and user are outside the tiers.",
            required=True,
            allowed=ROLES,
        ),
        column("tier", _S, "Default tier; null for payers and users.", allowed=TIERS),
        column("reason", _S, "Why this default.", required=True),
        column("source", _S, "Source key.", required=True),
    ),
    key=("segment",),
)

EXPOSURES = Table(
    "EXPOSURES",
    "What share of a company's revenue sits in a segment. Bounds of different definitions are never averaged.",
    (
        column("ticker", _S, "Company.", required=True),
        column("segment", _S, "Segment key.", required=True),
        column("sub_segment", _S, "Finer label as researched, e.g. ccl or switch_odm."),
        column("revenue_share_low", _F, "Lower bound; null is unknown, never zero.", unit="fraction"),
        column("revenue_share_high", _F, "Upper bound, often of another definition.", unit="fraction"),
        column(
            "basis", _S, "What the bounds measure: segment share, customer floor, broker forecast, orders."
        ),
        column("period", _S, "Period of the bounds, as stated."),
        column("source", _S, "Source key."),
        column("url", _S, "Address behind the source."),
        column("known_at", _D, "Day it could have been known."),
        column("grade", _S, "Source grade.", allowed=GRADES),
        column("confidence", _S, "high, medium or low."),
        column("note", _S, "Note, also why a bound is blank."),
    ),
    key=("ticker", "segment"),
)

OVERRIDES = Table(
    "OVERRIDES",
    "Tier of one company in one segment where it differs from the segment's default.",
    (
        column("ticker", _S, "Company.", required=True),
        column("segment", _S, "Segment key.", required=True),
        column("tier", _S, "Tier that replaces the default.", required=True, allowed=TIERS),
        column("reason", _S, "Why.", required=True),
        column("evidence", _S, "The figures or statements behind it.", required=True),
        column("source", _S, "Source key.", required=True),
        column("known_at", _D, "Day of the evidence.", required=True),
        column(
            "expires",
            _D,
            "Day after which the override lapses: the weaker of override and default holds until it is renewed.",
            required=True,
        ),
    ),
    key=("ticker", "segment"),
)

MEMBERSHIPS = Table(
    "MEMBERSHIPS",
    "Built by the loader: one row per company and segment with the tier in force on the date asked for.",
    (
        column("ticker", _S, "Company.", required=True),
        column("name", _S, "Company name.", required=True),
        column("country", _S, "Country.", required=True),
        column("group", _S, "Group parent ticker.", required=True),
        column("layer", _S, "Layer of research note 002.", required=True, allowed=LAYERS),
        column("segment", _S, "Segment key.", required=True),
        column("segment_name", _S, "Segment name for people.", required=True),
        column("is_primary", _B, "True for the company's first (main) segment.", required=True),
        column("role", _S, "supplier, payer or user.", required=True, allowed=ROLES),
        column("tier", _S, "Tier in force; null for payers and users.", allowed=TIERS),
        column("tier_default", _S, "The segment's default tier.", allowed=TIERS),
        column("tier_origin", _S, "default, override or expired override.", required=True),
        column("tier_reason", _S, "Why this tier.", required=True),
        column("tier_source", _S, "Source key of the tier.", required=True),
        column("tier_known_at", _D, "Day of the tier's evidence."),
        column("tier_expires", _D, "Day the override expires."),
        column("revenue_share_low", _F, "Lower bound of the revenue share.", unit="fraction"),
        column("revenue_share_high", _F, "Upper bound of the revenue share.", unit="fraction"),
        column("basis", _S, "What the bounds measure."),
        column("source", _S, "Source key of the share."),
        column("known_at", _D, "Day the share could have been known."),
    ),
    key=("ticker", "segment"),
)

RELATIONS = Table(
    "RELATIONS",
    "Supplier to customer, with the customer's share of the supplier's revenue where known.",
    (
        column("supplier", _S, "Ticker or PRIV: node of the supplier.", required=True),
        column("customer", _S, "Ticker, or PRIV: node for private or unnamed customers.", required=True),
        column("revenue_share_low", _F, "Share of supplier revenue, lower bound.", unit="fraction"),
        column("revenue_share_high", _F, "Share of supplier revenue, upper bound.", unit="fraction"),
        column("share_of_customer_cost", _F, "Share of the customer's cost.", unit="fraction"),
        column("period", _S, "Period, as stated."),
        column("basis", _S, "What the share measures."),
        column("source", _S, "Source key.", required=True),
        column("url", _S, "Address behind the source."),
        column("known_at", _D, "Day it could have been known."),
        column("grade", _S, "Source grade.", required=True, allowed=GRADES),
        column("note", _S, "Note."),
    ),
)

MARGINS = Table(
    "MARGINS",
    "Published margins by period: evidence for or against a tier.",
    (
        column("ticker", _S, "Company.", required=True),
        column("metric", _S, "gross_margin, operating_margin, ... with its perimeter in the name.", required=True),
        column("value", _F, "The margin.", unit="fraction", required=True),
        column("period", _S, "Period, as stated.", required=True),
        column("period_end", _D, "Last day of the period where it can be read from the text."),
        column("source", _S, "Source key.", required=True),
        column("url", _S, "Address behind the source."),
        column("known_at", _D, "Day it could have been known."),
        column("grade", _S, "Source grade.", required=True, allowed=GRADES),
    ),
)  # fmt: skip

STATEMENTS = Table(
    "STATEMENTS",
    "What companies said or denied about prices, capacity, long-term agreements and second sources.",
    (
        column("ticker", _S, "Company.", required=True),
        column("topic", _S, "price_cut, price_rise, sold_out, lta, second_source or share_loss.", required=True),
        column("summary", _S, "One sentence.", required=True),
        column("known_at", _D, "Day of the statement.", required=True),
        column("source", _S, "Source key.", required=True),
        column("url", _S, "Address behind the source."),
        column("grade", _S, "Source grade.", required=True, allowed=GRADES),
        column("stance", _S, "Who speaks.", required=True, allowed=("stated", "denied", "inferred")),
    ),
)  # fmt: skip

NODES = Table(
    "NODES",
    "The parties of the deal ledger after merging aliases into groups.",
    (
        column("node", _S, "Ticker of the group's parent, PRIV:name, MKT:name (outside lenders and investors) or AGG:name.", required=True),
        column("name", _S, "Name for people.", required=True),
        column("kind", _S, "listed, private, market (outside capital) or aggregate (never enters a flow).", required=True, allowed=("listed", "private", "market", "aggregate")),
        column("aliases", pl.List(_S), "Every name of this party in the ledger, e.g. AWS for AMZN.", required=True),
        column("is_lab", _B, "True for a private model lab whose outside funding the shock cuts.", required=True),
    ),
    key=("node",),
)  # fmt: skip

DEAL_KINDS = (
    "equity", "debt", "cloud_contract", "hardware_purchase", "purchase_commitment", "lease", "power_ppa",
    "revenue_share", "prepayment", "backstop", "warrants", "distribution", "licence", "programme",
    "financing_platform", "capex_commitment",
)  # fmt: skip
FLOW_CLASSES = ("commercial", "financing", "contingent", "none")

DEALS = Table(
    "DEALS",
    "The deal ledger: one row per deal, directed payer to payee (investor, lender or guarantor to receiver).",
    (
        column("deal_id", _S, "D001 ... as researched.", required=True),
        column("payer", _S, "Node that pays, invests, lends or guarantees.", required=True),
        column("payee", _S, "Node that receives.", required=True),
        column("payer_name", _S, "Payer as written in the source.", required=True),
        column("payee_name", _S, "Payee as written in the source.", required=True),
        column("kind", _S, "Kind of deal.", required=True, allowed=DEAL_KINDS),
        column("flow_class", _S, "commercial is the payee's revenue, financing is funding, contingent is a guarantee or warrant.", required=True, allowed=FLOW_CLASSES),
        column("amount_low", _F, "Whole amount, low.", unit="bn of currency"),
        column("amount_base", _F, "Whole amount, base: the headline when firm, the funded part when 'up to'.", unit="bn of currency"),
        column("amount_high", _F, "Whole amount, high: the headline.", unit="bn of currency"),
        column("amount_headline", _F, "The figure as announced.", unit="bn of currency"),
        column("currency", _S, "ISO currency.", required=True),
        column("amount_basis", _S, "What the amount is."),
        column("capacity_gw", _F, "Capacity.", unit="GW"),
        column("term_start", _D, "First day on which money moves (a loan: its payment, not its life); null when not stated."),
        column("term_end", _D, "Last day on which money moves; null when not stated."),
        column("status", _S, "definitive, closed, announced, media_reported, term_sheet, loi, in_negotiation, terminated.", required=True),
        column("announced", _D, "Day the deal became known.", required=True),
        column("superseded_by", _S, "Deal that replaces this one from its own announcement on."),
        column("is_additive", _B, "False: superseded, overlapping, unsigned or a stock; visible, never summed.", required=True),
        column("source", _S, "Source keys.", required=True),
        column("grade", _S, "Source grade.", required=True, allowed=GRADES),
        column("verified", _S, "independent, single or unverified."),
        column("note", _S, "Conflicts and notes."),
    ),
    key=("deal_id",),
)  # fmt: skip

FIGURES = Table(
    "FIGURES",
    "Published figures with period, unit, source and grade. A newer figure never deletes an older one.",
    (
        column("figure_id", _S, "F001 ... in file order.", required=True),
        column("subject", _S, "Who or what, as written (AWS, Alphabet, four hyperscalers).", required=True),
        column("node", _S, "Ticker or PRIV: node it belongs to; null for sector figures."),
        column("metric", _S, "revenue, capex, ttm_fcf, rpo, ...", required=True),
        column("value", _F, "The figure; null when only a range is published."),
        column("low", _F, "Lower end of a published range."),
        column("high", _F, "Upper end of a published range."),
        column("text", _S, "The figure when it is not a number (a rating)."),
        column("unit", _S, "bn, ratio, x, years, ...", required=True),
        column("currency", _S, "ISO currency for money."),
        column("period", _S, "Period, as stated."),
        column("period_end", _D, "Last day of the period where it can be read from the text."),
        column(
            "period_months",
            pl.Int32,
            "Length of the period; 0 for a balance; null when unclear.",
            unit="months",
        ),
        column("known_at", _D, "Day it could have been known."),
        column("source", _S, "Source keys.", required=True),
        column("grade", _S, "Source grade.", required=True, allowed=GRADES),
        column("verified", _S, "independent, single or unverified."),
        column("superseded_by", _S, "figure_id of the newer figure of the same measure that counts instead."),
        column("note", _S, "Note."),
    ),
    key=("figure_id",),
)

SOURCES = Table(
    "SOURCES",
    "The full address behind each short source key.",
    (
        column("source", _S, "Key.", required=True),
        column("url", _S, "Address."),
        column("published", _D, "Publication day."),
        column("kind", _S, "filing, press, aggregator, research note, assumption ..."),
        column("verified", _S, "independent, single or unverified."),
    ),
    key=("source",),
)

WATCH = Table(
    "WATCH",
    "The watch lines of the research notes, each with its status.",
    (
        column("watch_id", _S, "W01 ...", required=True),
        column("group", _S, "four_lines, aws_conditions, site_power, aws_core.", required=True),
        column("line", _S, "What to watch.", required=True),
        column("node", _S, "Ticker or PRIV: node concerned."),
        column("status", _S, "Reading of the line.", required=True, allowed=("supportive", "mixed", "adverse", "no_data")),
        column("reading", _S, "The latest reading in one sentence, with its figure.", required=True),
        column("is_manual", _B, "True when no market feed can fill it: a person must.", required=True),
        column("label", _S, "Fact, estimate or inference.", required=True, allowed=("fact", "estimate", "inference")),
        column("known_at", _D, "Day of the reading; null when there is none."),
        column("source", _S, "Source key.", required=True),
    ),
    key=("watch_id",),
)  # fmt: skip

EVENTS = Table(
    "EVENTS",
    "Dated events: catalysts that happened and dates ahead.",
    (
        column("date", _D, "Day of the event.", required=True),
        column("date_text", _S, "The date as the source gives it (a month, a quarter).", required=True),
        column("node", _S, "Ticker or PRIV: node concerned."),
        column("event", _S, "What happens.", required=True),
        column("certainty", _S, "announced (by the party), expected (from a pattern) or past.", required=True, allowed=("announced", "expected", "past")),
        column("known_at", _D, "Day the date became known.", required=True),
        column("source", _S, "Source key.", required=True),
    ),
)  # fmt: skip

ASSUMED_FIELDS = ("amount", "annual", "term", "ramp", "milestone", "notice")

ASSUMPTIONS = Table(
    "ASSUMPTIONS",
    "Our own numbers where the ledger has no amount or term. They show as assumptions wherever they enter.",
    (
        column("assumption_id", _S, "A001 ...", required=True),
        column("deal_id", _S, "Deal it completes; null for a flow the ledger lacks altogether."),
        column("payer", _S, "Node that pays."),
        column("payee", _S, "Node that receives."),
        column("kind", _S, "Kind of deal.", allowed=DEAL_KINDS),
        column("field", _S, "amount (whole), annual (amount a year), term, or how a term is paid: ramp, milestone, notice.", required=True, allowed=ASSUMED_FIELDS),
        column("low", _F, "Low.", unit="bn of currency"),
        column("base", _F, "Base; for ramp the share of the full rate on the first day (fraction), for notice the days.", unit="bn of currency"),
        column("high", _F, "High.", unit="bn of currency"),
        column("currency", _S, "ISO currency."),
        column("term_start", _D, "First day."),
        column("term_end", _D, "Last day; for ramp the first day at the full rate, for milestone the day of the payment."),
        column("reasoning", _S, "Why this number, from which figures.", required=True),
        column("known_at", _D, "Day from which the assumption could have been made.", required=True),
    ),
    key=("assumption_id",),
)  # fmt: skip

CLAIM_TESTS = (
    "multiple_before_earnings", "multiple_behind_peers", "margins_diverge", "segments_keep_margin",
    "segments_lose_margin", "growth_without_margin", "capex_outgrows_cash", "income_per_capex_falls",
    "shorter_life_costs", "debt_exceeds_peers", "loop_exists", "commitments_exceed_revenue",
    "buys_from_several", "backlog_spread", "vendor_finance_exceeds", "no_data",
)  # fmt: skip
"""How a claim can be judged; each is a function of `models.claims`."""

CLAIMS = Table(
    "CLAIMS",
    "What the research notes claim, each with the test that judges it on every run.",
    (
        column("claim_id", _S, "C01 ...", required=True),
        column("seed", _S, "Source key of the research note.", required=True),
        column("claim", _S, "The claim in one sentence.", required=True),
        column("metric", _S, "What is measured, with its unit.", required=True),
        column("test", _S, "How it is judged.", required=True, allowed=CLAIM_TESTS),
        column("subjects", pl.List(_S), "Tickers, nodes, segments, tiers or a ticker and its perimeter, in the order that the test names.", required=True),
        column("threshold", _F, "Limit in the metric's unit, where the test has one."),
        column("event", _D, "Day from which the claim speaks, where the test has one."),
        column("reasoning", _S, "Why this test, or why none can be made.", required=True),
        column("known_at", _D, "Day of the claim.", required=True),
        column("source", _S, "Source key.", required=True),
    ),
    key=("claim_id",),
)  # fmt: skip

THEME_TABLES = (
    COMPANIES, SEGMENTS, EXPOSURES, OVERRIDES, MEMBERSHIPS, RELATIONS, MARGINS, STATEMENTS, NODES, DEALS,
    FIGURES, SOURCES, WATCH, EVENTS, ASSUMPTIONS, YARDSTICK, CLAIMS, GROUPS,
)  # fmt: skip
