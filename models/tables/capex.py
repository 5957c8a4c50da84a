"""What the model of capital spending and depreciation returns."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column
from models.tables.ranking import KINDS

__all__ = ["DEPRECIATION", "DEPRECIATION_WALL"]

_S, _F, _D, _I = pl.String, pl.Float64, pl.Date, pl.Int64
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
