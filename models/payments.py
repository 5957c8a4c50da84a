"""How an amount falls on the days of its term: even, on a ramp, in tranches, at once, or a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from models.bands import Band, Variant, Window

__all__ = ["Payment", "Profile", "Rate", "Schedule", "Timing", "due_by", "overlap_share"]

Profile = Literal["even", "ramp", "tranches", "one-off", "rate"]
ENDS: tuple[Variant, ...] = ("low", "base", "high")


def overlap_share(start: date, end: date, window: Window) -> float:
    """Return the share of the days of [start, end] that fall in `window`, all ends included.

    ``w = |[start, end] and window| / |[start, end]|``; the years of a term sum to 1.
    """
    return float(Schedule(start, end).share(window.start, window.end))


@dataclass(frozen=True)
class Schedule:
    """Shares of one whole amount by day; over the whole term they sum to 1 exactly (rational numbers).

    Parameters
    ----------
    start, end
        First and last day of the term, both paid.
    full
        First day at the full rate; the rate climbs by the same step each day before it. None: even.
    first
        Rate on the first day over the full rate (fraction); only with `full`.
    tranches
        Days and amounts (bn) of explicit payments; then `start` and `end` are the first and last of them.
    """

    start: date
    end: date
    full: date | None = None
    first: float = 0.0
    tranches: tuple[tuple[date, Band], ...] = ()

    @property
    def profile(self) -> Profile:
        """The word of the shape."""
        if self.tranches:
            return "tranches"
        if self.full is not None:
            return "ramp"
        return "one-off" if self.start == self.end else "even"

    def share(self, begin: date, until: date, variant: Variant = "base") -> Fraction:
        """Return w: the share of the amount that is paid from `begin` to `until`, both included.

        Even: days in the span over all days. Ramp: day k of a climb of B days has the weight
        ``first + (1 - first) k / B``, later days 1. Tranches: their amounts of the variant, or of base
        where the variant has none.
        """
        if self.tranches:
            return self._in_tranches(begin, until, variant)
        days = (self.end - self.start).days + 1
        low = min(max((begin - self.start).days, 0), days)
        high = min(max((until - self.start).days + 1, low), days)
        return (self._weight(high) - self._weight(low)) / self._weight(days)

    def _weight(self, days: int) -> Fraction:
        """Return the summed weight of the first `days` days."""
        if self.full is None:
            return Fraction(days)
        climb, first = (self.full - self.start).days, Fraction(self.first)
        inside = min(days, climb)
        rising = Fraction(inside * (inside - 1), 2 * climb) if climb else Fraction(0)
        return first * inside + (1 - first) * rising + (days - inside)

    def _in_tranches(self, begin: date, until: date, variant: Variant) -> Fraction:
        for end in (variant, "base"):
            amounts = [(day, Fraction(band.pick(end))) for day, band in self.tranches]
            if total := sum((amount for _, amount in amounts), Fraction(0)):
                return sum((a for day, a in amounts if begin <= day <= until), Fraction(0)) / total
        return Fraction(sum(begin <= day <= until for day, _ in self.tranches), len(self.tranches))

    def words(self) -> str:
        """Return the schedule in words."""
        if self.tranches:
            return "tranches " + ", ".join(f"{band.base:g} at {day}" for day, band in self.tranches)
        if self.start == self.end:
            return f"one-off at {self.start}"
        climb = f", full rate from {self.full} (first day {self.first:.0%})" if self.full else ""
        return f"{self.start} to {self.end}{climb}"


@dataclass(frozen=True)
class Rate:
    """An amount a year, paid by the day inside its term; an open end runs on."""

    start: date | None = None
    end: date | None = None
    profile: Profile = "rate"

    def share(self, begin: date, until: date, variant: Variant = "base") -> Fraction:
        """Return the years (days over the days of their year) from `begin` to `until` inside the term."""
        del variant
        low = begin if self.start is None else max(begin, self.start)
        high = until if self.end is None else min(until, self.end)
        total = Fraction(0)
        for year in range(low.year, high.year + 1):
            first, last = date(year, 1, 1), date(year, 12, 31)
            days = (min(last, high) - max(first, low)).days + 1
            total += Fraction(max(days, 0), (last - first).days + 1)
        return total

    def words(self) -> str:
        """Return the term in words."""
        return f"a year, {self.start or 'open'} to {self.end or 'open'}"


Timing = Schedule | Rate


@dataclass(frozen=True)
class Payment:
    """An amount in bn USD (whole, or a year for a `Rate`) and when it is paid."""

    amount: Band
    timing: Timing

    def between(self, begin: date, until: date) -> Band:
        """Return what is paid from `begin` to `until`, both included, bn USD; null ends stay null."""
        if until < begin:
            return self.amount.scaled(0.0)
        if not (isinstance(self.timing, Schedule) and self.timing.tranches):
            return self.amount.scaled(float(self.timing.share(begin, until)))
        shares = [float(self.timing.share(begin, until, end)) for end in ENDS]
        low, base, high = (None if v is None else v * w for v, w in zip(self.amount, shares, strict=True))
        return Band(low, base, high)

    def in_year(self, year: int, *, until: date | None = None) -> Band:
        """Return what is paid in a calendar year, no later than `until`, bn USD."""
        last = date(year, 12, 31)
        return self.between(date(year, 1, 1), last if until is None else min(last, until))

    def mean(self, window: Window, *, until: date | None = None) -> Band:
        """Return the mean over the calendar years of `window`, bn USD a year."""
        total = Band(0.0, 0.0, 0.0)
        for year in range(window.first, window.last + 1):
            total = total.plus(self.in_year(year, until=until))
        return total.scaled(1 / window.years)


def due_by(day: date, notice_days: int) -> date:
    """Return the last day on which money is still owed when notice is given on `day`."""
    return day + timedelta(days=notice_days)
