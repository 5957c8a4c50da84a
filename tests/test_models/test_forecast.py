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

from models.company_speed import POOLED, reversion_for, speed_without_history
from models.forecast import forecast
from models.median_bias import PERIODS, PHIS, median_unbiased, median_unbiased_deviation
from models.multiple_history import History, history, market_moves, without_market
from models.partial_pooling import between_variance, shrunk
from models.predictive import (
    expected_change,
    fall_probability,
    predict,
    predictive_deviation,
    student_quantile,
)
from models.reverse_dcf import gordon_growth, growth_opportunity_share, implied_growth, two_stage_multiple
from models.reversion import (
    Reversion,
    half_life,
    jackknife_phi,
    kendall_corrected,
    mean_error,
    nickell_bias,
    nickell_corrected,
    nickell_inverted,
    own_reversion,
    pooled_reversion,
)
from models.simulated_ar1 import ar1_paths, least_squares_phi
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


@settings(max_examples=40, deadline=None)
@given(st.floats(3.0, 400.0), st.sampled_from([0.07, 0.09, 0.12]))
def test_reverse_dcf_agrees_with_scipys_brentq(multiple: float, rate: float) -> None:
    from scipy.optimize import brentq

    theirs = brentq(lambda g: two_stage_multiple(g, rate=rate) - multiple, -0.5, 1.0, xtol=1e-13)
    assert implied_growth(multiple, rate=rate) == pytest.approx(theirs, abs=1e-8)


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


@given(st.floats(0.5, 0.9999), st.integers(10, 600))
def test_nickells_expression_is_inverted_and_reaches_its_limit(phi: float, periods: int) -> None:
    assert nickell_inverted(phi + nickell_bias(phi, periods - 1), periods) == pytest.approx(phi, abs=1e-6)
    assert nickell_bias(1 - 2e-5, periods - 1) == pytest.approx(-3 / periods, rel=0.02)


@pytest.mark.parametrize(("phi", "periods"), [(0.9, 60), (0.97, 156)])
def test_error_of_a_mean_agrees_with_simulation(phi: float, periods: int) -> None:
    means = ar1_paths(phi, periods=periods, paths=20_000, seed=3, sigma=0.04).mean(axis=0)
    assert mean_error(0.04, phi, periods) == pytest.approx(float(means.std()), rel=0.02)


def test_corrections_by_hand_and_their_cap() -> None:
    assert kendall_corrected(0.95, 104) == pytest.approx((0.95 * 103 + 1) / 100)
    assert nickell_corrected(0.95, 104) == pytest.approx((0.95 * 103 + 1) / 102)
    assert kendall_corrected(0.99, 60) == 1.0


@pytest.mark.parametrize(
    ("periods", "ols", "kendall", "unbiased"), [(157, 13.8, 29.0, 25.9), (261, 17.2, 28.2, 26.2)]
)
def test_half_life_bias_of_one_series(periods: int, ols: float, kendall: float, unbiased: float) -> None:
    # methods 2.3, simulation, truth 26 weeks: medians of OLS, Kendall and median-unbiased.
    raw = least_squares_phi(ar1_paths(0.5 ** (1 / 26), periods=periods, paths=3000, seed=11))
    corrected = [kendall_corrected(phi, periods) for phi in raw]
    ours = [median_unbiased(phi, periods) for phi in raw]
    assert half_life(float(np.median(raw))) == pytest.approx(ols, rel=0.05)
    assert half_life(float(np.median(corrected))) == pytest.approx(kendall, rel=0.07)
    assert half_life(float(np.median(ours))) == pytest.approx(unbiased, rel=0.05)


def test_a_cell_of_the_bias_table_is_what_simulation_gives() -> None:
    k, phi = 4, 1 - (4 / 16) ** 2 / 2
    assert PHIS[16 - k] == phi
    for periods in PERIODS[3:6]:
        found = least_squares_phi(ar1_paths(phi, periods=periods, paths=20_000, seed=periods))
        assert median_unbiased(float(np.median(found)), periods) == pytest.approx(phi, abs=0.003)


@settings(max_examples=50, deadline=None)
@given(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5), st.integers(9, 900))
def test_median_unbiased_rises_with_the_estimate_and_corrects_upwards(
    a: float, b: float, periods: int
) -> None:
    low, high = (median_unbiased(phi, periods) for phi in sorted((a, b)))
    assert 0.5 <= low <= high
    assert high >= max(a, b)
    assert 0 < median_unbiased_deviation(high, periods) < 1


