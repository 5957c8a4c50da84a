"""What moves a name across the top five: by hand, and against ranking again with the change made."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposures.tables import MEMBERSHIPS
from exposures.theme import ScreenSettings
from models.components import component, sign
from models.composite import composite
from models.sensitivity import OUTSIDE
from models.sensitivity_weights import MAX_WEIGHT
from models.standard_scores import score_screen, spread
from models.tables import COMPONENTS, SENSITIVITY

WEIGHTS = {"capex_to_ocf": 0.4, "leverage": 0.3, "fcf_margin": 0.2, "tier_power": 0.1}
Values = dict[str, dict[str, float | None]]


def ranked(values: Values, weights: dict[str, float] = WEIGHTS) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RANKED and SENSITIVITY with every name ranked, whatever its coverage."""
    tickers = sorted(values)
    row = {"country": "US", "layer": "cloud", "segment": "x", "segment_name": "X", "is_primary": True,
           "role": "payer", "tier_origin": "default", "tier_reason": "r", "tier_source": "s"}  # fmt: skip
    members = MEMBERSHIPS.frame([row | {"ticker": t, "name": t, "group": t} for t in tickers])
    inputs = COMPONENTS.frame(
        [
            {
                "ticker": t,
                "component": c,
                "value": v,
                "kind": "fact",
                "reason": None if v is not None else "none",
            }
            for t in tickers
            for c, v in values[t].items()
        ]
    )
    screen = ScreenSettings(
        title="t", question="q", rank_one_means="r", roles=("payer",), weights=weights, min_coverage=1e-9
    )
    found = composite(inputs, members, screens={"payers": screen}, seed=1, draws=100)
    return found.ranked, found.sensitivity


def rank_of(values: Values, ticker: str, weights: dict[str, float] = WEIGHTS) -> int:
    """Rank of a name when everything is standardised and weighed anew."""
    tickers, keys = sorted(values), list(weights)
    value = np.array([[np.nan if (v := values[t][k]) is None else v for k in keys] for t in tickers])
    scored = score_screen(
        tickers, keys, value=value, error=np.full(value.shape, np.nan),
        kinds=np.full(value.shape, "fact", dtype=object), signs=np.array([float(sign("payers", k)) for k in keys]),
        floors=np.array([component(k).floor for k in keys]), weights=np.array([weights[k] for k in keys]),
        min_coverage=1e-9,
    )  # fmt: skip
    score = np.where(scored.is_ranked, scored.score, -np.inf).round(9)
    return 1 + int((score > score[tickers.index(ticker)]).sum())


def moved(weights: dict[str, float], key: str, weight: float) -> dict[str, float]:
    others = {k: w * (1 - weight) / (1 - weights[key]) for k, w in weights.items()}
    return others | {key: weight}


def made_up(seed: int, names: int = 12, missing: float = 0.15) -> Values:
    rng = np.random.default_rng(seed)
    values: Values = {}
    for i in range(names):
        row: dict[str, float | None] = {k: float(rng.standard_t(3)) for k in WEIGHTS}
        row["tier_power"] = float(rng.integers(0, 3))
        for key in ("leverage", "fcf_margin", "tier_power"):
            if rng.random() < missing:
                row[key] = None
        values[f"T{i:02d}"] = row
    return values


def test_by_hand_on_one_component() -> None:
    # 1..8 on one component: A8 ranks first. Rank 5 is value 4; sixth is 3. Value 4 leaves just below 3.
    values: Values = {f"A{i}": {"capex_to_ocf": float(i)} for i in range(1, 9)}
    _, frame = ranked(values, {"capex_to_ocf": 1.0})
    row = frame.filter((pl.col("ticker") == "A4") & (pl.col("kind") == "input")).row(0, named=True)
    assert (row["start"], row["displaced_by"]) == (4.0, "A3")
    assert row["threshold"] == pytest.approx(3.0, abs=1e-6)
    assert row["change"] == pytest.approx(-1.0, abs=1e-6)
    outside = frame.filter((pl.col("ticker") == "A3") & (pl.col("kind") == "input")).row(0, named=True)
    assert outside["threshold"] == pytest.approx(4.0, abs=1e-6)
    assert outside["displaced_by"] == "A4"
    alone = frame.filter(pl.col("kind") == "weight")
    assert alone["component"].null_count() == alone.height == 8
    assert alone["reason"].str.contains("no weight").all()


def test_weight_threshold_by_hand() -> None:
    """Six names; A and B tie for the fifth place where the weight of leverage is such that both are equal."""
    values: Values = {f"T{i}": {"capex_to_ocf": 10.0 + i, "leverage": 10.0 + i} for i in range(4)}
    values |= {"A": {"capex_to_ocf": 2.0, "leverage": 1.0}, "B": {"capex_to_ocf": 1.0, "leverage": 2.0}}
    _, frame = ranked(values, {"capex_to_ocf": 0.6, "leverage": 0.4})
    row = frame.filter((pl.col("ticker") == "A") & (pl.col("kind") == "weight")).row(0, named=True)
    assert row["component"] in {"capex_to_ocf", "leverage"}
    assert abs(row["change"]) == pytest.approx(0.1)
    assert row["threshold"] == pytest.approx(0.5)
    assert row["displaced_by"] == "B"
    # Deviation of a weight of 0.6 or 0.4 in the draws: sqrt(.24 / 51).
    assert row["change_errors"] == pytest.approx(0.1 / np.sqrt(0.24 / 51))


