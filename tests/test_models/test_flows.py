"""Ledger to yearly flows, and the accounts of the nodes, on rows of a few deals."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposures.errors import DataError
from exposures.tables import ASSUMPTIONS, DEALS, FIGURES, NODES
from models.accounts import Accounts, MarketRevenue, close_accounts, yearly_revenue
from models.bands import Variant, Window
from models.flows import Case, Flow, year_flows
from models.loop_tables import flows_table
from models.payments import overlap_share
from models.raised_money import raised_outside

AS_OF = date(2026, 6, 1)
KINDS = {
    "NVDA": "listed", "MSFT": "listed", "PRIV:lab": "private", "MKT:bonds": "market",
    "MKT:venture": "market", "AGG:clouds": "aggregate",
}  # fmt: skip
CLASS = {"equity": "financing", "debt": "financing", "backstop": "contingent", "licence": "none"}


def nodes() -> pl.DataFrame:
    names = {"NVDA": "NVIDIA", "MSFT": "Microsoft", "PRIV:lab": "Lab"}
    return NODES.frame(
        [
            {"node": n, "name": names.get(n, n), "kind": k, "aliases": [], "is_lab": n == "PRIV:lab"}
            for n, k in KINDS.items()
        ]
    )


def deal(
    deal_id: str, payer: str, payee: str, kind: str, base: float | None = None, **more: Any
) -> dict[str, Any]:
    row = {
        "deal_id": deal_id, "payer": payer, "payee": payee, "payer_name": payer, "payee_name": payee,
        "kind": kind, "flow_class": CLASS.get(kind, "commercial"), "amount_low": base, "amount_base": base,
        "amount_high": base, "currency": "USD", "status": "definitive", "announced": date(2026, 2, 1),
        "is_additive": True, "source": f"src {deal_id}", "grade": "B",
    }  # fmt: skip
    return {**row, **more}


def assumption(assumption_id: str, deal_id: str | None, field: str, **more: Any) -> dict[str, Any]:
    row = {
        "assumption_id": assumption_id, "deal_id": deal_id, "field": field, "reasoning": "because",
        "known_at": date(2026, 3, 1),
    }  # fmt: skip
    return {**row, **more}


def flows(
    deals: list[dict[str, Any]], assumptions: list[dict[str, Any]] | None = None, **more: Any
) -> list[Flow]:
    settings = {"as_of": AS_OF, "fx_to_usd": {"EUR": 1.2}, **more}
    return year_flows(
        deals=DEALS.frame(deals), nodes=nodes(), assumptions=ASSUMPTIONS.frame(assumptions or []), **settings
    )


TERM = {"term_start": date(2026, 1, 1), "term_end": date(2026, 12, 31)}


def test_a_contract_is_spread_over_the_days_of_its_term() -> None:
    (flow,) = flows(
        [
            deal(
                "D1",
                "MSFT",
                "NVDA",
                "cloud_contract",
                73.0,
                term_start=date(2026, 7, 1),
                term_end=date(2028, 6, 30),
            )
        ]
    )
    assert flow.amount("ledger") == pytest.approx(73 * 184 / 731)
    assert not flow.is_assumed


def test_equity_and_debt_fall_whole_on_the_closing_year_whatever_the_maturity() -> None:
    rows = [
        deal("D1", "NVDA", "PRIV:lab", "equity", 30),
        deal("D2", "MKT:bonds", "MSFT", "debt", 18, term_start=date(2026, 4, 1), term_end=date(2056, 4, 1)),
        deal("D3", "MKT:bonds", "MSFT", "debt", 9, announced=date(2025, 9, 1)),
        deal("D4", "MKT:bonds", "MSFT", "debt", 7, announced=date(2025, 12, 1), term_start=date(2026, 1, 2)),
    ]
    assert [f.amount("ledger") for f in flows(rows)] == [30, 18, 0, 7]


def test_low_base_and_high_are_carried_and_a_missing_end_stands_at_base() -> None:
    (flow,) = flows([deal("D1", "NVDA", "PRIV:lab", "equity", 15, amount_low=None, amount_high=50)])
    assert [flow.amount("ledger", v) for v in ("low", "base", "high")] == [15, 15, 50]
    table = flows_table([flow])
    assert table.select("low_bn_usd", "base_bn_usd", "high_bn_usd").row(0) == (None, 15, 50)


BARRED = {
    "loi": {"status": "loi"},
    "loi_superseded": {"status": "loi_superseded"},
    "term_sheet": {"status": "term_sheet"},
    "in_negotiation": {"status": "in_negotiation"},
    "terminated": {"status": "terminated"},
    "superseded by D9": {"superseded_by": "D9"},
    "not additive": {"is_additive": False},
    "aggregate": {"payer": "AGG:clouds"},
    "contingent": {"kind": "backstop", "flow_class": "contingent"},
    "no money flow": {"kind": "licence", "flow_class": "none"},
    "leaves the network": {"payee": "MKT:bonds"},
    "outside customer": {"payer": "MKT:bonds"},
    "one group": {"payer": "NVDA"},
}


@pytest.mark.parametrize("why", BARRED)
def test_rows_that_must_not_be_summed_stay_visible_with_the_reason(why: str) -> None:
    row = {**deal("D1", "MSFT", "NVDA", "hardware_purchase", 10, **TERM), **BARRED[why]}
    newer = deal("D9", "MSFT", "NVDA", "hardware_purchase", 4, **TERM)
    found = flows([row, newer], [assumption("A1", "D1", "annual", low=1, base=2, high=3)])
    assert [found[0].amount(case, v) for case in ("ledger", "with_assumptions") for v in ("low", "high")] == [
        0
    ] * 4
    table = flows_table(found)
    assert table.get_column("flow_id").to_list() == ["D1", "D9"]
    assert table.get_column("is_summed").to_list() == [False, True]
    assert why.split(" by ", maxsplit=1)[0] in str(table.get_column("note")[0])


def test_an_older_row_counts_until_the_newer_one_is_known() -> None:
    rows = [
        deal("D1", "MSFT", "NVDA", "hardware_purchase", 10, superseded_by="D9", **TERM),
        deal("D9", "MSFT", "NVDA", "hardware_purchase", 4, announced=date(2026, 6, 2), **TERM),
    ]
    assert [f.amount("ledger") for f in flows(rows)] == [10]
    assert [f.amount("ledger") for f in flows(rows, as_of=date(2026, 6, 2))] == [0, 4]


def test_currency_is_converted_and_a_missing_rate_is_not_summed() -> None:
    rows = [
        deal("D1", "NVDA", "PRIV:lab", "equity", 10, currency="EUR"),
        deal("D2", "NVDA", "PRIV:lab", "equity", 10, currency="JPY"),
    ]
    found = flows(rows)
    assert [f.amount("ledger") for f in found] == [12, 0]
    assert "no JPY rate" in found[1].note
    assert flows_table(found).get_column("base_bn_usd").to_list() == [12, None]


def test_an_assumption_completes_amount_or_term_in_the_second_case_only() -> None:
    rows = [
        deal("D1", "PRIV:lab", "MSFT", "cloud_contract", 250),
        deal("D2", "PRIV:lab", "NVDA", "hardware_purchase", None, **TERM),
        deal("D3", "PRIV:lab", "NVDA", "hardware_purchase", None),
        deal("D4", "PRIV:lab", "NVDA", "hardware_purchase", None),
    ]
    extra = [
        assumption("A1", "D1", "term", term_start=date(2026, 1, 1), term_end=date(2029, 12, 31)),
        assumption("A2", "D2", "amount", low=5, base=10, high=20),
        assumption("A3", "D3", "annual", low=1, base=2, high=4, term_start=date(2026, 7, 2)),
    ]
    found = flows(rows, extra)
    assert [f.amount("ledger") for f in found] == [0, 0, 0, 0]
    assert found[0].amount("with_assumptions") == pytest.approx(250 * 365 / 1461)
    assert found[1].amount("with_assumptions", "high") == 20
    assert found[2].amount("with_assumptions") == pytest.approx(2 * 183 / 365)
    assert found[3].amount("with_assumptions") == 0
    assert [f.is_assumed for f in found] == [True, True, True, False]
    assert flows_table(found).get_column("is_summed").to_list() == [True, True, True, False]
    assert "A1 (term): because" in found[0].note
    assert "term of the year not known" in found[3].note


def test_a_payment_window_spreads_equity_only_where_it_is_assumed() -> None:
    window = assumption("A1", "D1", "term", term_start=date(2026, 7, 1), term_end=date(2027, 6, 30))
    (flow,) = flows([deal("D1", "NVDA", "PRIV:lab", "equity", 36.5)], [window])
    assert flow.amount("ledger") == 36.5
    assert flow.amount("with_assumptions") == pytest.approx(36.5 * 184 / 365)
    assert flow.ids_in("ledger") == ("D1",)
    assert flow.ids_in("with_assumptions") == ("D1", "A1")


def test_two_annual_rows_make_a_ramp_and_a_pure_assumption_is_a_flow_of_its_own() -> None:
    extra = [
        assumption("A1", "D1", "annual", low=1, base=1, high=1, term_end=date(2026, 12, 31)),
        assumption("A2", "D1", "annual", low=9, base=9, high=9, term_start=date(2027, 1, 1)),
        assumption(
            "A3", None, "annual", payer="MSFT", payee="NVDA", kind="hardware_purchase", low=1, base=5, high=6
        ),
    ]
    ramp, own = flows([deal("D1", "PRIV:lab", "MSFT", "cloud_contract")], extra)
    assert ramp.amount("with_assumptions") == 1
    assert (own.flow_id, own.status, own.flow_class, own.amount("with_assumptions")) == (
        "A3",
        "assumed",
        "commercial",
        5,
    )
    assert own.amount("ledger") == 0


def test_rows_known_later_do_not_exist() -> None:
    rows = [deal("D1", "NVDA", "PRIV:lab", "equity", 30, announced=date(2026, 6, 2))]
    late = assumption(
        "A1", None, "annual", payer="MSFT", payee="NVDA", kind="lease", base=1, known_at=date(2027, 1, 1)
    )
    assert flows(rows, [late]) == []


def test_contradictions_fail_and_name_the_row() -> None:
    with pytest.raises(DataError, match=r"D1: \['WHO'\] not in nodes"):
        flows([deal("D1", "WHO", "NVDA", "equity", 1)])
    with pytest.raises(DataError, match="D1: term ends"):
        flows(
            [deal("D1", "MSFT", "NVDA", "lease", 1, term_start=date(2026, 2, 1), term_end=date(2026, 1, 1))]
        )
    with pytest.raises(DataError, match="A1: no deal_id"):
        flows([], [assumption("A1", None, "annual", base=1)])


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 20_000))
def test_the_years_of_a_term_sum_to_one(start: date, days: int) -> None:
    end = date.fromordinal(start.toordinal() + days)
    total = sum(overlap_share(start, end, Window(year, year)) for year in range(start.year, end.year + 1))
    assert total == pytest.approx(1, abs=1e-12)
    assert overlap_share(start, end, Window(start.year - 1, start.year - 1)) == 0


# --- accounts -------------------------------------------------------------------------------------


def figure(figure_id: str, node: str, metric: str, value: float | None, **more: Any) -> dict[str, Any]:
    row = {
        "figure_id": figure_id, "subject": {"NVDA": "NVIDIA", "MSFT": "Microsoft"}.get(node, node), "node": node,
        "metric": metric, "value": value, "unit": "bn", "currency": "USD", "period": "2025",
        "period_end": date(2025, 12, 31), "period_months": 12, "source": f"src {figure_id}", "grade": "A",
        "known_at": date(2026, 2, 1),
    }  # fmt: skip
    return {**row, **more}


def revenue(rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    settings = {"market_revenue_usd": {}, "simulated_revenue_usd": {}, **more}
    found = yearly_revenue(
        nodes=nodes(), figures=FIGURES.frame(rows), as_of=AS_OF, fx_to_usd={"KRW": 0.001}, **settings
    )
    return {node: (r.bn_usd, r.is_simulated, r.origin) for node, r in found.items()}


def test_revenue_is_the_newest_published_figure_of_the_whole_group_annualised() -> None:
    rows = [
        figure("F1", "MSFT", "revenue", 280),
        figure(
            "F2", "MSFT", "revenue", 82.89, period="Q3 FY26", period_end=date(2026, 3, 31), period_months=3
        ),
        figure("F3", "MSFT", "revenue", 400, period="2026E", period_end=date(2026, 12, 31)),
        figure("F4", "MSFT", "revenue", 999, subject="Azure", period_end=date(2026, 3, 31), period_months=3),
        figure("F5", "MSFT", "revenue", 90, period_end=date(2026, 6, 30), known_at=date(2026, 7, 29)),
        figure("F6", "NVDA", "revenue", 3, unit="tn", currency="KRW"),
    ]
    found = revenue(rows)
    assert found["MSFT"][0] == pytest.approx(82.89 * 4)
    assert "F2 Microsoft Q3 FY26" in found["MSFT"][2]
    assert found["NVDA"][0] == pytest.approx(3.0)


def test_a_superseded_figure_is_passed_over_only_when_the_newer_one_is_known() -> None:
    old = figure("F1", "NVDA", "revenue", 100, superseded_by="F2")
    new = figure("F2", "NVDA", "revenue", 90)
    assert revenue([old, new])["NVDA"][0] == 90
    assert revenue([old, {**new, "known_at": date(2026, 7, 1)}])["NVDA"][0] == 100


def test_the_order_of_revenue_origins() -> None:
    part = figure("F1", "NVDA", "revenue", 3.2, subject="Gaming")
    market = {"NVDA": MarketRevenue(216e9, "trailing year", "filings")}
    sample = {"NVDA": 5e9, "MSFT": 7e9}
    both = revenue([part], market_revenue_usd=market, simulated_revenue_usd=sample)
    assert both["NVDA"] == (216, False, "216 bn USD, trailing year")
    assert both["MSFT"][:2] == (7, True)
    alone = revenue([part], simulated_revenue_usd=sample)
    assert alone["NVDA"][0] == 3.2
    assert "part of the group" in alone["NVDA"][2]
    assert revenue([]) == {}


def test_the_newest_period_wins_between_published_figures_and_statements() -> None:
    told = figure("F1", "NVDA", "revenue", 200, period_end=date(2026, 1, 31))

    def with_quarter(end: date | None) -> float:
        market = {"NVDA": MarketRevenue(300e9, "quarter x 4", "filings", end)}
        return revenue([told], market_revenue_usd=market)["NVDA"][0]

    assert with_quarter(date(2026, 4, 30)) == 300
    assert with_quarter(date(2026, 1, 31)) == 200  # the published figure on the same day
    assert with_quarter(date(2025, 10, 31)) == 200
    assert with_quarter(None) == 200


def accounts(
    rows: list[dict[str, Any]],
    figures: list[dict[str, Any]],
    case: Case = "ledger",
    variant: Variant = "base",
    assumptions: list[dict[str, Any]] | None = None,
) -> Accounts:
    frame = FIGURES.frame(figures)
    return close_accounts(
        flows(rows, assumptions),
        case=case,
        variant=variant,
        kinds=KINDS,
        revenue=yearly_revenue(
            nodes=nodes(),
            figures=frame,
            as_of=AS_OF,
            fx_to_usd={},
            market_revenue_usd={},
            simulated_revenue_usd={},
        ),
        raised=raised_outside(figures=frame, as_of=AS_OF, fx_to_usd={}),
    )


def at(run: Accounts, node: str) -> dict[str, float]:
    j = run.position(node)
    assert j is not None
    net = run.network
    return {
        "R": net.revenue[j], "zR": net.outside_revenue[j], "zD": net.outside_debt[j], "zE": net.outside_equity[j],
        "zB": net.cash_draw[j], "T": net.throughflow[j],
    }  # fmt: skip


def test_third_party_revenue_is_what_the_network_does_not_pay() -> None:
    row = deal("D1", "PRIV:lab", "MSFT", "cloud_contract", 30, **TERM)
    run = accounts(
        [row], [figure("F1", "MSFT", "revenue", 300), figure("F2", "PRIV:lab", "revenue", 13, subject="Lab")]
    )
    assert at(run, "MSFT")["zR"] == 270
    assert at(run, "MSFT")["R"] == 300
    assert at(run, "PRIV:lab") == {"R": 13, "zR": 13, "zD": 0, "zE": 0, "zB": 17, "T": 30}


def test_network_revenue_above_the_published_stands_and_says_so() -> None:
    row = deal("D1", "PRIV:lab", "MSFT", "cloud_contract", 30, **TERM)
    run = accounts([row], [figure("F1", "MSFT", "revenue", 20)])
    j = run.position("MSFT")
    assert at(run, "MSFT")["R"] == 30
    assert j is not None
    assert "above the published F1" in run.origin[j]
    k = run.position("PRIV:lab")
    assert k is not None
    assert run.origin[k] == "network only"
    assert run.measured("PRIV:lab") is None


def test_a_figure_and_the_ledger_rows_it_covers_are_never_added() -> None:
    """87 published, of which the ledger knows 30 from NVIDIA and 12 from venture investors: zE = 57."""
    rows = [deal("D1", "NVDA", "PRIV:lab", "equity", 30), deal("D2", "MKT:venture", "PRIV:lab", "equity", 12)]
    raised = figure(
        "F1",
        "PRIV:lab",
        "outside_equity_raised",
        None,
        low=87,
        high=122,
        period="2026",
        period_end=date(2026, 12, 31),
    )
    assert at(accounts(rows, [raised]), "PRIV:lab")["zE"] == 57
    assert at(accounts(rows, [raised], variant="high"), "PRIV:lab")["zE"] == 92
    assert at(accounts(rows, [{**raised, "low": 20}]), "PRIV:lab")["zE"] == 12
    assert at(accounts(rows, []), "PRIV:lab")["zE"] == 12
    assert at(accounts(rows, [{**raised, "period": "2025"}]), "PRIV:lab")["zE"] == 12
    run = accounts(rows, [raised])
    j = run.position("PRIV:lab")
    assert j is not None
    assert "outside equity 57 (F1 87 less 30 from nodes)" in run.origin[j]


def test_what_a_combined_figure_leaves_unexplained_is_debt() -> None:
    rows = [deal("D1", "NVDA", "PRIV:lab", "equity", 2), deal("D2", "MKT:bonds", "PRIV:lab", "debt", 5)]
    both = figure("F1", "PRIV:lab", "outside_debt_and_equity_raised", 20, period="2026 to May")
    assert at(accounts(rows, [both]), "PRIV:lab") == pytest.approx(
        {"R": 0, "zR": 0, "zD": 18, "zE": 0, "zB": 0, "T": 20}
    )
    assert at(accounts(rows, [{**both, "value": 6}]), "PRIV:lab")["zD"] == 5


def test_a_fiscal_year_counts_in_the_year_of_its_end_and_figures_of_one_metric_are_not_added() -> None:
    rows = [deal("D1", "NVDA", "PRIV:lab", "equity", 2)]
    fy = figure("F1", "PRIV:lab", "outside_debt_raised", 43, period="FY26", period_end=date(2026, 5, 31))
    more = figure("F2", "PRIV:lab", "outside_debt_raised", 10, period="2026-03")
    assert at(accounts(rows, [fy]), "PRIV:lab")["zD"] == 43
    assert at(accounts(rows, [fy, more]), "PRIV:lab")["zD"] == 43
    assert at(accounts(rows, [{**fy, "period_end": date(2025, 5, 31)}]), "PRIV:lab")["zD"] == 0


def test_debt_between_nodes_is_not_outside_debt() -> None:
    rows = [deal("D1", "NVDA", "PRIV:lab", "debt", 4), deal("D2", "MKT:bonds", "PRIV:lab", "debt", 3)]
    run = accounts(rows, [figure("F1", "PRIV:lab", "outside_debt_raised", 10, period="2026")])
    assert at(run, "PRIV:lab")["zD"] == 6
    assert at(run, "PRIV:lab")["T"] == 10


def test_market_and_aggregate_parties_are_never_nodes_of_the_network() -> None:
    rows = [
        deal("D1", "MKT:bonds", "MSFT", "debt", 3),
        deal("D2", "AGG:clouds", "NVDA", "cloud_contract", 3, **TERM),
    ]
    assert accounts(rows, []).network.nodes == ("MSFT",)


def test_a_window_averages_its_years() -> None:
    """30 over 2026-2028 at 10% / 40% / 50% of the days is 10 a year over the window, whatever the profile."""
    start, end = date(2026, 7, 1), date(2028, 12, 31)
    parts = [overlap_share(start, end, Window(year, year)) for year in (2026, 2027, 2028)]
    assert sum(parts) == pytest.approx(overlap_share(start, end, Window(2026, 2028))) == pytest.approx(1.0)
    assert str(Window(2026, 2028)) == "2026-2028"
    assert Window(2026, 2028).years == 3
