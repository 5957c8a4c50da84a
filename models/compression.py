"""Multiple compression: what happened, what is warranted, what is expected, as tables and components."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from models.cross_section import mid_rank_percentile
from models.decomposition import EPS_TOLERANCE, decomposition, shift_multiples
from models.forecast import Forecast, forecast
from models.multiple_history import History, history
from models.scenario_shift import shifts_by_ticker
from models.tables import COMPONENTS, PANEL_FIT, WARRANTED
from models.trailing_panel import TrailingPanel, panel_fit_table, trailing_panel
from models.warranted import growth_measure, warranted

__all__ = ["CompressionResult", "compression"]

# Observed compression looks back half a year at most: longer, and the fiscal year under the multiple has
# changed. Revisions look back one quarter, the span in which estimates of one fiscal year are revised.
OBSERVED_WEEKS, REVISION_WEEKS = 26, 13
# Under a year of weeks a percentile says where the quarter stands, not where the company stands.
MIN_HISTORY_WEEKS = 52
NO_EARNINGS = "EPS not positive: EV/sales is shown, but a multiple of sales cannot shrink while earnings hold"
# Stripped and reported EPS that differ by more than 1% differ by a gain worth naming.
STRIPPED_SHARE = 0.01


@dataclass(frozen=True)
class CompressionResult:
    """Frames declared in `models.tables`: DECOMPOSITION, WARRANTED, FORECAST, COMPONENTS, PANEL_FIT."""

    decomposition: pl.DataFrame
    warranted: pl.DataFrame
    forecast: pl.DataFrame
    components: pl.DataFrame
    panel_fit: pl.DataFrame
    trailing: TrailingPanel | None = None
    """The regressions behind it, for another run on the same multiples."""


def compression(
    *,
    panel: pl.DataFrame,
    multiples: pl.DataFrame,
    quarters: pl.DataFrame,
    memberships: pl.DataFrame,
    as_of: date,
    growth_change: Mapping[str, float] | None = None,
    multiple_change: Mapping[str, float] | None = None,
    multiple_panel: pl.DataFrame | TrailingPanel | None = None,
    tickers: Collection[str] | None = None,
) -> CompressionResult:
    """Measure multiple compression for every company of the panel.

    Parameters
    ----------
    panel, multiples, quarters
        `PANEL`, `MULTIPLES`, `QUARTERS`, as known on `as_of`.
    memberships
        `MEMBERSHIPS`: resolves the segments that a scenario names.
    as_of
        Date of the screen.
    growth_change, multiple_change
        Ticker or segment -> scenario change of expected growth (additive fraction) and of the log multiple
        (a price move at unchanged EPS).
    multiple_panel
        `MULTIPLE_PANEL`, or the regressions of an earlier run on it (no scenario moves them); None: the
        day's own cross-section, and the multiples as they are.
    tickers
        Companies that DECOMPOSITION and COMPONENTS tell of; None: all. Every fit rests on all companies.

    Returns
    -------
    CompressionResult
        The components are premium_over_warranted, expected_multiple_change, compression_observed,
        own_history_position, implied_growth_gap, valuation_gap and eps_revision, one row a ticker each.

    Missing data: null with a reason in every frame. EPS that was cut gives no compression_observed (it is
    a de-rating); at a cyclical peak neither a fall of the multiple nor its place in its own history says
    anything, so both are null.

    Premiums and expected changes of trailing P/E are brought to the spread of the forward P/E's
    cross-section before they are ranked together. A company without positive EPS falls back to EV/sales for
    level and change; its premium is told but not ranked, or it would lead the screen for having no earnings
    (methods 2.1 keeps EV/sales out of the ranking too).

    References
    ----------
    Methods, section 2; research note 000.
    """
    growth = shifts_by_ticker(growth_change, memberships)
    moves = shifts_by_ticker(multiple_change, memberships)
    shifted = shift_multiples(multiples, as_of=as_of, shifts=moves)
    told = panel.sort("ticker")
    if tickers is not None:
        shifted, told = (f.filter(pl.col("ticker").is_in(list(tickers))) for f in (shifted, told))
    split = decomposition(multiples=shifted, as_of=as_of)
    past = (
        trailing_panel(multiple_panel, as_of=as_of)
        if isinstance(multiple_panel, pl.DataFrame)
        else multiple_panel
    )
    level = warranted(
        panel=panel, quarters=quarters, growth_change=growth, multiple_change=moves, trailing=past
    )
    ahead = forecast(
        panel=panel,
        multiples=multiples,
        warranted=level,
        as_of=as_of,
        multiple_change=moves,
        trailing=past,
    )
    context = _Context(
        splits=_by_ticker(split),
        warranted={str(r["ticker"]): r for r in level.iter_rows(named=True)},
        forecasts={str(r["ticker"]): r for r in ahead.table.iter_rows(named=True)},
        ahead=ahead,
        histories={b: history(multiples=shifted, as_of=as_of, basis=b) for b in ("forward", "trailing")},
        sources=_sources(multiples, as_of),
        growth=growth,
        growth_column=growth_measure(panel.to_dicts()),
        narrowing=_narrowing(level),
    )
    rows = [make(row, context) for row in told.iter_rows(named=True) for make in _COMPONENTS]
    components = COMPONENTS.frame(rows)
    fit = PANEL_FIT.empty() if past is None else panel_fit_table(past)
    return CompressionResult(split, _with_ranked(level, components), ahead.table, components, fit, past)


@dataclass(frozen=True)
class _Context:
    splits: Mapping[str, list[dict[str, object]]]
    warranted: Mapping[str, Mapping[str, object]]
    forecasts: Mapping[str, Mapping[str, object]]
    ahead: Forecast
    histories: Mapping[str, History]
    sources: Mapping[tuple[str, str], str]
    growth: Mapping[str, float]
    growth_column: str
    """PANEL column that stands for expected growth in this run, as in the cross-section."""
    narrowing: Mapping[str, float]
    """Multiple -> spread of the forward P/E's residuals over that of its own, at most 1."""

    def factor(self, ticker: str) -> float:
        """What brings a residual of this company's multiple to the spread of the forward P/E's."""
        return self.narrowing.get(str(self.warranted[ticker]["multiple_used"]), 1.0)


