"""Equity at risk: linear DebtRank over claims between nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exposures.errors import DataError
from models.network import Matrix, Vector, spectral_radius

__all__ = ["DebtRank", "leverage_matrix", "linear_debtrank"]

STEP_TOLERANCE = 1e-14
"""Relative loss below which a step changes nothing at double precision."""
MAX_STEPS = 100_000
"""Far above the steps of any stable case; reached only when rho is within 1e-4 of 1."""


@dataclass(frozen=True, eq=False)
class DebtRank:
    """Relative equity losses.

    Parameters
    ----------
    losses
        h, shape (n,), fraction of equity lost, in [0, 1].
    steps
        Steps until nothing changed.
    spectral_radius
        rho of the leverage matrix.
    is_unstable
        True when rho >= 1: a loss can grow as it travels, only the cap at 1 stops it.
    note
        One sentence on stability for the reader.
    """

    losses: Vector
    steps: int
    spectral_radius: float
    is_unstable: bool
    note: str


def leverage_matrix(claims: Matrix, equity: Vector) -> Matrix:
    """Return ``Lambda_ij = A_ij / E_i``: what i loses of its equity when j loses all of its own.

    Parameters
    ----------
    claims
        A, shape (n, n): i's claims on j (stakes, loans, receivables, drawn guarantees).
    equity
        E, shape (n,), same unit, > 0.

    Raises
    ------
    DataError
        When an equity is not positive or a claim negative.
    """
    A, E = np.asarray(claims, dtype=np.float64), np.asarray(equity, dtype=np.float64)
    if not np.isfinite(E).all() or (E <= 0).any():
        raise DataError("equity must be positive to bear a loss.", fix="Leave insolvent nodes out.")
    if not np.isfinite(A).all() or (A < 0).any():
        raise DataError("claims must be finite and not negative.", fix="Turn the claim around.")
    return A / E[:, None]


def linear_debtrank(leverage: Matrix, initial: Vector) -> DebtRank:
    """Return the losses after an initial shock has travelled along all claims.

    ``h(t+1) = min(1, h(t) + Lambda [h(t) - h(t-1)])`` with ``h(-1) = 0`` and ``h(0) = min(1, shock)``.
    Losses pass on as often as they grow, so cycles count in full (the 2012 form stops after one hit a
    node and understates them).

    Parameters
    ----------
    leverage
        Lambda, shape (n, n), from `leverage_matrix`.
    initial
        Shock, shape (n,), fraction of equity, >= 0; above 1 is capped.

    Raises
    ------
    DataError
        For negative or non-finite input.

    References
    ----------
    Bardoscia, Battiston, Caccioli and Caldarelli 2015, PLoS ONE 10(6):e0130406.
    """
    Lam, shock = np.asarray(leverage, dtype=np.float64), np.asarray(initial, dtype=np.float64)
    if not (np.isfinite(Lam).all() and np.isfinite(shock).all()) or (Lam < 0).any() or (shock < 0).any():
        raise DataError("leverage and shock must be finite and not negative.", fix="Give losses as +.")
    h, change, steps = np.minimum(shock, 1.0), np.minimum(shock, 1.0), 0
    while change.max(initial=0.0) > STEP_TOLERANCE and steps < MAX_STEPS:
        after = np.minimum(1.0, h + Lam @ change)
        h, change, steps = after, after - h, steps + 1
    rho = spectral_radius(Lam)
    return DebtRank(h, steps, rho, rho >= 1, _stability(rho))


def _stability(rho: float) -> str:
    if rho < 1:
        return f"stable: spectral radius {rho:.3f} is below 1, losses fade as they travel"
    return f"unstable: spectral radius {rho:.3f} is 1 or more, small losses can grow until equity is gone"
