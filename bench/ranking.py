"""How sure a rank is: draws of weights and inputs, and rank confidence sets, for 80 and 5,000 names."""

from __future__ import annotations

import resource

import numpy as np

from bench.side_by_side import compare
from models.rank_sets import rank_sets
from models.uncertainty import rank_intervals

__all__ = ["report"]

SEED = 11
COMPONENTS = 9
DRAWS = 10_000
LIMIT_S = {80: 1.0, 5000: 60.0}
"""What 10,000 draws may take."""


def report() -> None:
    """Print the tables, and after each whether its limit holds."""
    for names, limit in LIMIT_S.items():
        z, error = _screen(names)
        weights = np.full(COMPONENTS, 1 / COMPONENTS)
        score, score_error = 50 + 50 / 3 * np.nanmean(z, axis=1), np.full(names, 50 / 3 * 0.25 / 3)
        drawn = f"rank_intervals, {DRAWS:,} draws"
        medians = compare(
            f"uncertainty of ranks, {names} names, {COMPONENTS} inputs, a tenth of them missing",
            {
                drawn: lambda z=z, error=error, weights=weights: rank_intervals(
                    z, error, weights, seed=1, stream="bench", draws=DRAWS
                ),
                "rank_sets, 2,000 draws": lambda score=score, score_error=score_error: rank_sets(
                    score, score_error, seed=1, stream="bench"
                ),
            },
            rounds=5 if names < 1000 else 1,
        )
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        verdict = "holds" if medians[drawn] < limit else "DOES NOT HOLD"
        print(f"  limit {limit:g} s for the draws: {verdict}; largest memory so far {peak_mb:.0f} MB\n")


def _screen(names: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(SEED)
    z = rng.standard_normal((names, COMPONENTS))
    z[rng.random(z.shape) < 0.1] = np.nan
    return z, np.full(z.shape, 0.25)
