"""The research notes' testable claims, judged by the run's own figures."""

from __future__ import annotations

from models.claims.evidence import Claim, ClaimEvidence
from models.claims.judge import TESTS, judge_claims
from models.claims.outcome import VERDICTS, Outcome

__all__ = ["TESTS", "VERDICTS", "Claim", "ClaimEvidence", "Outcome", "judge_claims"]
