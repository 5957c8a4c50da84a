"""Warranted multiple: what the cross-section pays for a company's growth, profitability and risk."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from models.cross_section import FloatArray
from models.cyclical_guard import NOT_AT_PEAK, Guard, cyclical_guard
from models.tables import WARRANTED
from models.trailing_panel import TrailingPanel
from models.warranted_fit import CrossSection, Observation, choose_columns, fit_cross_section, names_needed

__all__ = ["MULTIPLES_USED", "multiple_used", "own_margins", "warranted"]

MULTIPLES_USED = ("forward_pe", "trailing_pe", "ev_to_sales")
# The fallback multiples are only compared in a cross-section of at least this size.
MIN_FALLBACK_NAMES = 15
# Refits for names that lack a regressor: beyond a few patterns every name would have its own model.
MAX_PATTERNS = 4
# Debt/equity beyond 3 says "hardly any equity", not "three times as levered".
LEVERAGE_CAP = 3.0
# Share of names that must have a beta before it stands for risk in place of volatility.
BETA_COVERAGE = 0.70
# Share of the names with a forward P/E that must have like-for-like EPS growth (FY2 on FY1); below it the
# expected growth of revenue stands for growth in every row, since a mixture of the two is no regressor.
EPS_GROWTH_COVERAGE = 0.70
# Forward EPS of different bases (NTM, next fiscal year, a vendor's own) differ in level: a basis with at
# least five names gets its own intercept, one with fewer cannot be told apart from its names.
MIN_NAMES_OF_A_BASIS = 5
# exp(10) = 22,000 times: a fitted log multiple beyond this is an extrapolation, not a value.
LARGEST_LOG_MULTIPLE = 10.0
_GROWTH, _MARGIN, _RISK, _LEVERAGE, _SIZE = "growth", "operating_margin", "risk", "leverage", "size"
_CANDIDATES = (_GROWTH, _MARGIN, _RISK, _LEVERAGE, _SIZE)


@dataclass(frozen=True)
class _Name:
    ticker: str
    used: str
    multiple: float
    guard: Guard


def multiple_used(row: Mapping[str, object]) -> str | None:
    """Return the first defined multiple of a PANEL row: forward P/E, trailing P/E, EV/sales; else None."""
    for name in MULTIPLES_USED:
        value = row[name]
        if isinstance(value, float) and value > 0:
            return name
    return None


def own_margins(quarters: pl.DataFrame) -> dict[str, FloatArray]:
    """Return ticker -> operating margins of its quarters with positive revenue (fraction)."""
    usable = quarters.filter((pl.col("revenue") > 0) & pl.col("operating_income").is_not_null())
    margins = usable.sort("ticker", "period_end").select(
        "ticker", margin=pl.col("operating_income") / pl.col("revenue")
    )
    return {
        str(key[0]): part.get_column("margin").to_numpy()
        for key, part in margins.partition_by("ticker", as_dict=True).items()
    }


def warranted(
    *,
    panel: pl.DataFrame,
    quarters: pl.DataFrame,
    growth_change: Mapping[str, float],
    multiple_change: Mapping[str, float],
    trailing: TrailingPanel | None = None,
) -> pl.DataFrame:
    """Fit the cross-section and return each company's premium over what it warrants.

    ``m_i = a + x_i'b + u_i`` under Huber loss, x winsorised at 2.5/97.5, x = the available of expected
    growth (`growth_measure`), operating margin, beta (else volatility), debt/equity, ln market cap, and
    an intercept for each basis of forward EPS. Fitted once for each multiple, over every name for which
    that multiple is defined (a loss-maker's EV/sales is judged against all EV/sales), names at a cyclical
    peak left out.

    Parameters
    ----------
    panel, quarters
        `PANEL`, `QUARTERS`.
    growth_change, multiple_change
        Ticker -> scenario change of growth (additive) and of the log multiple. They move the company on
        the unchanged cross-section.
    trailing
        The panel of trailing multiples. With eight dates of it, trailing P/E are judged on its coefficients,
        pooled over dates, and on its regressors (growth of the trailing year, size by revenue); the level is
        the day's own. Forward P/E and EV/sales have no such history of what was expected: theirs is the day's
        own cross-section.

    Returns
    -------
    DataFrame
        `WARRANTED`, one row a panel ticker. The band holds the middle half of the names
        (`CrossSection.band`); residual_se is the standard error of the fitted value. At a cyclical peak
        `warranted` is what normalised earnings warrant, stated per current earnings, so
        ``residual = ln(multiple / warranted)`` in every row.

    Missing data: a name that lacks a regressor is judged by a refit on those it has (at most four
    patterns, growth or margin among them); otherwise null with a reason.

    References
    ----------
    Methods, section 2.2; Bhojraj and Lee 2002, JAR 40:407.
    """
    rows = panel.sort("ticker").to_dicts()
    margins = own_margins(quarters)
    risk = "beta" if _coverage(rows, "beta") >= BETA_COVERAGE else "volatility"
    growth = growth_measure(rows)
    found: dict[str, dict[str, object]] = {}
    chosen = {str(row["ticker"]): multiple_used(row) for row in rows}
    majority = Counter(used for used in chosen.values() if used).most_common(1)
    for used in MULTIPLES_USED:
        pooled = trailing if used == "trailing_pe" and trailing is not None and trailing.level else None
        known = None if pooled is None else pooled.today()
        inputs = _Inputs(used, growth, risk, margins, growth_change, multiple_change, known)
        sample = [o for row in rows if (o := inputs.observation(row)) is not None]
        least = 0 if majority and majority[0][0] == used else MIN_FALLBACK_NAMES
        targets = [row for row in rows if chosen[str(row["ticker"])] == used]
        found |= _judge(sample, [inputs.target(row) for row in targets], least, pooled)
    return WARRANTED.frame([found.get(str(row["ticker"])) or _undefined(row) for row in rows])


def _coverage(rows: Sequence[Mapping[str, object]], name: str) -> float:
    return sum(row[name] is not None for row in rows) / len(rows) if rows else 0.0


def _undefined(row: Mapping[str, object]) -> dict[str, object]:
    why = row["reason"] or "no multiple is defined: neither positive EPS nor EV/sales is known"
    return {"ticker": row["ticker"], "is_cyclical_peak": False, "reason": why}


def _float(row: Mapping[str, object], name: str) -> float | None:
    value = row[name]
    return float(value) if isinstance(value, (int, float)) else None


def growth_measure(rows: Sequence[Mapping[str, object]]) -> str:
    """Return the PANEL column that stands for expected growth: eps_growth where most names have it.

    Among the names with a forward P/E, 70% must have growth of EPS; else revenue_growth_forward.
    """
    forward = [row for row in rows if row["forward_pe"] is not None]
    return (
        "eps_growth" if _coverage(forward, "eps_growth") >= EPS_GROWTH_COVERAGE else "revenue_growth_forward"
    )


def _regressors(row: Mapping[str, object], used: str, growth_name: str, risk: str) -> dict[str, float]:
    debt, equity, cap = (_float(row, n) for n in ("debt_usd", "equity_usd", "market_cap_usd"))
    if used == "ev_to_sales":
        forward = _float(row, "revenue_growth_forward")
        growth = forward if forward is not None else _float(row, "revenue_growth")
    else:
        growth = _float(row, growth_name)
    leverage = None
    if debt is not None and equity is not None and equity > 0:
        leverage = min(max(debt / equity, 0.0), LEVERAGE_CAP)
    values = {
        _GROWTH: growth,
        _MARGIN: _float(row, "operating_margin"),
        _RISK: _float(row, risk),
        _LEVERAGE: leverage,
        _SIZE: math.log(cap) if cap is not None and cap > 0 else None,
    }
    x = {name: value for name, value in values.items() if value is not None}
    if used == "forward_pe":
        x[f"basis {row['eps_forward_basis']}"] = 1.0
    return x


@dataclass(frozen=True)
class _Inputs:
    used: str
    growth: str
    risk: str
    margins: Mapping[str, FloatArray]
    growth_change: Mapping[str, float]
    multiple_change: Mapping[str, float]
    known: Mapping[str, Mapping[str, float]] | None
    """Ticker -> regressors of the panel of trailing multiples, where that judges this multiple."""

    def regressors(self, row: Mapping[str, object]) -> dict[str, float]:
        if self.known is not None:
            return dict(self.known.get(str(row["ticker"]), {}))
        return _regressors(row, self.used, self.growth, self.risk)

    def guard(self, row: Mapping[str, object], multiple: float) -> Guard:
        if self.used == "ev_to_sales":
            return NOT_AT_PEAK
        margin, own = _float(row, "operating_margin"), self.margins.get(str(row["ticker"]), np.empty(0))
        if self.used == "forward_pe" and own.size and margin is not None:
            margin = max(margin, float(own[-1]))
        return cyclical_guard(
            multiple=multiple,
            eps_peak_ratio=_float(row, "eps_peak_ratio"),
            operating_margin=margin,
            margins=own,
        )

    def observation(self, row: Mapping[str, object]) -> Observation | None:
        """The company as it enters the fit: no scenario, and not at a cyclical peak."""
        multiple = _float(row, self.used)
        if multiple is None or multiple <= 0 or self.guard(row, multiple).is_peak:
            return None
        return Observation(str(row["ticker"]), math.log(multiple), self.regressors(row))

    def target(self, row: Mapping[str, object]) -> tuple[_Name, Observation]:
        """The company as it is judged: with the scenario, at a peak with its median margin."""
        ticker, multiple = str(row["ticker"]), _float(row, self.used) or 0.0
        guard = self.guard(row, multiple)
        multiple *= math.exp(self.multiple_change.get(ticker, 0.0))
        x = self.regressors(row)
        if _GROWTH in x:
            x[_GROWTH] += self.growth_change.get(ticker, 0.0)
        if guard.margin is not None:
            x[_MARGIN] = guard.margin
        return _Name(ticker, self.used, multiple, guard), Observation(ticker, math.log(multiple), x)


def _with_bases(
    sample: Sequence[Observation], targets: Iterable[tuple[_Name, Observation]]
) -> tuple[list[Observation], list[tuple[_Name, Observation | None]], list[str]]:
    """Turn the marks of EPS bases into indicator columns against the commonest one."""
    marks = Counter(m for o in sample for m in o.x if m.startswith("basis "))
    common = [m for m, count in marks.most_common() if count >= MIN_NAMES_OF_A_BASIS]
    allowed, indicators = set(common) or set(marks), common[1:]

    def recode(o: Observation) -> Observation | None:
        own = [m for m in o.x if m.startswith("basis ")]
        if own and own[0] not in allowed:
            return None
        x = {k: v for k, v in o.x.items() if not k.startswith("basis ")}
        return Observation(o.ticker, o.log_multiple, x | {m: float(m in own) for m in indicators})

    kept = [r for o in sample if (r := recode(o)) is not None]
    return kept, [(name, recode(o)) for name, o in targets], indicators


def _judge(
    sample: Sequence[Observation],
    targets: Iterable[tuple[_Name, Observation]],
    least: int,
    pooled: TrailingPanel | None,
) -> dict[str, dict[str, object]]:
    kept, recoded, indicators = _with_bases(sample, targets)
    entered = choose_columns(kept, (*indicators, *_CANDIDATES)) if pooled is None else pooled.columns
    patterns = Counter(tuple(c for c in entered if c in o.x) for _, o in recoded if o is not None)
    usable = [p for p, _ in patterns.most_common() if _GROWTH in p or _MARGIN in p][:MAX_PATTERNS]
    fit = partial(fit_cross_section, kept) if pooled is None else partial(pooled.cross_section, kept)
    fits = {p: fit(p) for p in usable} if len(kept) >= least else {}
    rows = {}
    for name, o in recoded:
        pattern = tuple(c for c in entered if o is not None and c in o.x)
        section = fits.get(pattern) if o is not None else None
        missing = [c for c in entered if c not in pattern]
        reason = _reason(name, o, missing, len(kept), least)
        rows[name.ticker] = _row(name, o, section, reason)
    return rows


def _reason(name: _Name, o: Observation | None, missing: Sequence[str], n: int, least: int) -> str:
    needed = max(least, names_needed(2))
    if o is None:
        return f"its forward EPS is on a basis that fewer than {MIN_NAMES_OF_A_BASIS} names share"
    if n < needed:
        return f"only {n} names have {name.used}; the cross-section needs {needed}"
    if missing:
        return f"{' and '.join(missing)} not known, and no cross-section without"
    return "no regressor with variation is known for enough names"


def _row(name: _Name, o: Observation | None, section: CrossSection | None, reason: str) -> dict[str, object]:
    row: dict[str, object] = {
        "ticker": name.ticker,
        "multiple_used": name.used,
        "multiple": name.multiple,
        "is_cyclical_peak": name.guard.is_peak,
        "guard": name.guard.text,
    }
    if section is None or o is None:
        return row | {"reason": reason}
    row |= {"n": section.n, "dates": section.dates}
    if section.fit.scale <= 0:
        return row | {"reason": f"the {section.n} multiples have no dispersion around the fit"}
    if name.guard.is_peak and name.guard.normalisation is None:
        return row | {"reason": f"cyclical guard: {name.guard.text}"}
    fitted, error = section.evaluate(o.x)
    fitted += math.log(name.guard.normalisation or 1.0)
    if abs(fitted) > LARGEST_LOG_MULTIPLE:
        return row | {"reason": f"the fit gives ln multiple {fitted:.1f}: an extrapolation"}
    low, high, basis = section.band(o.x)
    return row | {
        "warranted": math.exp(fitted),
        "low": math.exp(fitted + low),
        "high": math.exp(fitted + high),
        "band_basis": basis,
        "residual_scale": section.fit.scale,
        "residual": math.log(name.multiple) - fitted,
        "residual_se": error,
    }
