"""The tables that the models need (filled by `screen`) and the tables that they return.

Conventions: fractions are never percent; money is in units of the named currency (``_usd`` columns in
US dollars, ``_bn_usd`` in billions); null is unknown and carries a `reason`; no NaN leaves a model.
"""

from __future__ import annotations

from models.tables.capex import (
    BACKLOG,
    BACKLOG_CUSTOMERS,
    DEPRECIATION,
    DEPRECIATION_WALL,
    INCREMENTAL_RETURNS,
    LIFE_CHANGES,
)
from models.tables.claims import CLAIM_VERDICTS
from models.tables.loop import FLOWS, NODE_ACCOUNTS, REVENUE_AT_RISK
from models.tables.loop_network import ATTRIBUTION, LOOP_NULL, LOOPS, YEAR_FLOWS
from models.tables.loop_stress import (
    CLEARING_RESULTS,
    EQUITY_AT_RISK,
    LAB_COVERAGE,
    LOOP_UNCERTAINTY,
    TRIGGERED_CLAIMS,
    VENDOR_FINANCE,
)
from models.tables.margins import (
    DIVERGENCE,
    MARGIN_DISPERSION,
    TIER_AGREEMENT,
)
from models.tables.power import EFFICIENCY, EVIDENCE
from models.tables.ranking import COMPONENTS, CONTRIBUTIONS, KINDS, RANK_SETS, RANKED, SENSITIVITY
from models.tables.scenarios import MOVE_EVENTS, SCENARIO_DRIVERS, SCENARIO_MOVES
from models.tables.terms import PASS_THROUGH, WORKING_CAPITAL
from models.tables.valuation import (
    DECOMPOSITION,
    FORECAST,
    HORIZONS_WEEKS,
    MULTIPLE_PANEL,
    MULTIPLES,
    PANEL,
    PANEL_FIT,
    QUARTERS,
    WARRANTED,
)

__all__ = [
    "ATTRIBUTION",
    "BACKLOG",
    "BACKLOG_CUSTOMERS",
    "CLAIM_VERDICTS",
    "CLEARING_RESULTS",
    "COMPONENTS",
    "CONTRIBUTIONS",
    "DECOMPOSITION",
    "DEPRECIATION",
    "DEPRECIATION_WALL",
    "DIVERGENCE",
    "EFFICIENCY",
    "EQUITY_AT_RISK",
    "EVIDENCE",
    "FLOWS",
    "FORECAST",
    "HORIZONS_WEEKS",
    "INCREMENTAL_RETURNS",
    "KINDS",
    "LAB_COVERAGE",
    "LIFE_CHANGES",
    "LOOPS",
    "LOOP_NULL",
    "LOOP_UNCERTAINTY",
    "MARGIN_DISPERSION",
    "MODEL_TABLES",
    "MOVE_EVENTS",
    "MULTIPLES",
    "MULTIPLE_PANEL",
    "NODE_ACCOUNTS",
    "PANEL",
    "PANEL_FIT",
    "PASS_THROUGH",
    "QUARTERS",
    "RANKED",
    "RANK_SETS",
    "REVENUE_AT_RISK",
    "SCENARIO_DRIVERS",
    "SCENARIO_MOVES",
    "SENSITIVITY",
    "TIER_AGREEMENT",
    "TRIGGERED_CLAIMS",
    "VENDOR_FINANCE",
    "WARRANTED",
    "WORKING_CAPITAL",
    "YEAR_FLOWS",
]

MODEL_TABLES = (
    PANEL, MULTIPLES, MULTIPLE_PANEL, QUARTERS, COMPONENTS, DECOMPOSITION, WARRANTED, PANEL_FIT, FORECAST,
    EVIDENCE, FLOWS, YEAR_FLOWS, NODE_ACCOUNTS, ATTRIBUTION, LOOPS, LOOP_NULL, REVENUE_AT_RISK,
    LOOP_UNCERTAINTY, CLEARING_RESULTS, TRIGGERED_CLAIMS, EQUITY_AT_RISK, LAB_COVERAGE, VENDOR_FINANCE,
    EFFICIENCY, DEPRECIATION, CLAIM_VERDICTS, DEPRECIATION_WALL, LIFE_CHANGES, INCREMENTAL_RETURNS, BACKLOG,
    BACKLOG_CUSTOMERS, CONTRIBUTIONS, RANKED, RANK_SETS, SENSITIVITY, TIER_AGREEMENT, MARGIN_DISPERSION,
    DIVERGENCE, SCENARIO_MOVES, SCENARIO_DRIVERS, PASS_THROUGH, WORKING_CAPITAL,
)  # fmt: skip
