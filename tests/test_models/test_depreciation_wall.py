"""The depreciation wall: history by quarter, plans, cases, worked walls, hidden charge, degenerate input."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.asset_classes import AssetClass
from models.capex_history import CapexHistory, capex_history, quarter_after
from models.capex_path import BACK_QUARTERS, GROWTH_AFTER, HORIZON, CapexPath, capex_path
from models.depreciation_rows import step_up
from models.depreciation_wall import wall_rows
from models.fleet import Fleet, Income
from tests.test_models.test_capex_efficiency import (
    AMAZON,
    EIGHT,
    PANEL_ROW,
    Q1,
    YEAR,
    figure,
    maybe,
    member,
    part,
    quarter,
    run,
)

SIXTEEN = [quarter_after(Q1, -back) for back in range(15, -1, -1)]
LIFE = AMAZON[15]


def filings(amounts: list[float | None], ends: list[date] | None = None, **parts: Any) -> dict[str, Any]:
    ends = (ends or SIXTEEN)[len(SIXTEEN) - len(amounts) :]
    quarters = [quarter(e, None if a is None else a * 1e9) for e, a in zip(ends, amounts, strict=True)]
    return {"panel": [PANEL_ROW], "quarters": quarters, "is_simulated": False} | parts


def wall(result: Any, case: str, ahead: int) -> dict[str, Any]:
    chosen = (pl.col("case") == case) & (pl.col("quarter_ahead") == ahead)
    found: dict[str, Any] = result.wall.row(by_predicate=chosen, named=True)
    return found


def one_class(spent: tuple[float, ...], income: float | None = 200.0, *, life: float = 1.0) -> Fleet:
    path = CapexPath(spent=spent, today=len(spent) - HORIZON - 1, last=Q1, words="worked")
    classes = (AssetClass("servers", 1.0, life, 0.0),)
    earned = Income(income, 1000.0, None, "worked", "note", None)
    return Fleet((path,) * 3, (classes,) * 3, life, earned, "estimate", "worked", "note", None)


def test_wall_by_hand() -> None:
    # 100 bought in the last known quarter, one year of life: 12.5 now, 25 three times, 12.5, nothing.
    rows = [
        r for r in wall_rows("AMZN", one_class((0.0,) * 4 + (100.0,) + (0.0,) * 12)) if r["case"] == "base"
    ]
    assert [r["depreciation_bn_usd"] for r in rows[:6]] == [12.5, 25, 25, 25, 12.5, 0]
    # A year's rate: 4 * (25 - 12.5) = 50 over operating income of 200.
    assert [r["wall_share"] for r in rows[:6]] == [0.0, 0.25, 0.25, 0.25, 0.0, -0.25]
    # Margin before depreciation: (200 + 12.5 of the last four quarters) / 1000.
    assert rows[1]["revenue_needed_bn_usd"] == pytest.approx(50 / 0.2125)
    assert rows[12]["period_end"] == date(2029, 3, 31)


def test_a_scenario_life_is_booked_prospectively() -> None:
    # 100 a year old (mid-quarter: 1 year in service at the end of quarter 4 after buying), 2 years of life.
    spent = (0.0,) * 2 + (100.0,) + (0.0,) * 16
    plain = [
        r["depreciation_bn_usd"] for r in wall_rows("A", one_class(spent, life=2.0)) if r["case"] == "base"
    ]
    assert plain[:3] == pytest.approx([12.5, 12.5, 12.5])
    # Age at the change is 4.5 quarters; 100 * (1 - 4.5/8) over the 7.5 quarters left of three years.
    moved = wall_rows("A", one_class(spent, life=2.0), server_life=3.0)
    base = [r["depreciation_bn_usd"] for r in moved if r["case"] == "base"]
    assert base[1:3] == pytest.approx([43.75 / 7.5] * 2)
    assert sum(base[1:]) == pytest.approx(43.75)


def test_nothing_is_set_against_a_loss() -> None:
    for income, words in ((-5.0, "not positive"), (None, "not known")):
        rows = wall_rows("AMZN", one_class((0.0,) * 4 + (100.0,) + (0.0,) * 12, income))
        assert all(r["wall_share"] is None and words in str(r["reason"]) for r in rows)
        assert rows[1]["depreciation_bn_usd"] == 25.0


def test_the_hidden_charge_by_hand() -> None:
    # 100 a quarter for ever at 2 years: 100 a quarter; at 1 year as well: a steady state has no wall.
    steady = one_class((100.0,) * 40, life=2.0)
    assert steady.next_year("base") == pytest.approx(400.0)
    assert step_up(steady, life=1.0).value == pytest.approx(0.0)
    # 100 in the last known quarter only: 12.5 a quarter at 2 years; at 1 year 25, 25, 25, 12.5.
    grown = one_class((0.0,) * 10 + (100.0,) + (0.0,) * 12, life=2.0)
    step = step_up(grown, life=1.0)
    assert step.value == pytest.approx((87.5 - 50.0) / 200)
    assert step.standard_error == pytest.approx(step_error(grown))
    assert step_up("no capex").reason == "no capex"
    assert step_up(replace(grown, book_life=None)).reason == "no stated server life"


def step_error(assets: Fleet) -> float:
    def hidden(lag: float) -> float:
        return assets.next_year("base", life=1.0, longer_lag=lag) - assets.next_year("base", longer_lag=lag)

    return abs(hidden(0.25) - hidden(-0.25)) / 200 / (2 * 1.645)


def test_a_plan_is_spread_over_the_quarters_left() -> None:
    plan = figure(90, "capex_guidance", 200.0, date(2026, 12, 31), 12)
    result = run([plan, LIFE], **filings([30.0, 32.0, 35.0, 39.0, 44.2]))
    assert wall(result, "base", 0)["capex_bn_usd"] == pytest.approx(44.2)
    for ahead in (1, 2, 3):
        assert wall(result, "base", ahead)["capex_bn_usd"] == pytest.approx((200 - 44.2) / 3)
        assert wall(result, "low", ahead)["capex_bn_usd"] == pytest.approx((180 - 44.2) / 3)
        assert wall(result, "high", ahead)["capex_bn_usd"] == pytest.approx((220 - 44.2) / 3)
    after = (200 - 44.2) / 3 * (1 + GROWTH_AFTER["base"]) ** 0.25
    assert wall(result, "base", 4)["capex_bn_usd"] == pytest.approx(after)
    shares = [wall(result, case, 12)["wall_share"] for case in ("low", "base", "high")]
    assert shares == sorted(shares)
    assert "s90" in wall(result, "base", 1)["source"]


def test_a_range_is_low_and_high_and_a_spent_plan_is_left_out() -> None:
    ends = {"low": 125.0, "high": 145.0}
    plan = figure(90, "capex_guidance", None, date(2026, 12, 31), 12, **ends)
    result = run([plan], **filings([20.0] * 4))
    assert wall(result, "low", 1)["capex_bn_usd"] == pytest.approx(35.0)
    assert wall(result, "base", 1)["capex_bn_usd"] == pytest.approx((135 - 20) / 3)
    spent = run([figure(90, "capex_guidance", 10.0, date(2026, 12, 31), 12)], **filings([20.0] * 4))
    assert "is spent already and left out" in wall(spent, "base", 1)["caveat"]
    assert wall(spent, "low", 1)["capex_bn_usd"] == 20.0


def test_a_plan_is_put_on_the_perimeter_of_the_purchases() -> None:
    # Published 40 with leases against 30 of reported purchases of the same quarter: three quarters of it.
    figures = [figure(1, "capex", 40.0, Q1, 3), figure(90, "capex_guidance", 160.0, date(2026, 12, 31), 12)]
    result = run(figures, **filings([30.0] * 4))
    assert wall(result, "base", 1)["capex_bn_usd"] == pytest.approx((120 - 30) / 3)
    assert "times 0.75" in wall(result, "base", 1)["caveat"]


def test_a_later_plan_or_one_known_later_changes_nothing() -> None:
    plan = figure(90, "capex_guidance", 200.0, date(2026, 12, 31), 12, known_at=date(2026, 7, 1))
    far = figure(91, "capex_guidance", 900.0, date(2032, 12, 31), 12)
    assert run([plan, far], **filings([20.0] * 8)).wall.equals(run([], **filings([20.0] * 8)).wall)


def test_a_capex_cut_falls_on_what_is_still_to_be_spent() -> None:
    result = run([LIFE], **filings([20.0] * 8), cut=0.25)
    assert wall(result, "low", 0)["capex_bn_usd"] == pytest.approx(20.0)
    assert wall(result, "low", 1)["capex_bn_usd"] == pytest.approx(15.0)


def test_of_quarters_with_a_gap_only_those_after_it_count() -> None:
    gap = run([LIFE], **filings([9.0, 9.0, None, 20.0, 20.0, 20.0, 20.0]))
    assert "2 older left out for a gap" in wall(gap, "base", 0)["caveat"]
    short = run([LIFE], **filings([20.0, None, 20.0, 20.0, 20.0]))
    assert short.wall.height == 1
    assert short.wall.item(0, "reason").startswith("capex of 3 quarter(s) in a row known, 4 needed")
    assert part(short, "depreciation_step_up")["reason"].startswith("capex of 3 quarter(s)")


def test_an_old_history_says_so() -> None:
    old = [quarter_after(e, -5) for e in SIXTEEN]
    reason = run([LIFE], **filings([20.0] * 8, ends=old)).wall.item(0, "reason")
    assert reason == "newest quarter of capex ended 2024-12-31, more than 400 days ago"


def test_zero_spending_and_no_figures_have_reasons() -> None:
    assert "no capital spending" in run([LIFE], **filings([0.0] * 8)).wall.item(0, "reason")
    assert "no twelve months" in run([], members=[member("WULF", "TeraWulf")]).wall.item(0, "reason")


def test_a_published_year_is_spread_over_its_quarters() -> None:
    published = [figure(1, "ttm_capex", 147.3, Q1, 12), figure(2, "capex", 44.2, Q1, 3), LIFE]
    result = run([*published, figure(3, "operating_income", 20.0, Q1, 3)], is_simulated=True)
    assert wall(result, "base", 0)["capex_bn_usd"] == pytest.approx(44.2)
    assert wall(result, "low", 1)["capex_bn_usd"] == pytest.approx(147.3 / 4)
    assert "capex published for 12m to 2026-03-31, spread over quarters" in wall(result, "base", 0)["caveat"]
    older = run([figure(1, "capex", 40.0, YEAR, 12), figure(2, "capex", 20.0, date(2024, 12, 31), 12),
                 figure(3, "capex", 16.0, Q1, 3)], is_simulated=True)  # fmt: skip
    assert "16" in f"{wall(older, 'base', 0)['capex_bn_usd']:g}"
    assert wall(older, "low", 1)["capex_bn_usd"] == pytest.approx((10 * 3 + 16) / 4)


def test_simulated_spending_never_meets_a_real_plan_or_real_income() -> None:
    plan = figure(90, "capex_guidance", 200.0, date(2026, 12, 31), 12)
    income = figure(3, "operating_income", 20.0, Q1, 3)
    result = run([plan, income, LIFE], panel=[PANEL_ROW], quarters=[quarter(e, 9e9) for e in EIGHT])
    row = wall(result, "low", 1)
    assert row["capex_bn_usd"] == pytest.approx(9.0)
    assert "simulated quarters" in row["caveat"]
    assert "operating income 80.0 bn" in row["caveat"]


def test_foreign_spending_needs_a_rate() -> None:
    yen = [quarter(e, 100e9, currency="JPY") for e in EIGHT]
    parts: dict[str, Any] = {"panel": [PANEL_ROW], "quarters": yen, "is_simulated": False}
    assert run([], **parts).wall.item(0, "depreciation_bn_usd") is None
    assert wall(run([], **parts, fx={"JPY": 0.0065}), "low", 1)["capex_bn_usd"] == pytest.approx(0.65)


def test_the_life_of_servers_is_assumed_where_none_is_stated() -> None:
    result = run([], **filings([20.0] * 8))
    assert wall(result, "base", 0)["kind"] == "inference"
    assert "no life of servers stated, assumed" in wall(result, "base", 0)["caveat"]
    assert part(result, "depreciation_step_up")["reason"] == "no stated server life"
    assert wall(run([LIFE], **filings([20.0] * 8)), "base", 0)["kind"] == "estimate"


def test_reported_depreciation_gives_the_margin_where_it_is_known() -> None:
    row = PANEL_ROW | {"depreciation_ttm_usd": 60e9}
    result = run([LIFE], **filings([20.0] * 8, panel=[row]))
    assert (
        "margin before depreciation 20.0% with reported depreciation of 60.0 bn"
        in (wall(result, "base", 0)["caveat"])
    )


def test_the_path_before_the_history_falls_into_the_past() -> None:
    history = CapexHistory((10.0,) * 4, tuple(EIGHT[-4:]), "10-Q", None, "four quarters", False)
    path = capex_path(history, [], case="low")
    assert path.today == BACK_QUARTERS + 3
    # A year before the middle of the first known year: 10 / 1.2.
    middle = (path.spent[BACK_QUARTERS - 2] * path.spent[BACK_QUARTERS - 3]) ** 0.5
    assert middle == pytest.approx(10 / 1.2)
    assert path.spent[path.today + 1 :] == pytest.approx((10.0,) * HORIZON)


def test_quarters_follow_month_ends() -> None:
    assert quarter_after(date(2025, 11, 30), 1) == date(2026, 2, 28)
    assert quarter_after(date(2026, 2, 28), -1) == date(2025, 11, 30)
    assert quarter_after(date(2025, 12, 31), 12) == date(2028, 12, 31)


def test_history_needs_a_currency_it_can_read() -> None:
    from models.payer_data import PayerData

    data = PayerData("AMZN", "Amazon", {}, [], [], Q1, {}, is_simulated=False, is_cloud=True)
    assert capex_history(data) == "capex not known by the quarter; no twelve months of capex published"


@settings(max_examples=60, deadline=None)
@given(st.lists(maybe, max_size=16), maybe, st.floats(-500, 500), st.floats(0.05, 40.0), st.booleans())
def test_any_history_gives_a_wall_or_a_reason(
    amounts: list[float | None], income: float | None, plan: float, life: float, is_simulated: bool
) -> None:
    figures = [
        figure(1, "server_life", life, None, None, unit="years", currency=None),
        figure(2, "capex_guidance", plan, date(2026, 12, 31), 12),
    ]
    parts = filings(amounts, panel=[PANEL_ROW | {"operating_income_ttm_usd": income}])
    result = run(figures, **(parts | {"is_simulated": is_simulated}))
    bare = pl.col("wall_share").is_null() & pl.col("reason").is_null()
    assert result.wall.filter(bare).is_empty()
    assert result.wall.height in (1, 3 * (HORIZON + 1))
    if result.wall.height > 1:
        assert result.wall.get_column("depreciation_bn_usd").min() >= -1e-6  # type: ignore[operator]
