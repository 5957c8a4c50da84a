"""Rank tests of ordered groups: published case, scipy, counting by hand, power anchors, properties."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, mannwhitneyu

from models.cross_section import kendall_tau_b
from models.rank_tests import (
    detection_power,
    hodges_lehmann,
    jonckheere_null,
    kendall_normal_p,
    ordered_test,
)


def test_published_case_p14() -> None:
    # methods/README.md section 7, P14 (scipy documentation).
    x, y = np.array([12.0, 2, 1, 12, 2]), np.array([1.0, 4, 7, 1, 0])
    assert kendall_tau_b(x, y) == pytest.approx(-0.47140452079103173, abs=1e-15)
    assert kendall_normal_p(x, y) == pytest.approx(0.2827454599327748, abs=1e-15)


@pytest.mark.parametrize("seed", range(20))
def test_tau_and_its_normal_p_agree_with_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 40))
    x, y = rng.integers(0, 6, n).astype(float), np.round(rng.normal(size=n), 1)
    oracle = kendalltau(x, y, method="asymptotic")
    if math.isnan(oracle.statistic):
        assert kendall_tau_b(x, y) is None
        return
    assert kendall_tau_b(x, y) == pytest.approx(oracle.statistic, abs=1e-8)
    assert kendall_normal_p(x, y) == pytest.approx(oracle.pvalue, abs=1e-8)


@pytest.mark.parametrize("n", [3, 7, 20])
def test_exact_p_of_single_names_is_kendalls(n: int) -> None:
    rng = np.random.default_rng(n)
    x, y = rng.permutation(n).astype(float), rng.normal(size=n)
    found = ordered_test(x, y, seed=0)
    assert found is not None
    oracle = kendalltau(x, y, method="exact", alternative="greater")
    assert (found.method, found.p_greater) == ("exact", pytest.approx(oracle.pvalue, abs=1e-8))


@pytest.mark.parametrize(("m", "n"), [(3, 4), (7, 6), (12, 5)])
def test_two_groups_are_mann_whitney(m: int, n: int) -> None:
    rng = np.random.default_rng(m)
    lower, upper = rng.normal(size=m), rng.normal(size=n) + 0.7
    found = ordered_test(np.repeat([0.0, 1.0], [m, n]), np.concatenate([lower, upper]), seed=0)
    assert found is not None
    for side, p in (("greater", found.p_greater), ("less", found.p_less)):
        oracle = mannwhitneyu(upper, lower, alternative=side, method="exact")
        assert found.jonckheere == oracle.statistic
        assert p == pytest.approx(oracle.pvalue, abs=1e-8)


def test_null_distribution_by_counting() -> None:
    # Two values against two: J = 0, 1, 2, 3, 4 in 1, 1, 2, 1, 1 of 6 assignments.
    assert jonckheere_null((2, 2)) == pytest.approx(np.array([1, 1, 2, 1, 1]) / 6)
    groups = (0, 0, 1, 2, 2)
    counts = np.zeros(9)
    for values in permutations(range(5)):
        counts[sum(values[b] > values[a] for a in range(5) for b in range(5) if groups[b] > groups[a])] += 1
    assert jonckheere_null((2, 1, 2)) == pytest.approx(counts / counts.sum())


def test_ties_are_counted_one_by_one_and_drawn_when_there_are_many() -> None:
    # Values 1 1 | 1 2: J = 1/2 + 1/2 + 1 + 1 = 3. Of 6 assignments the 2 is above in 3.
    small = ordered_test(np.array([0.0, 0, 1, 1]), np.array([1.0, 1, 1, 2]), seed=0)
    assert small is not None
    assert (small.method, small.jonckheere, small.p_greater) == ("enumerated", 3.0, 0.5)
    rng = np.random.default_rng(3)
    groups, values = (
        np.repeat([0.0, 1.0, 2.0], 9),
        np.round(rng.normal(size=27) + np.repeat([0, 0.5, 1], 9), 1),
    )
    many = ordered_test(groups, values, seed=1)
    assert many is not None
    assert many.method == "Monte Carlo"
    oracle = kendalltau(groups, values, alternative="greater", method="asymptotic")
    assert many.tau_b == pytest.approx(oracle.statistic, abs=1e-8)
    assert many.p_greater == pytest.approx(oracle.pvalue, abs=0.01)
    assert many == ordered_test(groups, values, seed=1)


def test_power_anchors_of_the_methods() -> None:
    # methods/README.md section 4: n = 18, three tiers, 150 runs; within three binomial standard errors.
    for step, printed in ((1.0, 0.91), (0.5, 0.41), (0.0, 0.067)):
        found = detection_power((6, 6, 6), step, draws=4_000)
        assert found is not None
        assert abs(found - printed) <= 3 * math.sqrt(printed * (1 - printed) / 150)
    assert detection_power((6, 6, 6), 0.0, draws=4_000) == pytest.approx(0.05, abs=0.012)


def test_power_of_sizes_that_cannot_reach_five_percent_is_zero() -> None:
    assert detection_power((3, 1), 5.0) == 0.0
    assert detection_power((4,), 1.0) is None
    assert detection_power((4, 0), 1.0) is None


def test_shift_by_hand_and_its_interval_is_the_exact_test() -> None:
    found = hodges_lehmann(np.array([5.0, 7.0]), np.array([1.0, 2.0]))
    assert found is not None
    # Differences 3, 4, 5, 6.
    assert (found.estimate, found.low, found.high) == (4.5, None, None)
    rng = np.random.default_rng(2)
    upper, lower = rng.normal(size=6), rng.normal(size=7)
    shift = hodges_lehmann(upper, lower)
    assert shift is not None
    assert shift.low is not None
    assert shift.high is not None
    for value, side in ((shift.low, "greater"), (shift.high, "less")):
        inside, outside = (
            mannwhitneyu(upper - value * (1 + e), lower, alternative=side, method="exact").pvalue
            for e in (1e-9 * np.sign(value) * (1 if side == "greater" else -1),
                      -1e-9 * np.sign(value) * (1 if side == "greater" else -1))
        )  # fmt: skip
        assert outside <= 0.05 < inside


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 1.0, 2.0, math.nan]), st.sampled_from([0.0, 1.0, 1.0, -2.5, math.nan])
        ),
        max_size=12,
    )
)
def test_any_groups_give_a_test_or_none(pairs: list[tuple[float, float]]) -> None:
    groups, values = np.array([g for g, _ in pairs]), np.array([v for _, v in pairs])
    found = ordered_test(groups, values, seed=0, permutations=99)
    if found is None:
        keep = np.isfinite(groups) & np.isfinite(values)
        assert keep.sum() < 3 or np.unique(groups[keep]).size < 2 or np.unique(values[keep]).size < 2
        return
    assert 0 < found.p_greater <= 1
    assert 0 < found.p_less <= 1
    assert found.p_greater + found.p_less >= 1 - 1e-12
    assert -1 <= found.tau_b <= 1
    turned = ordered_test(groups, -values, seed=0, permutations=99)
    assert turned is not None
    assert turned.tau_b == pytest.approx(-found.tau_b)
