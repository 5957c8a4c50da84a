"""Vendors who finance their customers: the telecom years beside today, committed and drawn kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from models.accounts import Accounts
from models.commitments import Commitment
from models.raised_money import UNIT_IN_BN
from models.tables import VENDOR_FINANCE

__all__ = ["vendor_finance"]

YEAR_DAYS = 366
"""A revenue year fits a balance that lies inside it or on the day before it begins."""

Row = dict[str, Any]


def vendor_finance(
    yardstick: pl.DataFrame, given: Sequence[Commitment], accounts: Accounts, *, as_of: date
) -> pl.DataFrame:
    """Return VENDOR_FINANCE: history first, then today's vendors, the largest commitment first.

    ``drawn / committed`` compares like with like; the headline (committed) over revenue and the money that
    moved (drawn) over revenue stand side by side. Today's vendors are listed companies that are paid,
    directly or through others, by a party that they finance; stakes in companies that buy nothing from
    them are left out.

    Parameters
    ----------
    yardstick
        Table YARDSTICK; rows that are not facts are left out.
    given
        Stakes, loans and guarantees that stand on `as_of`.
    accounts
        Base accounts with assumptions: who pays whom, and revenue.
    as_of
        Date of today's figures.

    Missing data
        A promise without an amount makes committed a lower bound and is named; where none has one the sum is
        null. Without revenue of a fitting
        year the ratios are null, with the reason.
    """
    facts = yardstick.filter("is_fact").to_dicts()
    return VENDOR_FINANCE.frame([*_history(facts), *_today(given, accounts, as_of)])


def _history(facts: Sequence[Row]) -> list[Row]:
    keys = dict.fromkeys(
        (r["vendor"], r["period"], r["period_end"]) for r in facts if r["state"] in ("committed", "drawn")
    )
    rows = []
    for vendor, period, day in keys:
        own = [r for r in facts if r["vendor"] == vendor and r["period"] == period]
        revenue = _revenue_of(facts, vendor, day)
        rows.append(
            _row(
                vendor=vendor,
                period=period,
                is_history=True,
                committed=_stated(own, "total", "committed"),
                drawn=_stated(own, "total", "drawn"),
                loans=(_stated(own, "loans", "committed"), _stated(own, "loans", "drawn")),
                revenue=None if revenue is None else revenue["value"] * UNIT_IN_BN[revenue["unit"]],
                source="+".join(dict.fromkeys(r["source"] for r in [*own, *([revenue] if revenue else [])])),
                note=None if revenue is None else f"revenue of {revenue['period']}; {revenue['note'] or ''}",
                unknown=None,
            )
        )
    return rows


def _stated(rows: Sequence[Row], measure: str, state: str) -> float | None:
    found = [r for r in rows if r["measure"] == measure and r["state"] == state]
    return found[0]["value"] * UNIT_IN_BN[found[0]["unit"]] if found else None


def _revenue_of(facts: Sequence[Row], vendor: str, day: date) -> Row | None:
    """Return the revenue of the year that holds `day` or begins the day after it."""
    years = [r for r in facts if r["vendor"] == vendor and r["measure"] == "revenue"]
    fits = [r for r in years if 0 < (r["period_end"] - day).days <= YEAR_DAYS]
    return min(fits, key=lambda r: r["period_end"], default=None)


def _today(given: Sequence[Commitment], accounts: Accounts, as_of: date) -> list[Row]:
    nodes, reaches = accounts.network.nodes, _reaches(accounts)
    rows = []
    for j, vendor in enumerate(nodes):
        own = [c for c in given if c.giver == vendor and c.receiver in nodes]
        own = [c for c in own if reaches[nodes.index(c.receiver), j]]
        if not own or vendor.startswith("PRIV:"):
            continue
        loans = [c for c in own if not c.is_guarantee]
        revenue = float(accounts.network.revenue[j]) if accounts.measured(vendor) is not None else None
        unknown = [c.flow_id for c in own if c.committed_bn_usd is None or c.paid_bn_usd is None]
        rows.append(
            _row(
                vendor=vendor,
                period=as_of.isoformat(),
                is_history=False,
                committed=_known_sum(c.committed_bn_usd for c in own),
                drawn=_known_sum(c.paid_bn_usd for c in own),
                loans=(
                    _known_sum(c.committed_bn_usd for c in loans),
                    _known_sum(c.paid_bn_usd for c in loans),
                ),
                revenue=revenue,
                source="+".join(dict.fromkeys(c.source for c in own)),
                note=", ".join(c.flow_id for c in own),
                unknown=", ".join(unknown) or None,
            )
        )
    return sorted(rows, key=lambda r: (-(r["committed_bn_usd"] or 0.0), r["vendor"]))


def _known_sum(amounts: Iterable[float | None]) -> float | None:
    """Return the sum of the amounts that are known; None when none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _reaches(accounts: Accounts) -> np.typing.NDArray[np.bool_]:
    """Return True where row pays column, directly or through others."""
    paid = accounts.network.commercial > 0
    while True:
        longer = paid | (paid.astype(np.float64) @ paid.astype(np.float64) > 0)
        if (longer == paid).all():
            return paid
        paid = longer


def _row(
    *,
    vendor: str,
    period: str,
    is_history: bool,
    committed: float | None,
    drawn: float | None,
    loans: tuple[float | None, float | None],
    revenue: float | None,
    source: str,
    note: str | None,
    unknown: str | None,
) -> Row:
    reasons = [
        words
        for words, missing in (
            ("no revenue of a fitting year and perimeter", revenue is None),
            ("no total committed", committed is None),
            ("no total drawn", drawn is None),
        )
        if missing
    ]
    return {
        "vendor": vendor,
        "period": period,
        "is_history": is_history,
        "committed_bn_usd": committed,
        "drawn_bn_usd": drawn,
        "drawn_share": _ratio(drawn, committed),
        "loans_committed_bn_usd": loans[0],
        "loans_drawn_bn_usd": loans[1],
        "loans_drawn_share": _ratio(loans[1], loans[0]),
        "revenue_bn_usd": revenue,
        "committed_to_revenue": _ratio(committed, revenue),
        "drawn_to_revenue": _ratio(drawn, revenue),
        "unknown": unknown,
        "source": source,
        "note": note.strip("; ") if note else None,
        "reason": "; ".join(reasons) or None,
    }


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole is not None and whole > 0 else None
