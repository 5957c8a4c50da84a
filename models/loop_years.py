"""Flows by calendar year: what each deal pays in each year, beside the window mean that the network uses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from models.bands import Band
from models.flows import Flow
from models.tables import YEAR_FLOWS

__all__ = ["HORIZON_YEARS", "year_flows_table"]

HORIZON_YEARS = 6
"""The year of as_of and five more: most contracts of the ledger end by then, later years repeat the last."""

NOT_KNOWN = "amount or term not known"


def year_flows_table(flows: Sequence[Flow], as_of: date) -> pl.DataFrame:
    """Return YEAR_FLOWS: every commercial and financing flow that may enter a sum, year by year.

    ``f_d(t) = A_d w_d(t)`` with the weights of its schedule, which sum to 1 over all years of the term.
    The mean of a flow over the years of the theme's window is its row in FLOWS.

    Parameters
    ----------
    flows
        Flows of `models.flows.year_flows`, amounts in bn USD.
    as_of
        Its calendar year is the first of `HORIZON_YEARS`.

    Missing data
        A flow without amount, term or exchange rate has null amounts and says so in `note`.
    """
    rows: list[dict[str, object]] = []
    for flow in flows:
        if not flow.barred and flow.flow_class in ("commercial", "financing"):
            rows += [_row(flow, year) for year in range(as_of.year, as_of.year + HORIZON_YEARS)]
    return YEAR_FLOWS.frame(rows)


def _row(flow: Flow, year: int) -> dict[str, object]:
    row: dict[str, object] = {
        "flow_id": flow.flow_id,
        "year": year,
        "payer": flow.payer,
        "payee": flow.payee,
        "flow_class": flow.flow_class,
        "is_assumed": flow.is_assumed,
    }
    if not flow.payments:
        return {**row, "note": NOT_KNOWN}
    whole = _sum(flow, year, date.max)
    firm = Band(0.0, 0.0, 0.0) if flow.firm_until is None else _sum(flow, year, flow.firm_until)
    return {
        **row,
        "low_bn_usd": whole.low,
        "base_bn_usd": whole.base,
        "high_bn_usd": whole.high,
        "firm_bn_usd": firm.base,
        "profile": "+".join(dict.fromkeys(payment.timing.profile for payment in flow.payments)),
        "note": "; ".join(payment.timing.words() for payment in flow.payments),
    }


def _sum(flow: Flow, year: int, until: date) -> Band:
    total = Band(0.0, 0.0, 0.0)
    for payment in flow.payments:
        total = total.plus(payment.in_year(year, until=until))
    return total
