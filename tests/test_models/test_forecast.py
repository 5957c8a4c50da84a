"""Forecast: worked numbers of the methods note, bias corrections against simulation, gaps, properties."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.forecast import expected_change, fall_probability, forecast, predictive_deviation, reversion_for
from models.multiple_history import history, market_moves, without_market
from models.reverse_dcf import gordon_growth, growth_opportunity_share, implied_growth, two_stage_multiple
from models.reversion import (
    half_life,
    kendall_corrected,
    nickell_corrected,
    own_reversion,
    pooled_reversion,
)
from models.tables import FORECAST, MULTIPLES, PANEL, WARRANTED

AS_OF = date(2026, 6, 1)


def weekly(
    ticker: str, values: np.ndarray, basis: str = "trailing", source: str = "s"
) -> list[dict[str, Any]]:
    """Rows whose log multiple ends on AS_OF with the last of `values`."""
    last = len(values) - 1
    return [
        {
            "ticker": ticker, "date": AS_OF - timedelta(weeks=last - i), "basis": basis,
            "price": math.exp(v) * 2.0, "denominator": 2.0, "log_multiple": float(v),
            "estimate_source": source,
        }
        for i, v in enumerate(values)
    ]  # fmt: skip


def simulated(phi: float, periods: int, rng: np.random.Generator, sigma: float = 0.045) -> np.ndarray:
    series = np.empty(periods)
    series[0] = rng.normal() * sigma / math.sqrt(1 - phi**2)
    for t in range(1, periods):
        series[t] = phi * series[t - 1] + sigma * rng.normal()
    return series


def level(ticker: str, **values: Any) -> dict[str, Any]:
    return {
        "ticker": ticker, "multiple_used": "forward_pe", "multiple": 30.0, "is_cyclical_peak": False,
    } | values  # fmt: skip


def run(
    levels: list[dict[str, Any]], rows: list[dict[str, Any]], volatility: float | None = 0.4, **shift: float
) -> pl.DataFrame:
    panel = PANEL.frame([{"ticker": r["ticker"], "volatility": volatility} for r in levels])
    made = forecast(
        panel=panel,
        multiples=MULTIPLES.frame(rows),
        warranted=WARRANTED.frame(levels),
        as_of=AS_OF,
        multiple_change=shift,
    )
    assert FORECAST.faults(made.table) == []
    return made.table


def test_worked_number_of_section_2_3() -> None:
    # methods 2.3: u=.25, half-life 26 weeks, h=52, sigma=.045.
    phi = 0.5 ** (1 / 26)
    assert round(phi, 10) == 0.9736927207
    assert phi**52 == pytest.approx(0.25, abs=1e-12)
    mean = expected_change(0.25, phi)
    assert mean == pytest.approx(-0.1875, abs=1e-12)
    deviation = predictive_deviation(0.045, phi)
    assert round(deviation, 10) == 0.1912143205
    # The printed probability is the normal limit of F_nu.
    assert round(fall_probability(mean, deviation, degrees=math.inf) or 0, 10) == 0.6662449095
    assert half_life(phi) == pytest.approx(26.0)


def test_student_t_is_scaled_to_the_standard_deviation() -> None:
    from scipy.stats import t

    sample = t.rvs(5, size=400_000, random_state=7) * 0.2 * math.sqrt(3 / 5) - 0.1
    assert fall_probability(-0.1, 0.2) == pytest.approx(float((sample <= math.log(0.9)).mean()), abs=0.003)
    assert fall_probability(-0.1, 0.0) is None
    with pytest.raises(ValueError, match="above 2"):
        fall_probability(0.0, 0.1, degrees=2.0)


def test_no_reversion_is_a_random_walk() -> None:
    assert expected_change(0.5, 1.0) == 0.0
    assert predictive_deviation(0.03, 1.0) == pytest.approx(0.03 * math.sqrt(52))
    assert half_life(1.0) is None
    near = predictive_deviation(0.03, 1 - 1e-9)
    assert near == pytest.approx(predictive_deviation(0.03, 1.0), rel=1e-6)


def test_worked_numbers_of_section_2_4() -> None:
    # methods 2.4: r=.09, b=.3; two-stage n=10, g_L=.04, b_L=.6; NVDA 50.62; P15 (P=60, E=2, r=.10).
    assert gordon_growth(30.0, rate=0.09, payout=0.3) == pytest.approx(0.08)
    assert round(growth_opportunity_share(30.0, rate=0.09), 5) == 0.62963
    assert round(two_stage_multiple(0.15), 7) == 22.0895788
    assert round(implied_growth(30.0) or 0, 7) == 0.1926346
    assert round(growth_opportunity_share(50.62, rate=0.09), 4) == 0.7805
    assert 60.0 * growth_opportunity_share(30.0, rate=0.10) == pytest.approx(40.0)


@given(st.floats(-0.45, 0.95))
def test_reverse_dcf_inverts_the_model(growth: float) -> None:
    assert implied_growth(two_stage_multiple(growth)) == pytest.approx(growth, abs=1e-9)


@pytest.mark.parametrize("multiple", [0.0, -5.0, 1e9])
def test_reverse_dcf_outside_its_range_is_none(multiple: float) -> None:
    assert implied_growth(multiple) is None


def test_wrong_inputs_are_named() -> None:
    with pytest.raises(ValueError, match="positive"):
        growth_opportunity_share(-1.0)
    with pytest.raises(ValueError, match="positive"):
        gordon_growth(0.0, payout=0.3)
    with pytest.raises(ValueError, match="above the later growth"):
        two_stage_multiple(0.1, rate=0.03)
    with pytest.raises(ValueError, match=r"\(0, 1\]"):
        half_life(1.2)


def test_corrections_by_hand_and_their_cap() -> None:
    assert kendall_corrected(0.95, 104) == pytest.approx((0.95 * 103 + 1) / 100)
    assert nickell_corrected(0.95, 104) == pytest.approx((0.95 * 103 + 1) / 102)
    assert kendall_corrected(0.99, 60) == 1.0


@pytest.mark.parametrize(("periods", "ols", "kendall"), [(157, 13.8, 29.0), (261, 17.2, 28.2)])
def test_half_life_bias_of_one_series(periods: int, ols: float, kendall: float) -> None:
    # methods 2.3, simulation: truth 26 weeks; OLS median 13.8 / 17.2, Kendall 29.0 / 28.2 weeks.
    rng = np.random.default_rng(11)
    raw, corrected = [], []
    for _ in range(1500):
        series = simulated(0.5 ** (1 / 26), periods, rng)
        x, y = series[:-1] - series[:-1].mean(), series[1:] - series[1:].mean()
        raw.append(float(x @ y / (x @ x)))
        fit = own_reversion(series)
        assert fit is not None
        corrected.append(fit.phi)
    assert math.log(0.5) / math.log(np.median(raw)) == pytest.approx(ols, rel=0.08)
    assert half_life(float(np.median(corrected))) == pytest.approx(kendall, rel=0.12)


@pytest.mark.parametrize(("periods", "phi", "nickell"), [(60, 0.9439, 0.9362), (157, 0.9737, 0.9707)])
def test_pooled_phi_takes_nickells_correction(periods: int, phi: float, nickell: float) -> None:
    # methods 2.3, simulation with 40 names: corrected .9362 (truth .9439) and .9707 (truth .9737).
    rng = np.random.default_rng(12)
    fits = [pooled_reversion([simulated(phi, periods, rng) for _ in range(40)]) for _ in range(25)]
    assert float(np.mean([f.phi for f in fits if f])) == pytest.approx(nickell, abs=0.003)
    assert float(np.mean([f.sigma for f in fits if f])) == pytest.approx(0.045, rel=0.02)


def test_degenerate_series_have_no_reversion() -> None:
    assert own_reversion(np.full(150, 3.0)) is None
    assert own_reversion(np.full(150, np.nan)) is None
    assert own_reversion(np.arange(5.0)) is None
    assert pooled_reversion([]) is None
    assert pooled_reversion([np.full(80, 2.0)] * 9) is None


def test_history_keeps_one_source_and_marks_missing_weeks() -> None:
    rows = weekly("A", np.array([1.0, 2.0, 3.0, 4.0]))
    rows[0]["estimate_source"] = "other"
    rows[2]["log_multiple"] = None
    past = history(multiples=MULTIPLES.frame(rows), as_of=AS_OF, basis="trailing")
    assert past.weeks("A") == 2
    assert past.last("A") == 4.0
    assert np.isnan(past.series["A"]).tolist() == [False, True, False]
    assert past.weeks("B") == 0


def test_common_moves_are_taken_out() -> None:
    rng = np.random.default_rng(0)
    market = np.cumsum(rng.normal(size=60) * 0.05)
    rows = [r for i in range(9) for r in weekly(f"T{i}", 3.0 + 0.1 * i + market)]
    past = history(multiples=MULTIPLES.frame(rows), as_of=AS_OF, basis="trailing")
    moves = market_moves(past)
    assert moves.sigma == pytest.approx(float(np.diff(market).std(ddof=1)))
    left = without_market(past.series["T3"], moves)
    assert left == pytest.approx(np.full(60, left[0]))


def test_prior_when_there_is_no_history() -> None:
    row = run([level("A", residual=0.25, residual_se=0.0)], []).row(0, named=True)
    # Prior half-life of 52 weeks: half of the premium goes in a year.
    assert row["expected_dln_multiple"] == pytest.approx(-0.125)
    assert row["half_life_weeks"] == pytest.approx(52.0)
    assert str(row["half_life_basis"]).startswith("prior of 52 weeks")
    assert row["standard_deviation"] > 0.4 / math.sqrt(52)
    assert 0.4 < row["p_fall_10"] < 0.7


def test_own_history_needs_104_weeks_and_pooling_eight_names() -> None:
    rng = np.random.default_rng(2)
    long = [r for i in range(8) for r in weekly(f"T{i}", 3 + simulated(0.95, 103 + (i == 0), rng))]
    table = run([level(f"T{i}", residual=0.2, residual_se=0.05) for i in range(9)], long)
    basis = dict(table.select("ticker", "half_life_basis").iter_rows())
    assert basis["T0"].startswith("own history of 104 weeks")
    assert basis["T1"].startswith("pooled over 8 names: own history has only 103 weeks")
    assert basis["T8"].startswith("pooled over 8 names: no own history")
    fewer = run([level("T8", residual=0.2)], [r for r in long if r["ticker"] != "T7"])
    assert str(fewer.item(0, "half_life_basis")).startswith("prior")


def test_the_own_speed_is_drawn_to_the_pooled_one() -> None:
    """w = 156 / (156 + 104) = 0.6: a name that shows no reversion of its own still reverts a little."""
    rng = np.random.default_rng(2)
    others = [r for i in range(8) for r in weekly(f"T{i}", 3 + simulated(0.95, 156, rng))]
    walk = weekly("W", 3 + np.cumsum(0.03 * rng.normal(size=156)))
    past = history(multiples=MULTIPLES.frame([*others, *walk]), as_of=AS_OF, basis="trailing")
    market = market_moves(past)
    fits, alone = reversion_for(past, market), own_reversion(without_market(past.series["W"], market))
    assert alone is not None
    assert fits["W"].phi == pytest.approx(0.6 * alone.phi + 0.4 * fits[""].phi)
    assert fits["W"].phi_se == pytest.approx(math.hypot(0.6 * alone.phi_se, 0.4 * fits[""].phi_se))
    assert fits["W"].basis == "own history of 156 weeks, 40% pooled"


def test_no_mean_reversion_found_leaves_the_half_life_null() -> None:
    trend = 2.0 + 0.02 * np.arange(120) + 0.001 * np.random.default_rng(1).normal(size=120)
    row = run([level("A", residual=0.3, residual_se=0.1)], weekly("A", trend)).row(0, named=True)
    assert row["half_life_weeks"] is None
    assert row["expected_dln_multiple"] == 0.0
    assert "no mean reversion found" in str(row["half_life_basis"])


def test_without_a_warranted_multiple_the_own_median_serves_and_says_so() -> None:
    values = np.full(60, 3.0)
    values[-1] = 3.4
    rows = weekly("A", values)
    row = run([level("A", reason="no growth known")], rows).row(0, named=True)
    assert row["expected_dln_multiple"] == pytest.approx(-0.2)  # prior: half of the 0.4 above the median
    assert "own median" in str(row["half_life_basis"])
    moved = run([level("A", reason="no growth known")], rows, A=-0.4).row(0, named=True)
    assert moved["expected_dln_multiple"] == pytest.approx(0.0)
    peak = run([level("A", is_cyclical_peak=True, reason="cyclical guard")], rows).row(0, named=True)
    assert peak["expected_dln_multiple"] is None
    assert peak["implied_growth"] is None
    assert peak["reason"] == "cyclical guard"


def test_unknown_volatility_gives_an_expectation_without_distribution() -> None:
    row = run([level("A", residual=0.25)], [], volatility=None).row(0, named=True)
    assert row["expected_dln_multiple"] == pytest.approx(-0.125)
    assert row["p_fall_10"] is None
    assert "volatility" in str(row["reason"])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(-2, 2)), min_size=1, max_size=12),
    st.lists(st.one_of(st.none(), st.sampled_from([1.0, 2.0, 3.0])), min_size=0, max_size=130),
)
def test_any_history_gives_a_value_or_a_reason(
    premia: list[float | None], values: list[float | None]
) -> None:
    levels = [
        level(f"T{i}", residual=p, residual_se=0.1, reason=None if p else "none")
        for i, p in enumerate(premia)
    ]
    rows = weekly("T0", np.zeros(len(values)))
    for row, value in zip(rows, values, strict=True):
        row["log_multiple"] = value
    table = run(levels, rows)
    assert table.filter(pl.col("expected_dln_multiple").is_null() & pl.col("reason").is_null()).is_empty()
    chances = table.get_column("p_fall_10").drop_nulls()
    assert ((chances >= 0) & (chances <= 1)).all()
