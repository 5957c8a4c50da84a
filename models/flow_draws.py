"""Draws of the ledger's flows: amounts by source grade, deals that fall together, shares nobody discloses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from exposures.theme import LoopSettings
from models.bands import NORMAL_90
from models.flows import Case, Flow
from models.network import Matrix

__all__ = ["FlowDraws", "draw_flows"]

ASSUMED_GRADE = "D"
"""Grade whose spread an amount takes at least where one of our assumptions completes it."""


@dataclass(frozen=True, eq=False)
class FlowDraws:
    """Drawn yearly amounts.

    Parameters
    ----------
    flows
        The m flows that are summed in the base variant of the case, ordered by id.
    amounts
        Shape (draws, m), bn USD a year, >= 0; 0 where the deal of a draw does not stand.
    """

    flows: tuple[Flow, ...]
    amounts: Matrix


def draw_flows(
    flows: Sequence[Flow],
    *,
    case: Case,
    settings: LoopSettings,
    draws: int,
    rng: np.random.Generator,
) -> FlowDraws:
    """Return `draws` joint draws of every flow that is summed in `case`.

    ``A_d ~ lognormal`` with mean the base amount and coefficient of variation the wider of that of its
    source's grade and half the stated low-high range over 1.645 and the base. The deal stands when
    ``sqrt(rho) Z_c + sqrt(1 - rho) e_d <= Phi^-1(pi_d)``: one factor Z for each counterparty c, the payer
    of a purchase and the receiver of financing, because that party has to find the money. Rows that share
    out one total have the total drawn once and shares ~ Dirichlet(concentration * base share). Normals are
    drawn in pairs of opposite sign, so that a deal of probability 1/2 stands in exactly half of the draws.

    Parameters
    ----------
    flows
        Every flow of the ledger.
    settings
        Spreads, probabilities, correlation and splits of the theme.
    draws
        Number of draws.
    rng
        Seeded generator.

    Missing data
        A flow without a base amount, or with a base of zero (an undrawn facility), is zero in every draw
        and left out, whatever its high.

    References
    ----------
    One-factor Gaussian copula: Vasicek 2002, Risk 15(12):160; Li 2000, Journal of Fixed Income 9(4):43.
    """
    # By id: the draw of a deal must not hang on the order of the rows.
    used = tuple(sorted((f for f in flows if f.amount(case) > 0), key=lambda f: f.flow_id))
    mean = np.array([f.amount(case) for f in used])
    spread = np.array([_variation(f, case, settings) for f in used])
    stands = _stands(used, settings, draws, rng)
    sigma = np.sqrt(np.log1p(spread**2))
    z = _paired(len(used), draws, rng)
    amounts = mean * np.exp(sigma * z - sigma**2 / 2) * stands
    for members in _splits(used, settings.split):
        graded = max(_grade_variation(used[k], case, settings) for k in members)
        s, first = float(np.sqrt(np.log1p(graded**2))), members[0]
        total = mean[members].sum() * np.exp(s * z[:, first] - s**2 / 2) * stands[:, first]
        share = rng.dirichlet(settings.split_concentration * mean[members] / mean[members].sum(), size=draws)
        amounts[:, members] = total[:, None] * share
    return FlowDraws(used, amounts)


def _paired(columns: int, draws: int, rng: np.random.Generator) -> Matrix:
    """Return standard normals of shape (draws, columns) in pairs z, -z."""
    half = rng.standard_normal(((draws + 1) // 2, columns))
    return np.concatenate([half, -half])[:draws]


def _stands(used: Sequence[Flow], settings: LoopSettings, draws: int, rng: np.random.Generator) -> Matrix:
    """Return 1 where a deal stands in a draw and 0 where it does not, shape (draws, m)."""
    parties = {c: k for k, c in enumerate(dict.fromkeys(map(_counterparty, used)))}
    of = np.array([parties[_counterparty(f)] for f in used], dtype=np.intp)
    rho = settings.status_correlation
    factor, own = _paired(len(parties), draws, rng), _paired(len(used), draws, rng)
    latent = np.sqrt(rho) * factor[:, of] + np.sqrt(1 - rho) * own
    limit = np.array([_threshold(_probability(f, settings.status_probability)) for f in used])
    return np.where(latent <= limit, 1.0, 0.0)


def _counterparty(flow: Flow) -> str:
    return flow.payee if flow.flow_class == "financing" else flow.payer


def _probability(flow: Flow, by_status: Mapping[str, float]) -> float:
    return by_status.get(flow.status, min(by_status.values()))


def _threshold(probability: float) -> float:
    if probability in (0.0, 1.0):
        return float("inf") if probability else -float("inf")
    return NormalDist().inv_cdf(probability)


def _grade_variation(flow: Flow, case: Case, settings: LoopSettings) -> float:
    by_grade = settings.amount_cv
    own = by_grade[flow.grade]
    assumed = flow.is_assumed and case == "with_assumptions"
    return max(own, by_grade[ASSUMED_GRADE]) if assumed else own


def _variation(flow: Flow, case: Case, settings: LoopSettings) -> float:
    low, base, high = (flow.amount(case, v) for v in ("low", "base", "high"))
    return max(_grade_variation(flow, case, settings), (high - low) / (2 * NORMAL_90 * base))


def _splits(used: Sequence[Flow], split: Mapping[str, Sequence[str]]) -> list[NDArray[np.intp]]:
    """Return the positions of the flows of each split that has at least two of them."""
    groups = [[k for k, f in enumerate(used) if set(f.ids) & set(rows)] for rows in split.values()]
    return [np.array(group, dtype=np.intp) for group in groups if len(group) > 1]
