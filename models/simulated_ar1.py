"""Simulated AR(1) paths: what least squares finds on them, for the table of its bias and for validation."""

from __future__ import annotations

import math

import numpy as np

from models.cross_section import FloatArray

__all__ = ["ar1_paths", "least_squares_phi"]


def ar1_paths(phi: float, *, periods: int, paths: int, seed: int, sigma: float = 1.0) -> FloatArray:
    """Return paths of ``u_t = phi u_{t-1} + sigma e_t``, e standard normal.

    Parameters
    ----------
    phi
        Persistence in (-1, 1]. Under 1 a path starts from the stationary distribution, at 1 from 0 (with an
        estimated mean the start does not matter then).
    periods, paths, seed
        Length, number and seed of the draws.

    Returns
    -------
    array
        Shape (periods, paths), unit of sigma.

    Missing data: none. Raises ValueError when phi is outside (-1, 1].
    """
    if not -1 < phi <= 1:
        raise ValueError(f"phi must be in (-1, 1], got {phi}")
    rng = np.random.default_rng(seed)
    made = rng.standard_normal((periods, paths)) * sigma
    made[0] *= 0.0 if phi == 1 else 1 / math.sqrt(1 - phi**2)
    for t in range(1, periods):
        made[t] += phi * made[t - 1]
    return made


def least_squares_phi(paths: FloatArray) -> FloatArray:
    """Slope of ``u_t`` on ``u_{t-1}`` and a constant, one for each path of shape (periods, paths)."""
    before, after = paths[:-1], paths[1:]
    x = before - before.mean(axis=0)
    slope = np.sum(x * after, axis=0) / np.sum(x * x, axis=0)
    return np.asarray(slope, dtype=np.float64)
