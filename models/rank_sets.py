"""What the data allow to say of a rank: the confidence sets of Mogstad, Romano, Shaikh and Wilhelm.

Scores :math:`x_i` with independent standard errors :math:`s_i` estimate true scores :math:`\\theta_i`. The
true rank of *i* is one more than the number of *j* with :math:`\\theta_j > \\theta_i`. With
:math:`s_{ij} = (s_i^2 + s_j^2)^{1/2}`,

.. math:: L_{ij} = (x_i - x_j) - s_{ij}\\, q, \\qquad
          \\mathrm{rank}_i \\in [\\,1 + \\#\\{j: L_{ji} > 0\\},\\; p - \\#\\{j: L_{ij} > 0\\}\\,]

where *q* is the quantile of the largest :math:`(e_i - e_j)/s_{ij}`, :math:`e_i \\sim N(0, s_i^2)`, over the
ordered pairs that are still open: those of one name for a *marginal* set, of all names for *simultaneous*
sets. A pair whose order is settled leaves, its reverse stays, and *q* is taken again until nothing more is
settled (stepdown), which keeps the chance of one wrong order below 1 - level.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["LEVEL", "SET_DRAWS", "STEPDOWN_MAX_NAMES", "TOP", "RankSets", "rank_sets"]

LEVEL = 0.95
"""Confidence of the sets."""

TOP = 5
"""The group whose membership is asked for: the names that an analyst reads first."""

SET_DRAWS = 2000
"""Draws behind q: its simulation error is then below 1% of q."""

STEPDOWN_MAX_NAMES = 250
"""Beyond this the first step stands: wider and still valid, and memory and time stay near linear in names."""

SCORE_DIGITS = 9
"""Scores equal to nine decimals are a tie, as in the ranking."""

BLOCK_CELLS = 4_000_000
"""Cells of a block of pairs: 32 MB."""

Array: TypeAlias = npt.NDArray[np.float64]
Noise: TypeAlias = npt.NDArray[np.float32]
Ints: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RankSets:
    """Rank confidence sets, each array of shape (p,) in the order of the scores.

    `in_top` is true for the names that may be among the first `top`: together they hold all of those that
    truly are with the confidence `level`.
    """

    marginal_low: Ints
    marginal_high: Ints
    simultaneous_low: Ints
    simultaneous_high: Ints
    in_top: npt.NDArray[np.bool_]


def rank_sets(
    score: Array,
    standard_error: Array,
    *,
    seed: int,
    stream: str,
    level: float = LEVEL,
    top: int = TOP,
    draws: int = SET_DRAWS,
) -> RankSets:
    """Return the marginal and the simultaneous confidence sets of each rank; rank 1 is the highest score.

    Parameters
    ----------
    score
        Scores, shape (p,), finite; equal to nine decimals is a tie.
    standard_error
        Their standard errors, shape (p,), same unit, finite and not negative. Errors of different names are
        taken as independent; zero means that the score is known exactly.
    seed, stream
        The generator is seeded by both.
    level
        Confidence, between 0.5 and 1.
    top
        Size of the group of `RankSets.in_top`.
    draws
        Draws behind the critical values.

    Returns
    -------
    RankSets
        Every set holds the rank of the scores as they are; a simultaneous set holds the marginal one.

    Notes
    -----
    *Missing data*: there is none here; a name without a score has no rank. One name has the set [1, 1].

    Raises
    ------
    ValueError
        A score or an error is not finite, an error is negative, or `level` is out of range.

    References
    ----------
    Mogstad, Romano, Shaikh and Wilhelm 2024, Review of Economic Studies, doi 10.1093/restud/rdad006.
    Romano and Wolf 2005, Econometrica 73:1237 (stepdown).
    """
    _require(score, standard_error, level)
    x = np.round(score, SCORE_DIGITS)
    rng = np.random.default_rng([seed, zlib.crc32(f"rank sets {stream}".encode())])
    noise = rng.standard_normal((x.size, draws), dtype=np.float32)
    noise *= standard_error.astype(np.float32)[:, None]
    if x.size <= STEPDOWN_MAX_NAMES:
        marginal, simultaneous = _stepdown(x, standard_error, noise, level)
    else:
        marginal, simultaneous = _one_step(x, standard_error, noise, level)
    low, high = simultaneous
    return RankSets(*marginal, low, high, low <= top)


def _require(score: Array, error: Array, level: float) -> None:
    if not (np.isfinite(score).all() and np.isfinite(error).all() and (error >= 0).all()):
        raise ValueError("scores and standard errors must be finite, errors not negative")
    if not 0.5 < level < 1:
        raise ValueError(f"level {level} is not between 0.5 and 1")


def _stepdown(x: Array, error: Array, noise: Noise, level: float) -> tuple[tuple[Ints, Ints], ...]:
    """Bounds with the full stepdown, one name against all others at a time."""
    p = x.size
    scale = np.hypot(error[:, None], error[None, :])
    gap = x[:, None] - x[None, :]
    settled = np.zeros((p, p))
    largest = np.zeros(noise.shape[1], dtype=np.float32)
    for i in range(p):
        draws = _differences(noise, scale, i)
        reach = np.abs(draws).max(axis=0)
        np.maximum(largest, reach, out=largest)
        settled[i] = _settle(gap[i], scale[i], draws, reach, level)
    return _bounds(settled), _bounds(_settle_all(gap, scale, noise, largest, level))


def _differences(noise: Noise, scale: Array, i: int) -> Noise:
    """Scaled differences of name i against all, shape (p, draws); 0 where the pair has no error."""
    inverse = np.divide(1.0, scale[i], out=np.zeros(len(scale)), where=scale[i] > 0).astype(np.float32)
    made: Noise = noise[i] - noise
    made *= inverse[:, None]
    return made


def _settle(gap: Array, scale: Array, draws: Noise, reach: Noise, level: float) -> Array:
    """Signs of the settled pairs of one name, shape (p,): 1 it is above, -1 below, 0 open."""
    signs = np.zeros(gap.size)
    while True:
        new = np.sign(gap) * (np.abs(gap) > scale * _quantile(reach, level))
        if np.array_equal(new, signs):
            return signs
        signs = new
        reach = _reach(draws, signs)


def _reach(draws: Noise, signs: Array) -> Noise:
    """Largest scaled difference over the open hypotheses: open pairs both ways, settled ones in reverse."""
    low, high = draws[signs >= 0], draws[signs <= 0]
    parts = [-low.min(axis=0)] if len(low) else []
    parts += [high.max(axis=0)] if len(high) else []
    made: Noise = np.maximum.reduce(parts)
    return made


def _settle_all(gap: Array, scale: Array, noise: Noise, largest: Noise, level: float) -> Array:
    """Signs of the settled pairs when all names are judged together, shape (p, p)."""
    signs = np.zeros(gap.shape)
    while True:
        new = np.sign(gap) * (np.abs(gap) > scale * _quantile(largest, level))
        if np.array_equal(new, signs):
            return signs
        signs = new
        largest = np.full_like(largest, -np.inf)
        for i in range(len(gap)):
            np.maximum(largest, _reach(_differences(noise, scale, i), signs[i]), out=largest)


def _quantile(reach: Noise, level: float) -> float:
    """The critical value: a fresh draw does not exceed it with a chance of at least `level`; never below 0.

    Of R draws it is number ceil(level (R + 1)) from below, so the draws' own error does not lower the level.
    """
    k = min(int(np.ceil(level * (reach.size + 1) - 1e-9)), reach.size) - 1
    return max(0.0, float(np.partition(reach, k)[k]))


def _bounds(settled: Array) -> tuple[Ints, Ints]:
    low = 1 + (settled < 0).sum(axis=1)
    high = len(settled) - (settled > 0).sum(axis=1)
    return low.astype(np.int64), high.astype(np.int64)


def _one_step(x: Array, error: Array, noise: Noise, level: float) -> tuple[tuple[Ints, Ints], ...]:
    """Bounds of the first step for many names: one critical value a name, and their common one."""
    reach = np.empty_like(noise)
    for d in range(noise.shape[1]):
        reach[:, d] = _reach_of_all(noise[:, d].astype(np.float64), error)
    own = np.array([_quantile(row, level) for row in reach])
    common = np.full(x.size, _quantile(reach.max(axis=0), level))
    return _count(x, error, own), _count(x, error, common)


def _reach_of_all(noise: Array, error: Array) -> Array:
    """For each name the largest :math:`|e_i - e_j| / s_{ij}` over j, shape (p,), of one draw.

    Only a name that no other beats both in height and in smallness of error can be the j of a maximum, so
    the search is over these few (the Pareto front) in place of all pairs; the result is the same.
    """
    best = np.zeros(noise.size)
    for sign in (1.0, -1.0):
        order = np.lexsort((-sign * noise, error))  # of equal errors the highest first: it beats the others
        height = sign * noise[order]
        before = np.maximum.accumulate(np.concatenate([[-np.inf], height[:-1]]))
        front = order[height > before]
        scale = np.hypot(error[:, None], error[None, front])
        above = sign * (noise[None, front] - noise[:, None])
        np.maximum(
            best, np.divide(above, scale, out=np.zeros_like(above), where=scale > 0).max(axis=1), out=best
        )
    return best


def _count(x: Array, error: Array, critical: Array) -> tuple[Ints, Ints]:
    """Bounds from one critical value a name, a block of names at a time."""
    low, high = np.empty(x.size, dtype=np.int64), np.empty(x.size, dtype=np.int64)
    step = max(1, BLOCK_CELLS // x.size)
    for start in range(0, x.size, step):
        block = slice(start, start + step)
        gap = x[block, None] - x[None, :]
        reach = np.hypot(error[block, None], error[None, :]) * critical[block, None]
        low[block] = 1 + (gap < -reach).sum(axis=1)
        high[block] = x.size - (gap > reach).sum(axis=1)
    return low, high
