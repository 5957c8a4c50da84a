"""Ledger and assumptions as yearly money flows between nodes, averaged over a window of years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from exposures.errors import DataError
from models.bands import Band, Variant, Window
from models.deal_payments import annual_payment, completed_payments, in_usd, ledger_payment, windowed
from models.payments import Payment, due_by

__all__ = ["AND_ASSUMPTION", "CASES", "FIRM", "TERMS", "UNSIGNED", "Case", "Flow", "Terms", "year_flows"]

Case = Literal["ledger", "with_assumptions"]
CASES: tuple[Case, ...] = ("ledger", "with_assumptions")

Terms = Literal["all", "firm"]
TERMS: tuple[Terms, ...] = ("all", "firm")
"""all: every row that may enter a sum; firm: what a signed contract owes, up to the end of its notice."""

FIRM = ("definitive", "closed")
"""Statuses that bind the payer. Announced, reported and assumed payments can still be called off."""

UNSIGNED = ("loi", "term_sheet", "in_negotiation", "terminated")
"""Statuses that bind nobody. A status that starts with one of them (loi_superseded) counts as it."""

CLASS_OF_KIND = {
    "equity": "financing", "debt": "financing", "prepayment": "financing",
    "cloud_contract": "commercial", "hardware_purchase": "commercial", "purchase_commitment": "commercial",
    "lease": "commercial", "power_ppa": "commercial", "revenue_share": "commercial", "licence": "commercial",
    "backstop": "contingent", "warrants": "contingent",
}  # fmt: skip
"""Flow class of a flow that only an assumption states; methods note, section 1.1."""

CONTINGENT = "contingent claim: no flow until it is called"

AND_ASSUMPTION = " + "
"""Stands in the source of a flow between the deal's own source and each assumption on it."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Flow:
    """One ledger or assumption row in the year.

    Parameters
    ----------
    ledger, completed
        Mean yearly amounts from the ledger row alone, and with the assumptions; None when not determined.
    firm_ledger, firm_completed
        The part of them that is owed whatever happens; zero for a status that binds nobody.
    payments
        The payments behind `completed`; empty when it is not determined.
    firm_until
        Last day of what is owed: date.max without a notice, None when nothing is.
    stock
        Whole amount of a contingent claim, bn USD; None otherwise.
    ends
        Last day of the term; None when not stated.
    barred
        Why the row never enters a sum; empty when it may.
    is_assumed
        True when an assumption gives amount, term or the flow itself.
    ids
        deal_id and assumption ids.
    """

    flow_id: str
    payer: str
    payee: str
    kind: str
    flow_class: str
    status: str
    ledger: Band | None
    completed: Band | None
    stock: Band | None
    barred: str
    is_assumed: bool
    ids: tuple[str, ...]
    source: str
    grade: str
    known_at: date
    ends: date | None
    note: str
    firm_ledger: Band | None = None
    firm_completed: Band | None = None
    payments: tuple[Payment, ...] = ()
    firm_until: date | None = None

    def ids_in(self, case: Case) -> tuple[str, ...]:
        """Return the ids behind the amount of a case; the ledger alone rests on no assumption."""
        return self.ids[:1] if case == "ledger" else self.ids

    def source_in(self, case: Case) -> str:
        """Return the sources behind the amount of a case: the deal's own for the ledger alone."""
        return self.source.split(AND_ASSUMPTION)[0] if case == "ledger" else self.source

    @property
    def is_claim(self) -> bool:
        """True for a contingent claim that stands: signed, additive, not superseded."""
        return self.barred == CONTINGENT

    def amount(self, case: Case, variant: Variant = "base", terms: Terms = "all") -> float:
        """Return what the flow adds in a case, bn USD; 0 when it is visible only."""
        if terms == "firm":
            band = self.firm_ledger if case == "ledger" else self.firm_completed
        else:
            band = self.ledger if case == "ledger" else self.completed
        return 0.0 if self.barred or band is None or band.base is None else band.pick(variant)


