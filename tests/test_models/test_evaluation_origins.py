"""Non-overlapping origins: which dates, the t-test by hand and against scipy, sizes, reasons."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.evaluation_origins import (
    MIN_ORIGINS,
    diebold_mariano,
    hln_p_value,
    mean_over_origins,
    origin_phases,
)

START = date(2016, 1, 1)


def weekly(count: int, *, every: int = 1) -> list[date]:
    return [START + timedelta(weeks=every * k) for k in range(count)]


def test_every_first_date_gives_one_phase() -> None:
    phases = origin_phases(weekly(10, every=13), weeks=52)
    assert phases == [[0, 4, 8], [1, 5, 9], [2, 6], [3, 7]]


def test_a_missed_week_moves_the_next_origin() -> None:
    days = [day for k, day in enumerate(weekly(9, every=13)) if k != 4]
    assert origin_phases(days, weeks=52)[0] == [0, 4]


def test_the_median_p_of_the_phases_is_scipys() -> None:
    days, values = weekly(40, every=13), np.random.default_rng(4).normal(0.3, 1, 40)
    found = mean_over_origins(days, values, weeks=52)
    each = [stats.ttest_1samp(values[k::4], 0).pvalue for k in range(4)]
    assert found.p_value == pytest.approx(float(np.median(each)), abs=1e-12)
    assert (found.dates, found.origins, found.mean) == (40, 10, pytest.approx(values.mean()))
    assert found.low is not None and found.high is not None and found.low < values.mean() < found.high


def test_few_origins_are_not_testable_and_say_how_many() -> None:
    found = mean_over_origins(weekly(60), np.ones(60) + np.arange(60), weeks=52)
    assert found.p_value is None and found.low is None
    assert found.mean is not None
    assert f"non-overlapping origins of 52 weeks, {MIN_ORIGINS} are needed" in found.reason


def test_nothing_and_no_variation_have_reasons() -> None:
    assert mean_over_origins([], [], weeks=52).reason == "no date has a graded outcome"
    assert mean_over_origins(weekly(3), [math.nan] * 3, weeks=4).mean is None
    same = mean_over_origins(weekly(40, every=13), np.full(40, 0.25), weeks=52)
    assert same.p_value is None and "do not vary" in same.reason


@given(st.lists(st.floats(-1, 1) | st.just(math.nan), max_size=60), st.integers(1, 13))
def test_a_p_value_is_a_probability_and_never_nan(values: list[float], every: int) -> None:
    found = mean_over_origins(weekly(len(values), every=every), values, weeks=13)
    for number in (found.p_value, found.low, found.high, found.mean):
        assert number is None or math.isfinite(number)
    assert found.p_value is None or 0 <= found.p_value <= 1
    assert found.p_value is not None or found.reason


def test_dm_with_horizon_one_is_the_t_test() -> None:
    d = np.random.default_rng(5).normal(0.1, 1, 60)
    assert diebold_mariano(d, horizon=1) == pytest.approx(stats.ttest_1samp(d, 0).pvalue, abs=1e-12)


def test_dm_is_refused_where_its_size_is_wrong() -> None:
    d = np.random.default_rng(6).normal(size=120)
    assert diebold_mariano(d, horizon=5) is None
    assert diebold_mariano(d, horizon=4) is not None
    assert hln_p_value(d, horizon=12) is not None
    assert hln_p_value(np.zeros(60), horizon=1) is None
