"""Schedules: what falls in which year, by hand, and that no dollar is lost or paid twice."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bands import Band, Window
from models.payments import Payment, Rate, Schedule, due_by

DAYS = st.dates(date(2020, 1, 1), date(2045, 12, 31))


def year_share(schedule: Schedule, year: int, variant: str = "base") -> Fraction:
    return schedule.share(date(year, 1, 1), date(year, 12, 31), variant)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    start, days = draw(DAYS), draw(st.integers(0, 9000))
    end = start + timedelta(days=days)
    shape = draw(st.sampled_from(["even", "ramp", "tranches"]))
    if shape == "ramp":
        full = start + timedelta(days=draw(st.integers(0, days)))
        return Schedule(start, end, full=full, first=draw(st.floats(0, 0.999)))
    if shape == "tranches":
        amounts = st.floats(0, 500)
        parts = draw(st.lists(st.tuples(DAYS, amounts, amounts, amounts), min_size=1, max_size=6))
        dated = tuple(sorted((day, Band(*sorted(bands))) for day, *bands in parts))
        return Schedule(dated[0][0], dated[-1][0], tranches=dated)
    return Schedule(start, end)


@given(schedules(), st.sampled_from(["low", "base", "high"]))
def test_the_years_of_a_term_sum_to_one_exactly(schedule: Schedule, variant: str) -> None:
    years = range(schedule.start.year, schedule.end.year + 1)
    shares = [year_share(schedule, year, variant) for year in years]
    assert sum(shares) == 1
    assert min(shares) >= 0
    assert year_share(schedule, schedule.start.year - 1, variant) == 0
    assert year_share(schedule, schedule.end.year + 1, variant) == 0


@given(schedules(), DAYS, DAYS, DAYS)
def test_two_spans_that_meet_hold_what_the_whole_holds(schedule: Schedule, a: date, b: date, c: date) -> None:
    first, middle, last = sorted((a, b, c))
    parts = schedule.share(first, middle) + schedule.share(middle + timedelta(days=1), last)
    assert parts == schedule.share(first, last)


@given(schedules(), st.floats(0, 1e4))
def test_the_window_mean_is_the_mean_of_its_years(schedule: Schedule, amount: float) -> None:
    payment, window = Payment(Band(amount, amount, amount), schedule), Window(2026, 2028)
    by_year = [payment.in_year(year).base for year in (2026, 2027, 2028)]
    assert payment.mean(window).base == pytest.approx(sum(by_year) / 3, rel=1e-12, abs=1e-12)


def test_a_ramp_by_hand() -> None:
    """Four days of climb from half: weights 0.5 0.625 0.75 0.875, then 1 and 1: 4.75 in all."""
    ramp = Schedule(date(2026, 12, 29), date(2027, 1, 3), full=date(2027, 1, 2), first=0.5)
    assert year_share(ramp, 2026) == Fraction(15, 38)  # (0.5 + 0.625 + 0.75) / 4.75
    assert year_share(ramp, 2027) == Fraction(23, 38)
    assert ramp.profile == "ramp"


def test_a_ramp_that_is_full_on_the_first_day_is_even() -> None:
    ramp = Schedule(date(2026, 7, 1), date(2028, 6, 30), full=date(2026, 7, 1), first=0.3)
    even = Schedule(date(2026, 7, 1), date(2028, 6, 30))
    assert [year_share(ramp, y) for y in (2026, 2027, 2028)] == [
        year_share(even, y) for y in (2026, 2027, 2028)
    ]


def test_tranches_have_weights_of_their_own_variant() -> None:
    """15 at closing and 35 on a condition: the high case pays 30% now, low and base all of it."""
    days = (date(2026, 3, 31), date(2028, 12, 31))
    schedule = Schedule(*days, tranches=((days[0], Band(15, 15, 15)), (days[1], Band(0, 0, 35))))
    payment = Payment(Band(15, 15, 50), schedule)
    assert payment.in_year(2026) == pytest.approx(Band(15, 15, 15))
    assert payment.in_year(2028) == pytest.approx(Band(0, 0, 35))
    assert payment.in_year(2027) == Band(0, 0, 0)


def test_tranches_without_amounts_weigh_the_same() -> None:
    days = (date(2026, 1, 1), date(2027, 1, 1))
    schedule = Schedule(*days, tranches=tuple((day, Band(0, 0, 0)) for day in days))
    assert year_share(schedule, 2026) == Fraction(1, 2)


def test_a_yearly_rate_is_paid_by_the_day() -> None:
    rate = Payment(Band(None, 10, 20), Rate(date(2027, 7, 1), None))
    assert rate.in_year(2026) == Band(None, 0, 0)
    assert rate.in_year(2027).base == pytest.approx(10 * 184 / 365)
    assert rate.in_year(2028) == Band(None, 10, 20)
    assert rate.mean(Window(2026, 2028)).base == pytest.approx((10 * 184 / 365 + 10) / 3)


def test_what_is_owed_ends_with_the_notice() -> None:
    last = due_by(date(2026, 6, 1), 90)
    assert last == date(2026, 8, 30)
    payment = Payment(Band(36.5, 36.5, 36.5), Rate(date(2026, 5, 6), date(2027, 5, 5)))
    assert payment.in_year(2026, until=last).base == pytest.approx(0.1 * ((last - date(2026, 5, 6)).days + 1))
    assert payment.in_year(2027, until=last) == Band(0, 0, 0)
