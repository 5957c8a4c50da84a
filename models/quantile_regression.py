"""Quantile regression: the line that a share tau of the observations lies under, solved exactly."""

from __future__ import annotations

import numpy as np

from models.cross_section import FloatArray

__all__ = ["quantile_regression"]

# A residual under this share of the largest |y| counts as on the line.
ON_LINE = 1e-11
# An edge counts as going down only beyond rounding, in units of the mean size of its rows.
DESCENT = 1e-10
# Every step ends on another vertex with a smaller loss; a cross-section takes tens of them.
MAX_STEPS = 10_000


def quantile_regression(y: FloatArray, X: FloatArray, *, tau: float) -> FloatArray:
    """Return the coefficients that minimise ``sum rho_tau(y - X b)``, ``rho_tau(r) = r (tau - [r < 0])``.

    A solution passes through as many observations as X has columns. From one such vertex the loss is
    followed down its steepest edge to the next (the simplex of Barrodale and Roberts), until no edge goes
    down.

    Parameters
    ----------
    y, X
        Shapes (n,) and (n, p), finite, of full column rank; X carries its own constant.
    tau
        Share in (0, 1).

    Returns
    -------
    array
        Shape (p,). Where several lines are best (ties), one of them.

    Missing data: not allowed.

    Raises
    ------
    ValueError
        When the shapes do not fit, tau is outside (0, 1) or X is rank deficient.

    References
    ----------
    Koenker and Bassett 1978, Econometrica 46:33; checked against scipy's linprog and statsmodels QuantReg.
    """
    if X.ndim != 2 or y.shape != (X.shape[0],) or not 0 < tau < 1:
        raise ValueError(
            f"y {y.shape}, X {X.shape} and tau {tau} do not fit; need (n,), (n, p) and 0 < tau < 1"
        )
    basis = _first_basis(y, X)
    noise = ON_LINE * max(float(np.max(np.abs(y), initial=0.0)), 1e-300)
    beta = np.linalg.solve(X[basis], y[basis])
    for _ in range(MAX_STEPS):
        residuals = y - X @ beta
        residuals[np.abs(residuals) <= noise] = 0.0
        residuals[basis] = 0.0
        edges = np.linalg.inv(X[basis])
        edges = np.hstack([edges, -edges])
        moves = X @ edges
        slopes = _slopes(residuals, moves, tau)
        best = int(np.argmin(slopes))
        if slopes[best] >= -DESCENT * max(1.0, float(np.abs(moves[:, best]).sum())):
            break
        entering = _lowest(residuals, moves[:, best], float(slopes[best]))
        if entering is None:
            break
        basis[best % len(basis)] = entering
        beta = np.linalg.solve(X[basis], y[basis])
    return np.asarray(beta, dtype=np.float64)


def _first_basis(y: FloatArray, X: FloatArray) -> list[int]:
    """Rows nearest to the least-squares line that are linearly independent."""
    fit = np.linalg.lstsq(X, y, rcond=None)[0]
    scale = np.abs(X).max(axis=0)
    basis: list[int] = []
    rest = X / np.where(scale > 0, scale, 1.0)
    for row in np.argsort(np.abs(y - X @ fit), kind="stable"):
        length = float(np.linalg.norm(rest[row]))
        if length <= 1e-9:
            continue
        basis.append(int(row))
        along = rest[row] / length
        rest = rest - np.outer(rest @ along, along)
        if len(basis) == X.shape[1]:
            return basis
    raise ValueError(f"X {X.shape} has only {len(basis)} independent columns")


def _slopes(residuals: FloatArray, moves: FloatArray, tau: float) -> FloatArray:
    """Change of the loss for a small step along each edge; a residual r becomes r - t move."""
    weight = np.where(residuals > 0, tau, np.where(residuals < 0, tau - 1, 0.0))
    on_line = moves[residuals == 0]
    from_line = (tau * np.clip(-on_line, 0, None) + (1 - tau) * np.clip(on_line, 0, None)).sum(axis=0)
    return np.asarray(from_line - weight @ moves, dtype=np.float64)


def _lowest(residuals: FloatArray, move: FloatArray, slope: float) -> int | None:
    """Observation at which the loss stops falling along the edge: each one crossed adds |move|."""
    crossed = np.flatnonzero((residuals != 0) & (residuals * move > 0))
    at = residuals[crossed] / move[crossed]
    order = crossed[np.argsort(at, kind="stable")]
    after = slope + np.cumsum(np.abs(move[order]))
    stop = np.flatnonzero(after >= 0)
    return int(order[stop[0]]) if stop.size else None
