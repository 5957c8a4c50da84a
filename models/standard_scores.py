"""Scores of one screen: robust z-scores, the weights that a name uses, and what each input adds.

.. math:: s_i = 50 + \\frac{50}{3}\\sum_{k \\in K_i} \\tilde w_{ik} z_{ik}, \\qquad
          \\tilde w_{ik} = w_k / \\sum_{l \\in K_i} w_l

with z the distance from the median in robust deviations, never finer than the component's floor, clipped at
3 and signed so that high points to rank 1; :math:`K_i` are the components for which company *i* has a value.

The contribution :math:`\\frac{50}{3}\\tilde w_{ik} z_{ik}` is the exact Shapley value of this game: the
players are the components that the company has, :math:`K_i`; a coalition S is worth the score of a company
that takes its own (clipped) z on S and the median company's, z = 0, on the others that it has, with the
same weights :math:`\\tilde w_{ik}`. What the company lacks is no player: it changes the weights of all
coalitions alike. The game is additive, so every order of arrival gives the same marginal value, and the
contributions sum to the score less the median company's 50.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.cross_section import RELATIVE_NOISE, Z_CLIP, robust_scale
from models.uncertainty import input_errors

__all__ = [
    "CLIP",
    "POINTS",
    "SCORE_DIGITS",
    "ScoredScreen",
    "clipped_error",
    "coverage_reached",
    "score_screen",
    "spread",
]

CLIP = Z_CLIP
"""z-scores are clipped to +-3: beyond that a robust z says "outlier", not "more so" (methods section 5)."""

POINTS = 50.0 / CLIP
"""Points per unit of weighted z, so that a name at +3 on everything scores 100."""

SCORE_DIGITS = 9
"""Scores equal to nine decimals are a tie; float noise must not order names."""

HUGE_ERROR, TINY_ERROR, DENSITY_END = 1e4, 1e-9, 40.0
"""Errors of z are computed between the first two; the normal density is 0 in floats beyond the third."""

COVERAGE_NOISE = 1e-12
"""A coverage this far below the floor is at the floor: sums of weights carry float noise."""

Array: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ScoredScreen:
    """One screen's inputs and scores; n names, k components in theme order.

    Parameters
    ----------
    tickers, components
        Names of the rows and columns.
    value
        Inputs in their unit, shape (n, k); NaN is missing.
    centre, scale
        Median and robust deviation of each component, shape (k,); scale 0 where all names are equal.
    signs, floors
        Direction and smallest spread of each component, shape (k,).
    z, z_error
        Signed, clipped z-scores and their standard errors, shape (n, k), see `clipped_error`; both are NaN
        where the input is missing.
    input_error
        Standard errors of the inputs over their scale, shape (n, k); without an estimate that of the kind.
    has_error
        True where the error is an estimate, shape (n, k).
    weights
        The screen's weights, shape (k,), zero where a component has no spread.
    offered
        Weights that count for coverage, shape (k,): all but those of components equal for every name.
    used
        Weights after the missing ones are left out, shape (n, k); each row sums to 1 or is 0.
    contribution, score
        Points, shapes (n, k) and (n,).
    coverage, min_coverage, is_ranked
        Share of the offered weights with an input, the floor, and who reaches it, shape (n,).
    """

    tickers: tuple[str, ...]
    components: tuple[str, ...]
    value: Array
    centre: Array
    scale: Array
    signs: Array
    floors: Array
    z: Array
    z_error: Array
    input_error: Array
    has_error: Flags
    weights: Array
    offered: Array
    used: Array
    contribution: Array
    score: Array
    coverage: Array
    min_coverage: float
    is_ranked: Flags

    def score_error(self) -> Array:
        """Return the standard error of each score in points, shape (n,), inputs taken as independent."""
        error: Array = POINTS * np.sqrt((self.used**2 * np.nan_to_num(self.z_error) ** 2).sum(axis=1))
        return error

    def measured_weight(self) -> Array:
        """Return the share of each name's used weights whose error is an estimate, not a judgement."""
        share: Array = (self.used * self.has_error).sum(axis=1)
        return share


