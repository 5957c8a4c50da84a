"""What statements and published margins say about one company's pricing power."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl

from models.cross_section import MAD_TO_SIGMA, FloatArray, as_array, mad, robust_scale, theil_sen

__all__ = ["MarginEvidence", "evidence_by_ticker", "gross_margin", "period_kind", "published_words"]

# Two years: long enough for a median, short enough to describe today's product (methods, section 4).
QUARTERS_USED = 8
# With fewer than six points the median of pairwise slopes follows single quarters (methods, section 4).
MIN_INCREMENTAL_QUARTERS = 6
# A spread needs at least three yearly changes.
MIN_STABILITY_CHANGES = 3
# Fiscal quarters end within two weeks of the same day a year before (52/53-week years).
YEAR_DAYS_LOW, YEAR_DAYS_HIGH = 350, 380
# Published period ends are read from text, often as the end of a month: a wider window.
PUBLISHED_LOW, PUBLISHED_HIGH = 330, 400
# Eight quarter ends span 637 days (53-week years: 651); more means that one is missing.
TWO_YEARS_SPAN = 670
# A median of a year needs three of its four quarters.
MIN_QUARTERS_A_YEAR = 3
# A margin published longer ago describes another product generation.
PUBLISHED_MAX_AGE_DAYS = 550
# Only this metric is comparable with gross profit over revenue; others carry their perimeter in the name.
COMPARABLE_METRIC = "gross_margin"
PUBLISHED_SHOWN = 3


@dataclass(frozen=True)
class MarginEvidence:
    """Evidence of one company; margins are fractions, a measure that is unknown is None.

    Parameters
    ----------
    level, level_se
        Median gross margin of up to 8 quarters (or the newest published one) and its standard error.
    stability
        1.4826 MAD of the yearly change.
    change
        Median of the last four quarters less that of the four before; with fewer, the newest quarter less the
        same quarter a year before.
    incremental, incremental_se
        Theil-Sen slope of gross profit on revenue, with a robust standard error.
    pass_through
        Slope of the margin on log revenue growth, from `models.pass_through`; None unless identified.
    growth
        Revenue of the newest quarter on the same quarter a year before, less one.
    quarters
        Quarters with a gross margin.
    basis
        Where level and change come from, in words.
    change_basis, change_end
        How the change was measured, in words, and the end of the newest period in it.
    """

    level: float | None = None
    level_se: float | None = None
    stability: float | None = None
    change: float | None = None
    incremental: float | None = None
    incremental_se: float | None = None
    pass_through: float | None = None
    growth: float | None = None
    quarters: int = 0
    basis: str = ""
    change_basis: str = ""
    change_end: date | None = None
    growth_basis: str = ""
    known_at: date | None = None
    source: str | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    def shifted(self, change: float) -> MarginEvidence:
        """Return the evidence with a scenario's change of the gross margin added to level and change."""
        if change == 0 or self.level is None:
            return self
        moved = None if self.change is None else self.change + change
        return replace(
            self,
            level=self.level + change,
            change=moved,
            change_basis=f"{self.change_basis}, scenario adds {100 * change:+.1f} points",
            basis=f"{self.basis}, scenario adds {100 * change:+.1f} points",
        )


def evidence_by_ticker(
    *,
    tickers: Iterable[str],
    quarters: pl.DataFrame,
    margins: pl.DataFrame,
    panel_growth: Mapping[str, float | None],
    as_of: date,
) -> dict[str, MarginEvidence]:
    """Measure each company from its quarters; published gross margins fill a missing level and change.

    Missing data: measures that cannot be had are None. Published margins are compared only with the same
    metric over the same kind of period about a year before.

    References: methods, section 4.
    """
    known = margins.filter(pl.col("known_at").is_null() | (pl.col("known_at") <= as_of))
    published = _grouped(known.filter(pl.col("metric") == COMPARABLE_METRIC), ["period_end", "known_at"])
    published = {t: rows for t, rows in published.items() if _is_current(rows, as_of)}
    reported = _grouped(quarters.filter(pl.col("known_at") <= as_of), ["period_end"])
    found = {}
    for ticker in tickers:
        own = _from_quarters(reported.get(ticker, [])[-(QUARTERS_USED + 4) :])
        own = _with_published(own, published.get(ticker, []))
        if own.growth is None and (growth := panel_growth.get(ticker)) is not None:
            own = replace(own, growth=growth, growth_basis="panel")
        found[ticker] = own
    return found


