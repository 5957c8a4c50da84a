"""Every claim of the theme with its verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from models.claims.capital import (
    backlog_spread,
    buys_from_several,
    commitments_exceed_revenue,
    loop_exists,
    vendor_finance_exceeds,
)
from models.claims.evidence import Claim, ClaimEvidence
from models.claims.margins import (
    growth_without_margin,
    margins_diverge,
    segments_keep_margin,
    segments_lose_margin,
)
from models.claims.multiples import multiple_before_earnings, multiple_behind_peers
from models.claims.outcome import Outcome, not_testable
from models.claims.spending import (
    capex_outgrows_cash,
    debt_exceeds_peers,
    income_per_capex_falls,
    shorter_life_costs,
)
from models.tables import CLAIM_VERDICTS

__all__ = ["TESTS", "judge_claims"]


def _no_data(claim: Claim, _evidence: ClaimEvidence) -> Outcome:
    """A claim that no figure of this program can bear out or refute; the theme file says what would."""
    return not_testable(claim.reasoning)


TESTS: Mapping[str, Callable[[Claim, ClaimEvidence], Outcome]] = {
    "multiple_before_earnings": multiple_before_earnings,
    "multiple_behind_peers": multiple_behind_peers,
    "margins_diverge": margins_diverge,
    "segments_keep_margin": segments_keep_margin,
    "segments_lose_margin": segments_lose_margin,
    "growth_without_margin": growth_without_margin,
    "capex_outgrows_cash": capex_outgrows_cash,
    "income_per_capex_falls": income_per_capex_falls,
    "shorter_life_costs": shorter_life_costs,
    "debt_exceeds_peers": debt_exceeds_peers,
    "loop_exists": loop_exists,
    "commitments_exceed_revenue": commitments_exceed_revenue,
    "buys_from_several": buys_from_several,
    "backlog_spread": backlog_spread,
    "vendor_finance_exceeds": vendor_finance_exceeds,
    "no_data": _no_data,
}


PAIRED = ("growth_without_margin", "income_per_capex_falls")
"""Tests whose subjects are one company and its perimeter."""


def _outcome(claim: Claim, test: str, evidence: ClaimEvidence) -> Outcome:
    """Return what a test finds; a claim that does not name what the test needs cannot be tested."""
    if test in PAIRED and len(claim.subjects) != len(("ticker", "perimeter")):
        return not_testable(f"the test needs a company and its perimeter, the theme names {claim.subjects}")
    if test not in {"no_data", "margins_diverge"} and not claim.subjects:
        return not_testable("the theme names no subject")
    if test == "multiple_behind_peers" and len(claim.subjects) == 1:
        return not_testable("the theme names no peer")
    return TESTS[test](claim, evidence)


def judge_claims(claims: pl.DataFrame, evidence: ClaimEvidence) -> pl.DataFrame:
    """Return CLAIM_VERDICTS: one row a claim, in the order of the theme's file.

    Parameters
    ----------
    claims
        CLAIMS of the theme, as known on the date.
    evidence
        The run's result tables.

    Missing data: a claim whose figures are missing is "not testable yet" and says which.
    """
    rows: list[dict[str, object]] = []
    for row in claims.iter_rows(named=True):
        outcome = _outcome(Claim.of(row), row["test"], evidence)
        rows.append(
            {
                **{key: row[key] for key in ("claim_id", "seed", "claim", "metric", "test", "threshold")},
                **vars(outcome),
                "source": outcome.source or row["source"],
            }
        )
    return CLAIM_VERDICTS.frame(rows)