def score_screen(
    tickers: Sequence[str],
    components: Sequence[str],
    *,
    value: Array,
    error: Array,
    kinds: npt.NDArray[np.object_],
    signs: Array,
    floors: Array,
    weights: Array,
    min_coverage: float,
) -> ScoredScreen:
    """Return the scores of one screen.

    Parameters
    ----------
    tickers, components
        Names of the n rows and k columns of `value`.
    value, error
        Inputs and their standard errors in the components' units, shape (n, k); NaN is unknown.
    kinds
        fact, estimate or inference, shape (n, k).
    signs, floors, weights
        Of each component, shape (k,).
    min_coverage
        Share of the weights that a ranked name needs.

    Returns
    -------
    ScoredScreen
        Scores between 0 and 100.

    Notes
    -----
    *Missing data*: a missing input is left out and the other weights grow in proportion. A component that is
    equal for all cannot rank and is not asked for; one that nobody has is missing like any other.
    """
    centre, scale = _centre_and_scale(value, floors)
    has_spread = scale > 0
    raw = np.divide(signs * (value - centre), scale, out=np.full_like(value, np.nan), where=has_spread)
    z = np.clip(raw, -CLIP, CLIP)
    own_error = np.divide(error, scale, out=np.full_like(error, np.nan), where=has_spread & np.isfinite(z))
    input_error = input_errors(own_error, kinds)
    offered = weights * ~(np.isfinite(value).any(axis=0) & ~has_spread)
    available = np.isfinite(z) * offered
    total = available.sum(axis=1, keepdims=True)
    used = np.divide(available, total, out=np.zeros_like(available), where=total > 0)
    coverage = total[:, 0] / offered.sum() if offered.sum() > 0 else np.zeros(len(z))
    contribution = POINTS * used * np.nan_to_num(z)
    return ScoredScreen(
        tickers=tuple(tickers),
        components=tuple(components),
        value=value,
        centre=centre,
        scale=scale,
        signs=signs,
        floors=floors,
        z=z,
        z_error=clipped_error(raw, input_error),
        input_error=input_error,
        has_error=np.isfinite(own_error),
        weights=weights * has_spread,
        offered=offered,
        used=used,
        contribution=contribution,
        score=50.0 + contribution.sum(axis=1),
        coverage=np.minimum(coverage, 1.0),
        min_coverage=min_coverage,
        is_ranked=coverage_reached(coverage, min_coverage),
    )


def coverage_reached(coverage: Array, floor: float) -> Flags:
    """Return who has enough of the weights to be ranked."""
    reached: Flags = coverage >= floor - COVERAGE_NOISE
    return reached


def clipped_error(raw: Array, error: Array) -> Array:
    """Return the standard deviation of a z-score that is drawn around its value and then clipped.

    For :math:`X \\sim N(z, s^2)` it is the deviation of :math:`\\min(\\max(X, -3), 3)`, from the moments of a
    censored normal: s where the clip is far, less where it cuts, and near 0 for an input far beyond it, whose
    error cannot change the score.

    Parameters
    ----------
    raw
        z-scores before the clip, any shape; NaN is missing.
    error
        Their standard errors, same shape.

    Returns
    -------
    array
        Between 0 and the smaller of `error` and 3; NaN where `raw` is.
    """
    # Beyond these errors the moments lose their digits, and nothing changes but the order of magnitude.
    shrink = np.minimum(1.0, HUGE_ERROR / np.maximum(error, HUGE_ERROR))
    s, raw = np.maximum(error * shrink, TINY_ERROR), raw * shrink
    centre = np.clip(raw, -CLIP, CLIP)
    low, high, mean = -CLIP - centre, CLIP - centre, raw - centre
    a, b = (
        np.clip((low - mean) / s, -DENSITY_END, DENSITY_END),
        np.clip((high - mean) / s, -DENSITY_END, DENSITY_END),
    )
    below, above = _normal_cdf(a), _normal_cdf(-b)
    inside = 1.0 - below - above
    at_a, at_b = _normal_density(a), _normal_density(b)
    first = low * below + high * above + mean * inside + s * (at_a - at_b)
    second = low**2 * below + high**2 * above + (mean**2 + s**2) * inside
    second += 2 * mean * s * (at_a - at_b) + s**2 * (a * at_a - b * at_b)
    deviation = np.sqrt(np.maximum(second - first**2, 0.0))
    made: Array = np.where(error > 0, np.minimum(deviation, np.minimum(error, CLIP)), 0.0 * raw)
    return made


def _normal_cdf(x: Array) -> Array:
    made: Array = np.vectorize(lambda v: 0.5 * math.erfc(-v / math.sqrt(2)), otypes=[float])(x)
    return made


def _normal_density(x: Array) -> Array:
    made: Array = np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
    return made


def spread(x: Array) -> tuple[float, float]:
    """Return (median, scale) of the finite values of `x`: 1.4826 MAD, else IQR/1.349, else the deviation.

    The last step keeps components that are equal for most names (the tier, a share that is zero without a
    deal): their MAD and IQR are 0, and dropping them would drop what they say of the others. Scale 0 means
    that all values are equal; NaN entries are missing values and are ignored.
    """
    known = x[np.isfinite(x)]
    if known.size == 0:
        return float("nan"), 0.0
    scale = robust_scale(known)
    if scale is None:
        deviation = float(known.std())
        scale = deviation if deviation > RELATIVE_NOISE * float(np.abs(known).max()) else 0.0
    return float(np.median(known)), scale


def _centre_and_scale(value: Array, floors: Array) -> tuple[Array, Array]:
    """Median and scale of each column, the scale never finer than its floor; 0 where there is no spread."""
    found = [spread(column) for column in value.T]
    centre = np.array([centre for centre, _ in found])
    scale = np.array([scale for _, scale in found])
    return centre, np.where(scale > 0, np.maximum(scale, floors), 0.0)