def _grouped(frame: pl.DataFrame, order: list[str]) -> dict[str, list[dict[str, object]]]:
    groups: dict[str, list[dict[str, object]]] = {}
    for row in frame.sort("ticker", *order, nulls_last=False).iter_rows(named=True):
        groups.setdefault(str(row["ticker"]), []).append(row)
    return groups


def _num(row: Mapping[str, object], name: str) -> float | None:
    value = row[name]
    return value if isinstance(value, float) else None


def gross_margin(row: Mapping[str, object]) -> float | None:
    """Return gross profit over revenue; None when either is missing or revenue is not positive."""
    profit, revenue = _num(row, "gross_profit"), _num(row, "revenue")
    if profit is None or revenue is None or revenue <= 0:
        return None
    margin = profit / revenue
    return margin if np.isfinite(margin) else None


def _year_before(
    rows: Sequence[Mapping[str, object]], at: int, low: int = YEAR_DAYS_LOW, high: int = YEAR_DAYS_HIGH
) -> Mapping[str, object] | None:
    end = rows[at]["period_end"]
    for row in rows[:at]:
        other = row["period_end"]
        if isinstance(end, date) and isinstance(other, date) and low <= (end - other).days <= high:
            return row
    return None


def _from_quarters(rows: Sequence[dict[str, object]]) -> MarginEvidence:
    if not rows:
        return MarginEvidence()
    rows = [r for r in rows if r["currency"] == rows[-1]["currency"]]
    recent = rows[-QUARTERS_USED:]
    levels = [m for r in recent if (m := gross_margin(r)) is not None]
    growth = _growth(rows)
    made = MarginEvidence(
        growth=growth,
        growth_basis="statements" if growth is not None else "",
        known_at=max((d for r in recent if isinstance(d := r["known_at"], date)), default=None),
        source="+".join(sorted({str(r["source"]) for r in recent})),
    )
    if not levels:
        return made
    changes = _changes(rows, len(rows) - len(recent))
    change, change_basis = _typical_change(rows)
    slope, slope_se = _incremental(recent)
    scale = robust_scale(as_array(levels))
    return replace(
        made,
        level=float(np.median(levels)),
        # Standard error of a median under normality: 1.2533 sigma / sqrt(n).
        level_se=1.2533 * scale / float(np.sqrt(len(levels))) if scale is not None else None,
        stability=_stability(changes),
        change=change,
        change_basis=change_basis,
        change_end=end if change is not None and isinstance(end := rows[-1]["period_end"], date) else None,
        incremental=slope,
        incremental_se=slope_se,
        quarters=len(levels),
        basis=f"median of {len(levels)} quarters to {recent[-1]['period_end']}",
    )


def _growth(rows: Sequence[Mapping[str, object]]) -> float | None:
    before = _year_before(rows, len(rows) - 1)
    now, then = _num(rows[-1], "revenue"), _num(before, "revenue") if before is not None else None
    return now / then - 1 if now is not None and then is not None and then > 0 else None


def _changes(rows: Sequence[Mapping[str, object]], first: int) -> list[float]:
    found = []
    for at in range(first, len(rows)):
        before = _year_before(rows, at)
        now, then = gross_margin(rows[at]), gross_margin(before) if before is not None else None
        if now is not None and then is not None:
            found.append(now - then)
    return found


def _typical_change(rows: Sequence[Mapping[str, object]]) -> tuple[float | None, str]:
    """Median margin of the last four quarters less that of the four before, else the yearly change.

    A single base quarter with a one-off charge would show as a gain of the whole charge a year later.
    """
    last, before = (
        [m for r in part if (m := gross_margin(r)) is not None] for part in (rows[-4:], rows[-8:-4])
    )
    ends = [end for r in rows[-8:] if isinstance(end := r["period_end"], date)]
    is_two_years = len(ends) == QUARTERS_USED and (ends[-1] - ends[0]).days <= TWO_YEARS_SPAN
    if is_two_years and min(len(last), len(before)) >= MIN_QUARTERS_A_YEAR:
        return float(
            np.median(last) - np.median(before)
        ), f"median of the year to {ends[-1]} less the year before"
    newest = next(iter(_changes(rows, len(rows) - 1)), None)
    return newest, f"quarter to {rows[-1]['period_end']} less the same a year before"


