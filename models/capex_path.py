"""The quarterly path of a payer's spending: assumed before the history, planned or assumed after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from models.capex_accounts import SAME_END_DAYS, in_bn_usd, is_group
from models.capex_history import CapexHistory, quarter_after
from models.payer_data import PayerData
from models.vintages import QUARTERS_A_YEAR

__all__ = ["BACK_QUARTERS", "CASES", "HORIZON", "CapexPath", "CapexPlan", "capex_path", "capex_plans"]

CASES = ("low", "base", "high")
# Twelve quarters ahead: the horizon of the depreciation wall (methods, section 3).
HORIZON = 12
# Quarters assumed before the history: buildings of 25 years that were a year in construction (below).
BACK_QUARTERS = 4 * 27
# Growth a year of spending before the first known quarter. The big four grew between a tenth and a third a
# year through the 2010s; only buildings and the oldest servers of today's charge depend on it.
GROWTH_BEFORE = 0.20
# Growth a year after the last planned quarter. Low: spending levels off. High: Amazon's 24% a year from the
# twelve months to March 2022 (64 bn) to those to March 2026 (151 bn). Base: in between, nearer to low, as
# plans for 2026 stand far above 2025 already.
GROWTH_AFTER = {"low": 0.0, "base": 0.10, "high": 0.25}
# A plan given as one number is met to within a tenth: Meta's range of 125-145 is 7% either side, and was
# moved up by 8% within a quarter (115-135 before).
PLAN_SPREAD = 0.10
# Published figures may hold finance leases that reported purchases leave out; a difference within 2% is
# rounding.
SAME_PERIMETER = 0.02
_PLAN_MONTHS = (12, 3)
_QUARTER_DAYS = 365.25 / QUARTERS_A_YEAR


@dataclass(frozen=True)
class CapexPlan:
    """Stated spending of a period that ends after the history, bn USD on the perimeter of the history."""

    start: date
    end: date
    amounts: tuple[float, float, float]
    source: str
    known_at: date | None
    words: str

    @property
    def quarters(self) -> int:
        """Quarters in the period."""
        return round((self.end - self.start).days / _QUARTER_DAYS)

    def amount(self, case: str) -> float:
        """Return the amount of a case."""
        return self.amounts[CASES.index(case)]


@dataclass(frozen=True)
class CapexPath:
    """Spending by quarter from `BACK_QUARTERS` before the history to `HORIZON` after it, bn USD.

    `today` is the index of the last known quarter; `words` say what stands behind each stretch; `plans`
    are those that were used.
    """

    spent: tuple[float, ...]
    today: int
    last: date
    words: str
    plans: tuple[CapexPlan, ...] = ()

    def end(self, ahead: int) -> date:
        """Return the end of the quarter `ahead` of the last known one."""
        return self.last if ahead == 0 else quarter_after(self.last, ahead)

    def ahead(self, quarter: int) -> float:
        """Return the spending of the quarter `quarter` ahead of the last known one."""
        return self.spent[self.today + quarter]


def capex_plans(data: PayerData, figures: pl.DataFrame, history: CapexHistory) -> list[CapexPlan]:
    """Return the plans that reach past the history, twelve months first and newest first.

    A plan is put on the perimeter of the history: times reported over published spending of the same
    periods, where the two differ (finance leases).

    Missing data: an empty list without guidance of a twelve-month or quarterly period, and for simulated
    spending, which is never set against a real plan.
    """
    if history.is_simulated:
        return []
    own = figures.filter(
        (pl.col("node") == data.ticker)
        & pl.col("metric").is_in(["capex_guidance", "capex"])
        & pl.col("superseded_by").is_null()
        & pl.col("period_end").is_not_null()
        & pl.col("period_months").is_in(list(_PLAN_MONTHS))
        & (pl.col("known_at").is_null() | (pl.col("known_at") <= data.as_of))
    ).sort("period_months", "known_at", "figure_id", descending=True, nulls_last=True)
    rows = [r for r in own.iter_rows(named=True) if is_group(str(r["subject"]), data.name)]
    ratio, said = _perimeter([r for r in rows if r["metric"] == "capex"], data, history)
    plans = [_plan(r, data, ratio, said) for r in rows if r["metric"] == "capex_guidance"]
    return [p for p in plans if p is not None and p.end > history.ends[-1] + timedelta(days=SAME_END_DAYS)]


def _perimeter(
    published: list[dict[str, object]], data: PayerData, history: CapexHistory
) -> tuple[float, str]:
    """Reported over published spending, summed over the periods that have both; 1 where none has."""
    above = below = 0.0
    for row in published:
        end, months, value = row["period_end"], row["period_months"], in_bn_usd(row, data.fx_to_usd)
        if not isinstance(end, date) or not isinstance(months, int) or value is None:
            continue
        start, need = quarter_after(end, -months // 3), months // 3
        slack = timedelta(days=SAME_END_DAYS)
        if sum(start + slack < day <= end + slack for day in history.ends) == need:
            above, below = above + history.within(start, end), below + value
    if below <= 0 or above <= 0 or abs(above / below - 1) <= SAME_PERIMETER:
        return 1.0, ""
    ratio = above / below
    return ratio, f", times {ratio:.2f} (reported purchases over published capex; the rest, leases, left out)"


def _plan(row: dict[str, object], data: PayerData, ratio: float, said: str) -> CapexPlan | None:
    values = [in_bn_usd(row | {"value": row[key]}, data.fx_to_usd) for key in ("low", "value", "high")]
    low, base, high = values
    if base is None and low is not None and high is not None:
        base = (low + high) / 2
    end, months, known = row["period_end"], row["period_months"], row["known_at"]
    if base is None or base < 0 or not isinstance(end, date) or not isinstance(months, int):
        return None
    low = base * (1 - PLAN_SPREAD) if low is None else low
    high = base * (1 + PLAN_SPREAD) if high is None else high
    return CapexPlan(
        start=quarter_after(end, -months // 3),
        end=end,
        amounts=(low * ratio, base * ratio, high * ratio),
        source=str(row["source"]),
        known_at=known if isinstance(known, date) else None,
        words=f"plan for {row['period']} {low:.0f}/{base:.0f}/{high:.0f} bn{said}",
    )


def capex_path(
    history: CapexHistory, plans: list[CapexPlan], *, case: str, capex_cut: float = 0.0
) -> CapexPath:
    """Return the path of one case.

    Before the history: its first year's mean, falling by `GROWTH_BEFORE` a year into the past. After it:
    what a plan leaves to spend, spread evenly over the quarters left; then the last quarter's level (the
    last year's mean without a plan) growing at `GROWTH_AFTER`.

    Parameters
    ----------
    history, plans
        Of one payer.
    case
        low, base or high.
    capex_cut
        Scenario fall of what is still to be spent (fraction).

    Missing data: not allowed. A plan that is spent already is left out, and the words say so.
    """
    first = sum(history.spent[:QUARTERS_A_YEAR]) / QUARTERS_A_YEAR
    middle = (QUARTERS_A_YEAR - 1) / 2
    before = [
        first * (1 + GROWTH_BEFORE) ** (-(back + middle) / QUARTERS_A_YEAR)
        for back in range(BACK_QUARTERS, 0, -1)
    ]
    ahead, used, words = _ahead(history, plans, case)
    after = [amount * (1 - capex_cut) for amount in ahead]
    cut = f"; scenario: {-capex_cut:+.0%} of what is still to be spent" if capex_cut else ""
    said = f"{history.words}; before that assumed to have grown {GROWTH_BEFORE:.0%} a year; {words}{cut}"
    return CapexPath(
        spent=(*before, *history.spent, *after),
        today=BACK_QUARTERS + len(history.spent) - 1,
        last=history.ends[-1],
        words=said,
        plans=used,
    )


def _ahead(
    history: CapexHistory, plans: list[CapexPlan], case: str
) -> tuple[list[float], tuple[CapexPlan, ...], str]:
    recent = history.spent[-QUARTERS_A_YEAR:]
    level, growth = sum(recent) / len(recent), (1 + GROWTH_AFTER[case]) ** (1 / QUARTERS_A_YEAR)
    ends = [quarter_after(history.ends[-1], h) for h in range(1, HORIZON + 1)]
    planned, used, said = _planned(history, plans, ends, case)
    amounts: list[float] = []
    for index in range(HORIZON):
        level = planned[index] if index in planned else level * growth
        amounts.append(level)
    words = "; ".join([*said, f"after that {GROWTH_AFTER[case]:.0%} a year (assumption)"])
    return amounts, used, words


def _planned(
    history: CapexHistory, plans: list[CapexPlan], ends: list[date], case: str
) -> tuple[dict[int, float], tuple[CapexPlan, ...], list[str]]:
    """Quarter index -> planned spending; a quarter belongs to the first plan that covers it."""
    planned: dict[int, float] = {}
    said: list[str] = []
    used: list[CapexPlan] = []
    slack = timedelta(days=SAME_END_DAYS)
    for plan in plans:
        inside = [i for i, end in enumerate(ends) if plan.start + slack < end <= plan.end + slack]
        free = [i for i in inside if i not in planned]
        known = sum(plan.start + slack < day <= plan.end + slack for day in history.ends)
        if not free or len(free) < len(inside) or known + len(inside) < plan.quarters:
            continue
        left = plan.amount(case) - history.within(plan.start, plan.end)
        if left <= 0:
            said.append(f"{plan.words} is spent already and left out")
            continue
        planned |= dict.fromkeys(inside, left / len(inside))
        used.append(plan)
        said.append(plan.words)
    return planned, tuple(used), said or ["no plan stated"]
