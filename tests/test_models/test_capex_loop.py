"""The capex loop end to end on the worked toy, written as a small ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposures.load import load_theme
from exposures.tables import ASSUMPTIONS, DEALS, FIGURES, MEMBERSHIPS, NODES, RELATIONS
from exposures.theme import LoopSettings
from models.capex_loop import LoopResult, capex_loop
from models.components import COMPONENT_KEYS
from models.tables import (
    ATTRIBUTION,
    COMPONENTS,
    FLOWS,
    LOOP_NULL,
    LOOPS,
    NODE_ACCOUNTS,
    REVENUE_AT_RISK,
    YEAR_FLOWS,
)

AS_OF = date(2026, 6, 1)
TERM = {"term_start": date(2026, 1, 1), "term_end": date(2026, 12, 31)}
KIND = {"equity": "financing", "debt": "financing", "backstop": "contingent", "warrants": "contingent"}
LOOP_KEYS = {
    "own_financing_share", "own_purchase_share", "capital_market_share", "cycling_index",
    "contingent_exposure", "revenue_at_risk",
}  # fmt: skip


def node(name: str, kind: str = "listed", *, is_lab: bool = False) -> dict[str, Any]:
    return {"node": name, "name": name.title(), "kind": kind, "aliases": [], "is_lab": is_lab}


def deal(
    deal_id: str, payer: str, payee: str, kind: str, amount: float | None, **more: Any
) -> dict[str, Any]:
    term = {} if kind in KIND else TERM
    row = {
        "deal_id": deal_id, "payer": payer, "payee": payee, "payer_name": payer, "payee_name": payee,
        "kind": kind, "flow_class": KIND.get(kind, "commercial"), "amount_low": amount, "amount_base": amount,
        "amount_high": amount, "currency": "USD", "status": "definitive", "announced": date(2026, 2, 1),
        "is_additive": True, "source": f"src {deal_id}", "grade": "A", **term,
    }  # fmt: skip
    return {**row, **more}


def revenue(figure_id: str, name: str, value: float) -> dict[str, Any]:
    return {
        "figure_id": figure_id, "subject": name, "node": name, "metric": "revenue", "value": value, "unit": "bn",
        "currency": "USD", "period": "2025", "period_end": date(2025, 12, 31), "period_months": 12,
        "source": f"src {figure_id}", "grade": "A", "known_at": date(2026, 1, 20),
    }  # fmt: skip


def member(ticker: str, role: str, low: float | None = None, **more: Any) -> dict[str, Any]:
    row = {
        "ticker": ticker, "name": ticker, "country": "US", "group": ticker, "layer": "compute", "segment": role,
        "segment_name": role, "is_primary": True, "role": role, "tier_origin": "default", "tier_reason": "x",
        "tier_source": "x", "revenue_share_low": low, "source": f"share {ticker}",
    }  # fmt: skip
    return {**row, **more}


def relation(supplier: str, customer: str, low: float, known_at: date = date(2026, 1, 1)) -> dict[str, Any]:
    return {
        "supplier": supplier, "customer": customer, "revenue_share_low": low, "source": f"rel {supplier}",
        "grade": "B", "known_at": known_at,
    }  # fmt: skip


TOY_NODES = [
    node("CHIP"), node("CLOUD"), node("PRIV:lab", "private", is_lab=True), node("MKT:bonds", "market"),
    node("MKT:venture", "market"), node("AGG:all", "aggregate"),
]  # fmt: skip
TOY_DEALS = [
    deal("D1", "CHIP", "PRIV:lab", "equity", 10),
    deal("D2", "PRIV:lab", "CLOUD", "cloud_contract", 30),
    deal("D3", "CLOUD", "CHIP", "hardware_purchase", 20),
    deal("D4", "PRIV:lab", "CHIP", "hardware_purchase", 5),
    deal("D5", "MKT:bonds", "CLOUD", "debt", 15),
    deal("D6", "MKT:venture", "PRIV:lab", "equity", 17),
    deal("D7", "CHIP", "PRIV:lab", "backstop", 6, amount_high=8),
    deal("D8", "CHIP", "CLOUD", "backstop", 3, term_end=date(2026, 5, 31)),
    deal("D9", "CHIP", "PRIV:lab", "warrants", None),
]
TOY_FIGURES = [revenue("F1", "CHIP", 200), revenue("F2", "CLOUD", 80), revenue("F3", "PRIV:lab", 13)]
TOY_MEMBERS = [member("CHIP", "supplier", 0.9), member("CLOUD", "payer")]


def run(
    *,
    deals: list[dict[str, Any]] | None = None,
    nodes: list[dict[str, Any]] | None = None,
    figures: list[dict[str, Any]] | None = None,
    assumptions: list[dict[str, Any]] | None = None,
    relations: list[dict[str, Any]] | None = None,
    members: list[dict[str, Any]] | None = None,
    **more: Any,
) -> LoopResult:
    given_settings = {"settings": LoopSettings(window_years=1), "as_of": AS_OF, "fx_to_usd": {}, **more}
    return capex_loop(
        deals=DEALS.frame(TOY_DEALS if deals is None else deals),
        nodes=NODES.frame(TOY_NODES if nodes is None else nodes),
        figures=FIGURES.frame(TOY_FIGURES if figures is None else figures),
        assumptions=ASSUMPTIONS.frame(assumptions or []),
        relations=RELATIONS.frame(relations or []),
        memberships=MEMBERSHIPS.frame(TOY_MEMBERS if members is None else members),
        **given_settings,
    )


def one(frame: pl.DataFrame, **where: str) -> dict[str, Any]:
    rows = frame.filter(pl.all_horizontal(*(pl.col(k) == v for k, v in where.items())))
    assert rows.height == 1, rows
    return rows.row(0, named=True)


def alone(frame: pl.DataFrame, **where: str) -> dict[str, Any]:
    """Return the row of a node on its own, all payments counted."""
    return one(frame, terms="all", consolidation="own", **where)


def part(result: LoopResult, ticker: str, component: str) -> dict[str, Any]:
    return one(result.components, ticker=ticker, component=component)


def checked(result: LoopResult) -> LoopResult:
    for table, frame in (
        (FLOWS, result.flows),
        (NODE_ACCOUNTS, result.accounts),
        (ATTRIBUTION, result.attribution),
        (LOOPS, result.loops),
        (YEAR_FLOWS, result.year_flows),
        (LOOP_NULL, result.loop_null),
        (REVENUE_AT_RISK, result.revenue_at_risk),
        (COMPONENTS, result.components),
    ):
        assert table.faults(frame) == []
    assert result.loop_null.filter(pl.col("p_value").is_null() == pl.col("reason").is_null()).is_empty()
    nulls = result.components.filter(pl.col("value").is_null() & pl.col("reason").is_null())
    assert nulls.height == 0
    assert result.revenue_at_risk.filter(
        pl.col("revenue_at_risk").is_null() == pl.col("reason").is_null()
    ).is_empty()
    return result


def test_the_toy_through_the_ledger_matches_the_methods_note() -> None:
    result = checked(run())
    assert result.year == 2026
    chip = alone(result.attribution, node="CHIP", case="ledger")
    assert chip["revenue_bn_usd"] == 200
    assert round(chip["own_financing_share"] * 200, 6) == 2.828947
    assert round(chip["ext_debt_share"] * 200, 6) == 3.157895
    assert round(chip["ext_equity_share"] * 200, 6) == 4.809211
    assert round(chip["external_share"] * 200, 6) == 175 + 14.203947
    assert round(result.finn_index["ledger"], 8) == 0.01238643
    account = one(result.accounts, node="CLOUD", case="ledger")
    assert (account["third_party_revenue_bn_usd"], account["outside_debt_bn_usd"]) == (50, 15)
    assert account["throughflow_bn_usd"] == 95


EIGHT = (
    "direct_ext_share", "ext_revenue_share", "ext_debt_share", "ext_equity_share", "cash_draw_share",
    "own_financing_share", "own_purchase_share", "intragroup_share",
)  # fmt: skip
SUMS = (
    "own_financing_share", "own_purchase_share", "intragroup_share", "capital_market_share", "external_share",
)  # fmt: skip


def gap_to_one(frame: pl.DataFrame, shares: tuple[str, ...]) -> float:
    gaps = frame.drop_nulls("external_share").select(pl.sum_horizontal(shares)).to_series() - 1
    return float(gaps.abs().max())


def test_eight_shares_sum_to_one_exactly() -> None:
    rows = run().attribution.drop_nulls("external_share")
    assert rows.height == 3 * 2 * 2 * 3  # nodes, cases, terms, consolidations
    assert gap_to_one(rows, EIGHT) < 1e-15
    assert gap_to_one(rows, SUMS) < 1e-12


def test_the_loops_of_the_toy_with_amounts_and_sources() -> None:
    loops = run().loops.filter((pl.col("case") == "ledger") & (pl.col("terms") == "all"))
    assert loops.get_column("loop_id").to_list() == ["L01", "L02"]
    first = loops.row(0, named=True)
    assert first["path"] == "Chip → Priv:Lab → Cloud → Chip"
    assert first["edges"].split("; ")[0] == "Chip → Priv:Lab: financing 10.00 (D1)"
    assert first["deals"] == ["D1", "D2", "D3"]
    assert first["source"] == "src D1+src D2+src D3"
    assert not first["has_assumption"]
    assert loops.get_column("bottleneck_bn_usd").to_list() == [10, 5]
    assert round(first["probability"], 7) == 0.0078947


def test_the_shock_cuts_outside_money_and_inside_investors_of_the_lab() -> None:
    """dT_lab = -(8.5 + 5) / (1 - g) with the way back through CHIP at half the old financing."""
    result = run(members=[member("CHIP", "supplier"), member("CLOUD", "payer")])
    risk = one(result.revenue_at_risk, ticker="CLOUD", case="ledger")
    to_chip = 5 / 40 + 30 / 40 * 20 / 95
    lab = -13.5 / (1 - to_chip * 5 / 200)
    assert risk["revenue_at_risk"] == pytest.approx(-lab * 30 / 40 / 80, rel=1e-12)
    assert risk["channel"] == "network"
    assert risk["clearing_shortfall_bn_usd"] == pytest.approx(8.5 * 30 / 35)
    assert one(result.revenue_at_risk, ticker="PRIV:lab", case="ledger")["revenue_at_risk"] == 0


def test_guarantees_count_at_their_maximum_while_they_run_and_warrants_without_amount_do_not() -> None:
    result = run()
    assert alone(result.attribution, node="CHIP", case="ledger")["contingent_bn_usd"] == 8
    claim = part(result, "CHIP", "contingent_exposure")
    assert claim["value"] is None
    assert "D9" in claim["reason"] and "8 bn USD" in claim["reason"]
    assert part(result, "CLOUD", "contingent_exposure")["value"] == 0
    assert (
        result.flows.filter(pl.col("flow_class") == "contingent").get_column("is_summed").to_list()
        == [False] * 3
    )


def test_a_guarantee_without_amount_is_unknown_not_zero() -> None:
    result = run(deals=[*TOY_DEALS[:6], deal("D7", "CHIP", "PRIV:lab", "backstop", None)])
    claim = part(result, "CHIP", "contingent_exposure")
    assert claim["value"] is None
    assert "D7" in claim["reason"]


def test_components_of_a_company_in_the_ledger() -> None:
    result = run()
    own = part(result, "CHIP", "own_financing_share")
    assert round(own["value"], 6) == 0.014145
    assert own["kind"] == "fact"
    assert own["standard_error"] > 0
    assert own["known_at"] == date(2026, 2, 1)
    assert "ledger alone: 1.4%" in own["detail"]
    assert set(result.components.get_column("component")) == LOOP_KEYS <= COMPONENT_KEYS


def test_without_draws_the_standard_error_is_half_the_range_of_the_amounts() -> None:
    wide = deal("D1", "CHIP", "PRIV:lab", "equity", 10, amount_low=5, amount_high=20)
    low, high = (
        part(run(deals=[{**wide, "amount_base": x}, *TOY_DEALS[1:]]), "CHIP", "own_financing_share")["value"]
        for x in (5, 20)
    )
    no_draws = LoopSettings(window_years=1, draws=0)
    found = part(run(deals=[wide, *TOY_DEALS[1:]], settings=no_draws), "CHIP", "own_financing_share")
    assert found["standard_error"] == pytest.approx((high - low) / 2 / 1.645)
    assert found["value"] == part(run(), "CHIP", "own_financing_share")["value"]


def test_with_and_without_assumptions() -> None:
    """The cloud's purchase has no amount: the triangle exists only where we assume one, and says so."""
    deals = [
        d if d["deal_id"] != "D3" else {**d, **dict.fromkeys(("amount_low", "amount_base", "amount_high"))}
        for d in TOY_DEALS
    ]
    extra = [
        {
            "assumption_id": "A1", "deal_id": "D3", "field": "annual", "low": 10, "base": 20, "high": 30,
            "currency": "USD", "reasoning": "capex guidance", "known_at": date(2026, 3, 1),
        }
    ]  # fmt: skip
    result = checked(run(deals=deals, assumptions=extra))
    loops = result.loops.filter(pl.col("terms") == "all")
    loops = loops.select("case", "loop_id", "length", "has_assumption").rows()
    assert loops == [
        ("with_assumptions", "L01", 3, True), ("with_assumptions", "L02", 2, False), ("ledger", "L02", 2, False),
    ]  # fmt: skip
    assert result.loops.get_column("deals").to_list()[0] == ["D1", "D2", "D3", "A1"]
    full, ledger = (alone(result.attribution, node="CHIP", case=c) for c in ("with_assumptions", "ledger"))
    assert round(full["own_financing_share"], 6) == 0.014145
    assert ledger["own_financing_share"] == pytest.approx(10 * 5 / 40 / 200)
    own = part(result, "CHIP", "own_financing_share")
    assert own["kind"] == "estimate"
    assert "ledger alone: 0.6%" in own["detail"]
    assert "assumptions A1" in own["detail"]
    assert own["standard_error"] > 0
    assert own["known_at"] == date(2026, 3, 1)


