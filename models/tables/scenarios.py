"""What moves in the ranking under a scenario, and why."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column

__all__ = ["MOVE_EVENTS", "SCENARIO_DRIVERS", "SCENARIO_MOVES"]

_S, _F, _D, _B, _I = pl.String, pl.Float64, pl.Date, pl.Boolean, pl.Int64

MOVE_EVENTS = ("becomes_unranked", "becomes_ranked", "enters_top5", "leaves_top5", "moves", "score_only")
"""What happened to a name; the first that holds is the one that is stated."""

_KEY = (
    column("scenario", _S, "Key of the scenario, or several keys joined by +.", required=True),
    column("screen", _S, "Screen key.", required=True),
    column("ticker", _S, "Company.", required=True),
)

SCENARIO_MOVES = Table(
    "SCENARIO_MOVES",
    "The ranking without and with a scenario side by side: one row per scenario, screen and company whose rank or score changes.",
    (
        *_KEY,
        column("rank_before", _I, "Rank without the scenario; null when unranked."),
        column("rank_after", _I, "Rank with it; null when unranked."),
        column(
            "rank_change",
            _I,
            "rank_after minus rank_before: negative is towards rank 1. Null when unranked on either side.",
        ),
        column("rank_low_before", _I, "5% quantile of the rank without the scenario; null when not drawn."),
        column("rank_high_before", _I, "95% quantile."),
        column(
            "log_rank_change",
            _F,
            "ln(rank_after / rank_before): a step near the top counts for more than one far below.",
            unit="log",
        ),
        column("score_before", _F, "Score without the scenario.", unit="points"),
        column("score_after", _F, "Score with it.", unit="points"),
        column("score_change", _F, "score_after minus score_before.", unit="points"),
        column("event", _S, "What happened.", required=True, allowed=MOVE_EVENTS),
        column("reason", _S, "Why the name is unranked with the scenario, or was without it."),
    ),
    key=("scenario", "screen", "ticker"),
)

SCENARIO_DRIVERS = Table(
    "SCENARIO_DRIVERS",
    "What moved a score under a scenario: the contributions that changed. For a name ranked on both sides they add up to the change of its score.",
    (
        *_KEY,
        column("component", _S, "Component key.", required=True),
        column("value_before", _F, "Value without the scenario, in the component's unit; null when missing."),
        column("value_after", _F, "Value with it."),
        column(
            "contribution_before",
            _F,
            "Points added to 50 without the scenario; null when missing.",
            unit="points",
        ),
        column("contribution_after", _F, "Points with it.", unit="points"),
        column(
            "contribution_change",
            _F,
            "Change of the points; a missing component adds none.",
            unit="points",
            required=True,
        ),
        column(
            "is_own",
            _B,
            "True: the company's own value changed. False: the values or weights it is compared with did.",
            required=True,
        ),
        column(
            "fields",
            _S,
            "What the scenario changed to cause it, as scenario.field or scenario.field:key joined by +; null when is_own is false.",
        ),
    ),
    key=("scenario", "screen", "ticker", "component"),
)
