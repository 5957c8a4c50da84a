"""Bend a simulated series so that it passes through published figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from screen.market.sample.draws import Floats

__all__ = ["Anchor", "bend_amount", "bend_margin", "set_amount"]


@dataclass(frozen=True)
class Anchor:
    """One published figure that the sample must show.

    Parameters
    ----------
    figure_id
        Row of the theme's figures, or ``margins:<source>`` for a published margin.
    item
        Statement item, or ``gross_margin`` / ``operating_margin``.
    quarter
        Index of the (last) quarter it is about.
    quarters
        1 for a quarter or a balance, 4 for a year.
    value, currency
        The figure in units of its currency (fraction for a margin).
    known_at
        Day it became known; of two figures of one quarter the newer one counts.
    """

    figure_id: str
    item: str
    quarter: int
    quarters: int
    value: float
    currency: str | None
    known_at: date

    @property
    def span(self) -> range:
        """The quarters it covers."""
        return range(self.quarter - self.quarters + 1, self.quarter + 1)


def bend_amount(base: Floats, anchors: Sequence[Anchor]) -> tuple[Floats, list[Anchor]]:
    """Return `base` times a factor that is right at the anchors and interpolated (in logs) between them.

    A year's figure scales its four quarters alike; it is left out where a quarter of that year is anchored.
    Before the first and after the last anchor the factor stays constant. Returns the series and the anchors
    that it hits.
    """
    shifts: dict[int, float] = {}
    used = []
    for anchor in _in_order(anchors):
        span = list(anchor.span)
        if span[0] < 0 or any(k in shifts for k in span):
            continue
        shift = float(np.log(anchor.value / base[span].sum()))
        shifts.update(dict.fromkeys(span, shift))
        used.append(anchor)
    return base * np.exp(_interpolated(shifts, len(base))), used


def bend_margin(margin: Floats, revenue: Floats, anchors: Sequence[Anchor]) -> tuple[Floats, list[Anchor]]:
    """Return `margin` plus a shift that is right at the anchors and interpolated between them.

    An anchor is a margin (fraction) or, with a currency, an amount that is divided by the revenue of its
    quarters. Years, gaps and conflicts are treated as in `bend_amount`.
    """
    shifts: dict[int, float] = {}
    used = []
    for anchor in _in_order(anchors):
        span = list(anchor.span)
        if span[0] < 0 or any(k in shifts for k in span):
            continue
        sales = revenue[span].sum()
        target = anchor.value / sales if anchor.currency else anchor.value
        shift = float(target - (margin[span] * revenue[span]).sum() / sales)
        shifts.update(dict.fromkeys(span, shift))
        used.append(anchor)
    return margin + _interpolated(shifts, len(margin)), used


def set_amount(base: Floats, anchors: Sequence[Anchor]) -> tuple[Floats, list[Anchor]]:
    """Return `base` with the anchored quarters replaced and no other quarter touched.

    For net income: a published quarter may hold a gain that does not recur. A year's figure is spread over
    its quarters in the proportions of `base`.
    """
    result = base.copy()
    taken: set[int] = set()
    used = []
    for anchor in _in_order(anchors):
        span = list(anchor.span)
        if span[0] < 0 or taken & set(span):
            continue
        result[span] = base[span] * (anchor.value / base[span].sum())
        taken |= set(span)
        used.append(anchor)
    return result, used


def _in_order(anchors: Sequence[Anchor]) -> list[Anchor]:
    newest_first = sorted(anchors, key=lambda a: (a.known_at, a.figure_id), reverse=True)
    return sorted(newest_first, key=lambda a: a.quarters)


def _interpolated(shifts: dict[int, float], length: int) -> Floats:
    if not shifts:
        return np.zeros(length)
    known = sorted(shifts)
    return np.interp(np.arange(length), known, [shifts[k] for k in known])