NOT_COUNTED = [
    {"superseded_by": "D2"}, {"is_additive": False}, {"status": "loi"}, {"status": "terminated"},
    {"payee": "AGG:all"}, {"announced": date(2026, 6, 2)}, {"currency": "XXX"},
]  # fmt: skip


@pytest.mark.parametrize("change", NOT_COUNTED, ids=str)
def test_a_row_that_must_not_count_changes_no_number(change: dict[str, Any]) -> None:
    extra = {**deal("DX", "CHIP", "PRIV:lab", "equity", 100), **change}
    with_row, without = run(deals=[*TOY_DEALS, extra]), run()
    for name in ("accounts", "attribution", "loops", "revenue_at_risk", "components"):
        assert getattr(with_row, name).equals(getattr(without, name)), name
    assert with_row.flows.height == without.flows.height + (change.get("announced") is None)


def test_a_supplier_without_a_deal_inherits_through_its_exposure() -> None:
    """Known customers first, the rest of the stated exposure at the payers' weighted rate."""
    members = [
        *TOY_MEMBERS, member("RAIL", "supplier", 0.5), member("BOARD", "supplier", 0.2),
        member("PIPE", "supplier"), member("APP", "user"),
    ]  # fmt: skip
    relations = [
        relation("RAIL", "CHIP", 0.9, date(2025, 1, 1)), relation("RAIL", "CHIP", 0.3),
        relation("RAIL", "ELSEWHERE", 0.4), relation("RAIL", "CLOUD", 0.8, date(2026, 6, 2)),
    ]  # fmt: skip
    result = checked(run(members=members, relations=relations))
    to_chip = 5 / 40 + 30 / 40 * 20 / 95
    lab = 13.5 / (1 - to_chip * 5 / 200)
    cloud_cut, chip_cut = lab * 30 / 40 / 95, lab * to_chip / 200
    rail = one(result.revenue_at_risk, ticker="RAIL", case="with_assumptions")
    assert rail["revenue_at_risk"] == pytest.approx(0.3 * chip_cut + 0.2 * cloud_cut, rel=1e-12)
    assert rail["channel"] == "segment"
    assert rail["clearing_shortfall_bn_usd"] is None
    row = part(result, "RAIL", "revenue_at_risk")
    assert row["kind"] == "inference"
    assert row["source"] == "share RAIL+rel RAIL"
    assert "CHIP 30%" in row["detail"]
    board = part(result, "BOARD", "capital_market_share")
    chip_origin = 0.0
    for _ in range(60):
        lab_origin = (17 + 10 * chip_origin) / 40
        cloud_origin = (15 + 30 * lab_origin) / 95
        chip_origin = (20 * cloud_origin + 5 * lab_origin) / 200
    assert board["value"] == pytest.approx(0.2 * cloud_origin, rel=1e-12)
    pipe = part(result, "PIPE", "revenue_at_risk")
    assert (pipe["value"], pipe["reason"]) == (None, "no paying deal in the ledger and exposure unknown")
    assert part(result, "PIPE", "own_financing_share")["reason"] == "no deal in the ledger"
    assert part(result, "APP", "revenue_at_risk")["value"] is None


