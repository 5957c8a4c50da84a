"""The tables that the models need (filled by `screen`) and the tables that they return.

Conventions: fractions are never percent; money is in units of the named currency (``_usd`` columns in
US dollars, ``_bn_usd`` in billions); null is unknown and carries a `reason`; no NaN leaves a model.
"""

from __future__ import annotations

from models.tables.capex import DEPRECIATION, DEPRECIATION_WALL
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
from models.tables.ranking import COMPONENTS, CONTRIBUTIONS, KINDS, RANK_SETS, RANKED
from models.tables.scenarios import MOVE_EVENTS, SCENARIO_DRIVERS, SCENARIO_MOVES
from models.tables.terms import PASS_THROUGH, WORKING_CAPITAL
from models.tables.valuation import (
    DECOMPOSITION,
    FORECAST,
    HORIZONS_WEEKS,
    MULTIPLES,
    PANEL,
    QUARTERS,
    WARRANTED,
)

__all__ = [
    "ATTRIBUTION",
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
    "KINDS",
    "LAB_COVERAGE",
    "LOOPS",
    "LOOP_NULL",
    "LOOP_UNCERTAINTY",
    "MARGIN_DISPERSION",
    "MODEL_TABLES",
    "MOVE_EVENTS",
    "MULTIPLES",
    "NODE_ACCOUNTS",
    "PANEL",
    "PASS_THROUGH",
    "QUARTERS",
    "RANKED",
    "RANK_SETS",
    "REVENUE_AT_RISK",
    "SCENARIO_DRIVERS",
    "SCENARIO_MOVES",
    "TIER_AGREEMENT",
    "TRIGGERED_CLAIMS",
    "VENDOR_FINANCE",
    "WARRANTED",
    "WORKING_CAPITAL",
    "YEAR_FLOWS",
]

MODEL_TABLES = (
    PANEL, MULTIPLES, QUARTERS, COMPONENTS, DECOMPOSITION, WARRANTED, FORECAST, EVIDENCE, FLOWS,
    YEAR_FLOWS, NODE_ACCOUNTS, ATTRIBUTION, LOOPS, LOOP_NULL, REVENUE_AT_RISK, LOOP_UNCERTAINTY, CLEARING_RESULTS, TRIGGERED_CLAIMS,
    EQUITY_AT_RISK, LAB_COVERAGE, VENDOR_FINANCE, EFFICIENCY, DEPRECIATION, CLAIM_VERDICTS, DEPRECIATION_WALL,
    CONTRIBUTIONS, RANKED, RANK_SETS, TIER_AGREEMENT, MARGIN_DISPERSION, DIVERGENCE, SCENARIO_MOVES,
    SCENARIO_DRIVERS, PASS_THROUGH, WORKING_CAPITAL,
)  # fmt: skip
