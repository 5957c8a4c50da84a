"""Which company a scenario reaches, through what, and by how much."""

from __future__ import annotations

import math

import polars as pl
import pytest

from exposures.combine import combined
from exposures.theme import Scenario
from models.scenario_commitments import with_commitments
from models.scenario_shift import (
    MOST_LOST,
    dependence_shifts,
    scenario_shifts,
    scenario_targets,
    shifts_by_ticker,
)

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


def shares(**own: tuple[float | None, float | None]) -> pl.DataFrame:
    keys = ("own_financing_share", "capital_market_share")
    rows = [(t, key, value) for t, pair in own.items() for key, value in zip(keys, pair, strict=True)]
    rows.append(("A", "own_purchase_share", 0.9))  # paid with own cash: not dependent
    return pl.DataFrame(rows, schema=["ticker", "component", "value"], orient="row")


def test_dependent_revenue_takes_its_share_of_the_multiple_and_never_adds_to_it() -> None:
    components = shares(A=(0.1, 0.3), B=(0.0, 0.0), C=(None, None), D=(None, 0.2), E=(0.4, 0.6))
    found = dependence_shifts(components, discount=0.5)
    # A: half of 40% of its revenue is worth nothing, so a buyer pays 80%: ln 0.8.
    assert found == pytest.approx({"A": math.log(0.8), "D": math.log(0.9), "E": math.log(0.5)})
    assert dependence_shifts(components, discount=0.0) == {}
    assert dependence_shifts(components, discount=1.0)["E"] == pytest.approx(math.log(1 - MOST_LOST))


def test_unsigned_commercial_deals_are_cut_with_the_amounts_that_complete_them() -> None:
    deals = pl.DataFrame(
        {
            "deal_id": ["D1", "D2", "D3", "D4"],
            "flow_class": ["commercial", "commercial", "financing", "commercial"],
            "status": ["media_reported", "definitive", "announced", "announced"],
            "amount_low": [10.0, 10.0, 10.0, None],
            "amount_base": [20.0, 20.0, 20.0, None],
            "amount_high": [30.0, 30.0, 30.0, None],
        }
    )
    assumptions = pl.DataFrame(
        {
            "deal_id": ["D4", "D4", "D2", None],
            "field": ["annual", "term", "annual", "annual"],
            "low": [1.0, None, 1.0, 1.0],
            "base": [2.0, None, 2.0, 2.0],
            "high": [4.0, None, 4.0, 4.0],
        }
    )
    cut, completed = with_commitments(deals, assumptions, cut=0.75)
    assert cut["amount_base"].to_list() == [5.0, 20.0, 20.0, None]
    assert cut["amount_low"].to_list() == [2.5, 10.0, 10.0, None]
    assert completed["base"].to_list() == [0.5, None, 2.0, 2.0]
    assert completed["high"].to_list() == [1.0, None, 4.0, 4.0]
    kept = with_commitments(deals, assumptions, cut=0.0)
    assert kept[0] is deals
    assert kept[1] is assumptions