def year_flows(
    *,
    deals: pl.DataFrame,
    nodes: pl.DataFrame,
    assumptions: pl.DataFrame,
    as_of: date,
    fx_to_usd: Mapping[str, float],
    years: int = 1,
) -> list[Flow]:
    """Return every known ledger and assumption row as a yearly flow, averaged over `years` years.

    ``f_d(t) = A_d w_d(t)``, even over the term unless an assumption states a ramp or milestones; the
    flow is the mean of f_d over the calendar years from that of `as_of` on. Equity, debt and prepayments
    fall whole on the year of their closing (first day of the term, else the day of announcement) unless
    an assumption states a payment window or milestones. An assumption ``annual`` is paid pro rata to the
    days of each year inside its term.

    Parameters
    ----------
    deals, nodes, assumptions
        Tables DEALS, NODES and ASSUMPTIONS.
    as_of
        Rows known later are left out; its calendar year is the first year of the flows.
    fx_to_usd
        US dollars per unit of a currency.
    years
        Length of the window: a round of one year pays for purchases of several, so only a window of some
        years shows both legs of a loop.

    Returns
    -------
    list of Flow
        Ledger rows in order, then the flows that only an assumption states.

    Missing data
        A row without amount, term or exchange rate stays with null amounts and a note; never zero.

    Raises
    ------
    DataError
        When a party is not a node, a term ends before it starts, or an assumption names no parties.
    """
    kinds = dict(nodes.select("node", "kind").iter_rows())
    known = [row for row in deals.iter_rows(named=True) if row["announced"] <= as_of]
    extra = [row for row in assumptions.iter_rows(named=True) if row["known_at"] <= as_of]
    ids = {row["deal_id"] for row in known}
    frame = _Frame(Window(as_of.year, as_of.year + years - 1), {**fx_to_usd, "USD": 1.0}, as_of)
    flows = [
        _deal_flow(
            row,
            [a for a in extra if a["deal_id"] == row["deal_id"]],
            barred=_barred(row, ids, kinds),
            frame=frame,
        )
        for row in known
    ]
    return flows + [_assumed_flow(row, kinds, frame) for row in extra if row["deal_id"] is None]


@dataclass(frozen=True)
class _Frame:
    """What every row is read against: the window of years, US dollars per unit, and the day."""

    window: Window
    rates: Mapping[str, float]
    as_of: date

    def mean(self, payments: Sequence[Payment] | None, until: date | None = None) -> Band | None:
        """Return the mean yearly flow of the payments up to `until`, or None when they are not known."""
        if payments is None:
            return None
        total = Band(0.0, 0.0, 0.0)
        for payment in payments:
            total = total.plus(payment.mean(self.window, until=until))
        return total

    def firm(self, payments: Sequence[Payment] | None, until: date | None) -> Band | None:
        """Return the mean yearly flow that is owed: nothing when `until` is None."""
        return Band(0.0, 0.0, 0.0) if until is None else self.mean(payments, until)


def _barred(row: Row, known: set[str], kinds: Mapping[str, str]) -> str:
    """Return why a ledger row never enters a sum, or an empty string."""
    parties = _party_fault(row["deal_id"], row["payer"], row["payee"], row["flow_class"], kinds)
    if row["flow_class"] == "none":
        return f"no money flow ({row['kind']})"
    if row["status"].startswith(UNSIGNED):
        return f"status {row['status']}: nobody is bound"
    if row["superseded_by"] in known:
        return f"superseded by {row['superseded_by']}"
    if not row["is_additive"]:
        return "not additive: overlaps another row, is unsigned or a stock"
    return CONTINGENT if row["flow_class"] == "contingent" else parties


def _party_fault(row_id: str, payer: str, payee: str, flow_class: str, kinds: Mapping[str, str]) -> str:
    if unknown := [p for p in (payer, payee) if p not in kinds]:
        raise DataError(f"{row_id}: {unknown} not in nodes.csv.", fix='Run "screen themes lint".')
    if "aggregate" in (kinds[payer], kinds[payee]):
        return "a party is an aggregate of many"
    if kinds[payee] == "market":
        return "paid to outside capital, leaves the network"
    if kinds[payer] == "market" and flow_class == "commercial":
        return "outside customer: already in third-party revenue"
    return "both parties are one group" if payer == payee else ""


