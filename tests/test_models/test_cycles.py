"""Cycle search against networkx, and what counts as a capital loop."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loop_networks import network, toy

from exposures.errors import DataError
from models.cycles import capital_loops, elementary_cycles, strong_components


def rotated(cycle: list[int] | tuple[int, ...]) -> tuple[int, ...]:
    k = list(cycle).index(min(cycle))
    return (*cycle[k:], *cycle[:k])


@given(st.integers(0, 2**31), st.integers(2, 7))
def test_cycles_are_those_of_networkx(seed: int, bound: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 9))
    adjacency = rng.random((n, n)) < rng.uniform(0.1, 0.6)
    np.fill_diagonal(adjacency, False)
    graph = nx.from_numpy_array(adjacency, create_using=nx.DiGraph)
    expected = {rotated(c) for c in nx.simple_cycles(graph, length_bound=bound)}
    found = elementary_cycles(adjacency, length_bound=bound)
    assert len(found) == len(set(found))
    assert set(found) == expected


@given(st.integers(0, 2**31))
def test_components_are_those_of_networkx(seed: int) -> None:
    rng = np.random.default_rng(seed)
    adjacency = rng.random((8, 8)) < 0.2
    graph = nx.from_numpy_array(adjacency, create_using=nx.DiGraph)
    expected = sorted(sorted(c) for c in nx.strongly_connected_components(graph))
    assert strong_components([np.flatnonzero(row).tolist() for row in adjacency]) == expected


def test_the_loops_of_the_toy() -> None:
    loops = capital_loops(toy(), length_bound=6)
    assert [(loop.nodes, loop.bottleneck) for loop in loops] == [((0, 1, 2), 10.0), ((0, 1), 5.0)]
    assert round(loops[0].probability, 7) == 0.0078947
    assert round(loops[1].probability, 7) == 0.00625
    assert loops[0].edges == ((0, 1), (1, 2), (2, 0))


def loops_of(C_edges: dict[tuple[int, int], float], K_edges: dict[tuple[int, int], float]):
    C, K = np.zeros((3, 3)), np.zeros((3, 3))
    for edge, amount in C_edges.items():
        C[edge] = amount
    for edge, amount in K_edges.items():
        K[edge] = amount
    return capital_loops(network(C, K, [50, 50, 50]), length_bound=6)


def test_trade_alone_and_funding_alone_are_no_capital_loops() -> None:
    assert loops_of({(0, 1): 3, (1, 0): 2}, {}) == []
    assert loops_of({}, {(0, 1): 3, (1, 0): 2}) == []
    assert len(loops_of({(1, 0): 2}, {(0, 1): 3})) == 1


def test_an_edge_with_both_classes_serves_as_the_one_that_is_missing() -> None:
    both = loops_of({(0, 1): 1, (1, 0): 2}, {(0, 1): 3})
    assert [(loop.nodes, loop.bottleneck) for loop in both] == [((0, 1), 2.0)]
    assert len(loops_of({(0, 1): 1}, {(0, 1): 3, (1, 0): 2})) == 1


def test_a_loop_starts_at_the_payer_of_its_largest_financing() -> None:
    (loop,) = loops_of({(0, 1): 9}, {(1, 2): 2, (2, 0): 5})
    assert loop.nodes == (2, 0, 1)


def test_the_length_bound_holds() -> None:
    ring = np.roll(np.eye(7, dtype=bool), 1, axis=1)
    assert elementary_cycles(ring, length_bound=6) == []
    assert elementary_cycles(ring, length_bound=7) == [tuple(range(7))]


def test_too_many_loops_name_the_setting() -> None:
    with pytest.raises(DataError, match="loop_length_bound"):
        elementary_cycles(np.ones((6, 6), dtype=bool), length_bound=6, limit=20)


def test_no_nodes_no_cycles() -> None:
    assert elementary_cycles(np.zeros((0, 0), dtype=bool), length_bound=6) == []
    assert elementary_cycles(np.ones((1, 1), dtype=bool), length_bound=6) == []
