"""Rank tests of ordered groups: Kendall's tau-b, Jonckheere-Terpstra, exact p-values, power, shift.

Groups are numbered 0, 1, ... in the order that the alternative claims; two groups make it the test of
Wilcoxon, Mann and Whitney. Under the null hypothesis every assignment of the values to the groups is as
likely as any other, so no distribution of the values is assumed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from models.cross_section import FloatArray, kendall_tau_b

__all__ = [
    "OrderedTest",
    "Shift",
    "detection_power",
    "hodges_lehmann",
    "jonckheere_null",
    "kendall_normal_p",
    "ordered_test",
]

# Level at which a one-sided test counts; also the level of every power stated.
ALPHA = 0.05
# Assignments counted one by one when values tie: 20,000 take about 0.2 s.
MOST_ENUMERATED = 20_000
# Beyond this many steps the exact null distribution takes longer than drawing it.
MOST_STEPS = 300_000
# Draws where counting is too long: the standard error of a p of .05 is then .003.
PERMUTATIONS = 4_999
# Draws behind a power: its standard error is at most .016.
POWER_DRAWS = 1_000
SIMULATION_SEED = 1954


@dataclass(frozen=True)
class OrderedTest:
    """Test that values rise with the group.

    Parameters
    ----------
    tau_b
        Kendall's tau-b of group and value, in [-1, 1].
    jonckheere
        Pairs of values from two groups of which the higher group has the higher value, ties half.
    p_greater, p_less
        One-sided p that values rise, or fall, with the group.
    smallest_p
        Smallest one-sided p that these group sizes can give.
    method
        exact, enumerated or Monte Carlo.
    sizes
        Values in each group that has any, in order.
    """

    tau_b: float
    jonckheere: float
    p_greater: float
    p_less: float
    smallest_p: float
    method: str
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Shift:
    """Hodges-Lehmann shift between two samples with the interval that belongs to the exact test.

    `low` and `high` are None when the samples are too small for an interval at that level.
    """

    estimate: float
    low: float | None
    high: float | None


def _over(poly: list[int], step: int) -> list[int]:
    """Divide a polynomial in q by ``1 - q^step``."""
    made = poly.copy()
    for k in range(step, len(made)):
        made[k] += made[k - step]
    return made


def _times(poly: list[int], step: int) -> list[int]:
    """Multiply by ``1 - q^step``, keeping the length."""
    return [value - (poly[k - step] if k >= step else 0) for k, value in enumerate(poly)]


@lru_cache(maxsize=256)
def jonckheere_null(sizes: tuple[int, ...]) -> FloatArray:
    """Return P(J = 0), P(J = 1), ... of the Jonckheere-Terpstra statistic without ties.

    ``sum_j c_j q^j = prod_k [N_k choose n_k]_q`` with ``N_k = n_1 + ... + n_k``: every group against all
    lower ones is a Mann-Whitney count, and these are independent. Counted in whole numbers, so exact.

    Parameters
    ----------
    sizes
        Values in each group, at least one each.

    References
    ----------
    Jonckheere 1954, Biometrika 41:133; Harding 1984, Applied Statistics 33:1.
    """
    longest = _largest(sizes)
    poly = [1] + [0] * longest
    below = 0
    for size in sizes:
        for step in range(1, size + 1):
            poly = _over(_times(poly, below + step), step)
        below += size
    total = sum(poly)
    return np.array([count / total for count in poly])


def _largest(sizes: Sequence[int]) -> int:
    n = sum(sizes)
    return (n * n - sum(size * size for size in sizes)) // 2


def _assignments(sizes: Sequence[int]) -> int:
    ways, left = 1, sum(sizes)
    for size in sizes:
        ways *= math.comb(left, size)
        left -= size
    return ways


def _orders(sizes: Sequence[int], places: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield every way to fill the groups from `places`: the values of group 0 first, then of group 1, ..."""
    if len(sizes) == 1:
        yield places
        return
    for chosen in combinations(places, sizes[0]):
        taken = set(chosen)
        for rest in _orders(sizes[1:], tuple(p for p in places if p not in taken)):
            yield chosen + rest


