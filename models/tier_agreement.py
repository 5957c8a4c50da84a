"""Do the assigned tiers and the evidence order the names alike?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from exposures.tables import TIERS
from models.cross_section import FloatArray, as_array
from models.ordered_logit import MIN_NAMES as MIN_LOGIT_NAMES
from models.ordered_logit import ordered_logit
from models.rank_tests import (
    ALPHA,
    PERMUTATIONS,
    SIMULATION_SEED,
    OrderedTest,
    detection_power,
    ordered_test,
)
from models.tables import TIER_AGREEMENT

__all__ = ["DEFAULTS", "MEASURES", "Agreement", "agreement_statistic", "tier_agreement"]

MEASURES = (
    ("evidence_score", 1), ("gross_margin_level", 1), ("gross_margin_change", 1),
    ("gross_margin_stability", -1), ("incremental_margin", 1), ("pass_through_slope", 1),
    ("revenue_growth", 1),
)  # fmt: skip
"""(column of EVIDENCE, sign: 1 when a stronger tier should have more of it)."""

DEFAULTS = "evidence_score_default_tiers"
"""Key of the score against the tiers of the segments."""

# Power from which a test that found nothing counts as evidence (Cohen 1988).
ENOUGH_POWER = 0.80
MIN_NAMES = 3
_ORDER = {tier: len(TIERS) - 1 - rank for rank, tier in enumerate(TIERS)}


class Agreement(NamedTuple):
    """Rank agreement of assigned tiers and evidence: tau-b, one-sided permutation p, names compared."""

    kendall_tau_b: float | None
    permutation_p: float | None
    n: int


def _pairs(evidence: pl.DataFrame, measure: str, sign: int) -> tuple[FloatArray, FloatArray]:
    rows = evidence.drop_nulls(["tier", measure]).sort("ticker")
    tiers = as_array([float(_ORDER[t]) for t in rows.get_column("tier").to_list()])
    return tiers, sign * rows.get_column(measure).to_numpy().astype(np.float64)


def agreement_statistic(
    evidence: pl.DataFrame, *, seed: int = SIMULATION_SEED, permutations: int = PERMUTATIONS
) -> Agreement:
    """Kendall's tau-b of assigned tier and evidence score, with its one-sided permutation p.

    The chance of agreement this good when tiers say nothing about margins; exact without ties among the
    scores, else counted or drawn (see `models.rank_tests.ordered_test`).

    Parameters
    ----------
    evidence
        `EVIDENCE`.
    seed, permutations
        Of the draw, where one is needed.

    Missing data: names without tier or score are left out; tau and p are None with fewer than three names
    or when one side is all ties.

    References
    ----------
    Methods, section 4.
    """
    tiers, scores = _pairs(evidence, "evidence_score", 1)
    test = ordered_test(tiers, scores, seed=seed, permutations=permutations)
    return Agreement(test.tau_b if test else None, test.p_greater if test else None, tiers.size)


def tier_agreement(
    evidence: pl.DataFrame, default_tiers: Mapping[str, str | None], *, seed: int = SIMULATION_SEED
) -> pl.DataFrame:
    """Return `TIER_AGREEMENT`: the score, the score against default tiers, then each measure of the evidence.

    A company's own tier was set with its margins in view, so that it agrees with them by construction; the
    second row takes every company on the tier of its segment.

    Kendall's tau-b and the Jonckheere-Terpstra statistic share one permutation p: with tiers on one side
    both count the pairs of two tiers that stand in the right order. The power is that of the same test at
    the same tier sizes when neighbouring tiers lie one, or half a, standard deviation apart.
    From 30 names on an ordered logit with the measure as its one covariate gives the odds of a stronger
    tier.

    Parameters
    ----------
    evidence
        `EVIDENCE`.
    default_tiers
        Ticker -> tier of its segment.
    seed
        Of the draw of permutations, used only when values tie.

    Missing data: null with a reason when fewer than three names, one tier, or equal values are left.

    References
    ----------
    Methods, section 4; Jonckheere 1954; Terpstra 1952.
    """
    rows = [_row(evidence, measure, sign, seed) for measure, sign in MEASURES]
    by_segment = evidence.with_columns(
        tier=pl.col("ticker").replace_strict(dict(default_tiers), default=None, return_dtype=pl.String)
    )
    blind = _row(by_segment, MEASURES[0][0], MEASURES[0][1], seed) | {"measure": DEFAULTS}
    return TIER_AGREEMENT.frame([rows[0], blind, *rows[1:]])


def _row(evidence: pl.DataFrame, measure: str, sign: int, seed: int) -> dict[str, object]:
    tiers, values = _pairs(evidence, measure, sign)
    test = ordered_test(tiers, values, seed=seed)
    row: dict[str, object] = {"measure": measure, "n": tiers.size, "names_by_tier": _sizes(tiers)}
    if test is None:
        few = tiers.size < MIN_NAMES
        reason = f"{tiers.size} names have tier and measure" if few else "one tier, or all values are equal"
        return row | {"verdict": "not testable yet", "reason": reason}
    one = detection_power(test.sizes, 1.0)
    return row | {
        "kendall_tau_b": test.tau_b, "jonckheere": test.jonckheere, "p": test.p_greater,
        "p_method": test.method, "power_one_sd": one, "power_half_sd": detection_power(test.sizes, 0.5),
        **_odds(tiers, values),
        "verdict": _verdict(test, one),
        "reason": None if test.smallest_p <= ALPHA else "so few names cannot reach p = 5%",
    }  # fmt: skip


def _odds(tiers: FloatArray, values: FloatArray) -> dict[str, object]:
    """Log odds of a stronger tier for one standard deviation of the measure, and their error."""
    deviation = float(values.std())
    if tiers.size < MIN_LOGIT_NAMES or deviation <= 0:
        return {}
    fit = ordered_logit(tiers.astype(np.int64), ((values - values.mean()) / deviation)[:, None])
    return (
        {} if fit is None else {"log_odds": float(fit.slopes[0]), "log_odds_se": float(fit.slope_errors[0])}
    )


def _sizes(tiers: FloatArray) -> str | None:
    names = {rank: tier for tier, rank in _ORDER.items()}
    found = zip(*np.unique(tiers, return_counts=True), strict=True)
    return ", ".join(f"{count} {names[int(rank)]}" for rank, count in found) or None


def _verdict(test: OrderedTest, power: float | None) -> str:
    if test.p_greater <= ALPHA:
        return "agrees"
    return "no agreement" if (power or 0.0) >= ENOUGH_POWER else "not testable yet"
