"""Depreciation of a payer at other lives of servers than the stated one: the hidden charge."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from models.asset_classes import LAG_SPREAD
from models.fleet import Fleet, income_reason

__all__ = ["LIVES", "StepUp", "depreciation_rows", "step_up"]

# Lives of the research notes: 2 and 3 (technology turns), 4, 5 (Amazon) and 6 years (the others).
LIVES = (2, 3, 4, 5, 6)
SHORTEST = 3
# Low and high case are read as the ends of a 90% interval: 1.645 standard errors either side.
HALF_WIDTH = 1.645
_NO_LIFE = "no stated server life"


@dataclass(frozen=True)
class StepUp:
    """Hidden charge at a shorter life over operating income, or the reason why there is none."""

    value: float | None
    standard_error: float | None
    reason: str | None
    detail: str | None
    source: str | None
    known_at: date | None


def depreciation_rows(ticker: str, assets: Fleet | str) -> list[dict[str, object]]:
    """Return DEPRECIATION rows: the charge of the next four quarters at each life of servers.

    ``Dep(L) - Dep(L_book)``, both as if the life had always held; low and high by the case of spending.

    Missing data: null with a reason where capex, a stated life or a positive operating income is not
    known; the depreciation itself stands without the last two.

    References: methods, section 3; research note 001.
    """
    rows: list[dict[str, object]] = []
    for life in LIVES:
        row: dict[str, object] = {"ticker": ticker, "life_years": float(life)}
        if isinstance(assets, str):
            rows.append(row | {"source": "none", "reason": assets})
            continue
        row |= {
            "book_life_years": assets.book_life, "depreciation_bn_usd": assets.next_year("base", life=life),
            "source": assets.source, "caveat": f"{assets.path('base').words}; {assets.words}",
        }  # fmt: skip
        if assets.book_life is None:
            rows.append(row | {"reason": f"{_NO_LIFE}: no change against it"})
            continue
        rows.append(row | _change(assets, life))
    return rows


def _change(assets: Fleet, life: float) -> dict[str, object]:
    low, base, high = (_hidden(assets, case, life) for case in ("low", "base", "high"))
    income, reason = assets.income.operating_income, income_reason(assets.income)
    margin, _ = assets.cash_margin()
    return {
        "change_bn_usd": base, "change_low_bn_usd": low, "change_high_bn_usd": high,
        "change_to_operating_income": base / income if income is not None and reason is None else None,
        "revenue_needed_bn_usd": None if margin is None else base / margin, "reason": reason,
    }  # fmt: skip


def _hidden(assets: Fleet, case: str, life: float, longer_lag: float = 0.0) -> float:
    kept = assets.next_year(case, longer_lag=longer_lag)
    return assets.next_year(case, life=life, longer_lag=longer_lag) - kept


def step_up(assets: Fleet | str, *, life: float = SHORTEST) -> StepUp:
    """Return the hidden charge at `life` years of the next four quarters, over operating income.

    The standard error joins, as independent, the spread between low and high case (spending, servers'
    share) and between a lag one quarter shorter and longer, each read as a 90% interval (`HALF_WIDTH`).

    Missing data: None with a reason, as `depreciation_rows`.
    """
    if isinstance(assets, str):
        return StepUp(None, None, assets, None, None, None)
    reason, income = income_reason(assets.income), assets.income.operating_income
    if assets.book_life is None or reason is not None or income is None:
        why = _NO_LIFE if assets.book_life is None else reason
        return StepUp(None, None, why, None, assets.source, assets.known_at)
    low, base, high = (_hidden(assets, case, life) / income for case in ("low", "base", "high"))
    short, stated = assets.next_year("base", life=life), assets.next_year("base")
    detail = f"{short:.1f} bn over the next four quarters at {life:g} years against {stated:.1f} bn at "
    detail += (
        f"{assets.book_life:g}, over operating income {income:.1f} bn (low {low:.1%}, high {high:.1%}); "
    )
    detail += f"{assets.path('base').words}; {assets.words}"
    slow, fast = (_hidden(assets, "base", life, shift) / income for shift in (LAG_SPREAD, -LAG_SPREAD))
    error = math.hypot(high - low, fast - slow) / (2 * HALF_WIDTH)
    return StepUp(base, error, None, detail, assets.source, assets.known_at)
