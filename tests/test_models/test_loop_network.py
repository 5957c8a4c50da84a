"""Years, owed payments and related parties through the whole capex loop, on the worked toy by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_capex_loop import (
    EIGHT,
    TOY_DEALS,
    TOY_FIGURES,
    TOY_NODES,
    alone,
    checked,
    deal,
    gap_to_one,
    node,
    one,
    run,
)

from exposures.errors import DataError
from exposures.load import load_theme
from exposures.tables import GROUPS
from exposures.theme import LoopSettings
from models.capex_loop import LoopResult, capex_loop

AS_OF = date(2026, 6, 1)
WINDOW = {"settings": LoopSettings(window_years=3)}


def assumption(key: str, deal_id: str, field: str, **more: Any) -> dict[str, Any]:
    row = {
        "assumption_id": key, "deal_id": deal_id, "field": field, "reasoning": "because",
        "known_at": date(2026, 3, 1),
    }  # fmt: skip
    return {**row, **more}


def contract(start: date, end: date, **more: Any) -> dict[str, Any]:
    return deal("D2", "PRIV:lab", "CLOUD", "cloud_contract", 30, term_start=start, term_end=end, **more)


def by_year(result: LoopResult, flow_id: str, column: str = "base_bn_usd") -> list[float | None]:
    return result.year_flows.filter(flow_id=flow_id).sort("year").get_column(column).to_list()


def test_each_year_of_a_term_and_the_mean_of_the_window() -> None:
    result = checked(run(deals=[contract(date(2027, 1, 1), date(2031, 12, 31))], **WINDOW))
    days = [0, 365, 366, 365, 365, 365]
    assert by_year(result, "D2") == pytest.approx([30 * d / 1826 for d in days])
    assert result.year_flows.get_column("year").to_list() == list(range(2026, 2032))
    assert one(result.flows, flow_id="D2")["base_bn_usd"] == pytest.approx(30 * 731 / 1826 / 3)
    assert set(result.year_flows.get_column("profile")) == {"even"}


def test_a_ramp_moves_money_to_later_years_and_into_the_network() -> None:
    """Two years at half speed from nothing, three in full: weights 0.5, 1.5, 2, 2, 2 of 8 (in half-years)."""
    ramp = assumption("A1", "D2", "ramp", base=0.0, term_end=date(2029, 1, 1))
    term = contract(date(2027, 1, 1), date(2031, 12, 31))
    result = checked(run(deals=[term], assumptions=[ramp], **WINDOW))
    found = by_year(result, "D2")
    assert found == pytest.approx([0, 3.75 / 2, 3 * 3.75 / 2, 7.5, 7.5, 7.5], rel=5e-3)
    assert sum(v for v in found if v is not None) == pytest.approx(30)
    flow = one(result.flows, flow_id="D2")
    assert flow["base_bn_usd"] == pytest.approx(sum(found[:3]) / 3, rel=1e-12)
    assert flow["is_assumed"]
    assert "A1" in flow["source"]
    ledger, full = (one(result.accounts, node="CLOUD", case=c) for c in ("ledger", "with_assumptions"))
    assert full["revenue_bn_usd"] == ledger["revenue_bn_usd"] == 80
    assert 80 - full["third_party_revenue_bn_usd"] == pytest.approx(flow["base_bn_usd"])
    assert 80 - ledger["third_party_revenue_bn_usd"] == pytest.approx(30 * 731 / 1826 / 3)


def test_tranches_replace_the_lump_and_keep_conditions_out_of_the_base() -> None:
    equity = deal("D1", "CHIP", "PRIV:lab", "equity", 15, amount_high=50)
    parts = [
        assumption("A1", "D1", "milestone", low=15, base=15, high=15, term_end=date(2026, 3, 31)),
        assumption("A2", "D1", "milestone", low=0, base=0, high=35, term_end=date(2028, 12, 31)),
    ]
    result = checked(run(deals=[equity], assumptions=parts, **WINDOW))
    assert by_year(result, "D1") == pytest.approx([15, 0, 0, 0, 0, 0])
    assert by_year(result, "D1", "high_bn_usd") == pytest.approx([15, 0, 35, 0, 0, 0])
    flow = one(result.flows, flow_id="D1")
    assert (flow["low_bn_usd"], flow["base_bn_usd"]) == pytest.approx((5, 5))
    assert flow["high_bn_usd"] == pytest.approx(50 / 3)
    assert not flow["is_assumed"]  # the base is that of the ledger


def test_a_loop_on_the_ledger_alone_rests_on_no_assumption() -> None:
    ramp = assumption("A1", "D2", "ramp", base=0.5, term_end=date(2026, 7, 1))
    loops = run(assumptions=[ramp]).loops.filter(terms="all", loop_id="L01")
    sources = dict(loops.select("case", "source").iter_rows())
    assert sources == {
        "ledger": "src D1+src D2+src D3",
        "with_assumptions": "src D1+src D2 + A1+src D3",
    }


def test_a_ramp_outside_its_term_is_refused() -> None:
    late = assumption("A1", "D2", "ramp", base=0.0, term_end=date(2033, 1, 1))
    with pytest.raises(DataError, match="A1: D2 is at its full rate from 2033-01-01, outside its term"):
        run(deals=[contract(date(2027, 1, 1), date(2031, 12, 31))], assumptions=[late], **WINDOW)
    undated = assumption("A2", "D1", "milestone", base=3)
    with pytest.raises(DataError, match="A2: a milestone without a date"):
        run(deals=[deal("D1", "CHIP", "PRIV:lab", "equity", 15)], assumptions=[undated])


def test_a_schedule_that_is_not_yet_known_does_not_count() -> None:
    ramp = assumption("A1", "D2", "ramp", base=0.0, term_end=date(2029, 1, 1), known_at=date(2026, 6, 2))
    term = contract(date(2027, 1, 1), date(2031, 12, 31))
    result = run(deals=[term], assumptions=[ramp], **WINDOW)
    assert by_year(result, "D2") == by_year(run(deals=[term], **WINDOW), "D2")


def test_a_deal_without_amount_stays_with_null_and_its_reason() -> None:
    result = checked(run(deals=[deal("D2", "PRIV:lab", "CLOUD", "cloud_contract", None)]))
    assert by_year(result, "D2") == [None] * 6
    assert set(result.year_flows.get_column("note")) == {"amount or term not known"}


def test_what_is_owed_by_status_and_notice() -> None:
    """Signed: all of it. Announced: nothing. With 90 days of notice: what falls due until 30 August."""
    term = (date(2026, 1, 1), date(2026, 12, 31))
    notice = assumption("A1", "D2", "notice", base=90)
    owed = {}
    for name, status, extra in (
        ("signed", "definitive", []), ("announced", "announced", []), ("notice", "definitive", [notice]),
    ):  # fmt: skip
        result = checked(run(deals=[contract(*term, status=status)], assumptions=extra))
        assert by_year(result, "D2")[0] == pytest.approx(30)
        owed[name] = by_year(result, "D2", "firm_bn_usd")[0]
    assert owed["signed"] == pytest.approx(30)
    assert owed["announced"] == 0
    assert owed["notice"] == pytest.approx(30 * ((date(2026, 8, 30) - date(2026, 1, 1)).days + 1) / 365)


def test_loops_and_shares_once_for_all_and_once_for_what_is_owed() -> None:
    """The cloud's purchase is only announced: the triangle stays open, the pair of lab and chip maker closes."""
    deals = [d if d["deal_id"] != "D3" else {**d, "status": "announced"} for d in TOY_DEALS]
    result = checked(run(deals=deals))
    loops = {
        t: result.loops.filter(case="ledger", terms=t).get_column("loop_id").to_list()
        for t in ("all", "firm")
    }
    assert loops == {"all": ["L01", "L02"], "firm": ["L02"]}
    chip = {
        t: one(result.attribution, node="CHIP", case="ledger", terms=t, consolidation="own") for t in loops
    }
    assert chip["all"]["own_financing_share"] == pytest.approx(2.828947 / 200, abs=1e-8)
    assert chip["firm"]["own_financing_share"] == pytest.approx(10 * 5 / 40 / 200)
    assert chip["firm"]["revenue_bn_usd"] == 200
    assert chip["firm"]["direct_ext_share"] == pytest.approx(195 / 200)


