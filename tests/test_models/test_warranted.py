"""Warranted multiple: published arithmetic, recovery of known coefficients, guard, gaps, properties."""

from __future__ import annotations

import json
import math
import os
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.cyclical_guard import cyclical_guard
from models.tables import PANEL, QUARTERS, WARRANTED
from models.warranted import warranted
from models.warranted_fit import Observation, choose_columns, fit_cross_section, linear_multiple

SHARED = Path(os.environ.get("SCREEN_SHARED") or Path(__file__).resolve().parents[2] / "../shared")


def company(i: int, rng: np.random.Generator, noise: float = 0.05) -> dict[str, Any]:
    """A name whose ln(P/E) is 2 + 1.5 growth + 1.0 margin plus noise."""
    growth, margin = rng.uniform(0.0, 0.6), rng.uniform(0.05, 0.45)
    pe = math.exp(2 + 1.5 * growth + 1.0 * margin + noise * rng.normal())
    return {
        "ticker": f"T{i:02d}", "forward_pe": pe, "eps_forward_basis": "ntm", "eps_growth": growth,
        "operating_margin": margin, "ev_to_sales": pe * margin * 0.8, "trailing_pe": pe * (1 + growth),
        "revenue_growth_forward": growth * 0.7,
    }  # fmt: skip


def companies(n: int = 40, seed: int = 1, noise: float = 0.05) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    return [company(i, rng, noise) for i in range(n)]


def run(
    rows: list[dict[str, Any]], quarters: pl.DataFrame | None = None, **changes: dict[str, float]
) -> pl.DataFrame:
    return warranted(
        panel=PANEL.frame(rows),
        quarters=QUARTERS.empty() if quarters is None else quarters,
        growth_change=changes.get("growth_change", {}),
        multiple_change=changes.get("multiple_change", {}),
    )


def one(frame: pl.DataFrame, ticker: str) -> dict[str, Any]:
    return frame.row(by_predicate=pl.col("ticker") == ticker, named=True)


