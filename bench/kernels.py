"""Kernels against the library that also does them: loops."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import numpy as np

from bench.side_by_side import compare
from models.cycles import elementary_cycles

__all__ = ["report"]

SEED = 11
LENGTH_BOUND = 5


def report() -> None:
    """Print the kernel tables."""
    for nodes in (60, 300):
        adjacency = _adjacency(nodes)
        graph = nx.from_numpy_array(adjacency, create_using=nx.DiGraph)
        ours = len(elementary_cycles(adjacency, length_bound=LENGTH_BOUND))
        theirs = sum(1 for _ in nx.simple_cycles(graph, length_bound=LENGTH_BOUND))
        compare(
            f"elementary cycles up to {LENGTH_BOUND}, {nodes} nodes: {ours} ours, {theirs} networkx",
            {
                "ours": _calling(elementary_cycles, adjacency, LENGTH_BOUND),
                "networkx.simple_cycles": lambda graph=graph: list(
                    nx.simple_cycles(graph, length_bound=LENGTH_BOUND)
                ),
            },
            rounds=3,
        )


def _calling(function: Callable[..., object], adjacency: np.ndarray, bound: int) -> Callable[[], object]:
    return lambda: function(adjacency, length_bound=bound)


def _adjacency(nodes: int) -> np.ndarray:
    rng = np.random.default_rng(SEED)
    adjacency = rng.random((nodes, nodes)) < 3.0 / nodes
    np.fill_diagonal(adjacency, val=False)
    return adjacency