def test_a_small_deal_does_not_hide_the_rest_of_the_exposure() -> None:
    """CHIP's deals are 12.5% of revenue, its stated exposure 90%: the rest comes at the payers' rate."""
    plain = run(members=[member("CHIP", "supplier"), member("CLOUD", "payer")])
    own = one(plain.revenue_at_risk, ticker="CHIP", case="with_assumptions")["revenue_at_risk"]
    result = run()
    to_chip = 5 / 40 + 30 / 40 * 20 / 95
    cloud_cut = 13.5 / (1 - to_chip * 5 / 200) * 30 / 40 / 95
    risk = one(result.revenue_at_risk, ticker="CHIP", case="with_assumptions")
    assert risk["revenue_at_risk"] == pytest.approx(own + (0.9 - 25 / 200) * cloud_cut, rel=1e-12)
    assert risk["channel"] == "segment"
    detail = part(result, "CHIP", "revenue_at_risk")["detail"]
    assert "deals 12.5% of revenue, rest of the stated exposure 78%" in detail


def test_a_company_whose_revenue_is_unknown_has_no_shares() -> None:
    result = checked(run(figures=TOY_FIGURES[:1] + TOY_FIGURES[2:]))
    assert one(result.accounts, node="CLOUD", case="ledger")["revenue_origin"].startswith("network only")
    for key in ("own_financing_share", "capital_market_share", "revenue_at_risk"):
        assert part(result, "CLOUD", key)["value"] is None
        assert "revenue of the year not known" in part(result, "CLOUD", key)["reason"]