_Row = Mapping[str, object]


def _with_ranked(level: pl.DataFrame, components: pl.DataFrame) -> pl.DataFrame:
    ranked = components.filter(pl.col("component") == "premium_over_warranted").select(
        "ticker", pl.col("value").alias("ranked_residual")
    )
    return WARRANTED.conform(level.drop("ranked_residual").join(ranked, on="ticker", how="left"))


def _narrowing(level: pl.DataFrame) -> dict[str, float]:
    fitted = level.filter(pl.col("residual").is_not_null() & ~pl.col("is_cyclical_peak"))
    scales = fitted.group_by("multiple_used").agg(pl.col("residual_scale").median())
    by_kind = {kind: scale for kind, scale in scales.iter_rows() if scale is not None and scale > 0}
    reference = by_kind.get("forward_pe")
    if reference is None:
        return {}
    return {kind: float(np.minimum(1.0, reference / scale)) for kind, scale in by_kind.items()}


def _by_ticker(split: pl.DataFrame) -> dict[str, list[dict[str, object]]]:
    grouped: dict[str, list[dict[str, object]]] = {}
    for row in split.iter_rows(named=True):
        grouped.setdefault(str(row["ticker"]), []).append(row)
    return grouped


def _sources(multiples: pl.DataFrame, as_of: date) -> dict[tuple[str, str], str]:
    now = multiples.filter(pl.col("date") == as_of).select("ticker", "basis", "estimate_source")
    return {(ticker, basis): source for ticker, basis, source in now.iter_rows()}


def _component(row: _Row, key: str, kind: str, **values: object) -> dict[str, object]:
    return {
        "ticker": row["ticker"], "component": key, "kind": kind, "known_at": _newest(row),
        "source": row["source"], **values,
    }  # fmt: skip


def _newest(row: _Row) -> date | None:
    names = ("price_date", "eps_forward_known_at", "eps_ttm_known_at", "statement_known_at")
    days = [day for name in names if isinstance(day := row[name], date)]
    return max(days, default=None)


def _num(value: object) -> float | None:
    return value if isinstance(value, float) else None


def _premium(row: _Row, context: _Context) -> dict[str, object]:
    return _component(row, "premium_over_warranted", "estimate", **_premium_values(row, context, +1))


