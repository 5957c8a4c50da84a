"""Jumps of one price series that are no market move: which bars to rescale, which to leave out.

The closes of a source are adjusted for the splits of SPLITS and move from day to day by what the market
does. A jump beyond that is a fault of the data: part of the history on another share basis, a slipped
unit, a wrong bar. The newest bars set the scale, since a screen is about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = [
    "CANDIDATE_LOG",
    "CONFIRM_BARS",
    "DOUBT_RATIO",
    "GLITCH_RATIO",
    "GLITCH_RETURN",
    "LEVEL_RATIO",
    "MAX_GAP_DAYS",
    "MIN_SPLIT_RATIO",
    "RUN_BARS",
    "SPLIT_DAYS",
    "SPLIT_TOLERANCE",
    "Verdict",
    "judge_series",
]

GLITCH_RATIO = 2.0
"""A close at twice or half of both neighbours. The wildest honest reversal of a large US stock, GameStop on
27 to 29 January 2021, went to 0.56 and back by 1.68."""

GLITCH_RETURN = 1.25
"""The neighbours of a glitch agree within a quarter: two usual days, not a new price."""

LEVEL_RATIO = 2.75
"""No close of the real pack (72 companies, 2015-2026) went beyond 1.53 or 0.53 of the day before, and the
wildest of a large US stock, GameStop on 2021-02-02, fell to 0.40; a three-for-one split goes to 0.33."""

DOUBT_RATIO = 1.9
"""A close that nearly doubles or halves in a day looks like a two-for-one split that nobody recorded, but
honest days come near (Credo 0.53 on 2023-02-15): it is marked, not left out."""

MIN_SPLIT_RATIO = 1.5
"""Smaller ratios (spin-offs such as 1.289) cannot be told from a bad day."""

SPLIT_TOLERANCE = 0.15
"""Log distance between the jump and the split's ratio: the market itself moves on the ex-date too."""

SPLIT_DAYS = 7
"""Yahoo has applied splits up to three trading days late (yfinance issue 906), plus a weekend."""

RUN_BARS = 5
"""A run of wrong bars that ends by a return to the former level; longer ones set a level of their own."""

CONFIRM_BARS = 3
"""Bars that a new level needs before it counts; a jump in the newest two bars may be gone tomorrow."""

MAX_GAP_DAYS = 10
"""Bars further apart are no single day: after a halt any price is possible."""

CANDIDATE_LOG = 0.25
"""Log moves below this (28% up, 22% down) are no split either, so a series without one is sound."""

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Verdict:
    """What to do with bars ``start`` to ``stop`` (positions, stop excluded).

    Parameters
    ----------
    factor
        What to multiply the bars with; None: leave them out; 1: they stay as they are.
    at
        Position of the first bar of the jump.
    value
        Size of the jump as a ratio, new over old.
    threshold
        Limit that it broke, or for a split the ratio that explains it.
    """

    rule: str
    start: int
    stop: int
    factor: float | None
    at: int
    value: float
    threshold: float