def test_a_simulated_revenue_is_used_last_and_marked() -> None:
    result = run(
        figures=TOY_FIGURES[:1] + TOY_FIGURES[2:], simulated_revenue_usd={"CLOUD": 80e9, "CHIP": 1e9}
    )
    rows = result.accounts.filter(pl.col("case") == "ledger").select("node", "is_simulated", "revenue_bn_usd")
    assert rows.rows() == [("CHIP", False, 200), ("CLOUD", True, 80), ("PRIV:lab", False, 13)]
    assert part(result, "CHIP", "own_financing_share")["kind"] == "estimate"


def test_a_contract_that_pays_later_is_named() -> None:
    later = deal(
        "D20",
        "PRIV:lab",
        "CLOUD",
        "cloud_contract",
        300,
        term_start=date(2027, 1, 1),
        term_end=date(2031, 12, 31),
    )
    assert (
        "contracts that pay later: D20"
        in part(run(deals=[*TOY_DEALS, later]), "CLOUD", "revenue_at_risk")["detail"]
    )


def test_no_deals_give_empty_tables_and_reasons() -> None:
    result = checked(run(deals=[]))
    frames = (result.flows, result.accounts, result.attribution, result.loops, result.loop_null)
    assert [f.height for f in frames] == [0] * 5
    assert result.finn_index == {}
    assert result.components.height == 12
    assert result.components.get_column("value").null_count() == 12


