"""How sure a rank is: weights drawn from a Dirichlet, inputs from their own errors, with a seed.

This is the *specification* uncertainty of methods section 5: weights :math:`w \\sim Dir(\\alpha w_0)`
with variance :math:`w_0(1-w_0)/(\\alpha+1)`; each z is drawn around its value; the missing part of a
name adds :math:`\\sum_{miss} w_k e_k, e_k \\sim N(0,1)`.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["ALPHA", "KIND_ERROR", "rank_intervals"]

ALPHA = 50.0
"""Concentration of the Dirichlet: a weight of 0.20 has a standard deviation of 0.056 (methods section 5)."""

KIND_ERROR = {"fact": 0.1, "estimate": 0.25, "inference": 0.5}
"""z-error of an input without an error of its own, by its kind. A judgement: restating a reported figure
moves a name by a tenth of a robust standard deviation, a forecast by a quarter, our own tier by half."""

BLOCK = 64
"""Draws per block: keeps the working set of 5,000 names below 100 MB."""

Array = npt.NDArray[np.float64]


def rank_intervals(
    z: Array,
    z_error: Array,
    kinds: npt.NDArray[np.object_],
    weights: Array,
    *,
    seed: int,
    stream: str,
    draws: int,
) -> pl.DataFrame:
    """Return the 5% and 95% quantile of each rank and the probability of a rank of 5 or better.

    Parameters
    ----------
    z
        Signed z-scores, shape (n, k); NaN is missing.
    z_error
        Standard errors of z, shape (n, k); NaN falls back to `KIND_ERROR`.
    kinds
        fact, estimate or inference, shape (n, k).
    weights
        Non-negative weights, shape (k,); zero leaves a component out.
    seed, stream
        The generator is seeded by both, so screens do not share draws.
    draws
        Number of draws; 0 gives nulls (who wants ranks only).

    Returns
    -------
    pl.DataFrame
        rank_low, rank_high (Int64) and p_top5 (fraction), in the order of `z`.
    """
    schema = pl.Schema({"rank_low": pl.Int64, "rank_high": pl.Int64, "p_top5": pl.Float64})
    n = z.shape[0]
    keep = weights > 0
    if n == 0 or draws == 0 or not keep.any():
        return pl.DataFrame({name: [None] * n for name in schema}, schema=schema)
    z, z_error, kinds = z[:, keep], z_error[:, keep], kinds[:, keep]
    fallback = np.vectorize(KIND_ERROR.__getitem__, otypes=[float])(kinds)
    spread = np.where(np.isfinite(z_error), z_error, fallback)
    rng = np.random.default_rng([seed, zlib.crc32(stream.encode())])
    ranks = np.concatenate(
        [
            _draw_ranks(z, spread, weights[keep] / weights.sum(), rng, min(BLOCK, draws - start))
            for start in range(0, draws, BLOCK)
        ]
    )
    low = np.quantile(ranks, 0.05, axis=0, method="lower")
    high = np.quantile(ranks, 0.95, axis=0, method="higher")
    return pl.DataFrame({"rank_low": low, "rank_high": high, "p_top5": (ranks <= 5).mean(axis=0)}).cast(
        schema
    )


def _draw_ranks(z: Array, spread: Array, weights: Array, rng: np.random.Generator, count: int) -> Array:
    """Ranks of `count` draws, shape (count, n)."""
    w = rng.dirichlet(ALPHA * weights, size=count)[:, None, :]
    noise = rng.standard_normal((count, *z.shape))
    known = np.isfinite(z)
    available = (w * known).sum(axis=2)
    pull = (w * np.where(known, np.nan_to_num(z) + spread * noise, 0.0)).sum(axis=2)
    score = np.divide(pull, available, out=np.zeros_like(pull), where=available > 0)
    score += (w * np.where(known, 0.0, noise)).sum(axis=2)
    order = np.argsort(-score, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, z.shape[0] + 1)[None, :], axis=1)
    return ranks.astype(np.float64)
