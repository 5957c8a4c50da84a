"""Pricing power: the assigned tier beside what margins and growth say, and where the two disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl

from exposures.tables import TIERS
from models.cross_section import as_array, robust_z
from models.customer_capex import customer_capex
from models.divergence import divergence_rows, divergence_table
from models.margin_dispersion import margin_dispersion
from models.margin_evidence import MarginEvidence, evidence_by_ticker, published_words
from models.pass_through import pass_through, pass_through_rows
from models.power_components import power_components
from models.quarter_margins import quarter_margins
from models.scenario_shift import shifts_by_ticker
from models.tables import (
    COMPONENTS,
    DIVERGENCE,
    EVIDENCE,
    MARGIN_DISPERSION,
    PASS_THROUGH,
    TIER_AGREEMENT,
    WORKING_CAPITAL,
)
from models.tier_agreement import tier_agreement
from models.working_capital import working_capital

__all__ = ["PowerResult", "pricing_power"]

# Two names a third: with fewer scored names a tercile is one company's opinion of itself.
MIN_SCORED_NAMES = 6
_STATEMENTS_SHOWN = 2
_ORDER = {tier: len(TIERS) - 1 - rank for rank, tier in enumerate(TIERS)}


@dataclass(frozen=True)
class PowerResult:
    """Frames declared in `models.tables`, suppliers only; all but the components may be empty."""

    components: pl.DataFrame  # COMPONENTS
    evidence: pl.DataFrame = field(default_factory=EVIDENCE.empty)
    agreement: pl.DataFrame = field(default_factory=TIER_AGREEMENT.empty)
    dispersion: pl.DataFrame = field(default_factory=MARGIN_DISPERSION.empty)
    divergence: pl.DataFrame = field(default_factory=DIVERGENCE.empty)
    pass_through: pl.DataFrame = field(default_factory=PASS_THROUGH.empty)
    working_capital: pl.DataFrame = field(default_factory=WORKING_CAPITAL.empty)


def pricing_power(
    *,
    panel: pl.DataFrame,
    quarters: pl.DataFrame,
    memberships: pl.DataFrame,
    margins: pl.DataFrame,
    statements: pl.DataFrame,
    relations: pl.DataFrame,
    as_of: date,
    margin_change: Mapping[str, float] | None = None,
    is_ranking_only: bool = False,
) -> PowerResult:
    """Set the assigned tier of every supplier beside the evidence.

    ``score = mean of the available robust z of level, change, incremental margin, -stability`` and, where
    identified, the pass-through slope (drawn towards the mean of all companies, not of a tier); the evidence
    tier is the tercile of the score among the names that have one.

    Parameters
    ----------
    panel, quarters
        `PANEL`, `QUARTERS`.
    memberships, margins, statements, relations
        `MEMBERSHIPS`, `MARGINS`, `STATEMENTS`, `RELATIONS` of the theme.
    as_of
        Date of the screen; later rows are not used.
    margin_change
        Ticker or segment -> scenario change of the gross margin (additive fraction).
    is_ranking_only
        True when only the components are wanted: the other tables are empty.

    Returns
    -------
    PowerResult
        One EVIDENCE row a supplier, six components each; the tests of the tiers, whose figures are those
        reported, without a scenario's change of margins.

    Missing data: a supplier without any margin is "no evidence" and keeps its assigned tier; with fewer
    than 6 scored names, or scores without spread, there are no evidence tiers.

    References
    ----------
    Methods, section 4; research note 000 (who keeps margins and who is squeezed).
    """
    suppliers = memberships.filter(pl.col("role") == "supplier")
    primary = suppliers.sort(["ticker", "is_primary", "segment"], descending=[False, True, False])
    primary = primary.unique("ticker", keep="first", maintain_order=True)
    reported = evidence_by_ticker(
        tickers=primary.get_column("ticker").to_list(),
        quarters=quarters,
        margins=margins,
        panel_growth=dict(panel.select("ticker", "revenue_growth").iter_rows()),
        as_of=as_of,
    )
    shifts = shifts_by_ticker(margin_change, memberships)
    found = {ticker: own.shifted(shifts.get(ticker, 0.0)) for ticker, own in reported.items()}
    components = COMPONENTS.frame(power_components(suppliers, found))
    if is_ranking_only:
        return PowerResult(components)
    assigned, defaults = (
        dict(primary.select("ticker", name).iter_rows()) for name in ("tier", "tier_default")
    )
    by_quarter = quarter_margins(quarters, margins, as_of=as_of)
    payers = frozenset(memberships.filter(pl.col("role") == "payer").get_column("ticker").to_list())
    spending = customer_capex(relations, quarters, payers, as_of=as_of)
    passed = pass_through(pass_through_rows(by_quarter, spending), assigned)
    found = {t: replace(own, pass_through=passed.slopes.get(t)) for t, own in found.items()}
    evidence = _evidence(primary, found, published_words(margins, as_of=as_of), _said(statements, as_of))
    return PowerResult(
        components,
        evidence=evidence,
        agreement=tier_agreement(evidence, defaults),
        dispersion=margin_dispersion(by_quarter, assigned, as_of=as_of),
        divergence=divergence_table(divergence_rows(reported, assigned, as_of=as_of), defaults),
        pass_through=passed.table,
        working_capital=working_capital(quarters, assigned, as_of=as_of),
    )


def _evidence(
    primary: pl.DataFrame,
    found: Mapping[str, MarginEvidence],
    words: Mapping[str, str],
    said: Mapping[str, str],
) -> pl.DataFrame:
    tickers = primary.get_column("ticker").to_list()
    scores = _scores([found[t] for t in tickers])
    rows = [
        _row(member, found[t], score, tier, words.get(t), said.get(t, ""))
        for member, t, score, tier in zip(
            primary.iter_rows(named=True), tickers, scores, _terciles(scores), strict=True
        )
    ]
    return EVIDENCE.frame(rows)


def _scores(found: Sequence[MarginEvidence]) -> list[float | None]:
    columns = (
        robust_z(as_array([e.level for e in found])),
        robust_z(as_array([e.change for e in found])),
        robust_z(as_array([e.incremental for e in found])),
        robust_z(as_array([e.pass_through for e in found])),
        -robust_z(as_array([e.stability for e in found])),
    )
    known = [[float(c[i]) for c in columns if np.isfinite(c[i])] for i in range(len(found))]
    return [sum(row) / len(row) if row else None for row in known]


def _terciles(scores: Sequence[float | None]) -> list[str | None]:
    known = [s for s in scores if s is not None]
    if len(known) < MIN_SCORED_NAMES:
        return [None] * len(scores)
    low, high = (float(q) for q in np.quantile(known, [1 / 3, 2 / 3]))
    if low >= high:
        return [None] * len(scores)
    strong, middle, weak = TIERS
    return [None if s is None else strong if s >= high else weak if s <= low else middle for s in scores]


def _said(statements: pl.DataFrame, as_of: date) -> dict[str, str]:
    known = statements.filter(pl.col("known_at") <= as_of).sort(
        "ticker", "known_at", "topic", descending=True
    )
    groups: dict[str, list[str]] = {}
    for row in known.iter_rows(named=True):
        words = f"{str(row['topic']).replace('_', ' ')} {row['stance']} {row['known_at']} ({row['source']})"
        groups.setdefault(str(row["ticker"]), []).append(words)
    return {ticker: "; ".join(words[:_STATEMENTS_SHOWN]) for ticker, words in groups.items()}


def _row(
    member: Mapping[str, object],
    own: MarginEvidence,
    score: float | None,
    *verdict: str | None,
) -> dict[str, object]:
    tier, published, said = verdict
    assigned = member["tier"]
    agreement = _agreement(assigned, tier)
    return {
        "ticker": member["ticker"],
        "segment": member["segment"],
        "tier": assigned,
        "gross_margin_level": own.level,
        "gross_margin_stability": own.stability,
        "gross_margin_change": own.change,
        "incremental_margin": own.incremental,
        "pass_through_slope": own.pass_through,
        "revenue_growth": own.growth,
        "quarters": own.quarters,
        "published_margin": published,
        "evidence_score": score,
        "evidence_tier": tier,
        "agreement": agreement,
        "verdict": _verdict(own, assigned, tier, agreement) + (f" Said: {said}." if said else ""),
        "source": own.source or member["tier_source"],
    }


def _agreement(assigned: object, tier: str | None) -> str:
    if tier is None or assigned is None:
        return "no evidence"
    gap = _ORDER[tier] - _ORDER[str(assigned)]
    return "agrees" if gap == 0 else "evidence is stronger" if gap > 0 else "evidence is weaker"


def _verdict(own: MarginEvidence, assigned: object, tier: str | None, agreement: str) -> str:
    stands = f"assigned {assigned or 'no tier'}"
    if own.level is None:
        return f"No gross margin is known; {stands}, untested."
    words = f"Gross margin {own.level:.1%}"
    if own.change is not None:
        direction = "up" if own.change >= 0 else "down"
        words += f", {direction} {abs(100 * own.change):.1f} points in a year"
    words += f" ({own.basis})"
    if tier is None:
        return f"{words}; {stands}, too few scored names to test it."
    if agreement == "agrees":
        return f"{words}; {stands}, evidence agrees."
    return f"{words}; {stands}, evidence points to {tier}."
