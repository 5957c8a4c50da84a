"""Which single input of a name would move it into or out of the first five.

An input that moves takes the median and the scale of its component with it, and so every name's z. The way
from the input to the far end, in the direction that moves the name's own z across, is ranked anew at `STEPS`
points; the first stretch that holds a crossing is cut again, `DEPTH` times in all. With median and scale as
they are beyond the crossing the score is a line in the input between the clips at z = -3 and 3, which gives
the border in closed form:

.. math:: z^* = z_{im} - \\frac{s_i - \\theta}{(50/3)\\, \\tilde w_{im}}, \\qquad
          x^* = \\mathrm{median} \\pm z^* \\, \\mathrm{scale}

with :math:`\\theta` the score of the fifth-best other name. Who is ranked is held as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.components import Component
from models.cross_section import IQR_TO_SIGMA, MAD_TO_SIGMA, RELATIVE_NOISE
from models.sensitivity_weights import border_name
from models.standard_scores import CLIP, POINTS, SCORE_DIGITS, ScoredScreen

__all__ = ["InputMove", "input_move"]

STEPS = 48
"""Points ranked on a stretch: a crossing that is undone within a 48th of the way may be missed."""

DEPTH = 4
"""Times that the stretch of the crossing is cut into `STEPS`: to 2e-7 of the way."""

Array: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class InputMove:
    """The input at which a name crosses the border, and the name that is then at the other side."""

    threshold: float
    neighbour: int | None


@dataclass(frozen=True)
class _Trial:
    """The screen with one input of one name replaced."""

    screen: ScoredScreen
    name: int
    column: int
    top: int

    def scores(self, xs: Array) -> tuple[Array, Array, Array]:
        """Scores (n, g) with each input of `xs`, -inf for unranked names; medians and scales (g,)."""
        screen, k = self.screen, self.column
        value = np.repeat(screen.value[:, k, None], xs.size, axis=1)
        value[self.name] = xs
        centre, scale = _centres_and_scales(value)
        base = (screen.score - screen.contribution[:, k])[:, None]
        used = screen.used[:, k, None]
        scale = np.where(scale > 0, np.maximum(scale, screen.floors[k]), 0.0)
        z = np.divide(screen.signs[k] * (value - centre), scale, out=np.zeros_like(value), where=scale > 0)
        z[np.isnan(z)] = 0.0
        score = base + POINTS * used * np.clip(z, -CLIP, CLIP)
        # A component that is equal for all is left out: the other weights grow.
        rest = 50 + (base - 50) / np.maximum(1 - used, np.finfo(float).tiny)
        score = np.where(scale > 0, score, rest)
        return np.where(screen.is_ranked[:, None], np.round(score, SCORE_DIGITS), -np.inf), centre, scale

    def is_inside(self, xs: Array) -> Flags:
        """Whether the name is among the first `top` with each input of `xs`."""
        score, _, _ = self.scores(xs)
        inside: Flags = (score > score[self.name]).sum(axis=0) < self.top
        return inside

    def border(self, x: float) -> float | None:
        """The input at the border in closed form, median and scale as they are when the input is `x`."""
        screen, i, k = self.screen, self.name, self.column
        scores, centres, scales = self.scores(np.array([x]))
        score, centre, scale = scores[:, 0], float(centres[0]), float(scales[0])
        other = border_name(score, i, self.top)
        if other is None or scale <= 0:
            return None
        now = float(np.clip(screen.signs[k] * (x - centre) / scale, -CLIP, CLIP))
        z = now - float(score[i] - score[other]) / (POINTS * float(screen.used[i, k]))
        return centre + float(screen.signs[k]) * z * scale


def input_move(
    screen: ScoredScreen, name: int, column: int, *, component: Component, top: int, within: float = inf
) -> InputMove | None:
    """Return the value of one input at which `name` enters or leaves the first `top`.

    Parameters
    ----------
    screen
        A scored screen.
    name, column
        Row of a ranked name and column of the input.
    component
        Bounds and choices of the input.
    top
        Size of the group.
    within
        Largest change that is asked for, in the unit of the input.

    Returns
    -------
    InputMove or None
        The first such value on the way that lowers the name's own z (to leave) or raises it (to enter); None
        when none within the component's bounds does, or the name lacks the input.

    Notes
    -----
    *Missing data*: a missing input is not made up; who is ranked stays as it is.
    """
    if (
        not np.isfinite(screen.z[name, column])
        or screen.used[name, column] <= 0
        or screen.is_ranked.sum() <= top
    ):
        return None
    trial = _Trial(screen, name, column, top)
    x = float(screen.value[name, column])
    was_inside = bool(trial.is_inside(np.array([x]))[0])
    towards = float(screen.signs[column]) * (-1.0 if was_inside else 1.0)
    if component.choices:
        points = np.array(
            sorted((c for c in component.choices if (c - x) * towards > 0), key=lambda c: abs(c - x))
        )
        crossed = np.flatnonzero(trial.is_inside(points) != was_inside) if points.size else points
        found = (float(points[crossed[0]]),) * 2 if crossed.size else None
    else:
        found = _crossing(
            trial, x, _end(screen, column, x, towards, component), was_inside=was_inside, within=within
        )
    if found is None:
        return None
    threshold, beyond = found
    score, _, _ = trial.scores(np.array([beyond]))
    return InputMove(threshold, border_name(score[:, 0], name, top))


def _centres_and_scales(value: Array) -> tuple[Array, Array]:
    """`spread` of each column of `value` at once; a row is known in all columns or in none."""
    known = np.sort(value[np.isfinite(value).all(axis=1)], axis=0)
    centre = _middle(known)
    scale = MAD_TO_SIGMA * _middle(np.sort(np.abs(known - centre), axis=0))
    noise = RELATIVE_NOISE * np.maximum(np.abs(known[[0, -1]]).max(axis=0), np.finfo(float).tiny)
    flat = np.flatnonzero(scale <= noise)
    if flat.size:
        low, high = np.quantile(known[:, flat], [0.25, 0.75], axis=0)
        scale[flat] = (high - low) / IQR_TO_SIGMA
        flat = flat[scale[flat] <= noise[flat]]
        scale[flat] = known[:, flat].std(axis=0)
        scale[flat[scale[flat] <= noise[flat]]] = 0.0
    return centre, scale


def _middle(ordered: Array) -> Array:
    """Median of each ascending column."""
    n = len(ordered)
    middle: Array = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return middle


def _end(screen: ScoredScreen, k: int, x: float, towards: float, component: Component) -> float:
    """As far as the input can matter: past every other name and past the clip, within the bounds."""
    known = screen.value[np.isfinite(screen.value[:, k]), k]
    reach = 2 * CLIP * float(screen.scale[k])
    centre = float(screen.centre[k])
    far = (
        max(x, centre + reach, float(known.max()))
        if towards > 0
        else min(x, centre - reach, float(known.min()))
    )
    return float(np.clip(far, component.lowest, component.highest))


def _crossing(
    trial: _Trial, x: float, end: float, *, was_inside: bool, within: float
) -> tuple[float, float] | None:
    """The border and a value beyond it, on the way from `x` to `end`; None without a crossing `within`."""
    near, far = x, end
    for _ in range(DEPTH):
        points = np.linspace(near, far, STEPS + 1)
        crossed = np.flatnonzero(trial.is_inside(points[1:]) != was_inside)
        if not crossed.size:
            # Only the first stretch may hold none: a finer one ends beyond the crossing.
            return None
        near, far = float(points[crossed[0]]), float(points[crossed[0] + 1])
        if abs(near - x) > within:
            return None
    border = trial.border(far)
    is_between = border is not None and min(near, far) <= border <= max(near, far)
    return (border if is_between and border is not None else far), far
