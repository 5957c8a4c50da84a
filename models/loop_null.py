"""Are there more capital loops than chance would close? The ledger against shuffled ledgers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exposures.errors import DataError
from models.cycles import MAX_CYCLES, capital_cycles
from models.edge_swaps import edge_list, shuffled_receivers
from models.flows import Case
from models.network import MAX_NEGATIVE_VISIT, MAX_SPECTRAL_RADIUS, Matrix, Network, Vector
from models.tables import LOOP_NULL

__all__ = ["NULL_DRAWS", "NULL_SEED", "STATISTICS", "LoopNull", "loop_null", "loop_null_table"]

NULL_DRAWS = 199
"""Smallest number whose permutation p-value reaches 1/200; more draws move the second digit only."""
NULL_SEED = 20260429
"""Day of the newest research note; the same for every run, so that a week differs by its ledger alone."""
MAX_NULL_CYCLES = 5_000
"""Per shuffled ledger; the bundled ledger has some ninety. More would take the run minutes."""
STATISTICS = ("loops", "bottleneck_bn_usd", "finn_index")
MAX_VISITS = 1 / (1 - MAX_SPECTRAL_RADIUS)
"""No entry of (I - G)^-1 exceeds it while the spectral radius is allowed."""
TIE = 1e-9
"""Relative gap below which two statistics are equal: sums in another order differ by rounding."""
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class LoopNull:
    """Observed statistics, those of the shuffled ledgers (shape (draws, 3)), and how far these moved.

    `reason` says why there is no test; the arrays then hold nothing.
    """

    observed: tuple[float, ...]
    shuffled: NDArray[np.float64]
    commercial_edges: int
    financing_edges: int
    moved_share: float | None
    reason: str = ""

    def p_value(self, k: int) -> float:
        """Return (1 + #{shuffled >= observed}) / (1 + draws) of statistic k."""
        level = self.observed[k] - TIE * max(abs(self.observed[k]), TIE)
        return (1 + int((self.shuffled[:, k] >= level).sum())) / (1 + len(self.shuffled))


def loop_null(
    network: Network, *, length_bound: int, draws: int = NULL_DRAWS, seed: int = NULL_SEED
) -> LoopNull:
    """Return the loops of a network beside those of shuffled networks of the same degrees.

    Purchases and financing are shuffled apart, so every node keeps its number of customers, suppliers,
    investors and companies it funds. An amount stays with its payer and class: what a party spends is its
    own budget, the null asks only whom it pays. Revenue stays too: third-party revenue is what the
    shuffled customers leave of it. Statistics: number of capital loops, sum of their smallest edges,
    Finn's cycling index.

    Parameters
    ----------
    network
        A closed network, bn USD.
    length_bound
        Longest loop, in edges.
    draws, seed
        Number of shuffled networks and their seed.

    Missing data
        No test, with the reason, when a layer is empty, when no edge can move, or when a shuffled
        network has more than `MAX_NULL_CYCLES` closed paths.
    """
    C, K = network.commercial, network.financing
    observed = _statistics(network, C, K, length_bound)
    counts = int((C > 0).sum()), int((K > 0).sum())
    nothing = np.zeros((0, len(STATISTICS)))
    if not all(counts):
        word = "financing" if counts[0] else "purchases"
        return LoopNull(observed, nothing, *counts, None, f"no {word} between nodes: nothing to shuffle")
    rng = np.random.default_rng(seed)
    shuffled_C, shuffled_K = _shuffled(C, draws, rng), _shuffled(K, draws, rng)
    moved = float(((shuffled_C > 0) & (C == 0)).sum() + ((shuffled_K > 0) & (K == 0)).sum())
    if moved == 0:
        return LoopNull(
            observed, nothing, *counts, 0.0, "no edge can be swapped: all shuffles are the ledger"
        )
    try:
        found = [_loop_sums(c, k, length_bound) for c, k in zip(shuffled_C, shuffled_K, strict=True)]
    except DataError:
        why = f"shuffled ledgers have more than {MAX_NULL_CYCLES} closed paths"
        return LoopNull(observed, nothing, *counts, None, why)
    finn = _finn_of_each(network, shuffled_C, shuffled_K)
    return LoopNull(
        observed, np.column_stack([np.array(found), finn]), *counts, moved / (draws * sum(counts))
    )


def _shuffled(layer: Matrix, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return shuffled copies of a layer, shape (draws, n, n); amounts stay with their payer."""
    payers, receivers = edge_list(layer)
    heads = shuffled_receivers(payers, receivers, nodes=len(layer), draws=draws, rng=rng)
    made = np.zeros((draws, *layer.shape))
    made[np.arange(draws)[:, None], payers[None, :], heads] = layer[payers, receivers]
    return made


def _statistics(network: Network, C: Matrix, K: Matrix, bound: int) -> tuple[float, ...]:
    """Return the statistics of the ledger itself, by the same code as those of the shuffles."""
    finn = _finn_of_each(network, C[None], K[None])
    return (*_loop_sums(C, K, bound, limit=MAX_CYCLES), float(finn[0]))


def _loop_sums(C: Matrix, K: Matrix, bound: int, *, limit: int = MAX_NULL_CYCLES) -> tuple[float, float]:
    """Return the number of capital loops and the sum of their smallest edges."""
    found = capital_cycles(C, K, length_bound=bound, limit=limit)
    F = (C + K).tolist()
    total = sum(min(F[i][j] for i, j in zip(c, c[1:] + c[:1], strict=True)) for c in found)
    return float(len(found)), float(total)


def _finn_of_each(network: Network, C: NDArray[np.float64], K: NDArray[np.float64]) -> Vector:
    """Return Finn's index of networks with the flows of shape (draws, n, n), each closed anew.

    A network in which money never leaves some circle counts as 1, the most there is.
    """
    n = len(network.nodes)
    if n == 0:
        return np.zeros(len(C))
    F = C + K
    third_party = np.maximum(network.revenue - C.sum(axis=1), 0.0)
    inflow = F.sum(axis=1) + third_party + network.outside_debt + network.outside_equity
    T = np.maximum(inflow, F.sum(axis=2))
    G = np.divide(F, T[:, :, None], out=np.zeros_like(F), where=T[:, :, None] > 0)
    finn = np.ones(len(C))
    solvable = np.flatnonzero(np.linalg.slogdet(np.eye(n) - G).sign > 0)
    N = np.linalg.inv(np.eye(n) - G[solvable])
    is_open = ((N >= -MAX_NEGATIVE_VISIT) & (N < MAX_VISITS)).all(axis=(1, 2))
    N, kept = N[is_open], solvable[is_open]
    c = 1 - 1 / np.maximum(np.diagonal(N, axis1=1, axis2=2), 1.0)
    total = T[kept].sum(axis=1)
    finn[kept] = np.divide((c * T[kept]).sum(axis=1), total, out=np.zeros_like(total), where=total > 0)
    return finn


def loop_null_table(
    networks: Mapping[Case, Network],
    *,
    length_bound: int,
    draws: int = NULL_DRAWS,
    seed: int = NULL_SEED,
    sealed: Mapping[Case, str] | None = None,
) -> pl.DataFrame:
    """Return LOOP_NULL: per case and statistic the ledger, the shuffled ledgers and the p-value.

    Missing data
        A case without a flow has no row; one of `sealed`, whose books cannot be closed, has nulls and the
        reason.
    """
    rows: list[dict[str, object]] = []
    for case, network in networks.items():
        if why := (sealed or {}).get(case):
            rows += [{"case": case, "statistic": s, "draws": 0, "reason": why} for s in STATISTICS]
        if not network.nodes:
            continue
        null = loop_null(network, length_bound=length_bound, draws=draws, seed=seed)
        for k, statistic in enumerate(STATISTICS):
            row: dict[str, object] = {
                "case": case,
                "statistic": statistic,
                "observed": null.observed[k],
                "draws": len(null.shuffled),
                "commercial_edges": null.commercial_edges,
                "financing_edges": null.financing_edges,
                "moved_share": null.moved_share,
            }
            if null.reason:
                rows.append({**row, "reason": null.reason})
                continue
            low, median, high = np.quantile(null.shuffled[:, k], QUANTILES).tolist()
            rows.append(
                {**row, "null_low": low, "null_median": median, "null_high": high, "p_value": null.p_value(k)}
            )
    return LOOP_NULL.frame(rows)
