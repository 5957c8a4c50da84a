"""What the tests of the research notes' claims return."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column
from exposures.tables import CLAIM_TESTS

__all__ = ["CLAIM_VERDICTS"]

_S, _F, _I, _D = pl.String, pl.Float64, pl.Int64, pl.Date

CLAIM_VERDICTS = Table(
    "CLAIM_VERDICTS",
    "The research notes' testable claims, judged by the figures of this run.",
    (
        column("claim_id", _S, "C01 ...", required=True),
        column("seed", _S, "Research note that makes the claim.", required=True),
        column("claim", _S, "The claim in one sentence.", required=True),
        column("metric", _S, "What is measured, with its unit.", required=True),
        column("test", _S, "How it is judged.", required=True, allowed=CLAIM_TESTS),
        column("threshold", _F, "Limit in the metric's unit, where the test has one."),
        column("verdict", _S, "supported, not supported, or not testable yet.", required=True, allowed=("supported", "not supported", "not testable yet")),
        column("figures", _S, "The figures behind the verdict, or what is missing.", required=True),
        column("value", _F, "Tested figure in the metric's unit."),
        column("n", _I, "Names or observations compared."),
        column("p_value", _F, "One-sided p of a test over a group.", unit="fraction"),
        column("power", _F, "Chance that the test supports a claim that is true for four names of five.", unit="fraction"),
        column("tested_on", _D, "Day of the newest figure that entered."),
        column("kind", _S, "fact, estimate or inference.", required=True, allowed=("fact", "estimate", "inference")),
        column("source", _S, "Sources of the figures, else of the claim."),
    ),
    key=("claim_id",),
)  # fmt: skip