@pytest.mark.parametrize("seed", range(6))
def test_ranking_again_with_the_change_crosses_just_beyond_and_not_before(seed: int) -> None:
    values = made_up(seed)
    _, frame = ranked(values)
    assert frame.height > 2 * 5
    for row in frame.filter(pl.col("component").is_not_null()).iter_rows(named=True):
        is_inside = row["rank"] <= 5
        key, step = row["component"], 1e-5 * np.sign(row["change"])
        before, beyond = row["threshold"] - step, row["threshold"] + step
        if row["kind"] == "weight":
            now = [rank_of(values, row["ticker"], moved(WEIGHTS, key, w)) for w in (before, beyond)]
        else:
            if component(key).choices:
                before, beyond = row["start"], row["threshold"]
            now = [
                rank_of(values | {row["ticker"]: values[row["ticker"]] | {key: x}}, row["ticker"])
                for x in (before, beyond)
            ]
        assert [(r <= 5) for r in now] == [is_inside, not is_inside], row


@pytest.mark.parametrize("seed", range(3))
def test_no_smaller_change_of_a_weight_does(seed: int) -> None:
    values = made_up(seed, names=9)
    _, frame = ranked(values)
    for row in frame.filter(pl.col("kind") == "weight").iter_rows(named=True):
        limit = 1.0 if row["component"] is None else abs(row["change"]) - 1e-6
        for key, weight in WEIGHTS.items():
            for other in np.linspace(0.001, MAX_WEIGHT - 0.001, 40).tolist():
                if abs(other - weight) < limit:
                    rank = rank_of(values, row["ticker"], moved(WEIGHTS, key, other))
                    assert (rank <= 5) == (row["rank"] <= 5), (row, key, other)


@pytest.mark.parametrize("seed", range(4))
def test_no_input_nearer_in_standard_errors_does(seed: int) -> None:
    """Along the way that moves the name's own z across; facts have 0.1 robust deviations of error."""
    values = made_up(seed, names=14)
    _, frame = ranked(values)
    for row in frame.filter(pl.col("kind") == "input").iter_rows(named=True):
        ticker, is_inside = row["ticker"], row["rank"] <= 5
        for key in ("capex_to_ocf", "leverage", "fcf_margin"):
            start = values[ticker][key]
            if start is None:
                continue
            scale = _scale(values, key) * sign("payers", key) * (-1 if is_inside else 1)
            reach = 20.0 if row["component"] is None else row["change_errors"] * 0.1 - 1e-4
            for steps in np.linspace(0, reach, 40).tolist():
                other = values | {ticker: values[ticker] | {key: start + steps * scale}}
                assert (rank_of(other, ticker) <= 5) == is_inside, (row, key, steps)


def _scale(values: Values, key: str) -> float:
    x = np.array([np.nan if row[key] is None else row[key] for row in values.values()], dtype=float)
    return max(spread(x)[1], component(key).floor)


def test_a_tier_moves_by_whole_steps() -> None:
    weights = {"tier_power": 0.7, "leverage": 0.3}
    frames = [ranked(made_up(seed, missing=0.0), weights)[1] for seed in range(8)]
    tiers = pl.concat(frames).filter((pl.col("component") == "tier_power") & (pl.col("kind") == "input"))
    assert tiers.height > 0
    assert tiers["threshold"].is_in([0.0, 1.0, 2.0]).all()


def test_five_names_or_fewer_say_so() -> None:
    _, frame = ranked(made_up(1, names=5))
    assert frame.height == 10
    assert frame["component"].null_count() == 10
    assert frame["reason"].str.contains("only 5 names are ranked").all()


numbers = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)))
tables = st.lists(st.tuples(numbers, numbers, st.sampled_from([0.0, 1.0, 1.0, 2.0])), min_size=1, max_size=10)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_any_input_gives_figures_or_a_reason(rows: list[tuple[float | None, ...]]) -> None:
    keys = ("capex_to_ocf", "fcf_margin", "tier_power")
    weights = {"capex_to_ocf": 0.5, "fcf_margin": 0.3, "tier_power": 0.2}
    values = {f"T{i:02d}": dict(zip(keys, row, strict=True)) for i, row in enumerate(rows)}
    frame, found = ranked(values, weights)
    SENSITIVITY.check(found)
    assert found.height <= 2 * (max(5, (frame["rank"] <= 5).sum()) + OUTSIDE)
    assert (found["component"].is_null() == found["reason"].is_not_null()).all()
    figures = found.filter(pl.col("component").is_not_null())
    for name in ("start", "threshold", "change"):
        assert figures[name].is_finite().all()
