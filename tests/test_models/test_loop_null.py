"""The null model of the loops: degrees kept, chains that forget, p-values by hand, reasons instead of tests."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_networks import network, random_network, toy

from models.attribution import finn_cycling_index
from models.cycles import capital_loops
from models.edge_swaps import edge_list, shuffled_receivers
from models.loop_null import MAX_NULL_CYCLES, LoopNull, loop_null, loop_null_table
from models.network import Network


def ledger(seed: int, n: int = 20) -> Network:
    """A network of n nodes with three purchases and one financing each on average."""
    rng = np.random.default_rng(seed)
    C, K = (rng.random((n, n)) * (rng.random((n, n)) < p) * 10 for p in (3 / n, 1 / n))
    for m in (C, K):
        np.fill_diagonal(m, 0)
    return network(C, K, rng.random(n) * 40 + 1)


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.integers(2, 12), st.floats(0.05, 0.7))
def test_every_shuffle_keeps_both_degrees_of_every_node(seed: int, n: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    layer = (rng.random((n, n)) < density).astype(float)
    np.fill_diagonal(layer, 0)
    payers, receivers = edge_list(layer)
    heads = shuffled_receivers(payers, receivers, nodes=n, draws=7, rng=rng)
    for drawn in heads:
        made = np.zeros((n, n))
        np.add.at(made, (payers, drawn), 1)
        assert made.max(initial=0) <= 1
        assert not made.diagonal().any()
        assert (made.sum(axis=0) == layer.sum(axis=0)).all()
        assert (made.sum(axis=1) == layer.sum(axis=1)).all()


def test_swaps_reach_every_graph_of_the_degrees_equally_often() -> None:
    """A directed square with a diagonal: all simple graphs of its degrees, found by search, 1 in m each."""
    edges = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]
    payers, receivers = (np.array(side) for side in zip(*edges, strict=True))
    out_degree, in_degree = Counter(payers.tolist()), Counter(receivers.tolist())
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    allowed = [
        frozenset(chosen)
        for chosen in combinations(pairs, len(edges))
        if Counter(i for i, _ in chosen) == out_degree and Counter(j for _, j in chosen) == in_degree
    ]
    rng = np.random.default_rng(5)
    draws = 20_000
    heads = shuffled_receivers(payers, receivers, nodes=4, draws=draws, rng=rng, swaps_per_edge=40)
    seen = Counter(frozenset(zip(payers.tolist(), row.tolist(), strict=True)) for row in heads)
    assert set(seen) == set(allowed)
    expected = draws / len(allowed)
    chi_square = sum((seen[g] - expected) ** 2 / expected for g in allowed)
    assert chi_square < 3 * len(allowed)


def test_chains_forget_their_start() -> None:
    """After the default walk a shuffle shares with the ledger what it shares with another shuffle."""
    net = ledger(3)
    payers, receivers = edge_list(net.commercial)

    def shared(seed: int, swaps: int) -> tuple[float, float]:
        rng = np.random.default_rng(seed)
        heads = shuffled_receivers(payers, receivers, nodes=20, draws=200, rng=rng, swaps_per_edge=swaps)
        sets = [set(zip(payers.tolist(), row.tolist(), strict=True)) for row in heads]
        start = set(zip(payers.tolist(), receivers.tolist(), strict=True))
        far = [set(zip(payers.tolist(), row.tolist(), strict=True)) for row in shuffled_receivers(
            payers, receivers, nodes=20, draws=200, rng=rng, swaps_per_edge=100)]  # fmt: skip
        to_start = np.mean([len(s & start) for s in sets]) / len(payers)
        to_far = np.mean([len(a & b) for a, b in zip(sets, far, strict=True)]) / len(payers)
        return float(to_start), float(to_far)

    to_start, to_far = shared(1, 10)
    assert abs(to_start - to_far) < 0.02
    barely, _ = shared(1, 0)
    assert barely == 1


def test_amounts_stay_with_their_payer_and_class() -> None:
    from models.loop_null import _shuffled

    net = ledger(8)
    for layer in (net.commercial, net.financing):
        for made in _shuffled(layer, 5, np.random.default_rng(1)):
            assert np.allclose(np.sort(made, axis=1), np.sort(layer, axis=1), rtol=0, atol=0)


def test_the_observed_statistics_are_those_of_the_loops_and_the_index() -> None:
    for seed in range(20):
        net = ledger(seed)
        null = loop_null(net, length_bound=5, draws=3)
        loops = capital_loops(net, length_bound=5)
        assert null.observed[0] == len(loops)
        assert null.observed[1] == pytest.approx(sum(loop.bottleneck for loop in loops))
        assert null.observed[2] == pytest.approx(finn_cycling_index(net), abs=1e-12)


def test_loops_are_those_of_networkx_with_both_classes() -> None:
    for seed in range(20):
        net = ledger(seed, 9)
        graph = nx.from_numpy_array(net.flows, create_using=nx.DiGraph)
        count, total = 0, 0.0
        for cycle in nx.simple_cycles(graph, length_bound=6):
            pairs = list(zip(cycle, cycle[1:] + cycle[:1], strict=True))
            if any(net.commercial[p] > 0 for p in pairs) and any(net.financing[p] > 0 for p in pairs):
                count, total = count + 1, total + min(net.flows[p] for p in pairs)
        loops = capital_loops(net, length_bound=6)
        assert len(loops) == count
        assert sum(loop.bottleneck for loop in loops) == pytest.approx(total, rel=1e-8)


def test_the_p_value_counts_ties_and_the_ledger_itself() -> None:
    shuffled = np.array([[1.0, 0, 0], [2.0, 0, 0], [3.0, 0, 0]])
    null = LoopNull((2.0, 1.0, 0.0), shuffled, 5, 5, 0.5)
    assert null.p_value(0) == 3 / 4  # 2, 3 and the ledger
    assert null.p_value(1) == 1 / 4
    assert null.p_value(2) == 1


def test_p_values_of_random_ledgers_are_uniform() -> None:
    """A random graph is a fair draw among the graphs of its degrees: 1 p-value in 20 is 1/20 or less."""
    p = [loop_null(ledger(s, 12), length_bound=4, draws=19, seed=10_000 + s).p_value(1) for s in range(100)]
    assert abs(np.mean(p) - 0.525) < 0.1  # 3.5 standard errors
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * 0.022


def test_a_ledger_of_planted_loops_stands_out() -> None:
    """Ten pairs that invest in and buy from each other: shuffled, nearly none closes."""
    n = 20
    C, K = np.zeros((n, n)), np.zeros((n, n))
    for i in range(0, n, 2):
        K[i, i + 1], C[i + 1, i] = 5.0, 4.0
    null = loop_null(network(C, K, np.full(n, 10.0)), length_bound=4, draws=199)
    assert null.observed[:2] == (10, 40)
    assert [null.p_value(k) for k in range(3)] == [1 / 200] * 3


def test_the_same_seed_gives_the_same_table_and_another_seed_another() -> None:
    nets = {"ledger": ledger(1)}
    a, b, c = (loop_null_table(nets, length_bound=5, draws=29, seed=s) for s in (1, 1, 2))
    assert a.equals(b)
    assert not a.equals(c)


NO_TEST = {
    "no financing": (network([[0, 3], [0, 0]], np.zeros((2, 2)), [5, 5]), "no financing"),
    "no purchases": (network(np.zeros((2, 2)), [[0, 3], [0, 0]], [5, 5]), "no purchases"),
    "nothing can move": (toy(), "no edge can be swapped"),
    "one node": (network([[0.0]], [[0.0]], [5.0]), "no purchases"),
}


@pytest.mark.parametrize("name", NO_TEST)
def test_degenerate_networks_have_a_reason_and_no_p_value(name: str) -> None:
    net, why = NO_TEST[name]
    table = loop_null_table({"ledger": net}, length_bound=6)
    assert table.height == 3
    assert table.get_column("p_value").null_count() == 3
    assert all(why in reason for reason in table.get_column("reason"))


def test_an_empty_network_has_no_rows() -> None:
    empty = network(np.zeros((0, 0)), np.zeros((0, 0)), [])
    assert loop_null_table({"ledger": empty}, length_bound=6).is_empty()


def test_too_dense_a_network_says_so() -> None:
    rng = np.random.default_rng(4)
    C, K = ((rng.random((11, 11)) < 0.7) * 1.0 for _ in range(2))
    for m in (C, K):
        np.fill_diagonal(m, 0)
    null = loop_null(network(C, K, np.full(11, 30.0)), length_bound=5, draws=9)
    assert null.observed[0] > MAX_NULL_CYCLES
    assert str(MAX_NULL_CYCLES) in null.reason


def test_a_shuffle_that_seals_a_circle_counts_as_the_most_cycling() -> None:
    """0 and 1 have no outside money: a shuffle may let them pay each other for ever, and nothing breaks."""
    C, K = np.zeros((4, 4)), np.zeros((4, 4))
    C[0, 2], C[1, 3], K[2, 1], K[3, 0] = 1, 1, 1, 1
    null = loop_null(network(C, K, [0, 0, 9, 9]), length_bound=4, draws=49)
    assert np.isfinite(null.shuffled).all()
    assert ((null.shuffled[:, 2] >= 0) & (null.shuffled[:, 2] <= 1)).all()


@settings(max_examples=40)
@given(st.integers(0, 2**31))
def test_any_network_gives_numbers_or_a_reason(seed: int) -> None:
    net = random_network(np.random.default_rng(seed))
    table = loop_null_table({"ledger": net}, length_bound=4, draws=5, seed=1)
    for row in table.iter_rows(named=True):
        assert (row["p_value"] is None) == (row["reason"] is not None)
        assert row["p_value"] is None or 1 / 6 <= row["p_value"] <= 1
