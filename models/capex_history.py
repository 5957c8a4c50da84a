"""Capital spending of a payer by quarter: what was reported or published, oldest first, in bn USD."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.capex_accounts import MONTHS_A_QUARTER, SAME_END_DAYS, Account
from models.payer_data import PayerData

__all__ = ["MIN_QUARTERS", "CapexHistory", "capex_history", "quarter_after"]

_BN = 1e9
# A year of quarters: one quarter says nothing of the level, since spending is seasonal and lumpy.
MIN_QUARTERS = 4
# A quarter that ended over a year and a month ago says nothing of today; balances are given as long.
MAX_AGE_DAYS = 400
# Two period ends are a quarter apart within about three weeks (52/53-week years, months of 28 to 31 days).
LONGEST_QUARTER_DAYS = 92 + SAME_END_DAYS
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class CapexHistory:
    """Spending by quarter without gaps.

    Parameters
    ----------
    spent
        bn USD, oldest first, at least `MIN_QUARTERS`.
    ends
        Period ends, as many.
    words
        What the figures are, with what was left out or spread.
    is_simulated
        True when they come from the simulated sample.
    """

    spent: tuple[float, ...]
    ends: tuple[date, ...]
    source: str
    known_at: date | None
    words: str
    is_simulated: bool

    def within(self, start: date, end: date) -> float:
        """Spending of the quarters that end after `start` and up to `end`, to within two weeks."""
        slack = timedelta(days=SAME_END_DAYS)
        inside = (start + slack < day <= end + slack for day in self.ends)
        return sum(amount for amount, is_inside in zip(self.spent, inside, strict=True) if is_inside)


def capex_history(data: PayerData) -> CapexHistory | str:
    """Return the spending by quarter, or the reason why there is none.

    Reported quarters come first; published figures where they are fewer than four, and before simulated
    quarters. Of quarters with a gap only those after it count. A published twelve months is spread evenly
    over the quarters that are not published on their own.

    Missing data: a reason in words, also when the newest quarter is older than `MAX_AGE_DAYS`.
    """
    reported, published = _reported(data), _published(data)
    found = [published, reported] if data.is_simulated else [reported, published]
    usable = next((f for f in found if isinstance(f, CapexHistory)), None)
    if usable is None:
        return "; ".join(dict.fromkeys(str(f) for f in (reported, published)))
    if (data.as_of - usable.ends[-1]).days > MAX_AGE_DAYS:
        return f"newest quarter of capex ended {usable.ends[-1]}, more than {MAX_AGE_DAYS} days ago"
    return usable if sum(usable.spent) > 0 else "no capital spending in the quarters known"


def _reported(data: PayerData) -> CapexHistory | str:
    rate = data.rate()
    known = [
        (day, spent, q)
        for q in data.quarters
        if isinstance(day := q["period_end"], date) and isinstance(spent := q["capex"], float) and spent >= 0
    ]
    if not known or rate is None:
        return "capex not known by the quarter"
    start = _start_of_run([day for day, _, _ in known])
    run = known[start:]
    if len(run) < MIN_QUARTERS:
        return f"capex of {len(run)} quarter(s) in a row known, {MIN_QUARTERS} needed"
    ends = tuple(day for day, _, _ in run)
    said = f", {start} older left out for a gap" if start else ""
    simulated = " simulated" if data.is_simulated else ""
    return CapexHistory(
        spent=tuple(spent * rate / _BN for _, spent, _ in run),
        ends=ends,
        source="+".join(dict.fromkeys(s for _, _, q in run for s in str(q["source"]).split("+"))),
        known_at=max((d for _, _, q in run if isinstance(d := q["known_at"], date)), default=None),
        words=f"{len(run)}{simulated} quarters of capex to {ends[-1]}{said}",
        is_simulated=data.is_simulated,
    )


def _start_of_run(ends: Sequence[date]) -> int:
    """Index from which the ends follow each other by a quarter up to the last one."""
    start = len(ends) - 1
    while start > 0 and (ends[start] - ends[start - 1]).days <= LONGEST_QUARTER_DAYS:
        start -= 1
    return start


def _published(data: PayerData) -> CapexHistory | str:
    group = [a for a in data.group() if a.capex is not None and a.capex >= 0]
    years = [a for a in group if a.months == _MONTHS_A_YEAR]
    quarters = {a.end: a for a in reversed(group) if a.months == MONTHS_A_QUARTER}
    if not years:
        return "no twelve months of capex published"
    newest = years[0]
    used, cells = [newest], _year_cells(newest, quarters)
    while (older := _year_before(cells[0][0], years)) is not None:
        used.append(older)
        cells = [*_year_cells(older, quarters), *cells]
    for end in sorted(quarters):
        if 0 < (end - cells[-1][0]).days <= LONGEST_QUARTER_DAYS and (end - newest.end).days > SAME_END_DAYS:
            used.append(quarters[end])
            cells.append((end, quarters[end].capex or 0.0))
    return CapexHistory(
        spent=tuple(amount for _, amount in cells),
        ends=tuple(end for end, _ in cells),
        source="+".join(dict.fromkeys(a.source for a in used)),
        known_at=max((a.known_at for a in used if a.known_at), default=None),
        words=f"capex published for {', '.join(dict.fromkeys(a.period for a in used))}, spread over quarters",
        is_simulated=False,
    )


def _year_before(first: date, years: Sequence[Account]) -> Account | None:
    start = quarter_after(first, -1)
    return next((a for a in years if abs((a.end - start).days) <= SAME_END_DAYS), None)


def _year_cells(year: Account, quarters: dict[date, Account]) -> list[tuple[date, float]]:
    """Four quarters of a year: published ones as they are, the rest evenly; all evenly if those exceed it."""
    ends = [quarter_after(year.end, -back) for back in (3, 2, 1, 0)]
    total = year.capex or 0.0
    own = {
        end: a.capex or 0.0
        for end in ends
        for day, a in quarters.items()
        if abs((day - end).days) <= SAME_END_DAYS
    }
    rest, open_ends = total - sum(own.values()), [end for end in ends if end not in own]
    if rest < 0 or (not open_ends and rest != 0):
        return [(end, total / len(ends)) for end in ends]
    return [(end, own[end] if end in own else rest / len(open_ends)) for end in ends]


def quarter_after(end: date, count: int) -> date:
    """Return the last day of the month `count` quarters after the month of `end` (before, when negative)."""
    months = end.year * _MONTHS_A_YEAR + end.month - 1 + MONTHS_A_QUARTER * count
    year, month = divmod(months, _MONTHS_A_YEAR)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])
