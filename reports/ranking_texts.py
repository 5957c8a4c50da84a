"""The texts of how sure a rank is and what would change it: a part of `reports.texts`."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["RankingTexts"]


@dataclass(frozen=True)
class RankingTexts:
    """The words of the rankings' uncertainty in one language; the defaults are English."""

    rankings_intro: str = (
        "Two ranges stand beside each rank. Our choices, 90%: where the name ranks in 90% of draws that vary the weights and the"
        " inputs; a wide range says that the rank hangs on how we weigh. Input errors, 95%: every true rank that the errors of the"
        " inputs leave possible with the weights as they are; names whose ranges overlap cannot be told apart by these data. P(top"
        " 5) is the share of the draws in which the name ranks fifth or better. A rank with = is shared. The last column but one"
        " names what moved the score most away from 50, with the figure, the points and the label."
    )
    ranked_headers: tuple[str, ...] = (
        "Rank", "Our choices, 90%", "Input errors, 95%", "P(top 5)", "Name", "Ticker", "Segment", "Tier", "Score", "What moved the score", "Coverage")  # fmt: skip
    top_set: str = "The errors of the inputs leave {count} of {ranked} names a possible place in the true top five (95% for all names at once)."
    top_set_label: str = "inference"
    explain_rank: str = (
        "{screen}: rank {rank}, score {score} (standard error {error}), coverage {coverage}. Our choices: rank {interval} in 90% of"
        " draws that vary weights and inputs, P(top 5) {probability}. Input errors: true rank {errors} at 95% for this name alone,"
        " {joint} with all names judged at once."
    )

    # What would move a name across the border of the top five.
    border_lead: str = (
        "The smallest change of one weight or of one input that would move a name out of the top five:"
    )
    border_leaves: str = "{name} leaves the top five if {conditions}"
    border_enters: str = "{name} enters the top five if {conditions}"
    border_stays: str = "{name} stays in the top five: {reason}."
    border_stays_out: str = "{name} stays outside the top five: {reason}."
    border_weight: str = "the weight of {component} {moves} {threshold} (now {start})"
    border_choice: str = "its {component} {moves} {threshold} (now {start}; {errors} standard errors)"
    border_input: str = (
        "its figure for {component} {moves} {threshold} (now {start}; {errors} standard errors)"
    )
    border_beyond: tuple[str, str] = ("rises above", "falls below")
    border_until: tuple[str, str] = ("rises to", "falls to")
    border_becomes: str = "becomes"
    border_or: str = ", or if "
    border_and: str = "; "
    border_for: str = "; {name} then takes the place"
    border_instead: str = "; {name} then gives up the place"
    border_but: str = "; {reason}"
    border_nothing: str = "What would move a name across the top five: nothing, {reason}."
    border_summary: str = "What would move a name out of the top five, or into it: {count} names"
    border_intro: str = (
        "One change at a time, everything else as it is. A weight moves and the others keep their proportions. An input moves and"
        " its median and spread over the names are taken anew. Of the weights the smallest change is shown, of the inputs the"
        " smallest in standard errors: of the input, or for a weight in deviations of the weight in the draws. Who has enough"
        " inputs to be ranked is held."
    )
    border_headers: tuple[str, ...] = (
        "Name", "Rank", "What moves", "Component", "Now", "Border", "Standard errors", "Name at the border")  # fmt: skip
    border_kinds: Mapping[str, str] = field(default_factory=lambda: {"weight": "weight", "input": "input"})
