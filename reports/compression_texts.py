"""The texts of the multiples: a part of `reports.texts`, apart since they are many."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["CompressionTexts"]


@dataclass(frozen=True)
class CompressionTexts:
    """The words of warranted multiples and their forecasts in one language; the defaults are English."""

    warranted_heading: str = "Multiple against what growth and profitability warrant"
    warranted_headers: tuple[str, ...] = (
        "Name", "Multiple used", "Actual", "Warranted", "Band", "Premium", "Premium as ranked", "Expected change, 12 months", "P(fall > 10%)",
        "Growth the price needs", "Note")  # fmt: skip
    warranted_intro: str = (
        "Premiums are against the warranted multiple; half of the names lie inside the band. Trailing multiples scatter more than"
        " forward ones, so a premium on trailing P/E, and its expected change, are scaled down to the spread of forward P/E before they are"
        " ranked: the rankings print the scaled figures, this table the unscaled ones beside the premium as ranked."
    )

    # The forecasts behind the table.
    forecast_title: str = "How fast these premiums are expected to fade, and how sure that is"
    forecast_intro: str = (
        "The expected change is the part of the premium that fades in 12 months at the half-life shown. Nine in ten outcomes should lie between the"
        " low and the high end; the range holds what is not known about the speed, the warranted level and the market."
        " A history of under {weeks} weeks is marked short: its speed is mostly that of all names."
    )
    forecast_headers: tuple[str, ...] = (
        "Name", "Expected change, 12 months", "9 in 10 outcomes", "Half-life, weeks", "Own history, weeks", "Where the speed comes from")  # fmt: skip
    short_history: str = "{weeks} (short)"
    no_reversion: str = "none found"

    # The regression behind trailing multiples.
    panel_title: str = "What trailing multiples pay for, over {dates} quarters"
    panel_intro: str = (
        "Regression of log trailing P/E on the figures known at the time: {n} observations, {firms} names, {dates} dates a quarter apart"
        " since {first}. The first column compares names on one date (it explains {between} of those differences); the second follows each name against its"
        " own level over time ({within} explained with those levels). Ranges are 95%, from errors that allow for common shocks to one name and to one date; a range"
        " that holds 0% says the effect is not told apart from chance."
    )
    panel_headers: tuple[str, ...] = (
        "What differs, all else equal", "Change of the multiple, between names", "95% range", "Within a name over time", "95% range")  # fmt: skip
    panel_terms: dict[str, str] = field(
        default_factory=lambda: {
            "growth": "Revenue grew 10 points more (log)",
            "operating_margin": "Operating margin 10 points higher",
            "risk": "Yearly volatility 10 points higher",
            "leverage": "Debt higher by half of equity",
            "size": "Twice the revenue",
        }
    )