def _deal_flow(row: Row, extra: Sequence[Row], *, barred: str, frame: _Frame) -> Flow:
    rate = frame.rates.get(row["currency"])
    stated = None if rate is None else _stated(row).scaled(rate)
    alone: list[Payment] | None = None
    paid: list[Payment] | None = None
    how, used = "", list[Row]()
    if row["flow_class"] in ("commercial", "financing"):
        alone, how = ledger_payment(row, stated, frame.window)
        paid, used = completed_payments(row, extra, stated, alone, window=frame.window, rates=frame.rates)
    ledger, completed = frame.mean(alone), frame.mean(paid)
    until = _firm_until(row, extra, frame.as_of)
    return Flow(
        flow_id=row["deal_id"],
        payer=row["payer"],
        payee=row["payee"],
        kind=row["kind"],
        flow_class=row["flow_class"],
        status=row["status"],
        ledger=ledger,
        completed=completed,
        firm_ledger=frame.firm(alone, until),
        firm_completed=frame.firm(paid, until),
        payments=tuple(paid or ()),
        firm_until=until,
        stock=stated if row["flow_class"] == "contingent" else None,
        barred=barred,
        is_assumed=any(a["field"] in ("amount", "annual", "term") for a in used) or ledger != completed,
        ids=(row["deal_id"], *(a["assumption_id"] for a in used)),
        source=AND_ASSUMPTION.join([row["source"], *(a["assumption_id"] for a in used)]),
        grade=row["grade"],
        known_at=max([row["announced"], *(a["known_at"] for a in used)]),
        ends=row["term_end"],
        note=_note(
            f"not summed: {why}" if (why := barred or _absence(completed, frame.window)) else "",
            f"no {row['currency']} rate" if rate is None else how,
            *(f"assumption {a['assumption_id']} ({a['field']}): {a['reasoning']}" for a in used),
            f"ledger alone {ledger.base:.3g} bn USD" if used and ledger and ledger.base is not None else "",
        ),
    )


def _note(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _stated(row: Row) -> Band:
    return Band(row["amount_low"], row["amount_base"], row["amount_high"])


def _absence(band: Band | None, window: Window) -> str:
    """Return why a flow that is not barred still adds nothing."""
    if band is None or band.base is None:
        return "amount or term of the year not known"
    if band.base < 0:
        return "the amount is negative: turn the deal around"
    return "" if any(v for v in band) else f"no payment falls in {window}"


def _firm_until(row: Row, extra: Sequence[Row], as_of: date) -> date | None:
    """Return the last day on which a row's payments are owed; None when its status binds nobody."""
    if row["status"] not in FIRM:
        return None
    notice = [a for a in extra if a["field"] == "notice"]
    if silent := [a["assumption_id"] for a in notice if a["base"] is None]:
        raise DataError(f"{silent} state a notice without its days.", fix="Give the days as base.")
    return due_by(as_of, int(min(a["base"] for a in notice))) if notice else date.max


def _assumed_flow(row: Row, kinds: Mapping[str, str], frame: _Frame) -> Flow:
    """Return the flow that an assumption alone states."""
    name = row["assumption_id"]
    if not (row["payer"] and row["payee"] and row["kind"]):
        raise DataError(f"{name}: no deal_id, so payer, payee and kind are needed.", fix="Fill them in.")
    flow_class = CLASS_OF_KIND.get(row["kind"], "none")
    barred = _party_fault(name, row["payer"], row["payee"], flow_class, kinds)
    if flow_class in ("none", "contingent"):
        barred = f"{row['kind']} moves no money by itself"
    if row["field"] == "annual":
        yearly = annual_payment(row, None, frame.rates)
        paid = None if yearly is None else [yearly]
    else:
        spread = {**row, "deal_id": name, "announced": row["known_at"]}
        amount = in_usd(row, row["currency"], frame.rates)
        paid, _ = ledger_payment(windowed(spread, row), amount, frame.window)
    completed = frame.mean(paid)
    why = barred or _absence(completed, frame.window)
    return Flow(
        flow_id=name,
        payer=row["payer"],
        payee=row["payee"],
        kind=row["kind"],
        flow_class=flow_class,
        status="assumed",
        ledger=None,
        completed=completed,
        payments=tuple(paid or ()),
        stock=None,
        barred=barred,
        is_assumed=True,
        ids=(name,),
        source=name,
        grade="D",
        known_at=row["known_at"],
        ends=row["term_end"],
        note=(f"not summed: {why}; " if why else "") + f"assumption: {row['reasoning']}",
    )
