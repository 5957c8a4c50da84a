"""Degree-preserving shuffles of a directed graph: many chains of edge swaps side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["SWAPS_PER_EDGE", "edge_list", "shuffled_receivers"]

SWAPS_PER_EDGE = 10
"""Attempts per edge of one chain, twice over from the graph to a draw. Milo et al. 2003 walk 100 to be sure;
graphs of some fifty edges forget their start by 10 (see the test), and the p-value is exact anyway."""


def edge_list(matrix: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return payers and receivers of the positive entries off the diagonal, in row order."""
    payers, receivers = np.nonzero(matrix > 0)
    keep = payers != receivers
    return payers[keep], receivers[keep]


def shuffled_receivers(
    payers: NDArray[np.intp],
    receivers: NDArray[np.intp],
    *,
    nodes: int,
    draws: int,
    rng: np.random.Generator,
    swaps_per_edge: int = SWAPS_PER_EDGE,
) -> NDArray[np.intp]:
    """Return the receivers of `draws` shuffled graphs, shape (draws, E); the payers stay as they are.

    A swap takes two edges a -> b and c -> d and exchanges their receivers, unless that makes a node pay
    itself or an edge twice. Every node keeps its number of payers and of payees. One chain walks from
    the graph to a common centre and `draws` chains walk as far from there: graph and draws are then
    exchangeable, so the permutation p-value is exact however far the chains got.

    Parameters
    ----------
    payers, receivers
        One entry an edge, shape (E,); no edge twice, none from a node to itself.
    nodes
        Number of nodes.
    draws
        Number of shuffled graphs.
    rng
        Seeded generator.
    swaps_per_edge
        Attempted swaps of a chain over E.

    Missing data
        Fewer than two edges, or none that can be swapped, give copies of the graph.

    References
    ----------
    Besag and Clifford 1989, Biometrika 76:633, for the parallel chains; Milo et al. 2003,
    arXiv:cond-mat/0312028, for the swaps. The swaps alone may not reach every graph of the same degrees
    (a lone directed triangle cannot turn round); the test is then among those they reach.
    """
    steps = swaps_per_edge * len(payers)
    centre = _walk(payers, receivers[None, :], nodes=nodes, steps=steps, rng=rng)
    return _walk(payers, np.repeat(centre, draws, axis=0), nodes=nodes, steps=steps, rng=rng)


def _walk(
    payers: NDArray[np.intp],
    start: NDArray[np.intp],
    *,
    nodes: int,
    steps: int,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Return the receivers after `steps` attempted swaps in every chain."""
    heads = start.copy()
    chains, edges = heads.shape
    if edges < 2:
        return heads
    at = np.arange(chains)
    used = np.zeros((chains, nodes, nodes), dtype=np.bool_)
    used[at[:, None], payers[None, :], heads] = True
    picks = rng.integers(0, edges, size=(steps, 2, chains))
    for first, second in picks:
        a, b, c, d = payers[first], heads[at, first], payers[second], heads[at, second]
        free = (a != d) & (c != b) & ~used[at, a, d] & ~used[at, c, b]
        k = at[free]
        a, b, c, d = a[free], b[free], c[free], d[free]
        used[k, a, b] = used[k, c, d] = False
        used[k, a, d] = used[k, c, b] = True
        heads[k, first[free]], heads[k, second[free]] = d, b
    return heads
