"""The inputs and results of the composite."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column
from exposures.tables import ROLES

__all__ = ["COMPONENTS", "CONTRIBUTIONS", "KINDS", "RANKED", "RANK_SETS", "SENSITIVITY"]

_S, _F, _D, _B, _I = pl.String, pl.Float64, pl.Date, pl.Boolean, pl.Int64

KINDS = ("fact", "estimate", "inference")
"""fact: reported or traded; estimate: a forecast or a statistical result; inference: our judgement."""

COMPONENTS = Table(
    "COMPONENTS",
    "Inputs of the composite: one row per company and component, the value in its natural unit.",
    (
        column("ticker", _S, "Company.", required=True),
        column("component", _S, "Key from models.components.", required=True),
        column("value", _F, "Value in the component's unit; null with a reason."),
        column("standard_error", _F, "Uncertainty of the value, same unit; null when not estimated."),
        column("kind", _S, "fact, estimate or inference.", required=True, allowed=KINDS),
        column("known_at", _D, "Day the newest input became known."),
        column("source", _S, "Source ids or keys, joined by +."),
        column("reason", _S, "Why the value is null."),
        column("detail", _S, "The figures behind the value in one line."),
    ),
    key=("ticker", "component"),
)

CONTRIBUTIONS = Table(
    "CONTRIBUTIONS",
    "What each component adds to a score: 50 + sum(contribution) = score.",
    (
        column("screen", _S, "Screen key.", required=True),
        column("ticker", _S, "Company.", required=True),
        column("component", _S, "Component key.", required=True),
        column("value", _F, "Value in its unit."),
        column("z", _F, "Robust z, signed so that high = rank 1, clipped to +-3.", unit="score"),
        column("weight", _F, "Weight in the theme file.", unit="fraction", required=True),
        column(
            "weight_used",
            _F,
            "Weight after the missing ones are left out; null when missing.",
            unit="fraction",
        ),
        column("contribution", _F, "Points added to 50; null when missing.", unit="points"),
        column("kind", _S, "fact, estimate or inference.", required=True, allowed=KINDS),
        column("known_at", _D, "Day the newest input became known."),
        column("source", _S, "Sources."),
        column("reason", _S, "Why the value is missing."),
        column("detail", _S, "Figures behind the value."),
    ),
    key=("screen", "ticker", "component"),
)

RANKED = Table(
    "RANKED",
    "The ranked screens: one row per screen and company, unranked ones with their reason.",
    (
        column("screen", _S, "Screen key.", required=True),
        column("ticker", _S, "Company.", required=True),
        column("role", _S, "Role of the company's primary segment.", required=True, allowed=ROLES),
        column(
            "rank",
            _I,
            "1 is best in the screen's direction; ties share the lower number; null when unranked.",
        ),
        column("is_tied", _B, "True when another name has the same score.", required=True),
        column("rank_low", _I, "5% quantile of the rank under weight and input uncertainty."),
        column("rank_high", _I, "95% quantile."),
        column("p_top5", _F, "Probability of a rank of 5 or better.", unit="fraction"),
        column("score", _F, "50 + sum of contributions, 0 to 100.", unit="points"),
        column("coverage", _F, "Share of the weights with an input.", unit="fraction", required=True),
        column("reason", _S, "Why the name is unranked."),
    ),
    key=("screen", "ticker"),
)

RANK_SETS = Table(
    "RANK_SETS",
    "What the errors of the inputs allow to say of each rank, one row per ranked name: 95% confidence sets after "
    "Mogstad, Romano, Shaikh and Wilhelm (2024). Input errors are taken as independent.",
    (
        column("screen", _S, "Screen key.", required=True),
        column("ticker", _S, "Company.", required=True),
        column("score_error", _F, "Standard error of the score.", unit="points", required=True),
        column(
            "measured_weight",
            _F,
            "Share of the used weights whose input has an error of its own; the rest has that of its kind.",
            unit="fraction",
            required=True,
        ),
        column(
            "rank_set_low", _I, "Best true rank that the errors allow, this name on its own.", required=True
        ),
        column("rank_set_high", _I, "Worst true rank, this name on its own.", required=True),
        column("joint_set_low", _I, "Best true rank when the sets of all names hold at once.", required=True),
        column(
            "joint_set_high", _I, "Worst true rank when the sets of all names hold at once.", required=True
        ),
        column("in_top5_set", _B, "True when the name may truly be among the first five.", required=True),
    ),
    key=("screen", "ticker"),
)

SENSITIVITY = Table(
    "SENSITIVITY",
    "The smallest change of a single weight, and of a single input, that moves a name out of the first five, or "
    "into it for the three names behind: one row per screen, name and kind.",
    (
        column("screen", _S, "Screen key.", required=True),
        column("ticker", _S, "Company.", required=True),
        column("rank", _I, "Rank of the name.", required=True),
        column("kind", _S, "weight: of the screen, the others in proportion. input: of this name.",
               required=True, allowed=("weight", "input")),
        column("component", _S, "Component whose weight or value changes; null when no single change does."),
        column("start", _F, "Weight (fraction) or value (unit of the component) as it is."),
        column("threshold", _F, "Weight or value at which the name is level with the border; beyond it, it crosses."),
        column("change", _F, "threshold minus start."),
        column("change_errors", _F,
               "Size of the change in standard errors of the input, or in deviations of the weight in the draws."),
        column("displaced_by", _S, "Name at the border: takes the place of one that leaves, gives its own to one that enters."),
        column("reason", _S, "Why no single change does."),
    ),
    key=("screen", "ticker", "kind"),
)  # fmt: skip
