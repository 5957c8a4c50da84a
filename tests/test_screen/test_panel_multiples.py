"""MULTIPLE_PANEL: regressors as known in each week, by hand; nothing from later, nothing mixed."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from market_fixture import AS_OF, companies, market, prices, quarters

from exposures.tables import FIGURES
from models.tables import MULTIPLE_PANEL
from screen.panel import build_panel

WEEKS = [AS_OF - timedelta(weeks=k) for k in range(170, -1, -1)]


def balance(ticker: str, item: str, value: float, end: date, **more: Any) -> dict[str, object]:
    return {
        "ticker": ticker, "item": item, "period_type": "INSTANT", "period_end": end, "value": value, "currency": "USD",
        "known_at": end + timedelta(days=40), "known_at_basis": "filed", "is_latest_vintage": False, "tag_rank": 0,
        "source": "test",
    } | more  # fmt: skip


def built(statements: list[dict[str, object]], currency: str = "USD", **frames: Any) -> pl.DataFrame:
    closes = {day: 100.0 * math.exp(0.01 * (-1) ** k) for k, day in enumerate(WEEKS)}
    data = market(prices=prices("X", closes, currency), statements=statements, **frames)
    made = build_panel(
        data, companies(("X", currency, currency)), FIGURES.empty(), as_of=AS_OF
    ).multiple_panel
    assert MULTIPLE_PANEL.faults(made) == []
    return made


def story(currency: str = "USD") -> list[dict[str, object]]:
    """Sixteen quarters: EPS 1, revenue 100, 101, ... 115, operating income a fifth of it."""
    revenue = [100.0 + k for k in range(16)]
    return [
        *quarters("X", "eps_diluted", [1.0] * 16, currency),
        *quarters("X", "revenue", revenue, currency),
        *quarters("X", "operating_income", [0.2 * r for r in revenue], currency),
    ]


def last(frame: pl.DataFrame) -> dict[str, Any]:
    return frame.row(by_predicate=pl.col("date") == AS_OF, named=True)


def test_growth_margin_and_size_of_the_newest_week_by_hand() -> None:
    row = last(built(story()))
    now, before = 112 + 113 + 114 + 115, 108 + 109 + 110 + 111
    assert row["growth"] == pytest.approx(math.log(now / before))
    assert row["operating_margin"] == pytest.approx(0.2)
    assert row["size"] == pytest.approx(math.log(now))
    assert row["log_multiple"] == pytest.approx(math.log(100 * math.exp(0.01) / 4))


def test_volatility_is_that_of_the_52_weeks_before() -> None:
    # Closes alternate by 2%: returns +-0.02, 26 of each among 52; standard deviation with n - 1.
    row = last(built(story()))
    assert row["risk"] == pytest.approx(0.02 * math.sqrt(52 / 51) * math.sqrt(52))


def test_a_week_knows_only_what_was_filed_by_then() -> None:
    frame = built(story())
    filed = date(2026, 3, 31) + timedelta(days=40)
    before = frame.filter(pl.col("date") < filed).sort("date").row(-1, named=True)
    assert before["size"] == pytest.approx(math.log(111 + 112 + 113 + 114))
    later = [*story(), *quarters("X", "revenue", [1e9], last=date(2026, 5, 30), lag=30)]
    assert built(later).equals(frame)


def test_a_restatement_counts_from_the_day_it_was_filed() -> None:
    first = built(story())
    restated = [
        row | {"value": 50.0, "known_at": AS_OF - timedelta(days=10)}
        for row in quarters("X", "revenue", [115.0])
    ]
    second = built([*story(), *restated])
    early = pl.col("date") < AS_OF - timedelta(days=10)
    assert second.filter(early).equals(first.filter(early))
    assert last(second)["size"] == pytest.approx(math.log(112 + 113 + 114 + 50))


def test_leverage_is_debt_over_equity_capped_and_null_without_equity() -> None:
    end = date(2026, 3, 31)

    def leverage(debt: float, equity: float | None) -> float | None:
        rows = [balance("X", "total_debt", debt, end)]
        rows += [] if equity is None else [balance("X", "equity", equity, end)]
        return last(built([*story(), *rows]))["leverage"]

    assert leverage(50.0, 200.0) == pytest.approx(0.25)
    assert leverage(5000.0, 200.0) == 3.0
    assert leverage(50.0, -10.0) is None
    assert leverage(50.0, None) is None
    old = [balance("X", item, 100.0, date(2024, 12, 31)) for item in ("total_debt", "equity")]
    assert last(built([*story(), *old]))["leverage"] is None


def test_an_older_quarters_restated_balance_does_not_replace_the_newest() -> None:
    rows = [
        balance("X", "equity", 200.0, date(2026, 3, 31)),
        balance("X", "total_debt", 50.0, date(2026, 3, 31)),
        balance("X", "total_debt", 500.0, date(2025, 12, 31), known_at=AS_OF - timedelta(days=3)),
    ]
    assert last(built([*story(), *rows]))["leverage"] == pytest.approx(0.25)


def test_of_two_tags_of_one_balance_the_preferred_counts_as_on_the_days_panel() -> None:
    """A part of the debt (a fallback tag) of the same filing, or of a later one, is not the whole debt."""
    end = date(2026, 3, 31)
    whole = [balance("X", "equity", 200.0, end), balance("X", "total_debt", 100.0, end)]
    part = balance("X", "total_debt", 10.0, end) | {"tag_rank": 1000}
    late = part | {"known_at": AS_OF - timedelta(days=3)}
    for more in (part, late):
        rows = [*story(), *whole, more]
        assert last(built(rows))["leverage"] == pytest.approx(0.5)
        assert last(built(rows[::-1]))["leverage"] == pytest.approx(0.5)


def test_size_is_in_dollars_and_null_without_a_rate() -> None:
    rate = [
        {"base": "USD", "quote": "EUR", "date": day, "rate": 0.5, "known_at": day, "source": "test"}
        for day in WEEKS
    ]
    row = last(built(story("EUR"), "EUR", fx=rate))
    assert row["size"] == pytest.approx(math.log(2 * (112 + 113 + 114 + 115)))
    assert last(built(story("EUR"), "EUR"))["size"] is None


def test_weeks_without_a_multiple_have_no_row_and_no_statements_none() -> None:
    assert built([]).is_empty()
    losses = [r | {"value": -1.0} if r["item"] == "eps_diluted" else r for r in story()]
    assert built(losses).is_empty()
