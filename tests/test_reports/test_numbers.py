"""Number formats: null is a dash, a figure that is not zero never prints as zero."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import numbers
from reports.values import printed_points

FORMATS: list[Callable[[float | None], str]] = [
    numbers.percent, numbers.signed_percent, numbers.percentage_points, numbers.probability, numbers.log_change,
    numbers.times, numbers.ratio, numbers.billions, numbers.usd_in_billions, numbers.points,
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (numbers.percent(0.1234), "12.3%"),
        (numbers.percent(0.0004), "<0.1%"),
        (numbers.percent(-0.0004), "-<0.1%"),
        (numbers.percent(0.0), "0.0%"),
        (numbers.percent(-0.0), "0.0%"),
        (numbers.percent(4.27), "427.0%"),
        (numbers.signed_percent(0.05), "+5.0%"),
        (numbers.signed_percent(0.0001), "+<0.1%"),
        (numbers.percentage_points(0.021), "+2.1 pp"),
        (numbers.probability(0.9997), ">99.9%"),
        (numbers.probability(1.0), "100.0%"),
        (numbers.log_change(math.log(1.182)), "+18.2%"),
        (numbers.log_change(math.log(0.5)), "-50.0%"),
        (numbers.log_change(800.0), ">+99,900.0%"),
        (numbers.times(18.42), "18.4x"),
        (numbers.ratio(0.408), "0.41x"),
        (numbers.billions(38.06), "38.1"),
        (numbers.billions(0.35), "0.35"),
        (numbers.billions(0.001), "<0.01"),
        (numbers.billions(1234.5), "1,234.5"),
        (numbers.usd_in_billions(1.31e11), "131.0 bn USD"),
        (numbers.points(71.26), "71.3"),
        (numbers.standard_score(1.744), "+1.74"),
        (numbers.standard_score(-0.0), "0.00"),
        (numbers.count(1234), "1,234"),
        (numbers.days(3), "3 d"),
        (numbers.weeks(26), "26 w"),
        (numbers.day(date(2026, 6, 1)), "2026-06-01"),
        (numbers.interval("1", "4"), "1 to 4"),
        (numbers.interval("3", "3"), "3"),
    ],
)
def test_formats(made: str, text: str) -> None:
    assert made == text


@pytest.mark.parametrize("form", [*FORMATS, numbers.count, numbers.days, numbers.weeks, numbers.day])
def test_missing_is_a_dash(form: Callable[[None], str]) -> None:
    assert form(None) == "–"


@given(st.sampled_from(FORMATS), st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-200))
def test_what_is_not_zero_never_prints_as_zero(form: Callable[[float], str], value: float) -> None:
    text = form(value)
    digits = re.sub(r"[^0-9.]", "", text)
    assert float(digits) != 0
    assert text.lstrip(">").startswith("-") == (value < 0)


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=12), st.integers(0, 3))
def test_rounded_parts_add_up_and_move_by_less_than_a_unit(parts: list[float], digits: int) -> None:
    rounded = numbers.rounded_parts(parts, sum(parts), digits=digits)
    unit = 10.0**-digits
    assert round(sum(rounded) / unit) == round(sum(parts) / unit)
    assert all(abs(a - b) <= unit * (1 + 1e-9) for a, b in zip(rounded, parts, strict=True))


def test_a_part_that_rounds_to_zero_prints_as_a_bound() -> None:
    assert numbers.rounded_part(0.0, 0.07, digits=1) == "+<0.1"
    assert numbers.rounded_part(0.0, -0.02, digits=1) == "-<0.1"
    assert numbers.rounded_part(0.0, 0.0, digits=1) == "0.0"
    assert numbers.rounded_part(12.3, 12.333, digits=1) == "+12.3"


def test_rounded_parts_by_hand() -> None:
    # 1.44 + 1.44 + 1.44 = 4.32: each alone rounds to 1.4, the sum to 4.3, so one part prints 1.5.
    assert numbers.rounded_parts([1.44, 1.44, 1.44], 4.32, digits=1) == [1.5, 1.4, 1.4]
    assert numbers.rounded_parts([], 0.0, digits=1) == []


def test_printed_points_add_up_to_the_printed_score() -> None:
    parts: list[dict[str, object]] = [
        {"component": "a", "contribution": 9.357},
        {"component": "b", "contribution": None},
        {"component": "c", "contribution": 4.456},
        {"component": "d", "contribution": 0.287},
    ]
    # 9.3 + 4.4 + 0.2 = 13.9; the score of 64.1 asks for 14.1, so the two largest remainders go up.
    assert printed_points(parts, 64.1) == {"a": 9.4, "c": 4.4, "d": 0.3}