def test_a_series_without_reversion_is_capped_at_one() -> None:
    walk = np.cumsum(np.random.default_rng(4).normal(size=157)) + 0.3 * np.arange(157)
    capped, free = own_reversion(walk), own_reversion(walk, is_capped=False)
    assert capped is not None
    assert free is not None
    assert capped.phi == 1.0
    assert free.phi > 1.0
    assert half_life(capped.phi) is None


def test_jackknife_by_hand() -> None:
    series = simulated(0.9, 200, np.random.default_rng(8))

    def slope(part: np.ndarray) -> float:
        return float(np.polyfit(part[:-1], part[1:], 1)[0])

    expected = 2 * slope(series) - (slope(series[:100]) + slope(series[100:])) / 2
    assert jackknife_phi(series) == pytest.approx(expected, abs=1e-12)
    assert jackknife_phi(series[:12]) is None
    assert jackknife_phi(np.full(60, 1.0)) is None


@pytest.mark.parametrize(("periods", "phi", "nickell"), [(60, 0.9439, 0.9362), (157, 0.9737, 0.9707)])
def test_pooled_phi_takes_nickells_correction(periods: int, phi: float, nickell: float) -> None:
    # methods 2.3, simulation with 40 names: the leading term gives .9362 (truth .9439), .9707 (truth .9737).
    rng = np.random.default_rng(12)
    fits = [pooled_reversion([simulated(phi, periods, rng) for _ in range(40)]) for _ in range(25)]
    found = float(np.mean([f.phi for f in fits if f]))
    assert found == pytest.approx(phi, abs=0.003)
    leading = nickell_corrected(found + nickell_bias(found, periods - 1), periods)
    assert leading == pytest.approx(nickell, abs=0.003)
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


def test_own_history_is_pooled_partially_from_52_weeks_with_eight_names() -> None:
    rng = np.random.default_rng(2)
    long = [r for i in range(8) for r in weekly(f"T{i}", 3 + simulated(0.95, 60 + i, rng))]
    table = run([level(f"T{i}", residual=0.2, residual_se=0.05) for i in range(9)], long)
    basis = dict(table.select("ticker", "half_life_basis").iter_rows())
    assert basis["T1"].startswith("own history of 61 weeks, ")
    assert basis["T1"].endswith("pooled over 8 names")
    assert basis["T8"].startswith("pooled over 8 names: no own history")
    assert table.get_column("history_weeks").to_list() == [*range(60, 68), 0]
    fewer = run(
        [level("T8", residual=0.2), level("T6", residual=0.2)], [r for r in long if r["ticker"] != "T7"]
    )
    assert [str(b).split(":")[0] for b in fewer.get_column("half_life_basis")] == ["prior of 52 weeks"] * 2


def test_own_history_stands_alone_from_104_weeks_without_eight_names() -> None:
    rng = np.random.default_rng(2)
    rows = [*weekly("A", simulated(0.9, 104, rng)), *weekly("B", simulated(0.9, 103, rng))]
    table = run([level("A", residual=0.2), level("B", residual=0.2)], rows)
    basis = table.get_column("half_life_basis").to_list()
    assert basis[0] == "own history of 104 weeks"
    assert basis[1].startswith("prior")


def panel_of(phis: list[float], weeks: int, seed: int) -> History:
    rng = np.random.default_rng(seed)
    return History({f"T{i:02d}": simulated(phi, weeks, rng) for i, phi in enumerate(phis)}, {})


def test_names_that_do_not_differ_are_drawn_to_the_pooled_speed() -> None:
    fits = reversion_for(panel_of([0.95] * 40, 157, 3))
    own = [fit.phi for ticker, fit in fits.items() if ticker != POOLED]
    assert np.std(own) < 0.01  # their own estimates spread by 0.04
    assert fits[POOLED].phi == pytest.approx(0.95, abs=0.01)


def test_names_that_differ_keep_their_difference() -> None:
    fits = reversion_for(panel_of([0.7] * 10 + [0.98] * 10, 260, 5))
    fast = np.mean([fits[f"T{i:02d}"].phi for i in range(10)])
    slow = np.mean([fits[f"T{i:02d}"].phi for i in range(10, 20)])
    assert slow - fast > 0.2
    assert fits["T00"].phi_se < 0.08


