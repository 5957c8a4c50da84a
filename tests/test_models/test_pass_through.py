"""Pass-through: identified only with enough points, slopes recovered, customers' spending by hand, reasons."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposures.tables import RELATIONS
from models.customer_capex import customer_capex
from models.pass_through import PassThrough, pass_through, pass_through_rows
from models.tables import PASS_THROUGH, QUARTERS

AS_OF = date(2026, 6, 1)
SCHEMA = {
    "ticker": pl.String,
    "quarter": pl.Date,
    "change": pl.Float64,
    "revenue": pl.Float64,
    "capex": pl.Float64,
}
TRUTH = {"pressured": -0.08, "contested": 0.0, "bottleneck": 0.05}


def panel(
    firms: int, quarters: int, *, seed: int = 0, capex: float | None = None
) -> tuple[pl.DataFrame, dict[str, str | None]]:
    """Rows of `firms` companies a tier with the true slopes by tier; with capex its slope in every tier."""
    rng = np.random.default_rng(seed)
    rows, tiers = [], {}
    for tier, truth in TRUTH.items():
        for i in range(firms):
            ticker = f"{tier[0].upper()}{i:02d}"
            tiers[ticker] = tier
            level, own = rng.normal(0, 0.01), truth + rng.normal(0, 0.02)
            for q in range(quarters):
                revenue, spent = rng.normal(0.15, 0.25), rng.normal(0.2, 0.3)
                change = level + own * revenue + (capex or 0.0) * spent + rng.normal(0, 0.01)
                end = date(2020 + q // 4, 3 * (q % 4) + 3, 28)
                rows.append((ticker, end, change, revenue, None if capex is None else spent))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row"), tiers


def row_of(found: PassThrough, tier: str) -> dict[str, Any]:
    assert PASS_THROUGH.faults(found.table) == []
    return found.table.row(by_predicate=pl.col("tier") == tier, named=True)


def test_slopes_by_tier_are_recovered_with_their_verdict() -> None:
    found = pass_through(*panel(8, 12))
    for tier, truth in TRUTH.items():
        row = row_of(found, tier)
        assert abs(row["slope"] - truth) <= 2 * row["slope_se"]
        assert (row["firms"], row["points"], row["slope_capex"]) == (8, 96, None)
        assert (
            "slope on capital spending not identified: 0 companies have 6 or more yearly changes of"
            in row["reason"]
        )
    verdicts = [row_of(found, tier)["verdict"] for tier in ("bottleneck", "contested", "pressured")]
    assert verdicts == ["as the tier says", "no claim", "as the tier says"]


def test_slope_on_customers_spending_is_recovered() -> None:
    found = pass_through(*panel(6, 12, capex=-0.04))
    for tier, truth in TRUTH.items():
        row = row_of(found, tier)
        assert abs(row["slope_capex"] + 0.04) <= 2 * row["slope_capex_se"]
        assert abs(row["slope"] - truth) <= 2 * row["slope_se"]
    # A bottleneck whose margin falls when its customers spend is none.
    assert row_of(found, "bottleneck")["verdict"] == "against the tier"


def test_slope_on_revenue_is_of_all_companies_and_that_on_spending_of_those_that_have_it() -> None:
    rows, tiers = panel(6, 12, capex=-0.04)
    without = pl.col("ticker").is_in(["B00", "B01"])
    part = rows.with_columns(capex=pl.when(without).then(None).otherwise(pl.col("capex")))
    row = row_of(pass_through(part, tiers), "bottleneck")
    plain = row_of(pass_through(rows.with_columns(capex=pl.lit(None, dtype=pl.Float64)), tiers), "bottleneck")
    joint = row_of(pass_through(rows.filter(~without), tiers), "bottleneck")
    assert (row["firms"], row["firms_capex"]) == (6, 4)
    assert row["slope"] == plain["slope"]
    assert row["slope_capex"] == pytest.approx(joint["slope_capex"])
    assert row["reason"].endswith("slope on capital spending from 4 companies")


def test_wrong_tiers_are_called_wrong() -> None:
    rows, tiers = panel(8, 12)
    swap: dict[str | None, str | None] = {"pressured": "bottleneck", "bottleneck": "pressured"}
    found = pass_through(rows, {t: swap.get(tier, tier) for t, tier in tiers.items()})
    assert row_of(found, "bottleneck")["verdict"] == "against the tier"
    assert row_of(found, "pressured")["verdict"] == "against the tier"


def test_not_identified_with_five_points_or_two_companies() -> None:
    short = pass_through(*panel(8, 5))
    assert row_of(short, "bottleneck")["verdict"] == "not identified"
    assert row_of(short, "bottleneck")["reason"] == (
        "not identified: 0 companies have 6 or more yearly changes, 3 are needed"
    )
    assert short.slopes == {}
    assert set(short.reasons.values()) == {"not identified: 0 companies have 6 points, 6 are needed"}
    rows, tiers = panel(8, 8)
    few = [t for t, tier in tiers.items() if tier != "pressured"] + ["P00", "P01"]
    found = pass_through(rows.filter(pl.col("ticker").is_in(few)), tiers)
    assert row_of(found, "pressured")["slope"] is None
    assert row_of(found, "pressured")["reason"].startswith("not identified: 2 companies have")
    assert row_of(found, "contested")["slope"] is not None


def test_slopes_by_company_do_not_know_the_tier() -> None:
    rows, tiers = panel(8, 12)
    first = pass_through(rows, tiers)
    other = pass_through(rows, dict.fromkeys(tiers, "contested"))
    assert first.slopes == other.slopes
    strong, weak = (np.mean([s for t, s in first.slopes.items() if t[0] == letter]) for letter in ("B", "P"))
    assert strong - weak == pytest.approx(0.13, abs=0.03)


def test_points_by_hand() -> None:
    margins = pl.DataFrame(
        [("A", date(2026, 3, 31), 0.02, 0.5), ("A", date(2025, 12, 31), None, 0.5), ("A", date(2025, 9, 30), 0.01, -1.0)],
        schema={"ticker": pl.String, "quarter": pl.Date, "change": pl.Float64, "growth": pl.Float64},
        orient="row",
    )  # fmt: skip
    capex = pl.DataFrame(
        [("A", date(2025, 12, 31), 30.0), ("A", date(2024, 12, 31), 20.0)],
        schema={"ticker": pl.String, "quarter": pl.Date, "capex": pl.Float64}, orient="row",
    )  # fmt: skip
    found = pass_through_rows(margins, capex)
    # Revenue that fell to nothing has no logarithm; the quarter before March is December.
    assert found.rows() == [
        ("A", date(2026, 3, 31), 0.02, pytest.approx(np.log(1.5)), pytest.approx(np.log(1.5)))
    ]


def relation(customer: str, low: float | None, high: float | None, **values: Any) -> dict[str, Any]:
    return {"supplier": "A", "customer": customer, "revenue_share_low": low, "revenue_share_high": high,
            "source": "s", "grade": "B", "known_at": date(2025, 1, 1)} | values  # fmt: skip


def spending(ticker: str, end: date, capex: float | None, **values: Any) -> dict[str, Any]:
    return {
        "ticker": ticker,
        "period_end": end,
        "currency": "USD",
        "known_at": end,
        "capex": capex,
        "source": "f",
    } | values


def test_customers_spending_by_hand() -> None:
    then, now = date(2025, 12, 31), date(2026, 3, 31)
    quarters = [spending("M", then, 10.0), spending("M", now, 20.0), spending("N", now, 40.0),
                spending("Z", now, 999.0)]  # fmt: skip
    relations = [relation("M", 0.2, 0.4), relation("N", 0.1, None), relation("Z", 0.5, 0.5),
                 relation("PRIV:x", 0.9, 0.9), relation("M", None, None, known_at=date(2026, 1, 1)),
                 relation("M", 0.9, 0.9, known_at=date(2026, 6, 2))]  # fmt: skip
    found = customer_capex(
        RELATIONS.frame(relations), QUARTERS.frame(quarters), frozenset({"M", "N"}), as_of=AS_OF
    )
    # .3 * 20 + .1 * 40; in December one of the two is missing, so the sum would move with its composition.
    assert found.rows() == [("A", now, pytest.approx(10.0), "M+N")]


def test_customers_in_two_currencies_are_not_added() -> None:
    now = date(2026, 3, 31)
    quarters = [spending("M", now, 20.0), spending("N", now, 4e4, currency="TWD")]
    relations = [relation("M", 0.3, 0.3), relation("N", 0.1, 0.1)]
    found = customer_capex(
        RELATIONS.frame(relations), QUARTERS.frame(quarters), frozenset({"M", "N"}), as_of=AS_OF
    )
    assert found.rows() == [("A", now, pytest.approx(6.0), "M")]


maybe = st.one_of(st.sampled_from([0.0, 0.1]), st.floats(-3, 3))


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 11), maybe, maybe, st.one_of(st.none(), maybe)),
             max_size=90, unique_by=lambda r: r[:2]),
    st.lists(st.sampled_from([None, "pressured", "bottleneck"]), min_size=8, max_size=8),
)  # fmt: skip
def test_any_points_give_slopes_or_reasons(
    points: list[tuple[int, int, float, float, float | None]], assigned: list[str | None]
) -> None:
    rows = pl.DataFrame(
        [(f"T{t}", date(2020 + q // 4, 3 * (q % 4) + 3, 28), c, r, k) for t, q, c, r, k in points],
        schema=SCHEMA, orient="row",
    )  # fmt: skip
    tiers = {f"T{i}": tier for i, tier in enumerate(assigned)}
    found = pass_through(rows, tiers)
    assert PASS_THROUGH.faults(found.table) == []
    assert found.table.filter(pl.col("slope").is_null() & pl.col("reason").is_null()).is_empty()
    assert not any(found.table.select(pl.col(pl.Float64).is_nan().any()).row(0))
    assert set(found.slopes) | set(found.reasons) == set(tiers)
    assert np.isfinite(list(found.slopes.values())).all()