def _statistics(values: FloatArray, sizes: Sequence[int]) -> FloatArray:
    """Return Jonckheere's J of every row of `values`, whose columns are ordered by group."""
    total = np.zeros(values.shape[0])
    start = sizes[0]
    for size in sizes[1:]:
        own, lower = values[:, start : start + size, None], values[:, None, :start]
        total += 0.5 * (np.sum(own > lower, axis=(1, 2)) + np.sum(own >= lower, axis=(1, 2)))
        start += size
    return total


def ordered_test(
    groups: FloatArray, values: FloatArray, *, seed: int, permutations: int = PERMUTATIONS
) -> OrderedTest | None:
    """Test whether `values` rise with the ordered `groups`.

    The p-value is the share of assignments with a J as high as the observed one. Without ties among the
    values the share is exact at any size; with ties all assignments are counted, or drawn when there are
    more than 20,000: ``p = (1 + #{J >= observed}) / (1 + draws)``. tau-b and J order assignments alike, so
    both have this p.

    Parameters
    ----------
    groups, values
        Shape (n,); groups are ordered numbers, NaN in either leaves the pair out.
    seed, permutations
        Of the draw.

    Missing data: None with fewer than three pairs, one group, or values that are all equal.

    References
    ----------
    Methods, section 4; Jonckheere 1954; Terpstra 1952; Kendall 1945.
    """
    keep = np.isfinite(groups) & np.isfinite(values)
    groups, values = groups[keep], values[keep]
    tau = kendall_tau_b(groups, values) if groups.size >= 3 else None
    if tau is None:
        return None
    order = np.argsort(groups, kind="stable")
    values = values[order]
    sizes = tuple(int(count) for count in np.unique(groups, return_counts=True)[1])
    observed = float(_statistics(values[None, :], sizes)[0])
    greater, less, method = _p_values(values, sizes, observed, seed, permutations)
    return OrderedTest(tau, observed, greater, less, 1 / _assignments(sizes), method, sizes)


def _p_values(
    values: FloatArray, sizes: tuple[int, ...], observed: float, seed: int, permutations: int
) -> tuple[float, float, str]:
    if np.unique(values).size == values.size and _largest(sizes) * values.size <= MOST_STEPS:
        null = jonckheere_null(sizes)
        at = round(observed)
        return min(1.0, float(null[at:].sum())), min(1.0, float(null[: at + 1].sum())), "exact"
    # J is a multiple of a half, so a quarter tells a tie from a difference.
    if _assignments(sizes) <= MOST_ENUMERATED:
        found = _statistics(values[np.array(list(_orders(sizes, tuple(range(values.size)))))], sizes)
        return (
            float(np.mean(found >= observed - 0.25)),
            float(np.mean(found <= observed + 0.25)),
            "enumerated",
        )
    rng = np.random.default_rng(seed)
    found = _statistics(rng.permuted(np.tile(values, (permutations, 1)), axis=1), sizes)
    greater, less = np.sum(found >= observed - 0.25), np.sum(found <= observed + 0.25)
    return float((1 + greater) / (1 + permutations)), float((1 + less) / (1 + permutations)), "Monte Carlo"


