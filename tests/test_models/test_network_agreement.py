"""The network against networkx and scipy on the same inputs, to 1e-8, and its degenerate shapes."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import scipy.linalg
import scipy.sparse
import scipy.sparse.csgraph
import scipy.sparse.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from loop_networks import network, random_network, toy

from exposures.errors import DataError
from models.attribution import attribute_each, attribute_group, cycling_index, finn_cycling_index
from models.cycles import capital_loops, strong_components
from models.network import MAX_SPECTRAL_RADIUS, spectral_radius

CLOSE = {"rtol": 1e-8, "atol": 1e-8}
SEEDS = st.integers(0, 2**31)


@given(SEEDS)
def test_visits_are_the_inverse_of_scipy_and_throughflow_its_solve(seed: int) -> None:
    net = random_network(np.random.default_rng(seed))
    left = np.eye(len(net.nodes)) - net.shares
    assert np.allclose(net.visits, scipy.linalg.inv(left), **CLOSE)
    assert np.allclose(net.throughflow, scipy.linalg.solve(left.T, net.outside), **CLOSE)
    sparse = scipy.sparse.linalg.spsolve(scipy.sparse.csc_array(left.T), net.outside)
    assert np.allclose(net.throughflow, sparse, **CLOSE)


@given(SEEDS)
def test_visits_are_the_sum_of_powers(seed: int) -> None:
    """N = I + G + G^2 + ...: how often a dollar comes by, one payment after the other."""
    net = random_network(np.random.default_rng(seed), 5)
    rho = spectral_radius(net.shares)
    power, total = np.eye(5), np.eye(5)
    for _ in range(round(40 / max(1 - rho, 0.02))):
        power = power @ net.shares
        total = total + power
    assert np.allclose(net.visits, total, rtol=1e-8, atol=1e-6)


@given(SEEDS)
def test_the_spectral_radius_is_that_of_scipy(seed: int) -> None:
    G = random_network(np.random.default_rng(seed)).shares
    assert spectral_radius(G) == pytest.approx(np.abs(scipy.linalg.eigvals(G)).max(), rel=1e-8, abs=1e-8)


@given(SEEDS)
def test_attribution_is_the_absorption_of_a_scipy_solve(seed: int) -> None:
    """Own financing of j: a random walk from what j invested, stopped at j, with j's last step a sale."""
    net = random_network(np.random.default_rng(seed), 6)
    parts = attribute_each(net)
    for j in range(6):
        others = [i for i in range(6) if i != j]
        transient = np.eye(5) - net.shares[np.ix_(others, others)]
        reach = scipy.linalg.solve(transient, net.commercial_shares[others, j])
        assert parts.own_financing[j] == pytest.approx(net.financing[j, others] @ reach, rel=1e-8, abs=1e-8)
        assert parts.own_purchases[j] == pytest.approx(net.commercial[j, others] @ reach, rel=1e-8, abs=1e-8)
        assert parts.ext_debt[j] == pytest.approx(net.outside_debt[others] @ reach, rel=1e-8, abs=1e-8)


@given(SEEDS, st.integers(1, 40), st.floats(0.01, 0.4))
def test_components_are_those_of_scipy_and_networkx(seed: int, n: int, density: float) -> None:
    adjacency = np.random.default_rng(seed).random((n, n)) < density
    found = strong_components([np.flatnonzero(row).tolist() for row in adjacency])
    count, labels = scipy.sparse.csgraph.connected_components(
        scipy.sparse.csr_array(adjacency), directed=True, connection="strong"
    )
    assert found == sorted(np.flatnonzero(labels == k).tolist() for k in range(count))
    graph = nx.from_numpy_array(adjacency, create_using=nx.DiGraph)
    assert found == sorted(sorted(c) for c in nx.strongly_connected_components(graph))


