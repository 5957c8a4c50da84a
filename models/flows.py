"""Ledger and assumptions as yearly money flows between nodes, averaged over a window of years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from exposures.errors import DataError
from models.bands import Band, Variant, Window

__all__ = [
    "CASES",
    "UNSIGNED",
    "Case",
    "Flow",
    "overlap_share",
    "year_flows",
]

Case = Literal["ledger", "with_assumptions"]
CASES: tuple[Case, ...] = ("ledger", "with_assumptions")

UNSIGNED = ("loi", "term_sheet", "in_negotiation", "terminated")
"""Statuses that bind nobody. A status that starts with one of them (loi_superseded) counts as it."""

LUMP_KINDS = ("equity", "debt", "prepayment")
"""Money that arrives at the closing: its term is a maturity, so it is never spread over it."""

CLASS_OF_KIND = {
    "equity": "financing", "debt": "financing", "prepayment": "financing",
    "cloud_contract": "commercial", "hardware_purchase": "commercial", "purchase_commitment": "commercial",
    "lease": "commercial", "power_ppa": "commercial", "revenue_share": "commercial", "licence": "commercial",
    "backstop": "contingent", "warrants": "contingent",
}  # fmt: skip
"""Flow class of a flow that only an assumption states; methods note, section 1.1."""

CONTINGENT = "contingent claim: no flow until it is called"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Flow:
    """One ledger or assumption row in the year.

    Parameters
    ----------
    ledger, completed
        Mean yearly amounts from the ledger row alone, and with the assumptions; None when not determined.
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

    def ids_in(self, case: Case) -> tuple[str, ...]:
        """Return the ids behind the amount of a case; the ledger alone rests on no assumption."""
        return self.ids[:1] if case == "ledger" else self.ids

    @property
    def is_claim(self) -> bool:
        """True for a contingent claim that stands: signed, additive, not superseded."""
        return self.barred == CONTINGENT

    def amount(self, case: Case, variant: Variant = "base") -> float:
        """Return what the flow adds in a case, bn USD; 0 when it is visible only."""
        band = self.ledger if case == "ledger" else self.completed
        return 0.0 if self.barred or band is None or band.base is None else band.pick(variant)


def overlap_share(start: date, end: date, window: Window) -> float:
    """Return the share of the days of [start, end] that fall in `window`, all ends included.

    ``w = |[start, end] and window| / |[start, end]|``; the years of a term sum to 1.
    """
    first, last = max(start, window.start), min(end, window.end)
    return max((last - first).days + 1, 0) / ((end - start).days + 1)


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

    ``f_d(t) = A_d w_d(t)``, uniform over the term; the flow is the mean of f_d over the calendar years
    from that of `as_of` on. Equity, debt and prepayments fall whole on the year
    of their closing (first day of the term, else the day of announcement) unless an assumption states
    a payment window. An assumption ``annual`` is paid pro rata to the days of the year inside its term.

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
    window = Window(as_of.year, as_of.year + years - 1)
    rates = {**fx_to_usd, "USD": 1.0}
    flows = [
        _deal_flow(
            row,
            [a for a in extra if a["deal_id"] == row["deal_id"]],
            barred=_barred(row, ids, kinds),
            window=window,
            rates=rates,
        )
        for row in known
    ]
    own = [_assumed_flow(row, kinds, window=window, rates=rates) for row in extra if row["deal_id"] is None]
    return flows + own


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


def _deal_flow(
    row: Row, extra: Sequence[Row], *, barred: str, window: Window, rates: Mapping[str, float]
) -> Flow:
    rate = rates.get(row["currency"])
    stated = Band(row["amount_low"], row["amount_base"], row["amount_high"])
    in_usd = None if rate is None else stated.scaled(rate)
    is_flow = row["flow_class"] in ("commercial", "financing")
    ledger, how = _ledger_year(row, in_usd, window) if is_flow else (None, "")
    completed, used = (
        _complete(row, extra, in_usd, ledger, window=window, rates=rates) if is_flow else (None, [])
    )
    why = barred or _absence(completed, window)
    return Flow(
        flow_id=row["deal_id"],
        payer=row["payer"],
        payee=row["payee"],
        kind=row["kind"],
        flow_class=row["flow_class"],
        status=row["status"],
        ledger=ledger,
        completed=completed,
        stock=in_usd if row["flow_class"] == "contingent" else None,
        barred=barred,
        is_assumed=bool(used),
        ids=(row["deal_id"], *(a["assumption_id"] for a in used)),
        source=" + ".join([row["source"], *(a["assumption_id"] for a in used)]),
        grade=row["grade"],
        known_at=max([row["announced"], *(a["known_at"] for a in used)]),
        ends=row["term_end"],
        note="; ".join(
            part
            for part in (
                f"not summed: {why}" if why else "",
                f"no {row['currency']} rate" if rate is None else how,
                *(f"assumption {a['assumption_id']} ({a['field']}): {a['reasoning']}" for a in used),
                f"ledger alone {ledger.base:.3g} bn USD"
                if used and ledger and ledger.base is not None
                else "",
            )
            if part
        ),
    )


