"""Who has put money behind whom: stakes, loans and guarantees promised, against what is paid by a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from models.flows import Flow
from models.network import Matrix

__all__ = ["Commitment", "claims_matrix", "commitments"]

GUARANTEE = "backstop"
EARLIEST = date(1990, 1, 1)
"""Before any deal of the ledger: everything paid up to a day is what is paid from here to it."""
OUTSIDE = "MKT:"
"""Prefix of outside lenders and investors: their claims are on nodes, but nobody's shares fall with them."""

NO_WHOLE = ("annual", "term", "ramp", "notice")
"""Fields of an assumption whose figures are no whole amount."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Commitment:
    """Money that one node has promised another as an investor, lender or guarantor.

    Parameters
    ----------
    flow_id, giver, receiver, kind
        Row of the ledger or of the assumptions, its parties, equity, debt, prepayment or backstop.
    committed_bn_usd
        The headline: everything promised, conditional parts included; None when nobody says.
    paid_bn_usd
        Paid out by the date, at cost; 0 for a guarantee that nobody has called, None when nobody says.
    is_assumed
        True when an assumption gives the amount or the days on which it is paid.
    source
        Source keys.
    """

    flow_id: str
    giver: str
    receiver: str
    kind: str
    committed_bn_usd: float | None
    paid_bn_usd: float | None
    is_assumed: bool
    source: str

    @property
    def is_guarantee(self) -> bool:
        """True for a promise that pays only when the guaranteed party does not."""
        return self.kind == GUARANTEE


def commitments(
    flows: Sequence[Flow],
    *,
    deals: pl.DataFrame,
    assumptions: pl.DataFrame,
    as_of: date,
    fx_to_usd: Mapping[str, float],
) -> list[Commitment]:
    """Return every stake, loan and guarantee between nodes that stands on `as_of`, whatever its year.

    Paid is the part of the base amount whose days of payment have passed, on the schedule of
    `models.payments`: equity and debt without a stated one are paid on one day. Rows that are superseded,
    unsigned, overlapping or between aggregates are left out, as everywhere in the loop; so are lenders
    outside the network.

    Parameters
    ----------
    flows
        Every flow of the ledger, from `models.flows.year_flows`: it says what may be counted.
    deals, assumptions
        Tables DEALS and ASSUMPTIONS: whole amounts and dates.
    fx_to_usd
        US dollars per unit of a currency.

    Missing data
        Without an amount, a date of payment or an exchange rate the figure is None, never zero.
    """
    rows = {row["deal_id"]: row for row in deals.iter_rows(named=True)}
    extra = assumptions.filter(pl.col("known_at") <= as_of).to_dicts()
    by_id = {row["assumption_id"]: row for row in extra}
    found = []
    for flow in flows:
        if not _counts(flow, as_of):
            continue
        row = rows.get(flow.flow_id) or by_id[flow.flow_id]
        used = [by_id[i] for i in flow.ids if i in by_id and i != flow.flow_id]
        found.append(
            Commitment(
                flow_id=flow.flow_id,
                giver=flow.payer,
                receiver=flow.payee,
                kind=flow.kind,
                committed_bn_usd=_headline(row, used, {**fx_to_usd, "USD": 1.0}),
                paid_bn_usd=_paid(flow, as_of),
                is_assumed=flow.is_assumed,
                source=flow.source,
            )
        )
    return found


def _counts(flow: Flow, as_of: date) -> bool:
    """Return True for financing between nodes and for guarantees that still run."""
    if flow.payer.startswith(OUTSIDE):
        return False
    if flow.is_claim:
        return flow.kind == GUARANTEE and (flow.ends is None or flow.ends >= as_of)
    return flow.flow_class == "financing" and not flow.barred


def _headline(row: Row, used: Sequence[Row], rates: Mapping[str, float]) -> float | None:
    """Return the largest whole amount that anyone states, bn USD; None when one has no exchange rate.

    The row's own amounts, those of an assumption on the amount, and the sum of the milestones. A ramp or a
    notice states no amount, and a yearly amount is not the whole.
    """
    stated = [_largest(row, row, rates)]
    stated += [_largest(r, row, rates) for r in used if r["field"] == "amount"]
    tranches = [_largest(r, row, rates) for r in used if r["field"] == "milestone"]
    stated.append(None if None in tranches or not tranches else sum(t for t in tranches if t is not None))
    return max((v for v in stated if v is not None), default=None)


def _largest(stated: Row, deal: Row, rates: Mapping[str, float]) -> float | None:
    """Return the largest amount of a deal or an assumption on it, bn USD."""
    names = ("amount_headline", "amount_high", "amount_base", "high", "base")
    whole = stated.get("field") not in NO_WHOLE
    found = [v for name in names if (v := stated.get(name)) is not None and whole]
    rate = rates.get(stated["currency"] or deal["currency"] or "USD")
    return None if rate is None or not found else max(found) * rate


def _paid(flow: Flow, as_of: date) -> float | None:
    """Return what has been paid by `as_of` on the flow's schedule, bn USD; 0 for a guarantee."""
    if flow.is_claim:
        return 0.0
    if any(payment.timing.start is None for payment in flow.payments):
        return None  # a yearly amount without a first day: how much it came to by now is not known
    parts = [payment.between(EARLIEST, as_of).base for payment in flow.payments]
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def claims_matrix(given: Sequence[Commitment], nodes: Sequence[str]) -> Matrix:
    """Return A, shape (n, n), bn USD: what row has paid into column and still holds, at cost.

    Missing data
        A claim without a known amount adds nothing; it is named where the result is shown.
    """
    at = {node: i for i, node in enumerate(nodes)}
    A = np.zeros((len(nodes), len(nodes)))
    for c in given:
        if not c.is_guarantee and c.paid_bn_usd and c.giver in at and c.receiver in at:
            A[at[c.giver], at[c.receiver]] += c.paid_bn_usd
    return A
