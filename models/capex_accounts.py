"""Matched accounts of a payer: figures of one perimeter over one and the same period, in bn USD."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from models.figure_words import metric_words

__all__ = [
    "Account",
    "Shock",
    "bridged",
    "filled",
    "in_bn_usd",
    "is_group",
    "published_accounts",
    "reported_account",
    "reported_sum",
    "shocked",
]

_BN = 1e9
# Money in the theme's files comes in these units; anything else is not money.
_UNITS = {"bn": 1.0, "tn": 1_000.0, "m": 0.001, "million": 0.001}
# Measure -> metrics of FIGURES, the one that fits a cash-flow ratio best first.
_METRICS: dict[str, tuple[str, ...]] = {
    "revenue": ("revenue",),
    "operating_income": ("operating_income", "operating_loss"),
    "capex": ("cash_capex", "ttm_capex", "capex"),
    "ocf": ("ttm_ocf", "ocf"),
    "fcf": ("ttm_fcf", "fcf"),
}
# Figures graded C or D (aggregator, own derivation) make a ratio an estimate, not a fact.
_WEAK_GRADES = frozenset("CD")
_GRADE_ORDER = "ABCSD"
# Fiscal quarters end within two weeks of the calendar quarter they are compared with.
SAME_END_DAYS = 15
MONTHS_A_QUARTER = 3


@dataclass(frozen=True)
class Account:
    """Figures of one perimeter and one period; money in bn USD, None is unknown.

    Parameters
    ----------
    subject
        Perimeter as written: the group's name or a segment's (AWS).
    period, end, months
        Period as stated, its last day and its length.
    kind
        fact, or estimate when a weak grade, a simulation or an annualised quarter entered.
    notes
        What the reader must know.
    is_simulated
        True when the figures come from the simulated sample: never set against a published figure.
    """

    subject: str
    period: str
    end: date
    months: int
    source: str
    kind: str
    known_at: date | None = None
    revenue: float | None = None
    operating_income: float | None = None
    capex: float | None = None
    ocf: float | None = None
    fcf: float | None = None
    notes: tuple[str, ...] = ()
    is_simulated: bool = False

    def annualised(self) -> Account:
        """Return the account over twelve months: flows times 12/months, said in period and notes."""
        if self.months == 12:
            return self
        factor = 12 / self.months
        scaled: dict[str, Any] = {
            name: None if (v := getattr(self, name)) is None else v * factor for name in _METRICS
        }
        words = f"{self.period} annualised (x{factor:g})"
        return replace(self, period=words, months=12, kind="estimate", **scaled)

    def notes_on(self, *measures: str) -> list[str]:
        """Return the notes that concern these measures, or the account as a whole."""
        others = {m for measure, metrics in _METRICS.items() if measure not in measures for m in metrics}
        return [note for note in self.notes if note.split(":", maxsplit=1)[0] not in others]


@dataclass(frozen=True)
class Shock:
    """A scenario on payers: fall of capex (fraction), change of the cloud margin (fraction of revenue)."""

    capex_cut: float = 0.0
    cloud_margin_change: float = 0.0


def is_group(subject: str, name: str) -> bool:
    """Return True when `subject` names the company itself (Meta, Meta Platforms) and not a part (AWS)."""
    short, full = subject.lower(), name.split(" (", maxsplit=1)[0].lower()
    return full.startswith(short) or short.startswith(full)


def published_accounts(
    *, figures: pl.DataFrame, ticker: str, fx_to_usd: Mapping[str, float], as_of: date
) -> list[Account]:
    """Return the published accounts of a node, newest period first and twelve months before a quarter.

    One account a subject and period. Where two of capex, operating cash flow and free cash flow are
    published, the third follows from ``FCF = OCF - capex`` and a note says so.

    Missing data: figures without a value, a period end or a length, in an unknown unit or in a currency
    without a rate are left out. A figure superseded by one of another period still holds for its own.
    """
    rows = figures.filter(
        (pl.col("node") == ticker)
        & pl.col("value").is_not_null()
        & pl.col("period_end").is_not_null()
        & (pl.col("period_months") > 0)
        & (pl.col("known_at").is_null() | (pl.col("known_at") <= as_of))
        & (pl.col("period_end") <= as_of)
    )
    groups: dict[tuple[str, date, int], list[dict[str, object]]] = {}
    for row in rows.sort("figure_id").iter_rows(named=True):
        groups.setdefault((row["subject"], row["period_end"], row["period_months"]), []).append(row)
    made = (_published(key, rows, fx_to_usd) for key, rows in groups.items())
    return sorted((a for a in made if a is not None), key=lambda a: (a.end, a.months), reverse=True)


def in_bn_usd(row: Mapping[str, object], fx_to_usd: Mapping[str, float]) -> float | None:
    """Return a figure in bn USD; None when its unit is not money or its currency has no rate."""
    value, scale = row["value"], _UNITS.get(str(row["unit"]))
    rate = 1.0 if row["currency"] == "USD" else fx_to_usd.get(str(row["currency"]))
    if not isinstance(value, float) or scale is None or rate is None:
        return None
    return value * scale * rate


def _published(
    key: tuple[str, date, int], rows: Sequence[Mapping[str, object]], fx_to_usd: Mapping[str, float]
) -> Account | None:
    used: dict[str, Mapping[str, object]] = {}
    for measure, metrics in _METRICS.items():
        for metric in metrics:
            alike = [r for r in rows if r["metric"] == metric and in_bn_usd(r, fx_to_usd) is not None]
            if alike and measure not in used:
                used[measure] = min(alike, key=_preference)
    if not used:
        return None
    values: dict[str, Any] = {m: in_bn_usd(r, fx_to_usd) for m, r in used.items()}
    if "operating_income" in used and used["operating_income"]["metric"] == "operating_loss":
        values["operating_income"] = -(values["operating_income"] or 0.0)
    notes = [f"{metric_words(str(r['metric']))}: {r['note']}" for r in used.values() if r["note"]]
    weak = any(str(r["grade"]) in _WEAK_GRADES for r in used.values())
    account = Account(
        subject=key[0],
        period=str(next(iter(used.values()))["period"]),
        end=key[1],
        months=key[2],
        source="+".join(dict.fromkeys(str(r["source"]) for r in used.values())),
        kind="estimate" if weak else "fact",
        known_at=max((d for r in used.values() if isinstance(d := r["known_at"], date)), default=None),
        notes=tuple(notes),
        **values,
    )
    return _closed(account)


def _preference(row: Mapping[str, object]) -> tuple[bool, int, float]:
    known = row["known_at"]
    age = -known.toordinal() if isinstance(known, date) else 0
    return row["superseded_by"] is not None, _GRADE_ORDER.find(str(row["grade"])), age


def _closed(a: Account) -> Account:
    """Fill the third of capex, OCF and FCF from the other two."""
    if a.capex is None and a.ocf is not None and a.fcf is not None:
        return replace(
            a,
            capex=a.ocf - a.fcf,
            notes=(*a.notes, "capex: derived as OCF less FCF, so net of sales and incentives"),
        )
    if a.ocf is None and a.capex is not None and a.fcf is not None:
        return replace(a, ocf=a.capex + a.fcf, notes=(*a.notes, "ocf: derived as FCF plus capex"))
    if a.fcf is None and a.capex is not None and a.ocf is not None:
        return replace(a, fcf=a.ocf - a.capex, notes=(*a.notes, "fcf: derived as OCF less capex"))
    return a


def reported_account(
    *, row: Mapping[str, object], name: str, end: date | None, is_simulated: bool
) -> Account | None:
    """Return the last four quarters from a PANEL row, FCF as OCF less capex.

    Missing data: None when the panel has none of the flows or no quarter says when they end.
    """
    columns = {
        "revenue": "revenue_ttm_usd",
        "operating_income": "operating_income_ttm_usd",
        "capex": "capex_ttm_usd",
        "ocf": "ocf_ttm_usd",
    }
    values = {m: v / _BN for m, c in columns.items() if isinstance(v := row[c], float)}
    if not values or end is None:
        return None
    known = row["statement_known_at"]
    account = Account(
        subject=name,
        period=f"four quarters to {end}",
        end=end,
        months=12,
        source=str(row["source"] or "statements"),
        kind="estimate" if is_simulated else "fact",
        known_at=known if isinstance(known, date) else None,
        notes=("simulated, not published",) if is_simulated else (),
        is_simulated=is_simulated,
        **values,
    )
    return replace(_closed(account), notes=account.notes)


def reported_sum(
    quarters: Sequence[Mapping[str, object]], *, measure: str, end: date, months: int
) -> float | None:
    """Sum a column of QUARTERS rows over the period that ends on `end`, in units of their currency.

    Missing data: None unless every quarter of the period is there and has the value.
    """
    need = months // MONTHS_A_QUARTER
    usable = [
        q for q in quarters if isinstance(d := q["period_end"], date) and (d - end).days <= SAME_END_DAYS
    ]
    last = sorted(usable, key=lambda q: str(q["period_end"]))[-need:]
    days = [d for q in last if isinstance(d := q["period_end"], date)]
    values = [v for q in last if isinstance(v := q[measure], float)]
    whole = len(values) == need and abs((days[-1] - end).days) <= SAME_END_DAYS
    if not whole or (days[-1] - days[0]).days > 92 * (need - 1) + SAME_END_DAYS:
        return None
    return sum(values)


def filled(account: Account, others: Iterable[Account]) -> Account:
    """Fill what `account` lacks from published accounts of the same twelve months; the notes say which."""
    for other in others:
        if other.months != account.months or abs((other.end - account.end).days) > SAME_END_DAYS:
            continue
        gaps = [m for m in _METRICS if getattr(account, m) is None and getattr(other, m) is not None]
        if gaps:
            note = f"{', '.join(gaps)} of {other.period}"
            account = replace(
                account,
                source=f"{account.source}+{other.source}",
                kind="fact" if account.kind == other.kind == "fact" else "estimate",
                notes=(*account.notes, note),
                **{m: getattr(other, m) for m in gaps},
            )
    return account


def bridged(accounts: Sequence[Account]) -> list[Account]:
    """Return twelve-month accounts completed with the annualised quarter of the same end, if that adds any.

    For companies that publish cash flow over twelve months and earnings by the quarter; period and notes
    say so, and the account is an estimate.
    """
    made = []
    for year in (a for a in accounts if a.months == 12):
        quarter = next((a for a in accounts if a.months < 12 and a.end == year.end), None)
        whole = filled(year, [quarter.annualised()]) if quarter is not None else year
        if quarter is not None and whole is not year:
            period = f"{year.period}, gaps from {quarter.period} annualised"
            made.append(replace(whole, period=period, kind="estimate"))
    return made


def shocked(account: Account, shock: Shock, cloud_revenue: float | None) -> Account:
    """Apply a scenario: capex falls by a share, OI and OCF move by the margin change on cloud revenue.

    FCF follows as OCF less capex; tax is left out, so the margin change is pre-tax.
    """
    if shock == Shock():
        return account
    saved = None if account.capex is None else account.capex * shock.capex_cut
    moved = (cloud_revenue or 0.0) * shock.cloud_margin_change
    fcf = None if account.fcf is None else account.fcf + moved + (saved or 0.0)
    return replace(
        account,
        capex=None if account.capex is None or saved is None else account.capex - saved,
        operating_income=None if account.operating_income is None else account.operating_income + moved,
        ocf=None if account.ocf is None else account.ocf + moved,
        fcf=fcf,
        kind="estimate",
        notes=(*account.notes, f"scenario: capex {-shock.capex_cut:+.0%}, cloud margin {moved:+.1f} bn"),
    )
