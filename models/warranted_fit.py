"""The robust cross-section behind the warranted multiple: which columns enter, the fit, its value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.cross_section import FloatArray, RobustFit, as_array, huber_regression, winsorise
from models.quantile_regression import quantile_regression

__all__ = [
    "CONSTANT",
    "MIN_COVERAGE",
    "CrossSection",
    "Observation",
    "choose_columns",
    "fit_cross_section",
    "linear_multiple",
    "names_needed",
]

CONSTANT = "constant"
# A column that fewer than 70% of the names have would throw away more names than it explains.
MIN_COVERAGE = 0.70
# Three names a parameter and six to spare: under that a robust fit follows single names.
NAMES_PER_PARAMETER, SPARE_NAMES = 3, 6
# The quantiles of the band, and the names for each parameter that their lines need: two a parameter beyond
# each of the outer lines.
BAND = (0.25, 0.50, 0.75)
NAMES_PER_QUANTILE_PARAMETER = 8
NORMAL_QUARTILE = 0.6744897501960817


@dataclass(frozen=True)
class Observation:
    """One company in a cross-section: the log multiple and the regressors that it has (no key = missing)."""

    ticker: str
    log_multiple: float
    x: Mapping[str, float]


def linear_multiple(coefficients: Mapping[str, float], x: Mapping[str, float]) -> float:
    """Value of a linear equation: ``constant + sum(coefficient * x)``.

    Missing data: a KeyError names the regressor that `x` lacks.

    References: methods, sections 2.2 and 7 (Damodaran's published equations are its arithmetic tests).
    """
    slopes = {name: value for name, value in coefficients.items() if name != CONSTANT}
    return coefficients.get(CONSTANT, 0.0) + sum(value * x[name] for name, value in slopes.items())


@dataclass(frozen=True)
class CrossSection:
    """A fitted cross-section: coefficients by name, the bounds that regressors were pulled to, n names.

    `spread` is the regressors (no constant) and the residuals that the band is drawn from: the day's, or
    those of all `dates` that the coefficients are pooled over.
    """

    coefficients: Mapping[str, float]
    bounds: Mapping[str, tuple[float, float]]
    fit: RobustFit
    n: int
    spread: tuple[FloatArray, FloatArray]
    dates: int = 1

    @cached_property
    def quantile_lines(self) -> FloatArray | None:
        """Lines of the 25%, 50% and 75% quantile of the residuals, one a row; None where names are few."""
        X = np.column_stack([np.ones(self.spread[1].size), self.spread[0]])
        if X.shape[0] < NAMES_PER_QUANTILE_PARAMETER * X.shape[1]:
            return None
        return np.array([quantile_regression(self.spread[1], X, tau=tau) for tau in BAND])

    def band(self, x: Mapping[str, float]) -> tuple[float, float, str]:
        """Ends of the middle half around the fitted log multiple at `x`, relative to it, and their basis.

        The quantile lines are put in order at `x`, so that they cannot cross, and the band is widened to hold
        the fitted value. Where names are few it is the middle half of a normal with the robust scale.

        References: methods, section 2.2; Chernozhukov, Fernandez-Val and Galichon 2010, Econometrica 78:1093.
        """
        lines = self.quantile_lines
        if lines is None:
            half = NORMAL_QUARTILE * self.fit.scale
            return -half, half, "scale"
        ends = np.sort(lines @ np.array([1.0, *self._pulled(x).values()]))
        return min(float(ends[0]), 0.0), max(float(ends[-1]), 0.0), "quantiles"

    def _pulled(self, x: Mapping[str, float]) -> dict[str, float]:
        return {name: min(max(x[name], low), high) for name, (low, high) in self.bounds.items()}

    def evaluate(self, x: Mapping[str, float]) -> tuple[float, float]:
        """Return the fitted log multiple at `x` (pulled to the bounds) and its standard error."""
        pulled = self._pulled(x)
        point = np.array([1.0, *pulled.values()])
        variance = float(point @ self.fit.covariance @ point)
        return linear_multiple(self.coefficients, pulled), float(np.sqrt(max(variance, 0.0)))


def names_needed(parameters: int) -> int:
    """Smallest cross-section for that many parameters (the constant counts): ``3 p + 6``."""
    return NAMES_PER_PARAMETER * parameters + SPARE_NAMES


def choose_columns(sample: Sequence[Observation], candidates: Iterable[str]) -> tuple[str, ...]:
    """Return the candidates that enter, in order.

    One enters when at least 70% of the names have it, the complete rows still number ``3 p + 6``, and it
    adds rank (a column without variation, or a copy of another, does not).
    """
    chosen: tuple[str, ...] = ()
    for name in candidates:
        has = sum(name in o.x for o in sample)
        if not sample or has < MIN_COVERAGE * len(sample):
            continue
        trial = (*chosen, name)
        rows = complete(sample, trial)
        if len(rows) < names_needed(len(trial) + 1):
            continue
        if np.linalg.matrix_rank(_design(rows, trial)) == len(trial) + 1:
            chosen = trial
    return chosen


def complete(sample: Sequence[Observation], columns: Sequence[str]) -> list[Observation]:
    """Return the observations that have every one of `columns`."""
    return [o for o in sample if all(c in o.x for c in columns)]


def _column(rows: Sequence[Observation], name: str) -> FloatArray:
    return winsorise(as_array([o.x[name] for o in rows]))


def _design(rows: Sequence[Observation], columns: Sequence[str]) -> FloatArray:
    return np.column_stack([np.ones(len(rows)), *(_column(rows, c) for c in columns)])


def fit_cross_section(sample: Sequence[Observation], columns: Sequence[str]) -> CrossSection | None:
    """Fit ``m = constant + x'b + u`` by Huber regression, regressors winsorised at 2.5/97.5.

    Missing data: incomplete names are left out; None when fewer than ``3 p + 6`` are left or the columns
    are collinear.

    References: methods, section 2.2; Bhojraj and Lee 2002, JAR 40:407.
    """
    rows = complete(sample, columns)
    if len(rows) < names_needed(len(columns) + 1):
        return None
    X = _design(rows, columns)
    if np.linalg.matrix_rank(X) < X.shape[1]:
        return None
    fit = huber_regression(as_array([o.log_multiple for o in rows]), X)
    names = (CONSTANT, *columns)
    bounds = {c: (float(X[:, k].min()), float(X[:, k].max())) for k, c in enumerate(columns, start=1)}
    coefficients = {name: float(value) for name, value in zip(names, fit.coefficients, strict=True)}
    return CrossSection(coefficients, bounds, fit, len(rows), (X[:, 1:], fit.residuals))
