"""Estimates and profile: each figure in its own currency and of its own day, no coverage is never a zero."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from rows_payloads import VENDOR_RATIOS, entry, read_summary, summary

from screen.market.tables import ESTIMATES, PROFILES
from screen.market.yahoo.estimates import estimates
from screen.market.yahoo.profile import profile

TODAY = date(2026, 8, 21)


def rows(*entries: dict[str, Any]) -> pl.DataFrame:
    return ESTIMATES.check(estimates("A", read_summary(summary(*entries)), fetched=TODAY))


def told(**modules: Any) -> dict[str, Any]:
    frame = PROFILES.check(profile("A", read_summary(summary(**modules)), fetched=TODAY))
    return frame.row(0, named=True)


def test_the_trend_is_known_on_its_days_and_seen_today() -> None:
    frame = rows(entry("0y", "2026-12-31", (5.0, 4.9, 4.8, 4.7, 4.6), revenue=1e9))
    eps = frame.filter(pl.col("metric") == "eps").sort("known_at", descending=True)
    assert eps.select("known_at", "mean", "analysts").rows() == [
        (TODAY, 5.0, 12),
        (TODAY - timedelta(days=7), 4.9, None),
        (TODAY - timedelta(days=30), 4.8, None),
        (TODAY - timedelta(days=60), 4.7, None),
        (TODAY - timedelta(days=90), 4.6, None),
    ]
    assert set(frame["seen_at"]) == {TODAY} and set(frame["period_end"]) == {date(2026, 12, 31)}
    assert frame.filter(pl.col("metric") == "revenue")["mean"].to_list() == [1e9]


@pytest.mark.parametrize(
    ("tag", "currency", "factor"), [("GBp", "GBP", 0.01), ("TWD", "TWD", 1.0), (None, None, 1.0)]
)
def test_a_figure_keeps_the_currency_it_is_tagged_with(
    tag: str | None, currency: str | None, factor: float
) -> None:
    frame = rows(entry("0y", "2026-12-31", (50.0, 49.0, None, None, None), currency=tag))
    eps = frame.filter(pl.col("metric") == "eps")
    assert set(eps["currency"]) == {currency}
    assert sorted(eps["mean"]) == pytest.approx([49.0 * factor, 50.0 * factor])


def test_eps_and_revenue_may_be_in_two_currencies() -> None:
    frame = rows(entry("0y", "2027-03-31", (20.0,) * 5, currency="USD", revenue=5e13, revenue_currency="JPY"))
    assert dict(frame.select("metric", "currency").unique().iter_rows()) == {"eps": "USD", "revenue": "JPY"}


def test_no_analysts_is_no_coverage_even_with_a_mean_of_zero() -> None:
    frame = rows(entry("0q", "2026-09-30", (0.0,) * 5, analysts=0, revenue=0.0))
    assert frame.select("metric", "mean", "low", "high", "analysts").rows() == [
        ("eps", None, None, None, 0),
        ("revenue", None, None, None, 0),
    ]


def test_zeros_without_a_count_are_no_coverage_either() -> None:
    frame = rows(entry("0y", "2026-12-31", (0.0,) * 5, analysts=None))
    assert frame.select("metric", "mean", "analysts").rows() == [("eps", None, 0)]


def test_a_past_mean_of_zero_is_missing_and_a_loss_is_not() -> None:
    frame = rows(entry("0y", "2026-12-31", (-0.4, 0.0, -0.5, None, None)))
    assert frame.sort("known_at")["mean"].to_list() == [-0.5, -0.4]


def test_a_half_filled_module_gives_what_it_has() -> None:
    half = entry("0y", "2026-12-31", (5.0, 4.9, None, None, None))
    del half["earningsEstimate"], half["revenueEstimate"]
    bare = entry("+1y", "2027-12-31", (6.0, 5.9, None, None, None))
    del bare["epsTrend"]
    bare["earningsEstimate"].pop("earningsCurrency")
    frame = rows(half, bare, {"period": "+5y"}, {"period": "0q"})
    assert frame.sort("period", "known_at").select("period", "known_at", "mean", "currency").rows() == [
        ("+1y", TODAY, 6.0, None),
        ("0y", TODAY - timedelta(days=7), 4.9, "USD"),
        ("0y", TODAY, 5.0, "USD"),
    ]


def test_a_period_that_is_stated_twice_counts_once() -> None:
    one = entry("0y", "2026-12-31", (5.0,) * 5)
    assert rows(one, one).equals(rows(one))


def test_an_empty_answer_gives_no_row() -> None:
    body = {"quoteSummary": {"result": [{}], "error": None}}
    assert estimates("A", read_summary(body), fetched=TODAY).is_empty()
    assert profile("A", read_summary(body), fetched=TODAY).is_empty()


def test_shares_are_the_implied_count() -> None:
    # A class of 5.8bn beside 12.1bn over all classes: the class alone would halve the company.
    statistics = {"impliedSharesOutstanding": 12.1e9, "sharesOutstanding": 5.8e9}
    assert told(statistics=statistics, price={"marketCap": 2e12})["shares_outstanding"] == 12.1e9


def test_shares_are_market_value_over_price_in_one_unit() -> None:
    # 309 pence and 3.09bn pounds: a billion shares.
    price = {"currency": "GBp", "regularMarketPrice": 309.0, "marketCap": 3.09e9}
    row = told(price=price, statistics={"impliedSharesOutstanding": None}, financial_currency="GBP")
    assert row["shares_outstanding"] == pytest.approx(1e9)
    assert (row["currency"], row["financial_currency"]) == ("GBP", "GBP")


@pytest.mark.parametrize(("reported", "shares"), [("USD", 4e8), ("CNY", None), (None, None)])
def test_the_count_of_one_class_serves_only_without_depositary_shares(
    reported: str | None, shares: float | None
) -> None:
    statistics = {"impliedSharesOutstanding": None, "sharesOutstanding": 4e8}
    row = told(statistics=statistics, financial_currency=reported)
    assert row["shares_outstanding"] == shares


def test_no_ratio_of_yahoo_is_read() -> None:
    entries = (entry("0y", "2026-12-31", (5.0,) * 5), entry("+1y", "2027-12-31", (6.0,) * 5))
    plain = read_summary(summary(*entries))
    mixed = read_summary(summary(*entries, vendor=VENDOR_RATIOS))
    assert mixed == plain
    assert estimates("A", mixed, fetched=TODAY).equals(estimates("A", plain, fetched=TODAY))
    assert profile("A", mixed, fetched=TODAY).equals(profile("A", plain, fetched=TODAY))
