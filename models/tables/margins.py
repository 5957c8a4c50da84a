"""What the evidence behind the tiers returns: margins by tier through time, and tests."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column
from exposures.tables import TIERS

__all__ = ["DIVERGENCE", "MARGIN_DISPERSION", "TIER_AGREEMENT"]

_S, _F, _D, _I = pl.String, pl.Float64, pl.Date, pl.Int64

MARGIN_DISPERSION = Table(
    "MARGIN_DISPERSION",
    "Gross margin and revenue growth by tier in each of the last calendar quarters, and how far names lie apart.",
    (
        column("quarter", _D, "Last day of the calendar quarter that holds the middle of each fiscal quarter.", required=True),
        *(
            made
            for tier in TIERS
            for made in (
                column(f"names_{tier}", _I, f"{tier.capitalize()} names with a gross margin."),
                column(f"margin_{tier}", _F, "Their median gross margin.", unit="fraction"),
                column(f"matched_{tier}", _I, f"{tier.capitalize()} names with a margin a year before too."),
                column(f"margin_change_{tier}", _F, "Their median change, each against itself.", unit="fraction"),
                column(f"growth_names_{tier}", _I, f"{tier.capitalize()} names with revenue a year before."),
                column(f"growth_{tier}", _F, "Their median revenue growth on a year before.", unit="fraction"),
            )
        ),
        column("spread", _F, "margin_bottleneck minus margin_pressured; moves with the names that report.", unit="fraction"),
        column("spread_change", _F, "margin_change_bottleneck minus margin_change_pressured: composition held fixed.", unit="fraction"),
        column("dispersion", _F, "Robust standard deviation of the gross margin across all names.", unit="fraction"),
        column("dispersion_change", _F, "Its change on a year before over the same names.", unit="fraction"),
        column("composition", _S, "Names behind the spread."),
        column("known_at", _D, "Day the newest margin became known."),
        column("source", _S, "Sources joined by +."),
        column("reason", _S, "Why the spread or its change is null."),
    ),
    key=("quarter",),
)  # fmt: skip

DIVERGENCE = Table(
    "DIVERGENCE",
    "The claim \"revenue grows, margins diverge\" as a test on each company's newest yearly change of the gross margin.",
    (
        column("variant", _S, "assigned: all names on the tiers in force. defaults: on the tiers of their segments, without overrides. filings: without published margins.", required=True,
               allowed=("assigned", "defaults", "filings")),
        column("verdict", _S, "What the test says.", required=True, allowed=("supported", "not supported", "not testable yet")),
        column("reason", _S, "Why.", required=True),
        column("spread_change", _F, "Hodges-Lehmann difference of the changes, bottleneck less pressured.", unit="fraction"),
        column("low", _F, "Lower end of its 90% interval.", unit="fraction"),
        column("high", _F, "Upper end.", unit="fraction"),
        column("p", _F, "One-sided permutation p that the margins part.", unit="fraction"),
        column("p_narrower", _F, "The same that they come closer.", unit="fraction"),
        column("power_one_sd", _F, "Chance to find a true difference of one standard_deviation.", unit="fraction"),
        column("power_half_sd", _F, "Chance to find half of one.", unit="fraction"),
        column("standard_deviation", _F, "Robust standard deviation of a name's change within its tier.", unit="fraction"),
        column("names_bottleneck", _I, "Bottleneck names with a margin change of the last year.", required=True),
        column("names_pressured", _I, "Pressured names with one.", required=True),
        column("growth_bottleneck", _F, "Median revenue growth of the bottleneck names.", unit="fraction"),
        column("growth_pressured", _F, "Median revenue growth of the pressured names.", unit="fraction"),
        column("growth_names_bottleneck", _I, "Names behind growth_bottleneck.", required=True),
        column("growth_names_pressured", _I, "Names behind growth_pressured.", required=True),
        column("first_end", _D, "Oldest period end of the changes."),
        column("last_end", _D, "Newest period end: the quarter tested."),
        column("known_at", _D, "Day the newest change became known."),
        column("source", _S, "Sources joined by +."),
    ),
    key=("variant",),
)  # fmt: skip

TIER_AGREEMENT = Table(
    "TIER_AGREEMENT",
    "Rank agreement of the assigned tiers with each measure of the evidence.",
    (
        column("measure", _S, "Column of EVIDENCE; evidence_score is the test, evidence_score_default_tiers the same with every company on the tier of its segment, the others describe it.", required=True),
        column("n", _I, "Names with tier and measure.", required=True),
        column("names_by_tier", _S, "How many of each tier, weakest first."),
        column("kendall_tau_b", _F, "Kendall's tau-b.", unit="-1 to 1"),
        column("jonckheere", _F, "Jonckheere-Terpstra J: pairs of two tiers in the right order, ties half."),
        column("p", _F, "One-sided permutation p of both: as good an agreement by chance.", unit="fraction"),
        column("p_method", _S, "exact, enumerated or Monte Carlo.", allowed=("exact", "enumerated", "Monte Carlo")),
        column("power_one_sd", _F, "Chance to find one standard deviation a tier with these sizes.", unit="fraction"),
        column("power_half_sd", _F, "Chance to find half of one.", unit="fraction"),
        column("log_odds", _F, "Proportional odds: change of the log odds of a stronger tier for one standard deviation more; from 30 names on.", unit="log"),
        column("log_odds_se", _F, "Its standard error.", unit="log"),
        column("verdict", _S, "agrees: p <= 5%; no agreement shown, with power 80% or more; or not testable yet.", required=True,
               allowed=("agrees", "no agreement", "not testable yet")),
        column("reason", _S, "Why there is no test."),
    ),
    key=("measure",),
)  # fmt: skip
