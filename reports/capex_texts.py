"""The texts on capital spending and depreciation: a part of `reports.texts`, apart since they are many."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CapexTexts"]


@dataclass(frozen=True)
class CapexTexts:
    """The words on depreciation in one language; the defaults are English."""

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