def _stability(changes: Sequence[float]) -> float | None:
    spread = mad(as_array(changes)) if len(changes) >= MIN_STABILITY_CHANGES else None
    return MAD_TO_SIGMA * spread if spread is not None else None


def _incremental(rows: Sequence[Mapping[str, object]]) -> tuple[float | None, float | None]:
    pairs = [
        (revenue, profit)
        for r in rows
        if (revenue := _num(r, "revenue")) is not None and (profit := _num(r, "gross_profit")) is not None
    ]
    if len(pairs) < MIN_INCREMENTAL_QUARTERS:
        return None, None
    x, y = (as_array(side) for side in zip(*pairs, strict=True))
    slope = theil_sen(x, y)
    return (slope, _slope_error(x, y, slope)) if slope is not None else (None, None)


def _slope_error(x: FloatArray, y: FloatArray, slope: float) -> float | None:
    scale, spread = robust_scale(y - slope * x), float(np.sqrt(np.sum((x - x.mean()) ** 2)))
    return scale / spread if scale is not None and spread > 0 else None


def period_kind(period: str) -> str | None:
    """Length of a published period as written: quarter, half, nine months or year; None when unclear."""
    if re.search(r"before|after|E$", period):
        return None
    for kind, pattern in (
        ("quarter", r"Q[1-4]|\b[A-Z][a-z]{2}-[A-Z][a-z]{2} \d{4}"),
        ("half", r"[12]H"),
        ("nine months", r"9M"),
        ("year", r"^FY|^\d{4}$"),
    ):
        if re.search(pattern, period):
            return kind
    return None


def _is_current(rows: Sequence[Mapping[str, object]], as_of: date) -> bool:
    ends = [end for r in rows if isinstance(end := r["period_end"], date)]
    return bool(ends) and (as_of - max(ends)).days <= PUBLISHED_MAX_AGE_DAYS


def _with_published(own: MarginEvidence, rows: Sequence[dict[str, object]]) -> MarginEvidence:
    rows = [r for r in rows if period_kind(str(r["period"])) is not None and r["period_end"] is not None]
    if own.level is not None or not rows:
        return own
    pairs = [(at, before) for at, row in enumerate(rows) if (before := _same_a_year_before(rows, at, row))]
    last, before = (rows[pairs[-1][0]], pairs[-1][1]) if pairs else (rows[-1], None)
    level, earlier = _num(rows[-1], "value"), _num(before, "value") if before is not None else None
    change = (_num(last, "value") or 0.0) - earlier if earlier is not None else None
    used = [r for r in (rows[-1], last, before) if r is not None]
    words, change_words = f"published for {rows[-1]['period']}", ""
    if before is not None:
        change_words = f"{last['period']} on {before['period']}"
        words += f", change {change_words}"
    days = [d for r in used if isinstance(d := r["known_at"], date)]
    return replace(
        own,
        level=level,
        change=change,
        basis=words,
        change_basis=change_words,
        change_end=end if before is not None and isinstance(end := last["period_end"], date) else None,
        known_at=max([*days, *([own.known_at] if own.known_at else [])], default=None),
        source="+".join(
            dict.fromkeys([str(r["source"]) for r in used] + ([own.source] if own.source else []))
        ),
    )


def _same_a_year_before(
    rows: Sequence[dict[str, object]], at: int, row: Mapping[str, object]
) -> Mapping[str, object] | None:
    kind = period_kind(str(row["period"]))
    alike = [r for r in rows[:at] if period_kind(str(r["period"])) == kind]
    return _year_before([*alike, row], len(alike), PUBLISHED_LOW, PUBLISHED_HIGH)


def published_words(margins: pl.DataFrame, *, as_of: date) -> dict[str, str]:
    """Return ticker -> its newest published margins of any metric, with period and source, in words."""
    known = margins.filter(pl.col("known_at").is_null() | (pl.col("known_at") <= as_of))
    words = {}
    for ticker, rows in _grouped(known, ["period_end", "known_at", "metric"]).items():
        newest = rows[::-1][:PUBLISHED_SHOWN]
        words[ticker] = "; ".join(
            f"{_words(r['metric'])} {_num(r, 'value') or 0.0:.1%} {r['period']} ({r['source']})"
            for r in newest
        )
    return words


def _words(key: object) -> str:
    return str(key).replace("_", " ")
