"""Composite scores: hand-computed examples, invariances, missing data, ties, intervals."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposures.errors import UsageError
from exposures.tables import MEMBERSHIPS
from exposures.theme import ScreenSettings
from models.composite import CompositeResult, composite, sub_rank
from models.standard_scores import clipped_error, score_screen, spread
from models.tables import COMPONENTS

WEIGHTS = {"capex_to_ocf": 0.5, "leverage": 0.3, "fcf_margin": 0.2}


def members(tickers: list[str], role: str = "payer") -> pl.DataFrame:
    row = {
        "country": "US",
        "layer": "cloud",
        "segment": "x",
        "segment_name": "X",
        "is_primary": True,
        "role": role,
        "tier_origin": "default",
        "tier_reason": "r",
        "tier_source": "s",
    }
    return MEMBERSHIPS.frame([row | {"ticker": t, "name": t, "group": t} for t in tickers])


def inputs(values: dict[str, dict[str, float | None]], kind: str = "fact") -> pl.DataFrame:
    rows = [
        {
            "ticker": t,
            "component": c,
            "value": v,
            "kind": kind,
            "reason": None if v is not None else "not reported",
        }
        for t, by_component in values.items()
        for c, v in by_component.items()
    ]
    return COMPONENTS.frame(rows)


def one(weights: dict[str, float], min_coverage: float = 0.6) -> dict[str, ScreenSettings]:
    return {
        "payers": ScreenSettings(
            title="t",
            question="q",
            rank_one_means="r",
            roles=("payer",),
            weights=weights,
            min_coverage=min_coverage,
        )
    }


def rank(
    values: dict[str, dict[str, float | None]], weights: dict[str, float] = WEIGHTS, **more: int
) -> CompositeResult:
    return composite(inputs(values), members(sorted(values)), screens=one(weights), seed=7, draws=200, **more)


FOUR = {
    "A": {"capex_to_ocf": 1.0, "leverage": 1.0, "fcf_margin": 0.3},
    "B": {"capex_to_ocf": 2.0, "leverage": 5.0, "fcf_margin": 0.1},
    "C": {"capex_to_ocf": 3.0, "leverage": 2.0, "fcf_margin": 0.2},
    "D": {"capex_to_ocf": 4.0, "leverage": 3.0, "fcf_margin": -0.1},
}


def test_score_by_hand() -> None:
    # capex_to_ocf 1..4: median 2.5, MAD 1.0, scale 1.4826. A: z = -1.5/1.4826.
    # leverage 1,5,2,3: median 2.5, deviations 1.5,2.5,.5,.5 -> MAD 1.0. A: z = -1.5/1.4826.
    # fcf_margin .3,.1,.2,-.1: median .15, deviations .15,.05,.05,.25 -> MAD .10; sign -1. A: z = -.15/.14826.
    z = -1.5 / 1.4826
    z_margin = -0.15 / 0.14826
    expected = 50 + 50 / 3 * (0.5 * z + 0.3 * z + 0.2 * z_margin)
    row = rank(FOUR).ranked.filter(pl.col("ticker") == "A").row(0, named=True)
    assert row["score"] == pytest.approx(expected, abs=1e-9)
    assert row["rank"] == 4


def test_without_draws_ranks_and_scores_stand_and_intervals_are_null() -> None:
    drawn = composite(inputs(FOUR), members(sorted(FOUR)), screens=one(WEIGHTS), seed=7, draws=200)
    plain = composite(inputs(FOUR), members(sorted(FOUR)), screens=one(WEIGHTS), seed=7, draws=0)
    intervals = ["rank_low", "rank_high", "p_top5"]
    assert plain.ranked.drop(intervals).equals(drawn.ranked.drop(intervals))
    assert plain.contributions.equals(drawn.contributions)
    assert plain.rank_sets.is_empty()
    assert plain.ranked.select(intervals).null_count().row(0) == (4, 4, 4)


def test_contributions_sum_to_the_score() -> None:
    result = rank(FOUR | {"E": {"capex_to_ocf": 9.0, "leverage": 0.5}})
    sums = result.contributions.group_by("ticker").agg(pl.col("contribution").sum())
    joined = result.ranked.join(sums, on="ticker")
    assert joined.height == 5
    assert ((joined["score"] - 50 - joined["contribution"]).abs() < 1e-9).all()


def test_contributions_are_the_shapley_values_of_the_score_over_all_orders() -> None:
    """The game of `models.standard_scores`: outside the coalition the company is the median company.

    Every order of arrival of the five components is played with the score recomputed from raw values, clips
    and missing inputs included: D lacks one component and lies beyond the clip on another.
    """
    rng = np.random.default_rng(4)
    keys = [
        "capex_to_ocf",
        "leverage",
        "capex_to_revenue",
        "operating_income_per_capex",
        "backlog_concentration",
    ]
    value = rng.normal(0.5, 0.2, (9, 5))
    value[3, 1], value[3, 2], value[0, 0] = 40.0, np.nan, np.nan
    weights, signs = np.array([0.3, 0.25, 0.2, 0.15, 0.1]), np.array([1.0, 1.0, 1.0, -1.0, 1.0])
    scored = score_screen(
        [f"T{i}" for i in range(9)], keys, value=value, error=np.full(value.shape, np.nan),
        kinds=np.full(value.shape, "fact", dtype=object), signs=signs, floors=np.zeros(5), weights=weights,
        min_coverage=0.5,
    )  # fmt: skip
    assert abs(scored.z[3, 1]) == 3.0
    players = [k for k in range(5) if np.isfinite(value[3, k])]

    def worth(coalition: tuple[int, ...]) -> float:
        own = np.where([k in coalition for k in range(5)], value[3], scored.centre)
        z = np.clip(signs * (own - scored.centre) / scored.scale, -3, 3)
        return float(50 + 50 / 3 * sum(weights[k] * z[k] for k in players) / sum(weights[k] for k in players))

    shapley = np.zeros(5)
    orders = list(permutations(players))
    for order in orders:
        for place, k in enumerate(order):
            shapley[k] += (worth(order[: place + 1]) - worth(order[:place])) / len(orders)
    assert len(orders) == 24
    assert scored.contribution[3] == pytest.approx(shapley, abs=1e-12)
    assert scored.contribution[3].sum() == pytest.approx(scored.score[3] - 50, abs=1e-12)
    assert worth(()) == 50.0
    assert worth(tuple(players)) == pytest.approx(scored.score[3], abs=1e-12)


def test_missing_is_left_out_never_zero() -> None:
    result = rank(FOUR | {"E": {"capex_to_ocf": 4.0, "leverage": 3.0, "fcf_margin": None}})
    e = result.contributions.filter(pl.col("ticker") == "E")
    missing = e.filter(pl.col("component") == "fcf_margin").row(0, named=True)
    assert missing["contribution"] is None
    assert missing["z"] is None
    assert missing["reason"] == "not reported"
    used = e.filter(pl.col("weight_used").is_not_null())
    assert used["weight_used"].sum() == pytest.approx(1.0)
    assert result.ranked.filter(pl.col("ticker") == "E")["coverage"].item() == pytest.approx(0.8)


def test_low_coverage_is_listed_unranked_with_the_reason() -> None:
    result = rank(FOUR | {"E": {"leverage": 3.0}})
    row = result.ranked.filter(pl.col("ticker") == "E").row(0, named=True)
    assert row["rank"] is None
    assert row["score"] is None
    assert row["rank_low"] is None
    assert row["coverage"] == pytest.approx(0.3)
    assert "below 60%" in row["reason"]
    assert "capex to ocf" in row["reason"]


def test_coverage_exactly_at_the_floor_is_ranked() -> None:
    weights = {"capex_to_ocf": 0.6, "leverage": 0.4}
    values = {t: {"capex_to_ocf": v["capex_to_ocf"], "leverage": v["leverage"]} for t, v in FOUR.items()}
    result = rank(values | {"E": {"capex_to_ocf": 2.2}}, weights)
    assert result.ranked.filter(pl.col("ticker") == "E")["rank"].item() is not None


def test_ties_share_the_lower_rank_and_say_so() -> None:
    values = {t: {"capex_to_ocf": x} for t, x in zip("ABCD", (1.0, 3.0, 3.0, 2.0), strict=True)}
    ranked = rank(values, {"capex_to_ocf": 1.0}).ranked.sort("ticker")
    assert ranked["rank"].to_list() == [4, 1, 1, 3]
    assert ranked["is_tied"].to_list() == [False, True, True, False]


def test_component_without_spread_is_left_out_for_all() -> None:
    values = {t: v | {"leverage": 1.0} for t, v in FOUR.items()}
    result = rank(values)
    lost = result.contributions.filter(pl.col("component") == "leverage")
    assert lost["contribution"].null_count() == 4
    assert lost["reason"].str.contains("no spread").all()
    assert (result.ranked["coverage"] == 1.0).all()


def test_roles_decide_who_stands_in_a_screen() -> None:
    both = pl.concat([members(["A", "B", "C"]), members(["S"], role="supplier")])
    result = composite(
        inputs({t: {"leverage": 1.0} for t in "ABCS"}), both, screens=one({"leverage": 1.0}), seed=1
    )
    assert set(result.ranked["ticker"]) == {"A", "B", "C"}


def test_unknown_component_is_a_usage_error_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match='did you mean "leverage"'):
        rank(FOUR, {"levrage": 1.0})


def test_empty_and_single_name() -> None:
    assert composite(COMPONENTS.empty(), MEMBERSHIPS.empty(), screens=one(WEIGHTS), seed=1).ranked.is_empty()
    alone = rank({"A": FOUR["A"]}).ranked.row(0, named=True)
    assert alone["rank"] is None  # one name has no spread, so no component can rank it
    assert alone["score"] is None


def test_same_seed_same_result_other_seed_other_interval() -> None:
    values = {
        f"T{i:02d}": {"capex_to_ocf": float(i % 7), "leverage": float(i % 5), "fcf_margin": 0.01 * i}
        for i in range(30)
    }
    again = [rank(values).ranked for _ in range(2)]
    assert again[0].equals(again[1])
    other = composite(inputs(values), members(sorted(values)), screens=one(WEIGHTS), seed=8, draws=200).ranked
    assert not other["p_top5"].equals(again[0]["p_top5"])
    assert other["rank"].equals(again[0]["rank"])


def test_interval_widens_with_input_error() -> None:
    values = {f"T{i:02d}": {"capex_to_ocf": float(i)} for i in range(20)}
    frame = inputs(values)
    widths = []
    for error in (0.01, 5.0):
        noisy = COMPONENTS.check(frame.with_columns(standard_error=pl.lit(error)))
        ranked = composite(
            noisy, members(sorted(values)), screens=one({"capex_to_ocf": 1.0}), seed=3, draws=500
        ).ranked
        widths.append((ranked["rank_high"] - ranked["rank_low"]).mean())
    assert widths[0] == 0
    assert widths[1] > 3


def test_sub_rank_counts_only_the_named() -> None:
    ranked = rank(FOUR).ranked
    inside = sub_rank(ranked, pl.Series(["A", "C"]))
    by_ticker = dict(zip(ranked["ticker"], inside, strict=True))
    assert by_ticker["C"] == 1
    assert by_ticker["A"] == 2
    assert by_ticker["B"] is None


def test_spread_falls_back_to_iqr_then_deviation_then_zero() -> None:
    assert spread(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx((2.5, 1.4826))
    assert spread(np.array([1.0, 1.0, 1.0, 2.0, 3.0]))[1] == pytest.approx(1.0 / 1.349)
    mostly = np.array([1.0] * 8 + [2.0, 0.0])  # a tier: MAD and IQR are 0, the deviation is sqrt(.2)
    assert spread(mostly) == pytest.approx((1.0, 0.2**0.5))
    assert spread(np.array([1.0, 1.0, np.nan]))[1] == 0.0
    assert spread(np.array([np.nan]))[1] == 0.0


numbers = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)))
tables = st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=12)


def _values(
    rows: list[tuple[float | None, float | None, float | None]],
) -> dict[str, dict[str, float | None]]:
    return {f"T{i:02d}": dict(zip(WEIGHTS, row, strict=True)) for i, row in enumerate(rows)}


@settings(max_examples=60, deadline=None)
@given(tables)
def test_any_input_gives_scores_inside_0_to_100_and_no_nan(rows: list[tuple[float | None, ...]]) -> None:
    result = rank(_values(rows))  # type: ignore[arg-type]
    scores = result.ranked["score"].drop_nulls()
    assert scores.is_between(0, 100).all()
    assert result.ranked.height == len(rows)
    unranked = result.ranked.filter(pl.col("rank").is_null())
    assert unranked["reason"].null_count() == 0


@settings(max_examples=40, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_rank_does_not_depend_on_row_order(rows: list[tuple[float | None, ...]], random: object) -> None:
    values = _values(rows)  # type: ignore[arg-type]
    frame = inputs(values)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=random.randrange(1000))  # type: ignore[attr-defined]
    kwargs = {"screens": one(WEIGHTS), "seed": 7, "draws": 100}
    a = composite(frame, members(sorted(values)), **kwargs)  # type: ignore[arg-type]
    b = composite(shuffled, members(sorted(values))[::-1], **kwargs)  # type: ignore[arg-type]
    assert a.ranked.equals(b.ranked)
    assert a.contributions.equals(b.contributions)


@settings(max_examples=40, deadline=None)
@given(tables, st.sampled_from([2.0**-7, 8.0, 1024.0]))
def test_rank_does_not_depend_on_units(rows: list[tuple[float | None, ...]], factor: float) -> None:
    values = _values(rows)  # type: ignore[arg-type]
    scaled = {t: {c: None if v is None else v * factor for c, v in row.items()} for t, row in values.items()}
    assert rank(values).ranked["rank"].equals(rank(scaled).ranked["rank"])


@settings(max_examples=40, deadline=None)
@given(tables, st.sampled_from([0.25, 8.0]), st.integers(-64, 64))
def test_rank_does_not_depend_on_an_affine_change_of_unit(
    rows: list[tuple[float | None, ...]], factor: float, shift: int
) -> None:
    """Components without a floor: price levels may be restated as ``a + b x`` with b > 0."""
    whole = [tuple(None if v is None else float(round(v)) for v in row) for row in rows]
    free = {"capex_to_ocf": 0.6, "leverage": 0.4}
    values = {f"T{i:02d}": {"capex_to_ocf": row[0], "leverage": row[1]} for i, row in enumerate(whole)}
    restated = {
        t: {c: None if v is None else v * factor + shift for c, v in row.items()} for t, row in values.items()
    }
    a, b = rank(values, free), rank(restated, free)
    assert a.ranked["rank"].equals(b.ranked["rank"])
    assert a.rank_sets["rank_set_high"].equals(b.rank_sets["rank_set_high"])


@settings(max_examples=40, deadline=None)
@given(tables)
def test_rank_sets_of_any_input_hold_the_rank_and_are_never_null(
    rows: list[tuple[float | None, ...]],
) -> None:
    result = rank(_values(rows))  # type: ignore[arg-type]
    both = result.ranked.filter(pl.col("rank").is_not_null()).join(result.rank_sets, on=["screen", "ticker"])
    assert both.height == result.rank_sets.height == result.ranked["rank"].count()
    assert (both["joint_set_low"] <= both["rank_set_low"]).all()
    assert (both["rank_set_low"] <= both["rank"]).all()
    assert (both["rank"] <= both["rank_set_high"]).all()
    assert (both["rank_set_high"] <= both["joint_set_high"]).all()
    assert both["score_error"].is_finite().all()
    assert both["measured_weight"].is_between(0, 1).all()


def test_score_error_by_hand() -> None:
    # All facts without an error of their own: 0.1 z each. (50/3) * 0.1 * sqrt(.25 + .09 + .04).
    result = rank(FOUR)
    assert result.rank_sets["score_error"].to_list() == pytest.approx([50 / 3 * 0.1 * 0.38**0.5] * 4)
    assert result.rank_sets["measured_weight"].to_list() == [0.0] * 4


def test_error_of_a_clipped_score_is_that_of_the_censored_normal() -> None:
    raw = np.array([0.0, 1.5, 2.9, 3.0, 5.4, 8.0, -3.5, np.nan, 1.0, 20.0])
    error = np.array([0.1, 0.5, 0.5, 1.0, 4.87, 0.5, 2.0, 1.0, 0.0, 0.0])
    drawn = raw + error * np.random.default_rng(1).standard_normal((400_000, raw.size))
    found = clipped_error(raw, error)
    assert found[:7] == pytest.approx(np.clip(drawn, -3, 3).std(axis=0)[:7], abs=0.005)
    assert found[0] == pytest.approx(0.1, abs=1e-12)
    # At the clip half of the draws stay: variance s^2 (1/2 - 1/(2 pi)).
    assert found[3] == pytest.approx((0.5 - 0.5 / np.pi) ** 0.5, abs=1e-8)
    assert found[5] < 1e-12
    assert np.isnan(found[7])
    assert found[8:].tolist() == [0.0, 0.0]


@settings(max_examples=100, deadline=None)
@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_error_of_a_clipped_score_is_between_zero_and_both_limits(raw: float, error: float) -> None:
    found = clipped_error(np.array([raw]), np.array([error]))
    assert 0 <= found[0] <= min(error, 3.0) + 1e-12
