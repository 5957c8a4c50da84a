"""Faults of schedules and groups: ramps without dates, tranches that miss the amount, self-owners."""

from __future__ import annotations

import math
from collections.abc import Iterator

from exposures.faults import Fault, error, warning
from exposures.lint_cells import Row
from exposures.lint_links import ThemeText

__all__ = ["lint_schedules"]

SCHEDULES = ("ramp", "milestone", "notice")
TRANCHE_GAP = 0.005
"""Tranches are quoted to the tenth of a billion; a larger gap to the deal's amount is a missing tranche."""


def lint_schedules(text: ThemeText) -> Iterator[Fault]:
    """Yield the faults of how terms are paid and of who holds whom."""
    rows = [row for row in text.rows("assumptions") if row.get("field") in SCHEDULES]
    for row in rows:
        yield from _schedule(text, row)
    yield from _tranches(text, rows)
    yield from _groups(text)


def _schedule(text: ThemeText, row: Row) -> Iterator[Fault]:
    name, word, base = row.get("assumption_id"), row.get("field"), _value(row.get("base"))
    fields = {r.get("field") for r in text.rows("assumptions") if r.get("deal_id") == row.get("deal_id")}
    if not row.get("deal_id"):
        message = f"{name} states a {word} without a deal."
        yield error("assumptions.csv", row.line, "schedule", message, "Name the deal_id that it spreads.")
    elif word != "notice" and "annual" in fields:
        message = f"{name} spreads {row.get('deal_id')}, which another row gives as a yearly amount."
        yield error("assumptions.csv", row.line, "schedule", message, "Keep one of the two.")
    if word != "notice" and not row.get("term_end"):
        message = f"{name} states a {word} without a date."
        yield error("assumptions.csv", row.line, "schedule", message, "Fill in term_end.")
    if word == "ramp" and base is not None and not 0 <= base < 1:
        message = f'{name}: "base" is {base:g}; a ramp starts at 0 to below 1 of the full rate.'
        yield error("assumptions.csv", row.line, "schedule", message, "Divide a percentage by 100.")
    if word == "notice" and not row.get("base"):
        message = f"{name} states a notice without its days."
        yield error("assumptions.csv", row.line, "schedule", message, "Give the days as base.")
    if word == "notice" and base is not None and (base < 0 or base != math.floor(base)):
        message = f'{name}: "base" is {base:g}; notice is a whole number of days.'
        yield error("assumptions.csv", row.line, "schedule", message, "Give the days.")


def _value(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None  # a fault of the cell already


def _tranches(text: ThemeText, rows: list[Row]) -> Iterator[Fault]:
    """Warn where the tranches of a deal do not sum to its amount."""
    deals = {row.get("deal_id"): row for row in text.rows("deals")}
    for deal_id in dict.fromkeys(row.get("deal_id") for row in rows if row.get("field") == "milestone"):
        own = [r for r in rows if r.get("deal_id") == deal_id and r.get("field") == "milestone"]
        deal = deals.get(deal_id)
        for end in ("base", "high"):
            stated = _value(deal.get(f"amount_{end}")) if deal else None
            parts = [_value(row.get(end) or row.get("base")) for row in own]
            if stated is None or any(part is None for part in parts):
                continue
            total = math.fsum(part for part in parts if part is not None)
            if abs(total - stated) > TRANCHE_GAP * max(stated, 1.0):
                message = f"the tranches of {deal_id} sum to {total:g} ({end}), its amount is {stated:g}."
                yield warning("assumptions.csv", own[0].line, "tranche-sum", message, "Add what is missing.")


def _groups(text: ThemeText) -> Iterator[Fault]:
    for row in text.rows("groups"):
        stake, holder = _value(row.get("stake")), row.get("holder")
        if holder and holder == row.get("held"):
            message = f"{holder} holds itself."
            yield error("groups.csv", row.line, "group-self", message, "Remove the row.")
        if stake is not None and not 0 <= stake <= 1:
            message = f'"stake" is {stake:g}; a share is a fraction from 0 to 1.'
            yield error("groups.csv", row.line, "share-range", message, "Divide a percentage by 100.")
        if stake is not None and stake > 1 / 2 and row.get("is_control") == "no":
            message = f"{holder} holds {stake:g} of {row.get('held')} without control."
            yield warning("groups.csv", row.line, "group-control", message, "Say why in basis, or set yes.")
