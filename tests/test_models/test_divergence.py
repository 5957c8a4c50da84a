""" "Revenue grows, margins diverge": verdicts by hand, what is not testable, no look-ahead, properties."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.divergence import Divergence, divergence_rows, divergence_table, margin_divergence
from models.margin_evidence import MarginEvidence
from models.tables import DIVERGENCE

AS_OF = date(2026, 6, 1)
END = date(2026, 3, 31)


def evidence(change: float | None, growth: float | None = 0.2, **values: Any) -> MarginEvidence:
    return MarginEvidence(change=change, growth=growth, quarters=8, **({"change_end": END} | values))


def judged(
    strong: list[float], weak: list[float], growth: tuple[float | None, float | None] = (0.2, 0.3)
) -> Divergence:
    found = {f"B{i}": evidence(c, growth[0]) for i, c in enumerate(strong)}
    found |= {f"P{i}": evidence(c, growth[1]) for i, c in enumerate(weak)}
    tiers: dict[str, str | None] = {t: "bottleneck" if t[0] == "B" else "pressured" for t in found}
    return margin_divergence(divergence_rows(found, tiers, as_of=AS_OF))


def test_clear_divergence_by_hand() -> None:
    found = judged([0.05, 0.06, 0.07, 0.10], [-0.01, 0.0, 0.01, 0.02])
    assert found.verdict == "supported"
    # All 16 pairs in order: one of 70 assignments. Median of the 16 differences: 6 points.
    assert found.p == pytest.approx(1 / 70)
    assert found.spread_change == pytest.approx(0.06)
    assert (found.names_bottleneck, found.names_pressured) == (4, 4)
    assert (found.growth_bottleneck, found.growth_pressured) == (0.2, 0.3)
    assert (found.first_end, found.last_end) == (END, END)
    # Changes around the tier medians .065 and .005: .015 .005 .005 .035 and .015 .005 .005 .015; MAD .01.
    assert found.standard_deviation == pytest.approx(1.4826 * 0.01)
    assert found.power_one_sd is not None
    assert found.power_half_sd is not None
    assert 0.05 < found.power_half_sd < found.power_one_sd < 0.8


def test_revenue_must_grow_in_both_tiers() -> None:
    changes = [0.05, 0.06, 0.07, 0.10], [-0.01, 0.0, 0.01, 0.02]
    shrinking = judged(*changes, growth=(0.2, -0.1))
    assert (shrinking.verdict, shrinking.reason) == (
        "not supported", "the median revenue of the pressured names does not grow")  # fmt: skip
    unknown = judged(*changes, growth=(None, 0.3))
    assert unknown.verdict == "not testable yet"
    assert unknown.reason == "revenue growth of the bottleneck names is not known"


def test_narrowing_and_nothing_found() -> None:
    narrower = judged([-0.01, 0.0, 0.01, 0.02], [0.05, 0.06, 0.07, 0.10])
    assert narrower.verdict == "not supported"
    assert narrower.reason.endswith("the margins came closer")
    few = judged([0.01, 0.03, 0.05, 0.07], [0.0, 0.02, 0.04, 0.06])
    assert few.verdict == "not testable yet"
    rng = np.random.default_rng(0)
    same = rng.normal(size=30)
    many = judged(list(same), list(same + rng.normal(size=30) * 0.01))
    assert many.power_one_sd is not None
    assert many.power_one_sd >= 0.8
    assert many.verdict == "not supported"


def test_too_few_names_are_not_testable() -> None:
    found = judged([0.1, 0.2, 0.3], [0.0])
    assert (found.verdict, found.p, found.spread_change) == ("not testable yet", None, None)
    assert found.reason.startswith("a margin change is known of 3 bottleneck and 1 pressured names")
    # Two of each cannot reach 5%: one of six assignments.
    assert judged([0.1, 0.2], [0.0, 0.01]).verdict == "not testable yet"


def test_old_changes_and_later_periods_are_not_used() -> None:
    found = {
        "OLD": evidence(0.1, change_end=date(2025, 5, 1)),
        "NEW": evidence(0.1, change_end=date(2026, 3, 31)),
        "LATER": evidence(0.1, change_end=date(2026, 7, 1)),
        "NONE": MarginEvidence(growth=0.1),
    }
    rows = divergence_rows(found, dict.fromkeys(found, "bottleneck"), as_of=AS_OF)
    assert dict(rows.select("ticker", "change").iter_rows()) == {
        "NEW": 0.1,
        "OLD": None,
        "LATER": None,
        "NONE": None,
    }


def test_variants_use_default_tiers_and_filings_alone() -> None:
    found = {f"B{i}": evidence(0.05 + i / 100) for i in range(4)} | {
        f"P{i}": evidence(-i / 100) for i in range(4)
    }
    found["P3"] = MarginEvidence(change=-0.03, growth=0.1, change_end=END)
    tiers: dict[str, str | None] = {t: "bottleneck" if t[0] == "B" else "pressured" for t in found}
    defaults = tiers | {"B3": "contested"}
    table = divergence_table(divergence_rows(found, tiers, as_of=AS_OF), defaults)
    assert DIVERGENCE.faults(table) == []
    sizes = {
        row["variant"]: (row["names_bottleneck"], row["names_pressured"])
        for row in table.iter_rows(named=True)
    }
    assert sizes == {"assigned": (4, 4), "defaults": (3, 4), "filings": (4, 3)}


numbers = st.one_of(st.none(), st.sampled_from([0.0, 0.0, 0.1]), st.floats(-1e6, 1e6))


@given(
    st.lists(
        st.tuples(st.sampled_from(["bottleneck", "pressured", "contested", None]), numbers, numbers),
        max_size=14,
    )
)
def test_any_names_give_a_verdict_with_its_reason(
    names: list[tuple[str | None, float | None, float | None]],
) -> None:
    found = {f"N{i:02d}": evidence(change, growth) for i, (_, change, growth) in enumerate(names)}
    tiers = {f"N{i:02d}": tier for i, (tier, _, _) in enumerate(names)}
    rows = divergence_rows(found, tiers, as_of=AS_OF)
    table = divergence_table(rows, tiers)
    assert DIVERGENCE.faults(table) == []
    assert table.filter(pl.col("reason") == "").is_empty()
    floats = table.select(pl.col(pl.Float64).is_nan().any())
    assert not any(value for value in floats.row(0))
    assert margin_divergence(rows.reverse()) == margin_divergence(rows)
