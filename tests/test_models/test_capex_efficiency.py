"""Capex efficiency: worked numbers, public Amazon cases, matched periods, sourced before simulated, gaps."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposures.tables import FIGURES, MEMBERSHIPS
from models.capex_accounts import is_group, reported_sum
from models.capex_efficiency import EfficiencyResult, capex_efficiency
from models.depreciation import depreciation_to_capex, depreciation_to_capex_year_end, life_change_charge
from models.tables import (
    BACKLOG,
    BACKLOG_CUSTOMERS,
    COMPONENTS,
    DEPRECIATION,
    DEPRECIATION_WALL,
    EFFICIENCY,
    INCREMENTAL_RETURNS,
    LIFE_CHANGES,
    PANEL,
    QUARTERS,
)

AS_OF = date(2026, 6, 15)
Q1 = date(2026, 3, 31)
YEAR = date(2025, 12, 31)


def member(
    ticker: str = "AMZN", name: str = "Amazon", layer: str = "cloud", role: str = "payer"
) -> dict[str, Any]:
    return {
        "ticker": ticker, "name": name, "country": "US", "group": ticker, "layer": layer, "segment": "cloud",
        "segment_name": "cloud", "is_primary": True, "role": role, "tier_origin": "default",
        "tier_reason": "payer", "tier_source": "note",
    }  # fmt: skip


def figure(
    i: int,
    metric: str,
    value: float | None,
    end: date | None,
    months: int | None,
    subject: str = "Amazon",
    **more: Any,
) -> dict[str, Any]:
    return {
        "figure_id": f"F{i:03d}", "subject": subject, "node": "AMZN", "metric": metric, "value": value,
        "unit": "bn", "currency": "USD", "period": f"{months}m to {end}", "period_end": end,
        "period_months": months, "known_at": date(2026, 4, 29), "source": f"s{i}", "grade": "A",
    } | more  # fmt: skip


# Public figures of methods section 3 and facts/figures.csv (bn USD).
AMAZON = [
    figure(1, "operating_income", 45.6, YEAR, 12, "AWS"),
    figure(2, "revenue", 128.7, YEAR, 12, "AWS"),
    figure(3, "ocf", 139.514, YEAR, 12),
    figure(4, "ttm_fcf", 11.2, YEAR, 12, superseded_by="F010"),
    figure(5, "revenue", 716.9, YEAR, 12),
    figure(6, "revenue", 181.5, Q1, 3),
    figure(7, "operating_income", 23.9, Q1, 3),
    figure(8, "capex", 44.2, Q1, 3, note="cash capex 43.2"),
    figure(9, "operating_income", 14.16, Q1, 3, "AWS"),
    figure(10, "ttm_fcf", 1.2, Q1, 12),
    figure(11, "ttm_capex", 147.3, Q1, 12),
    figure(12, "ttm_ocf", 148.5, Q1, 12),
    figure(13, "backlog", 364.0, Q1, 0, "AWS"),
    figure(14, "revenue", 37.6, Q1, 3, "AWS"),
    figure(15, "rpo", 177.0, date(2024, 12, 31), 0, superseded_by="F013"),
    figure(16, "server_life", 5.0, None, None, unit="years", currency=None),
    figure(17, "rpo_share_openai", 0.16, YEAR, 0, unit="ratio", currency=None, grade="C"),
    figure(18, "debt_to_equity", 32.7, None, None, unit="percent", currency=None),
]

PANEL_ROW = {
    "ticker": "AMZN", "revenue_ttm_usd": 700e9, "operating_income_ttm_usd": 80e9, "capex_ttm_usd": 140e9,
    "ocf_ttm_usd": 150e9, "debt_usd": 100e9, "equity_usd": 400e9, "revenue_growth": 0.12,
    "revenue_forward_usd": 800e9, "statement_known_at": date(2026, 5, 1), "source": "filings",
}  # fmt: skip


def quarter(end: date, capex: float | None, **more: Any) -> dict[str, Any]:
    return {
        "ticker": "AMZN", "period_end": end, "currency": "USD", "known_at": date(2026, 5, 1),
        "capex": capex, "source": "10-Q",
    } | more  # fmt: skip


ENDS = [date(y, m, d) for y in (2024, 2025) for m, d in ((6, 30), (9, 30), (12, 31))]
EIGHT = [
    date(2024, 6, 30),
    date(2024, 9, 30),
    date(2024, 12, 31),
    date(2025, 3, 31),
    date(2025, 6, 30),
    date(2025, 9, 30),
    YEAR,
    Q1,
]


def run(figures: list[dict[str, Any]], **parts: Any) -> EfficiencyResult:
    result = capex_efficiency(
        panel=PANEL.frame(parts.get("panel", [])),
        quarters=QUARTERS.frame(parts.get("quarters", [])),
        memberships=MEMBERSHIPS.frame(parts.get("members", [member()])),
        figures=FIGURES.frame(figures),
        as_of=AS_OF,
        fx_to_usd=parts.get("fx", {}),
        is_simulated=parts.get("is_simulated", True),
        cloud_margin_change=parts.get("margin", 0.0),
        payer_margin_change=parts.get("own_margin"),
        capex_cut=parts.get("cut", 0.0),
        server_life_years=parts.get("server_life_years"),
    )
    for table, frame in (
        (EFFICIENCY, result.efficiency),
        (DEPRECIATION, result.depreciation),
        (DEPRECIATION_WALL, result.wall),
        (LIFE_CHANGES, result.life_changes),
        (INCREMENTAL_RETURNS, result.returns),
        (BACKLOG, result.backlog),
        (BACKLOG_CUSTOMERS, result.backlog_customers),
        (COMPONENTS, result.components),
    ):
        assert table.faults(frame) == []
    return result


def part(result: EfficiencyResult, key: str) -> dict[str, Any]:
    return result.components.row(by_predicate=pl.col("component") == key, named=True)


def row(result: EfficiencyResult, perimeter: str, period: str) -> dict[str, Any]:
    chosen = (pl.col("perimeter") == perimeter) & (pl.col("period") == period)
    return result.efficiency.row(by_predicate=chosen, named=True)


@pytest.mark.parametrize(
    ("life", "year_end", "half_year"),
    [(3, 0.7021605, 0.7723765), (5, 0.5981224, 0.6579347), (6, 0.5542517, 0.6096769)],
)
def test_worked_numbers_of_section_3_steady_growth(life: int, year_end: float, half_year: float) -> None:
    # methods section 3: g = .20.
    assert round(depreciation_to_capex_year_end(life, 0.2), 7) == year_end
    assert round(depreciation_to_capex(life, 0.2), 7) == half_year


def test_worked_numbers_of_section_3_life_changes() -> None:
    # methods section 3: cost 100, age 2: 4 -> 6 years 25 -> 12.5; 6 -> 5 years 16.6667 -> 22.2222.
    assert life_change_charge(100, age=2, old_life=4, new_life=6) == pytest.approx(12.5)
    assert round(life_change_charge(100, age=2, old_life=6, new_life=5), 4) == 22.2222


@given(st.floats(1.0, 10.0), st.floats(0.1, 3.0), st.floats(0.01, 0.5))
def test_a_shorter_life_never_costs_less_while_capex_grows(life: float, longer: float, growth: float) -> None:
    assert depreciation_to_capex(life, growth) >= depreciation_to_capex(life + longer, growth) - 1e-12


def test_wrong_lives_and_growth_are_named() -> None:
    with pytest.raises(ValueError, match="life must be above 0"):
        depreciation_to_capex(0, 0.1)
    with pytest.raises(ValueError, match="growth must be above -1"):
        depreciation_to_capex(3, -1)
    with pytest.raises(ValueError, match="below both lives"):
        life_change_charge(100, age=5, old_life=6, new_life=5)
    assert depreciation_to_capex_year_end(5, 0.0) == 1.0


def test_amazon_2025_public_identities_p16() -> None:
    # methods section 3: OCF 139.514, FCF 11.2 -> net capex 128.3; capex/OCF .9197; capex/revenue .1790;
    # AWS OI 45.6 over it .3554.
    result = run(AMAZON[:5])
    group = row(result, "group", f"12m to {YEAR}")
    assert round(group["capex_bn_usd"], 1) == 128.3
    assert round(group["capex_to_ocf"], 4) == 0.9197
    assert round(group["capex_to_revenue"], 4) == 0.1790
    proxy = row(result, "AWS over Amazon", f"12m to {YEAR}")
    assert round(proxy["operating_income_per_capex"], 4) == 0.3554
    assert round(proxy["operating_income_bn_usd"] / proxy["revenue_bn_usd"], 5) == 0.35431
    assert "AWS capex is not disclosed" in proxy["caveat"]
    assert proxy["capex_to_revenue"] is None


def test_aws_proxy_of_the_newest_quarter_uses_the_same_quarter() -> None:
    proxy = row(run(AMAZON), "AWS over Amazon", f"3m to {Q1}")
    assert proxy["operating_income_per_capex"] == pytest.approx(14.16 / 44.2)
    assert "cash capex 43.2" in proxy["caveat"]


def test_a_proxy_never_rests_on_simulated_capex() -> None:
    result = run(AMAZON[:2], panel=[PANEL_ROW], quarters=[quarter(e, 30e9) for e in EIGHT])
    proxy = row(result, "AWS over Amazon", f"12m to {YEAR}")
    assert proxy["operating_income_per_capex"] is None
    assert proxy["reason"] == f"no sourced capex of Amazon for 12m to {YEAR}"
    real = run(AMAZON[:2], panel=[PANEL_ROW], quarters=[quarter(e, 30e9) for e in EIGHT], is_simulated=False)
    assert row(real, "AWS over Amazon", f"12m to {YEAR}")["operating_income_per_capex"] == pytest.approx(
        45.6 / 120
    )


def test_quarters_are_never_set_against_years() -> None:
    result = run(AMAZON)
    assert part(result, "operating_income_per_capex")["value"] == pytest.approx(23.9 / 44.2)
    assert part(result, "capex_to_revenue")["value"] == pytest.approx(44.2 / 181.5)
    assert part(result, "capex_to_ocf")["value"] == pytest.approx(147.3 / 148.5)
    # FCF is published over twelve months, revenue of the same end only for the quarter.
    bridged = part(run(AMAZON), "fcf_margin")
    assert bridged["value"] == pytest.approx(1.2 / (4 * 181.5))
    assert bridged["kind"] == "estimate"
    assert "annualised (x4)" in bridged["detail"]


def test_published_beats_simulated_and_filings_beat_published() -> None:
    parts: dict[str, Any] = {"panel": [PANEL_ROW], "quarters": [quarter(e, 35e9) for e in EIGHT]}
    simulated = part(run(AMAZON, **parts), "capex_to_ocf")
    assert simulated["value"] == pytest.approx(147.3 / 148.5)
    assert simulated["source"] == "s11+s12+s10"
    real = part(run(AMAZON, **parts, is_simulated=False), "capex_to_ocf")
    assert real["value"] == pytest.approx(140 / 150)
    assert (real["source"], real["kind"]) == ("filings", "fact")
    only = part(run([], **parts), "capex_to_ocf")
    assert only["kind"] == "estimate"
    assert "simulated, not published" in only["detail"]


def test_figures_fill_gaps_of_filings_over_the_same_twelve_months() -> None:
    gap = PANEL_ROW | {"ocf_ttm_usd": None}
    result = run(AMAZON, panel=[gap], quarters=[quarter(Q1, 35e9)], is_simulated=False)
    ratio = part(result, "capex_to_ocf")
    assert ratio["value"] == pytest.approx(140 / 148.5)
    assert "ocf, fcf of 12m to 2026-03-31" in ratio["detail"]
    assert ratio["source"] == "filings+s11+s12+s10"


def test_backlog_cover_is_over_revenue_of_its_own_perimeter() -> None:
    first = run(AMAZON).efficiency.row(0, named=True)
    assert first["rpo_bn_usd"] == 364.0
    assert first["rpo_cover"] == pytest.approx(364 / (4 * 37.6))
    assert first["lab_share_of_rpo"] == 0.16
    assert first["debt_to_equity"] == pytest.approx(0.327)
    # methods section 3: 177 / 128.7 = 1.375.
    year = run([figure(1, "rpo", 177.0, YEAR, 0, "AWS"), *AMAZON[1:5]]).efficiency.row(0, named=True)
    assert round(year["rpo_cover"], 3) == 1.375
    guided = run([figure(1, "rpo", 638.0, Q1, 0), figure(2, "revenue_guidance", 90.0, date(2027, 5, 31), 12),
                  *AMAZON[5:8]]).efficiency.row(0, named=True)  # fmt: skip
    assert guided["rpo_cover"] == pytest.approx(638 / 90)  # Oracle FY26 over guided FY27
    concentration = part(run(AMAZON), "backlog_concentration")
    assert (concentration["value"], concentration["kind"]) == (0.16, "estimate")


def test_reported_backlog_counts_when_newer() -> None:
    quarters = [quarter(Q1, 1e9, rpo=200e9)]
    old = [figure(1, "rpo", 177.0, date(2024, 12, 31), 0)]
    real = run(old, panel=[PANEL_ROW], quarters=quarters, is_simulated=False).efficiency.row(0, named=True)
    assert real["rpo_bn_usd"] == pytest.approx(200.0)
    assert real["rpo_cover"] == pytest.approx(0.25)
    assert run(old, panel=[PANEL_ROW], quarters=quarters).efficiency.item(0, "rpo_bn_usd") == 177.0


def test_published_capex_is_depreciated_even_beside_simulated_statements() -> None:
    result = run(
        [figure(1, "capex", 100.0, YEAR, 12), AMAZON[15]], panel=[PANEL_ROW], quarters=[quarter(Q1, 35e9)]
    )
    assert "capex published for 12m to 2025-12-31" in result.depreciation.item(0, "caveat")
    assert result.depreciation.item(0, "reason") == "operating income not known"


def test_nothing_is_divided_by_what_is_not_positive() -> None:
    loss = PANEL_ROW | {"operating_income_ttm_usd": -5e9, "ocf_ttm_usd": -1e9, "equity_usd": -2e9}
    result = run([AMAZON[15]], panel=[loss], quarters=[quarter(e, 35e9) for e in EIGHT], is_simulated=False)
    assert part(result, "operating_income_per_capex")["value"] == pytest.approx(-5 / 140)
    assert part(result, "capex_to_ocf")["reason"].startswith("operating cash flow is not positive")
    assert part(result, "leverage")["reason"] == "equity is not positive: debt/equity has no meaning"
    assert (
        part(result, "depreciation_step_up")["reason"] == "operating income is not positive: no share of it"
    )
    assert result.depreciation.get_column("depreciation_bn_usd").null_count() == 0


def test_a_payer_without_any_figure_is_a_row_with_a_reason() -> None:
    result = run([], members=[member("WULF", "TeraWulf")])
    assert result.efficiency.height == 1
    assert result.efficiency.item(0, "reason")
    assert result.components.height == 7
    assert result.components.get_column("reason").null_count() == 0


def test_suppliers_are_not_payers() -> None:
    assert run([], members=[member(role="supplier")]).efficiency.is_empty()


def test_scenarios_cut_capex_and_move_the_cloud_margin() -> None:
    base, cut = run(AMAZON), run(AMAZON, cut=0.25)
    assert part(cut, "capex_to_ocf")["value"] == pytest.approx(0.75 * part(base, "capex_to_ocf")["value"])
    margin = run(AMAZON, margin=-0.03)
    # Only AWS revenue of the quarter carries the cloud margin: 23.9 - .03 * 37.6.
    assert part(margin, "operating_income_per_capex")["value"] == pytest.approx((23.9 - 0.03 * 37.6) / 44.2)
    both = run(AMAZON, margin=-0.03, own_margin={"AMZN": -0.01, "GOOGL": -0.2})
    assert part(both, "operating_income_per_capex")["value"] == pytest.approx((23.9 - 0.04 * 37.6) / 44.2)
    proxy = row(run(AMAZON, cut=0.25), "AWS over Amazon", f"3m to {Q1}")
    assert proxy["operating_income_per_capex"] == pytest.approx(14.16 / (0.75 * 44.2))
    landlord = run(AMAZON, margin=-0.03, members=[member(layer="compute")])
    assert part(landlord, "operating_income_per_capex")["value"] == pytest.approx(23.9 / 44.2)


def test_later_figures_change_nothing() -> None:
    later = figure(90, "capex", 1.0, Q1, 3, known_at=date(2026, 7, 1))
    future = figure(91, "capex", 9.0, date(2026, 9, 30), 3)
    assert run([*AMAZON, later, future]).components.equals(run(AMAZON).components)


def test_foreign_money_needs_a_rate() -> None:
    yen = [
        f | {"unit": "tn", "currency": "JPY"}
        for f in (figure(1, "capex", 1.5, YEAR, 12), figure(2, "revenue", 6.0, YEAR, 12))
    ]
    assert part(run(yen), "capex_to_revenue")["value"] is None
    converted = run(yen, fx={"JPY": 0.0065})
    assert part(converted, "capex_to_revenue")["value"] == pytest.approx(0.25)
    assert converted.efficiency.item(0, "capex_bn_usd") == pytest.approx(9.75)


def test_losses_as_published_are_negative_income() -> None:
    result = run([figure(1, "operating_loss", 6.4, YEAR, 12), figure(2, "capex", 12.7, YEAR, 12)])
    assert part(result, "operating_income_per_capex")["value"] == pytest.approx(-6.4 / 12.7)


def test_names_of_groups_and_parts() -> None:
    assert is_group("Meta", "Meta Platforms")
    assert is_group("SpaceX", "SpaceX (merged xAI)")
    assert not is_group("xAI", "SpaceX (merged xAI)")
    assert not is_group("AWS", "Amazon")
    assert not is_group("Google Cloud", "Alphabet")


def test_a_sum_needs_every_quarter() -> None:
    rows = [quarter(e, 1.0) for e in EIGHT]
    assert reported_sum(rows, measure="capex", end=Q1, months=12) == 4.0
    assert reported_sum(rows, measure="capex", end=YEAR, months=3) == 1.0
    assert (
        reported_sum([r for r in rows if r["period_end"] != YEAR], measure="capex", end=Q1, months=12) is None
    )
    assert reported_sum([*rows[:-1], quarter(Q1, None)], measure="capex", end=Q1, months=12) is None
    assert reported_sum([], measure="capex", end=Q1, months=12) is None


maybe = st.one_of(st.none(), st.floats(-1e12, 1e12), st.just(0.0))
figures = st.builds(
    figure,
    st.just(0),
    st.sampled_from(
        ["revenue", "capex", "ttm_capex", "ocf", "ttm_fcf", "operating_income", "rpo", "server_life"]
    ),
    st.one_of(st.none(), st.floats(-1e3, 1e3), st.just(0.0)),
    st.sampled_from([None, Q1, YEAR, date(2024, 12, 31)]),
    st.sampled_from([None, 0, 3, 12]),
    st.sampled_from(["Amazon", "AWS", "Amazon.com"]),
    unit=st.sampled_from(["bn", "years", "ratio"]),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(figures, max_size=14),
    st.fixed_dictionaries({k: maybe for k, v in PANEL_ROW.items() if isinstance(v, float)}),
    st.lists(maybe, max_size=8),
    st.booleans(),
)
def test_any_input_gives_a_value_or_a_reason(
    found: list[dict[str, Any]], panel: dict[str, Any], capex: list[float | None], is_simulated: bool
) -> None:
    found = [f | {"figure_id": f"F{i}"} for i, f in enumerate(found)]
    quarters = [quarter(e, c) for e, c in zip(EIGHT, capex, strict=False)]
    result = run(found, panel=[PANEL_ROW | panel], quarters=quarters, is_simulated=is_simulated)
    both = pl.col("value").is_null() == pl.col("reason").is_null()
    assert result.components.filter(both).is_empty()
    shares = result.depreciation.filter(
        pl.col("change_to_operating_income").is_null() & pl.col("reason").is_null()
    )
    assert shares.is_empty()


def test_a_scenario_life_replaces_three_years_in_the_step_up() -> None:
    quarters = [quarter(e, c) for e, c in zip(EIGHT, [8e9] * 4 + [10e9] * 4, strict=True)]
    rows = {
        life: part(
            run(
                [AMAZON[15]], panel=[PANEL_ROW], quarters=quarters, is_simulated=False, server_life_years=life
            ),
            "depreciation_step_up",
        )
        for life in (None, 3.0, 3.5)
    }
    assert rows[None]["value"] == rows[3.0]["value"]
    assert 0 < rows[3.5]["value"] < rows[3.0]["value"]
    assert "at 3.5 years" in rows[3.5]["detail"]
