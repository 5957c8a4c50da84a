"""A closed money-flow network of one year: flows, outside money, throughflow and visit counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exposures.errors import DataError

__all__ = [
    "MAX_SPECTRAL_RADIUS",
    "Matrix",
    "Network",
    "SealedNetworkError",
    "Vector",
    "close_network",
    "spectral_radius",
]

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

MAX_SPECTRAL_RADIUS = 1 - 1e-9
"""Above it money never leaves some set of nodes and visit counts explode; methods note, section 1.1."""
MAX_NEGATIVE_VISIT = 1e-9
"""Visits are non-negative by theory; a smaller negative is rounding of the inverse."""


class SealedNetworkError(DataError):
    """Money never leaves some nodes, so the books of this network cannot be closed."""


@dataclass(frozen=True, eq=False)
class Network:
    """Flows of one year between n nodes, closed so that inflow equals outflow plus what stays.

    Row i, column j of a matrix is money from node i to node j.

    Parameters
    ----------
    nodes
        Node names, in the order of every axis.
    commercial, financing
        C and K, shape (n, n), bn USD, zero diagonals. C is revenue of the receiver, K is funding.
    outside_revenue, outside_debt, outside_equity, cash_draw
        zR, zD, zE and zB, shape (n,), bn USD.
    throughflow
        T, shape (n,), bn USD: all money that enters a node.
    shares
        G = F / T by row, shape (n, n), fraction.
    visits
        N = (I - G)^-1: expected visits to j of a dollar that is at i.
    """

    nodes: tuple[str, ...]
    commercial: Matrix
    financing: Matrix
    outside_revenue: Vector
    outside_debt: Vector
    outside_equity: Vector
    cash_draw: Vector
    throughflow: Vector
    shares: Matrix
    visits: Matrix

    @property
    def flows(self) -> Matrix:
        """F = C + K, bn USD."""
        return self.commercial + self.financing

    @property
    def revenue(self) -> Vector:
        """R = zR + commercial inflow, bn USD."""
        sold: Vector = self.commercial.sum(axis=0)
        return self.outside_revenue + sold

    @property
    def outflow(self) -> Vector:
        """Money paid to other nodes, bn USD."""
        return np.asarray(self.flows.sum(axis=1))

    @property
    def outside(self) -> Vector:
        """z = zR + zD + zE + zB, bn USD."""
        return self.outside_revenue + self.outside_debt + self.outside_equity + self.cash_draw

    @property
    def commercial_shares(self) -> Matrix:
        """Gamma = C / T by row, fraction; a row without throughflow is zero."""
        return _by_row(self.commercial, self.throughflow)


def _by_row(flows: Matrix, throughflow: Vector) -> Matrix:
    scale = np.divide(1.0, throughflow, out=np.zeros_like(throughflow), where=throughflow > 0)
    return flows * scale[:, None]


def spectral_radius(matrix: Matrix) -> float:
    """Return the largest absolute eigenvalue of a square matrix; 0 for an empty one."""
    return float(np.abs(np.linalg.eigvals(matrix)).max()) if matrix.size else 0.0


def close_network(
    nodes: Sequence[str],
    commercial: Matrix,
    financing: Matrix,
    *,
    outside_revenue: Vector,
    outside_debt: Vector,
    outside_equity: Vector,
) -> Network:
    """Return the network closed by a cash draw where outflow exceeds every known inflow.

    ``in = colsum(F) + zR + zD + zE``, ``zB = max(rowsum(F) - in, 0)``, ``T = in + zB``, ``G = F / T``,
    ``N = (I - G)^-1`` and so ``T = z N``. Flows are never scaled to make the books meet.

    Missing data
        None is accepted: an unknown flow is left out by the caller and says so there.

    Raises
    ------
    DataError
        When a figure is negative or not finite, a diagonal is not zero, or shapes differ.
    SealedNetworkError
        When the spectral radius of G exceeds `MAX_SPECTRAL_RADIUS` (money that never leaves a set of nodes).

    References
    ----------
    Leontief inverse and environ analysis; Finn 1976, J. Theor. Biol. 56:363.
    """
    z = [np.asarray(v, dtype=np.float64) for v in (outside_revenue, outside_debt, outside_equity)]
    C, K = np.asarray(commercial, dtype=np.float64), np.asarray(financing, dtype=np.float64)
    _check(nodes, (C, K), z)
    F = C + K
    inflow = F.sum(axis=0) + z[0] + z[1] + z[2]
    cash_draw = np.maximum(F.sum(axis=1) - inflow, 0.0)
    throughflow = inflow + cash_draw
    G = _by_row(F, throughflow)
    return Network(tuple(nodes), C, K, z[0], z[1], z[2], cash_draw, throughflow, G, _visits(G, nodes))


def _check(nodes: Sequence[str], matrices: tuple[Matrix, Matrix], vectors: list[Vector]) -> None:
    n = len(nodes)
    if any(m.shape != (n, n) for m in matrices) or any(v.shape != (n,) for v in vectors):
        raise DataError(f"the flow arrays do not have the shape of {n} nodes.", fix="Pass one row a node.")
    for values in (*matrices, *vectors):
        if not np.isfinite(values).all() or (values < 0).any():
            raise DataError("a flow is negative or not finite.", fix="Turn the deal around or leave it out.")
    own = [node for i, node in enumerate(nodes) if any(m[i, i] for m in matrices)]
    if own:
        raise DataError(f"{own} pay themselves.", fix="Consolidate the group before building flows.")


def _visits(G: Matrix, nodes: Sequence[str]) -> Matrix:
    """Return (I - G)^-1, with the proof that rho(G) is small enough.

    rho(N) = 1 / (1 - rho(G)) and rho(N) <= the largest row sum of N, so a non-negative N with row sums
    below 1e9 proves the bound without eigenvalues; only the doubtful case computes them.
    """
    try:
        N = np.asarray(np.linalg.inv(np.eye(len(nodes)) - G), dtype=np.float64)
    except np.linalg.LinAlgError:
        N = np.full_like(G, -1.0)
    rows = N.sum(axis=1)
    proven = (N >= -MAX_NEGATIVE_VISIT).all() and (rows < 1 / (1 - MAX_SPECTRAL_RADIUS)).all()
    if not proven and (rho := spectral_radius(G)) > MAX_SPECTRAL_RADIUS:
        raise SealedNetworkError(
            f"money never leaves {', '.join(_sealed(G, nodes))}: spectral radius {rho:.12f}, allowed up to "
            f"{MAX_SPECTRAL_RADIUS}.",
            fix="Give the nodes of the closed circle their third-party revenue or their other costs.",
        )
    return np.maximum(N, 0.0)


def _sealed(G: Matrix, nodes: Sequence[str]) -> list[str]:
    """Return the nodes from which no path leads to a node that keeps or spends a part elsewhere."""
    is_open = G.sum(axis=1) < MAX_SPECTRAL_RADIUS
    for _ in nodes:
        is_open = is_open | (G[:, is_open] > 0).any(axis=1)
    return [node for node, leaks in zip(nodes, is_open.tolist(), strict=True) if not leaks] or ["a circle"]
