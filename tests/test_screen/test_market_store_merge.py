"""Merging a stored price history with new bars: by hand, and as properties."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_store_rows import MONDAY, bars
from polars.testing import assert_frame_equal

from exposures.errors import TableError
from screen.market.store.merge import MIN_OVERLAP, SAME_TOLERANCE, join_tail, merge_prices
from screen.market.tables import REVISIONS, STORED_PRICES

TODAY = date(2026, 11, 21)


def later(days: int) -> date:
    return MONDAY + timedelta(days)


def closes(frame: pl.DataFrame) -> list[float | None]:
    return frame.get_column("close").to_list()


def test_a_first_fetch_is_appended_and_an_empty_answer_changes_nothing() -> None:
    rows = bars([1.0, 2.0])
    first = merge_prices(STORED_PRICES.empty(), rows, today=TODAY)
    assert (first.kind, closes(first.rows)) == ("appended", [1.0, 2.0])
    nothing = merge_prices(rows, STORED_PRICES.empty(), today=TODAY)
    assert nothing.kind == "same"
    assert_frame_equal(nothing.rows, rows)


def test_equal_overlap_and_new_bars_are_appended() -> None:
    found = merge_prices(bars([10, 11, 12, 13]), bars([11, 12, 13, 14, 15], first=later(1)), today=TODAY)
    assert found.kind == "appended"
    assert closes(found.rows) == [10, 11, 12, 13, 14, 15]
    assert found.revisions.is_empty()
    assert not found.needs_history


def test_rounding_of_floats_is_no_difference_and_never_adds_up() -> None:
    stored = bars([10, 11, 12, 13])
    jitter = bars([10 * (1 + 9e-7), 11, 12 * (1 - 9e-7), 13])
    found = merge_prices(stored, jitter, today=TODAY)
    assert found.kind == "same"
    assert_frame_equal(found.rows, stored)


def test_one_changed_close_is_a_revision_with_its_old_value() -> None:
    found = merge_prices(bars([10, 11, 12, 13]), bars([11, 12.5, 13, 14], first=later(1)), today=TODAY)
    assert found.kind == "revised"
    assert closes(found.rows) == [10, 11, 12.5, 13, 14]
    assert found.revisions.rows(named=True) == [
        {
            "ticker": "NVDA",
            "date": later(2),
            "field": "close",
            "before": 12.0,
            "after": 12.5,
            "seen_at": TODAY,
            "source": "yahoo",
        }
    ]


def test_a_provisional_newest_close_is_a_revision() -> None:
    found = merge_prices(bars([10, 11, 12, 13]), bars([10, 11, 12, 13.4, 14]), today=TODAY)
    assert (found.kind, found.revisions.height, closes(found.rows)[-2:]) == ("revised", 1, [13.4, 14])


def test_the_same_three_bars_in_the_middle_corrected_alike_are_revisions_not_a_new_basis() -> None:
    found = merge_prices(bars([10.0] * 9), bars([10, 10, 10, 10.1, 10.1, 10.1, 10, 10, 10]), today=TODAY)
    assert (found.kind, found.revisions.height) == ("revised", 3)


def test_four_new_shares_for_one_is_a_constant_factor_even_without_the_event() -> None:
    stored = bars([400, 404, 408, 412])
    found = merge_prices(stored, bars([100, 101, 102, 103, 104]), today=TODAY)
    assert (found.kind, found.ratio) == ("readjusted", 0.25)
    assert found.needs_history
    assert_frame_equal(found.rows, stored)


def test_a_factor_is_recognised_beside_a_provisional_and_a_corrected_close() -> None:
    stored = bars([400, 404, 408, 412, 416, 420])
    assert merge_prices(stored, bars([100, 101, 102, 103, 104, 105.7]), today=TODAY).kind == "readjusted"
    assert merge_prices(stored, bars([100.9, 101, 102, 103, 104, 105]), today=TODAY).kind == "readjusted"
    assert merge_prices(stored, bars([100, 101.9, 102, 103, 104, 105]), today=TODAY).kind == "readjusted"


def test_a_step_inside_the_overlap_reaches_back_and_asks_for_the_history() -> None:
    found = merge_prices(
        bars([400, 404, 408, 102, 103, 104, 105, 106]),
        bars([100, 101, 102, 102, 103, 104, 105, 106]),
        today=TODAY,
    )
    assert (found.kind, found.ratio) == ("readjusted", 0.25)


def test_a_new_split_event_asks_for_the_history_though_closes_agree() -> None:
    after = bars([10, 11, 12, 13, 3.3], splits={4: 4.0})
    assert merge_prices(bars([10, 11, 12, 13]), after, today=TODAY).kind == "readjusted"
    late = bars([10, 11, 12, 13], splits={2: 4.0})
    assert merge_prices(bars([10, 11, 12, 13]), late, today=TODAY).kind == "readjusted"


def test_a_known_split_is_no_news_and_is_kept_when_the_source_forgets_it() -> None:
    stored = bars([10, 11, 12, 13], splits={2: 4.0})
    found = merge_prices(stored, bars([10, 11, 12, 13, 14], splits={2: 4.0}), today=TODAY)
    assert found.kind == "appended"
    lost = merge_prices(stored, bars([10, 11, 12, 13, 14]), today=TODAY)
    assert lost.rows.get_column("split_ratio").to_list() == [None, None, 4.0, None, None]


def test_a_split_before_the_stored_history_is_no_news() -> None:
    fresh = bars([9, 10, 11, 12, 13], first=later(-1), splits={0: 2.0})
    assert merge_prices(bars([10, 11, 12, 13]), fresh, today=TODAY).kind == "appended"


def test_another_currency_or_too_few_common_bars_are_unrelated() -> None:
    stored = bars([10, 11, 12, 13])
    assert merge_prices(stored, bars([10, 11, 12, 13], currency="GBP"), today=TODAY).kind == "unrelated"
    assert merge_prices(stored, bars([12, 13, 14], first=later(2)), today=TODAY).kind == "unrelated"
    assert merge_prices(stored, bars([11, 12, 13, 14], first=later(1)), today=TODAY).kind == "appended"
    assert merge_prices(stored, bars([None, None, 12, 13]), today=TODAY).kind == "unrelated"


def test_a_missing_bar_or_close_stays_as_stored_and_a_gap_is_filled() -> None:
    stored = bars([10, None, 12, 13, 14])
    fresh = bars([10, 11, 12, None, 14]).filter(pl.col("date") != later(2))
    found = merge_prices(stored, pl.concat([fresh, bars([15], first=later(5))]), today=TODAY)
    assert found.kind == "unrelated"  # 10 and 14 alone are in both
    fresh = pl.concat([bars([10, 11, 12, None, 14]), bars([15], first=later(5))])
    found = merge_prices(stored, fresh, today=TODAY)
    assert (found.kind, closes(found.rows)) == ("appended", [10, 11, 12, 13, 14, 15])


def test_a_dividend_lowers_the_older_adjusted_closes_by_hand() -> None:
    # 1 paid on the fifth day after a close of 100: everything before is worth 0.99 of what it was
    stored = bars([50, 80, 90, 100, 100], adj=[49.5, 79.2, 89.1, 99.0, 100.0])
    fresh = bars(
        [90, 100, 100, 99, 100],
        first=later(2),
        adj=[89.1 * 0.99, 99 * 0.99, 99.0, 99.0, 100.0],
        dividends={3: 1.0},
    )
    found = merge_prices(stored, fresh, today=TODAY)
    assert found.kind == "appended"
    expected = [49.5 * 0.99, 79.2 * 0.99, 89.1 * 0.99, 99 * 0.99, 99.0, 99.0, 100.0]
    assert found.rows.get_column("adj_close").to_list() == pytest.approx(expected, rel=1e-12)
    assert closes(found.rows) == [50, 80, 90, 100, 100, 99, 100]


def test_a_tail_rebases_what_lies_before_it_as_a_whole_history_does() -> None:
    stored = bars([50, 80, 90, 100, 100], adj=[49.5, 79.2, 89.1, 99.0, 100.0])
    fresh = bars([90, 100, 100, 99], first=later(2), adj=[89.1 * 0.99, 99 * 0.99, 99.0, 99.0])
    whole = merge_prices(stored, fresh, today=TODAY).rows
    tail = merge_prices(stored.tail(4), fresh, today=TODAY).rows
    assert tail.height == 5
    assert_frame_equal(join_tail(stored, tail), whole)


def test_adjusted_closes_that_share_no_day_are_unrelated() -> None:
    stored = bars([10, 11, 12, 13], adj=[None, None, None, None])
    fresh = bars([10, 11, 12, 13, 14])
    assert merge_prices(stored, fresh, today=TODAY).kind == "appended"
    split = bars([10, 11, 12, 13], adj=[10, None, None, None])
    told = bars([10, 11, 12, 13], adj=[None, 11, 12, 13])
    assert merge_prices(split, told, today=TODAY).kind == "unrelated"


def test_two_tickers_are_a_mistake() -> None:
    with pytest.raises(TableError, match="of one ticker"):
        merge_prices(bars([1, 2, 3]), bars([1, 2, 3], ticker="AMD"), today=TODAY)


price = st.floats(0.5, 5000).map(lambda value: round(value, 4))
history = st.lists(price, min_size=MIN_OVERLAP + 1, max_size=30)


@settings(max_examples=50)
@given(history, st.data())
def test_pieces_merge_to_the_same_history_as_all_at_once(values: list[float], data: st.DataObject) -> None:
    whole = bars(values)
    stored_to = data.draw(st.integers(MIN_OVERLAP, len(values)))
    cut = data.draw(st.integers(stored_to, len(values)))
    stored, fresh = whole.head(stored_to), whole.tail(len(values) - stored_to + MIN_OVERLAP)
    first = fresh.filter(pl.col("date") <= whole.get_column("date")[cut - 1])
    second = whole.slice(cut - MIN_OVERLAP)
    in_pieces = merge_prices(merge_prices(stored, first, today=TODAY).rows, second, today=TODAY)
    at_once = merge_prices(stored, fresh, today=TODAY)
    assert not at_once.needs_history
    assert_frame_equal(in_pieces.rows, at_once.rows)
    assert_frame_equal(at_once.rows, whole)


@settings(max_examples=50)
@given(history, st.lists(st.floats(0.9, 1.1), min_size=30, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(values: list[float], noise: list[float], random: object) -> None:
    stored, fresh = bars(values), bars([v * n for v, n in zip(values, noise, strict=False)])
    seed = random.randrange(1000)  # type: ignore[attr-defined]
    shuffled = merge_prices(
        stored.sample(fraction=1, shuffle=True, seed=seed),
        fresh.sample(fraction=1, shuffle=True, seed=seed + 1),
        today=TODAY,
    )
    plain = merge_prices(stored, fresh, today=TODAY)
    assert shuffled.kind == plain.kind
    assert shuffled.ratio == plain.ratio
    assert_frame_equal(shuffled.rows, plain.rows)
    assert_frame_equal(shuffled.revisions, plain.revisions)


@settings(max_examples=50)
@given(
    history,
    st.one_of(st.floats(1e-3, 0.9999), st.floats(1.0001, 1000)),
    st.integers(MIN_OVERLAP, 10),
    st.booleans(),
)
def test_a_constant_factor_is_always_recognised(
    values: list[float], factor: float, overlap: int, is_rounded_to_float32: bool
) -> None:
    moved = pl.Series([value * factor for value in values])
    if is_rounded_to_float32:  # as Yahoo does
        moved = moved.cast(pl.Float32).cast(pl.Float64)
    fresh = bars([*moved.to_list(), 7.0]).tail(overlap + 1)
    found = merge_prices(bars(values), fresh, today=TODAY)
    assert found.kind == "readjusted"
    assert found.ratio == pytest.approx(factor, rel=1e-6)


@settings(max_examples=50)
@given(history, st.data())
def test_every_changed_close_is_a_revision_and_no_other(values: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    step = data.draw(st.floats(1.001, 2.0))
    changed = [value * step if at == place else value for at, value in enumerate(values)]
    found = merge_prices(bars(values), bars(changed), today=TODAY)
    assert found.kind == "revised"
    assert found.revisions.get_column("date").to_list() == [later(place)]
    assert not REVISIONS.faults(found.revisions)
    assert not STORED_PRICES.faults(found.rows)


def test_the_tolerance_is_above_the_steps_of_a_float32() -> None:
    assert SAME_TOLERANCE > 2.0**-23
