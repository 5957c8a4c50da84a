"""Margins by tier through time: calendar quarters, medians and fixed composition by hand, no look-ahead."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposures.tables import MARGINS
from models.margin_dispersion import margin_dispersion
from models.quarter_margins import calendar_quarter, quarter_margins
from models.tables import MARGIN_DISPERSION, QUARTERS

AS_OF = date(2026, 6, 1)
TIERS: dict[str, str | None] = {"B1": "bottleneck", "B2": "bottleneck", "P1": "pressured", "C1": "contested"}


def quarter(
    ticker: str, end: date, revenue: float | None, margin: float | None, **values: Any
) -> dict[str, Any]:
    profit = None if margin is None or revenue is None else revenue * margin
    return {
        "ticker": ticker, "period_end": end, "currency": "USD", "known_at": end, "revenue": revenue,
        "gross_profit": profit, "source": "filing",
    } | values  # fmt: skip


def published(ticker: str, value: float, period: str, end: date, **values: Any) -> dict[str, Any]:
    return {"ticker": ticker, "metric": "gross_margin", "value": value, "period": period, "period_end": end,
            "source": f"press {period}", "known_at": end, "grade": "B"} | values  # fmt: skip


def run(quarters: list[dict[str, Any]], margins: list[dict[str, Any]] | None = None) -> pl.DataFrame:
    made = quarter_margins(QUARTERS.frame(quarters), MARGINS.frame(margins or []), as_of=AS_OF)
    found = margin_dispersion(made, TIERS, as_of=AS_OF)
    assert MARGIN_DISPERSION.faults(found) == []
    return found


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (date(2026, 3, 31), date(2026, 3, 31)),
        (date(2026, 4, 26), date(2026, 3, 31)),  # NVIDIA: February to April
        (date(2026, 1, 31), date(2025, 12, 31)),  # Dell: November to January
        (date(2026, 2, 26), date(2026, 3, 31)),  # Micron: December to February
        (date(2026, 5, 2), date(2026, 3, 31)),  # Marvell
        (date(2025, 11, 30), date(2025, 12, 31)),
    ],
)
def test_a_fiscal_quarter_belongs_to_the_calendar_quarter_of_its_middle(end: date, expected: date) -> None:
    assert pl.select(calendar_quarter(pl.lit(end))).item() == expected


THEN, NOW = date(2025, 3, 31), date(2026, 3, 31)
ROWS = [
    quarter("B1", THEN, 100.0, 0.50), quarter("B1", NOW, 150.0, 0.60),
    quarter("B2", NOW, 80.0, 0.40),
    quarter("P1", THEN, 100.0, 0.10), quarter("P1", NOW, 110.0, 0.07),
    quarter("C1", NOW, 100.0, 0.30),
]  # fmt: skip


def test_medians_spread_and_fixed_composition_by_hand() -> None:
    row = run(ROWS).row(by_predicate=pl.col("quarter") == NOW, named=True)
    assert (row["names_bottleneck"], row["margin_bottleneck"]) == (2, pytest.approx(0.50))
    assert row["spread"] == pytest.approx(0.50 - 0.07)
    # B2 has no year before: fixed composition is B1 (+.10) against P1 (-.03).
    assert (row["matched_bottleneck"], row["matched_pressured"]) == (1, 1)
    assert row["spread_change"] == pytest.approx(0.13)
    assert row["growth_bottleneck"] == pytest.approx(0.5)
    assert row["growth_pressured"] == pytest.approx(0.1)
    # Margins .07 .30 .40 .60: median .35, deviations .28 .05 .05 .25.
    assert row["dispersion"] == pytest.approx(1.4826 * 0.15)
    assert row["dispersion_change"] is None
    assert row["composition"] == "bottleneck: B1, B2; pressured: P1"
    assert row["reason"] is None


def test_a_missing_tier_is_named() -> None:
    found = run([r for r in ROWS if r["ticker"] != "P1"])
    row = found.row(by_predicate=pl.col("quarter") == NOW, named=True)
    assert (row["spread"], row["reason"]) == (None, "no gross margin of a pressured name in this quarter")
    assert run([]).is_empty()


def test_published_quarters_fill_companies_without_filings_only() -> None:
    extra = [published("P1", 0.99, "Q1-26", NOW), published("C1", 0.9, "FY25", date(2025, 12, 31))]
    assert run(ROWS, extra).equals(run(ROWS))
    without = [r for r in ROWS if r["ticker"] != "P1"]
    row = run(without, extra).row(by_predicate=pl.col("quarter") == NOW, named=True)
    assert (row["margin_pressured"], row["growth_pressured"]) == (0.99, None)
    assert row["source"] == "filing+press Q1-26"


def test_what_became_known_later_changes_nothing() -> None:
    later = {"known_at": date(2026, 6, 2)}
    rows = [*ROWS, quarter("B2", THEN, 1.0, 0.9, **later)]
    assert run(rows, [published("P9", 0.5, "Q1-26", NOW, **later)]).equals(run(ROWS))


def test_a_change_of_currency_is_no_change_of_margin() -> None:
    rows = [quarter("B1", THEN, 100.0, 0.5, currency="TWD"), quarter("B1", NOW, 3.0, 0.6)]
    row = run(rows).row(by_predicate=pl.col("quarter") == NOW, named=True)
    assert (row["margin_change_bottleneck"], row["growth_bottleneck"]) == (None, None)


maybe = st.one_of(st.none(), st.sampled_from([0.0, 1.0]), st.floats(-1e9, 1e9))
ENDS = [date(y, m, d) for y in (2024, 2025) for m, d in ((3, 31), (6, 30), (9, 30), (12, 31))]


@given(st.lists(st.tuples(st.sampled_from([*TIERS]), st.sampled_from(ENDS), maybe, maybe), max_size=24,
                unique_by=lambda q: q[:2]))  # fmt: skip
def test_any_quarters_give_figures_or_reasons(
    found: list[tuple[str, date, float | None, float | None]],
) -> None:
    rows = [quarter(t, end, revenue, None, gross_profit=profit) for t, end, revenue, profit in found]
    made = run(rows)
    assert made.filter(pl.col("spread_change").is_null() & pl.col("reason").is_null()).is_empty()
    floats = made.select(pl.col(pl.Float64).is_nan().any())
    assert not any(floats.row(0)) if made.height else True
    assert run(rows[::-1]).equals(made)