def _absence(band: Band | None, window: Window) -> str:
    """Return why a flow that is not barred still adds nothing."""
    if band is None or band.base is None:
        return "amount or term of the year not known"
    return "" if any(v for v in band) else f"no payment falls in {window}"


def _ledger_year(row: Row, amount: Band | None, window: Window) -> tuple[Band | None, str]:
    """Return the mean yearly flow from the ledger row alone, and how it was made."""
    start, end = row["term_start"], row["term_end"]
    _check_term(row["deal_id"], start, end)
    if row["kind"] in LUMP_KINDS:
        day = start or row["announced"]
        share, how = float(window.start <= day <= window.end), f"one-off at {day}"
    elif start and end:
        share = overlap_share(start, end, window)
        how = f"{start} to {end}, {share:.1%} in {window}"
    else:
        return None, "term not stated"
    if amount is None or amount.base is None:
        return None, "amount not stated"
    return amount.scaled(share / window.years), how


def _check_term(row_id: str, start: date | None, end: date | None) -> None:
    if start and end and end < start:
        raise DataError(
            f"{row_id}: term ends {end}, before it starts {start}.", fix="Swap or mend the dates."
        )


def _complete(
    row: Row,
    extra: Sequence[Row],
    amount: Band | None,
    ledger: Band | None,
    *,
    window: Window,
    rates: Mapping[str, float],
) -> tuple[Band | None, list[Row]]:
    """Return the flow of the year with the assumptions on this deal, and the assumptions used."""
    annual = [a for a in extra if a["field"] == "annual"]
    if annual:
        parts = [_annual_year(a, row, window, rates) for a in annual]
        return _sum(parts), annual
    given = next((a for a in extra if a["field"] == "amount"), None)
    term = next((a for a in extra if a["field"] == "term"), None)
    used = [a for a in (given, term) if a is not None]
    if not used:
        return ledger, []
    if given is not None:
        amount = _in_usd(given, given["currency"] or row["currency"], rates)
    band, _ = _ledger_year(_windowed(row, term or used[0]), amount, window)
    return band, used


def _windowed(row: Row, dates: Row) -> Row:
    """Return `row` with the term that an assumption states, read as the window in which it is paid."""
    if not (dates["term_start"] or dates["term_end"]):
        return row
    start, end = dates["term_start"] or row["term_start"], dates["term_end"] or row["term_end"]
    return {
        **row,
        "term_start": start,
        "term_end": end,
        "kind": "payment window" if start and end else row["kind"],
    }


def _sum(parts: Sequence[Band | None]) -> Band | None:
    total = Band(0.0, 0.0, 0.0)
    for part in parts:
        if part is None:
            return None
        total = total.plus(part)
    return total


def _in_usd(assumption: Row, currency: str | None, rates: Mapping[str, float]) -> Band | None:
    rate = rates.get(currency or "USD")
    band = Band(assumption["low"], assumption["base"], assumption["high"])
    return None if rate is None else band.scaled(rate)


def _annual_year(
    assumption: Row, deal: Row | None, window: Window, rates: Mapping[str, float]
) -> Band | None:
    """Return a yearly amount times the share of the window's days inside its term (open ends run on)."""
    dated = assumption if assumption["term_start"] or assumption["term_end"] or deal is None else deal
    first, last = window.start, window.end
    start, end = dated["term_start"] or first, dated["term_end"] or last
    days = (min(end, last) - max(start, first)).days + 1
    currency = assumption["currency"] or (deal["currency"] if deal is not None else None)
    band = _in_usd(assumption, currency, rates)
    return None if band is None else band.scaled(max(days, 0) / ((last - first).days + 1))


def _assumed_flow(row: Row, kinds: Mapping[str, str], *, window: Window, rates: Mapping[str, float]) -> Flow:
    """Return the flow that an assumption alone states."""
    name = row["assumption_id"]
    if not (row["payer"] and row["payee"] and row["kind"]):
        raise DataError(f"{name}: no deal_id, so payer, payee and kind are needed.", fix="Fill them in.")
    flow_class = CLASS_OF_KIND.get(row["kind"], "none")
    barred = _party_fault(name, row["payer"], row["payee"], flow_class, kinds)
    if flow_class in ("none", "contingent"):
        barred = f"{row['kind']} moves no money by itself"
    if row["field"] == "annual":
        band = _annual_year(row, None, window, rates)
    else:
        spread = {**row, "deal_id": name, "announced": row["known_at"]}
        band, _ = _ledger_year(_windowed(spread, row), _in_usd(row, row["currency"], rates), window)
    why = barred or _absence(band, window)
    return Flow(
        flow_id=name,
        payer=row["payer"],
        payee=row["payee"],
        kind=row["kind"],
        flow_class=flow_class,
        status="assumed",
        ledger=None,
        completed=band,
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
