"""Two rankings side by side: moves and drivers by hand, and sums that hold for any input."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposures.combine import combined
from exposures.tables import MEMBERSHIPS
from exposures.theme import Scenario, ScreenSettings
from models.composite import CompositeResult, composite
from models.scenario_moves import ScenarioMoves, scenario_moves, touched_screens
from models.tables import COMPONENTS, SCENARIO_DRIVERS, SCENARIO_MOVES

Values = dict[str, dict[str, float | None]]

SCREENS = {
    "payers": ScreenSettings(
        title="Payers", question="?", rank_one_means="heaviest", roles=("payer",),
        weights={"capex_to_ocf": 0.5, "fcf_margin": 0.5},
    ),
}  # fmt: skip
LABELS = {"key": "cut", "name": "Cut", "description": "d", "source": "s"}
CUT = Scenario.model_validate(LABELS | {"capex_cut": 0.25})


def inputs(values: Values) -> pl.DataFrame:
    return COMPONENTS.frame(
        [
            {"ticker": ticker, "component": key, "value": value, "kind": "fact",
             "reason": "not reported" if value is None else None}
            for ticker, own in values.items() for key, value in own.items()
        ]
    )  # fmt: skip


def members(tickers: list[str]) -> pl.DataFrame:
    return MEMBERSHIPS.conform(
        pl.DataFrame(
            [
                {"ticker": t, "name": t, "country": "US", "group": t, "layer": "cloud", "segment": "clouds",
                 "segment_name": "Clouds", "is_primary": True, "role": "payer", "tier_origin": "none",
                 "tier_reason": "", "tier_source": ""}
                for t in tickers
            ]
        )
    )  # fmt: skip


def ranked(values: Values) -> CompositeResult:
    return composite(inputs(values), members(sorted(values)), screens=SCREENS, seed=1, draws=0)


def moves(before: Values, after: Values, scenario: Scenario = CUT) -> ScenarioMoves:
    return scenario_moves(
        scenario, before=ranked(before), after=ranked(after), memberships=members(sorted(before))
    )


# Five payers with one median: capex_to_ocf 1..5, fcf_margin equal steps the other way.
FIVE: Values = {
    name: {"capex_to_ocf": float(k), "fcf_margin": 0.1 * (6 - k)} for k, name in enumerate("ABCDE", 1)
}


def test_a_swap_by_hand() -> None:
    # capex_to_ocf: median 3, MAD 1, scale 1.4826; fcf_margin: median .3, MAD .1, scale .14826, sign -1.
    # E stands at z = 2/1.4826 on both: score 50 + 50/3 * 2/1.4826 = 72.48, rank 1. Its capex falls to 3.0:
    # values 1 2 3 4 3 have median 3 and MAD 1, so the scale stands, E loses 50/3 * .5 * 2/1.4826 = 11.241
    # points and stands level with D (z = 1/1.4826 on both), which shares rank 1 now with an unchanged score.
    after = FIVE | {"E": FIVE["E"] | {"capex_to_ocf": 3.0}}
    made = moves(FIVE, after)
    fall = 50 / 3 * 0.5 * 2 / 1.4826
    rows = {row["ticker"]: row for row in made.moves.iter_rows(named=True)}
    assert set(rows) == {"D", "E"}
    d, e = rows["D"], rows["E"]
    assert (d["rank_before"], d["rank_after"], d["event"]) == (2, 1, "moves")
    assert d["score_change"] == pytest.approx(0)
    assert (e["rank_before"], e["rank_after"], e["event"]) == (1, 1, "score_only")
    assert e["score_before"] == pytest.approx(50 + 2 * fall)
    assert e["score_change"] == pytest.approx(-fall)
    (driver,) = made.drivers.iter_rows(named=True)
    assert driver["component"] == "capex_to_ocf"
    assert (driver["value_before"], driver["value_after"]) == (5.0, 3.0)
    assert driver["contribution_change"] == pytest.approx(-fall)
    assert driver["is_own"]
    assert driver["fields"] == "cut.capex_cut"


def test_a_name_that_falls_is_told_from_one_that_is_passed() -> None:
    after = FIVE | {"E": FIVE["E"] | {"capex_to_ocf": 2.9}}  # median 2.9 now: everyone's z moves
    made = moves(FIVE, after)
    rows = {row["ticker"]: row for row in made.moves.iter_rows(named=True)}
    assert (rows["E"]["rank_before"], rows["E"]["rank_after"]) == (1, 2)
    assert rows["E"]["log_rank_change"] == pytest.approx(math.log(2))
    assert (rows["D"]["rank_before"], rows["D"]["rank_after"], rows["D"]["rank_change"]) == (2, 1, -1)
    relative = made.drivers.filter(ticker="D").row(0, named=True)
    assert not relative["is_own"]
    assert relative["fields"] is None
    assert relative["value_before"] == relative["value_after"] == 4.0


def test_a_name_that_loses_its_inputs_becomes_unranked_with_the_reason_and_comes_first() -> None:
    after = FIVE | {"A": {"capex_to_ocf": None, "fcf_margin": 0.5}}
    made = moves(FIVE, after)
    first = made.moves.row(0, named=True)
    assert (first["ticker"], first["event"], first["rank_before"]) == ("A", "becomes_unranked", 5)
    assert first["rank_after"] is first["rank_change"] is first["score_change"] is None
    assert "not reported" in first["reason"]
    lost = made.drivers.filter(ticker="A", component="capex_to_ocf").row(0, named=True)
    assert lost["value_after"] is lost["contribution_after"] is None
    assert lost["contribution_change"] == pytest.approx(-lost["contribution_before"])
    back = moves(after, FIVE).moves.row(0, named=True)
    assert (back["ticker"], back["event"], back["rank_after"]) == ("A", "becomes_ranked", 5)


def test_the_first_five_are_entered_and_left() -> None:
    seven: Values = {n: {"capex_to_ocf": float(8 - k), "fcf_margin": 0.1} for k, n in enumerate("ABCDEFG")}
    swapped = seven | {"E": seven["F"], "F": seven["E"]}
    made = moves(seven, swapped).moves.select("ticker", "event", "rank_before", "rank_after").rows()
    assert made == [("E", "leaves_top5", 5, 6), ("F", "enters_top5", 6, 5)]


def test_the_same_ranking_moves_nothing() -> None:
    made = moves(FIVE, FIVE)
    assert made.moves.equals(SCENARIO_MOVES.empty())
    assert made.drivers.equals(SCENARIO_DRIVERS.empty())


def test_screens_that_were_not_ranked_anew_are_not_compared() -> None:
    none = composite(inputs(FIVE), members(list("ABCDE")), screens={}, seed=1, draws=0)
    made = scenario_moves(CUT, before=ranked(FIVE), after=none, memberships=members(list("ABCDE")))
    assert made.moves.is_empty()


def test_of_a_combination_each_cause_is_named_with_its_part() -> None:
    margin = Scenario.model_validate(LABELS | {"key": "war", "cloud_margin_change": -0.03})
    after = FIVE | {"D": {"capex_to_ocf": 3.6, "fcf_margin": 0.21}}
    made = moves(FIVE, after, combined([margin, CUT]))
    own = made.drivers.filter("is_own", ticker="D")
    assert own.height == 2
    assert set(own["fields"]) == {"cut.capex_cut+war.cloud_margin_change"}
    assert set(made.moves["scenario"]) == {"cut+war"}


def test_only_screens_that_weigh_a_changed_component_are_touched() -> None:
    weights = {"payers": {"capex_to_ocf": 1.0}, "others": {"leverage": 1.0}, "both": {"fcf_margin": 0.5}}
    before = inputs(FIVE)
    after = inputs(FIVE | {"A": FIVE["A"] | {"fcf_margin": None}})
    assert touched_screens(before, after, weights) == ("both",)
    assert touched_screens(before, before.reverse(), weights) == ()
    fewer = before.filter(~((pl.col("ticker") == "A") & (pl.col("component") == "capex_to_ocf")))
    assert touched_screens(before, fewer, weights) == touched_screens(fewer, before, weights) == ("payers",)


number = st.none() | st.floats(-10, 10).map(lambda x: round(x, 3))
world = st.fixed_dictionaries(
    {t: st.fixed_dictionaries({"capex_to_ocf": number, "fcf_margin": number}) for t in "ABCDEF"}
)


@given(world, world)
def test_drivers_sum_to_the_change_of_the_score_and_nothing_is_lost(before: Values, after: Values) -> None:
    old, new = ranked(before), ranked(after)
    made = scenario_moves(CUT, before=old, after=new, memberships=members(list("ABCDEF")))
    sums = dict(made.drivers.group_by("ticker").agg(pl.col("contribution_change").sum()).iter_rows())
    for row in made.moves.iter_rows(named=True):
        if row["score_change"] is not None:
            assert sums.get(row["ticker"], 0.0) == pytest.approx(row["score_change"], abs=1e-6)
        else:
            assert row["event"] in {"becomes_unranked", "becomes_ranked"}
            assert row["reason"]
    told = set(made.moves["ticker"])
    both = old.ranked.join(new.ranked, on="ticker", suffix="_after")
    differ = both.filter(
        pl.col("rank").ne_missing(pl.col("rank_after"))
        | ((pl.col("score") - pl.col("score_after")).abs() > 1e-8).fill_null(value=False)
    )
    assert set(differ["ticker"]) <= told
    assert set(made.drivers["ticker"]) <= told


@given(world, world)
def test_the_way_back_is_the_way_there_reversed(before: Values, after: Values) -> None:
    there, back = moves(before, after).moves, moves(after, before).moves
    keys = ["ticker", "rank_before", "rank_after"]
    turned = back.select("ticker", rank_before="rank_after", rank_after="rank_before").sort("ticker")
    assert there.select(keys).sort("ticker").equals(turned)
