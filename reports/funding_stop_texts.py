"""The texts of the section on a funding stop: a part of `reports.texts`."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["FundingStopTexts"]


@dataclass(frozen=True)
class FundingStopTexts:
    """The words of a funding stop in one language; the defaults are English."""

    stop_heading: str = "What a funding stop would do"
    stop_none: str = "No lab with a summed deal is in the ledger, so there is no funding to stop."
    stop_linear: str = (
        "If {cut} of the labs' outside funding stopped and every payer cut its spending in proportion, {names} would lose"
        " most revenue."
    )
    stop_name: str = "{name} ({share}; in 90% of the draws {low} to {high})"
    stop_name_alone: str = "{name} ({share})"
    stop_holds: str = "Firm contracts could still be paid at that cut."
    stop_breaks: str = (
        "At that cut {names} could not pay firm contracts out of revenue and known funding: {low} bn USD a year would stay unpaid, {high} with what default itself"
        " destroys."
    )
    stop_first: str = "Defaults start at a cut of {cut}, with {names}."
    stop_never: str = "No cut up to {cut} brings a default on firm contracts."
    stop_intro: str = (
        "The two figures are two views of one stop. The linear loss takes all spending as discretionary: whoever receives"
        " less spends less. Take-or-pay takes signed contracts as binding and pays them before wages and power, out of revenue, the known funding that is"
        " left and known cash; the labs publish no cash, and none is counted. Where two amounts stand, the second counts what default itself destroys. A dash means that no signed contract with it is in the ledger. Mean of {year}, with assumptions."
    )
    stop_headers: tuple[str, ...] = (
        "Name", "Linear loss of revenue at {cut}", "Median of the draws", "5% to 95%", "P(zero)", "Not received under contract at {cut}, bn USD a year",
        "The same at {full}", "Label")  # fmt: skip
    stop_grid_headers: tuple[str, ...] = (
        "Cut of the labs' funding", "Cannot pay in full", "Unpaid, bn USD a year", "With default costs", "Guarantees called, bn USD a year", "Label")  # fmt: skip
    stop_grid: str = "Where defaults start"
    stop_grid_intro: str = "Who could not pay signed contracts in full as the cut of the labs' funding grows, and what would stay unpaid."
    stop_nobody: str = "nobody"
    stop_pair: str = "{low} to {high}"

    equity_heading: str = "Equity at risk"
    equity_intro: str = (
        "Share of a company's equity that would be lost: lost profit, claims at cost on parties that cannot pay, guarantees called,"
        " and losses that reach it along stakes and loans. Of a failed claim {lgd} is lost, between {lgd_low} and {lgd_high} in 90% of cases (telecom"
        " vendors lost a third to four fifths). A stake in a lab is written down only where the lab cannot pay its contracts, and receivables are not disclosed:"
        " the figures are lower bounds."
    )
    equity_headers: tuple[str, ...] = (
        "Name", "Book equity, bn USD", "Equity lost at {cut}", "Equity lost at {full}", "Range by loss given default", "Of market value at {full}",
        "Claims and calls behind it, bn USD", "Left out", "Label")  # fmt: skip
    equity_stable: str = "Losses fade as they travel between listed companies (largest factor {rho} a step)."
    equity_no_circle: str = "No circle of stakes or loans between listed companies is known: a loss travels on and does not come back."
    equity_unstable: str = "UNSTABLE: losses grow as they travel between listed companies (largest factor {rho} a step); only the cap at 100% stops them."
    equity_none: str = "No equity at risk could be computed."
    equity_missing: str = "Without a figure, by reason: {count} companies and parties"
    equity_missing_headers: tuple[str, ...] = ("Reason", "Names")

    calls_heading: str = "Guarantees that would be called"
    calls_intro: str = (
        "Beside the unpaid contracts above, never added to them; equity at risk does count the calls. A guarantee is called when the party behind it cannot pay or is not paid;"
        " a call is at most the maximum spread over {year}."
    )
    calls_headers: tuple[str, ...] = (
        "Guarantor", "For", "Maximum, bn USD", "Called from a cut of", "Why", "Called at {full}, bn USD a year", "Label")  # fmt: skip
    calls_none: str = "No guarantee in the ledger would be called at any cut up to {full}."
    calls_idle: tuple[str, str] = (
        "One more guarantee in the ledger is called at no cut.",
        "{count} more guarantees in the ledger are called at no cut.",
    )
    call_reasons: Mapping[str, str] = field(
        default_factory=lambda: {
            "default": "it cannot pay",
            "not paid": "it is not paid",
            "none": "not called",
        }
    )

    sure_heading: str = "How sure the shares are"
    sure_intro: str = (
        "Each cell: the share if every deal stands as stated; then the median and, in brackets, 5% to 95% of {draws} draws in which amounts,"
        " deals and undisclosed shares vary with the grade of their source and their status. P(zero) is the part of the draws without"
        " any such revenue. A share below its stated value in most draws rests on deals that may not stand."
    )
    sure_cell: str = "{value}; {median} ({low} to {high})"
    sure_headers: tuple[str, ...] = (
        "Name", "Own financing", "P(zero)", "Own purchases", "P(zero)", "Capital markets", "P(zero)", "Label")  # fmt: skip
    sure_finn: str = "Finn index of the whole network: {cell}."
    sure_none: str = "No draws were made: [loop] draws of the theme is 0, or nothing is summed."

    vendor_heading: str = "Vendor finance, then and now"
    vendor_lesson: str = (
        "The telecom lesson: on {day} {vendor} had promised {committed} bn USD to its customers and {drawn} bn had been drawn. The headline"
        " was {factor} the money that had moved."
    )
    vendor_now: str = "Today {names}."
    vendor_now_name: str = "{name} has promised {committed} bn and paid {drawn} ({share})"
    vendor_headers: tuple[str, ...] = (
        "Vendor", "Day", "Committed, bn USD", "Drawn or paid", "Drawn / committed", "Committed / revenue", "Drawn / revenue", "Read with", "Label")  # fmt: skip
    vendor_unknown: str = "amount not stated: {ids}"
    vendor_items: str = "The telecom figures one by one: {count}"
    vendor_item_headers: tuple[str, ...] = (
        "Vendor",
        "Measure",
        "State",
        "Value",
        "Period",
        "Read with",
        "Label",
    )
    vendor_value: str = "{value} {unit}"
    vendor_not_fact: str = "not used as fact"
