"""Working-capital terms: by hand, what is missing and why, no look-ahead, degenerate balances."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.tables import QUARTERS, WORKING_CAPITAL
from models.working_capital import working_capital

AS_OF = date(2026, 6, 1)
THEN, NOW = date(2025, 3, 31), date(2026, 3, 31)


def quarter(end: date, **values: Any) -> dict[str, Any]:
    return {"ticker": "A", "period_end": end, "currency": "USD", "known_at": end, "revenue": 100.0,
            "gross_profit": 40.0, "source": "filing"} | values  # fmt: skip


def run(rows: list[dict[str, Any]]) -> dict[str, Any]:
    found = working_capital(QUARTERS.frame(rows), {"A": "contested"}, as_of=AS_OF)
    assert WORKING_CAPITAL.faults(found) == []
    return found.row(0, named=True)


def test_terms_by_hand() -> None:
    row = run(
        [
            quarter(THEN, receivables=50.0, payables=30.0, deferred_revenue_current=10.0),
            quarter(NOW, revenue=200.0, receivables=80.0, payables=60.0, deferred_revenue_current=30.0, gross_profit=100.0),
        ]
    )  # fmt: skip
    assert row["dso_days"] == pytest.approx(80 / 200 * 91)
    assert row["dso_change_days"] == pytest.approx((0.4 - 0.5) * 91)
    assert row["dpo_days"] == pytest.approx(60 / 100 * 91)
    assert row["dpo_change_days"] == pytest.approx((0.6 - 0.5) * 91)
    assert row["contract_liabilities_to_revenue"] == pytest.approx(0.15)
    assert row["contract_liabilities_change"] == pytest.approx(0.05)
    assert (row["period_end"], row["source"], row["reason"]) == (NOW, "filing", None)


def test_what_is_missing_is_said() -> None:
    row = run([quarter(NOW, receivables=50.0, gross_profit=None, payables=3.0)])
    assert row["dpo_days"] is None
    assert row["reason"] == (
        "no payables or cost of revenue, contract liabilities; no receivables a year before"
    )
    none = run([quarter(NOW)])
    assert none["reason"] == "no balances of the last year in filings"
    assert none["period_end"] is None


def test_old_and_later_balances_are_not_used() -> None:
    assert run([quarter(date(2025, 3, 31), receivables=50.0)])["dso_days"] is None
    rows = [quarter(NOW, receivables=50.0), quarter(THEN, receivables=9.0, known_at=date(2026, 6, 2))]
    assert run(rows)["dso_change_days"] is None


def test_a_year_before_in_another_currency_is_no_comparison() -> None:
    row = run([quarter(THEN, receivables=50.0, currency="TWD"), quarter(NOW, receivables=50.0)])
    assert (row["dso_days"], row["dso_change_days"]) == (pytest.approx(45.5), None)


maybe = st.one_of(st.none(), st.just(0.0), st.floats(-1e9, 1e9))


@given(st.lists(st.tuples(st.sampled_from([THEN, date(2025, 6, 30), NOW]), *[maybe] * 5), max_size=3,
                unique_by=lambda q: q[0]))  # fmt: skip
def test_any_balances_give_terms_or_a_reason(rows: list[tuple[Any, ...]]) -> None:
    names = ("revenue", "gross_profit", "receivables", "payables", "deferred_revenue_current")
    row = run([quarter(end, **dict(zip(names, values, strict=True))) for end, *values in rows])
    terms = [row[n] for n in ("dso_days", "dpo_days", "contract_liabilities_to_revenue")]
    assert row["reason"] is not None or None not in terms
    assert all(value is None or 0 <= value < float("inf") for value in terms)
