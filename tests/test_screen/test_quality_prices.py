"""Currency, placeholders, tails and mixed adjustment: hand-made bars at both sides of each threshold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from market_fixture import companies

from screen.market.tables import PRICES
from screen.quality.prices import drop_placeholders, mend_currency, mixed_adjustment, stale_tails

START = date(2026, 3, 2)


def bars(
    ticker: str,
    closes: Sequence[float],
    *,
    volume: Sequence[float | None] | None = None,
    adj: Sequence[float] | None = None,
    currency: Sequence[str] | None = None,
) -> list[dict[str, object]]:
    """Consecutive daily bars from START."""
    rows: list[dict[str, object]] = []
    for k, close in enumerate(closes):
        day = START + timedelta(days=k)
        rows.append(
            {
                "ticker": ticker, "date": day, "close": close, "known_at": day, "source": "test",
                "adj_close": adj[k] if adj else None, "volume": volume[k] if volume else 100.0,
                "currency": currency[k] if currency else "USD",
            }
        )  # fmt: skip
    return rows


def table(*parts: list[dict[str, object]]) -> pl.DataFrame:
    return PRICES.frame([row for part in parts for row in part]).sort("ticker", "date")


def told(found: pl.DataFrame) -> list[tuple[object, ...]]:
    return found.select("ticker", "item", "date", "rule", "value", "rows", "action").rows()


# Currency.


def test_pence_become_pounds() -> None:
    rows = table(bars("A.L", [309.0, 310.0], adj=[300.0, 310.0], currency=["GBp", "GBp"]))
    mended, found = mend_currency(rows, companies(("A.L", "GBP", "GBP")))
    assert mended["close"].to_list() == pytest.approx([3.09, 3.10])
    assert mended["adj_close"].to_list() == pytest.approx([3.0, 3.1])
    assert mended["currency"].unique().to_list() == ["GBP"]
    assert told(found) == [("A.L", "close", START, "minor_unit", 100.0, 2, "repaired")]


def test_bars_in_another_currency_than_the_newest_ones_go() -> None:
    rows = table(bars("A", [10.0, 10.0, 9.0, 9.0, 9.0, 9.0], currency=["EUR", "EUR", *["USD"] * 4]))
    mended, found = mend_currency(rows, companies(("A", "USD", "USD")))
    assert mended["date"].min() == START + timedelta(days=2)
    assert told(found) == [("A", "close", START, "currency_change", None, 2, "excluded")]


def test_one_odd_bar_at_the_end_does_not_turn_the_series_over() -> None:
    rows = table(bars("A", [9.0] * 6, currency=[*["USD"] * 5, "EUR"]))
    mended, found = mend_currency(rows, companies(("A", "USD", "USD")))
    assert mended.height == 5
    assert told(found)[0][2:4] == (START + timedelta(days=5), "currency_change")


def test_a_series_in_another_currency_than_the_listing_is_marked_and_stays() -> None:
    rows = table(bars("A", [9.0] * 3, currency=["EUR"] * 3), bars("B", [9.0] * 3))
    mended, found = mend_currency(rows, companies(("A", "USD", "USD"), ("B", "USD", "USD")))
    assert mended.equals(rows)
    assert told(found) == [("A", "currency", START, "currency_change", None, 3, "flagged")]


# Placeholders.


def test_a_bar_that_only_fills_the_day_up_goes() -> None:
    peers = [bars(t, [5.0, 5.1, 5.2]) for t in ("B.TW", "C.TW", "D.TW")]
    rows = table(bars("A.TW", [7.0, 7.0, 7.1], volume=[10, 0, 10]), *peers)
    mended, found = drop_placeholders(rows)
    assert mended.filter(pl.col("ticker") == "A.TW")["close"].to_list() == [7.0, 7.1]
    assert mended.height == rows.height - 1
    assert told(found) == [("A.TW", "close", START + timedelta(days=1), "zero_volume", 1.0, 1, "excluded")]


@pytest.mark.parametrize("case", ["holiday", "two peers", "unknown volume", "close moved", "elsewhere"])
def test_such_a_bar_stays_when_the_exchange_may_have_rested(case: str) -> None:
    volume: dict[str, list[float | None]] = {t: [10.0, 10.0, 10.0] for t in ("B", "C", "D")}
    own: list[float | None] = [10.0, 0.0, 10.0]
    closes, suffix = [7.0, 7.0, 7.1], ".TW"
    if case == "holiday":  # one of three peers traded: below a half
        volume |= {"B": [10.0, 0.0, 10.0], "C": [10.0, 0.0, 10.0]}
    if case == "two peers":
        del volume["D"]
    if case == "unknown volume":
        own = [10.0, None, 10.0]
    if case == "close moved":
        closes = [7.0, 7.05, 7.1]
    if case == "elsewhere":
        suffix = ".KS"
    peers = [bars(f"{t}.TW", [5.0, 5.1, 5.2], volume=v) for t, v in volume.items()]
    rows = table(bars(f"A{suffix}", closes, volume=own), *peers)
    mended, found = drop_placeholders(rows)
    assert mended.equals(rows)
    assert found.is_empty()


@pytest.mark.parametrize(("equal", "gone"), [(5, 4), (4, 0)])
@pytest.mark.parametrize("volume", [0.0, None])
def test_a_tail_that_repeats_one_close_without_volume_goes(
    equal: int, gone: int, volume: float | None
) -> None:
    closes = [6.0, 6.5, *[7.0] * equal]
    rows = table(bars("A", closes, volume=[9.0, 9.0, 9.0, *[volume] * (equal - 1)]))
    mended, found = drop_placeholders(rows)
    assert mended.height == rows.height - gone
    assert told(found) == (
        [("A", "close", START + timedelta(days=3), "stale_tail", 5.0, 4, "excluded")] if gone else []
    )


def test_a_repeated_close_with_volume_or_in_the_middle_stays() -> None:
    traded = bars("A", [7.0] * 8)
    middle = bars("B", [*[7.0] * 7, 7.1], volume=[*[None] * 7, 9.0])
    rows = table(traded, middle)
    mended, found = drop_placeholders(rows)
    assert mended.equals(rows)
    assert found.is_empty()


# Stale tails.


@pytest.mark.parametrize(("missing", "is_stale"), [(4, True), (3, False)])
def test_a_tail_behind_its_exchange_is_marked(missing: int, is_stale: bool) -> None:
    peers = [bars(t, [5.0] * 10) for t in ("B.TW", "C.TW", "D.TW")]
    found = stale_tails(table(bars("A.TW", [7.0] * (10 - missing)), *peers, bars("X.KS", [1.0])))
    last = START + timedelta(days=9 - missing)
    expected = [("A.TW", "close", last, "stale_tail", float(missing), 1, "flagged")]
    assert told(found) == (expected if is_stale else [])


def test_days_on_which_the_exchange_rested_do_not_count() -> None:
    """Of five later days only one peer has four of them: no days of trade for the exchange."""
    resting = [r for r in bars("C.TW", [5.0] * 10) if r["date"] not in _middle()]
    other = [r for r in bars("D.TW", [5.0] * 10) if r["date"] not in _middle()]
    rows = table(bars("A.TW", [7.0] * 5), bars("B.TW", [5.0] * 10), resting, other)
    assert stale_tails(rows).is_empty()


def _middle() -> set[date]:
    return {START + timedelta(days=k) for k in range(5, 9)}


def test_three_companies_are_too_few_to_tell() -> None:
    rows = table(bars("A.TW", [7.0]), bars("B.TW", [5.0] * 10), bars("C.TW", [5.0] * 10))
    assert stale_tails(rows).is_empty()


# Mixed adjustment.


def mixed(q: Sequence[float]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Closes of 100 over adjusted closes such that close / adj_close is q."""
    rows = table(bars("A", [100.0] * len(q), adj=[100.0 / value for value in q]))
    return rows, *mixed_adjustment(rows)


