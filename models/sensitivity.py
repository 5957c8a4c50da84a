"""What would move a name out of the first five, or into it: the smallest change of one weight or one input.

Of the weights the smallest change counts; of the inputs the one that is smallest in standard errors of the
input, since that is the one that an error would bring about most easily.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from models.components import component
from models.rank_sets import TOP
from models.sensitivity_inputs import input_move
from models.sensitivity_weights import MAX_WEIGHT, weight_move
from models.standard_scores import SCORE_DIGITS, ScoredScreen
from models.tables import SENSITIVITY
from models.uncertainty import ALPHA

__all__ = ["OUTSIDE", "sensitivity"]

OUTSIDE = 3
"""Names behind the first five that are asked what would bring them in: the next that an analyst looks at."""

TOO_FEW = "only {count} names are ranked, so all of them are among the first {top}"
NO_WEIGHT = "no weight of a single component up to {limit:.0%} moves it across"
NO_INPUT = "no single input moves it across within its bounds"


def sensitivity(key: str, screen: ScoredScreen, *, top: int = TOP, outside: int = OUTSIDE) -> pl.DataFrame:
    """Return SENSITIVITY of one screen.

    Parameters
    ----------
    key
        Screen key.
    screen
        Its scores; the weights sum to 1.
    top
        Size of the group whose border counts.
    outside
        Names behind it that are listed too.

    Returns
    -------
    pl.DataFrame
        SENSITIVITY in order of rank and ticker: two rows for each name of rank `top` or better and for the
        next `outside` names.

    Notes
    -----
    *Missing data*: a missing input is not made up and cannot move a name. Where nothing moves a name across,
    component and figures are null and `reason` says why.
    """
    score = np.where(screen.is_ranked, np.round(screen.score, SCORE_DIGITS), np.nan)
    ranked = np.flatnonzero(screen.is_ranked)
    rank = {int(i): 1 + int((score[ranked] > score[i]).sum()) for i in ranked}
    order = sorted(rank, key=lambda i: (rank[i], screen.tickers[i]))
    inside = [i for i in order if rank[i] <= top]
    rows: list[dict[str, Any]] = []
    for i in inside + order[len(inside) :][:outside]:
        name = {"screen": key, "ticker": screen.tickers[i], "rank": rank[i]}
        is_alone = ranked.size <= top
        too_few = TOO_FEW.format(count=ranked.size, top=top)
        rows.append(
            name
            | (
                _weight(screen, i, top)
                or {"kind": "weight", "reason": too_few if is_alone else NO_WEIGHT.format(limit=MAX_WEIGHT)}
            )
        )
        rows.append(
            name | (_input(screen, i, top) or {"kind": "input", "reason": too_few if is_alone else NO_INPUT})
        )
    return SENSITIVITY.frame(rows)


def _weight(screen: ScoredScreen, name: int, top: int) -> dict[str, Any] | None:
    """The smallest change of a weight; of equal ones the first in theme order."""
    best: dict[str, Any] | None = None
    for k, weight in enumerate(screen.weights.tolist()):
        move = weight_move(screen, name, k, top=top)
        if move is None or (best is not None and abs(move.threshold - weight) >= abs(best["change"])):
            continue
        deviation = math.sqrt(weight * (1 - weight) / (ALPHA + 1))
        best = _row(
            screen, k, start=weight, threshold=move.threshold, error=deviation, neighbour=move.neighbour
        )
    return None if best is None else best | {"kind": "weight"}


def _input(screen: ScoredScreen, name: int, top: int) -> dict[str, Any] | None:
    """The change that is smallest in standard errors; inputs without any error last, by deviations."""
    found: list[tuple[float, float, int, dict[str, Any]]] = []
    nearest = math.inf
    for k, key in enumerate(screen.components):
        start, error = float(screen.value[name, k]), float(screen.input_error[name, k] * screen.scale[k])
        within = nearest * error if error > 0 else math.inf
        move = input_move(screen, name, k, component=component(key), top=top, within=within)
        if move is None:
            continue
        row = _row(screen, k, start=start, threshold=move.threshold, error=error, neighbour=move.neighbour)
        in_errors = math.inf if row["change_errors"] is None else float(row["change_errors"])
        nearest = min(nearest, in_errors)
        found.append((in_errors, abs(row["change"]) / float(screen.scale[k]), k, row))
    return min(found, key=lambda entry: entry[:3])[3] | {"kind": "input"} if found else None


def _row(
    screen: ScoredScreen, k: int, *, start: float, threshold: float, error: float, neighbour: int | None
) -> dict[str, Any]:
    change = threshold - start
    return {
        "component": screen.components[k],
        "start": start,
        "threshold": threshold,
        "change": change,
        "change_errors": abs(change) / error if error > 0 else None,
        "displaced_by": None if neighbour is None else screen.tickers[neighbour],
    }
