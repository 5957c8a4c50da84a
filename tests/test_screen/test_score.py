"""Scoring under a scenario: what is taken from the scores without one is what would be computed again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from exposures.combine import combined
from exposures.load import load_theme
from exposures.theme import ExposureMap, Scenario
from models.scenario_moves import READ_BY
from screen.market.protocol import MarketRequest, companies_of
from screen.market.sample import SampleSource
from screen.panel import PanelResult, build_panel
from screen.score import (
    COMPRESSION_FIELDS,
    EFFICIENCY_FIELDS,
    LOOP_FIELDS,
    POWER_FIELDS,
    Scores,
    score_models,
)

AS_OF = date(2026, 8, 21)
ONE_FIELD: dict[str, object] = {
    "commitment_cut": 1.0, "payer_margin_change": {"AMZN": -0.05}, "dependent_revenue_discount": 0.5,
    "capex_cut": 0.25, "funding_cut": 0.8, "cloud_margin_change": -0.05,
    "multiple_change": {"hbm_memory": -0.3, "MSFT": -0.1}, "growth_change": {"hbm_memory": -0.2, "ORCL": 0.05},
    "margin_change": {"hbm_memory": -0.15}, "tier_change": {"hbm_memory": "contested"}, "server_life_years": 4.0,
}  # fmt: skip
"""A change of each field alone, large enough to show."""


@dataclass(frozen=True)
class World:
    theme: ExposureMap
    market: PanelResult
    base: Scores


@cache
def world() -> World:
    loaded = load_theme("multicloud-gpu", as_of=AS_OF)
    loop = loaded.theme.loop.model_copy(update={"draws": 0})  # intervals of the loop, not asked for here
    theme = replace(loaded, theme=loaded.theme.model_copy(update={"loop": loop}))
    data = SampleSource().fetch(MarketRequest(tuple(companies_of(theme.companies)), AS_OF))
    market = build_panel(data, theme.companies, theme.figures, as_of=AS_OF)
    return World(theme, market, score_models(theme, market, scenario=None, is_simulated=True))


def scored(scenario: Scenario, *, base: Scores | None, is_ranking_only: bool = False) -> Scores:
    w = world()
    return score_models(
        w.theme, w.market, scenario=scenario, is_simulated=True, base=base, is_ranking_only=is_ranking_only
    )


def alone(field: str) -> Scenario:
    labels = {"key": "alone", "name": "n", "description": "d", "source": "s"}
    return Scenario.model_validate(labels | {field: ONE_FIELD[field]})


def test_every_field_of_a_scenario_is_read_by_a_model() -> None:
    read = {*LOOP_FIELDS, *COMPRESSION_FIELDS, *POWER_FIELDS, *EFFICIENCY_FIELDS}
    assert read == set(ONE_FIELD) == set(Scenario.model_fields) - {"key", "name", "description", "source"}


@pytest.mark.parametrize("field", sorted(ONE_FIELD))
def test_a_field_changes_something_and_only_in_the_models_that_read_it(field: str) -> None:
    base, reused = world().base, scored(alone(field), base=world().base)
    anew = scored(alone(field), base=None)
    ranks = scored(alone(field), base=world().base, is_ranking_only=True)
    assert_frame_equal(reused.components, anew.components)
    assert_frame_equal(reused.loop.revenue_at_risk, anew.loop.revenue_at_risk)
    assert_frame_equal(reused.efficiency.depreciation, anew.efficiency.depreciation)
    assert not anew.components.equals(base.components)
    assert_frame_equal(ranks.components, anew.components)
    read_by = {
        "loop": LOOP_FIELDS, "compression": COMPRESSION_FIELDS, "power": POWER_FIELDS,
        "efficiency": EFFICIENCY_FIELDS,
    }  # fmt: skip
    for name, fields in read_by.items():
        assert (getattr(reused, name) is getattr(base, name)) == (field not in fields)


def test_the_fields_named_as_cause_of_a_component_are_those_that_change_it() -> None:
    keys = ["ticker", "component"]
    found: dict[str, set[str]] = {}
    for field in ONE_FIELD:
        made = scored(alone(field), base=world().base).components
        both = world().base.components.join(made, on=keys, suffix="_after")
        moved = both.filter(pl.col("value").ne_missing(pl.col("value_after")))
        for component in moved["component"].unique():
            found.setdefault(component, set()).add(field)
    # A component that a scenario newly reaches belongs into READ_BY, or reports cannot say why it moved.
    assert found == {component: set(fields) for component, fields in READ_BY.items()}


def test_a_combination_is_scored_as_its_parts_one_after_the_other() -> None:
    both = combined([world().theme.scenario("hbm-relief"), world().theme.scenario("lab-funding-cut")])
    made = scored(both, base=world().base)
    assert_frame_equal(made.components, scored(both, base=None).components)
    parts = [scored(part, base=world().base) for part in both.parts]
    power = [part.power.components for part in parts]
    assert_frame_equal(made.power.components, power[0])  # only the first part touches margins and tiers
    assert made.funding_cut == 0.75
    assert made.memberships.filter(pl.col("tier_origin") == "scenario").height > 0
