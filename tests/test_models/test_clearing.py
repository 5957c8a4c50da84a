"""Clearing vector: published cases, the corrected notebook case, default costs, fixed-point properties."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from exposures.errors import DataError
from models.clearing import clear_payments

SHARED = Path(os.environ.get("SCREEN_SHARED", Path(__file__).resolve().parents[2] / "../shared"))

# FinNetValu, test_rogers.jl (N. Bertschinger): Eisenberg-Noe with three firms.
FINNETVALU = ([[0, 0.1, 0.7], [2, 0, 10.5], [0, 8.4, 0]], [1, 1, 1], [0.8, 9.5, 8.4])


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 8))
    L = rng.random((n, n)) * (rng.random((n, n)) < 0.5) * 10
    np.fill_diagonal(L, 0)
    return L, rng.random(n) * 4


def test_finnetvalu_case_is_exact() -> None:
    L, e, p = FINNETVALU
    result = clear_payments(np.array(L), np.array(e))
    assert result.payments == pytest.approx(p, abs=1e-14)
    assert result.is_default.tolist() == [False, True, False]
    assert result.rounds == 1


def test_the_greatest_of_many_clearing_vectors() -> None:
    """L = [[0, 1], [1, 0]], e = 0: every p1 = p2 in [0, 1] clears; the greatest is (1, 1)."""
    result = clear_payments(np.array([[0, 1], [1, 0]]), np.zeros(2))
    assert result.payments.tolist() == [1, 1]
    assert not result.is_default.any()


def test_the_corrected_notebook_case() -> None:
    """A public notebook prints (7.3125, 2.32955, 4), which its own map moves; this is the fixed point."""
    L, e = np.array([[0, 2, 9], [7, 0, 9], [3, 1, 0]]), np.array([3.0, 0.0, 4.0])
    result = clear_payments(L, e)
    assert np.round(result.payments, 8).tolist() == [6.99382716, 2.27160494, 4]
    printed = np.array([7.3125, 2.32955, 4])
    relative = L / L.sum(axis=1)[:, None]
    assert round(float(e[0] + printed @ relative[:, 0]), 4) == 7.0192


def test_shared_cases_are_those_inline() -> None:
    path = SHARED / "methods" / "published_cases.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    cases = json.loads(path.read_text())
    assert (cases["eisenberg_noe_a1"]["L"], cases["eisenberg_noe_a1"]["e"]) == FINNETVALU[:2]
    assert cases["eisenberg_noe_a1"]["p"] == FINNETVALU[2]
    for key, wanted in (("eisenberg_noe_a1", "p"), ("eisenberg_noe_nonunique", "greatest")):
        found = clear_payments(np.array(cases[key]["L"]), np.array(cases[key]["e"])).payments
        assert found == pytest.approx(cases[key][wanted], abs=1e-14)


def test_default_costs_by_hand() -> None:
    """A owes B 10 and has 6: pays 6, or 3 at recoveries of 0.5; B owes C 4, has 1 of its own, still pays."""
    L = np.array([[0, 10, 0], [0, 0, 4], [0, 0, 0]], dtype=float)
    e = np.array([6.0, 1.0, 0.0])
    assert clear_payments(L, e).payments.tolist() == [6, 4, 0]
    costly = clear_payments(L, e, asset_recovery=0.5, claim_recovery=0.5)
    assert costly.payments.tolist() == [3, 4, 0]
    assert costly.shortfall_to.tolist() == [0, 7, 0]
    worse = clear_payments(L, e, asset_recovery=0.25, claim_recovery=0.5)
    assert worse.payments.tolist() == [1.5, 0.25 + 0.75, 0]
    assert worse.rounds == 2


@given(st.integers(0, 2**31))
def test_it_is_the_greatest_fixed_point(seed: int) -> None:
    """Fixed point, within bounds, and equal to the linear programme that maximises total payment."""
    L, e = random_case(seed)
    result = clear_payments(L, e)
    relative = np.divide(L, result.owed[:, None], out=np.zeros_like(L), where=result.owed[:, None] > 0)
    assert result.payments == pytest.approx(np.minimum(result.owed, e + result.payments @ relative), abs=1e-9)
    n = len(e)
    best = linprog(
        -np.ones(n),
        A_ub=np.eye(n) - relative.T,
        b_ub=e,
        bounds=list(zip(np.zeros(n), result.owed, strict=True)),
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    assert result.payments == pytest.approx(best.x, abs=1e-8)


@given(st.integers(0, 2**31), st.floats(0, 1), st.floats(0, 1))
def test_costs_and_poorer_payers_never_raise_a_payment(seed: int, alpha: float, beta: float) -> None:
    L, e = random_case(seed)
    full = clear_payments(L, e).payments
    assert (clear_payments(L, e, asset_recovery=alpha, claim_recovery=beta).payments <= full + 1e-9).all()
    assert (clear_payments(L, e * 0.5).payments <= full + 1e-9).all()


def test_nothing_owed_and_bad_input() -> None:
    assert clear_payments(np.zeros((0, 0)), np.zeros(0)).payments.shape == (0,)
    assert clear_payments(np.zeros((2, 2)), np.ones(2)).payments.tolist() == [0, 0]
    with pytest.raises(DataError, match="not negative"):
        clear_payments(np.zeros((2, 2)), np.array([1.0, -1.0]))
    with pytest.raises(DataError, match="do not match"):
        clear_payments(np.zeros((2, 2)), np.ones(3))
    with pytest.raises(DataError, match="recoveries"):
        clear_payments(np.zeros((1, 1)), np.ones(1), asset_recovery=1.5)
