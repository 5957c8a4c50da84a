"""The stress end to end on the toy ledger: equity at risk, cover of the labs, vendors then and now."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_capex_loop import (
    AS_OF,
    TOY_DEALS,
    TOY_FIGURES,
    TOY_MEMBERS,
    TOY_NODES,
    deal,
    member,
    node,
    one,
    revenue,
)

from exposures.history import YARDSTICK
from exposures.load import load_theme
from exposures.tables import ASSUMPTIONS, DEALS, FIGURES, MEMBERSHIPS, NODES, RELATIONS
from exposures.theme import LoopSettings
from models.capex_loop import capex_loop
from models.commitments import commitments
from models.equity_at_risk import LGD_MEAN, LGD_RANGE
from models.flows import year_flows
from models.lab_coverage import lab_coverage
from models.loop_stress import StressResult, loop_stress
from models.tables import (
    CLEARING_RESULTS,
    EQUITY_AT_RISK,
    LAB_COVERAGE,
    NODE_ACCOUNTS,
    PANEL,
    TRIGGERED_CLAIMS,
    VENDOR_FINANCE,
)

BOOKS = [
    {
        "ticker": "CHIP",
        "equity_usd": 50e9,
        "market_cap_usd": 1000e9,
        "gross_margin": 0.6,
        "revenue_ttm_usd": 200e9,
    },
    {
        "ticker": "CLOUD",
        "equity_usd": 20e9,
        "market_cap_usd": 100e9,
        "gross_margin": 0.4,
        "revenue_ttm_usd": 80e9,
    },
]
STRESSED = {"window_years": 1, "draws": 0, "funding_cut_grid": (1.0,)}


def stress(
    *,
    deals: list[dict[str, Any]] | None = None,
    nodes: list[dict[str, Any]] | None = None,
    members: list[dict[str, Any]] | None = None,
    figures: list[dict[str, Any]] | None = None,
    assumptions: list[dict[str, Any]] | None = None,
    panel: list[dict[str, Any]] | None = None,
    yardstick: pl.DataFrame | None = None,
    as_of: date = AS_OF,
    **more: Any,
) -> StressResult:
    tables = {
        "deals": DEALS.frame(TOY_DEALS if deals is None else deals),
        "nodes": NODES.frame(TOY_NODES if nodes is None else nodes),
        "assumptions": ASSUMPTIONS.frame(assumptions or []),
        "relations": RELATIONS.frame([]),
        "memberships": MEMBERSHIPS.frame(TOY_MEMBERS if members is None else members),
    }
    made = LoopSettings(**{**STRESSED, **more})
    loop = capex_loop(
        **tables, figures=FIGURES.frame(TOY_FIGURES if figures is None else figures), settings=made, as_of=as_of, fx_to_usd={}
    )  # fmt: skip
    result = loop_stress(
        loop,
        **tables,
        figures=FIGURES.frame(TOY_FIGURES if figures is None else figures),
        yardstick=YARDSTICK.empty() if yardstick is None else yardstick,
        panel=PANEL.frame(BOOKS if panel is None else panel),
        settings=made,
        as_of=as_of,
        fx_to_usd={},
        funding_cut=made.funding_cut,
    )
    for table, frame in (
        (CLEARING_RESULTS, result.clearing), (TRIGGERED_CLAIMS, result.triggered), (EQUITY_AT_RISK, result.equity),
        (LAB_COVERAGE, result.coverage), (VENDOR_FINANCE, result.vendor_finance),
    ):  # fmt: skip
        assert table.faults(frame) == []
        for column in frame.select(pl.col(pl.Float64)).get_columns():
            assert column.is_nan().sum() in (0, None), column.name
    return result


def test_equity_at_risk_by_hand() -> None:
    """All funding of the lab stops: it has 13 for 35 of contracts and defaults.

    CHIP writes down its stake of 10 (D1), its guarantee D7 is called up to 8 of the gap of 22, and it loses
    the sales that the lab's 27 paid for.
    """
    members = [member("CHIP", "supplier"), member("CLOUD", "payer")]
    result = stress(members=members, asset_recovery=1.0, claim_recovery=1.0)
    chip = one(result.equity.filter(pl.col("funding_cut") == 1.0), node="CHIP", basis="book")
    to_chip = 5 / 40 + 30 / 40 * 20 / 95
    lost = 27 * to_chip  # the way back through CHIP's stake is cut as well
    assert chip["revenue_loss_bn_usd"] == pytest.approx(lost)
    assert chip["write_down_bn_usd"] == pytest.approx(10 + 8)
    own = LGD_MEAN * 18 + 0.79 * 0.6 * lost
    assert chip["initial_loss"] == pytest.approx(own / 50)
    assert chip["final_loss"] == pytest.approx(own / 50)
    ends = [(lgd * 18 + 0.79 * 0.6 * lost) / 50 for lgd in LGD_RANGE]
    assert [chip["final_low"], chip["final_high"]] == pytest.approx(ends)
    market = one(result.equity.filter(pl.col("funding_cut") == 1.0), node="CHIP", basis="market")
    assert market["initial_loss"] == pytest.approx(own / 1000)
    lab = one(result.equity.filter(pl.col("funding_cut") == 1.0), node="PRIV:lab", basis="book")
    assert (lab["final_loss"], lab["reason"]) == (None, "no accounts in the panel: not listed")


def test_the_beta_prior_has_a_mean_of_three_quarters() -> None:
    from scipy.stats import beta

    assert LGD_MEAN == beta(3, 1).mean() == 0.75
    assert pytest.approx(beta(3, 1).ppf([0.05, 0.95]), abs=1e-14) == LGD_RANGE


def test_losses_travel_along_stakes_between_listed_companies() -> None:
    """CHIP holds 25 of CLOUD (equity 20): Lambda = 25/50, so it loses half of what CLOUD loses, on top."""
    deals = [*TOY_DEALS, deal("D50", "CHIP", "CLOUD", "equity", 25, announced=date(2020, 1, 1))]
    result = stress(deals=deals, members=[member("CHIP", "supplier"), member("CLOUD", "payer")])
    rows = result.equity.filter((pl.col("funding_cut") == 1.0) & (pl.col("basis") == "book"))
    chip, cloud = one(rows, node="CHIP"), one(rows, node="CLOUD")
    assert cloud["final_loss"] == cloud["initial_loss"] > 0
    assert chip["final_loss"] == pytest.approx(chip["initial_loss"] + 25 / 50 * cloud["initial_loss"])
    assert chip["steps"] == 2
    assert (chip["spectral_radius"], chip["is_unstable"]) == (0.0, False)


def test_a_circle_of_stakes_above_the_equity_is_unstable_and_says_so() -> None:
    deals = [
        *TOY_DEALS,
        deal("D50", "CHIP", "CLOUD", "equity", 60, announced=date(2020, 1, 1)),
        deal("D51", "CLOUD", "CHIP", "equity", 30, announced=date(2020, 1, 1)),
    ]
    result = stress(deals=deals)
    chip = one(result.equity.filter(pl.col("funding_cut") == 1.0), node="CHIP", basis="book")
    assert chip["spectral_radius"] == pytest.approx((60 / 50 * 30 / 20) ** 0.5)
    assert chip["is_unstable"]
    assert chip["final_loss"] == 1.0


def test_no_equity_is_a_reason_and_not_a_loss() -> None:
    panel = [{**BOOKS[0], "equity_usd": -2e9}, {**BOOKS[1], "equity_usd": None, "market_cap_usd": None}]
    rows = stress(panel=panel).equity.filter(pl.col("funding_cut") == 1.0)
    chip = one(rows, node="CHIP", basis="book")
    assert chip["final_loss"] is None
    assert chip["reason"].startswith("book equity is -2 bn USD")
    assert one(rows, node="CHIP", basis="market")["final_loss"] > 0
    assert one(rows, node="CLOUD", basis="book")["reason"] == "book equity not known"
    assert one(rows, node="CLOUD", basis="market")["reason"] == "market value not known"


def test_an_unknown_margin_leaves_the_claims_alone_and_says_so() -> None:
    panel = [{**BOOKS[0], "gross_margin": None}, {**BOOKS[1], "gross_margin": None}]
    rows = stress(panel=panel).equity.filter(pl.col("funding_cut") == 1.0)
    chip = one(rows, node="CHIP", basis="book")
    assert chip["initial_loss"] == pytest.approx(LGD_MEAN * chip["write_down_bn_usd"] / 50)
    assert chip["note"] == "claims alone, own loss not known: gross margin not known"
    assert one(rows, node="CLOUD", basis="book")["reason"] == "own loss not known: gross margin not known"


def test_stakes_count_at_cost_from_before_the_window_and_only_as_far_as_paid() -> None:
    terms = {"term_start": date(2026, 3, 1), "term_end": date(2026, 8, 31)}
    deals = [
        deal("D1", "CHIP", "PRIV:lab", "equity", 10, announced=date(2019, 5, 1), amount_headline=13.0),
        deal("D2", "CHIP", "PRIV:lab", "equity", 30),
        deal("D3", "CHIP", "PRIV:lab", "equity", None),
        deal("D4", "CHIP", "PRIV:lab", "equity", 50, status="loi"),
        deal("D5", "MKT:venture", "PRIV:lab", "equity", 50),
        deal("D6", "CHIP", "PRIV:lab", "backstop", 6, amount_high=8),
        deal("D7", "CHIP", "PRIV:lab", "backstop", 6, term_end=date(2026, 5, 31)),
    ]
    extra = [
        {"assumption_id": "A1", "deal_id": "D2", "field": "term", **terms, "reasoning": "x", "known_at": AS_OF},
        {"assumption_id": "A2", "payer": "CLOUD", "payee": "PRIV:lab", "kind": "debt", "field": "amount", "low": 0.0,
         "base": 2.0, "high": 4.0, **terms, "reasoning": "x", "known_at": AS_OF},
    ]  # fmt: skip
    frames = {"deals": DEALS.frame(deals), "assumptions": ASSUMPTIONS.frame(extra)}
    flows = year_flows(**frames, nodes=NODES.frame(TOY_NODES), as_of=AS_OF, fx_to_usd={})
    found = {c.flow_id: c for c in commitments(flows, **frames, as_of=AS_OF, fx_to_usd={})}
    passed = 93 / 184  # 2026-03-01 to 2026-06-01 of 2026-03-01 to 2026-08-31
    shown = {key: (c.committed_bn_usd, c.paid_bn_usd) for key, c in found.items()}
    assert shown == {
        "D1": (13.0, 10.0), "D2": (30.0, pytest.approx(30 * passed)), "D3": (None, None), "D6": (8.0, 0.0),
        "A2": (4.0, pytest.approx(2 * passed)),
    }  # fmt: skip
    assert found["D6"].is_guarantee


def test_a_funding_stop_hits_the_grid_and_the_cut_of_the_run_once() -> None:
    result = stress(funding_cut_grid=(0.25, 0.5, 1.0))
    assert sorted(set(result.clearing.get_column("funding_cut"))) == [0.25, 0.5, 1.0]
    assert result.equity.height == 3 * 2 * 3  # cuts, bases, CHIP, CLOUD and the lab
    unpaid = result.clearing.filter(
        (pl.col("node") == "PRIV:lab")
        & (pl.col("scenario") == "base")
        & ~pl.col("has_default_costs")
        & (pl.col("case") == "ledger")
    )
    assert unpaid.sort("funding_cut").get_column("shortfall_bn_usd").to_list() == pytest.approx(
        [1.75, 8.5, 22]
    )


def test_a_contract_under_notice_is_owed_only_to_its_end() -> None:
    """Thirty days of notice on 2026-06-01: 182 of the 365 days of the 30 are owed."""
    notice = {
        "assumption_id": "A1",
        "deal_id": "D2",
        "field": "notice",
        "base": 30.0,
        "reasoning": "x",
        "known_at": AS_OF,
    }
    rows = stress(assumptions=[notice]).clearing.filter(
        (pl.col("node") == "PRIV:lab")
        & (pl.col("scenario") == "base")
        & (pl.col("case") == "with_assumptions")
    )
    owed = 5 + 30 * 182 / 365
    assert rows.get_column("owed_bn_usd").to_list() == pytest.approx([owed] * rows.height)
    assert rows.height == 4


def test_cover_of_the_labs_by_hand() -> None:
    """The toy's lab sells 13, raises 27 and pays 35: 0.37 by revenue, 1.14 with funding."""
    rows = stress().coverage
    row = one(rows, case="ledger")
    assert row["period"] == "2026"
    assert (row["revenue_bn_usd"], row["funding_bn_usd"], row["commitments_bn_usd"]) == (13, 27, 35)
    assert (row["revenue_cover"], row["total_cover"]) == (pytest.approx(13 / 35), pytest.approx(40 / 35))
    assert "2027" not in rows.get_column("period")
    idle = NODE_ACCOUNTS.frame(
        [{"node": "L", "name": "L", "case": "ledger", "revenue_bn_usd": 1.0, "third_party_revenue_bn_usd": 1.0,
          "outside_debt_bn_usd": 0.0, "outside_equity_bn_usd": 0.0, "cash_draw_bn_usd": 0.0, "throughflow_bn_usd": 1.0,
          "outflow_bn_usd": 0.0, "cycling_index": 0.0, "revenue_origin": "x", "is_simulated": False}]
    )  # fmt: skip
    none = lab_coverage(idle, {"L"}, period="2026").row(0, named=True)
    assert (none["total_cover"], none["reason"]) == (None, "it pays nobody in the ledger in this period")


