"""Draws of weights and inputs: the short form has the law of the long one; ties, missing parts, exactness."""

from __future__ import annotations

import numpy as np
import pytest

from models import uncertainty
from models.uncertainty import ALPHA, input_errors, rank_intervals

NAN = np.nan


def long_form(z: np.ndarray, error: np.ndarray, w: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One normal for every input, as methods section 5 writes it; shape (draws, n)."""
    noise = rng.standard_normal((len(w), *z.shape))
    known = np.isfinite(z)
    w = w[:, None, :]
    pull = (w * np.where(known, np.nan_to_num(z) + error * noise, 0.0)).sum(axis=2)
    return pull / (w * known).sum(axis=2) + (w * ~known * noise).sum(axis=2)


def test_one_normal_a_name_has_the_law_of_one_an_input() -> None:
    z = np.array([[1.0, -0.5, NAN], [0.3, NAN, NAN], [2.0, 1.0, -1.0]])
    error = np.array([[0.1, 0.5, 0.2], [0.4, 0.2, 0.3], [0.0, 0.25, 0.1]])
    w = np.array([0.5, 0.3, 0.2])
    fixed = np.broadcast_to(w, (200_000, 3))
    rng = np.random.default_rng(1)
    ours = uncertainty._drawn_scores(z, error, fixed, rng.standard_normal((len(fixed), 3)))
    theirs = long_form(z, error, fixed, rng)
    # By hand: name 0 has 1/.8 (.5 - .15) and (.05^2 + .15^2)/.8^2 + .2^2; name 1 .3 and .4^2 + .3^2 + .2^2.
    mean, deviation = [0.4375, 0.3, 1.1], np.sqrt([0.025 / 0.64 + 0.04, 0.16 + 0.13, 0.075**2 + 0.02**2])
    for scores in (ours, theirs):
        assert scores.mean(axis=0) == pytest.approx(mean, abs=0.006)
        assert scores.std(axis=0) == pytest.approx(deviation, rel=0.01)
        assert np.corrcoef(scores.T)[np.triu_indices(3, 1)] == pytest.approx(0.0, abs=0.01)
    quantiles = np.linspace(0.05, 0.95, 7)
    assert np.quantile(ours, quantiles, axis=0) == pytest.approx(
        np.quantile(theirs, quantiles, axis=0), abs=0.012
    )


def test_intervals_and_probabilities_are_those_of_the_long_form() -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(0, 1, (12, 4))
    z[rng.random(z.shape) < 0.2] = NAN
    z[:, 0] = np.nan_to_num(z[:, 0])
    error, weights = np.full(z.shape, 0.3), np.array([0.4, 0.3, 0.2, 0.1])
    found = rank_intervals(z, error, weights, seed=1, stream="a", draws=20_000)
    scores = long_form(z, error, rng.dirichlet(ALPHA * weights, size=20_000), rng)
    ranks = 1 + (scores[:, None, :] > scores[:, :, None]).sum(axis=2)
    assert found["p_top5"].to_numpy() == pytest.approx((ranks <= 5).mean(axis=0), abs=0.02)
    assert np.abs(found["rank_low"].to_numpy() - np.quantile(ranks, 0.05, axis=0)).max() <= 1
    assert np.abs(found["rank_high"].to_numpy() - np.quantile(ranks, 0.95, axis=0)).max() <= 1


def test_ranks_are_exact_and_equal_scores_share_the_lower() -> None:
    score = np.array([[3.0, 1.0, 3.0, 2.0, 2.0 + 1e-13], [1.0, 2.0, 3.0, 4.0, 5.0]])
    assert uncertainty._ranks(score).tolist() == [[1, 5, 1, 3, 3], [5, 4, 3, 2, 1]]
    many = np.random.default_rng(1).integers(0, 40, (50, 300)).astype(float)
    brute = 1 + (many[:, None, :] > many[:, :, None]).sum(axis=2)
    assert (uncertainty._ranks(many) == brute).all()


def test_names_without_error_that_are_equal_stay_tied_in_every_draw() -> None:
    z = np.array([[1.0, 0.5], [0.0, 0.0], [1.0, 0.5]])
    found = rank_intervals(z, np.zeros(z.shape), np.array([0.5, 0.5]), seed=1, stream="a", draws=200)
    assert found["rank_low"].to_list() == [1, 3, 1]
    assert found["rank_high"].to_list() == [1, 3, 1]


def test_blocks_do_not_change_what_a_draw_is(monkeypatch: pytest.MonkeyPatch) -> None:
    z = np.random.default_rng(1).normal(0, 1, (30, 3))
    weights = np.array([0.5, 0.3, 0.2])
    spread = {}
    for cells in (300, 1_000_000):
        monkeypatch.setattr(uncertainty, "BLOCK_CELLS", cells)
        spread[cells] = rank_intervals(z, np.full(z.shape, 0.2), weights, seed=1, stream="a", draws=4000)
    gap = spread[300]["p_top5"].to_numpy() - spread[1_000_000]["p_top5"].to_numpy()
    assert np.abs(gap).max() < 0.04
    assert spread[300].height == 30


def test_quantiles_are_draws_next_lower_and_next_higher() -> None:
    ranks = np.random.default_rng(3).integers(1, 40, (137, 11)).astype(np.uint8)
    low, high = uncertainty._quantiles(ranks)
    assert low.tolist() == np.quantile(ranks, 0.05, axis=0, method="lower").tolist()
    assert high.tolist() == np.quantile(ranks, 0.95, axis=0, method="higher").tolist()


def test_an_input_without_an_error_has_that_of_its_kind() -> None:
    error = np.array([[NAN, 0.7], [NAN, NAN]])
    kinds = np.array([["fact", "fact"], ["estimate", "inference"]], dtype=object)
    assert input_errors(error, kinds).tolist() == [[0.1, 0.7], [0.25, 0.5]]


def test_no_name_and_no_weight_give_nulls() -> None:
    empty = rank_intervals(np.empty((0, 2)), np.empty((0, 2)), np.ones(2), seed=1, stream="a", draws=10)
    assert empty.is_empty()
    lost = rank_intervals(np.ones((2, 1)), np.ones((2, 1)), np.zeros(1), seed=1, stream="a", draws=10)
    assert lost.null_count().row(0) == (2, 2, 2)
