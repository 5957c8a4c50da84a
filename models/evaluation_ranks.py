"""Scores of an order of names against what happened: rank IC, quantile spread, turnover."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models.cross_section import FloatArray

__all__ = ["MIN_NAMES", "TERCILE", "quantile_spread", "rank_correlation", "turnover"]

MIN_NAMES = 5
"""With fewer names a rank correlation takes a handful of values and says nothing of one date."""

TERCILE = 3
"""Groups of the spread: thirds, because a screen of 30 names has only three in a tenth."""

MIN_GROUP = 2


def rank_correlation(predicted: npt.ArrayLike, realised: npt.ArrayLike) -> float | None:
    """Spearman's rank correlation of one date's predictions and outcomes (rank IC), in [-1, 1].

    Ties take their mean rank.

    Missing data: pairs with a NaN are left out; None with fewer than `MIN_NAMES` pairs or when either side
    does not vary.
    """
    from scipy.stats import rankdata

    x, y = _pairs(predicted, realised)
    if x.size < MIN_NAMES:
        return None
    a, b = rankdata(x) - (x.size + 1) / 2, rankdata(y) - (x.size + 1) / 2
    spread = math.sqrt(float(a @ a) * float(b @ b))
    return None if spread == 0 else max(-1.0, min(1.0, float(a @ b) / spread))


def quantile_spread(
    predicted: npt.ArrayLike, realised: npt.ArrayLike, *, groups: int = TERCILE
) -> float | None:
    """Mean outcome of the lowest predicted group less that of the highest, in the outcome's unit.

    With the predicted change as `predicted`, a negative spread means that the names expected to fall most
    did worse. Names tied at a group's edge count in part, so that the order of rows does not matter.

    Missing data: as `rank_correlation`; None also when a group would hold fewer than two names.
    """
    x, y = _pairs(predicted, realised)
    size = x.size // groups
    if size < MIN_GROUP or x.min() == x.max():
        return None
    return _lowest_mean(x, y, size) - _lowest_mean(-x, y, size)


def _lowest_mean(x: FloatArray, y: FloatArray, size: int) -> float:
    edge = np.partition(x, size - 1)[size - 1]
    inside, tied = x < edge, x == edge
    weight = (size - int(inside.sum())) / int(tied.sum())
    return (float(y[inside].sum()) + weight * float(y[tied].sum())) / size


def turnover(leaders: Iterable[Sequence[str]]) -> list[float]:
    """Share of each date's leading names that did not lead on the date before, in [0, 1].

    Parameters
    ----------
    leaders
        Names that lead on each date, dates ascending.

    Missing data: a date without names, or after one without, gives no entry.
    """
    dates = [set(names) for names in leaders]
    return [len(now - before) / len(now) for before, now in pairwise(dates) if before and now]


def _pairs(predicted: npt.ArrayLike, realised: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, y = np.asarray(predicted, dtype=np.float64), np.asarray(realised, dtype=np.float64)
    keep = np.isfinite(x) & np.isfinite(y)
    return x[keep], y[keep]
