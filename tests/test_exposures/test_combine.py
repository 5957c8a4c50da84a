"""Scenarios applied together: the rule of each field by hand, and that order and brackets do not matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from exposures import ExposureMap
from exposures.combine import combined
from exposures.errors import NotFoundError, UsageError
from exposures.theme import Scenario


def scenario(key: str, **changes: object) -> Scenario:
    labels = {"key": key, "name": key.upper(), "description": f"What if {key}.", "source": f"{key}; shared"}
    return Scenario.model_validate(labels | changes)


def test_each_field_by_hand() -> None:
    one = scenario(
        "one", capex_cut=0.25, funding_cut=0.75, cloud_margin_change=-0.03,
        commitment_cut=0.5, payer_margin_change={"AMZN": -0.02}, dependent_revenue_discount=0.5,
        multiple_change={"neocloud": -0.2, "NVDA": -0.1}, tier_change={"hbm_memory": "contested"},
    )  # fmt: skip
    two = scenario(
        "two", capex_cut=0.1, funding_cut=0.6, cloud_margin_change=0.01, multiple_change={"NVDA": 0.05},
        commitment_cut=0.2, payer_margin_change={"AMZN": -0.01, "cloud_hyperscale": 0.01},
        growth_change={"MSFT": -0.03}, margin_change={"MU": -0.15}, server_life_years=4,
        tier_change={"hbm_memory": "contested", "optics": "pressured"},
    )  # fmt: skip
    both = combined([two, one])
    assert both.key == "one+two"
    assert both.name == "ONE + TWO"
    assert both.description == "ONE: What if one. TWO: What if two."
    assert both.source == "one; shared; two"
    assert both.capex_cut == pytest.approx(0.325)  # 1 - 0.75 * 0.9
    assert both.funding_cut == pytest.approx(0.9)  # 1 - 0.25 * 0.4
    assert both.commitment_cut == pytest.approx(0.6)  # 1 - 0.5 * 0.8
    assert both.dependent_revenue_discount == 0.5
    assert both.cloud_margin_change == pytest.approx(-0.02)
    assert both.payer_margin_change == pytest.approx({"AMZN": -0.03, "cloud_hyperscale": 0.01})
    assert both.multiple_change == pytest.approx({"NVDA": -0.05, "neocloud": -0.2})
    assert both.growth_change == {"MSFT": -0.03}
    assert both.margin_change == {"MU": -0.15}
    assert both.tier_change == {"hbm_memory": "contested", "optics": "pressured"}
    assert both.server_life_years == 4
    assert both.parts == (one, two)
    assert both.changed_fields == tuple(name for name in Scenario.model_fields if name not in
                                        {"key", "name", "description", "source"})  # fmt: skip


def test_a_cut_of_funding_that_only_one_states_is_kept_as_it_is() -> None:
    assert combined([scenario("a", funding_cut=0.6), scenario("b", capex_cut=0.5)]).funding_cut == 0.6
    assert combined([scenario("a"), scenario("b")]).funding_cut is None


def test_one_scenario_is_itself_and_none_is_refused() -> None:
    only = scenario("a", capex_cut=0.5)
    assert combined([only]) is only
    with pytest.raises(UsageError, match="no scenario"):
        combined([])


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ({"tier_change": {"optics": "pressured"}}, {"tier_change": {"optics": "bottleneck"}},
         r'"a" and "b" contradict each other: tier of optics is pressured in the one and bottleneck'),
        ({"server_life_years": 3}, {"server_life_years": 4.5},
         r'"a" and "b" contradict each other: servers last 3 years in the one and 4.5 in the other'),
    ],
)  # fmt: skip
def test_a_contradiction_names_both(left: dict[str, object], right: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        combined([scenario("b", **right), scenario("a", **left)])


def test_a_scenario_named_twice_is_refused_also_inside_a_combination() -> None:
    a, b = scenario("a", capex_cut=0.5), scenario("b")
    with pytest.raises(UsageError, match='"a" is named twice'):
        combined([combined([a, b]), a])


def test_the_sum_of_two_allowed_changes_may_leave_the_bounds_of_one() -> None:
    both = combined([scenario(k, multiple_change={"MU": -2.5}, cloud_margin_change=-0.8) for k in "ab"])
    assert both.multiple_change == {"MU": -5.0}
    assert both.cloud_margin_change == -1.6


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "../escape"}, {"key": "a+b"}, {"key": "A"}, {"source": ""}, {"name": ""},
        {"multiple_change": {"MU": -15}}, {"growth_change": {"MU": float("nan")}},
        {"cloud_margin_change": float("inf")}, {"server_life_years": 0}, {"capex_cut": 1.2},
    ],
)  # fmt: skip
def test_values_that_cannot_be_meant_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Scenario.model_validate({"key": "k", "name": "n", "description": "d", "source": "s"} | changes)


def test_a_theme_finds_combinations_by_their_joined_keys(gpu: ExposureMap) -> None:
    assert gpu.scenario("hbm-relief + capex-cut") == gpu.scenario("capex-cut+hbm-relief")
    with pytest.raises(NotFoundError, match=r'did you mean "capex-cut"'):
        gpu.scenario("hbm-relief+capex-cutt")
    with pytest.raises(UsageError, match="a scenario without a name"):
        gpu.scenario("hbm-relief+")


fraction = st.floats(0, 1)
change = st.floats(-3, 3)
changes = st.dictionaries(st.sampled_from(["MU", "NVDA", "optics", "neocloud"]), change, max_size=3)


@st.composite
def several(draw: st.DrawFn) -> list[Scenario]:
    """Between three and five scenarios that do not contradict each other."""
    tiers = {"optics": "pressured", "hbm_memory": "contested"}
    return [
        scenario(
            f"s{i}",
            capex_cut=draw(fraction),
            funding_cut=draw(st.none() | fraction),
            cloud_margin_change=draw(st.floats(-1, 1)),
            multiple_change=draw(changes),
            growth_change=draw(changes),
            margin_change=draw(changes),
            tier_change={k: tiers[k] for k in draw(st.sets(st.sampled_from(sorted(tiers))))},
            server_life_years=draw(st.none() | st.just(4.0)),
        )
        for i in range(draw(st.integers(3, 5)))
    ]


@given(several(), st.data())
def test_combining_is_commutative(parts: list[Scenario], data: st.DataObject) -> None:
    assert combined(data.draw(st.permutations(parts))) == combined(parts)


@given(several(), st.data())
def test_combining_is_associative(parts: list[Scenario], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(parts) - 1))
    left, right = combined(parts[:cut]), combined(parts[cut:])
    assert combined([left, right]) == combined(parts)
    assert combined([*parts[:cut], right]) == combined(parts)


@given(several())
def test_a_combination_cuts_at_least_as_much_as_each_part_and_never_more_than_all(
    parts: list[Scenario],
) -> None:
    both = combined(parts)
    assert max(part.capex_cut for part in parts) - 1e-12 <= both.capex_cut <= 1
    stated = [part.funding_cut for part in parts if part.funding_cut is not None]
    assert (both.funding_cut is None) == (not stated)
    if both.funding_cut is not None:
        assert max(stated) - 1e-12 <= both.funding_cut <= 1
