"""Rank confidence sets: the published example, the whole family of pairs by brute force, degenerate inputs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import rank_sets as module
from models.rank_sets import RankSets, rank_sets
from validation.pisa_2018 import COUNTRIES, ERRORS, SCORES, TOP_FIVE_SET, UNITED_KINGDOM

PUBLISHED_DRAWS = 20_000


def sets(score: list[float], error: list[float], draws: int = 400) -> RankSets:
    return rank_sets(np.array(score), np.array(error), seed=3, stream="test", draws=draws)


def point_rank(score: np.ndarray) -> np.ndarray:
    return 1 + (score[None, :] > score[:, None]).sum(axis=1)


def test_united_kingdom_in_pisa_2018_mathematics() -> None:
    """csranks vignette: rank 13, 95% marginal set [8, 23]; 7 or 8 at the lower end by the draw."""
    found = rank_sets(SCORES, ERRORS, seed=1, stream="pisa", draws=PUBLISHED_DRAWS)
    assert point_rank(SCORES)[UNITED_KINGDOM] == 13
    assert found.marginal_low[UNITED_KINGDOM] in {7, 8}
    assert found.marginal_high[UNITED_KINGDOM] == 23


def test_top_five_set_of_pisa_2018_mathematics() -> None:
    """csranks vignette: the 90% confidence set of the five best holds eleven named countries."""
    found = rank_sets(SCORES, ERRORS, seed=1, stream="pisa", level=0.90, draws=PUBLISHED_DRAWS)
    assert {name for name, inside in zip(COUNTRIES, found.in_top, strict=True) if inside} == TOP_FIVE_SET


def test_two_names_by_hand() -> None:
    # The only pair is tested both ways at 95%: the first q is 1.96, so a gap above 1.96 sqrt(2) is settled.
    far = sets([10.0, 0.0], [1.0, 1.0], draws=4000)
    assert far.marginal_low.tolist() == far.marginal_high.tolist() == [1, 2]
    near = sets([2.0, 0.0], [1.0, 1.0], draws=4000)
    assert near.marginal_low.tolist() == [1, 1]
    assert near.marginal_high.tolist() == [2, 2]


def _by_brute_force(
    x: np.ndarray, error: np.ndarray, noise: np.ndarray, pairs: list[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Ordered pairs (i above j) that the stepdown settles, written out one hypothesis at a time."""
    settled: set[tuple[int, int]] = set()
    while True:
        still_open = [p for p in pairs if p not in settled]
        spread = {(i, j): np.hypot(error[i], error[j]) for i, j in pairs}
        worst = np.max([(noise[i] - noise[j]) / spread[i, j] for i, j in still_open], axis=0)
        q = np.sort(worst)[int(np.ceil(0.95 * (worst.size + 1))) - 1]
        new = {(i, j) for i, j in still_open if x[i] - x[j] > spread[i, j] * q}
        if not new:
            return settled
        settled |= new


@pytest.mark.parametrize("seed", range(4))
def test_stepdown_is_that_of_the_ordered_hypotheses(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, error = np.round(rng.normal(0, 4, 9), 6), rng.uniform(0.5, 2, 9)
    noise = (rng.standard_normal((9, 300)) * error[:, None]).astype(np.float32)
    (own, joint) = module._stepdown(x, error, noise, 0.95)
    every = [(i, j) for i in range(9) for j in range(9) if i != j]
    for family, (low, high) in [(None, joint), *((i, own) for i in range(9))]:
        mine = [p for p in every if family is None or family in p]
        settled = _by_brute_force(x, error, noise, mine)
        for i in range(9) if family is None else (family,):
            assert low[i] == 1 + sum(b == i for _, b in settled)
            assert high[i] == 9 - sum(a == i for a, _ in settled)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 25), st.integers(0, 2**32 - 1), st.sampled_from([(0.0,), (1.0,), (0.0, 1.0, 1.0, 3.0)]))
