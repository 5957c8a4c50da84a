"""Balances of a payer: backlog and its cover, the labs' share of it, leverage, the book life of servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from models.capex_accounts import in_bn_usd, is_group
from models.figure_words import metric_words
from models.payer_data import PayerData

__all__ = ["Balance", "Balances", "balances"]

_BACKLOG_METRICS = ("rpo", "commercial_rpo", "backlog")
_LIFE_METRICS = ("server_life", "server_useful_life")
_LAB_SHARE = "rpo_share_"
_WEAK_GRADES = frozenset("CDS")
_BN = 1e9


@dataclass(frozen=True)
class Balance:
    """One figure with its origin; `words` says what it is, `end` of which day (a backlog's)."""

    value: float
    kind: str
    source: str
    known_at: date | None
    words: str
    end: date | None = None


@dataclass(frozen=True)
class Balances:
    """Balances of one payer, None where unknown.

    Parameters
    ----------
    backlog
        bn USD.
    cover
        Backlog over revenue of the next twelve months (times).
    lab_share
        Fraction of the backlog owed by the labs.
    leverage
        Debt over equity (times).
    leverage_reason
        Why leverage is unknown.
    book_life
        Stated useful life of servers (years).
    """

    backlog: Balance | None
    cover: Balance | None
    lab_share: Balance | None
    leverage: Balance | None
    leverage_reason: str
    book_life: Balance | None


def balances(data: PayerData, figures: pl.DataFrame) -> Balances:
    """Choose the balances of one payer.

    The newest backlog counts, of the group or of a part that publishes its own (AWS). Its cover is over
    expected revenue of the same perimeter: guidance, else the estimate, else annualised revenue, and says
    which. A published figure is taken before a simulated one; reported figures before published ones.

    Parameters
    ----------
    data
        The payer.
    figures
        `FIGURES`; other nodes, later and superseded rows are ignored.

    Missing data: None. Leverage is None when equity is zero or less (leverage_reason says so).
    """
    known = figures.filter(
        (pl.col("node") == data.ticker)
        & (pl.col("known_at").is_null() | (pl.col("known_at") <= data.as_of))
        & pl.col("value").is_not_null()
        & pl.col("superseded_by").is_null()
    )
    own = known.sort("figure_id").to_dicts()
    backlog, subject = _backlog(own, data)
    leverage, reason = _leverage(own, data)
    return Balances(
        backlog=backlog,
        cover=_cover(backlog, subject, own, data) if backlog is not None else None,
        lab_share=_lab_share(own),
        leverage=leverage,
        leverage_reason=reason,
        book_life=_book_life(own),
    )


def _balance(row: Mapping[str, object], value: float, words: str) -> Balance:
    kind = "estimate" if str(row["grade"]) in _WEAK_GRADES else "fact"
    known = row["known_at"]
    return Balance(value, kind, str(row["source"]), known if isinstance(known, date) else None, words)


def _newest(rows: Sequence[Mapping[str, object]]) -> Mapping[str, object] | None:
    def order(row: Mapping[str, object]) -> tuple[date, date]:
        end, known = row["period_end"], row["known_at"]
        return (end if isinstance(end, date) else date.min, known if isinstance(known, date) else date.min)

    return max(rows, key=order, default=None)


def _backlog(own: Sequence[Mapping[str, object]], data: PayerData) -> tuple[Balance | None, str]:
    published = _newest([r for r in own if r["metric"] in _BACKLOG_METRICS])
    reported = None if data.is_simulated else _newest_rpo(data.quarters)
    if published is not None and (value := in_bn_usd(published, data.fx_to_usd)) is not None:
        end, other = published["period_end"], reported["period_end"] if reported else None
        if not (isinstance(end, date) and isinstance(other, date) and other > end):
            subject = str(published["subject"])
            kind = metric_words(str(published["metric"]))
            words = f"{subject} {kind} {value:.0f} bn, {published['period']}"
            held = replace(_balance(published, value, words), end=end if isinstance(end, date) else None)
            return held, data.name if is_group(subject, data.name) else subject
    rate = data.rate()
    if reported is None or rate is None or not isinstance(rpo := reported["rpo"], float):
        return None, data.name
    words, day = f"RPO {rpo * rate / _BN:.0f} bn at {reported['period_end']}", reported["known_at"]
    known = day if isinstance(day, date) else None
    closing = reported["period_end"]
    reported_end = closing if isinstance(closing, date) else None
    amount, source = rpo * rate / _BN, str(reported["source"])
    return Balance(amount, "fact", source, known, words, reported_end), data.name


def _newest_rpo(quarters: Sequence[Mapping[str, object]]) -> Mapping[str, object] | None:
    return max(
        (q for q in quarters if q["rpo"] is not None), key=lambda q: str(q["period_end"]), default=None
    )


def _cover(
    backlog: Balance, subject: str, own: Sequence[Mapping[str, object]], data: PayerData
) -> Balance | None:
    group = subject == data.name
    found = (_ahead(own, data) if group else None) or _behind(subject, data)
    if found is None or found[0] <= 0:
        return None
    revenue, words = found
    text = f"{backlog.words} over {words} {revenue:.1f} bn"
    return Balance(backlog.value / revenue, "estimate", backlog.source, backlog.known_at, text)


def _ahead(own: Sequence[Mapping[str, object]], data: PayerData) -> tuple[float, str] | None:
    """Revenue of the next twelve months: guidance, else the estimate (never a simulated one)."""
    guidance = _newest(
        [
            r
            for r in own
            if r["metric"] == "revenue_guidance"
            and r["period_months"] == 12
            and isinstance(end := r["period_end"], date)
            and end > data.as_of
        ]
    )
    if guidance is not None and (value := in_bn_usd(guidance, data.fx_to_usd)) is not None:
        return value, f"guided revenue of {guidance['period']}"
    forward = data.row["revenue_forward_usd"]
    if not data.is_simulated and isinstance(forward, float):
        return forward / _BN, "expected revenue"
    return None


def _behind(subject: str, data: PayerData) -> tuple[float, str] | None:
    """Annualised revenue of the same perimeter for want of a forecast, and the words say so."""
    same = data.group() if subject == data.name else [a for a in data.segments() if a.subject == subject]
    found = next((a for a in same if a.revenue is not None), None)
    if found is not None:
        year = found.annualised()
        return year.revenue or 0.0, f"revenue of {subject}, {year.period} (not the next twelve months)"
    last = data.row["revenue_ttm_usd"] if subject == data.name else None
    if isinstance(last, float):
        simulated = ", simulated" if data.is_simulated else ""
        return last / _BN, f"revenue of the last four quarters{simulated} (not the next twelve months)"
    return None


def _lab_share(own: Sequence[Mapping[str, object]]) -> Balance | None:
    metrics = sorted({str(r["metric"]) for r in own if str(r["metric"]).startswith(_LAB_SHARE)})
    newest = [r for m in metrics if (r := _newest([o for o in own if o["metric"] == m])) is not None]
    values = [v for r in newest if isinstance(v := r["value"], float)]
    if not values:
        return None
    parts = [
        f"{metric_words(str(r['metric']).removeprefix(_LAB_SHARE))} {v:.0%}, {r['period']}"
        for r, v in zip(newest, values, strict=True)
    ]
    base = _balance(newest[0], min(sum(values), 1.0), "share of backlog: " + "; ".join(parts))
    kind = "estimate" if any(str(r["grade"]) in _WEAK_GRADES for r in newest) else "fact"
    return Balance(
        base.value, kind, "+".join(dict.fromkeys(str(r["source"]) for r in newest)), base.known_at, base.words
    )


def _leverage(own: Sequence[Mapping[str, object]], data: PayerData) -> tuple[Balance | None, str]:
    row, is_simulated = data.row, data.is_simulated
    published = _newest([r for r in own if r["metric"] == "debt_to_equity"])
    debt, equity = row["debt_usd"], row["equity_usd"]
    reported = isinstance(debt, float) and isinstance(equity, float)
    if published is not None and (is_simulated or not reported):
        value = float(str(published["value"])) / (100 if published["unit"] == "percent" else 1)
        return _balance(published, value, f"debt/equity {value:.2f} as published"), ""
    if not (isinstance(debt, float) and isinstance(equity, float)):
        return None, "debt or equity not known"
    if equity <= 0:
        return None, "equity is not positive: debt/equity has no meaning"
    known, simulated = row["statement_known_at"], ", simulated" if is_simulated else ""
    words = f"debt {debt / _BN:.1f} bn over equity {equity / _BN:.1f} bn{simulated}"
    kind = "estimate" if is_simulated else "fact"
    return Balance(
        debt / equity, kind, str(row["source"]), known if isinstance(known, date) else None, words
    ), ""


def _book_life(own: Sequence[Mapping[str, object]]) -> Balance | None:
    for metric in _LIFE_METRICS:
        found = _newest([r for r in own if r["metric"] == metric and r["unit"] == "years"])
        if found is not None and isinstance(value := found["value"], float) and value > 0:
            return _balance(found, value, f"servers over {value:g} years ({found['period']})")
    return None
