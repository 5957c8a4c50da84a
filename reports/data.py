"""What a report needs: declared here, filled by `screen`, rendered by `reports`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from exposures.table import Table, column
from exposures.tables import GROUPS, ROLES, TIERS, YARDSTICK
from exposures.theme import Scenario
from models.tables import (
    BACKLOG,
    BACKLOG_CUSTOMERS,
    CLAIM_VERDICTS,
    CLEARING_RESULTS,
    DEPRECIATION_WALL,
    DIVERGENCE,
    EQUITY_AT_RISK,
    INCREMENTAL_RETURNS,
    LAB_COVERAGE,
    LIFE_CHANGES,
    LOOP_NULL,
    LOOP_UNCERTAINTY,
    MARGIN_DISPERSION,
    PANEL_FIT,
    PASS_THROUGH,
    SCENARIO_DRIVERS,
    SCENARIO_MOVES,
    SENSITIVITY,
    TIER_AGREEMENT,
    TRIGGERED_CLAIMS,
    VENDOR_FINANCE,
    WORKING_CAPITAL,
    YEAR_FLOWS,
)

__all__ = [
    "FINDINGS",
    "FINDING_RULES",
    "GAPS",
    "MONTHLY",
    "REPORT_TABLES",
    "ROWS",
    "ReportData",
    "RunFacts",
    "ScreenView",
]

_S, _F, _D, _B, _I = pl.String, pl.Float64, pl.Date, pl.Boolean, pl.Int64

ROWS = Table(
    "ROWS",
    "One row per screen and company: the ranking with the names that people read.",
    (
        column("screen", _S, "Screen key.", required=True),
        column("ticker", _S, "Company.", required=True),
        column("name", _S, "Company name.", required=True),
        column("country", _S, "Country.", required=True),
        column("segment", _S, "Primary segment key.", required=True),
        column("segment_name", _S, "Primary segment for people.", required=True),
        column("role", _S, "supplier, payer or user.", required=True, allowed=ROLES),
        column("tier", _S, "Tier in force; null outside the tiers.", allowed=TIERS),
        column("rank", _I, "1 is first; ties share the lower number; null when unranked."),
        column("is_tied", _B, "True when another name has the same score.", required=True),
        column("rank_low", _I, "5% quantile of the rank."),
        column("rank_high", _I, "95% quantile of the rank."),
        column("p_top5", _F, "Probability of a rank of 5 or better.", unit="fraction"),
        column("score_error", _F, "Standard error of the score.", unit="points"),
        column("rank_set_low", _I, "Best true rank in the name's own 95% confidence set."),
        column("rank_set_high", _I, "Worst true rank in the name's own 95% confidence set."),
        column("joint_set_low", _I, "Best true rank when the 95% sets of all names hold at once."),
        column("joint_set_high", _I, "Worst true rank when the 95% sets of all names hold at once."),
        column("in_top5_set", _B, "True when the errors of the inputs leave the name a place among five."),
        column("rank_taiwan", _I, "Rank among the Taiwanese names of the screen; null for others."),
        column("score", _F, "0 to 100.", unit="points"),
        column("coverage", _F, "Share of the weights with an input.", unit="fraction", required=True),
        column("reason", _S, "Why unranked."),
    ),
    key=("screen", "ticker"),
)

GAPS = Table(
    "GAPS",
    "What is missing, old or left out, and what was done about it.",
    (
        column("ticker", _S, "Company or pair.", required=True),
        column(
            "dataset", _S, "prices, estimates, statements, profile, fx, exposure or theme.", required=True
        ),
        column("reason", _S, "What is wrong, in words.", required=True),
        column("age_days", _I, "Age of what is used instead, or of the newest row.", unit="days"),
        column("action", _S, "What the run did.", required=True),
    ),
)

MONTHLY = Table(
    "MONTHLY",
    "Newest monthly revenue of each company that publishes one, with its growth, as known on as_of.",
    (
        column("ticker", _S, "Company.", required=True),
        column("period_end", _D, "Last day of the month.", required=True),
        column("known_at", _D, "Day the figure became known.", required=True),
        column("revenue", _F, "Revenue of the month.", unit="currency", required=True),
        column("currency", _S, "ISO currency.", required=True),
        column("revenue_usd", _F, "The same in US dollars of as_of.", unit="USD"),
        column("yoy", _F, "On the same month a year before.", unit="fraction"),
        column("momentum_3m", _F, "Last three months on the same months a year before.", unit="fraction"),
        column("acceleration", _F, "momentum_3m minus that of the three months before.", unit="fraction"),
        column("source", _S, "Source id.", required=True),
    ),
    key=("ticker",),
)

FINDING_RULES = (
    "half_applied_split", "single_day_glitch", "level_shift", "unconfirmed_jump", "stale_tail",
    "mixed_adjustment", "zero_volume", "currency_change", "minor_unit", "eps_sign_flip", "estimate_currency",
    "revenue_jump", "eps_sign", "eps_mismatch", "share_scale", "share_count", "market_value",
    "late_statements",
)  # fmt: skip
"""The rules of the quality gate, see `screen.quality`; what people read of each stands in `reports.words`."""

FINDINGS = Table(
    "FINDINGS",
    "What the quality gate found wrong in the delivered data before the panel was built, and what it did.",
    (
        column("ticker", _S, "Company.", required=True),
        column("dataset", _S, "Table the value is in.", required=True,
               allowed=("prices", "estimates", "statements", "profile")),
        column("item", _S, "Which figure of it, e.g. close or eps +1y.", required=True),
        column("date", _D, "Day of the value, period end, or first day of several.", required=True),
        column("rule", _S, "Rule that was broken.", required=True, allowed=FINDING_RULES),
        column("value", _F, "What was measured; the reason names it."),
        column("threshold", _F, "Limit that it broke."),
        column("rows", _I, "Values repaired, excluded or flagged.", required=True),
        column("action", _S, "repaired: mended for certain. excluded: not used. flagged: used as it is.",
               required=True, allowed=("repaired", "excluded", "flagged")),
        column("reason", _S, "What is wrong and what value measures, in words.", required=True),
        column("source", _S, "Source of the value.", required=True),
    ),
    key=("ticker", "dataset", "item", "date", "rule", "source"),
)  # fmt: skip

REPORT_TABLES = (ROWS, GAPS, FINDINGS, MONTHLY)


@dataclass(frozen=True)
class ScreenView:
    """How one screen is presented."""

    key: str
    title: str
    question: str
    rank_one_means: str
    weights: tuple[tuple[str, float], ...]
    """(component key, weight) in theme order."""


@dataclass(frozen=True)
class RunFacts:
    """What a reader must know of the run itself."""

    theme: str
    theme_title: str
    as_of: date
    source: str
    source_label: str
    is_simulated: bool
    source_note: str
    run_id: str
    version: str
    method_version: str
    seed: int
    scenario: str | None
    scenario_name: str | None
    funding_cut: float
    loop_window: str
    """Years over which the loop's yearly flows are averaged, e.g. 2026-2028."""
    finn_index: tuple[tuple[str, float], ...]
    """(case, Finn cycling index as a fraction)."""
    curated_at: date
    top: int
    """Rows a ranked table shows; 0 shows all."""
    coverage_line: str
    """One line: how many companies had prices, estimates and statements."""
    custom_weights: tuple[str, ...] = ()
    """Weights given in place of the theme file's, as ``screen.component=weight``."""