def test_one_node_and_two_islands() -> None:
    lonely = checked(run(deals=[TOY_DEALS[4]]))
    assert lonely.attribution.get_column("external_share").to_list() == [1] * 12
    assert lonely.finn_index == {"ledger": 0.0, "with_assumptions": 0.0}
    islands = checked(
        run(
            nodes=[*TOY_NODES, node("X"), node("Y")],
            deals=[*TOY_DEALS, deal("D30", "X", "Y", "lease", 2)],
            figures=[*TOY_FIGURES, revenue("F4", "X", 3), revenue("F5", "Y", 9)],
        )
    )
    for key in ("own_financing_share", "capital_market_share"):
        now, before = (alone(r.attribution, node="CHIP", case="ledger")[key] for r in (islands, run()))
        assert now == pytest.approx(before, rel=1e-12)
    assert one(islands.revenue_at_risk, ticker="Y", case="ledger")["revenue_at_risk"] == 0


@settings(max_examples=25)
@given(st.floats(0, 1), st.floats(0, 1))
def test_revenue_at_risk_rises_with_the_cut(a: float, b: float) -> None:
    mild, deep = (run(funding_cut=x).revenue_at_risk for x in sorted((a, b)))
    gap = deep.get_column("revenue_at_risk") - mild.get_column("revenue_at_risk")
    assert gap.drop_nulls().min() >= -1e-12
    assert set(deep.get_column("funding_cut")) == {max(a, b)}