@settings(max_examples=60)
@given(SEEDS, st.integers(2, 7))
def test_capital_loops_are_the_cycles_of_networkx_with_amount_and_chance(seed: int, bound: int) -> None:
    net = random_network(np.random.default_rng(seed))
    graph = nx.from_numpy_array(net.flows, create_using=nx.DiGraph)
    expected = {}
    for cycle in nx.simple_cycles(graph, length_bound=bound):
        pairs = list(zip(cycle, cycle[1:] + cycle[:1], strict=True))
        if any(net.commercial[p] > 0 for p in pairs) and any(net.financing[p] > 0 for p in pairs):
            amount = min(net.flows[p] for p in pairs)
            expected[frozenset(pairs)] = (amount, np.prod([net.shares[p] for p in pairs]))
    loops = capital_loops(net, length_bound=bound)
    found = {frozenset(loop.edges): (loop.bottleneck, loop.probability) for loop in loops}
    assert len(loops) == len(found)
    assert found.keys() == expected.keys()
    for edges, values in found.items():
        assert values == pytest.approx(expected[edges], rel=1e-8)


@given(SEEDS, SEEDS)
def test_networks_that_do_not_touch_do_not_change_each_other(a: int, b: int) -> None:
    one, two = (random_network(np.random.default_rng(s)) for s in (a, b))
    joined = network(
        scipy.linalg.block_diag(one.commercial, two.commercial),
        scipy.linalg.block_diag(one.financing, two.financing),
        *(
            np.concatenate([getattr(one, v), getattr(two, v)])
            for v in ("outside_revenue", "outside_debt", "outside_equity")
        ),
    )
    n = len(one.nodes)
    for name in attribute_each(joined).__dataclass_fields__:
        whole = getattr(attribute_each(joined), name)
        assert np.allclose(whole[:n], getattr(attribute_each(one), name), **CLOSE), name
        assert np.allclose(whole[n:], getattr(attribute_each(two), name), **CLOSE), name
    assert np.allclose(cycling_index(joined)[:n], cycling_index(one), **CLOSE)
    assert len(capital_loops(joined, length_bound=5)) == sum(
        len(capital_loops(net, length_bound=5)) for net in (one, two)
    )


@given(st.floats(1e-3, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_one_node_sells_to_outsiders_alone(revenue: float, debt: float, equity: float) -> None:
    net = network([[0.0]], [[0.0]], [revenue], [debt], [equity])
    parts = attribute_each(net)
    assert parts.direct_ext[0] == parts.total[0] == revenue
    assert attribute_group(net, [0]).total[0] == revenue
    assert finn_cycling_index(net) == 0
    assert capital_loops(net, length_bound=6) == []


def test_no_node() -> None:
    net = network(np.zeros((0, 0)), np.zeros((0, 0)), [])
    assert attribute_each(net).total.shape == attribute_group(net, []).total.shape == (0,)
    assert finn_cycling_index(net) is None
    assert capital_loops(net, length_bound=6) == []


@given(SEEDS, st.integers(2, 6))
def test_an_explosive_network_is_refused_with_a_way_out(seed: int, n: int) -> None:
    """A ring that pays on all it gets and gets nothing from outside: rho = 1."""
    amount = float(np.random.default_rng(seed).uniform(0.1, 100))
    ring = np.roll(np.eye(n), 1, axis=1) * amount
    with pytest.raises(DataError, match="spectral radius") as caught:
        network(ring, np.zeros((n, n)), np.zeros(n))
    assert "third-party revenue" in caught.value.fix
    barely = np.zeros(n)
    barely[0] = amount * 1e-6
    net = network(ring, np.zeros((n, n)), barely)
    assert spectral_radius(net.shares) < MAX_SPECTRAL_RADIUS
    assert np.isfinite(attribute_each(net).total).all()


@given(SEEDS, st.integers(1, 4))
def test_a_group_of_all_has_nothing_from_others(seed: int, n: int) -> None:
    net = random_network(np.random.default_rng(seed), n)
    parts = attribute_group(net, range(n))
    assert np.allclose(parts.direct_ext + parts.intragroup, net.revenue, **CLOSE)
    assert not parts.own_financing.any()


def test_the_larger_group_hides_the_loop_inside_itself() -> None:
    """The toy with chip maker and lab as one: its 10 of equity never leave the group."""
    net = toy()
    parts = attribute_group(net, [0, 1])
    assert parts.intragroup[0] == 5
    assert parts.own_financing[0] == 0
    reach = 20 / 95  # cloud to chip maker
    assert parts.own_purchases[0] == pytest.approx(30 * reach)
    assert parts.ext_debt[0] == pytest.approx(15 * reach)
    assert parts.ext_revenue[0] == pytest.approx(50 * reach)
