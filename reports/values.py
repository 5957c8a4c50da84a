"""Values of components, tiers and ranks in words."""

from __future__ import annotations

import math
import re
from typing import Any

from exposures.tables import TIERS
from models.components import component
from reports import numbers
from reports.texts import Texts

__all__ = [
    "component_value",
    "kind_text",
    "printed_points",
    "rank_interval",
    "rank_text",
    "slope_text",
    "tier_text",
]

# Differences of two fractions: percentage points, not percent.
POINT_COMPONENTS = frozenset({"gross_margin_change", "implied_growth_gap"})
# Fractions whose sign matters to a reader.
SIGNED_COMPONENTS = frozenset({"revenue_growth", "fcf_margin"})

# A slope per log unit is told for growth of 10%: a size that people have seen.
TOLD_GROWTH = math.log(1.1)

# A source column joins keys by + or ;, and the simulated market may add a note, as in "sample (4 quarters)".
SIMULATED_SOURCE = re.compile(r"(?:^|[+;])\s*sample\b")


def slope_text(slope: float | None) -> str:
    """Return a slope of a margin on log growth as the change that goes with growth of 10%, in points."""
    return numbers.percentage_points(None if slope is None else slope * TOLD_GROWTH)


def component_value(key: str, value: float | None, texts: Texts) -> str:
    """Return a component's value in its unit: a tier by name, a log change as percent, a fraction as percent.

    Missing data: null is a dash.
    """
    if value is None:
        return numbers.DASH
    if key == "tier_power":
        by_power = {float(len(TIERS) - 1 - i): tier for i, tier in enumerate(TIERS)}
        return texts.tiers[by_power[value]] if value in by_power else numbers.points(value)
    unit = component(key).unit
    if unit == "log":
        return numbers.log_change(value)
    if key in POINT_COMPONENTS:
        return numbers.percentage_points(value)
    if unit == "fraction":
        return numbers.signed_percent(value) if key in SIGNED_COMPONENTS else numbers.percent(value)
    return numbers.ratio(value) if unit == "times" else numbers.points(value)


def kind_text(part: dict[str, Any], texts: Texts) -> str:
    """Return the label of a contribution; a fact that rests on the simulated market is called simulated.

    Parameters
    ----------
    part
        A row of ``CONTRIBUTIONS``.
    """
    is_simulated = part["kind"] == "fact" and SIMULATED_SOURCE.search(part["source"] or "") is not None
    return texts.simulated_kind if is_simulated else texts.labels[part["kind"]]


def tier_text(tier: str | None, role: str, texts: Texts) -> str:
    """Return the tier's name; payers and users are outside the tiers and say so."""
    if role != "supplier":
        return texts.outside_tier.format(role=texts.roles[role])
    return texts.no_tier if tier is None else texts.tiers[tier]


def rank_text(rank: int | None, *, is_tied: bool, texts: Texts) -> str:
    """Return the rank, with ``=`` when it is shared; null is a dash."""
    if rank is None:
        return numbers.DASH
    return texts.tie.format(rank=rank) if is_tied else str(rank)


def rank_interval(low: int | None, high: int | None) -> str:
    """Return the 90% interval of a rank: ``1 to 4``."""
    return numbers.interval(numbers.count(low), numbers.count(high))


def printed_points(parts: list[dict[str, Any]], score: float) -> dict[str, float]:
    """Return the printed points of each component with one; they add up to the printed score less 50.

    Parameters
    ----------
    parts
        Rows of ``CONTRIBUTIONS`` of one company in one screen, components in order.
    score
        Its score, 0 to 100.

    Missing data: a component without a contribution is left out.
    """
    given = [part for part in parts if part["contribution"] is not None]
    total = round(score, 1) - 50
    rounded = numbers.rounded_parts([part["contribution"] for part in given], total, digits=1)
    return {part["component"]: points for part, points in zip(given, rounded, strict=True)}