def related(holder: str, held: str, stake: float | None, **more: Any) -> pl.DataFrame:
    row = {
        "holder": holder, "held": held, "stake": stake, "is_control": False, "basis": "x", "source": "x",
        "grade": "A", "known_at": date(2026, 1, 1),
    }  # fmt: skip
    return GROUPS.frame([{**row, **more}])


def parts_of_chip(groups: pl.DataFrame) -> dict[str, dict[str, Any]]:
    result = checked(run(groups=groups))
    assert gap_to_one(result.attribution, EIGHT) < 1e-14
    return {
        c: one(result.attribution, node="CHIP", case="ledger", terms="all", consolidation=c)
        for c in ("own", "strict", "loose")
    }


def test_the_lab_inside_the_group_turns_its_purchases_into_sales_inside() -> None:
    """CHIP and lab as one: 5 sold inside; the cloud's 20 come from the group's 30, debt 15, revenue 50 of 95."""
    found = parts_of_chip(related("CHIP", "PRIV:lab", 0.3))
    own, loose = found["own"], found["loose"]
    assert found["strict"] == {**own, "consolidation": "strict"}
    assert loose["group_nodes"] == ["CHIP", "PRIV:lab"]
    assert loose["intragroup_share"] * 200 == pytest.approx(5)
    assert loose["own_purchase_share"] * 200 == pytest.approx(20 * 30 / 95)
    assert loose["ext_debt_share"] * 200 == pytest.approx(20 * 15 / 95)
    assert loose["ext_revenue_share"] * 200 == pytest.approx(20 * 50 / 95)
    assert loose["own_financing_share"] == loose["ext_equity_share"] == 0
    assert loose["direct_ext_share"] == own["direct_ext_share"] == 175 / 200


