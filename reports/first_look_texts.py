"""The texts of the first screenful: who stands first on each question, and where to turn next."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FirstLookTexts"]


@dataclass(frozen=True)
class FirstLookTexts:
    """The words of the first look in one language; the defaults are English."""

    look_intro: str = "The first five of each ranking; in brackets the ranks that a name takes in 90% of the draws that vary weights and inputs."
    look_headers: tuple[str, ...] = ("Ranking", "Rank 1 means", "Ranked", "1", "2", "3", "4", "5")
    look_ranked: str = "{ranked} of {count}"
    look_cell: str = "{name} ({interval})"
    look_cell_tied: str = "{rank} {name} ({interval})"
    look_order: str = (
        "Where to look first: near the top of more than one ranking {verb} {names}. A name counts here when it is among the first"
        " five and in the upper half of those ranked."
    )
    look_order_verb: tuple[str, str] = ("stands", "stand")
    look_order_none: str = (
        "Where to look first: no name is near the top of more than one ranking (among the first five and in the upper half of"
        " those ranked)."
    )
    look_name: str = "{name} ({ranks})"
    look_rank: str = "{screen} {rank} of {count}"
    contents_lead: str = "Contents:"
    contents_between: str = "·"
