"""How sure a rank is: weights drawn from a Dirichlet, inputs from their own errors, with a seed.

This is the *specification* uncertainty of methods section 5: weights :math:`w \\sim Dir(\\alpha w_0)`
with variance :math:`w_0(1-w_0)/(\\alpha+1)`; each z is drawn around its value; the missing part of a
name adds :math:`\\sum_{miss} w_k e_k, e_k \\sim N(0,1)`. With weights given, a drawn score

.. math:: \\frac{\\sum_{k \\in K_i} w_k (z_{ik} + s_{ik} e_{ik})}{\\sum_{k \\in K_i} w_k}
          + \\sum_{k \\notin K_i} w_k e_{ik}
          \\;\\sim\\; N\\Bigl(\\frac{\\sum_{K_i} w_k z_{ik}}{A_i},\\;
          \\frac{\\sum_{K_i} w_k^2 s_{ik}^2}{A_i^2} + \\sum_{k \\notin K_i} w_k^2\\Bigr),
          \\quad A_i = \\sum_{K_i} w_k

independently over names, so one normal a name and draw has exactly the law of one an input.
"""

from __future__ import annotations

import zlib
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["ALPHA", "KIND_ERROR", "input_errors", "rank_intervals"]

ALPHA = 50.0
"""Concentration of the Dirichlet: a weight of 0.20 has a standard deviation of 0.056 (methods section 5)."""

KIND_ERROR = {"fact": 0.1, "estimate": 0.25, "inference": 0.5}
"""z-error of an input without an error of its own, by its kind. A judgement: restating a reported figure
moves a name by a tenth of a robust standard deviation, a forecast by a quarter, our own tier by half."""

BLOCK_CELLS = 1_000_000
"""Names times draws of a block: 8 MB an array, so that the working set of 5,000 names stays below 100 MB."""

SCORE_DIGITS = 10
"""Drawn scores equal to ten decimals of z are a tie: nine of a score of 100 points, as in the ranking."""

Array: TypeAlias = npt.NDArray[np.float64]
Ranks: TypeAlias = npt.NDArray[np.unsignedinteger[Any]]


def input_errors(z_error: Array, kinds: npt.NDArray[np.object_]) -> Array:
    """Return the standard errors of z, shape (n, k), those of `KIND_ERROR` where an input has none (NaN)."""
    fallback = np.zeros(z_error.shape)
    for kind, error in KIND_ERROR.items():
        fallback[kinds == kind] = error
    return np.where(np.isfinite(z_error), z_error, fallback)


def rank_intervals(
    z: Array,
    z_error: Array,
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
        Standard errors of z, shape (n, k), see `input_errors`; not read where z is missing.
    weights
        Non-negative weights, shape (k,); zero leaves a component out.
    seed, stream
        The generator is seeded by both, so screens do not share draws.
    draws
        Number of draws; 0 gives nulls (who wants ranks only).

    Returns
    -------
    pl.DataFrame
        rank_low, rank_high (Int64) and p_top5 (fraction), in the order of `z`. Equal scores of a draw share
        the lower rank, as in the ranking.

    Notes
    -----
    *Missing data*: a missing input adds its weight as noise. No name or no weight gives nulls.
    """
    schema = pl.Schema({"rank_low": pl.Int64, "rank_high": pl.Int64, "p_top5": pl.Float64})
    n = z.shape[0]
    keep = weights > 0
    if n == 0 or draws == 0 or not keep.any():
        return pl.DataFrame({name: [None] * n for name in schema}, schema=schema)
    rng = np.random.default_rng([seed, zlib.crc32(stream.encode())])
    ranks: Ranks = np.empty((draws, n), dtype=np.min_scalar_type(n))  # 100 MB at 5,000 names, 10,000 draws
    block = max(1, BLOCK_CELLS // n)
    for start in range(0, draws, block):
        count = min(block, draws - start)
        w = rng.dirichlet(ALPHA * weights[keep] / weights.sum(), size=count)
        score = _drawn_scores(z[:, keep], z_error[:, keep], w, rng.standard_normal((count, n)))
        ranks[start : start + count] = _ranks(score)
    low, high = _quantiles(ranks)
    return pl.DataFrame({"rank_low": low, "rank_high": high, "p_top5": (ranks <= 5).mean(axis=0)}).cast(
        schema
    )


def _drawn_scores(z: Array, z_error: Array, w: Array, noise: Array) -> Array:
    """Scores of each draw of weights in units of z, shape (draws, n), from one standard normal each."""
    known = np.isfinite(z)
    available = w @ known.T.astype(np.float64)
    square = w * w
    variance = square @ np.where(known, z_error, 0.0).T ** 2
    score = w @ np.where(known, z, 0.0).T
    # A name without any available weight in a draw has only the noise of what is missing.
    np.divide(score, available, out=score, where=available > 0)
    np.divide(variance, available * available, out=variance, where=available > 0)
    variance += square @ (~known).T.astype(np.float64)
    np.sqrt(variance, out=variance)
    variance *= noise
    score += variance
    return score


def _ranks(score: Array) -> Ranks:
    """Ranks within each row, 1 for the highest; equal scores share the lower rank."""
    rounded = np.round(score, SCORE_DIGITS)
    np.negative(rounded, out=rounded)
    order = np.argsort(rounded, axis=1)
    kind = np.min_scalar_type(score.shape[1])
    place = np.broadcast_to(np.arange(1, score.shape[1] + 1, dtype=kind), score.shape)
    ordered = np.take_along_axis(rounded, order, axis=1)
    is_tied = ordered[:, 1:] == ordered[:, :-1]
    if is_tied.any():
        first = np.array(place)
        first[:, 1:][is_tied] = 0
        place = np.maximum.accumulate(first, axis=1)
    ranks: Ranks = np.empty(score.shape, dtype=kind)
    np.put_along_axis(ranks, order, place, axis=1)
    return ranks


def _quantiles(ranks: Ranks) -> tuple[Ranks, Ranks]:
    """The 5% quantile (next lower draw) and the 95% quantile (next higher draw) of each column."""
    draws, n = ranks.shape
    low, high = np.empty(n, dtype=ranks.dtype), np.empty(n, dtype=ranks.dtype)
    # Positions of numpy's methods "lower" and "higher".
    at = (int(np.floor(0.05 * (draws - 1))), int(np.ceil(0.95 * (draws - 1))))
    step = max(1, BLOCK_CELLS // draws)
    for start in range(0, n, step):
        part = np.partition(ranks[:, start : start + step].T, at, axis=1)
        low[start : start + step], high[start : start + step] = part[:, at[0]], part[:, at[1]]
    return low, high