def quarters_with_margins(ticker: str, margins: list[float]) -> pl.DataFrame:
    return QUARTERS.frame(
        [
            {
                "ticker": ticker, "period_end": date(2022 + i // 4, 3 * (i % 4) + 1, 28), "currency": "USD",
                "known_at": date(2022 + i // 4, 3 * (i % 4) + 2, 28), "revenue": 100.0,
                "operating_income": 100.0 * m, "source": "test",
            }
            for i, m in enumerate(margins)
        ]
    )  # fmt: skip


def test_damodaran_price_to_book_p8() -> None:
    # methods/published_cases.json, case P8: Damodaran MReg09, 10, 23, printed to 3 digits.
    path = SHARED / "methods" / "published_cases.json"
    if not path.is_file():
        pytest.skip(f"published cases not found at {path}; set SCREEN_SHARED")
    cases = json.loads(path.read_text(encoding="utf-8"))["damodaran_pbv"]
    assert [case["year"] for case in cases] == [2009, 2010, 2023]
    for case in cases:
        coefficients = {("constant" if k == "c" else k): v for k, v in case["coef"].items()}
        assert round(linear_multiple(coefficients, case["x"]), 2) == case["printed"]


def test_damodaran_price_earnings_2016_p9() -> None:
    # methods section 7, case P9 (Disney) and section 2.2 (g .20, payout .10, beta 1.6 -> 19.3).
    equation = {"constant": 8.76, "beta": -4.08, "growth": 75.24, "payout": 19.73}
    assert round(linear_multiple(equation, {"beta": 1.25, "growth": 0.15, "payout": 0.20}), 3) == 18.892
    assert round(linear_multiple(equation, {"beta": 1.6, "growth": 0.20, "payout": 0.10}), 1) == 19.3


def test_fit_recovers_the_coefficients_that_made_the_data() -> None:
    rng = np.random.default_rng(3)
    sample = []
    for i in range(300):
        x = {"growth": rng.uniform(0, 0.6), "margin": rng.uniform(0, 0.5)}
        sample.append(
            Observation(f"T{i}", 2 + 1.5 * x["growth"] - 0.5 * x["margin"] + 0.05 * rng.normal(), x)
        )
    fit = fit_cross_section(sample, ("growth", "margin"))
    assert fit is not None
    assert fit.coefficients["growth"] == pytest.approx(1.5, abs=0.06)
    assert fit.coefficients["margin"] == pytest.approx(-0.5, abs=0.06)
    assert fit.fit.scale == pytest.approx(0.05, rel=0.2)


def test_premium_of_a_name_that_is_dear_by_a_known_amount() -> None:
    rows = companies()
    rows[0]["forward_pe"] = rows[0]["forward_pe"] * math.exp(0.4)
    row = one(run(rows), "T00")
    assert row["multiple_used"] == "forward_pe"
    assert row["residual"] == pytest.approx(0.4, abs=0.15)
    assert row["low"] < row["warranted"] < row["high"] < row["multiple"]
    assert row["n"] == 40


def fanned(n: int, seed: int) -> list[Observation]:
    """ln multiple = 2 + growth, scattered by 0.05 at no growth and by 0.45 at a growth of 1."""
    rng = np.random.default_rng(seed)
    growth = rng.uniform(0, 1, n)
    noise = (0.05 + 0.4 * growth) * rng.normal(size=n)
    return [
        Observation(f"T{i}", 2 + float(g) + float(e), {"growth": float(g)})
        for i, (g, e) in enumerate(zip(growth, noise, strict=True))
    ]


def test_the_band_holds_half_of_the_names_and_follows_their_scatter() -> None:
    sample = fanned(3000, 1)
    fit = fit_cross_section(sample, ("growth",))
    assert fit is not None
    inside = 0
    for o in sample:
        low, high, basis = fit.band(o.x)
        assert basis == "quantiles"
        inside += low <= o.log_multiple - fit.evaluate(o.x)[0] <= high
    assert inside / 3000 == pytest.approx(0.5, abs=0.04)
    narrow, wide = (fit.band({"growth": g}) for g in (0.05, 0.95))
    # 2 x 0.6745 x the scatter there.
    assert narrow[1] - narrow[0] == pytest.approx(1.349 * 0.07, abs=0.03)
    assert wide[1] - wide[0] == pytest.approx(1.349 * 0.43, abs=0.06)


def test_few_names_have_a_band_from_the_scale_and_say_so() -> None:
    fit = fit_cross_section(fanned(15, 2), ("growth",))  # 2 parameters need 16 names
    assert fit is not None
    low, high, basis = fit.band({"growth": 0.5})
    assert basis == "scale"
    assert (-low, high) == pytest.approx((0.6744897501960817 * fit.fit.scale,) * 2)
    sixteen = fit_cross_section(fanned(16, 2), ("growth",))
    assert sixteen is not None
    assert sixteen.band({"growth": 0.5})[2] == "quantiles"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5000), st.integers(16, 40), st.floats(-3, 3))
def test_the_band_never_crosses_and_holds_the_fitted_value(seed: int, n: int, growth: float) -> None:
    fit = fit_cross_section(fanned(n, seed), ("growth",))
    assert fit is not None
    low, high, _ = fit.band({"growth": growth})
    assert low <= 0 <= high


def test_residual_is_the_log_of_actual_over_warranted_in_every_row() -> None:
    frame = run(companies()).drop_nulls("residual")
    assert frame.height == 40
    gap = (
        frame.get_column("multiple").log()
        - frame.get_column("warranted").log()
        - frame.get_column("residual")
    )
    assert (gap.abs() < 1e-12).all()


def test_columns_enter_by_coverage_count_and_variation() -> None:
    rng = np.random.default_rng(5)
    sample = [
        Observation(
            f"T{i}",
            rng.normal(),
            {"a": rng.normal(), "flat": 1.0} | ({"rare": rng.normal()} if i < 8 else {}),
        )
        for i in range(20)
    ]
    assert choose_columns(sample, ("a", "flat", "rare")) == ("a",)
    assert choose_columns(sample[:11], ("a",)) == ()  # 2 parameters need 3 * 2 + 6 = 12 names


