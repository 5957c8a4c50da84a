"""Compression: the identity, labels at their thresholds, gaps, components and scenarios."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposures.tables import MEMBERSHIPS
from models.compression import CompressionResult, compression
from models.decomposition import PriceChange, decompose, decomposition, is_compression_event, label
from models.tables import COMPONENTS, DECOMPOSITION, MULTIPLES, PANEL, QUARTERS

AS_OF = date(2026, 6, 1)
FISCAL_YEAR = date(2026, 12, 31)
KEYS = {
    "premium_over_warranted", "expected_multiple_change", "compression_observed", "own_history_position",
    "implied_growth_gap", "valuation_gap", "eps_revision",
}  # fmt: skip


def point(weeks_ago: int, price: float, eps: float, basis: str = "forward", **values: Any) -> dict[str, Any]:
    return {
        "ticker": "A", "date": AS_OF - timedelta(weeks=weeks_ago), "basis": basis, "price": price,
        "denominator": eps, "period_end": FISCAL_YEAR if basis == "forward" else None,
        "log_multiple": math.log(price / eps) if eps > 0 else None, "estimate_source": "s",
    } | values  # fmt: skip


def split(*rows: dict[str, Any]) -> dict[int, dict[str, Any]]:
    table = decomposition(multiples=MULTIPLES.frame(list(rows)), as_of=AS_OF)
    return {r["horizon_weeks"]: r for r in table.iter_rows(named=True)}


def run(rows: list[dict[str, Any]], panel: dict[str, Any] | None = None, **changes: Any) -> CompressionResult:
    names = [{"ticker": "A", "price_date": AS_OF, "source": "p"} | (panel or {})]
    return compression(
        panel=PANEL.frame(names),
        multiples=MULTIPLES.frame(rows),
        quarters=QUARTERS.empty(),
        memberships=MEMBERSHIPS.empty(),
        as_of=AS_OF,
        **changes,
    )


def part(result: CompressionResult, key: str) -> dict[str, Any]:
    assert COMPONENTS.faults(result.components) == []
    return result.components.row(by_predicate=pl.col("component") == key, named=True)


def test_worked_identity_of_section_2_1() -> None:
    # methods 2.1: P 100 -> 92, E 4 -> 4.6.
    change = decompose(100, 92, 4, 4.6)
    assert [round(x, 8) for x in (change.price, change.denominator, change.multiple)] == [
        -0.08338161,
        0.13976194,
        -0.22314355,
    ]
    assert is_compression_event(change)
    assert label(change) == "compression"


positive = st.floats(1e-3, 1e6)


@given(positive, positive, positive, positive)
def test_the_parts_always_sum_to_the_price_change(p0: float, p1: float, e0: float, e1: float) -> None:
    change = decompose(p0, p1, e0, e1)
    assert change.multiple + change.denominator == pytest.approx(change.price, abs=1e-12)


def test_a_split_of_nonpositive_earnings_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        decompose(100, 90, -1, 2)


FALL = math.log(0.9)


@pytest.mark.parametrize(
    ("multiple", "denominator", "expected"),
    [
        (FALL, 0.0, "compression"),
        (FALL, -0.01, "compression"),
        (FALL, -0.0101, "de-rating with cuts"),
        (FALL + 1e-6, -0.5, "flat"),
        (FALL, 0.05, "compression"),
        (FALL, -FALL, "growth into multiple"),
        (FALL, 0.5, "growth into multiple"),
        (-FALL, -0.5, "re-rating"),
        (-FALL - 1e-6, 0.5, "flat"),
    ],
)
def test_labels_at_their_thresholds(multiple: float, denominator: float, expected: str) -> None:
    change = PriceChange(multiple + denominator, multiple, denominator)
    assert label(change) == expected
    assert is_compression_event(change) == (expected in ("compression", "growth into multiple"))


def test_horizons_use_only_the_two_end_weeks() -> None:
    rows = split(point(0, 92, 4.6), point(13, 100, 4.0), point(7, 1.0, 9.0))
    assert rows[13]["label"] == "compression"
    assert (rows[13]["start"], rows[13]["end"]) == (AS_OF - timedelta(weeks=13), AS_OF)
    assert rows[4]["reason"] == f"no forward multiple known on {AS_OF - timedelta(weeks=4)}"


def test_two_sources_never_form_one_series() -> None:
    row = split(point(0, 92, 4.6), point(4, 100, 4.0, estimate_source="t"))[4]
    assert row["dln_multiple"] is None
    assert row["reason"] == "two sources, t and s: they never form one series"


def test_a_rolled_fiscal_year_is_not_compared() -> None:
    row = split(point(0, 92, 4.6), point(4, 100, 4.0, period_end=date(2025, 12, 31)))[4]
    assert row["reason"] == "the fiscal year rolled from 2025-12-31 to 2026-12-31"
    ntm = split(point(0, 92, 4.6, period_end=None), point(4, 100, 4.0, period_end=None))[4]
    assert ntm["label"] == "compression"


def test_negative_eps_points_to_the_sales_basis() -> None:
    rows = [point(0, 50, -1.0), point(4, 60, -1.0)]
    sales = [point(0, 50, 10.0, "sales"), point(4, 60, 10.0, "sales")]
    result = run(rows + sales)
    forward = result.decomposition.filter((pl.col("basis") == "forward") & (pl.col("horizon_weeks") == 4))
    assert "EPS not positive" in str(forward.item(0, "reason"))
    observed = part(result, "compression_observed")
    assert observed["value"] == pytest.approx(math.log(60 / 50))
    assert "EV/sales used" in observed["detail"]


def test_observed_compression_when_eps_held_was_cut_or_the_multiple_rose() -> None:
    held = part(run([point(0, 80, 4.0), point(26, 100, 4.0)]), "compression_observed")
    assert held["value"] == pytest.approx(-math.log(0.8))
    assert held["kind"] == "estimate"
    cut = part(run([point(0, 60, 3.5), point(26, 100, 4.0)]), "compression_observed")
    assert cut["value"] is None
    assert cut["reason"] == "EPS was cut: de-rating, not compression"
    rose = part(run([point(0, 120, 4.0), point(26, 100, 4.0)]), "compression_observed")
    assert rose["value"] == 0.0


def test_observed_prefers_a_quarter_of_forward_history_to_trailing_and_trailing_to_less() -> None:
    trailing = [point(0, 90, 3.0, "trailing"), point(26, 100, 3.0, "trailing")]
    month = [point(0, 90, 4.0), point(4, 100, 4.0)]
    quarter = [point(0, 90, 4.0), point(13, 110, 4.0)]
    assert "trailing" in part(run(trailing + month), "compression_observed")["detail"]
    assert "forward" in part(run(trailing + quarter), "compression_observed")["detail"]
    assert "4 weeks" in part(run(month), "compression_observed")["detail"]


def test_revision_uses_forward_eps_up_to_a_quarter() -> None:
    rows = [point(0, 90, 4.4), point(13, 100, 4.0), point(26, 100, 1.0), point(4, 100, 9.0)]
    assert part(run(rows), "eps_revision")["value"] == pytest.approx(math.log(1.1))
    none = part(run([point(0, 90, 4.0, "trailing")]), "eps_revision")
    assert none["reason"] == "no history of forward EPS"


def test_own_history_position_needs_a_year() -> None:
    rows = [point(k, 100.0 - k, 4.0, "trailing") for k in range(52)]
    place = part(run(rows), "own_history_position")
    assert place["value"] == pytest.approx(51.5 / 52)
    assert place["kind"] == "fact"
    short = part(run(rows[:51]), "own_history_position")
    assert short["value"] is None
    assert "trailing 51" in short["reason"]


def test_growth_gap_is_implied_less_expected_growth() -> None:
    # methods 2.4: a forward P/E of 30 needs 19.26346% a year.
    panel = {"forward_pe": 30.0, "eps_forward_basis": "ntm", "eps_growth": 0.10}
    assert part(run([], panel), "implied_growth_gap")["value"] == pytest.approx(0.0926346, abs=1e-7)
    slower = part(run([], panel, growth_change={"A": -0.05}), "implied_growth_gap")
    assert slower["value"] == pytest.approx(0.1426346, abs=1e-7)
    unknown = part(run([], panel | {"eps_growth": None}), "implied_growth_gap")
    assert unknown["reason"] == "expected growth not known (revenue, for want of like-for-like EPS)"
    sales = panel | {"eps_growth": None, "revenue_growth_forward": 0.15}
    stand_in = part(run([], sales), "implied_growth_gap")
    assert stand_in["value"] == pytest.approx(0.0426346, abs=1e-7)
    assert "(revenue, for want of like-for-like EPS)" in stand_in["detail"]
    loss = part(run([], {"ev_to_sales": 8.0}), "implied_growth_gap")
    assert "no reverse DCF" in loss["reason"]


def test_peak_earnings_silence_the_fall_and_the_place_in_history() -> None:
    rows = [point(k, 100.0 - k % 7, 20.0, "trailing") for k in range(60)]
    panel = {"forward_pe": 5.0, "eps_forward_basis": "ntm", "eps_peak_ratio": 3.0, "eps_growth": 0.1}
    result = run(rows, panel)
    for key in ("compression_observed", "own_history_position", "implied_growth_gap"):
        assert part(result, key)["value"] is None
        assert part(result, key)["reason"].startswith("cyclical guard: 5.0x on peak earnings")


def market(n: int = 30) -> list[dict[str, Any]]:
    return [
        {
            "ticker": f"T{i:02d}", "forward_pe": 15.0 + i % 7 + 20 * (0.1 + 0.01 * i),
            "eps_growth": 0.1 + 0.01 * i,
            "eps_forward_basis": "ntm", "operating_margin": 0.1 + 0.02 * (i % 5), "eps_ttm": 2.0,
            "eps_ttm_reported": 2.5, "source": "p", "price_date": AS_OF, "volatility": 0.3,
        }
        for i in range(n)
    ]  # fmt: skip


def test_valuation_gap_is_minus_the_premium_with_its_error_and_gains_named() -> None:
    result = compression(
        panel=PANEL.frame(market()),
        multiples=MULTIPLES.empty(),
        quarters=QUARTERS.empty(),
        memberships=MEMBERSHIPS.empty(),
        as_of=AS_OF,
    )
    wide = result.components.pivot(on="component", index="ticker", values="value")
    assert (wide["premium_over_warranted"] + wide["valuation_gap"]).abs().max() == 0.0
    first = result.components.filter(pl.col("component") == "premium_over_warranted").row(0, named=True)
    assert first["standard_error"] > 0
    assert "trailing EPS 2.00 after non-operating gains are taken out (reported 2.50)" in first["detail"]
    assert first["known_at"] == AS_OF


def test_a_scenario_on_a_segment_moves_its_members_once() -> None:
    member = {
        "country": "US", "layer": "compute", "segment_name": "s", "is_primary": True, "role": "supplier",
        "tier_origin": "default", "tier_reason": "r", "tier_source": "s",
    }  # fmt: skip
    rows = [{"ticker": f"T{i:02d}", "name": "n", "group": "g", "segment": "hbm", **member} for i in (0, 1)]
    rows.append(rows[0] | {"segment": "other", "is_primary": False})

    def premium(**changes: Any) -> pl.Series:
        result = compression(
            panel=PANEL.frame(market()),
            multiples=MULTIPLES.empty(),
            quarters=QUARTERS.empty(),
            memberships=MEMBERSHIPS.frame(rows),
            as_of=AS_OF,
            **changes,
        )
        return result.warranted.get_column("residual")

    moved = premium(multiple_change={"hbm": -0.2, "other": -0.7, "T01": -0.1}) - premium()
    assert moved[0] == pytest.approx(-0.2)
    assert moved[1] == pytest.approx(-0.1)
    assert (moved[2:] == 0.0).all()


def test_a_price_scenario_shows_as_compression_at_unchanged_eps() -> None:
    result = run([point(0, 100, 4.0), point(13, 100, 4.0)], multiple_change={"A": -0.2})
    row = result.decomposition.row(by_predicate=pl.col("horizon_weeks") == 13, named=True)
    assert row["dln_price"] == pytest.approx(-0.2)
    assert row["dln_multiple"] == pytest.approx(-0.2)
    assert row["dln_denominator"] == 0.0
    assert row["label"] == "compression"


def test_an_empty_panel_gives_empty_frames() -> None:
    result = compression(
        panel=PANEL.empty(),
        multiples=MULTIPLES.empty(),
        quarters=QUARTERS.empty(),
        memberships=MEMBERSHIPS.empty(),
        as_of=AS_OF,
    )
    assert result.components.is_empty()
    assert result.decomposition.is_empty()


points = st.builds(
    point,
    st.sampled_from([0, 4, 13, 26, 52, 1, 2]),
    st.floats(0.01, 1e4),
    st.sampled_from([-1.0, 0.0, 0.001, 1.0, 5.0]),
    st.sampled_from(["forward", "trailing", "sales"]),
    estimate_source=st.sampled_from(["s", "t"]),
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(points, max_size=20, unique_by=lambda r: (r["date"], r["basis"])),
    st.fixed_dictionaries(
        {
            "forward_pe": st.one_of(st.none(), st.floats(0.1, 1e3)),
            "eps_growth": st.one_of(st.none(), st.floats(-1, 3)),
            "eps_peak_ratio": st.one_of(st.none(), st.floats(0, 9)),
            "volatility": st.one_of(st.none(), st.floats(0, 2)),
        }
    ),
)
def test_any_input_gives_a_value_or_a_reason(rows: list[dict[str, Any]], panel: dict[str, Any]) -> None:
    result = run(rows, panel)
    assert DECOMPOSITION.faults(result.decomposition) == []
    assert COMPONENTS.faults(result.components) == []
    assert set(result.components.get_column("component").to_list()) == KEYS
    for frame, value in ((result.components, "value"), (result.decomposition, "dln_multiple")):
        assert frame.filter(pl.col(value).is_null() & pl.col("reason").is_null()).is_empty()
        assert frame.filter(pl.col(value).is_not_null() & pl.col("reason").is_not_null()).is_empty()
