"""Backlog: run-off, concentration, quality, who committed to what, degenerate input."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposures.tables import DEALS, FIGURES, MEMBERSHIPS, NODES
from models.backlog import DEFAULT, USAGE, concentration, quality
from models.backlog_customers import Customer
from models.capex_efficiency import EfficiencyResult, capex_efficiency
from models.tables import BACKLOG, BACKLOG_CUSTOMERS, PANEL, QUARTERS
from tests.test_models.test_capex_efficiency import AS_OF, Q1, YEAR, figure, member

LABS = [
    {"node": "PRIV:openai", "name": "OpenAI", "kind": "private", "aliases": "", "is_lab": True},
    {"node": "PRIV:anthropic", "name": "Anthropic", "kind": "private", "aliases": "", "is_lab": True},
    {"node": "META", "name": "Meta Platforms", "kind": "listed", "aliases": "", "is_lab": False},
]
HELD = [figure(1, "backlog", 400.0, Q1, 0, "AWS"), figure(2, "revenue", 40.0, Q1, 3, "AWS")]
SHARE = figure(3, "rpo_share_openai", 0.16, YEAR, 0, unit="ratio", currency=None, grade="C")


def deal(i: int, payer: str, amount: float | None, announced: date, **more: Any) -> dict[str, Any]:
    return {
        "deal_id": f"D{i:03d}", "payer": payer, "payee": "AMZN", "payer_name": payer, "payee_name": "AWS",
        "kind": "cloud_contract", "flow_class": "commercial", "amount_base": amount, "currency": "USD",
        "status": "definitive", "announced": announced, "is_additive": True, "source": f"d{i}", "grade": "A",
    } | more  # fmt: skip


def owed(figures: list[dict[str, Any]], deals: list[dict[str, Any]]) -> EfficiencyResult:
    result = capex_efficiency(
        panel=PANEL.frame([]), quarters=QUARTERS.frame([]), memberships=MEMBERSHIPS.frame([member()]),
        figures=FIGURES.frame(figures), as_of=AS_OF, fx_to_usd={}, is_simulated=False,
        deals=DEALS.frame(deals), nodes=NODES.frame(LABS),
    )  # fmt: skip
    assert BACKLOG.faults(result.backlog) == []
    assert BACKLOG_CUSTOMERS.faults(result.backlog_customers) == []
    return result


def measure(result: EfficiencyResult, key: str) -> dict[str, Any]:
    found: dict[str, Any] = result.backlog.row(by_predicate=pl.col("measure") == key, named=True)
    return found


def test_a_published_share_counts_until_a_newer_contract() -> None:
    older = deal(1, "PRIV:openai", 38.0, date(2025, 11, 3))
    stands = owed([*HELD, SHARE], [older]).backlog_customers.row(0, named=True)
    assert (stands["share"], stands["basis"], stands["kind"]) == (0.16, "published share", "estimate")
    assert stands["commitments_bn_usd"] == 38.0
    newer = owed([*HELD, SHARE], [older, deal(2, "PRIV:openai", 100.0, date(2026, 2, 27))])
    row = newer.backlog_customers.row(0, named=True)
    assert row["share"] == pytest.approx(138 / 400)
    assert (row["basis"], row["kind"]) == ("commitments over backlog", "inference")
    assert "older published share 16%" in row["detail"]


def test_contracts_after_the_backlog_s_day_are_not_in_it() -> None:
    result = owed([*HELD, SHARE], [deal(1, "PRIV:anthropic", 100.0, date(2026, 4, 20))])
    row = result.backlog_customers.row(by_predicate=pl.col("customer") == "PRIV:anthropic", named=True)
    assert row["share"] is None
    assert row["commitments_bn_usd"] == 100.0
    assert "signed after the backlog's day" in row["detail"]


def test_what_may_not_be_added_is_not_added() -> None:
    deals = [
        deal(1, "META", 40.0, date(2025, 8, 1)),
        deal(2, "META", 60.0, date(2025, 9, 1), is_additive=False),
        deal(3, "META", 80.0, date(2025, 9, 1), superseded_by="D001"),
        deal(4, "META", 90.0, date(2025, 9, 1), status="terminated"),
        deal(5, "META", 70.0, date(2026, 9, 1)),
        deal(6, "META", 70.0, date(2025, 9, 1), kind="equity", flow_class="financing"),
    ]
    row = owed(HELD, deals).backlog_customers.row(0, named=True)
    assert row["commitments_bn_usd"] == 40.0
    assert row["share"] == pytest.approx(0.1)


def test_concentration_and_quality_by_hand() -> None:
    deals = [deal(1, "PRIV:openai", 200.0, date(2025, 9, 1)), deal(2, "META", 80.0, date(2025, 9, 1))]
    result = owed(HELD, deals)
    assert measure(result, "lab_share")["value"] == pytest.approx(0.5)
    assert measure(result, "top_customer_share")["value"] == pytest.approx(0.5)
    hhi = measure(result, "hhi")
    assert (hhi["low"], hhi["high"]) == (pytest.approx(0.29), pytest.approx(0.38))
    # Half from a lab, half from others: .75 (.5 * .85 + .5 * .98).
    assert measure(result, "quality")["value"] == pytest.approx(0.75 * (0.5 * 0.85 + 0.5 * 0.98))
    assert measure(result, "quality")["low"] == pytest.approx(0.5 * (0.5 * 0.60 + 0.5 * 0.96))
    assert measure(result, "quality")["high"] == pytest.approx(0.5 * 0.95 + 0.5 * 0.99)
    assert measure(result, "quality")["kind"] == "inference"


def test_run_off_from_the_best_statement() -> None:
    life = figure(4, "rpo_avg_remaining_life", 4.0, YEAR, 0, unit="years", currency=None)
    two = figure(5, "rpo_due_24m", 0.5, Q1, 0, unit="ratio", currency=None)
    one = figure(6, "rpo_due_12m", 0.2, Q1, 0, unit="ratio", currency=None)
    for figures, value in (([life], 100.0), ([life, two], 100.0), ([life, two, one], 80.0)):
        result = owed([*HELD, *figures], [])
        assert measure(result, "run_off")["value"] == pytest.approx(value)
        assert measure(result, "run_off_to_revenue")["value"] == pytest.approx(value / 160)
    assert measure(owed([*HELD, life], []), "remaining_life")["kind"] == "fact"


def test_missing_figures_have_reasons() -> None:
    bare = owed([], [])
    assert bare.backlog.get_column("value").null_count() == bare.backlog.height == 9
    assert bare.backlog.get_column("reason").null_count() == 0
    nothing = owed(HELD, [])
    assert "neither a part due within a year nor a life" in measure(nothing, "run_off")["reason"]
    assert "no customer's share" in measure(nothing, "quality")["reason"]
    silent = owed(
        HELD, [deal(1, "PRIV:openai", None, date(2025, 9, 1)), deal(2, "META", 8.0, date(2025, 9, 1))]
    )
    assert measure(silent, "lab_share")["value"] is None
    assert "OpenAI signed without a published amount" in measure(silent, "hhi")["reason"]


shares = st.lists(st.floats(0.0, 1.0), max_size=6)


def customer(share: float | None, *, is_lab: bool = True) -> Customer:
    return Customer("N", "N", is_lab, share, None, False, "inference", "s", "w")


@given(shares)
def test_concentration_lies_between_its_ends(found: list[float]) -> None:
    low, high = concentration(found)
    assert 0 <= low <= high <= 1 + 1e-9
    if sum(found) >= 1:
        assert low == pytest.approx(high, abs=1e-9)


@given(shares, st.integers(0, 2))
def test_quality_is_a_share_and_falls_with_labs(found: list[float], case: int) -> None:
    labs = quality([customer(w) for w in found], case)
    others = quality([customer(w, is_lab=False) for w in found], case)
    assert 0 < labs <= others + 1e-9 <= 1 + 1e-9
    assert others == pytest.approx((1 - DEFAULT[False][case]) * (1 - USAGE[case]))
    assert quality([customer(None)], case) == pytest.approx(others)


def test_a_figure_stands_until_the_newer_one_is_known() -> None:
    later = date.fromordinal(AS_OF.toordinal() + 1)
    old = {**HELD[0], "superseded_by": "F009"}
    new = {**figure(9, "backlog", 500.0, Q1, 0, "AWS"), "figure_id": "F009", "known_at": later}
    assert measure(owed([old, HELD[1], new], []), "backlog")["value"] == 400.0
    known = {**new, "known_at": AS_OF}
    assert measure(owed([old, HELD[1], known], []), "backlog")["value"] == 500.0


def test_a_letter_of_intent_is_no_commitment() -> None:
    signed = deal(1, "PRIV:openai", 40.0, date(2025, 11, 3))
    letter = deal(2, "PRIV:openai", 100.0, date(2025, 11, 4), status="loi")
    row = owed(HELD, [signed, letter]).backlog_customers.row(0, named=True)
    assert (row["commitments_bn_usd"], row["share"]) == (40.0, pytest.approx(0.1))