def test_cover_by_calendar_year_averages_to_the_window() -> None:
    """The contract of 30 falls into 2026, one of 60 into 2027, 17 + 10 of funding into 2026 alone."""
    later = deal(
        "D70",
        "PRIV:lab",
        "CLOUD",
        "cloud_contract",
        60,
        term_start=date(2027, 1, 1),
        term_end=date(2027, 12, 31),
    )
    rows = stress(deals=[*TOY_DEALS, later], window_years=2).coverage.filter(case="with_assumptions")
    by_period = {row["period"]: row for row in rows.iter_rows(named=True)}
    paid = {period: row["commitments_bn_usd"] for period, row in by_period.items()}
    assert paid == {"2026-2027": pytest.approx(47.5), "2026": pytest.approx(35), "2027": pytest.approx(60)}
    funded = {period: row["funding_bn_usd"] for period, row in by_period.items()}
    assert funded == {"2026-2027": 13.5, "2026": 27, "2027": 0}
    assert by_period["2027"]["total_cover"] == pytest.approx(13 / 60)


def test_the_yardstick_of_the_theme_closes_and_gives_the_published_ratios() -> None:
    """Lucent 10-K FY2001, table of customer finance on 2000-09-30; WSJ on its reserve; annual report 2002."""
    facts = load_theme("multicloud-gpu", as_of=AS_OF).yardstick
    lucent = facts.filter((pl.col("vendor") == "Lucent") & (pl.col("period") == "2000-09-30"))
    cell = {(m, s): v for m, s, v in lucent.select("measure", "state", "value").iter_rows()}
    for state in ("committed", "drawn", "available", "not_available"):
        assert cell["loans", state] + cell["guarantees", state] == pytest.approx(
            cell["total", state], abs=1e-12
        )
    for measure in ("loans", "guarantees", "total"):
        parts = sum(cell[measure, state] for state in ("drawn", "available", "not_available"))
        assert parts == pytest.approx(cell[measure, "committed"], abs=1e-12)
    year = {
        (m, p): v
        for m, p, v in facts.filter(vendor="Lucent").select("measure", "period", "value").iter_rows()
    }
    assert year["reserve", "FY1999"] + year["provision", "FY2000"] - year["write_offs", "FY2000"] == 501
    assert year["reserve", "FY2000"] == 501
    assert round(100 * (year["revenue", "FY2002"] / year["revenue", "FY2001"] - 1), 1) == -42.1
    secondary = facts.filter(~pl.col("is_fact"))
    assert secondary.height == 5
    assert secondary.get_column("note").str.starts_with("not used as fact").all()
    rows = stress(yardstick=facts).vendor_finance.filter("is_history")
    then = one(rows, vendor="Lucent", period="2000-09-30")
    assert round(then["drawn_share"], 4) == 0.2469
    assert round(then["loans_drawn_share"], 3) == 0.194
    assert round(1 / then["drawn_share"], 1) == 4.0  # the headline is four times what moved
    assert set(rows.get_column("vendor")) == {"Lucent", "Lucent (Winstar alone)", "Nine vendors"}


