"""Monthly revenue by hand: growth over one and three months, acceleration, restatements, age, look-ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_fixture import companies, market

from exposures.tables import FIGURES
from screen.market.tables import MONTHLY_REVENUE
from screen.market.twse.roc import add_months
from screen.panel import PanelResult, build_panel
from screen.panel.monthly import MONTHLY_MAX_AGE_DAYS, monthly_revenue
from screen.panel.rates import usd_rates

APR = date(2026, 4, 30)
AS_OF = date(2026, 5, 22)
TICKER = "9001.TW"
RATES = usd_rates(pl.DataFrame({"base": ["USD"], "quote": ["TWD"], "date": [AS_OF], "rate": [32.0]}))


def month(
    end: date, revenue: float, base: float | None = None, *, known: date | None = None, **more: object
) -> dict[str, object]:
    """A month, known on the tenth of the next one unless said otherwise."""
    row: dict[str, object] = {
        "ticker": TICKER,
        "period_end": end,
        "revenue": revenue,
        "revenue_year_ago": base,
        "currency": "TWD",
        "known_at": known or end + timedelta(days=10),
        "source": "twse",
    }
    return row | more


def history(*pairs: tuple[float, float | None], last: date = APR) -> list[dict[str, object]]:
    """Months up to `last`, oldest first, each with its stated value of a year before."""
    ends = [add_months(last, k + 1 - len(pairs)) for k in range(len(pairs))]
    return [month(end, revenue, base) for end, (revenue, base) in zip(ends, pairs, strict=True)]


def figures(rows: list[dict[str, object]], as_of: date = AS_OF) -> dict[str, object]:
    found = monthly_revenue(MONTHLY_REVENUE.frame(rows), RATES, as_of=as_of).figures
    return found.row(0, named=True) if found.height else {}


def test_growth_by_hand() -> None:
    # November to April; the bases add up to 90, then 100; the months to 99, then 130.
    rows = history((30, 30), (33, 30), (36, 30), (40, 30), (40, 30), (50, 40))
    row = figures(rows)
    assert row["period_end"] == APR
    assert row["known_at"] == date(2026, 5, 10)
    assert row["revenue"] == 50.0
    assert row["revenue_usd"] == pytest.approx(50 / 32)
    assert row["yoy"] == pytest.approx(0.25)  # 50 / 40
    assert row["momentum_3m"] == pytest.approx(0.3)  # 130 / 100
    assert row["acceleration"] == pytest.approx(0.2)  # less 99 / 90
    assert row["source"] == "twse"


def test_the_lunar_new_year_distorts_a_month_and_not_three() -> None:
    # Last year's holiday fell into January, this year's into February: 100 a month otherwise, 80 with it.
    mar = date(2026, 3, 31)
    rows = history((100, 80), (80, 100), (100, 100), last=mar)
    january = figures(rows, as_of=date(2026, 2, 20))
    assert january["yoy"] == pytest.approx(0.25)
    assert january["momentum_3m"] is None
    assert figures(rows, as_of=date(2026, 3, 20))["yoy"] == pytest.approx(-0.2)
    assert figures(rows, as_of=date(2026, 4, 17))["momentum_3m"] == pytest.approx(0.0)


def test_the_stated_year_ago_value_goes_before_own_history() -> None:
    own = month(date(2025, 4, 30), 20)
    assert figures([own, month(APR, 50)])["yoy"] == pytest.approx(1.5)
    # the company took over another one and restates the year before with it
    assert figures([own, month(APR, 50, 40)])["yoy"] == pytest.approx(0.25)


def test_history_of_fifteen_months_needs_no_stated_value() -> None:
    rows = history(*[(10.0, None)] * 12, (11.0, None), (12.0, None), (13.0, None))
    row = figures(rows)
    assert row["momentum_3m"] == pytest.approx(0.2)
    assert row["acceleration"] is None  # the three months before have no bases


@pytest.mark.parametrize(
    ("rows", "yoy"),
    [
        ([month(APR, 50)], None),
        ([month(APR, 50, 0)], None),
        ([month(APR, 50, -5)], None),
        ([month(APR, 0, 40)], -1.0),
        ([month(date(2025, 4, 30), 20, currency="USD"), month(APR, 50)], None),
    ],
    ids=["no base", "base of zero", "base below zero", "no revenue this month", "base in another currency"],
)
def test_growth_is_null_without_a_sound_base(rows: list[dict[str, object]], yoy: float | None) -> None:
    assert figures(rows)["yoy"] == yoy


def test_a_hole_leaves_the_sum_of_three_months_null() -> None:
    full = history((36, 30), (40, 30), (40, 30), (50, 40))
    assert figures(full)["momentum_3m"] is not None
    holed = [row for row in full if row["period_end"] != date(2026, 3, 31)]
    row = figures(holed)
    assert (row["momentum_3m"], row["acceleration"]) == (None, None)
    assert row["yoy"] == pytest.approx(0.25)


def test_a_restatement_counts_from_the_day_it_was_known() -> None:
    rows = [month(APR, 50, 40), month(APR, 60, 40, known=date(2026, 5, 20))]
    assert figures(rows, as_of=date(2026, 5, 19))["yoy"] == pytest.approx(0.25)
    later = figures(rows, as_of=date(2026, 5, 20))
    assert later["yoy"] == pytest.approx(0.5)
    assert later["known_at"] == date(2026, 5, 20)


def test_an_old_month_is_a_gap_and_a_restatement_makes_it_no_younger() -> None:
    last = date(2026, 5, 10) + timedelta(days=MONTHLY_MAX_AGE_DAYS)
    rows = MONTHLY_REVENUE.frame([month(APR, 50, 40), month(APR, 51, 40, known=date(2026, 6, 20))])
    assert monthly_revenue(rows, RATES, as_of=last).gaps.is_empty()
    stale = monthly_revenue(rows, RATES, as_of=last + timedelta(days=1))
    assert stale.figures.is_empty()
    assert stale.gaps.rows() == [
        (
            TICKER,
            "monthly_revenue",
            "newest month 2026-04 was published on 2026-05-10",
            MONTHLY_MAX_AGE_DAYS + 1,
            "monthly revenue blank",
        )
    ]


def panel(rows: list[dict[str, object]], outcomes: list[dict[str, object]] | None = None) -> PanelResult:
    fx = {"base": "USD", "quote": "TWD", "date": AS_OF, "rate": 32.0, "known_at": AS_OF, "source": "test"}
    data = replace(market(fx=[fx], outcomes=outcomes or []), monthly_revenue=MONTHLY_REVENUE.frame(rows))
    wanted = companies((TICKER, "TWD", "TWD"), ("ACME", "USD", "USD"))
    return build_panel(data, wanted, FIGURES.empty(), as_of=AS_OF)


def test_the_panel_has_the_columns_and_nothing_for_others() -> None:
    result = panel(history((40, 30), (40, 30), (50, 40)))
    names = [name for name in result.panel.columns if name.startswith("monthly_revenue_")]
    assert len(names) == 6
    row = result.panel.filter(ticker=TICKER).row(0, named=True)
    assert row["monthly_revenue_usd"] == pytest.approx(50 / 32)
    assert row["monthly_revenue_end"] == APR
    assert row["monthly_revenue_known_at"] == date(2026, 5, 10)
    assert row["monthly_revenue_momentum_3m"] == pytest.approx(0.3)
    assert set(result.panel.filter(ticker="ACME").select(names).row(0)) == {None}
    assert result.monthly["ticker"].to_list() == [TICKER]
    assert result.gaps.filter(dataset="monthly_revenue").is_empty()


def test_an_old_month_is_told_once_in_the_gaps() -> None:
    old = history((50, 40), last=date(2026, 2, 28))
    gaps = panel(old).gaps.filter(dataset="monthly_revenue")
    assert gaps["reason"].to_list() == ["newest month 2026-02 was published on 2026-03-10"]
    failed = {
        "ticker": TICKER, "dataset": "monthly_revenue", "status": "timeout", "reason": "no answer within 10 s",
        "requests": 3, "latest": date(2026, 2, 28), "source": "twse",
    }  # fmt: skip
    assert panel(old, [failed]).gaps.filter(dataset="monthly_revenue")["reason"].to_list() == [
        "timeout: no answer within 10 s"
    ]


ROWS = st.lists(
    st.builds(
        lambda back, revenue, base, lag: month(
            add_months(APR, -back), revenue, base, known=add_months(APR, -back) + timedelta(days=lag)
        ),
        st.integers(0, 18),
        st.floats(1, 1e6),
        st.none() | st.floats(1, 1e6),
        st.integers(1, 200),
    ),
    max_size=30,
    unique_by=lambda row: (row["period_end"], row["known_at"]),
)


@given(ROWS, st.integers(0, 400))
def test_what_is_known_later_changes_nothing(rows: list[dict[str, object]], back: int) -> None:
    as_of = AS_OF - timedelta(days=back)
    known = [row for row in rows if row["known_at"] <= as_of]  # type: ignore[operator]
    every = monthly_revenue(MONTHLY_REVENUE.frame(rows), RATES, as_of=as_of)
    early = monthly_revenue(MONTHLY_REVENUE.frame(known), RATES, as_of=as_of)
    assert every.figures.equals(early.figures)
    assert every.gaps.equals(early.gaps)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, object]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first = monthly_revenue(MONTHLY_REVENUE.frame(rows), RATES, as_of=AS_OF).figures
    second = monthly_revenue(MONTHLY_REVENUE.frame(shuffled), RATES, as_of=AS_OF).figures
    assert first.equals(second)
