"""First-return attribution: worked toy, closed forms, published environ cases, random networks."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loop_networks import network, random_network, toy

from exposures.errors import DataError
from models.attribution import (
    attribute_each,
    attribute_group,
    capital_market_origin,
    cycling_index,
    environ_measures,
    finn_cycling_index,
)

SHARED = Path(os.environ.get("SCREEN_SHARED", Path(__file__).resolve().parents[2] / "../shared"))

# Dame and Patten 1981 oyster reef, as printed by the enaR vignette (CRAN 3.0.0); row pays column.
OYSTER = (
    [
        [0, 0, 0, 0, 0.5135, 15.791],
        [0, 0, 1.206, 1.206, 0, 0],
        [0, 0, 0, 0.6609, 0, 4.2403],
        [0, 0, 0, 0, 0.1721, 1.9076],
        [0, 0, 0, 0, 0, 0.3262],
        [0, 8.1721, 7.2745, 0.6431, 0, 0],
    ],
    [41.47, 0, 0, 0, 0, 0],
    {
        "boundary": 41.47, "total_throughflow": 83.5833, "total_with_boundary": 125.0533,
        "average_path_length": 2.015512, "finn_cycling_index": 0.1101686, "boundary_intensity": 0.4961517,
        "direct_intensity": 0.1950689, "indirect_intensity": 0.3087794, "indirect_to_direct": 1.582925,
        "first_passage": 32.90504, "cycled": 9.208256,
    },
)  # fmt: skip
# Haven 1966 marine coprophagy, same vignette, p. 48.
COPROPHAGY = (
    [[0, 0, 21.9, 0], [0, 0, 0, 79.6], [0, 15.3, 0, 0], [0, 52.9, 0, 0]],
    [124.1, 255.5, 0, 0],
    {
        "boundary": 379.6, "total_throughflow": 549.3, "total_with_boundary": 928.9,
        "average_path_length": 1.44705, "finn_cycling_index": 0.1199863, "boundary_intensity": 0.6910614,
        "direct_intensity": 0.1542493, "indirect_intensity": 0.1546893, "indirect_to_direct": 1.002852,
        "first_passage": 103.7915, "cycled": 65.90846,
    },
)  # fmt: skip


def test_the_toy_matches_every_printed_digit() -> None:
    net = toy()
    assert net.throughflow.tolist() == [200, 40, 95]
    parts = attribute_each(net)
    assert parts.direct_ext[0] == 175
    assert round(parts.ext_revenue[0], 6) == 14.203947
    assert round(parts.ext_debt[0], 6) == 3.157895
    assert round(parts.ext_equity[0], 6) == 4.809211
    assert round(parts.own_financing[0], 6) == 2.828947
    assert round(parts.own_financing[0] / 200, 6) == 0.014145
    assert parts.own_purchases[0] == 0
    assert round(finn_cycling_index(net), 8) == 0.01238643


def test_two_cycle_closed_form() -> None:
    C, K = np.zeros((2, 2)), np.zeros((2, 2))
    K[0, 1], C[1, 0] = 6.0, 9.0
    net = network(C, K, [40, 8], [0, 1])
    assert attribute_each(net).own_financing[0] == pytest.approx(6 * 9 / 15, rel=1e-14)


def test_triangle_with_a_side_payment_closed_form() -> None:
    A, B, D = 0, 1, 2
    C, K = np.zeros((3, 3)), np.zeros((3, 3))
    K[A, B], C[B, D], C[D, A], C[B, A] = 7.0, 12.0, 5.0, 4.0
    net = network(C, K, [30, 11, 3], [0, 2, 0])
    T = net.throughflow
    expected = 7.0 * (4.0 / T[B] + (12.0 / T[B]) * (5.0 / T[D]))
    assert attribute_each(net).own_financing[A] == pytest.approx(expected, rel=1e-14)


def test_2000_random_networks_sum_to_revenue_with_no_negative_part() -> None:
    rng = np.random.default_rng(20261120)
    worst = 0.0
    for _ in range(2000):
        net = random_network(rng)
        parts = attribute_each(net)
        scale = np.maximum(net.revenue, 1.0)
        worst = max(worst, float((np.abs(parts.total - net.revenue) / scale).max()))
        assert min(float(getattr(parts, name).min()) for name in parts.__dataclass_fields__) >= 0
    assert worst < 1e-12


def test_block_inverse_equals_the_direct_solve() -> None:
    rng = np.random.default_rng(7)
    for _ in range(200):
        net = random_network(rng)
        fast = attribute_each(net)
        for j in range(len(net.nodes)):
            slow = attribute_group(net, [j])
            for name in fast.__dataclass_fields__:
                gap = abs(getattr(fast, name)[j] - getattr(slow, name)[0])
                assert gap <= 1e-12 * max(net.revenue[j], 1.0), name


@pytest.mark.parametrize("size", [2, 3])
def test_groups_sum_to_revenue_and_show_intragroup_sales(size: int) -> None:
    rng = np.random.default_rng(size)
    for _ in range(100):
        net = random_network(rng, 6)
        S = list(range(size))
        parts = attribute_group(net, S)
        assert np.abs(parts.total - net.revenue[S]).max() < 1e-12 * net.revenue.max()
        assert parts.intragroup == pytest.approx(net.commercial[np.ix_(S, S)].sum(axis=0))


@given(st.floats(1e-6, 1e6), st.integers(0, 2**31))
def test_shares_do_not_depend_on_the_unit_of_money(unit: float, seed: int) -> None:
    net = random_network(np.random.default_rng(seed), 5)
    scaled = network(
        net.commercial * unit,
        net.financing * unit,
        net.outside_revenue * unit,
        net.outside_debt * unit,
        net.outside_equity * unit,
    )
    for name in ("own_financing", "own_purchases", "capital_market", "external"):
        a = getattr(attribute_each(net), name) / net.revenue
        b = getattr(attribute_each(scaled), name) / scaled.revenue
        assert np.abs(a - b).max() < 1e-9


@given(st.integers(0, 2**31))
def test_without_cycles_nothing_comes_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    C, K = np.triu(rng.random((6, 6)), 1), np.triu(rng.random((6, 6)), 1)
    net = network(C, K, rng.random(6) + 5)
    parts = attribute_each(net)
    assert np.abs(parts.own_financing).max() < 1e-14
    assert np.abs(parts.own_purchases).max() < 1e-14
    assert np.abs(cycling_index(net)).max() < 1e-14


def test_money_that_circles_twice_counts_once() -> None:
    """Own financing never exceeds what the company paid out as financing."""
    rng = np.random.default_rng(3)
    for _ in range(300):
        net = random_network(rng)
        assert (attribute_each(net).own_financing <= net.financing.sum(axis=1) + 1e-12).all()


def test_capital_market_origin_of_the_toy() -> None:
    """The lab's 40 hold 17 of equity directly and what its investor's 10 bring: hand recursion."""
    net = toy()
    kappa = capital_market_origin(net)
    lab, cloud, chip = kappa[1], kappa[2], kappa[0]
    assert lab == pytest.approx((17 + 10 * chip) / 40, rel=1e-12)
    assert cloud == pytest.approx((15 + 30 * lab) / 95, rel=1e-12)
    assert chip == pytest.approx((20 * cloud + 5 * lab) / 200, rel=1e-12)


def _significant(value: float, printed: float) -> bool:
    """True when `value` rounds to `printed` at the digits that are printed."""
    digits = len(f"{printed:.10f}".rstrip("0").split(".")[1])
    return abs(value - printed) <= 0.5 * 10**-digits * (1 + 1e-6)


@pytest.mark.parametrize(("F", "z", "published"), [OYSTER, COPROPHAGY], ids=["oyster", "coprophagy"])
def test_published_environ_measures(
    F: list[list[float]], z: list[float], published: dict[str, float]
) -> None:
    measures = environ_measures(network(F, np.zeros((len(z), len(z))), z))
    assert measures is not None
    for name, printed in published.items():
        assert _significant(getattr(measures, name), printed), (name, getattr(measures, name), printed)


def test_published_visit_count_of_the_oyster_detritus() -> None:
    net = network(OYSTER[0], np.zeros((6, 6)), OYSTER[1])
    assert round(net.visits[5, 5], 7) == 1.3885039


def test_the_inline_matrices_are_those_of_the_shared_cases() -> None:
    path = SHARED / "methods" / "published_cases.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    cases = json.loads(path.read_text())
    for key, (F, z, published) in (("oyster", OYSTER), ("marine_coprophagy", COPROPHAGY)):
        assert cases[key]["F_row_to_col"] == F
        assert cases[key]["z"] == z
        assert sorted(cases[key]["published"].values()) == sorted(published.values())


def test_a_sealed_circle_of_money_fails_loudly() -> None:
    C, K = np.zeros((2, 2)), np.zeros((2, 2))
    K[0, 1], C[1, 0] = 10.0, 10.0
    with pytest.raises(DataError, match="never leaves"):
        network(C, K, [0, 0])
    with pytest.raises(DataError, match=r"spectral radius 0\.99999999"):
        network(C, K, [1e-9, 0])
    assert network(C, K, [1e-3, 0]).throughflow[1] == 10


def test_self_payments_and_negative_flows_are_refused() -> None:
    with pytest.raises(DataError, match="pay themselves"):
        network([[1.0]], [[0.0]], [5.0])
    with pytest.raises(DataError, match="negative"):
        network([[0, -1], [0, 0]], np.zeros((2, 2)), [5, 5])
    with pytest.raises(DataError, match="shape"):
        network(np.zeros((3, 3)), np.zeros((2, 2)), [5, 5])


def test_degenerate_networks_have_no_nan() -> None:
    empty = network(np.zeros((0, 0)), np.zeros((0, 0)), [])
    assert attribute_each(empty).total.shape == (0,)
    assert finn_cycling_index(empty) is None
    assert environ_measures(empty) is None
    idle = network(np.zeros((2, 2)), np.zeros((2, 2)), [0, 3])
    assert attribute_each(idle).total.tolist() == [0, 3]
    assert cycling_index(idle).tolist() == [0, 0]
    assert capital_market_origin(idle).tolist() == [0, 0]
    assert finn_cycling_index(idle) == 0


def test_outflow_above_every_inflow_is_a_cash_draw() -> None:
    net = network([[0, 9], [0, 0]], np.zeros((2, 2)), [4, 0])
    assert net.cash_draw.tolist() == [5, 0]
    assert attribute_each(net).cash_draw[1] == pytest.approx(5)
    assert attribute_each(net).ext_revenue[1] == pytest.approx(4)
