"""Kernels against the library that also does them: loops, attribution."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import numpy as np

from bench.side_by_side import compare
from models.attribution import attribute_each, attribute_group
from models.cycles import elementary_cycles
from models.network import Network, close_network

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
    network = _network(60)
    compare(
        "attribution of every node, 60 nodes",
        {
            "attribute_each (one inverse)": lambda: attribute_each(network),
            "attribute_group for each node (60 solves)": lambda: [
                attribute_group(network, [j]) for j in range(60)
            ],
        },
        rounds=5,
    )


def _calling(function: Callable[..., object], adjacency: np.ndarray, bound: int) -> Callable[[], object]:
    return lambda: function(adjacency, length_bound=bound)


def _adjacency(nodes: int) -> np.ndarray:
    rng = np.random.default_rng(SEED)
    adjacency = rng.random((nodes, nodes)) < 3.0 / nodes
    np.fill_diagonal(adjacency, val=False)
    return adjacency


def _network(nodes: int) -> Network:
    rng = np.random.default_rng(SEED)
    adjacency = _adjacency(nodes)
    commercial = adjacency * rng.gamma(2.0, 5.0, adjacency.shape)
    financing = _adjacency(nodes).T * rng.gamma(1.0, 2.0, adjacency.shape)
    return close_network(
        [f"n{i}" for i in range(nodes)],
        commercial,
        financing,
        outside_revenue=rng.gamma(2.0, 30.0, nodes),
        outside_debt=rng.gamma(1.0, 3.0, nodes),
        outside_equity=rng.gamma(1.0, 3.0, nodes),
    )