@lru_cache(maxsize=256)
def detection_power(
    sizes: tuple[int, ...],
    step: float,
    *,
    alpha: float = ALPHA,
    draws: int = POWER_DRAWS,
    seed: int = SIMULATION_SEED,
) -> float | None:
    """Return the chance that the one-sided test finds a rise of `step` standard deviations a group.

    Values are normal with unit variance and mean ``step * group``; the share of `draws` whose J reaches
    the critical value of the exact null distribution. With ``step = 0`` it is the size of the test.

    Parameters
    ----------
    sizes
        Values in each group, lowest first.
    step
        Distance of neighbouring groups in standard deviations of a value within its group.

    Returns
    -------
    float or None
        Fraction; 0 when these sizes cannot reach `alpha`; None with fewer than two groups.

    References
    ----------
    Methods, section 4: n = 18 in three tiers, .91 at one standard deviation a tier and .41 at half of one.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        return None
    rng = np.random.default_rng(seed)
    middle = np.repeat(np.arange(len(sizes), dtype=np.float64), sizes)
    found = _statistics(rng.standard_normal((draws, middle.size)) + step * middle, sizes)
    if _largest(sizes) * middle.size <= MOST_STEPS:
        upper = np.cumsum(jonckheere_null(sizes)[::-1])[::-1]
        reached = np.flatnonzero(upper <= alpha)
        critical = float(reached[0]) if reached.size else math.inf
    else:
        critical = _normal_critical(sizes, alpha)
    return float(np.mean(found >= critical))


def _normal_critical(sizes: tuple[int, ...], alpha: float) -> float:
    from scipy.special import ndtri

    n = sum(sizes)
    variance = (n * n * (2 * n + 3) - sum(s * s * (2 * s + 3) for s in sizes)) / 72
    return _largest(sizes) / 2 + math.sqrt(variance) * float(-ndtri(alpha))


def kendall_normal_p(x: FloatArray, y: FloatArray) -> float | None:
    """Two-sided p of Kendall's tau-b by the normal approximation with ties, as scipy's ``asymptotic``.

    ``z = S / sqrt(v)``, ``v = (v0 - vx - vy) / 18 + txty``; S is concordant minus discordant pairs.

    Missing data: pairs with a NaN are left out; None with fewer than two pairs or when one side is all
    ties.

    References
    ----------
    Kendall 1945, Biometrika 33:239; methods, P14.
    """
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = x[keep], y[keep]
    if kendall_tau_b(x, y) is None:
        return None
    n = x.size
    sx, sy = (np.sign(np.subtract.outer(side, side)) for side in (x, y))
    difference = float(np.sum(sx * sy)) / 2
    tx, ty = (np.unique(side, return_counts=True)[1].astype(np.float64) for side in (x, y))
    pairs = n * (n - 1.0)
    vx, vy = (float(np.sum(t * (t - 1) * (2 * t + 5))) for t in (tx, ty))
    x0, y0 = (float(np.sum(t * (t - 1) * (t - 2))) for t in (tx, ty))
    x1, y1 = (float(np.sum(t * (t - 1))) for t in (tx, ty))
    variance = (pairs * (2 * n + 5) - vx - vy) / 18 + x1 * y1 / (2 * pairs)
    if n > 2:
        variance += x0 * y0 / (9 * pairs * (n - 2))
    return math.erfc(abs(difference) / math.sqrt(variance) / math.sqrt(2)) if variance > 0 else None


def hodges_lehmann(upper: FloatArray, lower: FloatArray, *, alpha: float = ALPHA) -> Shift | None:
    """Median of all differences between a value of `upper` and one of `lower`, with its interval.

    The interval has level ``1 - 2 alpha``: it leaves out exactly the shifts that a one-sided test at
    `alpha` rejects in either direction (exact without ties, conservative with ties).

    Missing data: NaN is left out; None when a sample is empty.

    References
    ----------
    Hodges and Lehmann 1963, Annals of Mathematical Statistics 34:598.
    """
    upper, lower = upper[np.isfinite(upper)], lower[np.isfinite(lower)]
    if upper.size == 0 or lower.size == 0:
        return None
    pairs = np.sort(np.subtract.outer(upper, lower).ravel())
    middle = float(np.median(pairs))
    sizes = (lower.size, upper.size)
    if _largest(sizes) * sum(sizes) > MOST_STEPS:
        cut = int(_largest(sizes) - _normal_critical(sizes, alpha))
    else:
        cut = int(np.sum(np.cumsum(jonckheere_null(sizes)) <= alpha))
    if cut < 1:
        return Shift(middle, None, None)
    return Shift(middle, float(pairs[cut - 1]), float(pairs[pairs.size - cut]))
