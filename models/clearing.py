"""What take-or-pay payers can pay: the Eisenberg-Noe clearing vector, with optional default costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exposures.errors import DataError
from models.network import Matrix, Vector

__all__ = ["Clearing", "clear_payments"]

PAYMENT_TOLERANCE = 1e-12
"""A payer short by less than this fraction of what it owes is solvent: rounding, not default."""


@dataclass(frozen=True, eq=False)
class Clearing:
    """Payments in clearing.

    Parameters
    ----------
    payments, owed
        Shape (n,), units of the liabilities: what each node pays, and what it owes.
    shortfall_to
        Shape (n,): what each node does not receive, ``sum_i Pi_ij (owed_i - paid_i)``.
    is_default
        Shape (n,): True for nodes that cannot pay in full.
    rounds
        Rounds of the default cascade; 0 when nobody defaults.
    """

    payments: Vector
    owed: Vector
    shortfall_to: Vector
    is_default: np.typing.NDArray[np.bool_]
    rounds: int


def clear_payments(
    liabilities: Matrix, external_assets: Vector, *, asset_recovery: float = 1.0, claim_recovery: float = 1.0
) -> Clearing:
    """Return the greatest clearing vector by the fictitious default cascade.

    ``p_i = min(owed_i, e_i + sum_j Pi_ji p_j)`` with ``Pi_ij = L_ij / owed_i``. With default costs a
    node that cannot pay in full pays ``alpha e_i + beta sum_j Pi_ji p_j``. The cascade starts from full
    payment and so ends, after at most n rounds, at the greatest of possibly many fixed points.

    Parameters
    ----------
    liabilities
        L, shape (n, n): row owes column. The diagonal is ignored.
    external_assets
        e, shape (n,), >= 0: money from outside, after senior costs.
    asset_recovery, claim_recovery
        alpha and beta in [0, 1]; 1 and 1 is Eisenberg-Noe.

    Raises
    ------
    DataError
        For negative or non-finite input, or a recovery outside [0, 1].

    References
    ----------
    Eisenberg and Noe 2001, Management Science 47:236; Rogers and Veraart 2013, Management Science 59:882.
    """
    L = np.array(liabilities, dtype=np.float64)
    e = np.asarray(external_assets, dtype=np.float64)
    _check(L, e, asset_recovery, claim_recovery)
    np.fill_diagonal(L, 0.0)
    owed = L.sum(axis=1)
    relative = np.divide(L, owed[:, None], out=np.zeros_like(L), where=owed[:, None] > 0)
    paid, default, rounds = owed.copy(), np.zeros(len(owed), dtype=bool), 0
    for _ in range(len(owed)):
        short = e + paid @ relative < owed * (1 - PAYMENT_TOLERANCE)
        if not (short & ~default).any():
            break
        default |= short
        rounds += 1
        paid = _pay(relative, owed, e, default=default, recoveries=(asset_recovery, claim_recovery))
    return Clearing(paid, owed, (owed - paid) @ relative, default, rounds)


def _pay(
    relative: Matrix,
    owed: Vector,
    e: Vector,
    *,
    default: np.typing.NDArray[np.bool_],
    recoveries: tuple[float, float],
) -> Vector:
    """Solve the payments of the defaulted nodes while the others pay in full."""
    alpha, beta = recoveries
    D, paid = np.flatnonzero(default), np.where(default, 0.0, owed)
    inflow = paid @ relative
    system = np.eye(len(D)) - beta * relative[np.ix_(D, D)].T
    paid[D] = np.clip(np.linalg.solve(system, alpha * e[D] + beta * inflow[D]), 0.0, owed[D])
    return paid


def _check(L: Matrix, e: Vector, alpha: float, beta: float) -> None:
    if L.ndim != 2 or L.shape[0] != L.shape[1] or e.shape != (L.shape[0],):
        raise DataError(
            f"liabilities {L.shape} and assets {e.shape} do not match.", fix="Pass (n, n) and (n,)."
        )
    if not (np.isfinite(L).all() and np.isfinite(e).all()) or (L < 0).any() or (e < 0).any():
        raise DataError("liabilities and assets must be finite and not negative.", fix="Floor assets at 0.")
    if not (0 <= alpha <= 1 and 0 <= beta <= 1):
        raise DataError(f"recoveries ({alpha}, {beta}) must lie in [0, 1].", fix="Give fractions.")
