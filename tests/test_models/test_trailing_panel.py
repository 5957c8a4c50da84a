"""The panel of trailing multiples: pooled level, residual history, speed of the residuals, thin history."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposures.tables import MEMBERSHIPS
from models.company_speed import POOLED, reversion_for
from models.compression import CompressionResult, compression
from models.multiple_history import History
from models.panel_speed import panel_speed
from models.simulated_ar1 import ar1_paths
from models.tables import FORECAST, MULTIPLE_PANEL, MULTIPLES, PANEL, PANEL_FIT, QUARTERS, WARRANTED
from models.trailing_panel import TrailingPanel, panel_fit_table, residual_history, trailing_panel
from models.warranted import warranted

AS_OF = date(2026, 6, 1)
PHI = 0.5 ** (1 / 26)


def rows(
    weeks: int = 300, names: int = 20, seed: int = 1, firm_sd: float = 0.0, slope: float = 1.5
) -> pl.DataFrame:
    """ln multiple = wave + slope growth + 1.0 margin + firm + u, u an AR(1) with a half-life of 26 weeks."""
    rng = np.random.default_rng(seed)
    u = ar1_paths(PHI, periods=weeks, paths=names, seed=seed, sigma=0.045)
    steps = rng.normal(size=(weeks // 13 + 1, names, 2)) * 0.05
    start = rng.normal([0.2, 0.2], [0.2, 0.1], size=(names, 2))
    x = np.repeat(start + np.cumsum(steps, axis=0), 13, axis=0)[:weeks]
    wave = 2.5 + 0.3 * np.sin(np.arange(weeks) / 40)
    y = wave[:, None] + x @ [slope, 1.0] + firm_sd * rng.normal(size=names) + u
    return MULTIPLE_PANEL.frame(
        [
            {
                "ticker": f"T{i:02d}", "date": AS_OF - timedelta(weeks=weeks - 1 - t), "source": "s",
                "log_multiple": float(y[t, i]), "growth": float(x[t, i, 0]), "operating_margin": float(x[t, i, 1]),
            }
            for i in range(names)
            for t in range(weeks)
        ]
    )  # fmt: skip


def of(frame: pl.DataFrame) -> TrailingPanel:
    return trailing_panel(frame, as_of=AS_OF)


def today(frame: pl.DataFrame, **values: Any) -> pl.DataFrame:
    now = frame.filter(pl.col("date") == AS_OF)
    return PANEL.frame(
        [
            {
                "ticker": r["ticker"],
                "trailing_pe": math.exp(r["log_multiple"]),
                "volatility": 0.3,
                "source": "s",
            }
            | values
            for r in now.iter_rows(named=True)
        ]
    )


def run(frame: pl.DataFrame, **changes: Any) -> CompressionResult:
    multiples = frame.select(
        "ticker", "date", "log_multiple", basis=pl.lit("trailing"), price=pl.col("log_multiple").exp(),
        denominator=pl.lit(1.0), estimate_source=pl.lit("s"),
    )  # fmt: skip
    return compression(
        panel=today(frame), multiples=MULTIPLES.conform(multiples), quarters=QUARTERS.empty(),
        memberships=MEMBERSHIPS.empty(), as_of=AS_OF, multiple_panel=frame, **changes,
    )  # fmt: skip


def test_pooled_slopes_are_recovered_with_and_without_firm_effects() -> None:
    table = panel_fit_table(of(rows(firm_sd=0.3)))
    assert PANEL_FIT.faults(table) == []
    assert table.get_column("term").to_list() == ["growth", "operating_margin"] * 2
    for row in table.iter_rows(named=True):
        truth = 1.5 if row["term"] == "growth" else 1.0
        assert abs(row["coefficient"] - truth) < 3 * row["standard_error"]
    within = table.filter(pl.col("effects") == "date_firm")
    assert within.item(0, "scale") < table.item(0, "scale")
    assert (within.item(0, "dates"), within.item(0, "firms"), within.item(0, "n")) == (24, 20, 480)


def test_dates_are_a_quarter_apart_and_count_back_from_as_of() -> None:
    panel = of(rows(weeks=120))
    days = panel.quarterly.get_column("date").unique().sort(descending=True)
    assert days.to_list() == [AS_OF - timedelta(weeks=13 * k) for k in range(10)]


def test_the_level_is_the_days_own_and_the_slopes_are_pooled() -> None:
    frame = rows()
    later = pl.col("date") == AS_OF
    lifted = frame.with_columns(pl.when(later).then(pl.col("log_multiple") + 0.7).otherwise("log_multiple"))

    def residuals(made: pl.DataFrame) -> pl.Series:
        level = warranted(
            panel=today(made),
            quarters=QUARTERS.empty(),
            growth_change={},
            multiple_change={},
            trailing=of(made),
        )
        assert WARRANTED.faults(level) == []
        assert level.get_column("dates").to_list() == [24] * 20
        return level.get_column("residual")

    assert (residuals(frame) - residuals(lifted)).abs().max() < 0.02  # type: ignore[operator]


def test_under_eight_dates_the_day_has_its_own_cross_section() -> None:
    frame = rows(weeks=13 * 6 + 1)
    panel = of(frame)
    assert panel.level is None
    assert panel_fit_table(panel).is_empty()
    assert panel_speed(panel) is None
    figures = {"operating_margin": 0.2}
    level = warranted(
        panel=today(frame, **figures),
        quarters=QUARTERS.empty(),
        growth_change={},
        multiple_change={},
        trailing=panel,
    )
    alone = warranted(
        panel=today(frame, **figures), quarters=QUARTERS.empty(), growth_change={}, multiple_change={}
    )
    assert level.equals(alone)


def test_firm_effects_need_eight_companies_with_eight_dates() -> None:
    frame = rows(names=16)
    short = pl.col("ticker") > "T06"
    recent = pl.col("date") > AS_OF - timedelta(weeks=13 * 7)
    panel = of(frame.filter(~short | recent))
    assert panel.level is None or panel.dynamics is None
    assert of(frame).dynamics is not None


def test_a_row_of_another_source_is_left_out() -> None:
    frame = rows(names=9)
    first = pl.col("date") < AS_OF - timedelta(weeks=150)
    mixed = frame.with_columns(source=pl.when(first).then(pl.lit("old")).otherwise(pl.lit("s")))
    assert of(mixed).weekly.height == 9 * 151


def test_what_the_regressors_explain_is_taken_out_of_the_series() -> None:
    frame = rows(firm_sd=0.3)
    panel = of(frame)
    values = frame.partition_by("ticker", as_dict=True)
    past = History({str(k[0]): part.get_column("log_multiple").to_numpy() for k, part in values.items()}, {})
    assert panel.dynamics is not None
    slopes = panel.dynamics[1].coefficients
    left = residual_history(past, panel)
    x = frame.filter(pl.col("ticker") == "T03").select("growth", "operating_margin").to_numpy()
    inside = np.clip(x, *np.array(panel.dynamics[0].bounds).T)
    assert left.series["T03"] == pytest.approx(past.series["T03"] - inside @ slopes)
    unknown = frame.with_columns(growth=pl.when(pl.col("ticker") == "T03").then(None).otherwise("growth"))
    kept = residual_history(past, of(unknown))
    assert (kept.series["T03"] == past.series["T03"]).all()
    assert residual_history(past, None) is past


def test_the_speed_of_the_residuals_is_recovered() -> None:
    found = [panel_speed(of(rows(weeks=520, names=40, seed=seed))) for seed in range(6)]
    phis = [f.fit.phi for f in found if f is not None]
    assert len(phis) == 6
    assert float(np.mean(phis)) == pytest.approx(PHI, abs=0.004)
    for f in found:
        assert f is not None
        assert abs(f.fit.phi - PHI) < 4 * f.fit.phi_se
        assert f.spread_ratio(0.045) == pytest.approx(1.0, abs=0.12)


def test_quarter_speed_by_hand() -> None:
    """Eight names whose residual halves every quarter: phi_13 = 1/2, phi = 2^(-1/13)."""
    signs = np.linspace(-1, 1, 9)
    noise = np.random.default_rng(0).normal(size=(9, 9)) * 1e-4
    made = [
        {
            "ticker": f"T{i}", "date": AS_OF - timedelta(weeks=13 * (8 - q)), "source": "s",
            "log_multiple": 3 + signs[i] * 0.5**q + noise[i, q], "growth": float((i * 5 + q * 3) % 7),
        }
        for i in range(9)
        for q in range(9)
    ]  # fmt: skip
    speed = panel_speed(of(MULTIPLE_PANEL.frame(made)))
    assert speed is not None
    assert speed.fit.phi == pytest.approx(0.5 ** (1 / 13), abs=0.002)
    assert speed.fit.basis == "pooled over 9 names and 9 quarters"


def test_the_panels_speed_is_the_centre_of_the_companies() -> None:
    frame = rows(weeks=300, names=20)
    speed = panel_speed(of(frame))
    series = {
        str(k[0]): part.get_column("log_multiple").to_numpy()
        for k, part in frame.partition_by("ticker", as_dict=True).items()
    }
    fits = reversion_for(History(series, {}), speed)
    assert speed is not None
    assert fits[POOLED].phi == speed.fit.phi
    assert fits["T00"].basis.endswith("pooled over 20 names and 24 quarters")


def test_compression_prints_the_panel_and_forecasts_with_it() -> None:
    result = run(rows())
    assert FORECAST.faults(result.forecast) == []
    assert result.panel_fit.height == 4
    row = result.forecast.row(0, named=True)
    assert row["history_weeks"] == 261
    assert row["dln_multiple_low"] < row["expected_dln_multiple"] < row["dln_multiple_high"]
    detail = result.components.filter(pl.col("component") == "premium_over_warranted").item(0, "detail")
    assert "coefficients of 24 quarters" in detail


def test_scenario_growth_moves_a_trailing_name_by_the_pooled_slope() -> None:
    frame = rows()
    base, after = run(frame), run(frame, growth_change={"T05": 0.02})
    slope = base.panel_fit.row(0, named=True)["coefficient"]
    moved = after.warranted.get_column("residual") - base.warranted.get_column("residual")
    assert moved[5] == pytest.approx(-0.02 * slope, abs=1e-9)
    assert moved.gather([i for i in range(20) if i != 5]).abs().max() == 0.0


def test_nothing_after_as_of_counts() -> None:
    frame = rows()
    early = AS_OF - timedelta(weeks=52)
    cut = frame.filter(pl.col("date") <= early)
    assert panel_fit_table(trailing_panel(frame, as_of=early)).equals(
        panel_fit_table(trailing_panel(cut, as_of=early))
    )


maybe = st.one_of(st.none(), st.floats(-3, 3), st.just(0.5))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.lists(st.tuples(maybe, maybe, st.floats(-2, 5)), min_size=1, max_size=20),
)
def test_any_panel_gives_a_value_or_a_reason(
    names: int, quarters: int, cells: list[tuple[float | None, float | None, float]]
) -> None:
    """One name, ties, nulls, zero variance: never a NaN, never a crash."""
    made = [
        {
            "ticker": f"T{i}", "date": AS_OF - timedelta(weeks=13 * q), "source": "s",
            "growth": cells[(i * 7 + q) % len(cells)][0], "risk": cells[(i + 3 * q) % len(cells)][1],
            "log_multiple": cells[(i * q + i) % len(cells)][2],
        }
        for i in range(names)
        for q in range(quarters)
    ]  # fmt: skip
    result = run(MULTIPLE_PANEL.frame(made))
    assert WARRANTED.faults(result.warranted) == []
    assert FORECAST.faults(result.forecast) == []
    assert PANEL_FIT.faults(result.panel_fit) == []
    level = result.warranted
    assert level.filter(pl.col("residual").is_null() & pl.col("reason").is_null()).is_empty()
    for frame in (level, result.forecast, result.panel_fit):
        for name in frame.columns:
            if frame.schema[name] == pl.Float64:
                assert not frame.get_column(name).is_nan().any()
