"""The texts of the section on the research notes' claims: a part of `reports.texts`."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["ClaimsTexts"]


@dataclass(frozen=True)
class ClaimsTexts:
    """The words of the claims in one language; the defaults are English."""

    claims_heading: str = "What the research notes claim, and what the figures say"
    claims_intro: str = (
        "Of {count} claims of the notes the figures of this run support {supported}, do not support {against}, and cannot"
        " test {open} yet."
    )
    claims_intro_simulated: str = (
        "The figures are simulated, so the verdicts say that the tests run and nothing about the claims."
    )
    claims_how: str = (
        "A claim about a group is supported when so many of its names agree that chance alone would give it in at most one"
        " case of ten (exact sign test); the power is the chance to see a claim that is true for four names of five. With"
        " several claims tested at once, about one in ten that are false would pass. Not supported means that the figures"
        " do not bear the claim out, not that it is refuted."
    )
    claims_none: str = "The theme states no claims of research notes."
    claims_headers: tuple[str, ...] = (
        "Claim",
        "Note",
        "Verdict",
        "Figures",
        "p (power)",
        "Newest figure",
        "Label",
    )
    claims_verdicts: dict[str, str] = field(
        default_factory=lambda: {
            "supported": "supported",
            "not supported": "not supported",
            "not testable yet": "not testable yet",
        }
    )
    claims_open: str = "Not testable yet, with what is missing: {count}"
    claims_open_headers: tuple[str, ...] = ("Claim", "Note", "What would be measured", "What is missing")
    claims_sources: str = "Sources of the figures behind each verdict: {count}"
    claims_source_headers: tuple[str, ...] = ("Claim", "Sources", "Label")
    claims_p: str = "{p} ({power})"