def _valuation_gap(row: _Row, context: _Context) -> dict[str, object]:
    return _component(row, "valuation_gap", "estimate", **_premium_values(row, context, -1))


def _premium_values(row: _Row, context: _Context, sign: int) -> dict[str, object]:
    level = context.warranted[str(row["ticker"])]
    residual = _num(level["residual"])
    if residual is None:
        return {"reason": level["reason"]}
    detail = f"{level['multiple_used']} {level['multiple']:.1f}x against {level['warranted']:.1f}x warranted"
    detail += f" ({level['low']:.1f}-{level['high']:.1f}x, {level['n']} names{_pooled_over(level)})"
    if level["guard"]:
        detail += f"; {level['guard']}"
    detail += _stripped(row)
    if level["multiple_used"] == "ev_to_sales":
        return {"reason": f"{NO_EARNINGS}: {detail}"}
    factor = context.factor(str(row["ticker"]))
    if factor < 1:
        detail += f"; premium {residual:+.2f} x {factor:.2f}, the spread of forward P/E over this multiple's"
    error = _num(level["residual_se"])
    return {
        "value": sign * residual * factor,
        "standard_error": None if error is None else error * factor,
        "detail": detail,
    }


def _pooled_over(level: _Row) -> str:
    return (
        f", coefficients of {dates} quarters"
        if isinstance(dates := level["dates"], int) and dates > 1
        else ""
    )


def _stripped(row: _Row) -> str:
    clean, reported = _num(row["eps_ttm"]), _num(row["eps_ttm_reported"])
    if clean is None or reported is None or abs(clean - reported) <= STRIPPED_SHARE * abs(reported):
        return ""
    return f"; trailing EPS {clean:.2f} after non-operating gains are taken out (reported {reported:.2f})"


def _expected(row: _Row, context: _Context) -> dict[str, object]:
    ahead = context.forecasts[str(row["ticker"])]
    change = _num(ahead["expected_dln_multiple"])
    if change is None:
        return _component(row, "expected_multiple_change", "estimate", reason=ahead["reason"])
    detail = f"{change:+.3f} in 52 weeks ({ahead['half_life_basis']})"
    if (chance := _num(ahead["p_fall_10"])) is not None:
        detail += f"; P(fall > 10%) {chance:.0%}"
    error = context.ahead.standard_errors.get(str(row["ticker"]))
    factor = context.factor(str(row["ticker"]))
    return _component(
        row,
        "expected_multiple_change",
        "estimate",
        value=change * factor,
        standard_error=None if error is None else error * factor,
        detail=detail,
    )


def _longest(splits: Iterable[_Row], basis: str, weeks: int) -> _Row | None:
    usable = [
        r
        for r in splits
        if r["basis"] == basis
        and isinstance(h := r["horizon_weeks"], int)
        and h <= weeks
        and r["dln_multiple"] is not None
    ]
    return max(usable, key=lambda r: int(str(r["horizon_weeks"])), default=None)


def _observed_split(splits: list[dict[str, object]]) -> _Row | None:
    """Forward over a quarter or more, else trailing, else what forward there is, else sales."""
    forward, trailing, sales = (_longest(splits, basis, OBSERVED_WEEKS) for basis in _BASES)
    if forward is not None and int(str(forward["horizon_weeks"])) >= REVISION_WEEKS:
        return forward
    return trailing or forward or sales


def _observed(row: _Row, context: _Context) -> dict[str, object]:
    ticker, key = str(row["ticker"]), "compression_observed"
    splits = context.splits.get(ticker, [])
    found = _observed_split(splits)
    if found is None:
        why = next((r["reason"] for b in _BASES for r in splits if r["basis"] == b), None)
        return _component(row, key, "fact", reason=why or row["reason"] or "no history of multiples")
    kind = "estimate" if found["basis"] == "forward" else "fact"
    multiple, denominator = _num(found["dln_multiple"]) or 0.0, _num(found["dln_denominator"]) or 0.0
    what = "sales a share" if found["basis"] == "sales" else "EPS"
    detail = (
        f"{found['basis']} multiple {multiple:+.3f}, {what} {denominator:+.3f} in {found['horizon_weeks']} "
        f"weeks: {found['label']}"
    )
    if found["basis"] == "sales":
        detail += "; EPS not positive or not known: EV/sales used"
    shared = {"source": context.sources.get((ticker, str(found["basis"]))), "detail": detail}
    guard = context.warranted[ticker]
    if guard["is_cyclical_peak"]:
        return _component(row, key, kind, **shared, reason=f"cyclical guard: {guard['guard']}")
    if multiple >= 0:
        return _component(row, key, kind, **shared, value=0.0)
    if denominator < -EPS_TOLERANCE:
        return _component(row, key, kind, **shared, reason=f"{what} was cut: de-rating, not compression")
    return _component(row, key, kind, **shared, value=-multiple)


