"""Charts become STORED_PRICES and FX: exchange days, minor units, splits, dividends, unfinished bars."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows_payloads import chart, read_chart, stamp

from screen.market.tables import FX, SPLITS, STORED_PRICES
from screen.market.yahoo.currency import rates
from screen.market.yahoo.payloads import ChartAnswer
from screen.market.yahoo.prices import splits, stored_prices

DAYS = [date(2026, 8, 19), date(2026, 8, 20), date(2026, 8, 21)]


def bars(*values: float | None) -> dict[date, float | None]:
    return dict(zip(DAYS, values, strict=True))


def test_closes_become_rows_of_the_declared_table() -> None:
    body = chart(bars(98.0, None, 100.0), splits={DAYS[0]: (10, 1)}, dividends={DAYS[2]: 0.25})
    frame = STORED_PRICES.check(stored_prices("AAA", read_chart(body)))
    assert frame.select("date", "close", "volume", "split_ratio", "dividend", "known_at").rows() == [
        (DAYS[0], 98.0, 1000.0, 10.0, None, DAYS[0]),
        (DAYS[2], 100.0, 1000.0, None, 0.25, DAYS[2]),
    ]
    assert SPLITS.check(splits("AAA", read_chart(body))).select("ex_date", "ratio").rows() == [
        (DAYS[0], 10.0)
    ]


@pytest.mark.parametrize(
    ("unit", "iso"), [("GBp", "GBP"), ("GBX", "GBP"), ("ZAc", "ZAR"), ("ILA", "ILS"), ("USD", "USD")]
)
def test_minor_units_become_the_iso_currency(unit: str, iso: str) -> None:
    factor = 1.0 if unit == iso else 0.01
    body = chart(bars(300.0, 306.0, 309.0), currency=unit, dividends={DAYS[1]: 12.0})
    frame = stored_prices("P.L", read_chart(body))
    assert set(frame["currency"]) == {iso}
    assert frame["close"].to_list() == pytest.approx([300.0 * factor, 306.0 * factor, 309.0 * factor])
    assert frame["adj_close"].to_list() == frame["close"].to_list()
    assert frame["dividend"][1] == pytest.approx(12.0 * factor)


def test_a_split_on_a_day_without_a_close_stands_on_the_next_bar() -> None:
    frame = stored_prices("A", read_chart(chart(bars(98.0, None, 100.0), splits={DAYS[1]: (4, 1)})))
    assert frame.select("date", "split_ratio").rows() == [(DAYS[0], None), (DAYS[2], 4.0)]


def test_events_that_meet_on_one_bar_are_joined() -> None:
    body = chart(
        bars(None, None, 100.0), splits={DAYS[0]: (2, 1), DAYS[1]: (3, 1)}, dividends={DAYS[0]: 0.1, DAYS[2]: 0.2}
    )  # fmt: skip
    row = stored_prices("A", read_chart(body)).row(0, named=True)
    assert (row["split_ratio"], row["dividend"]) == (6.0, pytest.approx(0.3))


def test_a_split_of_today_is_kept_before_today_has_a_close() -> None:
    session = {"regular": {"start": stamp(DAYS[2], 13), "end": stamp(DAYS[2], 20)}}
    meta = {"currentTradingPeriod": session, "regularMarketTime": stamp(DAYS[2], 16)}
    body = chart(bars(98.0, 99.0, 100.0), splits={DAYS[2]: (4, 1)}, meta=meta)
    frame = STORED_PRICES.check(stored_prices("A", read_chart(body)))
    assert frame.select("date", "close", "split_ratio").rows() == [
        (DAYS[0], 98.0, None), (DAYS[1], 99.0, None), (DAYS[2], None, 4.0),
    ]  # fmt: skip


def test_two_bars_of_a_day_are_one_row_and_short_lists_end_in_nulls() -> None:
    body = chart(bars(98.0, 99.0, 100.0))
    result = body["chart"]["result"][0]
    result["timestamp"].append(stamp(DAYS[2], 19))
    result["indicators"]["quote"][0]["close"].append(101.0)
    result["indicators"]["adjclose"][0]["adjclose"] = [97.0]
    frame = stored_prices("A", read_chart(body))
    assert frame.select("date", "close", "adj_close").rows() == [
        (DAYS[0], 98.0, 97.0), (DAYS[1], 99.0, None), (DAYS[2], 101.0, None),
    ]  # fmt: skip


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Mars/Olympus", None])
def test_the_day_is_the_exchanges_own(zone: str | None) -> None:
    # 00:30 UTC of the 19th is 09:30 of the 19th in Tokyo, and still the 18th four hours west of Greenwich.
    frame = stored_prices("7203.T", read_chart(chart(bars(1.0, 2.0, 3.0), zone=zone, hour=0, currency="JPY")))
    assert frame["date"][0] == (DAYS[0] if zone == "Asia/Tokyo" else DAYS[0] - timedelta(days=1))


def test_without_currency_or_bars_there_is_no_row() -> None:
    assert stored_prices("A", read_chart(chart(bars(1.0, 2.0, 3.0), currency=None))).is_empty()
    empty = read_chart(chart({}, splits={DAYS[0]: (2, 1)}))
    assert STORED_PRICES.check(stored_prices("A", empty)).is_empty()


def test_rates_are_units_for_one_dollar_on_londons_day() -> None:
    # London midnight in summer: 23:30 UTC of the 19th is 00:30 of the 20th.
    pair = read_chart(chart(bars(31.0, 0.0, 32.0), currency="TWD", zone="Europe/London", hour=23))
    frame = FX.check(rates("TWD", pair))
    assert frame.select("base", "quote", "date", "rate").rows() == [
        ("USD", "TWD", date(2026, 8, 20), 31.0), ("USD", "TWD", date(2026, 8, 22), 32.0),
    ]  # fmt: skip


def test_a_pair_quoted_in_another_currency_gives_no_rate() -> None:
    assert rates("TWD", read_chart(chart(bars(31.0, 31.5, 32.0), currency="USD"))).is_empty()


CLOSE = st.one_of(st.none(), st.floats(0.01, 1e6), st.sampled_from(["n/a", "", [], {}]))


@given(st.lists(CLOSE, max_size=30))
def test_the_rows_are_the_closes_that_are_numbers(values: list[object]) -> None:
    days = [date(2026, 1, 1) + timedelta(days=k) for k in range(len(values))]
    body = chart(dict(zip(days, values, strict=True)))
    frame = STORED_PRICES.check(stored_prices("A", read_chart(body)))
    good = {day: value for day, value in zip(days, values, strict=True) if isinstance(value, float)}
    assert dict(frame.select("date", "close").iter_rows()) == good
    bad = [v for v in values if v is not None and not isinstance(v, float)]
    assert ChartAnswer.model_validate(body).lost == 2 * len(bad)  # close and adjclose are the same list


@pytest.mark.slow
def test_a_thousand_charts_of_three_years_take_seconds() -> None:
    days = [date(2023, 1, 1) + timedelta(days=k) for k in range(780)]
    body = chart(
        {day: 100.0 + k for k, day in enumerate(days)}, dividends={days[k]: 0.1 for k in range(0, 780, 60)}
    )
    begin = time.perf_counter()
    height = sum(stored_prices("A", read_chart(body)).height for _ in range(1000))
    assert height == 780_000
    assert time.perf_counter() - begin < 10.0  # 2 s alone on two cores; tests share them


def test_the_unfinished_bar_is_told_by_its_session_not_by_the_clock() -> None:
    day = DAYS[2]
    session = {"regular": {"start": stamp(day, 13), "end": stamp(day, 20)}}
    for hour, height in ((15, 2), (21, 3)):
        meta = {"currentTradingPeriod": session, "regularMarketTime": stamp(day, hour)}
        assert stored_prices("A", read_chart(chart(bars(98.0, 99.0, 100.0), meta=meta))).height == height
    assert datetime.fromtimestamp(stamp(day, 13), tz=UTC).date() == day


def test_no_event_means_null_columns_of_the_declared_type() -> None:
    frame = stored_prices("A", read_chart(chart(bars(1.0, 2.0, 3.0))))
    assert frame.schema == STORED_PRICES.schema
    assert frame.select(pl.col("split_ratio", "dividend").null_count()).row(0) == (3, 3)
