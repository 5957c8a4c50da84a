"""The coverage line and the table of gaps, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.data import FINDING_RULES, FINDINGS, GAPS
from screen.commands.coverage import (
    MOST_LINES,
    Coverage,
    coverage_line,
    finding_gaps,
    gap_lines,
    market_coverage,
    outcome_gaps,
    panel_coverage,
    quality_line,
)
from screen.market.outcomes import outcome
from screen.market.protocol import Company, MarketRequest, PullCost
from screen.market.sample import SAMPLE_END, SampleSource
from screen.market.tables import OUTCOMES
from screen.options import GapRows

DAY = date(2026, 11, 20)


def gap(
    ticker: str, dataset: str = "estimates", reason: str = "none", age: int | None = None
) -> dict[str, object]:
    return {"ticker": ticker, "dataset": dataset, "reason": reason, "age_days": age, "action": "blank"}


def lines(*rows: dict[str, object], **options: object) -> list[str]:
    return gap_lines(GAPS.frame(list(rows)), **options)  # type: ignore[arg-type]


def test_the_line_of_the_notes() -> None:
    coverage = Coverage(60, 57, 60, 55, 58, DAY, (("KRW", True), ("TWD", True)))
    assert coverage_line(coverage, cost=PullCost(131, 2, 48.2)) == (
        "data: 57/60 tickers usable | prices 60/60 (to 2026-11-20) | estimates 55/60 | statements 58/60 | "
        "fx KRW, TWD ok | 131 requests, 2 retries, 48 s"
    )


@pytest.mark.parametrize(
    "rates, cost, words",
    [
        ((), None, "statements 1/2"),
        ((("TWD", False), ("KRW", True)), None, "fx 1/2, TWD missing"),
        (tuple((f"C{n}", True) for n in range(9)), None, "fx 9 currencies ok"),
        ((), PullCost(1, 1, 0.4), "1 request, 1 retry, 0 s"),
        ((), PullCost(7, 0, 3.6), "7 requests, 4 s"),
        ((), PullCost(0, 0, 0.1), "0 requests, nothing was due"),
    ],
)
def test_the_end_of_the_line(rates: tuple[tuple[str, bool], ...], cost: PullCost | None, words: str) -> None:
    line = coverage_line(Coverage(2, 1, 1, 1, 1, None, rates), cost=cost)
    assert line.endswith(f" | {words}")
    assert "to None" not in line


def test_one_gap_is_one_aligned_line() -> None:
    made = lines(
        gap("3081.TWO", reason="no analyst coverage"),
        gap("005930.KS", "statements", "rate_limited (429)", 8),
    )
    assert made == [
        "  3081.TWO   estimates   no analyst coverage      -> blank",
        "  005930.KS  statements  rate_limited (429)   8 d -> blank",
    ]


def test_the_same_gap_of_several_companies_is_one_line() -> None:
    assert lines(gap("A"), gap("B"), gap("C")) == ["  A, B, C  estimates  none   -> blank"]
    four = lines(gap("A"), gap("B"), gap("C"), gap("D"))
    assert four == ["  A, B and 2 more  estimates  none   -> blank"]


def test_reasons_that_differ_in_figures_alone_are_one_line_with_the_range_of_ages() -> None:
    made = lines(
        gap("A", reason="newest estimate is 63 days old", age=63),
        gap("B", reason="newest estimate is 70 days old", age=70),
        gap("C", reason="last close 2026-07-31", age=3),
        gap("D", reason="last close 2026-08-07", age=3),
    )
    assert made == [
        "  A, B  estimates  newest estimate is … days old  63-70 d -> blank",
        "  C, D  estimates  last close …                       3 d -> blank",
    ]


def test_what_costs_a_rank_comes_first_and_the_rest_is_counted() -> None:
    rows = [gap("X", "theme"), gap("Y", "prices")]
    rows += [gap(f"T{n}", "estimates", f"reason {chr(97 + n)}") for n in range(20)]
    rows += [gap("Z", "theme")]
    made = lines(*rows, where=" in the report")
    assert len(made) == MOST_LINES + 1
    assert made[0].split()[:2] == ["Y", "prices"]
    # 22 groups for 23 rows: 12 shown, the pair of theme rows is hidden among the others.
    assert made[-1] == "  ... and 11 more in the report; --gaps all lists them"


def test_all_lists_every_row_and_none_lists_nothing() -> None:
    rows = [gap(f"T{n}") for n in range(30)]
    assert len(lines(*rows, rows=GapRows.ALL)) == 30
    assert lines(*rows, rows=GapRows.NONE) == []
    assert lines() == []


def test_a_terminal_shares_its_width_between_reason_and_action() -> None:
    (line,) = lines(gap("A", reason="r" * 200) | {"action": "a" * 200}, width=100)
    assert len(line) == 100 and line.endswith("…")
    assert abs(line.count("r") - line.count("a")) <= 2
    (narrow,) = lines(gap("A", reason="r" * 200), width=30)
    assert len(narrow) == 30
    (whole,) = lines(gap("A", reason="r" * 200))
    assert whole.count("r") == 200 and whole.endswith("-> blank")


@given(st.lists(st.tuples(st.sampled_from("ABCDEF"), st.sampled_from(("prices", "fx", "theme")), st.text())))
def test_no_row_is_lost_by_grouping(found: list[tuple[str, str, str]]) -> None:
    rows = [gap(*row) for row in found]
    short, whole = lines(*rows), lines(*rows, rows=GapRows.ALL)
    assert len(short) <= MOST_LINES + 1
    assert len(whole) == len(rows)
    assert bool(short) == bool(found)
    assert not any(set(line) & set("\n\r\t") for line in (*short, *whole))


def test_outcomes_become_gaps_with_age_and_what_is_stored() -> None:
    rows = [
        outcome("A", "prices", "ok", source="yahoo", latest=DAY),
        outcome("B", "prices", "rate_limited", source="yahoo", reason="429", latest=date(2026, 11, 12)),
        outcome("C", "prices", "not_found", source="yahoo"),
    ]
    found = outcome_gaps(OUTCOMES.frame(rows), as_of=DAY)
    assert found.rows() == [
        ("B", "prices", "rate_limited: 429", 8, "older rows stay in use"),
        ("C", "prices", "not_found", None, "blank"),
    ]


def test_an_answer_of_today_leaves_no_older_rows_in_use() -> None:
    rows = [
        outcome("A", "estimates", "empty", source="yahoo", reason="no analyst coverage", latest=DAY),
        outcome("B", "prices", "empty", source="yahoo", latest=date(2026, 11, 12)),
        outcome("C", "estimates", "partial", source="yahoo", reason="no currency", latest=DAY),
    ]
    actions = outcome_gaps(OUTCOMES.frame(rows), as_of=DAY).get_column("action").to_list()
    assert actions == ["blank", "older rows stay in use", "the rest is in use"]


def finding(ticker: str, action: str) -> dict[str, object]:
    return {
        "ticker": ticker, "dataset": "prices", "item": "close", "date": date(2026, 11, 12), "rule": FINDING_RULES[0],
        "value": 9.0, "threshold": 3.0, "rows": 1, "action": action, "reason": "jumps 9 times", "source": "yahoo",
    }  # fmt: skip


def test_values_left_out_by_the_quality_gate_are_gaps_and_flagged_ones_a_number() -> None:
    rows = FINDINGS.frame([finding("A", "excluded"), finding("B", "flagged"), finding("C", "flagged")])
    rule = FINDING_RULES[0].replace("_", " ")
    assert finding_gaps(rows).rows() == [
        ("A", "prices", "close of 2026-11-12: jumps 9 times", None, f"excluded ({rule})")
    ]
    assert quality_line(rows) == "quality: 1 excluded, 2 flagged; each with its rule in the report"
    assert quality_line(rows.clear()) == ""


def test_market_coverage_counts_current_prices_and_known_rows() -> None:
    names = ("NVDA", "2330.TW", "GONE")
    request = MarketRequest(tuple(Company(n, n, "USD", "TWD") for n in names), SAMPLE_END)
    data = SampleSource().fetch(request)
    whole = market_coverage(data, names, as_of=SAMPLE_END)
    assert (whole.companies, whole.usable, whole.prices) == (3, 2, 2)
    assert whole.newest == SAMPLE_END
    bare = replace(data, estimates=data.estimates.clear(), statements=data.statements.clear())
    assert market_coverage(bare, names, as_of=SAMPLE_END).usable == 0
    later = market_coverage(data, names, as_of=date(2026, 9, 30))
    assert (later.prices, later.estimates, later.usable) == (0, 2, 0)


def test_panel_coverage_needs_a_fresh_price_and_one_input() -> None:
    panel = pl.DataFrame(
        {
            "price": [1.0, 1.0, 1.0, None],
            "price_age_days": [0, 90, 2, None],
            "price_date": [DAY, date(2026, 8, 22), date(2026, 11, 18), None],
            "eps_forward": [1.0, 1.0, None, 1.0],
            "revenue_ttm_usd": [None, 1.0, None, 1.0],
        }
    )
    rates = OUTCOMES.frame(
        [outcome("USDTWD", "fx", "ok", source="x"), outcome("KRW=X", "fx", "network", source="x")]
    )
    assert panel_coverage(panel, rates) == Coverage(4, 1, 2, 3, 2, DAY, (("KRW", False), ("TWD", True)))
