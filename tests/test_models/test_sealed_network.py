"""Money that never leaves a circle: the case has reasoned nulls, every other case stands, no run stops."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_capex_loop import TOY_NODES, checked, deal, member, node, part, revenue, run
from test_loop_stress import stress

from exposures.theme import LoopSettings

CIRCLE = [
    deal("D1", "PRIV:a", "PRIV:b", "equity", 10),
    deal("D2", "PRIV:b", "PRIV:a", "lease", 10),
]
LEAK = deal("D3", "PRIV:b", "CHIP", "hardware_purchase", 4, status="announced")
NODES = [*TOY_NODES, node("PRIV:a", "private"), node("PRIV:b", "private", is_lab=True)]
CHIP = [revenue("F1", "CHIP", 200)]
WHY = "money never leaves PRIV:a, PRIV:b"


def test_a_circle_that_only_unsigned_money_leaves_has_no_firm_figures_and_stops_nothing() -> None:
    result = checked(run(deals=[*CIRCLE, LEAK], nodes=NODES, figures=CHIP))
    rows = result.attribution.filter(pl.col("node") == "PRIV:a")
    whole, firm = rows.filter(terms="all"), rows.filter(terms="firm")
    assert whole.get_column("own_financing_share").null_count() == 0
    assert firm.height == 2 * 3  # cases, consolidations
    assert firm.get_column("revenue_bn_usd").null_count() == firm.height
    assert all(WHY in reason for reason in firm.get_column("reason"))
    assert result.loops.filter(terms="firm").is_empty()
    assert result.loops.filter(terms="all").height == 2
    assert part(result, "CHIP", "own_financing_share")["value"] == 0


def test_a_circle_that_nothing_leaves_is_a_reason_in_every_table() -> None:
    result = checked(run(deals=CIRCLE, nodes=NODES, figures=CHIP))
    assert result.finn_index == {}
    for key in ("own_financing_share", "capital_market_share", "cycling_index", "revenue_at_risk"):
        assert WHY in part(result, "CHIP", key)["reason"]
    assert part(result, "CHIP", "contingent_exposure")["reason"] == "no deal in the ledger"
    assert result.loop_null.height == 2 * 3
    assert result.loop_null.get_column("observed").null_count() == 6
    drawn = result.uncertainty.filter((pl.col("node") == "NETWORK") & (pl.col("case") == "ledger"))
    assert drawn.height == 1
    assert WHY in drawn.item(0, "reason")
    assert result.accounts.is_empty()


def test_the_stress_of_a_sealed_circle_loses_nothing_but_says_why() -> None:
    members = [member("CHIP", "supplier", 0.9), member("CLOUD", "payer")]
    made = stress(deals=CIRCLE, nodes=NODES, figures=CHIP, members=members)
    assert made.clearing.is_empty()
    assert all(WHY in reason for reason in made.equity.get_column("reason"))
    assert made.equity.get_column("write_down_bn_usd").null_count() == made.equity.height
    assert made.coverage.get_column("node").unique().to_list() == ["PRIV:b"]
    assert made.coverage.get_column("commitments_bn_usd").null_count() == made.coverage.height
    assert all(WHY in reason for reason in made.coverage.get_column("reason"))


def test_one_sealed_year_leaves_the_window_and_the_other_years() -> None:
    """The leak is paid in 2027 alone, so the books of 2026 and 2028 cannot be closed."""
    term: dict[str, Any] = {"term_start": date(2026, 1, 1), "term_end": date(2028, 12, 31)}
    lease = deal("D2", "PRIV:b", "PRIV:a", "lease", 10, **term)
    paid = deal("D1", "PRIV:a", "PRIV:b", "hardware_purchase", 10, **term)
    leak = {**LEAK, "term_start": date(2027, 1, 1), "term_end": date(2027, 12, 31)}
    made = stress(deals=[paid, lease, leak], nodes=NODES, figures=CHIP, window_years=3)
    rows = made.coverage.filter(case="with_assumptions").sort("period")
    assert rows.get_column("period").to_list() == ["2026", "2026-2028", "2027", "2028"]
    assert [c is None for c in rows.get_column("commitments_bn_usd")] == [True, False, False, True]
    assert WHY in rows.row(0, named=True)["reason"]


def test_a_sealed_end_of_the_range_leaves_the_value_without_a_standard_error() -> None:
    """Without draws the spread is that of all low and all high amounts; at the low end nothing leaks."""
    leak = {**LEAK, "amount_low": 0.0}
    result = checked(
        run(deals=[*CIRCLE, leak], nodes=NODES, figures=CHIP, settings=LoopSettings(window_years=1, draws=0))
    )
    row = part(result, "CHIP", "capital_market_share")
    assert row["value"] == pytest.approx(4 / 200)  # the circle has no outside money: what leaves is cash
    assert row["standard_error"] is None


PARTIES = ["CHIP", "CLOUD", "PRIV:lab", "PRIV:a", "PRIV:b", "MKT:bonds"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(PARTIES),
            st.sampled_from(PARTIES[:-1]),
            st.sampled_from(["equity", "lease", "backstop", "debt"]),
            st.sampled_from(["definitive", "announced", "loi"]),
            st.one_of(st.none(), st.sampled_from([0.0, 1.0, 10.0]), st.floats(1e-9, 1e6)),
        ),
        max_size=9,
    ),
    st.sampled_from([0, 20]),
    st.booleans(),
)
def test_any_ledger_gives_values_or_reasons(
    rows: list[tuple[str, str, str, str, float | None]], draws: int, has_revenue: bool
) -> None:
    deals = [deal(f"D{k}", a, b, kind, x, status=s) for k, (a, b, kind, s, x) in enumerate(rows)]
    made = LoopSettings(window_years=1, draws=draws)
    figures = CHIP if has_revenue else []
    result = checked(run(deals=deals, nodes=NODES, figures=figures, settings=made, null_draws=3))
    for frame in (result.attribution, result.components, result.loop_null, result.uncertainty):
        for column in frame.select(pl.col(pl.Float64)).get_columns():
            assert column.drop_nulls().is_finite().all(), column.name
    again = checked(run(deals=deals[::-1], nodes=NODES[::-1], figures=figures, settings=made, null_draws=3))
    keys = ["node", "case", "terms", "consolidation"]
    ordered = [r.attribution.sort(keys).drop("reason") for r in (result, again)]
    assert ordered[0].select(keys).equals(ordered[1].select(keys))
    for share in ("own_financing_share", "capital_market_share", "external_share"):
        one_way, other = (f.get_column(share) for f in ordered)
        assert (one_way.is_null() == other.is_null()).all()
        assert ((one_way - other).abs().fill_null(0) < 1e-7).all()