def test_control_joins_in_both_readings_and_a_small_stake_in_none() -> None:
    control = parts_of_chip(related("CHIP", "PRIV:lab", None, is_control=True))
    assert control["strict"]["intragroup_share"] == control["loose"]["intragroup_share"] == 5 / 200
    small = parts_of_chip(related("CHIP", "PRIV:lab", 0.19))
    assert small["loose"] == {**small["own"], "consolidation": "loose"}
    later = parts_of_chip(related("CHIP", "PRIV:lab", 0.9, known_at=date(2026, 6, 2)))
    assert later["loose"] == {**later["own"], "consolidation": "loose"}


def test_a_relative_outside_the_network_changes_nothing() -> None:
    found = parts_of_chip(related("CHIP", "ELSEWHERE", 0.9))
    assert found["loose"]["group_nodes"] == ["CHIP"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(*[st.sampled_from(["CHIP", "CLOUD", "PRIV:lab", "X"])] * 2), max_size=4),
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=4, max_size=4),
)
def test_any_groups_leave_shares_that_sum_to_one(
    pairs: list[tuple[str, str]], stakes: list[tuple[float, bool]]
) -> None:
    rows = [
        related(a, b, stake, is_control=control)
        for (a, b), (stake, control) in zip(dict.fromkeys(pairs), stakes, strict=False)
        if a != b
    ]
    deals = [*TOY_DEALS, deal("D30", "X", "CHIP", "lease", 2)]
    groups = pl.concat(rows) if rows else GROUPS.empty()
    result = run(nodes=[*TOY_NODES, node("X")], deals=deals, figures=TOY_FIGURES, groups=groups, null_draws=2)
    assert gap_to_one(result.attribution, EIGHT) < 1e-14
    shares = result.attribution.select(EIGHT).drop_nulls()
    assert shares.min_horizontal().min() >= 0