@dataclass
class _Series:
    """Bars still in use, on the scale reached so far."""

    days: npt.NDArray[np.int64]
    levels: Floats
    splits: list[tuple[int, float]]
    kept: npt.NDArray[np.bool_] = field(init=False)
    verdicts: list[Verdict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kept = np.ones(len(self.levels), dtype=bool)

    def jumps(self) -> tuple[npt.NDArray[np.int64], Floats]:
        """Positions of the kept bars, and the log move into each but the first (0 after a long gap)."""
        at = np.flatnonzero(self.kept)
        moves = np.diff(np.log(self.levels[at]))
        return at, np.where(np.diff(self.days[at]) > MAX_GAP_DAYS, 0.0, moves)

    def ratio(self, bar: int) -> float:
        """The kept bar at position `bar` over the kept bar before it."""
        before = int(np.flatnonzero(self.kept[:bar])[-1])
        return float(self.levels[bar] / self.levels[before])

    def drop(self, rule: str, start: int, stop: int, *, at: int, threshold: float) -> None:
        """Leave out the bars from `start` to `stop` for the jump into bar `at`."""
        self.verdicts.append(Verdict(rule, start, stop, None, at, self.ratio(at), threshold))
        self.kept[start:stop] = False


def judge_series(
    days: Sequence[date] | Days, levels: Sequence[float] | Floats, splits: Sequence[tuple[date, float]]
) -> list[Verdict]:
    """Return what is wrong with one series of positive prices, oldest first.

    Parameters
    ----------
    days, levels
        Trading days in order and prices, adjusted for `splits` as far as they are right.
    splits
        (ex-date, new shares for one old) known on the date.

    Returns
    -------
    list of Verdict
        In order of the rules: wrong single bars (``single_day_glitch``); history that lacks a split's
        adjustment, rescaled (``half_applied_split``); a new level that the newest bars alone show
        (``unconfirmed_jump``); a wrong run of bars, or everything before a jump that nothing explains
        (``level_shift``); and, with factor 1, a jump that is only doubtful.

    Notes
    -----
    *Missing data*: fewer than two bars give no verdict. Bars of a series that was mended in this way give
    none but doubtful ones.
    """
    series = _Series(
        np.array(days, dtype="datetime64[D]").astype(np.int64),
        np.array(levels, dtype=np.float64),
        [
            (int(np.datetime64(day, "D").astype(np.int64)), ratio)
            for day, ratio in splits
            if abs(np.log(ratio)) >= np.log(MIN_SPLIT_RATIO)
        ],
    )
    steps = (_drop_glitches, _apply_split, _drop_newest, _drop_run, _drop_older)
    while any(step(series) for step in steps):
        pass
    return [*series.verdicts, *_doubts(series)]


def _drop_glitches(series: _Series) -> bool:
    """Leave out single bars far from both neighbours, which agree."""
    at, moves = series.jumps()
    there, back = moves[:-1], moves[1:]
    is_wrong = (
        (np.minimum(abs(there), abs(back)) >= np.log(GLITCH_RATIO))
        & (np.sign(there) != np.sign(back))
        & (abs(there + back) <= np.log(GLITCH_RETURN))
    )
    found = np.flatnonzero(is_wrong)
    if not found.size:
        return False
    first = int(found[0])
    bar = int(at[first + 1])
    series.drop("single_day_glitch", bar, bar + 1, at=bar, threshold=GLITCH_RATIO)
    return True


def _apply_split(series: _Series) -> bool:
    """Rescale the history before a jump that a split on record explains, each split once."""
    at, moves = series.jumps()
    for ex, ratio in sorted(series.splits, reverse=True):
        is_near = abs(series.days[at[1:]] - ex) <= SPLIT_DAYS
        missed = is_near & (abs(moves + np.log(ratio)) <= SPLIT_TOLERANCE)
        twice = is_near & _is_reversed(moves, ratio)
        found = np.flatnonzero(missed | twice)
        if not found.size:
            continue
        jump = int(found[-1])
        factor = 1.0 / ratio if missed[jump] else ratio
        # history that does have the right scale ends with the opposite jump
        back = np.flatnonzero(_is_reversed(moves[:jump], ratio)) if missed[jump] else found[:0]
        start, stop = int(at[back[-1] + 1]) if back.size else 0, int(at[jump + 1])
        value = series.ratio(stop)
        series.levels[start:stop] *= factor
        series.verdicts.append(Verdict("half_applied_split", start, stop, factor, stop, value, factor))
        series.splits.remove((ex, ratio))
        return True
    return False


def _is_reversed(moves: Floats, ratio: float) -> npt.NDArray[np.bool_]:
    """True for jumps against the split: only ratios that no market move reaches can be told."""
    if abs(np.log(ratio)) < np.log(DOUBT_RATIO):
        return np.zeros(len(moves), dtype=bool)
    close: npt.NDArray[np.bool_] = abs(moves - np.log(ratio)) <= SPLIT_TOLERANCE
    return close


def _breaks(moves: Floats) -> npt.NDArray[np.int64]:
    return np.flatnonzero(abs(moves) >= np.log(LEVEL_RATIO))


def _drop_newest(series: _Series) -> bool:
    """Leave out the newest bars when they alone stand on a new level."""
    at, moves = series.jumps()
    breaks = _breaks(moves)
    if not breaks.size or len(at) - 1 - breaks[-1] >= CONFIRM_BARS:
        return False
    bar = int(at[breaks[-1] + 1])
    series.drop("unconfirmed_jump", bar, len(series.levels), at=bar, threshold=LEVEL_RATIO)
    return True


def _drop_run(series: _Series) -> bool:
    """Leave out a short run between two jumps when the price returns to its former level."""
    at, moves = series.jumps()
    breaks = _breaks(moves)
    for left, right in pairwise(breaks):
        returned = abs(moves[left : right + 1].sum()) <= np.log(GLITCH_RETURN)
        if right - left <= RUN_BARS and returned:
            start, stop = int(at[left + 1]), int(at[right + 1])
            series.drop("level_shift", start, stop, at=start, threshold=LEVEL_RATIO)
            return True
    return False


def _drop_older(series: _Series) -> bool:
    """Leave out all bars before the newest jump that nothing explains."""
    at, moves = series.jumps()
    breaks = _breaks(moves)
    if not breaks.size:
        return False
    stop = int(at[breaks[-1] + 1])
    series.drop("level_shift", 0, stop, at=stop, threshold=LEVEL_RATIO)
    return True


def _doubts(series: _Series) -> Iterator[Verdict]:
    at, moves = series.jumps()
    for move in np.flatnonzero(abs(moves) >= np.log(DOUBT_RATIO)):
        bar = int(at[move + 1])
        yield Verdict("level_shift", bar, bar + 1, 1.0, bar, series.ratio(bar), DOUBT_RATIO)