def test_adjusted_closes_among_true_ones_go() -> None:
    """Twenty closes equal their adjusted ones, then close stands 5% above: a dividend is still to come."""
    rows, mended, found = mixed([1.0] * 20 + [1.05] * 3 + [1.0] * 2)
    assert mended["close"].null_count() == 20
    assert mended["close"][20:].to_list() == [100.0] * 5
    assert mended["adj_close"].equals(rows["adj_close"])
    assert told(found) == [("A", "close", START, "mixed_adjustment", pytest.approx(1.05), 20, "excluded")]
    again, more = mixed_adjustment(mended)
    assert again.equals(mended)
    assert more.is_empty()


def test_a_short_equal_stretch_is_only_marked() -> None:
    rows, mended, found = mixed([1.0] * 19 + [1.05] * 3)
    assert mended.equals(rows)
    assert [row[3:] for row in told(found)] == [("mixed_adjustment", pytest.approx(1.05), 1, "flagged")]


@pytest.mark.parametrize(("q", "is_marked"), [(1.011, True), (1.009, False)])
def test_the_ratio_may_not_rise(q: float, is_marked: bool) -> None:
    rows, mended, found = mixed([1.2, 1.2, 1.2 * q, 1.2 * q])
    assert mended.equals(rows)
    assert found.height == is_marked


@pytest.mark.parametrize(("q", "is_marked"), [(0.84, True), (0.86, False)])
def test_a_fall_larger_than_a_dividend_is_marked(q: float, is_marked: bool) -> None:
    rows, mended, found = mixed([1.4, 1.4, 1.4 * q, 1.4 * q])
    assert mended.equals(rows)
    assert [row[5:] for row in told(found)] == ([(1, "flagged")] if is_marked else [])


def test_honest_dividends_and_rows_without_both_figures_say_nothing() -> None:
    _, mended, found = mixed([1.10, 1.10, 1.06, 1.06, 1.03, 1.0, 1.0])
    assert found.is_empty()
    alone = table(bars("A", [1.0, 50.0]))
    mended, found = mixed_adjustment(alone)
    assert mended.equals(alone)
    assert found.is_empty()
