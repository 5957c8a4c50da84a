"""A split that a fresh history forgets is told from its closes."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screen.market.store.splits import keep_splits
from screen.market.tables import STORED_PRICES

FIRST = date(2026, 3, 2)
DAYS = [FIRST + timedelta(days=k) for k in range(12)]
EX, NEXT_BAR = DAYS[6], DAYS[8]
"""The split's day; the first bar after what is stored."""


def history(
    bars: int,
    *,
    factor: float = 1.0,
    until: date | None = None,
    splits: dict[date, float] | None = None,
    currency: str = "USD",
) -> pl.DataFrame:
    """Closes of 100, 101, ... times `factor`, only those before `until` where it is given."""
    told = splits or {}
    return STORED_PRICES.frame(
        [
            {
                "ticker": "T", "date": day, "known_at": day, "currency": currency, "source": "yahoo",
                "close": (100.0 + k) * (factor if until is None or day < until else 1.0),
                "split_ratio": told.get(day),
            }
            for k, day in enumerate(DAYS[:bars])
        ]
    )  # fmt: skip


def splits(rows: pl.DataFrame) -> dict[date, float]:
    return dict(rows.drop_nulls("split_ratio").select("date", "split_ratio").iter_rows())


@pytest.mark.parametrize(
    ("factor", "ratio"), [(0.1, 10.0), (0.25, 4.0), (2 / 3, 1.5), (0.8, 1.25), (20.0, 0.05)]
)
def test_closes_that_moved_tell_a_split_that_nobody_states(factor: float, ratio: float) -> None:
    kept = keep_splits(history(8), history(10, factor=factor))
    assert splits(kept) == {NEXT_BAR: pytest.approx(ratio)}


@pytest.mark.parametrize("factor", [0.01, 100.0, 0.9, 1 / 1.289, 0.37])
def test_a_slipped_unit_and_a_spin_off_are_no_split(factor: float) -> None:
    fresh = history(10, factor=factor)
    assert keep_splits(history(8), fresh).equals(fresh)


def test_a_split_that_is_stated_is_not_told_twice() -> None:
    fresh = history(10, factor=0.25, until=EX, splits={EX: 4.0})
    assert keep_splits(history(6), fresh).equals(fresh)
    late = history(8)  # three days after its ex-date the split is applied at last
    assert keep_splits(late, fresh).equals(fresh)


def test_a_stored_split_stays_while_the_closes_are_adjusted_for_it() -> None:
    stored = history(8, factor=0.25, until=EX, splits={EX: 4.0})
    kept = keep_splits(stored, history(10, factor=0.25, until=EX))
    assert splits(kept) == {EX: 4.0}


def test_a_split_that_is_taken_back_goes() -> None:
    stored = history(8, factor=0.25, until=EX, splits={EX: 4.0})
    assert splits(keep_splits(stored, history(10))) == {}


def test_the_stated_day_replaces_the_guessed_one() -> None:
    guessed = keep_splits(history(6), history(8, factor=0.25, until=DAYS[7]))
    assert splits(guessed) == {EX: 4.0}
    stated = history(10, factor=0.25, until=DAYS[7], splits={DAYS[7]: 4.0})
    assert splits(keep_splits(guessed, stated)) == {DAYS[7]: 4.0}


def test_nothing_is_told_across_a_change_of_currency_or_without_a_common_past() -> None:
    fresh = history(10, factor=0.1)
    assert keep_splits(history(8, currency="EUR"), fresh).equals(fresh)
    assert keep_splits(history(2), fresh).equals(fresh)
    assert keep_splits(STORED_PRICES.empty(), fresh).equals(fresh)


@given(st.sampled_from([2.0, 3.0, 4.0, 10.0, 0.1, 0.05]), st.integers(3, 9))
def test_a_history_read_again_keeps_its_splits(ratio: float, bars: int) -> None:
    once = keep_splits(history(bars), history(bars + 2, factor=1 / ratio))
    again = keep_splits(once, history(bars + 3, factor=1 / ratio))
    assert splits(again) == splits(once) == {DAYS[bars]: pytest.approx(ratio)}
