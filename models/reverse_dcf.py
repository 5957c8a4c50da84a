"""What growth a multiple needs: growth-opportunity share, Gordon and two-stage reverse DCF."""

from __future__ import annotations

__all__ = [
    "DISCOUNT_RATE",
    "gordon_growth",
    "growth_opportunity_share",
    "implied_growth",
    "two_stage_multiple",
]

# One constant rate for every name, so that names differ by price and not by a beta estimate whose sign
# is unstable (methods 2.2). 9% is the rate of the worked numbers of methods 2.4: a judgement.
DISCOUNT_RATE = 0.09
# Payout in the growth stage and after it, growth after it, length: the worked numbers of methods 2.4.
PAYOUT_GROWTH_STAGE = 0.30
PAYOUT_LATER = 0.60
GROWTH_LATER = 0.04
YEARS = 10
# Search bounds: a decade of -50% or +100% a year is outside anything a price can be asked to say.
LOWEST_GROWTH, HIGHEST_GROWTH = -0.5, 1.0
BISECTIONS = 80


def growth_opportunity_share(multiple: float, *, rate: float = DISCOUNT_RATE) -> float:
    """Share of the price that is growth opportunities, ``PVGO/P = 1 - 1/(r PE1)`` (fraction, may be < 0).

    Missing data: not allowed. Raises ValueError when the multiple or the rate is not positive.

    References: methods, section 2.4.
    """
    if multiple <= 0 or rate <= 0:
        raise ValueError(f"multiple and rate must be positive, got {multiple} and {rate}")
    return 1 - 1 / (rate * multiple)


def gordon_growth(multiple: float, *, rate: float = DISCOUNT_RATE, payout: float) -> float:
    """Constant growth implied by a multiple, ``g = r - payout / PE1`` (fraction a year).

    Missing data: not allowed. Raises ValueError when the multiple is not positive.

    References: methods, section 2.4.
    """
    if multiple <= 0:
        raise ValueError(f"the multiple must be positive, got {multiple}")
    return rate - payout / multiple


def two_stage_multiple(
    growth: float,
    *,
    rate: float = DISCOUNT_RATE,
    payout: float = PAYOUT_GROWTH_STAGE,
    payout_later: float = PAYOUT_LATER,
    growth_later: float = GROWTH_LATER,
    years: int = YEARS,
) -> float:
    """Forward multiple that `growth` is worth.

    ``PE1 = sum_{t=1..n} b(1+g)^{t-1}/(1+r)^t + b_L (1+g)^{n-1}(1+g_L)/((r-g_L)(1+r)^n)`` (times).

    Missing data: not allowed. Raises ValueError when ``rate <= growth_later`` (the sum does not end).

    References: methods, section 2.4.
    """
    if rate <= growth_later:
        raise ValueError(f"rate {rate} must be above the later growth {growth_later}")
    stage = sum(payout * (1 + growth) ** (t - 1) / (1 + rate) ** t for t in range(1, years + 1))
    later = payout_later * (1 + growth) ** (years - 1) * (1 + growth_later)
    return stage + later / ((rate - growth_later) * (1 + rate) ** years)


def implied_growth(multiple: float, *, rate: float = DISCOUNT_RATE) -> float | None:
    """Growth a year over ten years that the two-stage model needs for `multiple` (fraction a year).

    Found by bisection; the model rises with growth, so there is one answer.

    Missing data: None when the multiple is not positive or needs growth outside -50% to +100% a year.

    References: methods, section 2.4.
    """
    low, high = LOWEST_GROWTH, HIGHEST_GROWTH
    if not two_stage_multiple(low, rate=rate) <= multiple <= two_stage_multiple(high, rate=rate):
        return None
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if two_stage_multiple(middle, rate=rate) < multiple:
            low = middle
        else:
            high = middle
    return (low + high) / 2
