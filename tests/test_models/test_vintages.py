"""Vintage depreciation: worked numbers of the methods note, changes of life, conservation, degenerate input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.depreciation import depreciation_to_capex
from models.vintages import (
    LifeChange,
    book_value,
    steady_depreciation_to_capex,
    vintage_charges,
    written_off,
)

lives = st.floats(0.1, 30.0)
lags = st.floats(0.0, 3.0)
amounts = st.lists(st.floats(0.0, 100.0), min_size=1, max_size=12)


def all_periods(spent: list[float], life: float, lag: float) -> int:
    return len(spent) + int((life + lag) * 4) + 3


def test_one_purchase_by_hand() -> None:
    # 100 at the middle of quarter 0, one year of life: 12.5, 25, 25, 25, 12.5.
    assert vintage_charges([100.0], life=1, periods=6).tolist() == [12.5, 25, 25, 25, 12.5, 0]
    # In service half a year later: everything two quarters later.
    late = vintage_charges([100.0], life=1, lag=0.5, periods=8)
    assert late.tolist() == [0, 0, 12.5, 25, 25, 25, 12.5, 0]
    left = book_value([100.0], life=1, lag=0.5, periods=8)
    assert left.tolist() == [100, 100, 87.5, 62.5, 37.5, 12.5, 0, 0]


@pytest.mark.parametrize(("life", "printed"), [(3, 0.7723765), (5, 0.6579347), (6, 0.6096769)])
def test_methods_section_3_steady_growth(life: int, printed: float) -> None:
    # methods section 3, [V]: g = .20, half-year convention.
    assert round(steady_depreciation_to_capex(life, 0.2, periods_a_year=1), 7) == printed
    spent = [1.2**t for t in range(20)]
    assert (
        round(vintage_charges(spent, life=life, periods=20, periods_a_year=1)[-1] / spent[-1], 7) == printed
    )


@pytest.mark.parametrize(("old", "new", "before", "after"), [(4, 6, 25.0, 12.5), (6, 5, 16.6667, 22.2222)])
def test_methods_section_3_life_changes(old: float, new: float, before: float, after: float) -> None:
    # methods section 3, [V]: cost 100, age 2. Bought at a year's end (lag of half a year): ages are whole.
    terms = {"life": old, "lag": 0.5, "periods": 9, "periods_a_year": 1}
    charges = vintage_charges([100.0], change=LifeChange(3, new), **terms)  # type: ignore[arg-type]
    assert charges[0] == 0.0
    assert charges[1:3].round(4).tolist() == [before, before]
    assert charges[3:].round(4).tolist() == [after] * int(new - 2) + [0.0] * (9 - 3 - int(new - 2))
    assert charges.sum() == pytest.approx(100.0)


def test_a_balance_beyond_the_new_life_is_charged_at_once() -> None:
    charges = vintage_charges(
        [100.0], life=6, lag=0.5, periods=8, periods_a_year=1, change=LifeChange(5, 3.0)
    )
    assert charges[5] == pytest.approx(100 * (1 - 4 / 6))
    assert charges[6:].tolist() == [0.0, 0.0]


def test_quarters_bought_evenly_add_up_to_the_half_year_convention() -> None:
    quarters = np.repeat([10.0, 14.0, 20.0, 30.0], 4) / 4
    yearly = vintage_charges(list(quarters), life=3, periods=16).reshape(4, 4).sum(axis=1)
    whole = vintage_charges([10.0, 14.0, 20.0, 30.0], life=3, periods=4, periods_a_year=1)
    assert yearly == pytest.approx(whole, abs=1e-12)


@given(amounts, lives, lags)
def test_total_charged_is_cost(spent: list[float], life: float, lag: float) -> None:
    charges = vintage_charges(spent, life=life, lag=lag, periods=all_periods(spent, life, lag))
    assert charges.sum() == pytest.approx(sum(spent), abs=1e-9)
    assert (charges >= -1e-12).all()


@given(amounts, lives, lives, lags, st.integers(0, 40))
def test_a_change_of_life_conserves_book_value(
    spent: list[float], old: float, new: float, lag: float, at: int
) -> None:
    periods = max(all_periods(spent, max(old, new), lag), at + 2)
    change = LifeChange(at, new)
    kept = vintage_charges(spent, life=old, lag=lag, periods=periods)
    charges = vintage_charges(spent, life=old, lag=lag, periods=periods, change=change)
    assert charges.sum() == pytest.approx(sum(spent), abs=1e-9)
    assert charges[:at] == pytest.approx(kept[:at], abs=1e-12)
    left = book_value(spent, life=old, lag=lag, periods=periods, change=change)
    bought = np.cumsum([*spent, *[0.0] * periods])[:periods]
    assert left + charges.cumsum() == pytest.approx(bought, abs=1e-9)
    assert (charges >= -1e-9).all()


@given(amounts, lives, st.floats(0.0, 10.0), lags, st.integers(1, 60))
def test_a_longer_life_has_charged_less_by_any_day(
    spent: list[float], life: float, longer: float, lag: float, periods: int
) -> None:
    short = vintage_charges(spent, life=life, lag=lag, periods=periods).sum()
    assert vintage_charges(spent, life=life + longer, lag=lag, periods=periods).sum() <= short + 1e-9


@given(lives, st.floats(-0.2, 0.6), lags)
def test_steady_growth_is_the_limit_of_vintages(life: float, growth: float, lag: float) -> None:
    periods = int((life + lag) * 4) + 6
    spent = [(1 + growth) ** (t / 4) for t in range(periods)]
    found = vintage_charges(spent, life=life, lag=lag, periods=periods)[-1] / spent[-1]
    assert found == pytest.approx(steady_depreciation_to_capex(life, growth, lag=lag))


@given(lives, st.floats(-0.3, 0.6))
def test_yearly_periods_are_the_half_year_formula(life: float, growth: float) -> None:
    found = steady_depreciation_to_capex(life, growth, periods_a_year=1)
    assert found == pytest.approx(depreciation_to_capex(life, growth))


def test_a_lag_longer_than_the_horizon_and_nothing_spent() -> None:
    assert vintage_charges([100.0], life=1, lag=5, periods=6).tolist() == [0.0] * 6
    assert vintage_charges([0.0, 0.0], life=1, periods=3).tolist() == [0.0] * 3
    assert vintage_charges([], life=1, periods=3).tolist() == [0.0] * 3


def test_wrong_terms_are_named() -> None:
    with pytest.raises(ValueError, match="life must be above 0"):
        written_off(np.zeros(1), 0.0)
    with pytest.raises(ValueError, match="life must be above 0"):
        steady_depreciation_to_capex(-1.0, 0.1)
    with pytest.raises(ValueError, match="lag must be 0 or more"):
        vintage_charges([1.0], life=1, lag=-1, periods=2)
    with pytest.raises(ValueError, match="growth must be above -1"):
        steady_depreciation_to_capex(3, -1)
