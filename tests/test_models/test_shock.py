"""Funding shock: the worked toy, a re-solve when financing stops too, and clearing beside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loop_networks import network, random_network, toy

from exposures.errors import DataError
from models.network import Network
from models.shock import lab_funding_shock, linear_shock, take_or_pay_shortfall


def test_the_toy_matches_every_printed_digit() -> None:
    """Half of the lab's outside equity stops."""
    shock = linear_shock(toy(), np.array([0, -8.5, 0]))
    assert np.round(shock.throughflow_change, 4).tolist() == [-2.4391, -8.6220, -6.4665]
    assert round(shock.revenue_at_risk[0], 6) == 0.012196
    assert round(shock.revenue_at_risk[2], 6) == 0.080831


def test_cutting_the_investor_as_well_is_the_closed_network_solved_again() -> None:
    """With eta = 1 the shocked system is T' = z' + T' G' where G' keeps the old denominators."""
    net = toy()
    shock = lab_funding_shock(net, [1], funding_cut=0.5)
    F = net.flows.copy()
    F[0, 1] *= 0.5
    z = net.outside - np.array([0, 8.5, 0])
    after = np.linalg.solve((np.eye(3) - F / net.throughflow[:, None]).T, z)
    assert shock.throughflow_change == pytest.approx(after - net.throughflow, abs=1e-12)
    assert shock.revenue_at_risk[0] > linear_shock(net, np.array([0, -8.5, 0])).revenue_at_risk[0]


def test_a_buffered_economy_passes_nothing_on() -> None:
    shock = lab_funding_shock(toy(), [1], funding_cut=1.0, elasticity=0.0)
    assert shock.revenue_at_risk.tolist() == [0, 0, 0]
    assert shock.spending_cut.tolist() == [0, 0, 0]
    assert shock.throughflow_change.tolist() == [0, -27, 0]


@given(st.integers(0, 2**31), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_deeper_cut_never_hurts_less(seed: int, x: float, y: float, eta: float) -> None:
    net = random_network(np.random.default_rng(seed))
    mild, deep = sorted((x, y))
    labs = [0] if len(net.nodes) == 1 else [0, 1]
    a = lab_funding_shock(net, labs, funding_cut=mild, elasticity=eta)
    b = lab_funding_shock(net, labs, funding_cut=deep, elasticity=eta)
    assert (b.revenue_at_risk >= a.revenue_at_risk - 1e-9).all()
    assert (b.revenue_at_risk >= -1e-12).all()
    assert (b.revenue_at_risk <= 1 + 1e-9).all()
    firm = net.commercial * 0.7
    less = take_or_pay_shortfall(net, firm, labs, funding_cut=mild)
    more = take_or_pay_shortfall(net, firm, labs, funding_cut=deep)
    assert (more >= less - 1e-9).all()


@given(st.integers(0, 2**31))
def test_without_a_cut_nothing_happens(seed: int) -> None:
    net = random_network(np.random.default_rng(seed))
    assert np.abs(lab_funding_shock(net, [0], funding_cut=0.0).revenue_change).max() == 0
    assert take_or_pay_shortfall(net, net.commercial, [0], funding_cut=0.0) == pytest.approx(0, abs=1e-9)


def test_take_or_pay_by_hand() -> None:
    """The lab has 13 of its own and keeps half of 17 + 10: 26.5. It owes 35, so 8.5 is short, pro rata."""
    net = toy()
    firm = np.zeros((3, 3))
    firm[1, 2], firm[1, 0] = 30, 5
    short = take_or_pay_shortfall(net, firm, [1], funding_cut=0.5)
    assert short == pytest.approx([8.5 * 5 / 35, 0, 8.5 * 30 / 35], abs=1e-12)


def test_only_signed_contracts_can_fall_short() -> None:
    short = take_or_pay_shortfall(toy(), np.zeros((3, 3)), [1], funding_cut=1.0)
    assert short.tolist() == [0, 0, 0]


def test_settings_outside_their_range_are_refused() -> None:
    net: Network = toy()
    with pytest.raises(DataError, match="funding cut"):
        lab_funding_shock(net, [1], funding_cut=1.2)
    with pytest.raises(DataError, match="elasticity"):
        lab_funding_shock(net, [1], funding_cut=0.5, elasticity=2.0)
    with pytest.raises(DataError, match="financing rises"):
        linear_shock(net, np.zeros(3), financing_after=net.financing * 2)
    with pytest.raises(DataError, match="firm payments exceed"):
        take_or_pay_shortfall(net, net.commercial * 2, [1], funding_cut=0.5)


def test_no_nodes_and_a_node_without_money() -> None:
    empty = network(np.zeros((0, 0)), np.zeros((0, 0)), [])
    assert lab_funding_shock(empty, [], funding_cut=0.5).revenue_at_risk.shape == (0,)
    idle = network(np.zeros((2, 2)), np.zeros((2, 2)), [0, 3])
    assert lab_funding_shock(idle, [0], funding_cut=0.5).revenue_at_risk.tolist() == [0, 0]


def test_unsigned_income_is_free_to_pay_signed_contracts() -> None:
    """The cloud owes 20 under contract, has 5 outside and an unsigned 30 from the lab: nothing is short."""
    C = np.zeros((3, 3))
    C[1, 2], C[2, 0] = 30, 20
    net = network(C, np.zeros((3, 3)), [1, 40, 5])
    firm = np.zeros((3, 3))
    firm[2, 0] = 20
    assert take_or_pay_shortfall(net, firm, [1], funding_cut=1.0).tolist() == [0, 0, 0]


def test_money_that_is_only_missing_for_what_can_be_called_off_pays_no_contract() -> None:
    """The lab has 10 of revenue and 20 of debt, owes 25 by contract and has announced 40 more: zB = 35.

    At a cut of a half 10 + 10 are there for 25. Were the half of zB there too, the contract would be paid.
    """
    C = np.array([[0.0, 65.0], [0.0, 0.0]])
    net = network(C, np.zeros((2, 2)), [10.0, 100.0], [20.0, 0.0])
    assert net.cash_draw[0] == 35
    firm = np.array([[0.0, 25.0], [0.0, 0.0]])
    for cut, short in ((0.0, 0.0), (0.25, 0.0), (0.5, 5.0), (1.0, 15.0)):
        assert take_or_pay_shortfall(net, firm, [0], funding_cut=cut).tolist() == [0.0, short]


def test_what_contracts_need_beyond_known_money_falls_with_the_funding() -> None:
    """The same lab owes 50 by contract: 20 must still be found, and half of it is not at a cut of a half."""
    C = np.array([[0.0, 65.0], [0.0, 0.0]])
    net = network(C, np.zeros((2, 2)), [10.0, 100.0], [20.0, 0.0])
    firm = np.array([[0.0, 50.0], [0.0, 0.0]])
    assert take_or_pay_shortfall(net, firm, [0], funding_cut=0.0).tolist() == [0.0, 0.0]
    assert take_or_pay_shortfall(net, firm, [0], funding_cut=0.5).tolist() == [0.0, 20.0]
