"""The texts on capital spending and depreciation: a part of `reports.texts`, apart since they are many."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CapexTexts"]


@dataclass(frozen=True)
class CapexTexts:
    """The words on depreciation in one language; the defaults are English."""

    payers_over: str = "Capital spending takes more than the operating cash flow of {names}."
    payers_under: str = "It takes less of {names}."
    payers_share: str = "{name} ({share} in {period})"
    payers_intro: str = (
        "OI is operating income, OCF operating cash flow, FCF free cash flow (OCF less capex). Backlog cover is the backlog over a year's"
        " revenue. Owed by labs is the published share; the table on the backlog adds what was signed since."
    )
    payers_older: str = "Other periods of the same: {count}"

    wall_heading: str = "The depreciation wall"
    wall_lead: str = (
        "Twelve quarters ahead ({end}) {name} depreciates {extra} bn USD a year more than now: {share} of the operating"
        " income of its last twelve months ({low} to {high} between the low and the high case of spending)."
    )
    wall_others: str = "After it: {names}."
    wall_other: str = "{name} {share}"
    wall_reading: str = (
        "Spending that is made or planned becomes a charge once the assets are in service; the share says how much of today's"
        " operating income it takes unless revenue grows with it."
    )
    wall_headers: tuple[str, ...] = (
        "Name", "Depreciation now, bn USD a quarter", "4 quarters ahead", "8 quarters", "12 quarters", "Low to high", "Revenue needed, bn USD a year", "Label")  # fmt: skip
    wall_note: str = (
        "Quarters ahead: extra yearly depreciation as a share of operating income, base case. Revenue needed: that extra"
        " charge over the margin before depreciation, so that operating income stays where it is."
    )
    wall_none: str = "For no payer could the wall be computed."
    wall_basis: str = "What the wall rests on"
    wall_basis_line: str = "{name}: {caveat}."
    wall_missing: str = "No wall, each with its reason: {count}"
    wall_missing_headers: tuple[str, ...] = ("Names", "Reason")
    wall_no_share: str = "no share: {reason}"

    depreciation_heading: str = "The hidden charge of shorter lives"
    depreciation_intro: str = "Depreciation of the next four quarters in bn USD, had servers always lasted so long; in brackets the change against the stated life, as a share of operating income."
    depreciation_headers: tuple[str, ...] = ("Name", "Stated life, years")
    depreciation_life: str = "{years:g} years"
    depreciation_cell: str = "{amount} ({change})"
    depreciation_none: str = "No depreciation could be computed."
    life_changes_summary: str = (
        "Changes of the life of servers: {count}, what they did by the model and as stated"
    )
    life_changes_note: str = (
        "Effect on the depreciation of the four quarters from the day on, of servers held on it; above 0 lowers operating income."
        " Book value by age is not disclosed: the model takes two thirds of all spending as servers at the old life, so direction"
        " and size are compared, not digits. A change that covers some servers only is stated far below the model."
    )
    life_changes_headers: tuple[str, ...] = (
        "Name", "From", "Years", "By the model, bn USD", "As stated, bn USD", "Same direction", "Note")  # fmt: skip
    life_change: str = "{old:g} to {new:g}"

    returns_heading: str = "What the last year's spending brought"
    returns_lead: str = (
        "Extra operating income after tax over the capital spending of the year before fell on a year earlier for {fallen} of"
        " {count} payers: {names}."
    )
    returns_name: str = "{name} {before} to {now}"
    returns_note: str = (
        "Four quarters against the four before; tax of {tax} assumed. Spending works with a delay, so one year says little: read"
        " the direction."
    )
    returns_headers: tuple[str, ...] = (
        "Name", "Four quarters to", "Incremental return", "A year earlier", "Incremental margin", "Incremental ROIC", "Capex / OCF",
        "A year earlier", "FCF, bn USD", "Label")  # fmt: skip
    returns_none: str = "No payer has eight quarters of operating income and capital spending."
    returns_history: str = "The same by quarter"
    returns_history_headers: tuple[str, ...] = (
        "Name", "Four quarters to", "Incremental return", "Incremental margin", "Capex / OCF", "FCF, bn USD")  # fmt: skip

    backlog_heading: str = "Backlog: how fast it runs off, and who owes it"
    backlog_lead: str = (
        "{name} has the most concentrated backlog: {customer} owes {share} of {backlog} bn USD. After default and usage {quality}"
        " of it can be counted on ({low} to {high}; the parameters are assumptions)."
    )
    backlog_headers: tuple[str, ...] = (
        "Name", "Backlog, bn USD", "Due in a year, bn USD", "Over a year's revenue", "Owed by labs", "Largest customer", "Its share", "HHI, low to high", "Can be counted on")  # fmt: skip
    backlog_note: str = (
        "Owed by labs: the published share, or the labs' contracts over the backlog (an upper bound) where one is newer than that share."
        " HHI (Herfindahl-Hirschman index): sum of squared shares of customers; low if the rest is spread over many, high if one customer owes it. Can be counted on: what is left"
        " after the default of customers and the part that is used rather than reserved, base case with low and high."
    )
    backlog_none: str = "No payer publishes a backlog."
    backlog_customers: str = "What named customers committed to, by cloud: {count}"
    backlog_customers_headers: tuple[str, ...] = (
        "Cloud", "Customer", "Share of backlog", "Committed, bn USD", "Label", "Basis")  # fmt: skip
    backlog_detail: str = "What the backlog figures rest on"
    backlog_detail_line: str = "{name}, {measure}: {detail}."
    backlog_measures: tuple[tuple[str, str], ...] = (
        ("cover", "cover"), ("run_off", "due in a year"), ("remaining_life", "remaining life"), ("quality", "can be counted on"))  # fmt: skip
