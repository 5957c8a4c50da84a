"""What capital spending buys: asset classes with their share, useful life and lag before service."""

from __future__ import annotations

from dataclasses import dataclass

from models.capex_balances import Balance

__all__ = [
    "LAG_SPREAD",
    "SERVERS",
    "SHARE_OF_CASE",
    "SHORT_LIVED_SHARE",
    "AssetClass",
    "asset_classes",
    "class_words",
]

SERVERS = "servers"

# Microsoft said about two thirds of its capex is short-lived (servers, network), Q2 FY26 (figures.csv,
# note of capex 37.5). Used for every payer for want of their own figure; "about" reaches from 60% to 75%.
SHORT_LIVED_SHARE = 2 / 3
SHARE_OF_CASE = {"low": 0.60, "base": SHORT_LIVED_SHARE, "high": 0.75}
# The rest, halved between power and cooling plant (15 years) and buildings (25 years): judgements inside
# the ranges that the clouds' annual reports give for equipment and buildings. The wall hardly moves with
# them: over three years these classes charge a tenth of what servers do.
POWER_LIFE, BUILDING_LIFE = 15.0, 25.0
# Construction in progress is not depreciated: two to four quarters (methods, section 3), so three for
# servers, give or take one, and four for halls and power plant.
SERVER_LAG, BUILDING_LAG = 0.75, 1.0
LAG_SPREAD = 0.25
# Without a stated life: what Microsoft, Alphabet and CoreWeave state. A shorter one makes the wall higher.
LIFE_UNSTATED = 6.0


@dataclass(frozen=True)
class AssetClass:
    """A part of spending: share (fraction), useful life and lag before service (years)."""

    key: str
    share: float
    life: float
    lag: float


def asset_classes(book_life: Balance | None, case: str = "base") -> tuple[AssetClass, ...]:
    """Return the three classes of a case; the life of servers is the stated one, else `LIFE_UNSTATED`."""
    share = SHARE_OF_CASE[case]
    rest = (1 - share) / 2
    life = LIFE_UNSTATED if book_life is None else book_life.value
    return (
        AssetClass(SERVERS, share, life, SERVER_LAG),
        AssetClass("power", rest, POWER_LIFE, BUILDING_LAG),
        AssetClass("buildings", rest, BUILDING_LIFE, BUILDING_LAG),
    )


def class_words(classes: tuple[AssetClass, ...], book_life: Balance | None) -> str:
    """Return the classes in words, with what is stated and what is assumed."""
    parts = ", ".join(f"{c.key} {c.share:.0%} over {c.life:g} years" for c in classes)
    low, _, high = SHARE_OF_CASE.values()
    stated = "life of servers as stated" if book_life is not None else "no life of servers stated, assumed"
    lags = f"in service {SERVER_LAG * 4:g} quarters after the spending, halls and power {BUILDING_LAG * 4:g}"
    share = f"servers' share from Microsoft's statement, {low:.0%} low, {high:.0%} high"
    return f"{parts} ({stated}; {share}; the rest assumed); {lags}"
