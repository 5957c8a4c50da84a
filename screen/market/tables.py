"""The market tables: what every source delivers, each row with currency, source and the day it was known."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column

__all__ = [
    "ESTIMATES",
    "FX",
    "ITEMS",
    "MARKET_TABLES",
    "MINOR_UNITS",
    "MONTHLY_REVENUE",
    "OUTCOMES",
    "OUTCOME_STATUS",
    "PRICES",
    "PROFILES",
    "PULLS",
    "REVISIONS",
    "SPLITS",
    "STATEMENTS",
    "STORED_PRICES",
]

_S, _F, _D, _I = pl.String, pl.Float64, pl.Date, pl.Int64

MINOR_UNITS = {"GBp": ("GBP", 0.01), "GBX": ("GBP", 0.01), "ZAc": ("ZAR", 0.01), "ILA": ("ILS", 0.01)}
"""Minor currency units that exchanges quote in -> (ISO currency, factor). Sources normalise on entry."""

ITEMS = (
    "revenue", "cost_of_revenue", "gross_profit", "operating_income", "net_income", "eps_diluted", "shares_diluted",
    "operating_cash_flow", "capex", "depreciation_amortization", "cash", "total_debt", "equity", "rpo",
    "receivables", "payables", "inventory", "shares_outstanding", "deferred_revenue_current",
)  # fmt: skip
"""Statement items that the panel reads. capex is positive spending. A source may deliver more."""

PRICES = Table(
    "PRICES",
    "Daily closes. close is adjusted for the splits of SPLITS and for nothing else.",
    (
        column("ticker", _S, "Yahoo symbol.", required=True),
        column("date", _D, "Trading day.", required=True),
        column(
            "close",
            _F,
            "Close, split-adjusted, not dividend-adjusted; null when only adj_close exists.",
            unit="currency",
        ),
        column("adj_close", _F, "Close adjusted for dividends too.", unit="currency"),
        column("volume", _F, "Shares traded.", unit="shares"),
        column("currency", _S, "ISO currency, never a minor unit.", required=True),
        column("known_at", _D, "Day the row became known: the trading day.", required=True),
        column("source", _S, "Source id.", required=True),
    ),
    key=("ticker", "date"),
)

SPLITS = Table(
    "SPLITS",
    "Splits that close is adjusted for. Part of the price basis: not filtered by as_of.",
    (
        column("ticker", _S, "Yahoo symbol.", required=True),
        column("ex_date", _D, "First day on the new basis; null when unknown."),
        column("ratio", _F, "New shares for one old.", unit="shares", required=True),
        column("first_new_basis_filing", _D, "First filing on the new share basis; null when none is known."),
        column("source", _S, "Source id.", required=True),
    ),
)

ESTIMATES = Table(
    "ESTIMATES",
    "Consensus estimates, each with the day it was seen.",
    (
        column("ticker", _S, "Yahoo symbol.", required=True),
        column("known_at", _D, "Day the estimate was seen.", required=True),
        column("period", _S, "0q, +1q, 0y, +1y, or vendor for a vendor's own unlabelled forward figure.", required=True,
               allowed=("0q", "+1q", "0y", "+1y", "vendor")),
        column("period_end", _D, "Last day of the fiscal period the estimate is about."),
        column("metric", _S, "eps or revenue.", required=True, allowed=("eps", "revenue")),
        column("mean", _F, "Mean estimate; null with analysts 0 when there is no coverage.", unit="currency"),
        column("low", _F, "Lowest.", unit="currency"),
        column("high", _F, "Highest.", unit="currency"),
        column("analysts", _I, "Number of analysts; null when the source does not say."),
        column("currency", _S, "ISO currency of the figure itself."),
        column("source", _S, "Source id.", required=True),
        column("seen_at", _D, "Day the figure was read at the source; later than known_at for the means of 7 to 90 days ago."),
    ),
    key=("ticker", "known_at", "period", "metric", "source"),
)  # fmt: skip

STATEMENTS = Table(
    "STATEMENTS",
    "Reported figures, every vintage a row. As of D: known_at <= D, then filed first, lowest tag_rank, newest known_at.",
    (
        column("ticker", _S, "Yahoo symbol.", required=True),
        column("item", _S, "Item, see ITEMS.", required=True),
        column(
            "period_type", _S, "Q, FY, YTD or INSTANT.", required=True, allowed=("Q", "FY", "YTD", "INSTANT")
        ),
        column("period_start", _D, "First day."),
        column("period_end", _D, "Last day.", required=True),
        column("fiscal_year", _I, "Fiscal year."),
        column("fiscal_period", _S, "Q1 to Q4 or FY."),
        column("value", _F, "Figure; shares for share counts.", unit="currency", required=True),
        column("currency", _S, "ISO currency; null for share counts."),
        column("known_at", _D, "Day it became public.", required=True),
        column(
            "known_at_basis",
            _S,
            "filed, matched, assumed_lag, observed (a changed value, on the day the change was seen), snapshot or simulated.",
            required=True,
        ),
        column(
            "is_latest_vintage",
            pl.Boolean,
            "True when value is the newest restatement, whatever known_at says.",
            required=True,
        ),
        column("tag_rank", _I, "Preference among tags of one item, lowest first.", required=True),
        column("source", _S, "Source id.", required=True),
        column(
            "seen_at",
            _D,
            "Day the value was read at the source, whose share basis a latest vintage has; null: the newest basis.",
        ),
    ),
)

MONTHLY_REVENUE = Table(
    "MONTHLY_REVENUE",
    "Revenue of calendar months, as Taiwan's companies publish it by the tenth of the next month.",
    (
        column("ticker", _S, "Yahoo symbol.", required=True),
        column("period_end", _D, "Last day of the month.", required=True),
        column("revenue", _F, "Revenue of the month.", unit="currency", required=True),
        column(
            "revenue_year_ago",
            _F,
            "Revenue of the same month a year before, as stated beside it.",
            unit="currency",
        ),
        column("currency", _S, "ISO currency.", required=True),
        column("known_at", _D, "Day it was published.", required=True),
        column("source", _S, "Source id.", required=True),
        column("seen_at", _D, "Day it was read at the source."),
    ),
    key=("ticker", "period_end", "known_at", "source"),
)

PROFILES = Table(
    "PROFILES",
    "Dated company facts; the newest known on as_of counts.",
    (
        column("ticker", _S, "Yahoo symbol.", required=True),
        column("known_at", _D, "Day it was seen.", required=True),
        column("name", _S, "Name."),
        column("currency", _S, "Listing currency."),
        column("financial_currency", _S, "Reporting currency."),
        column("exchange", _S, "Exchange."),
        column("sector", _S, "Sector."),
        column("industry", _S, "Industry."),
        column(
            "shares_outstanding", _F, "Shares (implied count over all classes where known).", unit="shares"
        ),
        column("market_cap", _F, "Market value the source states, in the listing currency.", unit="currency"),
        column("source", _S, "Source id.", required=True),
    ),
    key=("ticker", "known_at", "source"),
)

FX = Table(
    "FX",
    "Exchange rates: units of quote for one unit of base.",
    (
        column("base", _S, "ISO currency.", required=True),
        column("quote", _S, "ISO currency.", required=True),
        column("date", _D, "Day.", required=True),
        column("rate", _F, "quote per base.", unit="times", required=True),
        column("known_at", _D, "Day it became known.", required=True),
        column("source", _S, "Source id.", required=True),
    ),
    key=("base", "quote", "date"),
)

STORED_PRICES = Table(
    "STORED_PRICES",
    "Prices as the store keeps them, one file a ticker: closes and the splits they are adjusted for change together.",
    (
        *PRICES.columns,
        column(
            "split_ratio",
            _F,
            "New shares for one old on this day; null on days without a split.",
            unit="shares",
        ),
        column("dividend", _F, "Cash dividend a share on its ex-date.", unit="currency"),
    ),
    key=("ticker", "date"),
)

REVISIONS = Table(
    "REVISIONS",
    "Stored closes that the source later stated otherwise, without a split.",
    (
        column("ticker", _S, "Yahoo symbol.", required=True),
        column("date", _D, "Trading day.", required=True),
        column("field", _S, "close or currency.", required=True),
        column("before", _F, "Stored value.", unit="currency"),
        column("after", _F, "New value.", unit="currency"),
        column("seen_at", _D, "Day the change was seen.", required=True),
        column("source", _S, "Source id.", required=True),
    ),
    key=("ticker", "date", "field", "seen_at", "source"),
)

OUTCOME_STATUS = (
    "ok", "partial", "empty", "not_found", "rate_limited", "network", "timeout", "bad_payload", "not_covered", "skipped",
)  # fmt: skip

OUTCOMES = Table(
    "OUTCOMES",
    "What happened to each request: one row per ticker and dataset. A ticker that fails is a row with a reason.",
    (
        column("ticker", _S, "Yahoo symbol, or a currency pair.", required=True),
        column("dataset", _S, "prices, estimates, statements, profile, fx, quotes or monthly_revenue.", required=True,
               allowed=("prices", "estimates", "statements", "profile", "fx", "quotes", "monthly_revenue")),
        column("status", _S, "Outcome.", required=True, allowed=OUTCOME_STATUS),
        column("reason", _S, "Why it is not ok, in words."),
        column("requests", _I, "Requests sent.", required=True),
        column("latest", _D, "Newest date in the delivered rows."),
        column("source", _S, "Source id.", required=True),
    ),
    key=("ticker", "dataset"),
)  # fmt: skip

PULLS = Table(
    "PULLS",
    "The log of pulls: every outcome with the day of the pull.",
    (
        *OUTCOMES.columns,
        column("pulled_at", _D, "Day of the pull in UTC.", required=True),
        column("pull_id", _S, "Identifies the pull; ids sort by time.", required=True),
        column(
            "earnings_at",
            _D,
            "Next or last earnings date the source states, for a company's quotes and profile.",
        ),
    ),
)

MARKET_TABLES = (
    PRICES, SPLITS, ESTIMATES, STATEMENTS, MONTHLY_REVENUE, PROFILES, FX, OUTCOMES,
    STORED_PRICES, REVISIONS, PULLS,
)  # fmt: skip