def test_todays_vendors_are_compared_like_with_like() -> None:
    """CHIP finances the lab, which pays it back through the cloud; its stake in a bank is no vendor finance."""
    result = stress(
        nodes=[*TOY_NODES, node("BANK")],
        deals=[*TOY_DEALS, deal("D60", "CHIP", "BANK", "equity", 40)],
        figures=[*TOY_FIGURES, revenue("F9", "BANK", 10)],
    )
    row = one(result.vendor_finance, vendor="CHIP")
    assert (row["committed_bn_usd"], row["drawn_bn_usd"]) == (18, 10)  # stake 10 and guarantee of at most 8
    assert (row["loans_committed_bn_usd"], row["loans_drawn_bn_usd"]) == (10, 10)
    assert row["committed_to_revenue"] == pytest.approx(18 / 200)
    assert not row["is_history"]
    assert result.vendor_finance.height == 1


@pytest.mark.parametrize("day", [date(2025, 9, 30), date(2026, 6, 1), date(2026, 6, 30)], ids=str)
def test_the_theme_can_be_stressed_on_any_date(day: date) -> None:
    theme = load_theme("multicloud-gpu", as_of=day)
    tables = {
        "deals": theme.deals, "nodes": theme.nodes, "figures": theme.figures, "assumptions": theme.assumptions,
        "relations": theme.relations, "memberships": theme.memberships, "settings": theme.theme.loop, "as_of": day,
        "fx_to_usd": {"KRW": 1 / 1450, "TWD": 1 / 32, "EUR": 1.15},
    }  # fmt: skip
    loop = capex_loop(**tables, null_draws=1)
    made = loop_stress(loop, **tables, yardstick=theme.yardstick, panel=PANEL.frame(BOOKS), funding_cut=1.0)
    assert set(made.clearing.get_column("funding_cut")) == set(theme.theme.loop.funding_cut_grid)
    both = ["node", "case", "funding_cut"]
    unaided = made.clearing.filter(scenario="base")  # a larger call makes a guarantor pay more
    plain, costly = (unaided.filter(pl.col("has_default_costs") == x) for x in (False, True))
    pairs = plain.join(costly, on=both, suffix="_costly")
    assert pairs.height == plain.height > 0
    assert (pairs.get_column("paid_bn_usd_costly") <= pairs.get_column("paid_bn_usd") + 1e-9).all()
    assert made.coverage.get_column("period").n_unique() == 4
    assert made.vendor_finance.filter("is_history").height == 4
    assert made.equity.filter(pl.col("reason").is_null() & pl.col("final_loss").is_null()).is_empty()


