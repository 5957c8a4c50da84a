"""Agreement of assigned tiers and evidence: against scipy, its size, every measure, degenerate inputs."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.tables import EVIDENCE, TIER_AGREEMENT
from models.tier_agreement import DEFAULTS, MEASURES, agreement_statistic, tier_agreement

ORDER = ["pressured", "contested", "bottleneck"]


def evidence_frame(tiers: list[str | None], scores: list[float | None]) -> pl.DataFrame:
    return EVIDENCE.frame(
        [
            {
                "ticker": f"T{i:02d}",
                "segment": "s",
                "tier": t,
                "evidence_score": s,
                "agreement": "agrees",
                "verdict": "v",
            }
            for i, (t, s) in enumerate(zip(tiers, scores, strict=True))
        ]
    )


def test_agreement_statistic_against_scipy() -> None:
    from scipy.stats import kendalltau

    rng = np.random.default_rng(4)
    ranks = rng.integers(0, 3, 18)
    scores = ranks + rng.normal(size=18)
    found = agreement_statistic(evidence_frame([ORDER[r] for r in ranks], scores.tolist()), seed=1)
    oracle = kendalltau(ranks, scores, alternative="greater")
    assert found.kendall_tau_b == pytest.approx(oracle.statistic)
    assert found.permutation_p == pytest.approx(oracle.pvalue, abs=0.02)
    assert found.n == 18
    assert found == agreement_statistic(evidence_frame([ORDER[r] for r in ranks], scores.tolist()), seed=1)


def test_agreement_statistic_without_enough_variation() -> None:
    assert agreement_statistic(EVIDENCE.empty(), seed=1) == (None, None, 0)
    tied = evidence_frame(["contested"] * 5, [1.0, 2.0, 3.0, 4.0, None])
    assert agreement_statistic(tied, seed=1) == (None, None, 4)


def test_agreement_of_unrelated_scores_is_not_significant_too_often() -> None:
    rng = np.random.default_rng(9)
    tiers = [*ORDER] * 6
    low = sum(
        (
            agreement_statistic(
                evidence_frame(tiers, rng.normal(size=18).tolist()), seed=s, permutations=199
            ).permutation_p
            or 1
        )
        <= 0.05
        for s in range(120)
    )
    assert low <= 14  # 6 expected, binomial 99.9% point


def test_every_measure_has_a_row_and_its_sign() -> None:
    rows = [
        {"ticker": f"T{i}", "segment": "s", "tier": ORDER[i // 3], "evidence_score": float(i),
         "gross_margin_stability": float(i), "agreement": "agrees", "verdict": "v"}
        for i in range(9)
    ]  # fmt: skip
    segments = {f"T{i}": ORDER[i % 3] for i in range(9)}
    found = tier_agreement(EVIDENCE.frame(rows), segments)
    names = [name for name, _ in MEASURES]
    assert found.get_column("measure").to_list() == [names[0], DEFAULTS, *names[1:]]
    # The same scores on the tiers of the segments, 3 apart: (1 + 1 + 1) pairs less each way, 18 of 27 in order.
    blind = found.row(by_predicate=pl.col("measure") == DEFAULTS, named=True)
    assert (blind["n"], blind["jonckheere"]) == (9, 18.0)
    score, stability = (
        found.row(by_predicate=pl.col("measure") == name, named=True)
        for name in ("evidence_score", "gross_margin_stability")
    )
    # All 27 pairs of two tiers in order; one of 9! / (3! 3! 3!) = 1680 assignments does that.
    assert (score["jonckheere"], score["p"], score["p_method"]) == (27.0, pytest.approx(1 / 1680), "exact")
    assert score["verdict"] == "agrees"
    assert score["names_by_tier"] == "3 pressured, 3 contested, 3 bottleneck"
    # Less movement is more power: the same numbers point the other way.
    assert (stability["jonckheere"], stability["p"]) == (0.0, 1.0)
    level = found.row(by_predicate=pl.col("measure") == "gross_margin_level", named=True)
    assert (level["n"], level["verdict"], level["reason"]) == (
        0,
        "not testable yet",
        "0 names have tier and measure",
    )


@given(
    st.lists(
        st.tuples(st.sampled_from([None, *ORDER]), st.sampled_from([None, 0.0, 0.1, 0.1, 5.0, -3.0])),
        max_size=9,
    )
)
def test_any_evidence_gives_a_statistic_or_a_reason(names: list[tuple[str | None, float | None]]) -> None:
    evidence = evidence_frame([tier for tier, _ in names], [score for _, score in names])
    found = tier_agreement(evidence, dict(evidence.select("ticker", "tier").iter_rows()))
    assert TIER_AGREEMENT.faults(found) == []
    assert found.filter(pl.col("kendall_tau_b").is_null() & pl.col("reason").is_null()).is_empty()
    assert found.filter(pl.col("p").is_null() != pl.col("kendall_tau_b").is_null()).is_empty()
