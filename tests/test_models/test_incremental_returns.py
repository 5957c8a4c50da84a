"""Incremental returns over time: worked numbers, gaps, denominators, degenerate input."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.capex_history import quarter_after
from models.incremental_returns import TAX_RATE
from tests.test_models.test_capex_efficiency import PANEL_ROW, Q1, maybe, quarter, run

TWELVE = [quarter_after(Q1, -back) for back in range(11, -1, -1)]


def rows(values: list[dict[str, Any]], **parts: Any) -> pl.DataFrame:
    ends = TWELVE[-len(values) :]
    quarters = [
        quarter(e, v.pop("capex", None), **v) for e, v in zip(ends, [dict(v) for v in values], strict=True)
    ]
    return run([], panel=[PANEL_ROW], quarters=quarters, is_simulated=False, **parts).returns


def year(revenue: float, income: float, capex: float, ocf: float, **more: float) -> list[dict[str, Any]]:
    one = {"revenue": revenue, "operating_income": income, "capex": capex, "operating_cash_flow": ocf} | more
    return [{k: v * 1e9 / (1 if k in more else 4) for k, v in one.items()}] * 4


def test_worked_numbers() -> None:
    first = year(100, 20, 40, 50, equity=60, total_debt=30, cash=10)
    second = year(120, 26, 60, 50, equity=90, total_debt=40, cash=10)
    third = year(150, 38, 90, 60, equity=100, total_debt=60, cash=10)
    frame = rows([*first, *second, *third])
    now = frame.row(0, named=True)
    assert now["period_end"] == Q1
    assert now["incremental_margin"] == pytest.approx(12 / 30)
    assert now["incremental_return"] == pytest.approx(12 * (1 - TAX_RATE) / 60)
    # Invested capital: 80 at the end of the first year, 120 at the end of the second.
    assert now["incremental_roic"] == pytest.approx(12 * (1 - TAX_RATE) / 40)
    assert now["self_funding"] == pytest.approx(1.5)
    assert now["fcf_bn_usd"] == pytest.approx(-30)
    assert now["reason"] is None
    before = frame.row(by_predicate=pl.col("period_end") == date(2025, 3, 31), named=True)
    assert before["incremental_return"] == pytest.approx(6 * (1 - TAX_RATE) / 40)
    assert before["incremental_roic"] is None
    assert frame.height == 8


def test_what_cannot_be_divided_says_why() -> None:
    flat = rows([*year(100, 20, 0, 50), *year(101, 30, 10, -5)]).row(0, named=True)
    assert flat["incremental_margin"] is None
    assert "revenue moved by less than 2%" in flat["reason"]
    assert "capex of the year before is not positive" in flat["reason"]
    assert "operating cash flow is not positive" in flat["reason"]
    assert flat["fcf_bn_usd"] == pytest.approx(-15)


def test_a_gap_is_no_year() -> None:
    values = [*year(100, 20, 40, 50), *year(120, 26, 60, 50)]
    holed = [
        v | ({"revenue": None, "operating_income": None} if i == 5 else {}) for i, v in enumerate(values)
    ]
    row = rows(holed).row(0, named=True)
    assert row["incremental_margin"] is None
    assert row["self_funding"] == pytest.approx(1.2)


def test_no_quarters_is_one_row_with_a_reason() -> None:
    frame = run([], is_simulated=False).returns
    assert frame.height == 1
    assert frame.item(0, "reason") == "no four quarters of revenue or capex in a row known"
    assert rows([{"capex": 1e9}]).item(0, "period_end") is None


def test_simulated_quarters_say_so() -> None:
    quarters = [quarter(e, 1e9, revenue=5e9, operating_income=1e9, operating_cash_flow=2e9) for e in TWELVE]
    frame = run([], panel=[PANEL_ROW], quarters=quarters, is_simulated=True).returns
    assert frame.item(0, "caveat").startswith("simulated; ")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("revenue", "operating_income", "capex", "operating_cash_flow", "equity", "total_debt", "cash"), maybe)), max_size=12))  # fmt: skip
def test_any_quarters_give_values_or_reasons(values: list[dict[str, Any]]) -> None:
    frame = rows(values) if values else run([], is_simulated=False).returns
    ratios = ("incremental_margin", "incremental_return", "incremental_roic", "self_funding")
    bare = pl.any_horizontal(pl.col(r).is_null() for r in ratios) & pl.col("reason").is_null()
    assert frame.filter(bare).is_empty()
