"""The texts of the tests behind the tiers: a part of `reports.texts`, apart since they are many."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PowerTexts"]


@dataclass(frozen=True)
class PowerTexts:
    """The words of the tests of the tiers in one language; the defaults are English."""

    # What a verdict repeats of the columns beside it, as a pattern: left out in the table.
    verdict_repeats: str = r"; assigned [\w ]+, evidence points to \w+"

    # "Revenue grows, margins diverge".
    claim_verdict: str = '"Revenue grows, margins diverge": {verdict}, {tested}.'
    claim_tested: str = "from changes on a year before in quarters and years ended {ends}, known by {known}"
    claim_untested: str = "no change on a year before is known"
    claim_shift: str = (
        "Each name against itself a year before, the gross margin of a bottleneck name moved by {shift} against that of a pressured"
        " name (the median over all pairs of one and the other; 90% interval {interval}; {strong} against {weak} names; p {p}: the chance of such a"
        " gap if the tier said nothing)."
    )
    claim_growth: str = "Median revenue changed by {strong} among bottlenecks ({strong_names} names) and by {weak} among pressured names ({weak_names})."
    claim_power: str = (
        "With this many names the test would find a true gap of one standard deviation of a name's change ({sd}) with a chance of {one},"
        " half of one with {half}."
    )
    claim_reason: str = "Why: {reason}."
    claim_variants: str = "The same test with every company on the tier of its segment, since overrides were set with margins in view: {defaults}. From filings alone: {filings}."
    claim_variant: str = "{verdict} ({shift}, p {p}, {strong} against {weak} names)"
    claim_variant_untested: str = "{verdict} ({strong} against {weak} names)"
    claim_caveat: str = (
        "The tiers were assigned by people who knew earlier margins, so this describes the chain and is no forecast; growth and margins are"
        " partly of different names, and a common cause inside one tier, such as memory prices, counts as several names."
    )

    # Margins by tier through time.
    dispersion_intro: str = (
        "Median gross margin by calendar quarter, with the number of names. Which names report differs from quarter to quarter, so the spread"
        " jumps when a name comes or goes; the next column holds the names fixed: each against itself a year before, bottleneck less pressured."
        " Scatter is the robust standard deviation of the gross margin across all names."
    )
    dispersion_headers: tuple[str, ...] = (
        "Quarter to", "Bottleneck", "Contested", "Pressured", "Spread", "Spread on a year before, same names",
        "Revenue growth, bottleneck", "Revenue growth, pressured", "Scatter")  # fmt: skip
    dispersion_names: str = "{value} ({count})"
    dispersion_matched: str = "{value} ({strong} against {weak})"
    dispersion_none: str = "No quarterly gross margin is known, so there is no history by tier."
    composition_summary: str = "Names behind each quarter's spread: {count} quarters"
    composition_headers: tuple[str, ...] = ("Quarter to", "Names", "Missing")

    # Agreement of tiers and evidence.
    agreement_line: str = (
        "Do tiers and evidence put the names in the same order? {verdict}: Kendall's tau-b {tau} (1 is the same order, 0 none, -1 the reverse), {n}"
        " names, p {p}. A true step of one standard deviation from tier to tier would be found with a chance of {one}, half of one with {half}."
    )
    agreement_blind: str = (
        "Some companies were given a tier of their own with their margins in view, which agrees with them by construction. With every company on the"
        " tier of its segment: {verdict}, tau-b {tau}, {n} names, p {p}."
    )
    agreement_blind_none: str = (
        "With every company on the tier of its segment it is not testable yet: {reason}."
    )
    agreement_none: str = (
        "Whether tiers and evidence put the names in the same order is not testable yet: {reason}."
    )
    agreement_verdicts: tuple[tuple[str, str], ...] = (
        ("agrees", "Yes"), ("no agreement", "Not shown"), ("not testable yet", "Not testable yet"))  # fmt: skip
    agreement_summary: str = "The order of the tiers against each measure: {count}"
    agreement_intro: str = (
        "The first two rows are the test, the others say which measure carries it; of several measures without any relation one may pass by chance. J counts the pairs of two tiers in the right order"
        " (Jonckheere-Terpstra); it orders the names as tau-b does and has the same p. For stability, less movement counts as more power."
        " Odds: how many times larger they are with one standard deviation more of the measure (95% interval, ordered logit, from 30 names on)."
    )
    agreement_odds: str = "{odds} ({low} to {high})"
    agreement_headers: tuple[str, ...] = (
        "Measure", "Names by tier", "tau-b", "J", "p", "Found at 1 sd", "Found at 0.5 sd", "Odds of a stronger tier", "Result")  # fmt: skip
    agreement_measures: tuple[tuple[str, str], ...] = (
        ("evidence_score", "All evidence together"),
        ("evidence_score_default_tiers", "All evidence, tiers of the segments"),
        ("gross_margin_level", "Gross margin"),
        ("gross_margin_change", "Margin change on four quarters before"),
        ("gross_margin_stability", "Stability of the margin"),
        ("incremental_margin", "Incremental margin"),
        ("pass_through_slope", "Margin kept when revenue grows"),
        ("revenue_growth", "Revenue growth"),
    )

    # Pass-through and working capital.
    pass_summary: str = "What a margin does when revenue or the customers' spending grows: {identified} of {count} tiers identified"
    pass_intro: str = (
        "Change of the gross margin that goes with 10% more revenue on a year before, and with 10% more capital spending of the customers"
        " a quarter before, with one standard error; companies vary around their tier (mixed model, restricted maximum likelihood). A"
        " bottleneck should not lose margin when either grows; a pressured name should not gain. Not identified: fewer than three companies of a tier"
        " with six yearly changes. It describes how both moved together; costs and mix move them too."
    )
    pass_headers: tuple[str, ...] = (
        "Tier", "Companies", "Yearly changes", "With 10% more revenue", "With 10% more customers' spending", "Result", "Note")  # fmt: skip
    pass_slope: str = "{value} ± {error}"
    terms_summary: str = "Who waits for money: working-capital terms of {count} names, missing for {missing}"
    terms_intro: str = (
        "Days sales outstanding (receivables over revenue, times 91), days payables outstanding (payables over cost of revenue, times 91) and"
        " contract liabilities (paid ahead by customers, current part) over revenue of the quarter, each with its change on the same quarter a year before."
        " Falling receivable days and customers who pay ahead speak for power over customers, rising payable days for power over suppliers."
    )
    terms_headers: tuple[str, ...] = (
        "Name", "Tier", "Quarter to", "Receivable days", "Change", "Payable days", "Change", "Paid ahead / revenue", "Change", "Missing")  # fmt: skip
    terms_median: str = "median of the tier"