def test_a_name_without_margin_is_judged_on_growth_alone() -> None:
    rows = companies()
    rows[3]["operating_margin"] = None
    frame = run(rows)
    assert one(frame, "T03")["residual"] is not None
    assert one(frame, "T03")["n"] == 40
    assert one(frame, "T04")["n"] == 39


def test_revenue_growth_stands_for_eps_growth_in_every_row_or_in_none() -> None:
    rows = companies()
    for row in rows[:13]:  # 27 of 40 left: under 70%
        row["eps_growth"] = None
    sales = [row | {"eps_growth": row["revenue_growth_forward"]} for row in rows]
    assert run(rows).equals(run(sales))
    rows[0]["eps_growth"] = 0.2
    assert not run(rows).equals(run(sales))  # 28 of 40 are 70%: EPS growth again


def test_a_name_with_neither_growth_nor_margin_is_null_with_the_reason() -> None:
    rows = companies()
    rows[3] |= {"operating_margin": None, "eps_growth": None}
    row = one(run(rows), "T03")
    assert row["residual"] is None
    assert row["reason"] == "growth and operating_margin not known, and no cross-section without"


def test_negative_eps_is_judged_on_ev_to_sales_against_all_names() -> None:
    rows = companies()
    rows[0] |= {"forward_pe": None, "trailing_pe": None, "operating_margin": -0.1}
    row = one(run(rows), "T00")
    assert row["multiple_used"] == "ev_to_sales"
    assert row["residual"] is not None
    assert row["n"] == 40


def test_fallback_cross_section_needs_fifteen_names() -> None:
    rows = companies(30)
    for i, row in enumerate(rows):
        row["ev_to_sales"] = row["ev_to_sales"] if i < 14 else None
    rows[0] |= {"forward_pe": None, "trailing_pe": None}
    assert one(run(rows), "T00")["reason"] == "only 14 names have ev_to_sales; the cross-section needs 15"


def test_bases_of_forward_eps_get_their_own_level() -> None:
    rows = companies(60, noise=0.02)
    for row in rows[:20]:
        row["eps_forward_basis"] = "vendor"
        row["forward_pe"] = row["forward_pe"] * 1.5
    rows[20]["eps_forward_basis"] = "fy2"
    frame = run(rows)
    vendor = frame.filter(pl.col("ticker") < "T20").get_column("residual")
    assert vendor.median() == pytest.approx(0.0, abs=0.02)
    assert one(frame, "T20")["residual"] is None
    assert "basis" in str(one(frame, "T20")["reason"])


def test_guard_by_hand() -> None:
    quarters = np.array([0.10] * 6 + [0.20] * 6 + [0.60])
    guard = cyclical_guard(multiple=5.0, eps_peak_ratio=4.0, operating_margin=0.60, margins=quarters)
    assert guard.is_peak
    assert guard.margin == pytest.approx(0.20)
    assert guard.normalisation == pytest.approx(0.20 / 0.60)
    assert "15.0x earnings at the median margin of 20.0%" in str(guard.text)
    calm = np.array([0.10] * 6 + [0.20] * 7)

    def is_peak(multiple: float, ratio: float | None, margins: np.ndarray) -> bool:
        guard = cyclical_guard(multiple=multiple, eps_peak_ratio=ratio, operating_margin=0.2, margins=margins)
        return guard.is_peak

    assert not is_peak(12.0, 4.0, quarters)
    assert is_peak(11.9, 4.0, quarters)
    assert not is_peak(5.0, 2.4, calm)
    assert is_peak(5.0, 2.5, calm)
    assert is_peak(5.0, None, quarters)
    assert not is_peak(5.0, None, calm)
    assert not is_peak(5.0, None, np.array([0.1] * 6 + [0.6]))  # 7 quarters cannot say
    short = cyclical_guard(multiple=5.0, eps_peak_ratio=4.0, operating_margin=0.6, margins=quarters[:11])
    assert short.is_peak
    assert short.normalisation is None