def test_drawing_by_hand() -> None:
    # B = 4 / (4 + 12) = 1/4: 0.25 * 8 + 0.75 * 4 = 5; variance 0.25 * 12 + (0.75 * 2)^2 = 5.25.
    drawn = shrunk(8.0, 12.0, centre=4.0, centre_se=2.0, between=4.0)
    assert drawn.value == pytest.approx(5.0)
    assert drawn.standard_error == pytest.approx(math.sqrt(5.25))
    assert drawn.own_weight == 0.25
    assert shrunk(8.0, 12.0, centre=4.0, centre_se=2.0, between=0.0) == (4.0, 2.0, 0.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(0.01, 4)), min_size=2, max_size=20))
def test_between_variance_agrees_with_statsmodels(pairs: list[tuple[float, float]]) -> None:
    from statsmodels.stats.meta_analysis import combine_effects

    x, v = (np.array(column) for column in zip(*pairs, strict=True))
    with np.errstate(all="ignore"):
        theirs = float(combine_effects(x, v, method_re="dl").tau2)
    assert between_variance(x, v) == pytest.approx(max(0.0, theirs), abs=1e-8)


def test_between_variance_of_one_name_is_zero() -> None:
    assert between_variance(np.array([1.0]), np.array([1.0])) == 0.0


def test_parameter_error_widens_the_distribution_around_the_stated_mean() -> None:
    certain = Reversion(0.5 ** (1 / 26), 0.0, 0.045, "")
    plain = predict(0.25, certain, sigma=0.045, degrees=math.inf)
    assert plain.mean == pytest.approx(-0.1875)
    assert plain.deviation == pytest.approx(0.1912143205, abs=1e-9)
    assert plain.p_fall == pytest.approx(0.6662449095, abs=1e-9)
    unsure = predict(0.25, Reversion(certain.phi, 0.01, 0.045, ""), level_se=0.1, sigma=0.045)
    assert unsure.mean == plain.mean
    assert (unsure.deviation or 0) > (plain.deviation or 0)
    assert unsure.parameter_se > 0.75 * 0.1
    common = predict(0.25, certain, sigma=0.045, market_variance=0.01)
    assert (common.deviation or 0) ** 2 == pytest.approx(0.1912143205**2 + 0.01)


def test_parameter_error_agrees_with_random_draws() -> None:
    """The 64 midpoints against 400,000 draws of (phi, u, innovation), seeded."""
    rng = np.random.default_rng(9)
    fit, u, level_se, sigma, h = Reversion(0.985, 0.012, 0.03, ""), 0.4, 0.08, 0.03, 52
    phi = np.clip(fit.phi + fit.phi_se * rng.normal(size=400_000), 0.5, 1.0)
    steps = np.where(phi == 1, h, (1 - phi ** (2 * h)) / np.where(phi == 1, 1, 1 - phi**2))
    drawn = -(1 - phi**h) * (u + level_se * rng.normal(size=phi.size))
    drawn += sigma * np.sqrt(steps) * rng.normal(size=phi.size)
    mean = expected_change(u, fit.phi)
    made = predict(u, fit, level_se=level_se, sigma=sigma)
    assert made.deviation == pytest.approx(float(np.sqrt(np.mean((drawn - mean) ** 2))), rel=0.01)


@given(st.floats(0.01, 0.99), st.floats(-2, 2), st.floats(0.01, 2), st.sampled_from([3.0, 5.0, math.inf]))
def test_quantiles_invert_the_probability(p: float, mean: float, deviation: float, degrees: float) -> None:
    at = student_quantile(p, mean, deviation, degrees=degrees)
    assert fall_probability(mean, deviation, degrees=degrees, event=at) == pytest.approx(p, abs=1e-9)


def test_without_history_the_pooled_speed_has_the_spread_between_names() -> None:
    fits = reversion_for(panel_of([0.7] * 10 + [0.98] * 10, 260, 5))
    assert speed_without_history(fits).phi_se > 0.1
    assert math.isnan(speed_without_history({}).sigma)


def test_no_mean_reversion_found_leaves_the_half_life_null() -> None:
    trend = 2.0 + 0.02 * np.arange(120) + 0.001 * np.random.default_rng(1).normal(size=120)
    row = run([level("A", residual=0.3, residual_se=0.1)], weekly("A", trend)).row(0, named=True)
    assert row["half_life_weeks"] is None
    assert row["expected_dln_multiple"] == 0.0
    assert "no mean reversion found" in str(row["half_life_basis"])
    assert row["dln_multiple_low"] < 0 < row["dln_multiple_high"]


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
