"""Rank IC, spread and turnover: by hand, against scipy, degenerate inputs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.evaluation_ranks import quantile_spread, rank_correlation, turnover

VALUES = st.lists(st.integers(-4, 4).map(float) | st.just(math.nan), min_size=0, max_size=12)


def test_rank_correlation_agrees_with_scipy_ties_included() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        x, y = rng.integers(0, 6, 15).astype(float), rng.normal(size=15)
        assert rank_correlation(x, y) == pytest.approx(float(stats.spearmanr(x, y).statistic), abs=1e-12)


def test_spread_by_hand_with_a_tie_at_the_edge() -> None:
    x = [1.0, 2.0, 2.0, 3.0, 4.0, 5.0]
    y = [10.0, 20.0, 40.0, 0.0, 6.0, 8.0]
    # lowest two: 10 and half of each of the two tied (20, 40) = (10 + 30) / 2; highest two: (6 + 8) / 2
    assert quantile_spread(x, y) == pytest.approx(20 - 7)


def test_turnover_by_hand() -> None:
    assert turnover([["A", "B"], ["B", "C"], [], ["B"], ["B"]]) == [0.5, 0.0]
    assert turnover([["A"]]) == []


@given(VALUES, st.randoms(use_true_random=False))
def test_degenerate_inputs_give_none_or_a_value_in_range(x: list[float], random: object) -> None:
    y = list(x)
    random.shuffle(y)  # type: ignore[attr-defined]
    found, spread = rank_correlation(x, y), quantile_spread(x, y)
    assert found is None or -1 <= found <= 1
    assert spread is None or math.isfinite(spread)


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=6, max_size=15),
    st.randoms(use_true_random=False),
)
def test_order_of_rows_and_units_do_not_matter(pairs: list[tuple[int, int]], random: object) -> None:
    x, y = ([float(v) for v in column] for column in zip(*pairs, strict=True))
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    a, b = ([float(v) for v in column] for column in zip(*shuffled, strict=True))
    scaled = [100 * v + 7 for v in a]
    ours, theirs = rank_correlation(x, y), rank_correlation(scaled, b)
    assert ours == pytest.approx(theirs) if ours is not None else theirs is None
    ours, theirs = quantile_spread(x, y), quantile_spread(scaled, b)
    assert ours == pytest.approx(theirs) if ours is not None else theirs is None


def test_too_few_names_or_no_variation_is_none() -> None:
    assert rank_correlation([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]) is None
    assert rank_correlation([1.0] * 8, list(range(8))) is None
    assert quantile_spread([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) is None
    assert quantile_spread([1.0] * 9, list(range(9))) is None
