"""What the model of capital spending and depreciation returns."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column
from models.tables.ranking import KINDS

__all__ = [
    "BACKLOG",
    "BACKLOG_CUSTOMERS",
    "DEPRECIATION",
    "DEPRECIATION_WALL",
    "INCREMENTAL_RETURNS",
    "LIFE_CHANGES",
]

_S, _F, _D, _I, _B = pl.String, pl.Float64, pl.Date, pl.Int64, pl.Boolean
_CASES = ("low", "base", "high")

DEPRECIATION = Table(
    "DEPRECIATION",
    "Depreciation of the payers' next four quarters if servers had always lasted 2, 3, 4, 5 or 6 years.",
    (
        column("ticker", _S, "Company.", required=True),
        column("life_years", _F, "Useful life of servers and network.", unit="years", required=True),
        column("book_life_years", _F, "The company's stated life.", unit="years"),
        column("depreciation_bn_usd", _F, "Straight line by vintage, all classes, next four quarters.", unit="bn USD"),
        column("change_bn_usd", _F, "Against the stated life: the hidden charge of a shorter life.", unit="bn USD"),
        column("change_low_bn_usd", _F, "The same in the low case of spending.", unit="bn USD"),
        column("change_high_bn_usd", _F, "The same in the high case.", unit="bn USD"),
        column("change_to_operating_income", _F, "change / operating income of twelve months.", unit="fraction"),
        column("revenue_needed_bn_usd", _F, "change / margin before depreciation.", unit="bn USD"),
        column("source", _S, "Sources.", required=True),
        column("caveat", _S, "Spending, classes and income behind the figures."),
        column("reason", _S, "Why the row is null."),
    ),
    key=("ticker", "life_years"),
)  # fmt: skip

DEPRECIATION_WALL = Table(
    "DEPRECIATION_WALL",
    "Payers: depreciation of the next twelve quarters against today's, in three cases of spending.",
    (
        column("ticker", _S, "Company.", required=True),
        column("case", _S, "Case of the spending still to come.", required=True, allowed=_CASES),
        column("quarter_ahead", _I, "0 is the last known quarter.", unit="quarters", required=True),
        column("period_end", _D, "End of the quarter."),
        column("capex_bn_usd", _F, "Spending of the quarter: known, planned or assumed.", unit="bn USD"),
        column("depreciation_bn_usd", _F, "Modelled depreciation of the quarter.", unit="bn USD"),
        column("wall_bn_usd", _F, "Four times (depreciation of the quarter minus that of quarter 0): a year's rate.", unit="bn USD"),
        column("wall_share", _F, "wall_bn_usd / operating income of twelve months; null when that is <= 0.", unit="fraction"),
        column("revenue_needed_bn_usd", _F, "wall_bn_usd / margin before depreciation: extra yearly revenue that carries it.", unit="bn USD"),
        column("kind", _S, "estimate; inference where the life of servers is assumed.", required=True, allowed=KINDS),
        column("known_at", _D, "Day the newest input became known."),
        column("source", _S, "Sources.", required=True),
        column("caveat", _S, "Spending, plan, classes, lags and income behind the figures."),
        column("reason", _S, "Why a share is null, or the whole row."),
    ),
    key=("ticker", "case", "quarter_ahead"),
)  # fmt: skip

LIFE_CHANGES = Table(
    "LIFE_CHANGES",
    "Payers: changes of the life of servers, booked prospectively, beside the effect that the company stated.",
    (
        column("ticker", _S, "Company.", required=True),
        column("effective", _D, "First day on the new life.", required=True),
        column("basis", _S, "stated by the company, or a scenario's.", required=True, allowed=("stated", "scenario")),
        column("old_life_years", _F, "Life before.", unit="years", required=True),
        column("new_life_years", _F, "Life after.", unit="years", required=True),
        column("charge_before_bn_usd", _F, "Modelled charge of the four quarters from the day on, servers held, old life.", unit="bn USD"),
        column("charge_after_bn_usd", _F, "The same on the new life: book value over what is left of it.", unit="bn USD"),
        column("effect_bn_usd", _F, "After minus before: above 0 lowers operating income.", unit="bn USD"),
        column("stated_effect_bn_usd", _F, "The effect on a year's depreciation that the company stated.", unit="bn USD"),
        column("is_same_direction", _B, "True when model and statement have one sign; null without a statement."),
        column("kind", _S, "estimate: the book value by age is not disclosed.", required=True, allowed=KINDS),
        column("known_at", _D, "Day the statement became known."),
        column("source", _S, "Sources.", required=True),
        column("caveat", _S, "What the reader must know."),
        column("reason", _S, "Why the model has no effect."),
    ),
    key=("ticker", "effective", "basis"),
)  # fmt: skip

INCREMENTAL_RETURNS = Table(
    "INCREMENTAL_RETURNS",
    "Payers: what a year's spending brought, four quarters against the four before, by quarter end.",
    (
        column("ticker", _S, "Company.", required=True),
        column("period_end", _D, "End of the four quarters; null when none are known."),
        column("revenue_bn_usd", _F, "Revenue of four quarters.", unit="bn USD"),
        column("operating_income_bn_usd", _F, "Operating income of four quarters.", unit="bn USD"),
        column("capex_bn_usd", _F, "Capital spending of four quarters.", unit="bn USD"),
        column("ocf_bn_usd", _F, "Operating cash flow of four quarters.", unit="bn USD"),
        column("fcf_bn_usd", _F, "ocf - capex.", unit="bn USD"),
        column("incremental_margin", _F, "Change of operating income / change of revenue; null when revenue moved by less than 2%.", unit="fraction"),
        column("incremental_return", _F, "Change of operating income after tax / capital spending of the year before.", unit="fraction"),
        column("incremental_roic", _F, "Change of operating income after tax / growth of equity + debt - cash over the year before.", unit="fraction"),
        column("self_funding", _F, "Capital spending / operating cash flow; null when that is <= 0.", unit="fraction"),
        column("kind", _S, "estimate: the tax rate is assumed.", required=True, allowed=KINDS),
        column("known_at", _D, "Day the newest input became known."),
        column("source", _S, "Sources.", required=True),
        column("caveat", _S, "What the reader must know."),
        column("reason", _S, "What is missing and why."),
    ),
    key=("ticker", "period_end"),
)  # fmt: skip

BACKLOG = Table(
    "BACKLOG",
    "Payers: how long a backlog lasts, who owes it, and what part can be counted on; one row a measure.",
    (
        column("ticker", _S, "Company.", required=True),
        column("measure", _S, "What is measured.", required=True,
               allowed=("backlog", "cover", "remaining_life", "run_off", "run_off_to_revenue", "lab_share",
                        "top_customer_share", "hhi", "quality")),
        column("value", _F, "Value; base case where there are three."),
        column("low", _F, "Low end: hhi with the rest spread, quality with high default and usage."),
        column("high", _F, "High end: hhi with one customer for the rest, quality with low default, no usage."),
        column("unit", _S, "Unit of the value.", required=True),
        column("kind", _S, "fact, estimate or inference.", required=True, allowed=KINDS),
        column("known_at", _D, "Day the newest input became known."),
        column("source", _S, "Sources.", required=True),
        column("detail", _S, "The figures behind the value."),
        column("reason", _S, "Why the value is null."),
    ),
    key=("ticker", "measure"),
)  # fmt: skip

BACKLOG_CUSTOMERS = Table(
    "BACKLOG_CUSTOMERS",
    "Payers: the named customers of a backlog and what they committed to.",
    (
        column("ticker", _S, "Company that is owed.", required=True),
        column("customer", _S, "Node that owes.", required=True),
        column("name", _S, "Its name.", required=True),
        column("is_lab", _B, "True for a model lab.", required=True),
        column("share", _F, "Share of the backlog; null where neither share nor amount is published.", unit="fraction"),
        column("commitments_bn_usd", _F, "Additive contracts with this cloud.", unit="bn USD"),
        column("basis", _S, "Where the share comes from.", required=True,
               allowed=("published share", "commitments over backlog")),
        column("kind", _S, "fact, estimate or inference (commitments over backlog).", required=True, allowed=KINDS),
        column("source", _S, "Sources.", required=True),
        column("detail", _S, "The contracts, or why there is no share."),
    ),
    key=("ticker", "customer"),
)  # fmt: skip
