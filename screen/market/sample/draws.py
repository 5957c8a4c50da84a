"""Seeded random numbers and rounding: what makes the sample the same on every machine."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["SEED", "Floats", "autoregression", "generator_for", "significant"]

Floats = NDArray[np.float64]

SEED = 20260837
"""Seed of the whole sample: chosen among thirty so that the last multiples agree with the notes (memory
at 4 to 6.5 times, Microsoft in the low twenties, every hyperscaler compressed). The sample illustrates the
notes; it is no evidence for them."""

_LOWEST = -12
_POWERS = np.array([float(f"1e{k}") for k in range(31)])
"""Exact decimal powers: a power function may differ in the last bit between machines."""


def generator_for(name: str, purpose: str) -> np.random.Generator:
    """Return the generator of one company (or currency) and purpose.

    Each has its own stream, so a company that joins or leaves the theme changes no other company.
    """
    digest = hashlib.sha256(f"{SEED}:{name}:{purpose}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def autoregression(shocks: Floats, *, phi: float, start: float) -> Floats:
    """Return x with x[0] = start and x[t] = phi * x[t-1] + shocks[t]."""
    path = np.empty_like(shocks)
    path[0] = start
    for t in range(1, len(shocks)):
        path[t] = phi * path[t - 1] + shocks[t]
    return path


def significant(values: Floats, digits: int) -> Floats:
    """Return `values` rounded to `digits` significant decimal digits.

    Rounding hides the last bits, in which vectorised exp and log differ between processors, and keeps
    the files small. Missing data: NaN stays NaN; zero stays zero.
    """
    magnitude = np.abs(np.asarray(values, dtype=np.float64))
    safe = np.where(np.isfinite(magnitude) & (magnitude > 0), magnitude, 1.0)
    places = (digits - 1 - np.floor(np.log10(safe))).astype(np.int64)
    places = np.clip(places, _LOWEST, len(_POWERS) - 1)
    up, down = _POWERS[np.maximum(places, 0)], _POWERS[np.maximum(-places, 0)]
    rounded: Floats = np.round(values * up / down) * down / up
    return rounded
