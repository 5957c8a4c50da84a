"""Which company a scenario reaches, through what, and by how much."""

from __future__ import annotations

import polars as pl

from exposures.combine import combined
from exposures.theme import Scenario
from models.scenario_shift import scenario_shifts, scenario_targets, shifts_by_ticker

MEMBERSHIPS = pl.DataFrame(
    {
        "ticker": ["CRWV", "MU", "MU", "NVDA", "NVDA"],
        "segment": ["neocloud", "hbm_memory", "storage", "gpu", "networking"],
        "is_primary": [True, True, False, True, False],
    }
)


def scenario(key: str, **changes: object) -> Scenario:
    return Scenario.model_validate({"key": key, "name": key, "description": "d", "source": "s"} | changes)


def test_own_key_wins_then_the_primary_segment_then_others() -> None:
    changes = {"MU": -0.5, "hbm_memory": -0.2, "networking": -0.1, "neocloud": -0.3}
    assert shifts_by_ticker(changes, MEMBERSHIPS) == {"MU": -0.5, "NVDA": -0.1, "CRWV": -0.3}


def test_a_company_named_by_one_part_and_reached_by_another_gets_both() -> None:
    wide = scenario("wide", multiple_change={"neocloud": -0.25, "storage": -0.1})
    own = scenario("own", multiple_change={"CRWV": -0.5, "hbm_memory": -0.25})
    both = combined([wide, own])
    assert scenario_shifts(both, "multiple_change", MEMBERSHIPS) == {"CRWV": -0.75, "MU": -0.35}
    assert scenario_targets(both, "multiple_change", MEMBERSHIPS) == {
        "CRWV": (("own", "CRWV"), ("wide", "neocloud")),
        "MU": (("own", "hbm_memory"), ("wide", "storage")),
    }


def test_a_field_that_is_left_out_reaches_nobody() -> None:
    assert scenario_shifts(scenario("none"), "growth_change", MEMBERSHIPS) == {}
    assert scenario_targets(scenario("none"), "tier_change", MEMBERSHIPS) == {}
