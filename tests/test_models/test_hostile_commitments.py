"""Commitments and buffers from rows that nobody would write on purpose: reasoned nulls, never a zero."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from loop_networks import network
from test_capex_loop import TOY_NODES, deal, run
from test_loop_network import assumption
from test_loop_stress import BOOKS, stress

from exposures.errors import DataError
from exposures.tables import ASSUMPTIONS, DEALS, NODES
from models.clearing_grid import clear_grid
from models.commitments import Commitment, commitments
from models.flows import year_flows

AS_OF = date(2026, 6, 1)
KEPT = ("ticker", "as_of", "currency", "name")
RATES = {"EUR": 2.0}


def promised(deals: list[dict[str, Any]], *assumptions: dict[str, Any]) -> Commitment:
    tables = {"deals": DEALS.frame(deals), "assumptions": ASSUMPTIONS.frame(list(assumptions))}
    flows = year_flows(**tables, nodes=NODES.frame(TOY_NODES), as_of=AS_OF, fx_to_usd=RATES, years=3)
    (found,) = commitments(flows, **tables, as_of=AS_OF, fx_to_usd=RATES)
    return found


def stake(amount: float | None, **more: Any) -> dict[str, Any]:
    return deal("D1", "CHIP", "PRIV:lab", "equity", amount, **more)


def test_a_ramp_states_no_amount() -> None:
    term = {"term_start": date(2026, 1, 1), "term_end": date(2026, 12, 31)}
    spread = assumption("A1", "D1", "term", **term)
    ramp = assumption("A2", "D1", "ramp", base=0.5, term_end=date(2026, 7, 1))
    found = promised([stake(0.1)], spread, ramp)
    assert found.committed_bn_usd == 0.1


def test_an_assumed_amount_counts_in_its_own_currency() -> None:
    given = assumption("A1", "D1", "amount", base=3.0, currency="EUR")
    assert promised([stake(None)], given).committed_bn_usd == 6.0


def test_a_yearly_amount_is_no_headline_and_without_a_first_day_nobody_knows_what_is_paid() -> None:
    yearly = assumption("A1", "D1", "annual", base=3.0, term_end=date(2028, 12, 31), currency="USD")
    found = promised([stake(None)], yearly)
    assert (found.committed_bn_usd, found.paid_bn_usd) == (None, None)


def test_milestones_add_up_to_the_headline_where_the_deal_states_none() -> None:
    days = (date(2026, 3, 1), date(2027, 3, 1))
    parts = [assumption(f"A{k}", "D1", "milestone", base=4.0, term_end=day) for k, day in enumerate(days)]
    found = promised([stake(5.0)], *parts)
    assert found.committed_bn_usd == 8.0
    assert found.paid_bn_usd == pytest.approx(2.5)  # half of the amount of the deal


def test_a_vendor_whose_promises_state_no_amount_has_a_null_and_not_a_zero() -> None:
    buys = deal("D2", "PRIV:lab", "CHIP", "hardware_purchase", 5)
    (row,) = stress(deals=[stake(None), buys]).vendor_finance.to_dicts()
    assert (row["committed_bn_usd"], row["drawn_bn_usd"], row["drawn_share"]) == (None, None, None)
    assert row["unknown"] == "D1"
    assert "no total committed" in row["reason"]


def test_guarantees_without_an_amount_are_not_given_as_zero() -> None:
    buys = deal("D2", "PRIV:lab", "CHIP", "hardware_purchase", 5)
    rows = run(deals=[deal("D1", "CHIP", "PRIV:lab", "backstop", None), buys]).attribution
    given = dict(rows.select("node", "contingent_bn_usd").unique().iter_rows())
    assert given == {"CHIP": None, "PRIV:lab": 0.0}


def test_an_overdraft_is_no_cash_and_stops_no_run() -> None:
    C = np.array([[0.0, 30.0], [0.0, 0.0]])
    net = network(C, np.zeros((2, 2)), [10.0, 100.0], [20.0, 0.0])
    grid = {"case": "ledger", "labs": [0], "cuts": [1.0], "recoveries": (0.8, 0.8), "guarantees": []}
    made = [
        clear_grid(net, C, **grid, cash_bn_usd=cash, window_years=1)[0].base.shortfall_to.tolist()  # type: ignore[arg-type]
        for cash in ({net.nodes[0]: -5.0}, {})
    ]
    assert made[0] == made[1] == [0.0, 20.0]


def test_a_lab_whose_revenue_nobody_publishes_has_no_cover() -> None:
    rows = stress(deals=[deal("D2", "PRIV:lab", "CHIP", "hardware_purchase", 5)], figures=[]).coverage
    row = rows.filter(pl.col("case") == "ledger").row(0, named=True)
    assert (row["revenue_bn_usd"], row["revenue_cover"], row["total_cover"]) == (None, None, None)
    assert (row["commitments_bn_usd"], row["reason"]) == (5.0, "its revenue is not known")


def test_books_with_nulls_everywhere_give_reasons() -> None:
    empty = [{"ticker": row["ticker"], **dict.fromkeys(set(row) - set(KEPT))} for row in BOOKS]
    panel = [
        {**{k: row[k] for k in KEPT if k in row}, **none} for row, none in zip(BOOKS, empty, strict=True)
    ]
    frame = stress(panel=panel).equity
    assert frame.get_column("final_loss").null_count() == frame.height
    assert frame.get_column("reason").null_count() == 0


def test_two_tranches_of_one_day_may_state_different_ends() -> None:
    day = date(2026, 3, 1)
    parts = [
        assumption("A1", "D1", "milestone", base=2.0, term_end=day),
        assumption("A2", "D1", "milestone", low=1.0, base=3.0, term_end=day),
    ]
    assert promised([stake(5.0)], *parts).paid_bn_usd == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("field", "words"), [("ramp", "no stated day"), ("notice", "notice without its days")]
)
def test_a_schedule_without_its_figure_is_refused_by_name(field: str, words: str) -> None:
    term = {"term_start": date(2026, 1, 1), "term_end": date(2026, 12, 31)}
    row = deal("D1", "PRIV:lab", "CHIP", "lease", 5, **term)
    with pytest.raises(DataError, match=words):
        run(deals=[row], assumptions=[assumption("A1", "D1", field)])


def test_a_negative_amount_is_not_summed_and_says_so() -> None:
    (row,) = run(deals=[stake(-5.0)]).flows.to_dicts()
    assert not row["is_summed"]
    assert "the amount is negative" in row["note"]
