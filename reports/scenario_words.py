"""Scenarios in words: what one changes, and why a name moved under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exposures.theme import Scenario
from models.components import component, sign
from reports import numbers
from reports.texts import Texts
from reports.values import component_value

__all__ = ["ScenarioNames", "change_list", "changes", "rank_move", "score_move", "why"]

DRIVERS_SHOWN = 2
"""Two contributions explain most of a move; the folded points of a screen show all of them."""

LEAST_POINTS = 0.05
"""A driver below this prints as 0.0 points."""

_AMOUNTS: Mapping[str, Callable[[Any], str]] = {
    "capex_cut": lambda value: numbers.signed_percent(-value),
    "funding_cut": numbers.percent,
    "commitment_cut": numbers.percent,
    "payer_margin_change": numbers.percentage_points,
    "dependent_revenue_discount": numbers.percent,
    "cloud_margin_change": numbers.percentage_points,
    "multiple_change": numbers.log_change,
    "growth_change": numbers.percentage_points,
    "margin_change": numbers.percentage_points,
    "server_life_years": lambda value: f"{value:g}",
}


@dataclass(frozen=True)
class ScenarioNames:
    """What tickers and segments are called."""

    names: Mapping[str, str]

    @classmethod
    def of(cls, memberships: pl.DataFrame) -> ScenarioNames:
        """Return the names of MEMBERSHIPS."""
        segments = dict(memberships.select("segment", "segment_name").iter_rows())
        return cls(segments | dict(memberships.select("ticker", "name").iter_rows()))

    def __getitem__(self, key: str) -> str:
        """Return the name of a ticker or segment; an unknown one keeps its key."""
        return self.names.get(key, key)


def changes(scenario: Scenario, names: ScenarioNames, texts: Texts) -> str:
    """Return what a scenario changes, in the order of its fields, joined by semicolons."""
    return "; ".join(change_list(scenario, names, texts)) or texts.scenario_nothing


def change_list(scenario: Scenario, names: ScenarioNames, texts: Texts) -> list[str]:
    """Return every change of a scenario by itself."""
    found: list[str] = []
    for field in scenario.changed_fields:
        value = getattr(scenario, field)
        if isinstance(value, dict):
            found += [_change(scenario, field, key, names, texts) for key in value]
        else:
            found.append(_change(scenario, field, "", names, texts))
    return found


def _change(scenario: Scenario, field: str, key: str, names: ScenarioNames, texts: Texts) -> str:
    value = getattr(scenario, field)[key] if key else getattr(scenario, field)
    amount = texts.tiers[value] if field == "tier_change" else _AMOUNTS[field](value)
    return texts.scenario_changes[field].format(target=names[key], amount=amount)


def rank_move(move: Mapping[str, Any], texts: Texts) -> str:
    """Return the rank on both sides: ``3 → 7``."""
    ranks = [
        texts.scenario_unranked if move[side] is None else str(move[side])
        for side in ("rank_before", "rank_after")
    ]
    return texts.scenario_arrow.format(before=ranks[0], after=ranks[1])


def score_move(move: Mapping[str, Any], texts: Texts) -> str:
    """Return the score on both sides: ``64.2 → 60.1``."""
    return texts.scenario_arrow.format(
        before=numbers.points(move["score_before"]), after=numbers.points(move["score_after"])
    )


def why(
    move: Mapping[str, Any],
    drivers: Sequence[Mapping[str, Any]],
    scenario: Scenario,
    *,
    names: ScenarioNames,
    texts: Texts,
) -> str:
    """Return the contributions that moved a name most and what in the scenario moved them.

    Parameters
    ----------
    move
        A row of SCENARIO_MOVES.
    drivers
        Rows of SCENARIO_DRIVERS of the same scenario, screen and company, the largest first.
    """
    if move["reason"]:
        return str(move["reason"])
    if abs(move["score_change"]) < LEAST_POINTS:
        return texts.scenario_small if move["event"] == "score_only" else texts.scenario_overtaken
    shown = [d for d in drivers if abs(d["contribution_change"]) >= LEAST_POINTS][:DRIVERS_SHOWN]
    words = "; ".join(_driver(driver, texts) for driver in shown or drivers[:1])
    causes = _causes([d["fields"] for d in shown], scenario, names, texts)
    return texts.scenario_because.format(drivers=words, causes=causes) if causes else words


def _driver(driver: Mapping[str, Any], texts: Texts) -> str:
    key = driver["component"]
    label, points = component(key).label, f"{driver['contribution_change']:+.1f}"
    before = component_value(key, driver["value_before"], texts)
    if not driver["is_own"]:
        return texts.scenario_relative.format(label=label, value=before, points=points)
    is_known = driver["value_after"] is not None
    form = texts.scenario_driver
    if is_known and driver["value_before"] is not None:
        own = (driver["value_after"] - driver["value_before"]) * sign(driver["screen"], key)
        form = form if own * driver["contribution_change"] >= 0 else texts.scenario_driver_less
    after = component_value(key, driver["value_after"], texts) if is_known else texts.scenario_missing
    return form.format(label=label, before=before, after=after, points=points)


def _causes(fields: Sequence[str | None], scenario: Scenario, names: ScenarioNames, texts: Texts) -> str:
    """Return each cause once, in the order of the drivers; of a combination with the part it comes from."""
    parts = {part.key: part for part in scenario.parts}
    found: dict[str, None] = {}
    for name in (name for cell in fields if cell for name in cell.split("+")):
        part, _, rest = name.partition(".")
        field, _, key = rest.partition(":")
        change = _change(parts[part], field, key, names, texts)
        if len(parts) > 1:
            change = texts.scenario_change_of.format(name=part, change=change)
        found[change] = None
    return ", ".join(found)
