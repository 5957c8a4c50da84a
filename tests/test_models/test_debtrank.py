"""Linear DebtRank: hand recursion, the unstable three-bank exercise, closed form while nobody is ruined.

The 125-bank network behind the published totals of NetworkRiskMeasures is not stored with the project
(only its constants are), so that case is not repeated here.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposures.errors import DataError
from models.debtrank import leverage_matrix, linear_debtrank


def test_three_nodes_by_hand() -> None:
    """1 has a claim of 5 on 0, 2 one of 4 on 1 and 0 one of 2 on 2; equity 10 each; 0 loses 0.2.

    Each round the newest loss moves one edge on: 0.2 -> 0.1 at 1 -> 0.04 at 2 -> 0.008 at 0, and so on
    with factor 0.5 * 0.4 * 0.2 = 0.04 a turn, so h0 = 0.2 / (1 - 0.04).
    """
    claims = np.array([[0, 0, 2], [5, 0, 0], [0, 4, 0]], dtype=float)
    result = linear_debtrank(leverage_matrix(claims, np.full(3, 10.0)), np.array([0.2, 0, 0]))
    h0 = 0.2 / 0.96
    assert result.losses == pytest.approx([h0, h0 * 0.5, h0 * 0.5 * 0.4], abs=1e-13)
    assert result.spectral_radius == pytest.approx(0.04 ** (1 / 3))
    assert not result.is_unstable
    assert "stable: spectral radius 0.342" in result.note


def test_the_cap_stops_a_ruined_node_from_passing_on_more() -> None:
    """0 is ruined at once (shock 3 counts as 1); 1 loses 0.8 of its equity and no more."""
    claims = np.array([[0, 0], [8, 0]], dtype=float)
    result = linear_debtrank(leverage_matrix(claims, np.array([1.0, 10.0])), np.array([3.0, 0.0]))
    assert result.losses.tolist() == [1.0, 0.8]


def test_the_unstable_three_bank_exercise_says_so() -> None:
    """P. Barucca, debtrank exercise: a fall of 10% of external assets ends in the ruin of all three."""
    liabilities = np.array([[0, 4, 0], [0, 0, 3], [2, 0, 0]], dtype=float)
    external, debts = np.array([20.0, 20.0, 10.0]), np.array([17.0, 18.0, 8.0])
    equity = external + liabilities.sum(axis=0) - liabilities.sum(axis=1) - debts
    shock = 0.1 * external
    assert (equity - shock).tolist() == [-1, 1, 2]
    result = linear_debtrank(leverage_matrix(liabilities.T, equity), shock / equity)
    assert result.losses.tolist() == [1, 1, 1]
    assert round(result.spectral_radius, 3) == 1.387
    assert result.is_unstable
    assert result.note.startswith("unstable")


@given(st.integers(0, 2**31))
def test_while_nobody_is_ruined_losses_are_the_inverse(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    lam = rng.random((n, n)) * 0.8 / n
    shock = rng.random(n) * 0.1
    result = linear_debtrank(lam, shock)
    assert result.losses == pytest.approx(np.linalg.solve(np.eye(n) - lam, shock), abs=1e-10)
    assert (result.losses >= shock).all()


def test_no_shock_no_nodes_and_bad_input() -> None:
    assert linear_debtrank(np.ones((2, 2)), np.zeros(2)).steps == 0
    assert linear_debtrank(np.zeros((0, 0)), np.zeros(0)).losses.shape == (0,)
    with pytest.raises(DataError, match="equity must be positive"):
        leverage_matrix(np.zeros((1, 1)), np.zeros(1))
    with pytest.raises(DataError, match="claims"):
        leverage_matrix(np.array([[-1.0]]), np.ones(1))
    with pytest.raises(DataError, match="shock"):
        linear_debtrank(np.zeros((1, 1)), np.array([-0.1]))
