"""The texts on scenarios: a part of `reports.texts`, apart since they are many."""

# ruff: noqa: E501 (a text reads as one line)
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["ScenarioTexts"]


def _changes() -> Mapping[str, str]:
    return {
        "capex_cut": "the payers' capital spending {amount}",
        "funding_cut": "the shock takes {amount} of the labs' outside funding",
        "commitment_cut": "{amount} of the reported but unsigned contracts fall away",
        "payer_margin_change": "cloud margin of {target} {amount}",
        "dependent_revenue_discount": "revenue on own or outside money is valued {amount} lower",
        "cloud_margin_change": "the clouds' operating margin {amount}",
        "multiple_change": "multiple of {target} {amount}",
        "growth_change": "expected growth of {target} {amount}",
        "margin_change": "gross margin of {target} {amount}",
        "tier_change": "{target} counts as {amount}",
        "server_life_years": "servers are depreciated over {amount} years",
    }


def _events() -> Mapping[str, str]:
    return {
        "becomes_unranked": "becomes unranked", "becomes_ranked": "becomes ranked", "enters_top5": "enters",
        "leaves_top5": "leaves",
    }  # fmt: skip


@dataclass(frozen=True)
class ScenarioTexts:
    """The words on scenarios in one language; the defaults are English."""

    scenario_changes: Mapping[str, str] = field(default_factory=_changes)
    scenario_change_of: str = "{name}: {change}"
    scenario_nothing: str = "nothing"
    scenario_driver: str = "{label} {before} → {after} ({points})"
    scenario_driver_less: str = "{label} {before} → {after}, others more ({points})"
    scenario_relative: str = "{label} {value} against others that moved ({points})"
    scenario_missing: str = "no longer known"
    scenario_because: str = "{drivers}, since {causes}"
    scenario_overtaken: str = "its own score hardly changes; others moved around it"
    scenario_small: str = "less than 0.1 points"
    scenario_arrow: str = "{before} → {after}"
    scenario_unranked: str = "unranked"

    scenarios_heading: str = "Scenarios"
    scenarios_intro: str = (
        "The same data ranked again under each scenario of the theme; the size of every change is a judgement of ours."
        " Shown is the largest move of each: names that come or go, then those that enter or leave the first five, then by"
        " the ratio of the two ranks. A move inside the 90% interval of the rank before is no larger than what our choice of"
        " weights leaves open. The command screen scenario run KEY shows both rankings side by side."
    )
    scenarios_own_intro: str = (
        "What moves against the ranking of the same data without the scenario, the largest moves first."
    )
    scenarios_count: str = "Under {count} of {total} scenarios a name enters or leaves the first five of a screen, most under {name}: {names}."
    scenarios_count_none: str = (
        "Under none of the {total} scenarios does a name enter or leave the first five of a screen."
    )
    scenarios_largest: str = "By the ratio of the two ranks the largest move is that of {name}, {ranks} in {screen}, under {scenario}."
    scenarios_entry: str = "{name} {event} ({screen})"
    scenarios_events: Mapping[str, str] = field(default_factory=_events)
    scenarios_none: str = "No scenario was compared in this run."
    scenarios_still: str = "No rank changes under: {names}."
    scenarios_headers: tuple[str, ...] = (
        "Scenario", "Key", "Screen", "Name", "Rank", "Our choices before, 90%", "Score", "Why")  # fmt: skip
    scenarios_rest_headers: tuple[str, ...] = (
        "Key", "Screen", "Name", "Rank", "Our choices before, 90%", "Score", "Why")  # fmt: skip
    scenarios_rest: str = "More moves of each scenario: {count}"
    scenarios_what: str = "What each scenario changes: {count}"
    scenarios_what_headers: tuple[str, ...] = ("Scenario", "Key", "Changes", "Why so")
