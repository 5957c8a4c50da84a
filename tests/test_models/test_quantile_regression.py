"""Quantile regression: Engel as published, scipy's linear program, statsmodels, ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.quantile_regression import quantile_regression


def loss(y: np.ndarray, X: np.ndarray, beta: np.ndarray, tau: float) -> float:
    residuals = y - X @ beta
    return float(np.sum(residuals * (tau - (residuals < 0))))


def engel() -> tuple[np.ndarray, np.ndarray]:
    from statsmodels.datasets import engel as data

    frame = data.load_pandas().data
    return frame["foodexp"].to_numpy(), np.column_stack([np.ones(len(frame)), frame["income"]])


def test_engel_median_p11() -> None:
    # methods section 7, P11 (statsmodels documentation): 81.4823 .5602. The vertex itself is 81.48225.
    y, X = engel()
    constant, slope = quantile_regression(y, X, tau=0.5)
    assert constant == pytest.approx(81.4823, abs=1e-4)
    assert round(float(slope), 4) == 0.5602


@pytest.mark.parametrize("tau", [0.25, 0.5, 0.75])
def test_engel_agrees_with_statsmodels(tau: float) -> None:
    from statsmodels.regression.quantile_regression import QuantReg

    y, X = engel()
    theirs = QuantReg(y, X).fit(q=tau).params
    ours = quantile_regression(y, X, tau=tau)
    # Theirs iterates to a tolerance; ours is the vertex itself and may only be better.
    assert ours == pytest.approx(theirs, rel=1e-4)
    assert loss(y, X, ours, tau) <= loss(y, X, theirs, tau) + 1e-9


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(8, 60), st.integers(1, 4), st.sampled_from([0.1, 0.25, 0.5, 0.75]))
def test_the_loss_is_that_of_scipys_linear_program(seed: int, n: int, p: int, tau: float) -> None:
    from scipy.optimize import linprog

    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), *(rng.normal(size=n) for _ in range(p - 1))])
    y = rng.normal(size=n)
    cost = np.concatenate([np.zeros(p), np.full(n, tau), np.full(n, 1 - tau)])
    made = linprog(
        cost, A_eq=np.hstack([X, np.eye(n), -np.eye(n)]), b_eq=y,
        bounds=[(None, None)] * p + [(0, None)] * (2 * n), method="highs",
    )  # fmt: skip
    assert loss(y, X, quantile_regression(y, X, tau=tau), tau) == pytest.approx(made.fun, abs=1e-8)


def test_a_constant_alone_gives_the_sample_quantile() -> None:
    y = np.array([5.0, 1.0, 4.0, 2.0, 3.0])
    assert quantile_regression(y, np.ones((5, 1)), tau=0.5) == pytest.approx([3.0])
    assert quantile_regression(y, np.ones((5, 1)), tau=0.25) == pytest.approx([2.0])


def test_ties_end() -> None:
    X = np.column_stack([np.ones(40), np.repeat([0.0, 1.0], 20)])
    assert quantile_regression(np.full(40, 2.0), X, tau=0.25) == pytest.approx([2.0, 0.0])
    steps = np.tile([1.0, 1.0, 2.0, 3.0], 10)
    assert loss(steps, X, quantile_regression(steps, X, tau=0.5), 0.5) == pytest.approx(
        loss(steps, X, np.array([1.5, 0.0]), 0.5)
    )


def test_wrong_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        quantile_regression(np.ones(3), np.ones((4, 1)), tau=0.5)
    with pytest.raises(ValueError, match="do not fit"):
        quantile_regression(np.ones(4), np.ones((4, 1)), tau=1.0)
    with pytest.raises(ValueError, match="independent"):
        quantile_regression(np.arange(4.0), np.ones((4, 2)), tau=0.5)