def test_the_front_search_is_the_maximum_over_all_pairs(n: int, seed: int, errors: tuple[float, ...]) -> None:
    rng = np.random.default_rng(seed)
    error = rng.choice(errors, n)
    noise = rng.standard_normal(n) * error
    scale = np.hypot(error[:, None], error[None, :])
    gap = np.abs(noise[:, None] - noise[None, :])
    brute = np.divide(gap, scale, out=np.zeros_like(gap), where=scale > 0).max(axis=1)
    assert module._reach_of_all(noise, error) == pytest.approx(brute, abs=1e-12)


def test_many_names_take_the_first_step_and_hold_the_stepdown_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    score, error = rng.normal(50, 10, 60), rng.uniform(1, 3, 60)
    full = rank_sets(score, error, seed=1, stream="s")
    monkeypatch.setattr(module, "STEPDOWN_MAX_NAMES", 10)
    first = rank_sets(score, error, seed=1, stream="s")
    for name in ("marginal", "simultaneous"):
        assert (getattr(first, f"{name}_low") <= getattr(full, f"{name}_low")).all()
        assert (getattr(first, f"{name}_high") >= getattr(full, f"{name}_high")).all()
    assert (first.marginal_high - first.marginal_low).mean() < 45


def test_degenerate_inputs_give_trivial_sets() -> None:
    alone = sets([4.0], [1.0])
    assert (alone.marginal_low[0], alone.marginal_high[0], alone.in_top[0]) == (1, 1, True)
    tied = sets([4.0] * 6, [1.0] * 6)
    assert tied.marginal_low.tolist() == [1] * 6
    assert tied.simultaneous_high.tolist() == [6] * 6
    exact = sets([3.0, 1.0, 2.0, 2.0], [0.0] * 4)
    assert exact.marginal_low.tolist() == exact.simultaneous_low.tolist() == [1, 4, 2, 2]
    assert exact.marginal_high.tolist() == exact.simultaneous_high.tolist() == [1, 4, 3, 3]
    none = sets([], [])
    assert none.marginal_low.size == none.in_top.size == 0


@pytest.mark.parametrize(("score", "error"), [([np.nan], [1.0]), ([1.0], [-1.0]), ([1.0], [np.inf])])
def test_numbers_that_are_none_are_refused(score: list[float], error: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        sets(score, error)


names = st.lists(
    st.tuples(st.integers(-20, 20), st.sampled_from([0.0, 0.1, 1.0, 5.0])), min_size=1, max_size=14
)


@settings(max_examples=80, deadline=None)
@given(names, st.booleans())
def test_sets_hold_the_rank_and_the_joint_set_holds_the_own(
    rows: list[tuple[int, float]], is_many: bool
) -> None:
    score, error = np.array([float(s) for s, _ in rows]), np.array([e for _, e in rows])
    limit = 0 if is_many else module.STEPDOWN_MAX_NAMES
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "STEPDOWN_MAX_NAMES", limit)
        found = rank_sets(score, error, seed=2, stream="h", draws=100)
    rank = point_rank(score)
    assert (found.marginal_low <= rank).all()
    assert (rank <= found.marginal_high).all()
    assert (found.simultaneous_low <= found.marginal_low).all()
    assert (found.marginal_high <= found.simultaneous_high).all()
    assert (found.simultaneous_low >= 1).all()
    assert (found.simultaneous_high <= len(rows)).all()
    assert found.in_top[rank <= module.TOP].all()


@settings(max_examples=30, deadline=None)
@given(names, st.sampled_from([2.0**-4, 8.0]), st.integers(-3, 3))
def test_sets_do_not_depend_on_the_unit_of_the_score(
    rows: list[tuple[int, float]], factor: float, shift: int
) -> None:
    score, error = [float(s) for s, _ in rows], [e for _, e in rows]
    moved = sets([s * factor + shift for s in score], [e * factor for e in error], draws=100)
    own = sets(score, error, draws=100)
    assert own.marginal_low.tolist() == moved.marginal_low.tolist()
    assert own.simultaneous_high.tolist() == moved.simultaneous_high.tolist()
