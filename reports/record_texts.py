"""The texts of the track record: a part of `reports.texts`."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["RecordTexts"]


@dataclass(frozen=True)
class RecordTexts:
    """The words of the scorecard in one language; the defaults are English."""

    record_title: str = "{theme}: track record on {today}"
    record_title_backtest: str = "{theme}: backtest {first} to {last}"
    record_simulated: str = (
        "SIMULATED: made from the bundled sample; it shows that the grading runs, nothing else."
    )
    record_backtest: str = (
        "A backtest: forecasts that the present method would have made, each from what was known on its date. It is no"
        " track record of forecasts that were published."
    )
    record_all_late: str = (
        "Hindsight: every stored week was run days or years after its date, when what came after could be known. Read"
        " this as a backtest; it is no track record of forecasts made in time."
    )
    record_late: str = (
        "Weeks left out because they were run more than {days} days after their date, when what came after could be"
        " known: {late}."
    )
    record_none: str = "No forecast is stored yet: every `screen run` without a scenario stores that week's."
    record_counts: str = "{made} forecasts of the multiple in {weeks} weeks, made {when}; {due} are due and {graded} are graded."
    record_when: tuple[str, str] = ("on {first}", "on {dates} dates ({first} to {last})")
    record_open: str = "not testable yet: {open} forecasts open, first due on {next_due}."
    record_lead: str = (
        "Against no change the forecast is {verdict}: CRPS {value} against {benchmark} ({detail})."
    )
    record_lead_open: str = "Against no change the forecast is not testable yet: {reason}."
    record_not_better: str = "Said plainly: these outcomes do not show that the forecast beats the assumption that the multiple stays where it is."
    record_worse: str = (
        "Said plainly: the forecast did worse than the assumption that the multiple stays where it is."
    )
    record_p: str = "p {p}, {origins} non-overlapping origins"
    record_accuracy: str = "The forecast against no change, {weeks} weeks ahead"
    record_calibration: str = "Is the stated uncertainty right?"
    record_order: str = "Does the order of names hold? ({weeks} weeks ahead)"
    record_interim: str = "An early look at direction, before the {weeks} weeks have passed"
    record_interim_note: str = (
        "A premium that fades shows its sign before its size, so the order of names may be looked at early. It is no"
        " verdict on the forecast, which is about {weeks} weeks."
    )
    record_turnover: str = "How much the leaders change from one date to the next"
    record_reliability: str = "P(fall > 10%): stated and what happened"
    record_reliability_headers: tuple[str, ...] = (
        "Stated",
        "Forecasts",
        "Mean stated",
        "Fell by more than 10%",
    )
    record_headers: tuple[str, ...] = (
        "Measure", "Value", "Against", "Difference (95% interval)", "p", "Graded", "Dates", "Non-overlapping", "Verdict",
    )  # fmt: skip
    record_order_headers: tuple[str, ...] = (
        "Order by", "Outcome", "Weeks", "Measure", "Value (95% interval)", "p", "Dates", "Non-overlapping", "Verdict",
    )  # fmt: skip
    record_turnover_headers: tuple[str, ...] = ("Screen", "First five", "First tenth", "Dates")
    record_measures: dict[str, str] = field(
        default_factory=lambda: {
            "crps": "CRPS (distance of the distribution from the outcome, log; lower is better)",
            "squared_error": "squared error of the expected change (log; lower is better)",
            "brier": "Brier score of P(fall > 10%) (lower is better)",
            "coverage_50": "outcomes inside the 50% interval",
            "coverage_80": "outcomes inside the 80% interval",
            "coverage_90": "outcomes inside the 90% interval",
            "ks_distance": "largest distance of the PIT values from uniform",
            "falls": "multiples that fell by more than 10%, against the mean stated probability",
            "compressions": "multiples that fell by 10% or more while earnings held",
            "rank_ic": "rank IC (1 = the order came true)",
            "spread": "first third less last third",
        }
    )
    record_outcomes: dict[str, str] = field(
        default_factory=lambda: {
            "dln_multiple": "change of the multiple",
            "dln_denominator": "change of trailing EPS",
        }
    )
    record_subjects: dict[str, str] = field(
        default_factory=lambda: {"forecast": "expected change of the multiple"}
    )
    record_how: str = (
        "Means over the names of a date, then over dates. Outcomes of nearby dates share most of their weeks, so p and"
        " interval come from dates at least the horizon apart, once from every first date (median p). Under {needed} such"
        " dates nothing is called better or worse: not testable yet."
    )
    record_limits: str = "What this does not show"
    record_survivorship: str = (
        "Survivorship: the {companies} companies of the theme are those that exist and matter today; none that failed, was"
        " bought or was dropped since is among them. {scored} of them have a graded forecast."
    )
    record_hindsight: str = (
        "Hindsight of the map: which companies, segments and tiers there are was decided with today's knowledge, and the"
        " method was written with these years in view; the degrees of freedom of its distribution were chosen on outcomes of"
        " 2018 to 2025, so that coverage in those years is no independent check. Deals and figures enter on the day they became known."
    )
    record_filed_only: str = "Statements enter as first filed, on their filing date; a company without filings has no multiple here."
    record_all_statements: str = (
        "Statements without a filing date enter with an assumed lag, and some values are later restatements: both look ahead"
        " a little."
    )
    record_lost: str = (
        "{lost} of {due} forecasts that are due have no outcome, mostly because earnings turned negative or the source of the"
        " multiple changed: the worst falls may be among them."
    )
    record_many: str = "Many measures are shown: of those without any skill about one in twenty would pass its test by chance."
    record_no_order: str = "On {count} of {dates} dates the method expected no reversion of any name, so there was no order to grade."
    record_skipped: str = "{count} dates could not be ranked; the first, {first}: {reason}"
