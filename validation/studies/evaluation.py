"""Simulated truth behind the track record: sizes of the tests, and what a true model scores (methods 2.5)."""

from __future__ import annotations

import math

import numpy as np

from models.evaluation import brier, crps_normal, pit
from models.evaluation_origins import diebold_mariano, hln_p_value
from models.evaluation_ranks import rank_correlation
from models.predictive import EVENT, expected_change, fall_probability, predictive_deviation
from models.reversion import pooled_reversion
from validation.study import Check, Study

__all__ = ["STUDIES"]

SOURCE = "methods 2.5 (own replication)"
SEED = 20260501
LEVEL = 0.05

# Sizes: paths a case; three standard errors of a size of 5% are 1%, of 14% are 1.6%.
PATHS = 4000
PRINTED_DM = {(60, 12): 0.13, (120, 12): 0.09, (260, 52): 0.14}
DM_TOLERANCE = 0.03
# The longest horizon that `diebold_mariano` takes at this length, and the size it may have there.
ALLOWED_DM, ALLOWED_SIZE = (390, 13), 0.08
NAIVE_AT_LEAST = 0.5
SIZE_BAND = (0.035, 0.065)

# The design of the printed scores: 40 names over ten years, half-life of half a year.
NAMES, WEEKS, HORIZON = 40, 520, 52
SIGMA, HALF_LIFE = 0.045, 26.0
# Five years behind the first forecast: the printed page does not state its own window.
FIRST_ORIGIN, EVERY = 260, 4
PANELS = 12


def sizes() -> Study:
    """How often each test rejects a true null of equal accuracy when outcomes overlap."""
    rng = np.random.default_rng(SEED)
    checks, rows = [], []
    for (n, h), printed in PRINTED_DM.items():
        paths = np.array([_overlapping(rng, n, h) for _ in range(PATHS)])
        dm = _share([hln_p_value(path, horizon=h) for path in paths])
        naive = _share([_t_p(path) for path in paths])
        phases = [[_t_p(path[first::h]) for first in range(h)] for path in paths]
        single, median = _share([p[0] for p in phases]), _share([float(np.median(p)) for p in phases])
        what = f"n={n}, h={h}"
        checks += [
            Check(f"HLN-corrected DM, {what}", f"{printed} +- {DM_TOLERANCE}", f"{dm:.3f}",
                  abs(dm - printed) <= DM_TOLERANCE, SOURCE),
            Check(f"naive t, {what}", f"at least {NAIVE_AT_LEAST}", f"{naive:.3f}", naive >= NAIVE_AT_LEAST, SOURCE),
            Check(f"t on non-overlapping origins, {what}", f"{SIZE_BAND[0]} to {SIZE_BAND[1]}", f"{single:.3f}",
                  SIZE_BAND[0] <= single <= SIZE_BAND[1], SOURCE),
            Check(f"median p of all phases, {what}", f"at most {SIZE_BAND[1]}", f"{median:.3f}",
                  median <= SIZE_BAND[1], SOURCE),
        ]  # fmt: skip
        rows.append(f"| {n} | {h} | {n // h} | {naive:.3f} | {dm:.3f} | {single:.3f} | {median:.3f} |")
    n, h = ALLOWED_DM
    dm = _share([diebold_mariano(_overlapping(rng, n, h), horizon=h) for _ in range(PATHS)])
    checks.append(
        Check(f"HLN-corrected DM where it is allowed, n={n}, h={h}", f"at most {ALLOWED_SIZE}", f"{dm:.3f}",
              dm <= ALLOWED_SIZE, "methods 2.5: only for h <= n / 30")
    )  # fmt: skip
    about = (
        f"Nominal 5%, {PATHS:,} paths a case, seed {SEED}: loss differences are sums of h independent shocks, so that "
        "neighbours share h - 1 of them and the true mean is zero. The last column is what the scorecard reports."
    )
    head = "| dates | horizon | origins | naive t | DM (HLN) | one phase | median p |\n|---|---|---|---|---|---|---|"
    return Study("Simulated: size of the tests", about, tuple(checks), "\n".join([head, *rows]))


def _overlapping(rng: np.random.Generator, n: int, h: int) -> np.ndarray:
    total = np.concatenate([[0.0], np.cumsum(rng.normal(size=n + h - 1))])
    return total[h:] - total[:-h]


