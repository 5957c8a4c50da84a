"""The research notes' claims, judged by a run's own results."""

from __future__ import annotations

import polars as pl

from exposures.theme import ExposureMap
from models.claims import ClaimEvidence, judge_claims
from screen.panel import PanelResult
from screen.score import Scores

__all__ = ["claim_verdicts"]


def claim_verdicts(exposure_map: ExposureMap, market: PanelResult, scores: Scores) -> pl.DataFrame:
    """Return CLAIM_VERDICTS of a run: the theme's claims against what the models found."""
    evidence = ClaimEvidence(
        as_of=exposure_map.as_of,
        memberships=scores.memberships,
        nodes=exposure_map.nodes,
        quarters=market.quarters,
        multiples=market.multiples,
        decomposition=scores.compression.decomposition,
        evidence=scores.power.evidence,
        divergence=scores.power.divergence,
        efficiency=scores.efficiency.efficiency,
        depreciation=scores.efficiency.depreciation,
        flows=scores.loop.flows,
        accounts=scores.loop.accounts,
        loops=scores.loop.loops,
        backlog_customers=scores.efficiency.backlog_customers,
        vendor_finance=scores.stress.vendor_finance,
    )
    return judge_claims(exposure_map.claims, evidence)
