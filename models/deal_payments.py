"""Ledger rows and assumptions as payments: how much, and on which days of the term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from exposures.errors import DataError
from models.bands import Band, Window
from models.payments import Payment, Rate, Schedule

__all__ = ["annual_payment", "completed_payments", "in_usd", "ledger_payment", "windowed"]

LUMP_KINDS = ("equity", "debt", "prepayment")
"""Money that arrives at the closing: its term is a maturity, so it is never spread over it."""

Row = Mapping[str, Any]


def ledger_payment(row: Row, amount: Band | None, window: Window) -> tuple[list[Payment] | None, str]:
    """Return the payment of a ledger row as it stands (None: not known), and how it was made.

    Commercial money is even over the term; equity, debt and prepayments fall on one day.
    """
    start, end = row["term_start"], row["term_end"]
    _check_term(row["deal_id"], start, end)
    if row["kind"] in LUMP_KINDS:
        day = start or row["announced"]
        timing, how = Schedule(day, day), f"one-off at {day}"
    elif start and end:
        timing = Schedule(start, end)
        how = f"{start} to {end}, {float(timing.share(window.start, window.end)):.1%} in {window}"
    else:
        return None, "term not stated"
    if amount is None or amount.base is None:
        return None, "amount not stated"
    return [Payment(amount, timing)], how


def _check_term(row_id: str, start: date | None, end: date | None) -> None:
    if start and end and end < start:
        raise DataError(
            f"{row_id}: term ends {end}, before it starts {start}.", fix="Swap or mend the dates."
        )


def completed_payments(
    row: Row,
    extra: Sequence[Row],
    amount: Band | None,
    alone: list[Payment] | None,
    *,
    window: Window,
    rates: Mapping[str, float],
) -> tuple[list[Payment] | None, list[Row]]:
    """Return the payments with the assumptions on this deal, and the assumptions used."""
    annual = [a for a in extra if a["field"] == "annual"]
    if annual:
        parts = [annual_payment(a, row, rates) for a in annual]
        return None if None in parts else [part for part in parts if part is not None], annual
    given = next((a for a in extra if a["field"] == "amount"), None)
    term = next((a for a in extra if a["field"] == "term"), None)
    used = [a for a in (given, term) if a is not None]
    payments = alone
    if used:
        if given is not None:
            amount = in_usd(given, given["currency"] or row["currency"], rates)
        payments, _ = ledger_payment(windowed(row, term or used[0]), amount, window)
    return _scheduled(row["deal_id"], payments, amount, extra, used)


def _scheduled(
    deal_id: str, payments: list[Payment] | None, amount: Band | None, extra: Sequence[Row], used: list[Row]
) -> tuple[list[Payment] | None, list[Row]]:
    """Return the payments on the stated ramp or milestones; as they were without one."""
    tranches = [a for a in extra if a["field"] == "milestone"]
    if tranches and amount is not None and amount.base is not None:
        dated = tuple(
            sorted(
                ((_day(a), Band(a["low"], a["base"], a["high"])) for a in tranches), key=lambda part: part[0]
            )
        )
        return [Payment(amount, Schedule(dated[0][0], dated[-1][0], tranches=dated))], [*used, *tranches]
    ramp = next((a for a in extra if a["field"] == "ramp"), None)
    if ramp is None or not payments:
        return payments, used
    timing = payments[0].timing
    full = ramp["term_end"]
    if not (isinstance(timing, Schedule) and isinstance(full, date) and timing.start <= full <= timing.end):
        raise DataError(
            f"{ramp['assumption_id']}: {deal_id} is at its full rate from {full or 'no stated day'},"
            f" outside its term {timing.words()}.",
            fix="Mend the date, or state the term.",
        )
    climbing = Schedule(timing.start, timing.end, full=full, first=ramp["base"] or 0.0)
    return [Payment(payments[0].amount, climbing)], [*used, ramp]


def _day(tranche: Row) -> date:
    day = tranche["term_end"] or tranche["term_start"]
    if not isinstance(day, date):
        raise DataError(f"{tranche['assumption_id']}: a milestone without a date.", fix="Fill in term_end.")
    return day


def windowed(row: Row, dates: Row) -> Row:
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


def in_usd(assumption: Row, currency: str | None, rates: Mapping[str, float]) -> Band | None:
    """Return the band of an assumption in bn USD; None without an exchange rate."""
    rate = rates.get(currency or "USD")
    band = Band(assumption["low"], assumption["base"], assumption["high"])
    return None if rate is None else band.scaled(rate)


def annual_payment(assumption: Row, deal: Row | None, rates: Mapping[str, float]) -> Payment | None:
    """Return a yearly amount inside its term (open ends run on)."""
    dated = assumption if assumption["term_start"] or assumption["term_end"] or deal is None else deal
    currency = assumption["currency"] or (deal["currency"] if deal is not None else None)
    band = in_usd(assumption, currency, rates)
    return None if band is None else Payment(band, Rate(dated["term_start"], dated["term_end"]))
