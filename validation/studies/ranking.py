"""How often rank confidence sets hold the true rank, beside the naive interval; the published example."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.rank_sets import RankSets, rank_sets
from models.standard_scores import ScoredScreen, score_screen
from validation.pisa_2018 import COUNTRIES, ERRORS, SCORES, TOP_FIVE_SET, UNITED_KINGDOM
from validation.study import Check, Study

__all__ = ["STUDIES"]

SEED = 20260429
REPEATS = 600
TIE_REPEATS = 4000
WHOLE_REPEATS = 300
NAMES = 20
ERROR = 0.4
NAIVE_DRAWS = 400
SET_DRAWS = 999
NOMINAL = 0.95
METHODS = "methods, section 5"

DESIGNS = {
    "15 exact ties before 5 names two apart": np.concatenate([np.zeros(15), -2.0 * np.arange(1, 6)]),
    "near ties, 0.02 apart": -0.02 * np.arange(NAMES),
    "spread scores, 0.5 apart": -0.5 * np.arange(NAMES),
}


def coverage() -> Study:
    """Coverage under ties, near ties and spread scores; the resampled interval beside it."""
    checks, rows = [], []
    for name, truth in DESIGNS.items():
        found = _covered(truth)
        checks += [_at_least(f"{name}: {label}", found[key], METHODS) for key, label in LABELS.items()]
        rows.append(
            f"| {name} | {found['naive']:.1%} | {found['own']:.1%} | {found['joint']:.1%} |"
            f" {found['naive_width']:.1f} | {found['own_width']:.1f} | {found['joint_width']:.1f} |"
        )
    head = [
        "| design | naive holds the rank | own set holds it | all joint sets hold theirs | naive width | own width |"
        " joint width |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    about = (
        f"{NAMES} names, standard error {ERROR}, {REPEATS} repetitions ({TIE_REPEATS:,} for exact ties,"
        f" where the sets are exact and the simulation error counts), seed {SEED}. The true rank of a name is one more"
        " than the number of names that are strictly better, so exact ties share the first rank, and a set has to hold"
        " every rank from there to the last of the tie. Where there are ties, only the tied names are counted. Naive: 2.5% to 97.5% of the rank when the scores are drawn"
        " again around what was observed; it has to hold the first rank of the tie only, and does not (methods: 45%)."
    )
    return Study("Recovery: rank confidence sets", about, tuple(checks), "\n".join([*head, *rows]))


LABELS = {
    "own": "own set holds the ranks of the name",
    "joint": "all joint sets hold theirs at once",
    "top": "the set of the first five holds all that truly are",
}


def _covered(truth: np.ndarray) -> dict[str, float]:
    rng = np.random.default_rng(SEED)
    error = np.full(truth.size, ERROR)
    best = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    worst = truth.size - (truth[None, :] < truth[:, None]).sum(axis=1)
    judged = worst > best if (worst > best).any() else np.ones(truth.size, dtype=bool)
    totals: dict[str, list[float]] = {}
    for repeat in range(TIE_REPEATS if (worst > best).any() else REPEATS):
        x = truth + ERROR * rng.standard_normal(truth.size)
        sets = rank_sets(x, error, seed=SEED + repeat, stream="coverage", draws=SET_DRAWS)
        found = _one(sets, best, worst, judged)
        if repeat < REPEATS:
            low, high = _naive(x, rng)
            found["naive"] = float(((low <= best) & (best <= high))[judged].mean())
            found["naive_width"] = float((high - low + 1)[judged].mean())
        for key, value in found.items():
            totals.setdefault(key, []).append(value)
    return {key: float(np.mean(values)) for key, values in totals.items()}


def _one(sets: RankSets, best: np.ndarray, worst: np.ndarray, judged: np.ndarray) -> dict[str, float]:
    own = (sets.marginal_low <= best) & (worst <= sets.marginal_high)
    joint = (sets.simultaneous_low <= best) & (worst <= sets.simultaneous_high)
    return {
        "own": float(own[judged].mean()),
        "joint": float(joint.all()),
        "top": float(sets.in_top[best <= 5].all()),
        "own_width": float((sets.marginal_high - sets.marginal_low + 1)[judged].mean()),
        "joint_width": float((sets.simultaneous_high - sets.simultaneous_low + 1)[judged].mean()),
    }


def _naive(x: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """2.5% and 97.5% of the rank when each score is drawn again around its observed value."""
    drawn = x + ERROR * rng.standard_normal((NAIVE_DRAWS, x.size))
    ranks = 1 + (drawn[:, None, :] > drawn[:, :, None]).sum(axis=2)
    return np.quantile(ranks, 0.025, axis=0, method="lower"), np.quantile(
        ranks, 0.975, axis=0, method="higher"
    )


def _at_least(what: str, found: float, source: str) -> Check:
    return Check(what, f"at least {NOMINAL:.0%}", f"{found:.1%}", found >= NOMINAL, source)


COMPONENTS = 6
SCREEN_NAMES = 40
INPUT_ERROR = 0.5


def whole_score() -> Study:
    """Coverage when the scores are made from noisy inputs by the composite itself, median and scale included."""
    checks = []
    for label, make in {
        "names apart": _apart,
        "ten equal names": _ten_equal,
        "heavy tails, many beyond the clip": _heavy,
    }.items():
        rng = np.random.default_rng(SEED)
        hits = np.array([_through_composite(make, rng, repeat) for repeat in range(WHOLE_REPEATS)])
        checks += [
            _at_least(f"{label}: {LABELS[what]}", float(hits[:, k].mean()), METHODS)
            for k, what in enumerate(("own", "joint"))
        ]
    about = (
        f"{SCREEN_NAMES} names, {COMPONENTS} inputs with standard error {INPUT_ERROR} of their spread, {WHOLE_REPEATS}"
        f" repetitions, seed {SEED}. The true rank is that of the composite of the inputs without error. The sets know"
        " the errors of the inputs but not that median and scale are taken from noisy inputs too, nor that a clipped input is pulled to the middle: this study is the"
        " check that they still hold."
    )
    return Study("Recovery: rank confidence sets through the composite score", about, tuple(checks))


def _apart(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((SCREEN_NAMES, COMPONENTS))


def _heavy(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_t(1.5, (SCREEN_NAMES, COMPONENTS))


def _ten_equal(rng: np.random.Generator) -> np.ndarray:
    value = _apart(rng)
    value[:10] = value[0]
    return value


def _through_composite(
    make: Callable[[np.random.Generator], np.ndarray], rng: np.random.Generator, repeat: int
) -> tuple[float, float]:
    value = make(rng)
    true = _scored(value).score.round(9)
    seen = _scored(value + INPUT_ERROR * rng.standard_normal(value.shape))
    sets = rank_sets(seen.score, seen.score_error(), seed=SEED + repeat, stream="whole", draws=SET_DRAWS)
    best = 1 + (true[None, :] > true[:, None]).sum(axis=1)
    worst = true.size - (true[None, :] < true[:, None]).sum(axis=1)
    judged = worst > best if (worst > best).any() else np.ones(true.size, dtype=bool)
    found = _one(sets, best, worst, judged)
    return found["own"], found["joint"]


def _scored(value: np.ndarray) -> ScoredScreen:
    k = value.shape[1]
    return score_screen(
        [f"T{i}" for i in range(len(value))],
        [f"c{i}" for i in range(k)],
        value=value,
        error=np.full(value.shape, INPUT_ERROR),
        kinds=np.full(value.shape, "estimate", dtype=object),
        signs=np.ones(k),
        floors=np.zeros(k),
        weights=np.full(k, 1 / k),
        min_coverage=0.6,
    )


def published() -> Study:
    """PISA 2018 mathematics, the example of the csranks vignette."""
    sets = rank_sets(SCORES, ERRORS, seed=SEED, stream="pisa", draws=20_000)
    top = rank_sets(SCORES, ERRORS, seed=SEED, stream="pisa", level=0.90, draws=20_000)
    uk = UNITED_KINGDOM
    rank = int(1 + (SCORES[uk] < SCORES).sum())
    low, high = int(sets.marginal_low[uk]), int(sets.marginal_high[uk])
    names = {name for name, inside in zip(COUNTRIES, top.in_top, strict=True) if inside}
    source = "csranks vignette; OECD, PISA 2018"
    return Study(
        "Published: ranks of PISA 2018 mathematics",
        "37 OECD countries, mean scores with their standard errors; 20,000 draws. The lower end of the United Kingdom's set"
        " lies on the edge: it is 7 or 8 by the draw.",
        (
            Check("rank of the United Kingdom", "13", str(rank), rank == 13, source),
            Check("its 95% marginal set", "8 to 23 (or 7 to 23)", f"{low} to {high}", low in {7, 8} and high == 23, source),
            Check("90% set of the five best", ", ".join(sorted(TOP_FIVE_SET)), ", ".join(sorted(names)), names == TOP_FIVE_SET, source),
        ),
    )  # fmt: skip


STUDIES = (published, coverage, whole_score)
