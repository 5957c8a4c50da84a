"""Pricing power: margins by hand, published cases, tiers against evidence, gaps, properties."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposures.tables import MARGINS, MEMBERSHIPS, RELATIONS, STATEMENTS
from models.pricing_power import PowerResult, pricing_power
from models.tables import COMPONENTS, EVIDENCE, PANEL, QUARTERS

AS_OF = date(2026, 6, 1)
ENDS = [date(y, m, d) for y in (2023, 2024, 2025) for m, d in ((3, 31), (6, 30), (9, 30), (12, 31))]


def member(ticker: str, tier: str | None = "contested", segment: str = "s", **values: Any) -> dict[str, Any]:
    return {
        "ticker": ticker, "name": ticker, "country": "TW", "group": ticker, "layer": "compute",
        "segment": segment, "segment_name": segment, "is_primary": True, "role": "supplier", "tier": tier,
        "tier_origin": "default", "tier_reason": "why", "tier_source": "note",
        "tier_known_at": date(2026, 4, 29),
    } | values  # fmt: skip


def quarter(ticker: str, end: date, revenue: float, margin: float | None, **values: Any) -> dict[str, Any]:
    return {
        "ticker": ticker, "period_end": end, "currency": "TWD", "known_at": end, "revenue": revenue,
        "gross_profit": None if margin is None else revenue * margin, "source": "filing",
    } | values  # fmt: skip


def published(
    ticker: str, value: float, period: str, end: date, metric: str = "gross_margin"
) -> dict[str, Any]:
    return {
        "ticker": ticker, "metric": metric, "value": value, "period": period, "period_end": end,
        "source": f"press {period}", "known_at": date(2026, 2, 25), "grade": "B",
    }  # fmt: skip


def run(members: list[dict[str, Any]], **parts: Any) -> PowerResult:
    result = pricing_power(
        panel=PANEL.frame(parts.get("panel", [])),
        quarters=QUARTERS.frame(parts.get("quarters", [])),
        memberships=MEMBERSHIPS.frame(members),
        margins=MARGINS.frame(parts.get("margins", [])),
        statements=STATEMENTS.frame(parts.get("statements", [])),
        relations=RELATIONS.frame(parts.get("relations", [])),
        as_of=AS_OF,
        margin_change=parts.get("margin_change"),
        is_ranking_only=parts.get("is_ranking_only", False),
    )
    assert EVIDENCE.faults(result.evidence) == []
    assert COMPONENTS.faults(result.components) == []
    return result


def of(result: PowerResult, ticker: str) -> dict[str, Any]:
    return result.evidence.row(by_predicate=pl.col("ticker") == ticker, named=True)


def part(result: PowerResult, ticker: str, key: str) -> dict[str, Any]:
    chosen = (pl.col("ticker") == ticker) & (pl.col("component") == key)
    return result.components.row(by_predicate=chosen, named=True)


KING_SLIDE = [
    published("2059.TW", 0.5842, "Q3-23", date(2023, 9, 30)),
    published("2059.TW", 0.6912, "FY24", date(2024, 12, 31)),
    published("2059.TW", 0.7605, "FY25", date(2025, 12, 31)),
]


def ladder(n: int = 6) -> list[dict[str, Any]]:
    """Names whose published margin rises from 6% in even steps."""
    return [published(f"N{i}", 0.06 + 0.05 * i, "FY25", date(2025, 12, 31)) for i in range(n)]


def test_statement_measures_by_hand() -> None:
    # Revenue 100, 110, ... 210; gross margin 40% in 2023, 44% in 2024, 50% in 2025.
    margins = [0.40] * 4 + [0.44] * 4 + [0.50] * 4
    rows = [quarter("A", e, 100.0 + 10 * i, m) for i, (e, m) in enumerate(zip(ENDS, margins, strict=True))]
    result = run([member("A")], quarters=rows)
    told = dict(result.components.select("component", "detail").iter_rows())
    assert told["gross_margin_level"].startswith("47.0%, median of 8 quarters to ")
    assert told["gross_margin_change"].startswith("+6.0 points, median of the year to ")
    assert told["incremental_margin"].endswith("of added revenue, slope over 8 quarters")
    row = of(result, "A")
    assert row["quarters"] == 8
    assert row["gross_margin_level"] == pytest.approx(0.47)  # median of four 44% and four 50%
    assert row["gross_margin_change"] == pytest.approx(0.06)
    assert row["gross_margin_stability"] == pytest.approx(1.4826 * 0.01)  # changes .04 x4, .06 x4
    assert row["revenue_growth"] == pytest.approx(210 / 170 - 1)
    from scipy.stats import theilslopes

    revenue = np.array([100.0 + 10 * i for i in range(4, 12)])
    profit = revenue * np.array(margins[4:])
    assert row["incremental_margin"] == pytest.approx(theilslopes(profit, revenue).slope)


def test_a_missing_quarter_is_not_bridged() -> None:
    rows = [quarter("A", e, 100.0, 0.4 + 0.01 * i) for i, e in enumerate(ENDS) if e != date(2024, 12, 31)]
    row = of(run([member("A")], quarters=rows), "A")
    assert row["gross_margin_change"] is None
    assert row["revenue_growth"] is None
    assert row["incremental_margin"] is None  # revenue does not move


def test_incremental_margin_needs_six_quarters() -> None:
    rows = [quarter("A", e, 100.0 + i, 0.4) for i, e in enumerate(ENDS[-5:])]
    component = part(run([member("A")], quarters=rows), "A", "incremental_margin")
    assert component["value"] is None
    assert component["reason"] == "needs 6 quarters with gross profit and moving revenue, has 5"


def test_king_slide_published_margins_beat_its_tier() -> None:
    # facts/margins.csv: 69.12% in 2024, 76.05% in 2025: up 6.9 points.
    members = [member("2059.TW"), *(member(f"N{i}") for i in range(6))]
    result = run(members, margins=[*KING_SLIDE, *ladder()])
    row = of(result, "2059.TW")
    assert row["gross_margin_change"] == pytest.approx(0.0693)
    assert row["gross_margin_level"] == 0.7605
    assert row["evidence_tier"] == "bottleneck"
    assert row["agreement"] == "evidence is stronger"
    assert row["verdict"].startswith("Gross margin 76.0%, up 6.9 points in a year (published for FY25")
    assert "assigned contested, evidence points to bottleneck." in row["verdict"]
    assert row["source"] == "press FY25+press FY24"
    assert part(result, "2059.TW", "gross_margin_level")["kind"] == "fact"


def test_statements_beat_published_margins_and_other_perimeters_never_count() -> None:
    rows = [quarter("2059.TW", e, 100.0, 0.5) for e in ENDS]
    assert (
        of(run([member("2059.TW")], quarters=rows, margins=KING_SLIDE), "2059.TW")["gross_margin_level"]
        == 0.5
    )
    segment = [published("A", 0.086, "Q1-26", date(2026, 3, 31), "segment_margin_CCS")]
    row = of(run([member("A")], margins=segment), "A")
    assert row["gross_margin_level"] is None
    assert row["published_margin"] == "segment margin CCS 8.6% Q1-26 (press Q1-26)"
    assert row["agreement"] == "no evidence"


def test_published_periods_of_different_length_are_not_compared() -> None:
    rows = [
        published("A", 0.30, "FY24", date(2024, 12, 31)),
        published("A", 0.35, "Q4-25", date(2025, 12, 31)),
        published("A", 0.99, "Q1-26E", date(2026, 3, 31)),
    ]
    row = of(run([member("A")], margins=rows), "A")
    assert row["gross_margin_level"] == 0.35
    assert row["gross_margin_change"] is None


def test_terciles_split_the_names_and_name_the_disagreement() -> None:
    tiers = ["bottleneck", "pressured", "contested", "contested", "bottleneck", "bottleneck"]
    result = run([member(f"N{i}", tier) for i, tier in enumerate(tiers)], margins=ladder())
    assert result.evidence.get_column("evidence_tier").to_list() == [
        "pressured", "pressured", "contested", "contested", "bottleneck", "bottleneck",
    ]  # fmt: skip
    assert of(result, "N0")["agreement"] == "evidence is weaker"
    assert of(result, "N1")["agreement"] == "agrees"


def test_too_few_names_or_ties_give_no_evidence_tier() -> None:
    few = run([member(f"N{i}") for i in range(5)], margins=ladder(5))
    assert few.evidence.get_column("evidence_tier").null_count() == 5
    tied = [row | {"value": 0.3} for row in ladder()]
    ties = run([member(f"N{i}") for i in range(6)], margins=tied)
    assert ties.evidence.get_column("evidence_score").null_count() == 6
    assert set(ties.evidence.get_column("agreement")) == {"no evidence"}


def test_tier_power_is_weighted_only_when_every_share_is_known() -> None:
    two = [
        member("A", "bottleneck", "hbm", revenue_share_low=0.3),
        member("A", "pressured", "assembly", revenue_share_low=0.1, is_primary=False),
    ]
    assert part(run(two), "A", "tier_power")["value"] == pytest.approx(2 * 0.3 / 0.4)
    two[1]["revenue_share_low"] = None
    assert part(run(two), "A", "tier_power")["value"] == 2.0
    assert part(run([member("B", "pressured")]), "B", "tier_power")["value"] == 0.0
    assert part(run([member("B", None)]), "B", "tier_power")["reason"] == "no tier is assigned"


def test_exposure_is_the_lower_bound_never_a_ceiling_never_zero() -> None:
    two = [
        member("A", segment="x", revenue_share_low=0.7),
        member("A", segment="y", revenue_share_low=0.6, is_primary=False),
    ]
    assert part(run(two), "A", "ai_exposure")["value"] == 1.0
    ceiling = part(run([member("A", revenue_share_high=0.61)]), "A", "ai_exposure")
    assert (ceiling["value"], ceiling["reason"]) == (None, "only an upper bound is published")
    assert part(run([member("A")]), "A", "ai_exposure")["reason"] == "no revenue share is published"
    broker = part(run([member("A", revenue_share_low=0.2, basis="broker forecast 2026")]), "A", "ai_exposure")
    assert broker["kind"] == "estimate"


def test_payers_and_users_are_outside_the_tiers() -> None:
    result = run([member("A"), member("MSFT", None, role="payer")])
    assert result.evidence.get_column("ticker").to_list() == ["A"]
    assert set(result.components.get_column("ticker")) == {"A"}


def test_scenario_moves_level_and_change_of_its_segment() -> None:
    rows = [quarter("A", e, 100.0 + i, 0.4) for i, e in enumerate(ENDS)]
    row = of(run([member("A")], quarters=rows, margin_change={"s": -0.05}), "A")
    assert row["gross_margin_level"] == pytest.approx(0.35)
    assert row["gross_margin_change"] == pytest.approx(-0.05)
    assert "scenario adds -5.0 points" in row["verdict"]


def test_components_alone_are_those_of_the_whole() -> None:
    rows = [quarter("A", e, 100.0 + i, 0.4) for i, e in enumerate(ENDS)]
    whole, alone = (
        run([member("A")], quarters=rows, margin_change={"s": -0.05}, is_ranking_only=only)
        for only in (False, True)
    )
    assert alone.components.equals(whole.components)
    assert alone.evidence.is_empty()
    assert not whole.evidence.is_empty()


def test_what_became_known_later_changes_nothing() -> None:
    later = date(2026, 7, 1)
    early = run([member("A")], margins=KING_SLIDE[:1] + ladder())
    late = run(
        [member("A")],
        quarters=[quarter("A", date(2026, 3, 31), 1.0, 0.9, known_at=later)],
        margins=[
            *KING_SLIDE[:1],
            *ladder(),
            published("A", 0.9, "FY25", date(2025, 12, 31)) | {"known_at": later},
        ],
        statements=[
            {
                "ticker": "A",
                "topic": "price_cut",
                "summary": "s",
                "known_at": later,
                "source": "x",
                "grade": "B",
                "stance": "stated",
            }
        ],
    )
    assert early.evidence.equals(late.evidence)
    assert early.components.equals(late.components)


def test_statements_are_quoted_with_their_stance() -> None:
    said = {
        "ticker": "A",
        "topic": "price_cut",
        "summary": "s",
        "known_at": date(2026, 2, 25),
        "source": "udn",
        "grade": "B",
        "stance": "denied",
    }
    assert of(run([member("A")], statements=[said]), "A")["verdict"].endswith(
        "Said: price cut denied 2026-02-25 (udn)."
    )


maybe = st.one_of(st.none(), st.floats(-1e9, 1e9), st.just(0.0))
quarters = st.lists(
    st.tuples(st.sampled_from(["A", "B"]), st.sampled_from(ENDS), maybe, maybe),
    max_size=20,
    unique_by=lambda q: q[:2],
)


@settings(max_examples=80, deadline=None)
@given(quarters, st.integers(1, 8), st.sampled_from([None, 0.3]))
def test_any_statements_give_a_value_or_a_reason(
    found: list[tuple[str, date, float | None, float | None]], n: int, share: float | None
) -> None:
    rows = [quarter(t, end, revenue or 0.0, None, gross_profit=profit) for t, end, revenue, profit in found]
    members = [member(t, revenue_share_low=share) for t in ("A", "B", *(f"N{i}" for i in range(n)))]
    result = run(members, quarters=rows, margins=ladder(n))
    assert result.evidence.height == len(members)
    both = pl.col("value").is_null() == pl.col("reason").is_null()
    assert result.components.filter(both).is_empty()
    assert run(members[::-1], quarters=rows[::-1], margins=ladder(n)).evidence.equals(result.evidence)