def test_an_empty_ledger_and_an_empty_panel() -> None:
    result = stress(deals=[], panel=[])
    assert [
        f.height for f in (result.clearing, result.triggered, result.coverage, result.vendor_finance)
    ] == [0] * 4
    assert result.equity.get_column("reason").null_count() == 0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["CHIP", "CLOUD", "PRIV:lab"]), st.sampled_from(["CHIP", "CLOUD", "PRIV:lab"]),
                  st.sampled_from(["equity", "lease", "backstop", "debt"]), st.one_of(st.none(), st.floats(0, 300))),
        max_size=7,
    ),
    st.floats(-100, 100), st.floats(0, 1),
)  # fmt: skip
def test_any_ledger_and_any_equity_give_fractions_or_a_reason(
    rows: list[tuple[str, str, str, float | None]], equity: float, cut: float
) -> None:
    deals = [deal(f"D{k}", a, b, kind, amount) for k, (a, b, kind, amount) in enumerate(rows)]
    panel = [{**BOOKS[0], "equity_usd": equity * 1e9}, BOOKS[1]]
    frame = stress(deals=deals, panel=panel, funding_cut=cut).equity
    assert (frame.get_column("reason").is_null() == frame.get_column("final_loss").is_not_null()).all()
    known = frame.drop_nulls("final_loss")
    for name in ("initial_loss", "final_loss", "final_low", "final_high"):
        assert ((known.get_column(name) >= 0) & (known.get_column(name) <= 1)).all()
    assert (known.get_column("final_loss") >= known.get_column("initial_loss") - 1e-12).all()
    assert (known.get_column("final_low") <= known.get_column("final_high") + 1e-12).all()
