"""Depreciation of a payer's capex at 3, 4, 5 and 6 years of life against its stated life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.capex_accounts import Account
from models.depreciation import SHORT_LIVED_SHARE, depreciation_to_capex
from models.payer import Payer

__all__ = ["LIVES", "StepUp", "depreciation_rows", "step_up"]

# The lives that the research notes discuss: 3 (technology turns), 5 (Amazon) and 6 years (the others).
LIVES = (3, 4, 5, 6)
SHORTEST = 3
# The formula assumes growth that lasts as long as the assets live. 40% a year for six years is sevenfold;
# a faster recent year is a ramp, not a steady state, and would understate depreciation. Below -20% the
# fleet is being run off and the steady state has no meaning either.
LOWEST_GROWTH, HIGHEST_GROWTH = -0.20, 0.40


@dataclass(frozen=True)
class StepUp:
    """Extra depreciation at 3 years over operating income, or the reason why there is none."""

    value: float | None
    reason: str | None
    detail: str | None
    source: str | None
    known_at: date | None


@dataclass(frozen=True)
class _Base:
    capex: float
    operating_income: float | None
    growth: float
    words: str
    source: str
    known_at: date | None

    def depreciation(self, life: float) -> float:
        return SHORT_LIVED_SHARE * self.capex * depreciation_to_capex(life, self.growth)


def _base(payer: Payer) -> _Base | str:
    """Twelve months of capex and, from the same account where there is one, operating income."""
    with_capex = [a for a in payer.accounts if a.capex is not None and a.capex > 0]
    # Where capex is published, simulated figures stay out altogether: the two are never set against.
    with_capex = [a for a in with_capex if not a.is_simulated] or with_capex
    if not with_capex:
        return "capex not known"
    if payer.growth is None:
        return "growth of capex not known: the steady-growth formula needs it"
    both = [a for a in with_capex if a.operating_income is not None]
    chosen = (both or with_capex)[0].annualised()
    alike = [a for a in payer.accounts if a.is_simulated == with_capex[0].is_simulated]
    income = both[0] if both else next((a for a in alike if a.operating_income is not None), None)
    growth = min(max(payer.growth[0], LOWEST_GROWTH), HIGHEST_GROWTH)
    capped = f", held at {growth:.0%}" if growth != payer.growth[0] else ""
    words = f"capex {chosen.capex:.1f} bn, {chosen.period}; {payer.growth[1]} {payer.growth[0]:.0%}{capped}"
    words += f"; {SHORT_LIVED_SHARE:.0%} of it short-lived (assumption from Microsoft's statement)"
    return _Base(
        capex=chosen.capex or 0.0,
        operating_income=income.annualised().operating_income if income is not None else None,
        growth=growth,
        words=words + _income_words(income, chosen),
        source="+".join(dict.fromkeys([chosen.source, *([income.source] if income else [])])),
        known_at=max((a.known_at for a in (chosen, income) if a and a.known_at), default=None),
    )


def _income_words(income: Account | None, chosen: Account) -> str:
    if income is None:
        return ""
    year = income.annualised()
    return "" if year.period == chosen.period else f"; operating income of {year.period}"


def depreciation_rows(payer: Payer) -> list[dict[str, object]]:
    """Return DEPRECIATION rows: yearly depreciation of the short-lived part of capex at each life.

    ``Dep(L) = share * capex * Dep/Capex(L, g)``; change is against the stated life.

    Missing data: null with a reason where capex, growth, a stated life or a positive operating income is
    not known; the depreciation itself stands without the last two.

    References: methods, section 3; research note 001.
    """
    base, book = _base(payer), payer.balances.book_life
    rows: list[dict[str, object]] = []
    for life in LIVES:
        row: dict[str, object] = {
            "ticker": payer.ticker,
            "life_years": float(life),
            "book_life_years": book.value if book else None,
        }
        if isinstance(base, str):
            rows.append(row | {"source": "none", "reason": base})
            continue
        row |= {"depreciation_bn_usd": base.depreciation(life), "source": base.source, "caveat": base.words}
        if book is None:
            rows.append(row | {"reason": "no stated server life: no change against it"})
            continue
        change = base.depreciation(life) - base.depreciation(book.value)
        row |= {"change_bn_usd": change, "source": f"{base.source}+{book.source}"}
        income, reason = base.operating_income, _income_reason(base.operating_income)
        share = change / income if income is not None and reason is None else None
        rows.append(row | {"change_to_operating_income": share, "reason": reason})
    return rows


def _income_reason(income: float | None) -> str | None:
    if income is None:
        return "operating income not known"
    return "operating income is not positive: no share of it" if income <= 0 else None


def step_up(payer: Payer, *, life: float = SHORTEST) -> StepUp:
    """Return the extra depreciation at `life` years against the stated life, over operating income.

    Missing data: None with a reason, as `depreciation_rows`.
    """
    base, book = _base(payer), payer.balances.book_life
    if isinstance(base, str):
        return StepUp(None, base, None, None, None)
    if book is None:
        return StepUp(None, "no stated server life", None, base.source, base.known_at)
    reason = _income_reason(base.operating_income)
    if reason is not None or base.operating_income is None:
        return StepUp(None, reason, None, base.source, base.known_at)
    short, stated = base.depreciation(life), base.depreciation(book.value)
    detail = f"{short:.1f} bn a year at {life:g} years against {stated:.1f} bn at {book.value:g}, over "
    detail += f"operating income {base.operating_income:.1f} bn; {base.words}"
    known = max((d for d in (base.known_at, book.known_at) if d), default=None)
    source = f"{base.source}+{book.source}"
    return StepUp((short - stated) / base.operating_income, None, detail, source, known)
