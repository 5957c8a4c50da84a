"""Clearing on a grid of cuts, default costs, cash, and guarantees that are called in stress."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loop_networks import network, random_network, toy

from models.clearing_grid import Stress, clear_grid, clearing_table, triggered_table
from models.commitments import Commitment
from models.network import Network
from models.shock import lab_funding_shock, take_or_pay_shortfall
from models.tables import CLEARING_RESULTS, TRIGGERED_CLAIMS

GUARANTEE = Commitment("G1", "0", "2", "backstop", 9.0, 0.0, False, "src")


def firm_toy() -> np.ndarray:
    firm = np.zeros((3, 3))
    firm[1, 2], firm[1, 0] = 30, 5
    return firm


def grid(net: Network, firm: np.ndarray, **more: object) -> list[Stress]:
    given_settings: dict[str, object] = {
        "case": "ledger", "labs": [1], "cuts": [0.5, 1.0], "recoveries": (0.5, 0.5), "guarantees": [],
        "cash_bn_usd": {}, "window_years": 1,
    }  # fmt: skip
    return clear_grid(net, firm, **{**given_settings, **more})  # type: ignore[arg-type]


def test_linear_and_clearing_are_a_pair_on_the_toy() -> None:
    """Half of the lab's money stops. Discretionary: Oracle loses what the lab no longer spends. Take-or-pay:
    the lab has 13 + 27/2 = 26.5 for 35, so 8.5 is short, 30/35 of it at Oracle."""
    linear = lab_funding_shock(toy(), [1], funding_cut=0.5)
    half = grid(toy(), firm_toy())[0]
    assert not half.has_default_costs
    assert half.base.shortfall_to == pytest.approx([8.5 * 5 / 35, 0, 8.5 * 30 / 35], abs=1e-12)
    assert half.base.is_default.tolist() == [False, True, False]
    assert -linear.revenue_change[2] > half.base.shortfall_to[2]
    assert half.base.shortfall_to == pytest.approx(
        take_or_pay_shortfall(toy(), firm_toy(), [1], funding_cut=0.5), abs=1e-12
    )


def test_default_costs_deepen_the_loss_by_hand() -> None:
    """A lab in default at alpha = 0.5 brings half of its 26.5: 13.25 of 35."""
    plain, costly = grid(toy(), firm_toy())[:2]
    assert costly.has_default_costs
    assert plain.base.payments[1] == pytest.approx(26.5)
    assert costly.base.payments[1] == pytest.approx(13.25)
    table = clearing_table([plain, costly])
    assert CLEARING_RESULTS.faults(table) == []
    row = table.filter((pl.col("node") == "1") & pl.col("has_default_costs") & (pl.col("scenario") == "base"))
    assert row.select("owed_bn_usd", "paid_bn_usd", "shortfall_bn_usd", "is_default", "rounds").row(
        0
    ) == pytest.approx((35, 13.25, 21.75, True, 1))


def test_cash_lasts_for_the_window_and_unknown_cash_is_none_and_says_so() -> None:
    rich = grid(toy(), firm_toy(), cash_bn_usd={"1": 25.5}, window_years=3)[0]
    assert rich.base.is_default.tolist() == [False, False, False]  # 26.5 + 8.5 = 35
    table = clearing_table([rich])
    buffers = dict(table.filter(scenario="base").select("node", "cash_buffer_bn_usd").iter_rows())
    assert buffers == {"0": None, "1": 8.5, "2": None}


def test_a_guarantee_is_called_when_others_do_not_pay_and_only_up_to_its_maximum() -> None:
    """Oracle misses 8.5 * 30/35 = 7.29 a year; over three years the guarantor owes at most 9, 3 a year."""
    one_year = grid(toy(), firm_toy(), guarantees=[GUARANTEE])[0]
    (call,) = one_year.calls
    assert (call.trigger, call.called) == ("not paid", pytest.approx(8.5 * 30 / 35))
    three = grid(toy(), firm_toy(), guarantees=[GUARANTEE], window_years=3)[0]
    assert three.calls[0].called == pytest.approx(3.0)
    assert three.triggered.owed[0] == pytest.approx(3.0)
    assert three.base.owed[0] == 0  # the base knows nothing of the call
    table = triggered_table([three])
    assert TRIGGERED_CLAIMS.faults(table) == []
    assert table.row(0, named=True)["maximum_bn_usd"] == 9.0
    assert not table.row(0, named=True)["is_giver_in_default"]


def test_without_a_default_no_guarantee_is_called() -> None:
    calm = grid(toy(), firm_toy(), cuts=[0.0], guarantees=[GUARANTEE])[0]
    assert (calm.calls[0].trigger, calm.calls[0].called) == ("none", 0.0)
    assert calm.triggered.payments.tolist() == calm.base.payments.tolist()


def test_two_guarantors_share_by_their_maxima_and_an_unstated_amount_is_unknown() -> None:
    others = [
        replace(GUARANTEE, flow_id="G2", committed_bn_usd=27.0),
        replace(GUARANTEE, flow_id="G3", committed_bn_usd=None),
    ]
    cell = grid(toy(), firm_toy(), guarantees=[GUARANTEE, *others])[0]
    need = 8.5 * 30 / 35
    assert [c.called for c in cell.calls] == [pytest.approx(need / 4), pytest.approx(need * 3 / 4), None]
    assert cell.calls[2].reason == "amount of the guarantee not stated"


def test_a_guarantor_that_fails_triggers_its_own_guarantor() -> None:
    """The lab cannot pay 10 to the site; the builder guarantees the site and has 2 of its own; the cloud
    guarantees the builder. First call 10, then the builder is short of 8, which the cloud pays."""
    C = np.zeros((4, 4))
    C[1, 2] = 10
    C[3, 0] = 1
    net = network(C, np.zeros((4, 4)), [1, 0, 3, 50], zE=[0, 10, 0, 0])
    claims = [
        Commitment("G1", "0", "2", "backstop", 20.0, 0.0, False, "s"),
        Commitment("G2", "3", "0", "backstop", 20.0, 0.0, False, "s"),
    ]
    cell = grid(net, C, cuts=[1.0], guarantees=claims)[0]
    assert [c.called for c in cell.calls] == [pytest.approx(10), pytest.approx(8)]
    assert cell.calls[1].trigger == "default"
    assert cell.triggered.payments[0] == pytest.approx(10)
    assert not cell.triggered.is_default[0]


def test_a_guarantor_outside_the_network_pays_from_outside() -> None:
    """The site owes 6 on: the call lets it pay although the lab does not."""
    C = np.zeros((3, 3))
    C[1, 2], C[2, 0] = 10, 6
    net = network(C, np.zeros((3, 3)), [5, 0, 0], zE=[0, 10, 0])
    cell = grid(net, C, cuts=[1.0], guarantees=[replace(GUARANTEE, giver="ELSEWHERE")])[0]
    assert cell.base.payments[2] == 0
    assert cell.calls[0].called == 9.0
    assert cell.triggered.payments[2] == pytest.approx(6)


@given(st.integers(0, 2**31), st.floats(0, 1), st.floats(0, 1))
def test_any_network_gives_finite_tables(seed: int, cut: float, recovery: float) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng)
    n = len(net.nodes)
    claims = [
        Commitment(
            f"G{k}",
            str(rng.integers(n)),
            str(rng.integers(n)),
            "backstop",
            float(rng.random() * 5),
            0.0,
            False,
            "s",
        )
        for k in range(3)
    ]
    cells = grid(
        net, net.commercial * 0.8, labs=[0], cuts=[cut], recoveries=(recovery, recovery), guarantees=claims
    )
    results, calls = clearing_table(cells), triggered_table(cells)
    assert CLEARING_RESULTS.faults(results) == []
    assert TRIGGERED_CLAIMS.faults(calls) == []
    money = results.select("owed_bn_usd", "paid_bn_usd", "shortfall_bn_usd", "not_received_bn_usd")
    for column in money.get_columns():
        assert column.is_finite().all()
        assert (column >= -1e-9).all()
    assert (results.get_column("paid_bn_usd") <= results.get_column("owed_bn_usd") + 1e-9).all()
    assert (calls.get_column("called_bn_usd") <= calls.get_column("maximum_bn_usd") + 1e-9).all()
