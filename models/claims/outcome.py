"""What a test of a claim gives: a verdict, the figures behind it, and the power of the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import comb

__all__ = [
    "LEVEL",
    "MIN_NAMES",
    "NOT_SUPPORTED",
    "NOT_TESTABLE",
    "SUPPORTED",
    "VERDICTS",
    "Outcome",
    "binomial_tail",
    "by_count",
    "by_threshold",
    "named",
    "not_testable",
    "sign_test_power",
]

SUPPORTED, NOT_SUPPORTED, NOT_TESTABLE = "supported", "not supported", "not testable yet"
VERDICTS = (SUPPORTED, NOT_SUPPORTED, NOT_TESTABLE)

LEVEL = 0.10
"""A claim about a group counts as supported when chance alone gives as many names in at most one case of
ten. Groups of this chain have five to a dozen names: at 5% a group of four could never support anything."""

MIN_NAMES = 4
"""The fewest names for which unanimity reaches `LEVEL`: 2^-4 = 6%."""

TRUE_SHARE = 0.8
"""Power is stated for a claim that holds for four names of five: what "as a rule" means in the notes."""


@dataclass(frozen=True)
class Outcome:
    """Result of one test.

    Parameters
    ----------
    verdict
        One of `VERDICTS`.
    figures
        The numbers in one sentence; for a claim that cannot be tested, what is missing.
    value
        The tested figure, in the unit that the claim's metric names; None when there is none.
    n
        Names or observations compared.
    p_value
        One-sided, of a group test; None for a comparison with a threshold.
    power
        Chance that the test supports a claim that is true in four names of five (fraction).
    tested_on
        Day of the newest figure that entered.
    """

    verdict: str
    figures: str
    value: float | None = None
    n: int | None = None
    p_value: float | None = None
    power: float | None = None
    tested_on: date | None = None
    kind: str = "inference"
    source: str | None = None


def not_testable(why: str, *, n: int | None = None) -> Outcome:
    """Return the outcome of a test that lacks what it needs."""
    return Outcome(NOT_TESTABLE, why, n=n)


def binomial_tail(successes: int, trials: int, *, chance: float = 0.5) -> float:
    """Return ``P(X >= k)`` for X ~ Binomial(n, p), exactly."""
    return sum(
        comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(successes, trials + 1)
    )


def sign_test_power(trials: int, *, share: float = TRUE_SHARE) -> float:
    """Return the chance that the one-sided sign test at `LEVEL` rejects when the true share is `share`.

    ``P(X >= c)`` under ``Binomial(n, share)`` with c the smallest count whose tail under 1/2 is at most
    `LEVEL`; 0 when no count reaches it.
    """
    needed = [k for k in range(trials + 1) if binomial_tail(k, trials) <= LEVEL]
    return binomial_tail(needed[0], trials, chance=share) if needed else 0.0


def by_count(
    holds: Mapping[str, bool],
    figures: str,
    *,
    what: str,
    tested_on: date | None,
    kind: str = "fact",
    source: str | None = None,
) -> Outcome:
    """Judge a claim about a group by an exact one-sided sign test: does it hold for more than half?

    ``p = P(X >= k)`` under ``Binomial(n, 1/2)``; supported when ``p <= LEVEL``. `value` is the share k/n.

    Missing data: names that cannot be judged are left out before; under `MIN_NAMES` names the claim is not
    testable yet, since even unanimity would be chance.
    """
    n, k = len(holds), sum(holds.values())
    if n < MIN_NAMES:
        return not_testable(f"{what} known for {n} names, {MIN_NAMES} needed: {figures or 'none'}", n=n)
    p = binomial_tail(k, n)
    return Outcome(
        SUPPORTED if p <= LEVEL else NOT_SUPPORTED,
        f"holds for {k} of {n}: {figures}",
        value=k / n,
        n=n,
        p_value=p,
        power=sign_test_power(n),
        tested_on=tested_on,
        kind=kind,
        source=source,
    )


def by_threshold(
    holds: bool,
    figures: str,
    *,
    value: float,
    tested_on: date | None,
    n: int | None = None,
    kind: str = "fact",
    source: str | None = None,
) -> Outcome:
    """Judge a claim about single figures: they are on the claimed side of the threshold or they are not."""
    verdict = SUPPORTED if holds else NOT_SUPPORTED
    return Outcome(verdict, figures, value=value, n=n, tested_on=tested_on, kind=kind, source=source)


def named(parts: Sequence[tuple[str, str]]) -> str:
    """Return ``MSFT -1.2%, AMZN +3.0%`` from (name, figure) pairs, in the order given."""
    return ", ".join(f"{name} {figure}" for name, figure in parts)
