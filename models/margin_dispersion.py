"""Margins by tier through time: medians, their spread, and how far names lie apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl

from exposures.tables import TIERS
from models.cross_section import robust_scale
from models.tables import MARGIN_DISPERSION

__all__ = ["margin_dispersion"]

# Two years by quarter: the change on a year before then stands for each of the last four quarters twice.
QUARTERS_SHOWN = 8
# A robust spread of two names is their distance.
MIN_DISPERSION_NAMES = 3
STRONG, WEAK = TIERS[0], TIERS[-1]


def margin_dispersion(
    margins: pl.DataFrame, tiers: Mapping[str, str | None], *, as_of: date, last: int = QUARTERS_SHOWN
) -> pl.DataFrame:
    """Return `MARGIN_DISPERSION`: the last `last` calendar quarters, oldest first.

    ``spread = median margin of bottlenecks - median margin of pressured``. Which names report differs
    from quarter to quarter, so the level of the spread moves with the composition. Beside it stand
    figures with the composition held fixed: ``spread_change`` is the median change of bottlenecks less
    that of pressured names, each name against itself a year before; ``dispersion_change`` compares the
    robust standard deviation across the same names in both quarters.

    Parameters
    ----------
    margins
        From `quarter_margins`.
    tiers
        Supplier -> tier; other companies are not used.
    as_of
        Quarters that ended later are not used.

    Missing data: a figure without names is null; `reason` says which tier lacks them. No quarter with a
    margin gives no row.

    References: methods, section 4.
    """
    mapping = {ticker: tier for ticker, tier in tiers.items() if tier is not None}
    rows = margins.filter(pl.col("ticker").is_in(list(mapping)) & (pl.col("period_end") <= as_of))
    rows = rows.with_columns(
        tier=pl.col("ticker").replace_strict(mapping, default=None, return_dtype=pl.String)
    )
    with_margin = rows.filter(pl.col("margin").is_not_null())
    if with_margin.is_empty():
        return MARGIN_DISPERSION.empty()
    newest = with_margin.get_column("quarter").max()
    ends = [_quarters_before(newest, k) for k in range(last - 1, -1, -1)] if isinstance(newest, date) else []
    parts = rows.partition_by("quarter", as_dict=True, include_key=True)
    found = [_row(end, parts[(end,)]) for end in ends if (end,) in parts]
    return MARGIN_DISPERSION.frame(found)


def _quarters_before(end: date, quarters: int) -> date:
    """Return the last day of the calendar quarter `quarters` before the one that ends on `end`."""
    months = end.year * 12 + end.month - 3 * quarters
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _row(end: date, rows: pl.DataFrame) -> dict[str, object]:
    made: dict[str, object] = {"quarter": end}
    middle: dict[str, float | None] = {}
    moved: dict[str, float | None] = {}
    for tier in TIERS:
        own = rows.filter(pl.col("tier") == tier)
        known, grown, changed = (own.get_column(n).drop_nulls() for n in ("margin", "growth", "change"))
        middle[tier], moved[tier] = _median(known), _median(changed)
        made |= {
            f"names_{tier}": known.len(), f"margin_{tier}": middle[tier],
            f"matched_{tier}": changed.len(), f"margin_change_{tier}": moved[tier],
            f"growth_names_{tier}": grown.len(), f"growth_{tier}": _median(grown),
        }  # fmt: skip
    used = rows.filter(pl.col("margin").is_not_null())
    return made | {
        "spread": _difference(middle[STRONG], middle[WEAK]),
        "spread_change": _difference(moved[STRONG], moved[WEAK]),
        "dispersion": _dispersion(used.get_column("margin")),
        "dispersion_change": _dispersion_change(used),
        "composition": _composition(used),
        "known_at": used.get_column("known_at").max(),
        "source": "+".join(sorted({p for s in used.get_column("source").drop_nulls() for p in s.split("+")}))
        or None,
        "reason": _reason(middle, moved),
    }


def _median(values: pl.Series) -> float | None:
    middle = values.median()
    return middle if isinstance(middle, float) else None


def _difference(first: float | None, second: float | None) -> float | None:
    return first - second if first is not None and second is not None else None


def _dispersion(margins: pl.Series) -> float | None:
    if margins.len() < MIN_DISPERSION_NAMES:
        return None
    return robust_scale(margins.to_numpy().astype(np.float64))


def _dispersion_change(used: pl.DataFrame) -> float | None:
    """Dispersion now less dispersion a year before, over the names that have both."""
    both = used.filter(pl.col("change").is_not_null())
    now = _dispersion(both.get_column("margin"))
    return _difference(now, _dispersion(both.select(pl.col("margin") - pl.col("change")).to_series()))


def _composition(used: pl.DataFrame) -> str | None:
    """Name the companies behind the two medians of the spread, in words."""
    parts = [
        f"{tier}: {', '.join(names)}"
        for tier in (STRONG, WEAK)
        if (names := used.filter(pl.col("tier") == tier).get_column("ticker").sort().to_list())
    ]
    return "; ".join(parts) or None


def _reason(middle: Mapping[str, float | None], moved: Mapping[str, float | None]) -> str | None:
    lacking = [tier for tier in (STRONG, WEAK) if middle[tier] is None]
    if lacking:
        return f"no gross margin of a {' or '.join(lacking)} name in this quarter"
    lacking = [tier for tier in (STRONG, WEAK) if moved[tier] is None]
    if lacking:
        return f"no change on a year before of a {' or '.join(lacking)} name"
    return None
