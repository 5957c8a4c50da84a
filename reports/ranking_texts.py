"""The texts of how sure a rank is and what would change it: a part of `reports.texts`."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass

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
    top_set: str = "The true top five: the errors of the inputs leave {count} of {ranked} names a place in it (95% for all names at once)."
    top_set_label: str = "inference"
    explain_rank: str = (
        "{screen}: rank {rank}, score {score} (standard error {error}), coverage {coverage}. Our choices: rank {interval} in 90% of"
        " draws that vary weights and inputs, P(top 5) {probability}. Input errors: true rank {errors} at 95% for this name alone,"
        " {joint} with all names judged at once."
    )