def test_memory_at_five_times_peak_earnings_is_not_called_cheap() -> None:
    rows = companies()
    rows[0] |= {"forward_pe": 5.0, "eps_peak_ratio": 4.0, "operating_margin": 0.6, "eps_growth": 0.3}
    margins = quarters_with_margins("T00", [0.1] * 6 + [0.2] * 4 + [0.6] * 2)
    row = one(run(rows, margins), "T00")
    # Normalised: median margin 15% on 60% is a quarter of EPS, so 5x reads as 20x.
    assert row["is_cyclical_peak"]
    assert row["multiple"] == 5.0
    at_normal_margin = math.exp(2 + 1.5 * 0.3 + 0.15)
    assert row["residual"] == pytest.approx(math.log(20.0 / at_normal_margin), abs=0.1)
    assert math.log(row["multiple"] / row["warranted"]) == pytest.approx(row["residual"])
    unguarded = one(run([*rows[1:], rows[0] | {"eps_peak_ratio": None}]), "T00")
    assert unguarded["residual"] < -0.5


def test_forward_earnings_are_normalised_by_the_newest_margin() -> None:
    rows = companies()
    rows[0] |= {"forward_pe": 5.0, "eps_peak_ratio": 4.0, "operating_margin": 0.4}
    margins = quarters_with_margins("T00", [0.1] * 6 + [0.2] * 5 + [0.6])
    # 5x at a median of 15% on the newest 60%, not on the four-quarter 40%.
    assert "20.0x earnings at the median margin of 15.0% (now 60.0%)" in str(
        one(run(rows, margins), "T00")["guard"]
    )


def test_peak_without_history_has_no_premium() -> None:
    rows = companies()
    rows[0] |= {"forward_pe": 5.0, "eps_peak_ratio": 4.0}
    row = one(run(rows), "T00")
    assert row["is_cyclical_peak"]
    assert row["residual"] is None
    assert "cyclical guard" in str(row["reason"])


def test_scenario_moves_only_the_name_it_names() -> None:
    base, after = (
        run(companies()),
        run(companies(), multiple_change={"T05": -0.2}, growth_change={"T06": -0.1}),
    )
    moved = after.get_column("residual") - base.get_column("residual")
    assert moved[5] == pytest.approx(-0.2)
    assert moved[6] == pytest.approx(0.15, abs=0.03)  # 1.5 * 0.1 less growth warranted
    assert moved.gather([i for i in range(40) if i not in (5, 6)]).abs().max() == 0.0


def test_ties_and_single_names_give_null_with_a_reason() -> None:
    tied = [row | {"forward_pe": 20.0} for row in companies()]
    assert set(run(tied).get_column("reason").to_list()) == {
        "the 40 multiples have no dispersion around the fit"
    }
    single = run(companies(1))
    assert "only 1 names" in str(single.item(0, "reason"))
    nothing = run([{"ticker": "A"}, {"ticker": "B", "reason": "no price"}])
    assert nothing.get_column("reason").to_list()[1] == "no price"
    assert run([]).is_empty()


maybe = st.one_of(st.none(), st.floats(-5, 5), st.sampled_from([0.0, 1.0]))
positive = st.one_of(st.none(), st.floats(0.01, 1e4), st.just(20.0))
names = st.fixed_dictionaries(
    {
        "forward_pe": positive, "trailing_pe": positive, "ev_to_sales": positive, "eps_growth": maybe,
        "operating_margin": maybe, "beta": maybe, "volatility": maybe, "revenue_growth": maybe,
        "debt_usd": positive, "equity_usd": maybe, "market_cap_usd": positive, "eps_peak_ratio": maybe,
        "eps_forward_basis": st.sampled_from(["ntm", "fy2", "vendor"]),
    }
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(names, max_size=30), st.randoms())
def test_any_panel_gives_a_value_or_a_reason_whatever_the_order(
    rows: list[dict[str, Any]], random: Random
) -> None:
    rows = [{"ticker": f"T{i}"} | row for i, row in enumerate(rows)]
    frame = run(rows)
    assert WARRANTED.faults(frame) == []
    assert frame.height == len(rows)
    assert frame.filter(pl.col("residual").is_null() & pl.col("reason").is_null()).is_empty()
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert run(shuffled).equals(frame)