@pytest.fixture(scope="module")
def theme_loop() -> LoopResult:
    theme = load_theme("multicloud-gpu", as_of=AS_OF)
    return capex_loop(
        deals=theme.deals,
        nodes=theme.nodes,
        figures=theme.figures,
        assumptions=theme.assumptions,
        relations=theme.relations,
        memberships=theme.memberships,
        settings=theme.theme.loop,
        as_of=AS_OF,
        fx_to_usd={},
        groups=theme.groups,
    )


def test_the_window_mean_of_every_flow_is_the_mean_of_its_years(theme_loop: LoopResult) -> None:
    first = theme_loop.year_flows.filter(pl.col("year") < AS_OF.year + 3)
    means = first.group_by("flow_id").agg(pl.col("low_bn_usd", "base_bn_usd", "high_bn_usd").sum() / 3)
    joined = theme_loop.flows.join(means, on="flow_id", suffix="_years").filter(
        pl.col("base_bn_usd").is_not_null()
    )
    assert joined.height > 60
    for end in ("low", "base", "high"):
        gap = (joined[f"{end}_bn_usd"].fill_null(0) - joined[f"{end}_bn_usd_years"]).abs().max()
        assert gap < 1e-12, end


def test_what_is_owed_is_part_of_what_is_paid(theme_loop: LoopResult) -> None:
    rows = theme_loop.year_flows.drop_nulls("base_bn_usd")
    assert (rows["firm_bn_usd"] <= rows["base_bn_usd"] + 1e-12).all()
    assert rows["firm_bn_usd"].min() >= 0


def test_the_schedules_of_the_theme(theme_loop: LoopResult) -> None:
    """Oracle at 20.5 in 2027 and 82.2 when full; SoftBank's three tenths all in 2026; SpaceX owed 90 days."""
    assert by_year(theme_loop, "D017") == pytest.approx([0, 20.5, 45.3, 69.8, 82.2, 82.2], abs=0.05)
    assert by_year(theme_loop, "D008") == pytest.approx([30, 0, 0, 0, 0, 0])
    assert by_year(theme_loop, "D004", "high_bn_usd") == pytest.approx([15, 0, 35, 0, 0, 0])
    days = (date(2026, 8, 30) - date(2026, 5, 6)).days + 1
    assert by_year(theme_loop, "D069", "firm_bn_usd")[0] == pytest.approx(7.5 * days / 365)
    profiles = dict(theme_loop.year_flows.select("flow_id", "profile").iter_rows())
    ramps = {flow_id for flow_id, profile in profiles.items() if profile == "ramp"}
    assert ramps == {"D005", "D006", "D017", "D035", "D037", "D058", "D070"} & set(profiles)


def test_microsoft_with_openai(theme_loop: LoopResult) -> None:
    own, loose = (
        one(theme_loop.attribution, node="MSFT", case="with_assumptions", terms="all", consolidation=c)
        for c in ("own", "loose")
    )
    assert loose["group_nodes"] == ["MSFT", "PRIV:openai"]
    assert own["intragroup_share"] == 0
    paid = theme_loop.flows.filter(payer="PRIV:openai", payee="MSFT", is_summed=True)["base_bn_usd"].sum()
    assert loose["intragroup_share"] * loose["revenue_bn_usd"] == pytest.approx(paid)
    assert loose["capital_market_share"] < own["capital_market_share"]
    assert alone(theme_loop.attribution, node="AMZN", case="ledger")["group_nodes"] == ["AMZN"]
