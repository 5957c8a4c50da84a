"""The texts of the network half of the capital loop: chance, what is owed, related parties, years."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LoopNetworkTexts"]


@dataclass(frozen=True)
class LoopNetworkTexts:
    """The words of these sections in one language; the defaults are English."""

    # Loops against chance.
    null_line: str = (
        "Against chance, {case}: {loops} loops whose smallest edges sum to {amount} bn USD a year. {draws} ledgers shuffled so that everybody keeps"
        " the number of customers, suppliers, investors and investments, and the amounts paid, have a median of {null_loops} (90% of them"
        " {loops_range}; p = {p_loops}) and {null_amount} bn USD ({amount_range}; p = {p_amount})."
    )
    null_short: str = (
        "The same, {case}: {loops} loops and {amount} bn USD against a median of {null_loops} ({loops_range}; p = {p_loops}) and {null_amount} bn USD"
        " ({amount_range}; p = {p_amount})."
    )
    null_gloss: str = "p is the share of all these ledgers, the real one among them, that have as many loops or as much money in them: a small one speaks against chance."
    null_none: str = "Against chance, {case}: no comparison, {reason}."

    # Outside money.
    draw_lead: str = "More is promised than every known inflow brings by {names}, in bn USD a year, mean of {year}, {case}."
    draw_name: str = "{name} ({amount})"
    draw_none: str = "Known inflows cover what is promised at every party."

    # Firm against cancellable.
    owed_heading: str = "What is owed and what can still be called off"
    owed_intro: str = (
        "Owed are payments under signed contracts, up to the end of the notice where one is known; everything announced, reported or"
        " assumed can still be called off. A company keeps its published revenue in both columns, so what is not owed counts as revenue from elsewhere."
        " Shares are those of a company's own deals, without the stated exposure of suppliers that the capital-loop screen adds. A share can rise"
        " where an investment inside the network can still be called off: the money of that round then counts as outside money."
    )
    owed_sealed: str = "{case}, {terms}: the books of this case cannot be closed, {reason}; it has no figure."
    coverage_sealed: str = "A row without amounts: the books cannot be closed, {reason}."
    owed_terms: tuple[tuple[str, str], ...] = (("all", "all payments"), ("firm", "owed payments"))
    owed_loop_headers: tuple[str, ...] = (
        "Case", "Loops, all", "Loops, owed", "Their smallest edges, all, bn USD", "Owed, bn USD", "Label")  # fmt: skip
    owed_headers: tuple[str, ...] = (
        "Name", "Own financing, all", "Owed", "Own purchases, all", "Owed", "Capital markets, all", "Owed", "Label")  # fmt: skip

    # Related parties and the eight parts.
    eight_heading: str = "Alone and with related parties"
    eight_intro: str = (
        "The same revenue in eight parts that add up to all of it, with assumptions. A company counts as one with whom it controls, or with"
        " whoever holds 20% or more of it or is held by it so far; what one of them pays another is then inside the group, and what one of them invests is the group's own."
    )
    eight_same: str = "Under control alone no company of the ledger joins another: subsidiaries already stand under their parent's name."
    eight_apart: str = "Below 20%, or not disclosed, and so apart: {stakes}."
    eight_stake: str = "{holder} in {held} {stake}"
    eight_unknown: str = "not disclosed"
    eight_headers: tuple[str, ...] = (
        "Name", "As one with", "Revenue, bn USD", "Third parties", "Others' revenue", "Others' debt", "Others' equity", "No known funding",
        "Own financing", "Own purchases", "Inside the group", "Label")  # fmt: skip
    eight_alone: str = "alone"
    eight_rest: str = "The eight parts of every company on its own: {count}"
    consolidations: tuple[tuple[str, str], ...] = (
        ("own", "alone"), ("strict", "{names} (control)"), ("loose", "{names} (20% or more)"))  # fmt: skip

    # Assumptions on how a term is paid.
    assumed_ramp: str = "{share} of the full rate on the first day"
    assumed_notice: str = "{days} days"

    # By calendar year.
    years_heading: str = "Purchases by calendar year"
    years_intro: str = (
        "In bn USD, base amounts with assumptions; in brackets what is owed. The loops use the mean of {window}. Of {count} deals"
        " {shaped} follow a stated ramp or tranches, {rates} a yearly amount, {single} are paid at once; for the others nothing is stated and they are even over their term."
        " A fall in a later year means that no contract and no guidance reaches so far, not that spending ends."
    )
    years_payer: str = "Payer"
    years_cell: str = "{amount} ({owed})"
    years_rest: str = "Every deal with an amount in these years, and how it is paid: {count}"
    years_headers: tuple[str, ...] = ("Deal", "Payer", "Payee", "How it is paid")
    profiles: tuple[tuple[str, str], ...] = (
        ("even", "even"), ("ramp", "ramp"), ("tranches", "tranches"), ("one-off", "at once"), ("rate", "a yearly amount"))  # fmt: skip