_BASES = ("forward", "trailing", "sales")


def _position(row: _Row, context: _Context) -> dict[str, object]:
    ticker, key = str(row["ticker"]), "own_history_position"
    guard = context.warranted[ticker]
    if guard["is_cyclical_peak"]:
        return _component(row, key, "fact", reason=f"cyclical guard: {guard['guard']}")
    weeks = {basis: past.weeks(ticker) for basis, past in context.histories.items()}
    for basis, past in context.histories.items():
        now = past.last(ticker)
        if now is None or weeks[basis] < MIN_HISTORY_WEEKS:
            continue
        place = mid_rank_percentile(now, past.series[ticker])
        detail = f"{basis} multiple at the {place or 0.0:.0%} mark of its own {weeks[basis]} weeks"
        kind, source = ("estimate" if basis == "forward" else "fact"), past.sources[ticker]
        return _component(row, key, kind, value=place, source=source, detail=detail)
    known = ", ".join(f"{basis} {count}" for basis, count in weeks.items())
    reason = f"under {MIN_HISTORY_WEEKS} weeks of history, or no multiple today (weeks known: {known})"
    return _component(row, key, "fact", reason=reason)


def _growth_gap(row: _Row, context: _Context) -> dict[str, object]:
    ticker, key = str(row["ticker"]), "implied_growth_gap"
    level, expected = context.warranted[ticker], _num(row[context.growth_column])
    # Without enough growth of EPS, revenue stands for it in every row: with constant margins both grow alike.
    is_eps = context.growth_column == "eps_growth"
    measure = "EPS" if is_eps else "revenue, for want of like-for-like EPS"
    implied = _num(context.forecasts[ticker]["implied_growth"])
    if level["is_cyclical_peak"]:
        return _component(row, key, "inference", reason=f"cyclical guard: {level['guard']}")
    if level["multiple_used"] not in ("forward_pe", "trailing_pe"):
        return _component(row, key, "inference", reason="EPS not positive or not known: no reverse DCF")
    if implied is None:
        reason = f"no growth between -50% and +100% a year gives {level['multiple']:.1f}x"
        return _component(row, key, "inference", reason=reason)
    if expected is None:
        return _component(row, key, "inference", reason=f"expected growth not known ({measure})")
    expected += context.growth.get(ticker, 0.0)
    detail = f"price needs {implied:.1%} a year for ten years at 9%, {expected:.1%} is expected next year"
    detail += f" ({measure})"
    detail += f" ({level['multiple_used']} {level['multiple']:.1f}x)"
    return _component(row, key, "inference", value=implied - expected, detail=detail)


def _revision(row: _Row, context: _Context) -> dict[str, object]:
    ticker, key = str(row["ticker"]), "eps_revision"
    splits = context.splits.get(ticker, [])
    found = _longest(splits, "forward", REVISION_WEEKS)
    if found is None:
        why = next((r["reason"] for r in splits if r["basis"] == "forward"), "no history of forward EPS")
        return _component(row, key, "estimate", reason=why)
    change = _num(found["dln_denominator"]) or 0.0
    detail = f"forward EPS {change:+.3f} (log) in {found['horizon_weeks']} weeks to {found['end']}"
    source = context.sources.get((ticker, "forward"))
    return _component(row, key, "estimate", value=change, source=source, detail=detail)


_COMPONENTS: tuple[Callable[[_Row, _Context], dict[str, object]], ...] = (
    _premium, _expected, _observed, _position, _growth_gap, _valuation_gap, _revision,
)  # fmt: skip
