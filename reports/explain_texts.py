"""The texts of `screen explain`: a part of `reports.texts`, apart since they are many."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass

from reports.words import Words

__all__ = ["ExplainTexts"]


@dataclass(frozen=True)
class ExplainTexts(Words):
    """The words of an explanation in one language; the defaults are English."""

    # Explaining one name.
    explain_title: str = "{name} ({ticker}) on {as_of}"
    explain_title_simulated: str = "SIMULATED: {name} ({ticker}) on {as_of}"
    explain_unranked: str = "{screen}: unranked, coverage {coverage}. {reason}"
    explain_sum: str = "Start 50.00, contributions {parts}, score {score}."
    explain_headers: tuple[str, ...] = (
        "Component",
        "Value",
        "z",
        "Weight",
        "Points",
        "Label",
        "Known",
        "Detail",
    )
    explain_tier_heading: str = "Tier and exposure"
    explain_tier_headers: tuple[str, ...] = (
        "Segment",
        "Tier",
        "Origin",
        "Reason",
        "Expires",
        "Revenue share",
        "Basis",
        "Sources",
    )
    explain_evidence_heading: str = "Evidence"
    explain_evidence: str = "{agreement}: {verdict}"
    explain_evidence_headers: tuple[str, ...] = ("Measure", "Value")
    explain_evidence_rows: tuple[str, ...] = (
        "Gross margin, median", "Stability of the margin", "Change on four quarters before", "Incremental margin",
        "Margin with 10% more revenue (estimate)", "Revenue growth", "Quarters used", "Published margins")  # fmt: skip
    explain_data_heading: str = "Data used"
    explain_data_headers: tuple[str, ...] = ("Figure", "Value", "Known")
    explain_data_rows: tuple[str, ...] = (
        "Price, {currency}", "Market value", "Expected EPS ({basis})", "Forward P/E", "Trailing EPS, gains stripped",
        "Trailing EPS as reported", "Trailing P/E", "EV / sales",
        "Revenue, four quarters", "Gross margin", "Operating margin", "Capital spending", "Operating cash flow")  # fmt: skip
    explain_data_source: str = "Sources: {source}."

    # Monthly revenue, in the report and in an explanation.
    monthly_heading: str = "Taiwan monthly revenue"
    monthly_intro: str = (
        "Companies listed in Taiwan publish each month's revenue by the 10th of the next month, weeks before any quarter: the earliest"
        " hard figure of these suppliers. Sorted by the last three months on the same three months a year before; acceleration is that"
        " growth minus the growth of the three months before. Read a single month of January or February with care: the Lunar New Year"
        " falls into one or the other; the three-month figure dilutes that, and evens it out while it holds both months. The source twse is the exchanges' own publication."
    )
    monthly_headers: tuple[str, ...] = (
        "Name", "Ticker", "Month", "Revenue", "On a year before", "3 months on a year before", "Acceleration", "Known", "Source")  # fmt: skip

    # The ledger and the loops of one name.
    explain_deals_heading: str = "Deals in the ledger"
    explain_deals_headers: tuple[str, ...] = (
        "Deal", "Payer", "Payee", "Kind", "Class", "Low / base / high, bn USD", "Summed", "Status", "Note", "Label")  # fmt: skip
    explain_loops_heading: str = "Loops it is in"
    explain_loops_rest: str = "Smaller loops, listed by screen loops: {count}."
    explain_multiple_heading: str = "Multiple"
    explain_gaps_heading: str = "Gaps"
    explain_gaps_headers: tuple[str, ...] = ("Data", "What is wrong", "Age", "What the run did")
    explain_findings_headers: tuple[str, ...] = (
        "Check", "Figure", "Day", "Measured", "Limit", "Values", "What is wrong", "What the run did")  # fmt: skip
    explain_nothing: str = "Nothing on record."
    explain_absent: str = "In no screen of this run."
