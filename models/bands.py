"""Amounts with a low, base and high, and the window of years that flows are averaged over."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

__all__ = ["NORMAL_90", "Band", "Variant", "Window"]

NORMAL_90 = 1.645
"""Low and high amounts are read as a 5-95% range, so its half over this quantile is a standard error."""

Variant = Literal["low", "base", "high"]


class Window(NamedTuple):
    """The calendar years over which flows are averaged, both included."""

    first: int
    last: int

    @property
    def start(self) -> date:
        """First day."""
        return date(self.first, 1, 1)

    @property
    def end(self) -> date:
        """Last day."""
        return date(self.last, 12, 31)

    @property
    def years(self) -> int:
        """Number of years."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"


class Band(NamedTuple):
    """Low, base and high amount in bn USD; null where not stated."""

    low: float | None
    base: float | None
    high: float | None

    def scaled(self, factor: float) -> Band:
        """Return the band times `factor`; null stays null."""
        return Band(*(None if v is None else v * factor for v in self))

    def plus(self, other: Band) -> Band:
        """Return the sum, null where either side is."""
        return Band(*(None if a is None or b is None else a + b for a, b in zip(self, other, strict=True)))

    def pick(self, variant: Variant) -> float:
        """Return the amount of a variant; an end that is not stated stands at base, no base is 0."""
        value: float | None = getattr(self, variant)
        return next((v for v in (value, self.base) if v is not None), 0.0)