def _share(p_values: list[float | None]) -> float:
    return sum(p is not None and p < LEVEL for p in p_values) / len(p_values)


def _t_p(values: np.ndarray) -> float:
    from scipy.special import stdtr

    error = float(values.std(ddof=1)) / math.sqrt(values.size)
    return 2 * float(stdtr(values.size - 1, -abs(float(values.mean())) / error))


PRINTED = {
    "CRPS of the model": 0.1127,
    "CRPS of no change": 0.1397,
    "coverage of the 90% interval": 0.885,
    "Brier score of the model": 0.167,
    "Brier score of no change": 0.224,
    "rank IC": 0.575,
}
# The printed figures come from one panel: a panel of the same design lies within two of the deviations
# between panels in 95 of 100 cases.
DEVIATIONS = 2.0


def true_model() -> Study:
    """What the grading gives when the model is true: an upper bound for real data."""
    rng = np.random.default_rng(SEED)
    scores = np.array([_graded_panel(rng) for _ in range(PANELS)])
    means, spreads = scores.mean(axis=0), DEVIATIONS * scores.std(axis=0, ddof=1)
    checks = tuple(
        Check(
            name,
            f"{printed} +- {spread:.4f}",
            f"{found:.4f}",
            abs(found - printed) <= spread,
            SOURCE,
        )
        for (name, printed), found, spread in zip(
            PRINTED.items(), means.tolist(), spreads.tolist(), strict=True
        )
    )
    beats = bool((scores[:, 0] < scores[:, 1]).all())
    told = Check("CRPS below no change", f"{PANELS} of {PANELS} panels", f"{(scores[:, 0] < scores[:, 1]).sum()}",
                 beats, "model true")  # fmt: skip
    about = (
        f"{PANELS} panels of {NAMES} names over {WEEKS} weeks, Ornstein-Uhlenbeck with a half-life of "
        f"{HALF_LIFE:.0f} weeks and a weekly deviation of {SIGMA}; seed {SEED}. At every fourth week from the "
        f"{FIRST_ORIGIN}th on the level is the mean so far and the speed is pooled over the names so far; 52 weeks "
        "ahead, normal. The printed figures are one panel's, so the tolerance is twice the deviation between panels; "
        "these figures are the means of ours."
    )
    return Study("Simulated: scores of a true model", about, (*checks, told))


def _graded_panel(rng: np.random.Generator) -> list[float]:
    phi = 0.5 ** (1 / HALF_LIFE)
    u = np.empty((NAMES, WEEKS))
    u[:, 0] = rng.normal(0, SIGMA / math.sqrt(1 - phi**2), NAMES)
    shocks = rng.normal(0, SIGMA, (NAMES, WEEKS))
    for k in range(1, WEEKS):
        u[:, k] = phi * u[:, k - 1] + shocks[:, k]
    dates = [_graded_date(u, t) for t in range(FIRST_ORIGIN, WEEKS - HORIZON, EVERY)]
    return np.array(dates).mean(axis=0).tolist()  # type: ignore[no-any-return]


def _graded_date(u: np.ndarray, t: int) -> list[float]:
    past = u[:, : t + 1]
    fit = pooled_reversion(list(past))
    assert fit is not None
    premium = past[:, -1] - past.mean(axis=1)
    mean = np.array([expected_change(float(v), fit.phi) for v in premium])
    deviation = predictive_deviation(fit.sigma, fit.phi)
    still = fit.sigma * math.sqrt(HORIZON)
    happened = u[:, t + HORIZON] - u[:, t]
    fell = (happened < EVENT).astype(float)
    chance = np.array([fall_probability(float(m), deviation, degrees=math.inf) for m in mean])
    none = np.full(NAMES, fall_probability(0.0, still, degrees=math.inf))
    inside = np.abs(pit(mean, deviation, happened, math.inf) - 0.5) <= 0.45
    return [
        float(crps_normal(mean, deviation, happened).mean()),
        float(crps_normal(0.0, still, happened).mean()),
        float(inside.mean()),
        float(brier(chance, fell).mean()),
        float(brier(none, fell).mean()),
        rank_correlation(mean, happened) or 0.0,
    ]


STUDIES = (sizes, true_model)
