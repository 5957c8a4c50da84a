"""Which weight would move a name into or out of the first five, in closed form.

One weight *m* goes from :math:`w_m` to *t* and the others keep their proportions, so that the sum stays 1.
The score of a name is then a ratio of two lines in *t*,

.. math:: \\frac{s_i(t) - 50}{50/3} =
          \\frac{(1-t)\\, a_i + t (1-w_m)\\, z_{im}}{(1-t)\\, b_i + t (1-w_m)\\, 1_{im}},
          \\quad a_i = \\sum_{k \\in K_i \\setminus m} w_k z_{ik},
          \\quad b_i = \\sum_{k \\in K_i \\setminus m} w_k

with :math:`1_{im}` = 1 when the name has the component, so two names change order only where a quadratic is
zero. Who is ranked is held as it is: with other weights some names would pass the coverage floor and others
fall below it, which says nothing of their scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.standard_scores import POINTS, SCORE_DIGITS, ScoredScreen

__all__ = ["MAX_WEIGHT", "WeightMove", "border_name", "weight_move"]

MAX_WEIGHT = 0.95
"""Beyond this one component is all but the whole score: no weighing of several any more."""

SNAP = 1e-12
"""Weights this close to each other are one."""

JUST_BEYOND = 1e-6
"""Distance from a threshold at which its other side is looked at."""

Array: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class WeightMove:
    """The weight at which a name crosses the border, and the name that is then at the other side.

    `neighbour` is the row of the lowest of the first `top` other names just beyond the threshold.
    """

    threshold: float
    neighbour: int | None


@dataclass(frozen=True)
class _Lines:
    """Numerator and denominator of each score as lines in t: value at 0 and slope, each of shape (n,)."""

    a: Array
    a_slope: Array
    b: Array
    b_slope: Array

    def scores(self, t: Array) -> Array:
        """Score of name j at the j-th value of `t`, in points; -inf where none of its weights is left."""
        bottom = self.b + self.b_slope * t
        ratio = np.divide(
            self.a + self.a_slope * t, bottom, out=np.full(bottom.shape, -np.inf), where=bottom > SNAP
        )
        made: Array = np.round(50.0 + POINTS * ratio, SCORE_DIGITS)
        return made

    def score(self, name: int, t: Array) -> Array:
        """Score of one name at each value of `t`."""
        own = slice(name, name + 1)
        return _Lines(self.a[own], self.a_slope[own], self.b[own], self.b_slope[own]).scores(t)


def weight_move(screen: ScoredScreen, name: int, component: int, *, top: int) -> WeightMove | None:
    """Return the nearest weight of `component` at which `name` enters or leaves the first `top`.

    Parameters
    ----------
    screen
        A scored screen; its weights sum to 1.
    name, component
        Row and column; the name is ranked.
    top
        Size of the group.

    Returns
    -------
    WeightMove or None
        The nearest threshold up to `MAX_WEIGHT`; None when none does it or the component has no spread.

    Notes
    -----
    *Missing data*: a name that lacks the component keeps its score whatever the weight; who is ranked stays.
    """
    weight = float(screen.weights[component])
    rows = np.flatnonzero(screen.is_ranked)
    if screen.scale[component] <= 0 or weight >= MAX_WEIGHT or rows.size <= top:
        return None
    own = int(np.searchsorted(rows, name))
    lines = _lines(screen, rows, component, weight)
    cuts = _cuts(lines, own)
    edges = _distinct(np.concatenate([[0.0, MAX_WEIGHT, weight], cuts[cuts < MAX_WEIGHT]]))
    middle = (edges[1:] + edges[:-1]) / 2
    inside = _in_top(lines, own, cuts, middle, top)
    start = int(np.abs(edges - weight).argmin())
    flipped = inside != _is_inside(screen, name, top)
    above, below = np.flatnonzero(flipped[start:]), np.flatnonzero(flipped[:start])
    found = [(start + int(above[0]), start + int(above[0]))] if above.size else []
    found += [(int(below[-1]), int(below[-1]) + 1)] if below.size else []
    if not found:
        return None
    stretch, edge = min(found, key=lambda pair: abs(edges[pair[1]] - weight))
    step = float(middle[stretch] - edges[edge])
    at = edges[edge] + np.copysign(min(abs(step), JUST_BEYOND), step)
    beyond = lines.scores(np.full(rows.size, at))
    neighbour = border_name(beyond, own, top)
    return WeightMove(float(edges[edge]), None if neighbour is None else int(rows[neighbour]))


def border_name(score: Array, name: int, top: int) -> int | None:
    """Return the row of the `top`-th best of the other names, those of -inf left out; None when too few."""
    others = score.copy()
    others[name] = -np.inf
    if others.size <= top:
        return None
    found = int(np.argsort(-others, kind="stable")[top - 1])
    return None if others[found] == -np.inf else found


def _is_inside(screen: ScoredScreen, name: int, top: int) -> bool:
    score = np.round(screen.score, SCORE_DIGITS)
    return int((score[screen.is_ranked] > score[name]).sum()) < top


def _lines(screen: ScoredScreen, rows: npt.NDArray[np.int64], component: int, weight: float) -> _Lines:
    z = screen.z[rows]
    known = np.isfinite(z)
    others = screen.weights.copy()
    others[component] = 0.0
    a = np.nan_to_num(z) @ others
    b = known @ others
    own = (1.0 - weight) * known[:, component]
    return _Lines(a=a, a_slope=own * np.nan_to_num(z[:, component]) - a, b=b, b_slope=own - b)


def _cuts(lines: _Lines, own: int) -> Array:
    """Where each name may change its order against name `own`, shape (n, 2), ascending, 1 where nowhere."""
    a, n, b, d = lines.a, lines.a_slope, lines.b, lines.b_slope
    square = n[own] * d - n * d[own]
    linear = a[own] * d + n[own] * b - a * d[own] - n * b[own]
    constant = a[own] * b - a * b[own]
    # The stable formula: no difference of two nearly equal numbers.
    under = linear * linear - 4 * square * constant
    half = -0.5 * (linear + np.copysign(np.sqrt(np.maximum(under, 0.0)), linear))
    cuts = np.ones((a.size, 2))
    is_real = under >= 0
    with np.errstate(over="ignore"):
        np.divide(half, square, out=cuts[:, 0], where=is_real & (square != 0))
        np.divide(constant, half, out=cuts[:, 1], where=is_real & (half != 0))
    made: Array = np.where((cuts > 0) & (cuts < 1), cuts, 1.0)
    return np.sort(made, axis=1)


def _distinct(points: Array) -> Array:
    """Sorted points, those that lie within `SNAP` of the one before left out."""
    points = np.sort(points)
    made: Array = points[np.concatenate([[True], np.diff(points) > SNAP])]
    return made


def _in_top(lines: _Lines, own: int, cuts: Array, middle: Array, top: int) -> Flags:
    """Whether name `own` is among the first `top` in the middle of each stretch.

    Each name is above or below it in each of the three parts that its two cuts make of [0, 1]; the count of
    names above then changes only at the cuts.
    """
    parts = (cuts[:, 0] / 2, cuts.mean(axis=1), (cuts[:, 1] + 1) / 2)
    above = np.column_stack([lines.scores(t) > lines.score(own, t) for t in parts]).astype(np.int64)
    change = np.diff(above, axis=1).ravel()
    at = cuts.ravel()
    order = np.argsort(at, kind="stable")
    passed = np.searchsorted(at[order], middle, side="right")
    count = above[:, 0].sum() + np.concatenate([[0], np.cumsum(change[order])])[passed]
    inside: Flags = count < top
    return inside
