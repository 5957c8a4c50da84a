"""Answers recorded from the real Yahoo go through the same path: no error, nothing lost, plausible rows."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from screen.market.tables import ESTIMATES, PROFILES, STATEMENTS, STORED_PRICES
from screen.market.yahoo.estimates import estimates
from screen.market.yahoo.payloads import ChartAnswer, QuoteAnswer, SeriesAnswer, SummaryAnswer
from screen.market.yahoo.prices import stored_prices
from screen.market.yahoo.profile import profile
from screen.market.yahoo.statements import SERIES, statements

SHARED = Path(os.environ.get("SCREEN_SHARED") or Path(__file__).resolve().parents[2] / "../shared")
ROOT = SHARED / "recorded/yahoo"
SEEN = date(2026, 11, 21)

PATHS = sorted(p for p in ROOT.rglob("*.json") if p.is_file()) if ROOT.is_dir() else []
ENVELOPES = {"chart": ChartAnswer, "quoteSummary": SummaryAnswer, "timeseries": SeriesAnswer, "quoteResponse": QuoteAnswer}  # fmt: skip

LOST: dict[str, int] = {}
"""File name -> values that cannot be read; a recording that is not listed loses none."""


def body(path: Path) -> Any:
    found = json.loads(path.read_text())
    if isinstance(found, dict) and "response" in found:
        found = found["response"].get("bodyJson")
    return found


def recordings(envelope: str) -> list[Path]:
    return [path for path in PATHS if isinstance(b := body(path), dict) and envelope in b]


def every(envelope: str) -> pytest.MarkDecorator:
    """One case a recording; a single one, skipped with the reason, where there is no folder."""
    found = recordings(envelope)
    if not found:
        reason = f"needs Yahoo's recorded answers at {ROOT} (set SCREEN_SHARED)"
        return pytest.mark.parametrize("path", [pytest.param(ROOT, marks=pytest.mark.skip(reason=reason))])
    return pytest.mark.parametrize("path", found, ids=[str(p.relative_to(ROOT)) for p in found])


@every("chart")
def test_recorded_charts(path: Path) -> None:
    answer = ChartAnswer.model_validate(body(path))
    assert answer.lost == LOST.get(path.name, 0) and answer.fault is None and answer.chart.result
    chart = answer.chart.result[0]
    symbol = chart.meta.symbol or ""
    frame = STORED_PRICES.check(stored_prices(symbol, chart))
    closes = [part.close for part in chart.indicators.quote if part]
    assert frame.height == 0 if not any(closes) else frame.height > 0
    priced = frame.filter(pl.col("close").is_not_null())
    assert (priced["close"] > 0).all() and set(frame["currency"]) <= {chart.meta.currency}
    daily = "interval" not in path.name
    if daily:
        assert len({*chart.timestamp}) - priced.height in (0, 1)  # today's unfinished bar at most
    assert frame["split_ratio"].drop_nulls().len() == len(chart.events.splits)
    paid = sum(dividend.amount for dividend in chart.events.dividends.values())
    assert frame["dividend"].sum() == pytest.approx(paid)


@every("quoteResponse")
def test_recorded_quotes(path: Path) -> None:
    answer = QuoteAnswer.model_validate(body(path))
    assert answer.lost == LOST.get(path.name, 0) and answer.fault is None
    asked = path.stem.split("_v7_")[-1].removeprefix("quote-").replace("-fields-beta", "").split("-")
    if path.name == "quote_v7_GS2C.json":
        assert answer.quotes == {}  # an unknown symbol is an empty answer, not an error
    else:
        assert set(answer.quotes) == set(asked)
    if "fields" not in path.name:
        assert all(q.price and q.price > 0 and q.currency for q in answer.quotes.values())


@every("quoteSummary")
def test_recorded_summaries(path: Path) -> None:
    answer = SummaryAnswer.model_validate(body(path))
    assert answer.lost == LOST.get(path.name, 0) and answer.fault is None and answer.summary.result
    summary = answer.summary.result[0]
    frame = ESTIMATES.check(estimates("A", summary, fetched=SEEN))
    covered = frame.filter(pl.col("mean").is_not_null())
    assert covered["currency"].null_count() == 0 and covered["period_end"].null_count() == 0
    if "earningsTrend" in path.name or path.name == "quoteSummary-all-AAPL.json":
        assert frame.height == 4 * (2 + 4)  # four periods, EPS and revenue now, four means of the past
        eps = covered.filter((pl.col("metric") == "eps") & (pl.col("known_at") == SEEN))
        assert ((eps["low"] <= eps["mean"]) & (eps["mean"] <= eps["high"])).all()
    told = PROFILES.check(profile("A", summary, fetched=SEEN))
    if "all-AAPL" in path.name:
        assert told.select("currency", "financial_currency").row(0) == ("USD", "USD")
        assert told["shares_outstanding"][0] == pytest.approx(1.5e10, rel=0.05)
    if "calendarEvents" in path.name or "all-AAPL" in path.name:
        assert summary.calendar.earnings.dates


@every("timeseries")
def test_recorded_series(path: Path) -> None:
    """Recordings of fiscal years are read as quarters of another name: nothing, or the same points."""
    answer = SeriesAnswer.model_validate(body(path))
    assert answer.lost == 0 and answer.fault is None and answer.timeseries.result is not None
    is_annual = any(key.startswith("annual") for part in answer.timeseries.result for key in part)
    if is_annual:
        for part in answer.timeseries.result:
            for key in [key for key in part if key.startswith("annual")]:
                points = part.pop(key)
                for point in points:
                    point["periodType"] = "3M"
                part["quarterly" + key.removeprefix("annual")] = points
    frame, lost = statements("A", answer, fetched=SEEN, fiscal_year_end=None)
    assert lost == LOST.get(path.name, 0)
    STATEMENTS.check(frame)
    wanted = {f"quarterly{name}" for name in SERIES}
    has_points = any(wanted & set(part) for part in answer.timeseries.result)
    assert (frame.height > 0) == has_points
    assert (frame.filter(pl.col("item").is_in(["revenue", "shares_diluted", "capex"]))["value"] >= 0).all()
    assert frame.filter(~pl.col("item").str.starts_with("shares"))["currency"].null_count() == 0


def test_the_recordings_are_all_read_by_one_of_the_tests() -> None:
    if not PATHS:
        pytest.skip(f"needs Yahoo's recorded answers at {ROOT} (set SCREEN_SHARED)")
    unread = {p.name for p in PATHS if not (isinstance(b := body(p), dict) and set(b) & set(ENVELOPES))}
    assert unread == {"getCrumb-getcrumb.json"}