@dataclass(frozen=True)
class ReportData:
    """Everything a report prints; frames are declared tables of exposures, models and this module."""

    facts: RunFacts
    screens: tuple[ScreenView, ...]
    rows: pl.DataFrame  # ROWS
    contributions: pl.DataFrame  # CONTRIBUTIONS
    panel: pl.DataFrame  # PANEL
    memberships: pl.DataFrame  # MEMBERSHIPS
    evidence: pl.DataFrame  # EVIDENCE
    decomposition: pl.DataFrame  # DECOMPOSITION
    warranted: pl.DataFrame  # WARRANTED
    forecast: pl.DataFrame  # FORECAST
    nodes: pl.DataFrame  # NODES
    flows: pl.DataFrame  # FLOWS
    accounts: pl.DataFrame  # NODE_ACCOUNTS
    attribution: pl.DataFrame  # ATTRIBUTION
    loops: pl.DataFrame  # LOOPS
    revenue_at_risk: pl.DataFrame  # REVENUE_AT_RISK
    efficiency: pl.DataFrame  # EFFICIENCY
    depreciation: pl.DataFrame  # DEPRECIATION
    figures: pl.DataFrame  # FIGURES
    assumptions: pl.DataFrame  # ASSUMPTIONS
    statements: pl.DataFrame  # STATEMENTS of the theme
    watch: pl.DataFrame  # WATCH
    events: pl.DataFrame  # EVENTS
    sources: pl.DataFrame  # SOURCES
    gaps: pl.DataFrame  # GAPS
    sensitivity: pl.DataFrame = field(default_factory=SENSITIVITY.empty)  # SENSITIVITY
    findings: pl.DataFrame = field(default_factory=FINDINGS.empty)  # FINDINGS
    year_flows: pl.DataFrame = field(default_factory=YEAR_FLOWS.empty)  # YEAR_FLOWS
    loop_null: pl.DataFrame = field(default_factory=LOOP_NULL.empty)  # LOOP_NULL
    groups: pl.DataFrame = field(default_factory=GROUPS.empty)  # GROUPS
    monthly: pl.DataFrame = field(default_factory=MONTHLY.empty)  # MONTHLY
    claims: pl.DataFrame = field(default_factory=CLAIM_VERDICTS.empty)  # CLAIM_VERDICTS
    agreement: pl.DataFrame = field(default_factory=TIER_AGREEMENT.empty)  # TIER_AGREEMENT
    dispersion: pl.DataFrame = field(default_factory=MARGIN_DISPERSION.empty)  # MARGIN_DISPERSION
    divergence: pl.DataFrame = field(default_factory=DIVERGENCE.empty)  # DIVERGENCE
    wall: pl.DataFrame = field(default_factory=DEPRECIATION_WALL.empty)  # DEPRECIATION_WALL
    loop_uncertainty: pl.DataFrame = field(default_factory=LOOP_UNCERTAINTY.empty)  # LOOP_UNCERTAINTY
    clearing: pl.DataFrame = field(default_factory=CLEARING_RESULTS.empty)  # CLEARING_RESULTS
    triggered: pl.DataFrame = field(default_factory=TRIGGERED_CLAIMS.empty)  # TRIGGERED_CLAIMS
    equity_at_risk: pl.DataFrame = field(default_factory=EQUITY_AT_RISK.empty)  # EQUITY_AT_RISK
    lab_coverage: pl.DataFrame = field(default_factory=LAB_COVERAGE.empty)  # LAB_COVERAGE
    vendor_finance: pl.DataFrame = field(default_factory=VENDOR_FINANCE.empty)  # VENDOR_FINANCE
    yardstick: pl.DataFrame = field(default_factory=YARDSTICK.empty)  # YARDSTICK
    panel_fit: pl.DataFrame = field(default_factory=PANEL_FIT.empty)  # PANEL_FIT
    scenarios: tuple[Scenario, ...] = ()
    """Scenarios that were compared with the ranking; in a run under a scenario, that one."""
    scenario_moves: pl.DataFrame = field(default_factory=SCENARIO_MOVES.empty)  # SCENARIO_MOVES
    scenario_drivers: pl.DataFrame = field(default_factory=SCENARIO_DRIVERS.empty)  # SCENARIO_DRIVERS
    pass_through: pl.DataFrame = field(default_factory=PASS_THROUGH.empty)  # PASS_THROUGH
    working_capital: pl.DataFrame = field(default_factory=WORKING_CAPITAL.empty)  # WORKING_CAPITAL
    life_changes: pl.DataFrame = field(default_factory=LIFE_CHANGES.empty)  # LIFE_CHANGES
    returns: pl.DataFrame = field(default_factory=INCREMENTAL_RETURNS.empty)  # INCREMENTAL_RETURNS
    backlog: pl.DataFrame = field(default_factory=BACKLOG.empty)  # BACKLOG
    backlog_customers: pl.DataFrame = field(default_factory=BACKLOG_CUSTOMERS.empty)  # BACKLOG_CUSTOMERS
