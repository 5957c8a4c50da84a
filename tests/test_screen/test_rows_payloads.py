"""Yahoo's answers are read a value at a time: what is bad is lost alone, and counted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from rows_payloads import chart, entry, read_chart, summary

from screen.market.yahoo.payloads import ChartAnswer, QuoteAnswer, SeriesAnswer, SummaryAnswer
from screen.market.yahoo.prices import stored_prices

DAYS = [date(2026, 8, 19), date(2026, 8, 20), date(2026, 8, 21)]


def result(body: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = body["chart"]["result"][0]
    return part


def test_a_good_answer_loses_nothing() -> None:
    answer = ChartAnswer.model_validate(chart(dict(zip(DAYS, [1.0, None, 3.0], strict=True))))
    assert answer.lost == 0 and answer.fault is None


@pytest.mark.parametrize("bad", ["n/a", [1.0], {"raw": 1.0}, float("nan"), float("inf")])
def test_one_bad_close_costs_one_close(bad: object) -> None:
    body = chart(dict(zip(DAYS, [1.0, bad, 3.0], strict=True)))
    result(body)["indicators"]["adjclose"] = []
    answer = ChartAnswer.model_validate(body)
    assert answer.chart.result and answer.chart.result[0].indicators.quote[0] is not None
    assert answer.chart.result[0].indicators.quote[0].close == [1.0, None, 3.0]
    assert answer.lost == 1


def test_one_bad_time_costs_one_bar() -> None:
    body = chart(dict(zip(DAYS, [1.0, 2.0, 3.0], strict=True)))
    result(body)["timestamp"][1] = "yesterday"
    assert ChartAnswer.model_validate(body).lost == 1
    assert stored_prices("A", read_chart(body))["date"].to_list() == [DAYS[0], DAYS[2]]


def test_one_bad_split_costs_one_split() -> None:
    body = chart(
        dict(zip(DAYS, [1.0, 2.0, 3.0], strict=True)), splits={DAYS[0]: (2, 1), DAYS[1]: (0, 1), DAYS[2]: (4, 1)}
    )  # fmt: skip
    answer = ChartAnswer.model_validate(body)
    assert answer.lost == 1
    rows = stored_prices("A", read_chart(body))
    assert rows["split_ratio"].to_list() == [2.0, None, 4.0]


@pytest.mark.parametrize("part", ["events", "timestamp", "indicators"])
def test_a_null_part_is_absent_not_lost(part: str) -> None:
    body = chart(dict(zip(DAYS, [1.0, 2.0, 3.0], strict=True)))
    result(body)[part] = None
    answer = ChartAnswer.model_validate(body)
    assert answer.lost == 0
    assert stored_prices("A", read_chart(body)).height == (3 if part == "events" else 0)


def test_the_given_answer_is_not_changed() -> None:
    body = chart({DAYS[0]: "n/a"})
    ChartAnswer.model_validate(body)
    assert result(body)["indicators"]["quote"][0]["close"] == ["n/a"]


@pytest.mark.parametrize(
    "body", [None, [], "<html>", {}, {"quoteSummary": {}}, {"chart": []}, {"chart": None}]
)
@pytest.mark.parametrize("model", [ChartAnswer, SeriesAnswer, QuoteAnswer])
def test_another_shape_is_refused(model: type[ChartAnswer], body: object) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(body)


@pytest.mark.parametrize(
    ("model", "envelope"),
    [
        (ChartAnswer, "chart"), (SummaryAnswer, "quoteSummary"), (SeriesAnswer, "timeseries"),
        (QuoteAnswer, "quoteResponse"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_own", [True, False], ids=["own", "finance"])
def test_an_answer_that_states_an_error_tells_it(
    model: type[ChartAnswer], envelope: str, is_own: bool
) -> None:
    error = {"code": "Unauthorized", "description": "Invalid Crumb"}
    answer = model.model_validate({envelope if is_own else "finance": {"result": None, "error": error}})
    assert answer.fault is not None and answer.fault.words == "Unauthorized: Invalid Crumb"


def test_quotes_are_told_by_symbol_and_a_broken_one_is_lost_alone() -> None:
    rows = [
        {"symbol": "A", "currency": "USD", "earningsTimestamp": 1738272600, "regularMarketPrice": "n/a"},
        {"currency": "USD", "regularMarketPrice": 5.0},
        None,
        {"symbol": "B.L", "currency": "GBp", "regularMarketPrice": 309.0, "forwardPE": -860.0},
    ]
    answer = QuoteAnswer.model_validate({"quoteResponse": {"result": rows, "error": None}})
    assert set(answer.quotes) == {"A", "B.L"}
    assert (answer.quotes["A"].price, answer.quotes["A"].earnings_last) == (None, 1738272600)
    assert answer.lost == 1
    assert not hasattr(answer.quotes["B.L"], "forwardPE")


def test_earnings_dates_come_plain_or_formatted() -> None:
    body = summary(entry("0y", "2026-12-31", (5.0, None, None, None, None)))
    body["quoteSummary"]["result"][0]["calendarEvents"] = {
        "earnings": {"earningsDate": [{"raw": 1761768000, "fmt": "2025-10-29"}, 1762000000, {}]}
    }
    found = SummaryAnswer.model_validate(body).summary.result
    assert found and found[0].calendar.earnings.dates == [1761768000.0, 1762000000.0, None]


def test_a_bad_estimate_costs_one_figure_and_a_null_period_none() -> None:
    bad = entry("0y", "2026-12-31", (5.0, 4.9, None, None, None))
    bad["earningsEstimate"]["avg"] = {"raw": "n/a"}
    answer = SummaryAnswer.model_validate(summary(bad, entry("+1y", "2027-12-31", (6.0,) * 5)))
    assert answer.lost == 1 and answer.summary.result
    first, second = answer.summary.result[0].trend.trend
    assert (first.eps.avg, first.eps_trend.days_7, second.eps.avg) == (None, 4.9, 6.0)
    body = summary(entry("0y", "2026-12-31", (5.0,) * 5))
    body["quoteSummary"]["result"][0]["earningsTrend"]["trend"].insert(0, None)
    assert SummaryAnswer.model_validate(body).lost == 0
