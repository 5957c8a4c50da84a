"""What the last year's spending brought: incremental margin, return and ROIC, self-funding, over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from models.capex_accounts import reported_sum
from models.payer_data import PayerData

__all__ = ["TAX_RATE", "WINDOWS", "return_rows"]

_BN = 1e9
_YEAR = 12
QUARTERS_A_YEAR = 4
# United States federal statutory rate since 2018; effective rates of the payers lie around it.
TAX_RATE = 0.21
# Two years of quarter ends: each is a twelve-month figure against the twelve months before.
WINDOWS = 8
# Below 2% growth the incremental margin divides by nearly nothing (methods, section 4, on the same ratio).
SMALLEST_GROWTH = 0.02
# Two quarter ends count as a year apart within about a month (52/53-week years, changed fiscal years).
YEAR_DAYS_LOW, YEAR_DAYS_HIGH = 330, 400
_CAVEAT = f"tax of {TAX_RATE:.0%} assumed; capex as reported, before proceeds and incentives"
_MEASURES = ("revenue", "operating_income", "capex", "operating_cash_flow")
_BALANCES = ("equity", "total_debt", "cash")


def return_rows(data: PayerData) -> list[dict[str, object]]:
    """Return the INCREMENTAL_RETURNS rows of a payer, one per quarter end, newest first.

    All flows are sums of four quarters; d is the change on the four quarters before::

        incremental margin = dOI / dRevenue
        incremental return = dOI (1 - tax) / capex of the year before
        incremental ROIC = dOI (1 - tax) / change of invested capital over the year before
        self-funding = capex / OCF, FCF = OCF - capex

    Invested capital is equity plus debt minus cash.

    Missing data: null with a reason when a quarter of either year is missing, when revenue moved by less
    than `SMALLEST_GROWTH`, and when a denominator is zero or less. A payer without quarters has one row.

    References: methods, section 3.
    """
    ends = [d for q in data.quarters if isinstance(d := q["period_end"], date)]
    rate = data.rate()
    rows = [
        _row(data, index, ends, rate)
        for index in range(len(ends) - 1, max(len(ends) - 1 - WINDOWS, -1), -1)
        if rate is not None
    ]
    known = [row for row in rows if row["revenue_bn_usd"] is not None or row["capex_bn_usd"] is not None]
    if known:
        return known
    reason = "no four quarters of revenue or capex in a row known"
    return [{"ticker": data.ticker, "kind": "estimate", "source": "none", "reason": reason}]


def _row(data: PayerData, index: int, ends: Sequence[date], rate: float | None) -> dict[str, object]:
    now = _year(data.quarters, ends[index], rate)
    before = _before(data, index, ends, rate)
    used = data.quarters[max(index - 2 * QUARTERS_A_YEAR + 1, 0) : index + 1]
    revenue, income, capex, ocf = (now[m] for m in _MEASURES)
    margin, margin_reason = _incremental_margin(now, before)
    gain = _after_tax(now, before)
    spent, grown = before["capex"], _invested_growth(data.quarters, index, ends, rate)
    reasons = {
        "incremental margin": margin_reason,
        "incremental return": _missing(gain, spent, "capex of the year before"),
        "incremental ROIC": _missing(gain, grown, "growth of invested capital"),
        "self-funding": _missing(capex, ocf, "operating cash flow"),
    }
    simulated = "simulated; " if data.is_simulated else ""
    known = [d for q in used if isinstance(d := q["known_at"], date)]
    return {
        "ticker": data.ticker, "period_end": ends[index], "revenue_bn_usd": revenue,
        "operating_income_bn_usd": income, "capex_bn_usd": capex, "ocf_bn_usd": ocf,
        "fcf_bn_usd": None if ocf is None or capex is None else ocf - capex,
        "incremental_margin": margin, "incremental_return": _ratio(gain, spent),
        "incremental_roic": _ratio(gain, grown), "self_funding": _ratio(capex, ocf),
        "kind": "estimate", "known_at": max(known, default=None),
        "source": "+".join(dict.fromkeys(s for q in used for s in str(q["source"]).split("+"))),
        "caveat": f"{simulated}{_CAVEAT}",
        "reason": "; ".join(f"{name}: {why}" for name, why in reasons.items() if why) or None,
    }  # fmt: skip


def _year(quarters: Sequence[Mapping[str, object]], end: date, rate: float | None) -> dict[str, float | None]:
    sums = {m: reported_sum(quarters, measure=m, end=end, months=_YEAR) for m in _MEASURES}
    return {m: None if v is None or rate is None else v * rate / _BN for m, v in sums.items()}


def _before(data: PayerData, index: int, ends: Sequence[date], rate: float | None) -> dict[str, float | None]:
    if not _is_year_apart(ends, index, index - QUARTERS_A_YEAR):
        return dict.fromkeys(_MEASURES)
    return _year(data.quarters[: index - QUARTERS_A_YEAR + 1], ends[index - QUARTERS_A_YEAR], rate)


def _is_year_apart(ends: Sequence[date], index: int, before: int) -> bool:
    """Return True when `before` is a row of `ends` and its quarter is the same one of the year before."""
    return before >= 0 and YEAR_DAYS_LOW <= (ends[index] - ends[before]).days <= YEAR_DAYS_HIGH


def _incremental_margin(
    now: Mapping[str, float | None], before: Mapping[str, float | None]
) -> tuple[float | None, str | None]:
    gain, grown = _change(now, before, "operating_income"), _change(now, before, "revenue")
    base = before["revenue"]
    if gain is None or grown is None or base is None or base <= 0:
        return None, "needs operating income and revenue of eight quarters"
    if abs(grown) < SMALLEST_GROWTH * base:
        return None, f"revenue moved by less than {SMALLEST_GROWTH:.0%}"
    return gain / grown, None


def _change(
    now: Mapping[str, float | None], before: Mapping[str, float | None], measure: str
) -> float | None:
    new, old = now[measure], before[measure]
    return None if new is None or old is None else new - old


def _after_tax(now: Mapping[str, float | None], before: Mapping[str, float | None]) -> float | None:
    gain = _change(now, before, "operating_income")
    return None if gain is None else gain * (1 - TAX_RATE)


def _invested_growth(
    quarters: Sequence[Mapping[str, object]], index: int, ends: Sequence[date], rate: float | None
) -> float | None:
    """Growth of invested capital over the year before the last four quarters, bn USD."""
    last, first = index - QUARTERS_A_YEAR, index - 2 * QUARTERS_A_YEAR
    if rate is None or not _is_year_apart(ends, index, last) or not _is_year_apart(ends, last, first):
        return None
    new, old = _invested(quarters[last]), _invested(quarters[first])
    return None if new is None or old is None else (new - old) * rate / _BN


def _invested(quarter: Mapping[str, object]) -> float | None:
    values = [v for name in _BALANCES if isinstance(v := quarter[name], float)]
    if len(values) < len(_BALANCES):
        return None
    equity, debt, cash = values
    return equity + debt - cash


def _ratio(top: float | None, bottom: float | None) -> float | None:
    return None if top is None or bottom is None or bottom <= 0 else top / bottom


def _missing(top: float | None, bottom: float | None, words: str) -> str | None:
    if top is None or bottom is None:
        return f"needs its numerator and {words}"
    return f"{words} is not positive" if bottom <= 0 else None
