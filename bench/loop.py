"""The money-flow network at size: closing the books, attribution, loops and the null model."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from bench.side_by_side import compare
from models.attribution import attribute_each, attribute_group
from models.loop_null import loop_null
from models.network import Matrix, Network, close_network

__all__ = ["report"]

SEED = 11
PARTNERS = 3.0
"""Mean number of purchases of a node; financing is as frequent. The bundled ledger has 1.3 and 0.5."""
LARGE = 2_000
SOLVED = 3
"""Nodes of the large network that the naive way is timed on; its other solves take as long."""


def report() -> None:
    """Print the tables."""
    for nodes in (60, 300):
        small = _network(nodes)
        compare(
            f"attribution of every node, {nodes} nodes",
            {
                "attribute_each (one inverse)": _calling(attribute_each, small),
                "a solve for each node": _solves(small),
            },
            rounds=3,
        )
    flows = _flows(LARGE)
    large = _close(*flows)
    medians = compare(
        f"attribution of every node, {LARGE:,} nodes",
        {
            "attribute_each (one inverse)": _calling(attribute_each, large),
            "the same with the closing of the books": lambda: attribute_each(_close(*flows)),
        },
        rounds=3,
    )
    start = time.perf_counter()
    for j in range(SOLVED):
        attribute_group(large, [j])
    naive = (time.perf_counter() - start) / SOLVED * LARGE
    ratio = naive / medians["attribute_each (one inverse)"]
    print(f"  a solve for each node would take {naive:,.0f} s ({SOLVED} timed), {ratio:,.0f} x\n")
    sparse = _network(60, partners=1.5)
    compare(
        "199 shuffled ledgers, 60 nodes, loops up to 6 edges",
        {"loop_null": lambda: loop_null(sparse, length_bound=6)},
        rounds=3,
    )


def _calling(function: Callable[[Network], object], network: Network) -> Callable[[], object]:
    return lambda: function(network)


def _solves(network: Network) -> Callable[[], object]:
    return lambda: [attribute_group(network, [j]) for j in range(len(network.nodes))]


def _flows(nodes: int, partners: float = PARTNERS) -> tuple[Matrix, Matrix, Matrix]:
    """Return C, K and the outside revenue, debt and equity (rows), bn USD."""
    rng = np.random.default_rng(SEED)
    layers = []
    for size in (5.0, 2.0):
        adjacency = rng.random((nodes, nodes)) < partners / nodes
        np.fill_diagonal(adjacency, val=False)
        layers.append(adjacency * rng.gamma(2.0, size, (nodes, nodes)))
    return layers[0], layers[1], rng.gamma(2.0, 20.0, (3, nodes))


def _close(commercial: Matrix, financing: Matrix, outside: Matrix) -> Network:
    names = [f"n{i}" for i in range(len(commercial))]
    return close_network(
        names,
        commercial,
        financing,
        outside_revenue=outside[0],
        outside_debt=outside[1],
        outside_equity=outside[2],
    )


def _network(nodes: int, partners: float = PARTNERS) -> Network:
    return _close(*_flows(nodes, partners))