def test_the_order_of_rows_changes_nothing() -> None:
    a = run()
    b = run(deals=TOY_DEALS[::-1], nodes=TOY_NODES[::-1], figures=TOY_FIGURES[::-1])
    assert a.attribution.equals(b.attribution)
    assert a.revenue_at_risk.equals(b.revenue_at_risk)
    assert a.loops.drop("deals", "source", "edges").equals(b.loops.drop("deals", "source", "edges"))
    values = ("ticker", "component", "value")
    assert a.components.select(values).equals(b.components.select(values))


def test_only_signed_contracts_enter_the_clearing() -> None:
    """With the lab's cloud contract reported by the press alone, 13.5 less still covers the signed 5."""
    deals = [{**d, "status": "media_reported"} if d["deal_id"] == "D2" else d for d in TOY_DEALS]
    risk = one(run(deals=deals).revenue_at_risk, ticker="CLOUD", case="ledger")
    assert risk["clearing_shortfall_bn_usd"] == 0


def test_a_stated_share_that_a_deal_covers_is_not_counted_twice() -> None:
    members = [member("CHIP", "supplier"), member("CLOUD", "payer")]
    plain = run(members=members)
    stated = run(members=members, relations=[relation("CHIP", "CLOUD", 0.1)])
    assert stated.revenue_at_risk.equals(plain.revenue_at_risk)


def test_the_payers_average_is_weighted_by_what_they_pay_suppliers() -> None:
    """A second payer that no lab touches and that buys three times as much cuts the average to a quarter."""
    deals = [*TOY_DEALS, deal("D40", "BANK", "CHIP", "hardware_purchase", 60)]
    members = [*TOY_MEMBERS, member("BANK", "payer"), member("BOARD", "supplier", 0.2)]
    result = run(
        nodes=[*TOY_NODES, node("BANK")],
        deals=deals,
        members=members,
        figures=[*TOY_FIGURES, revenue("F9", "BANK", 500)],
    )
    before = one(run(members=members).revenue_at_risk, ticker="BOARD", case="with_assumptions")[
        "revenue_at_risk"
    ]
    after = one(result.revenue_at_risk, ticker="BOARD", case="with_assumptions")["revenue_at_risk"]
    assert after == pytest.approx(before / 4, rel=1e-12)


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2026, 6, 1), date(2026, 6, 30)], ids=str)
def test_the_theme_closes_its_books_on_any_date(day: date) -> None:
    theme = load_theme("multicloud-gpu", as_of=day)
    result = checked(
        capex_loop(
            deals=theme.deals,
            nodes=theme.nodes,
            figures=theme.figures,
            assumptions=theme.assumptions,
            relations=theme.relations,
            memberships=theme.memberships,
            settings=theme.theme.loop,
            as_of=day,
            fx_to_usd={"KRW": 1 / 1450, "TWD": 1 / 32, "EUR": 1.15},
            groups=theme.groups,
        )
    )
    assert gap_to_one(result.attribution, EIGHT) < 1e-14
    assert gap_to_one(result.attribution, SUMS) < 1e-12
    assert result.components.get_column("ticker").n_unique() == theme.companies.height
    assert result.components.get_column("known_at").max() <= day
    summed = set(result.flows.filter("is_summed").get_column("flow_id"))
    assert summed.isdisjoint({"D001", "D002", "D011", "D028", "D085", "D090", "D100", "D113", "D114", "D123"})
    assert not any("AGG:" in n or "MKT:" in n for n in result.accounts.get_column("node"))


def test_the_amazon_openai_loop_needs_no_assumption() -> None:
    """15 paid at closing in March 2026 against 5.3 + 11.1 of the two cloud contracts in the year."""
    day = date(2026, 6, 30)
    theme = load_theme("multicloud-gpu", as_of=day)
    result = capex_loop(
        deals=theme.deals,
        nodes=theme.nodes,
        figures=theme.figures,
        assumptions=theme.assumptions.clear(),
        relations=theme.relations,
        memberships=theme.memberships,
        settings=theme.theme.loop,
        as_of=day,
        fx_to_usd={},
    )
    loops = result.loops.filter((pl.col("nodes") == ["AMZN", "PRIV:openai"]) & (pl.col("terms") == "all"))
    assert loops.get_column("case").to_list() == ["with_assumptions", "ledger"]
    assert loops.get_column("bottleneck_bn_usd").to_list() == [
        5,
        5,
    ]  # 15 upfront over a window of three years
    assert loops.get_column("deals").to_list() == [["D004", "D005", "D006"]] * 2
