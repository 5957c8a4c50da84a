"""Forward history: 90 days from one fetch, fiscal-year rolls, share bases of what was seen on a day."""

from __future__ import annotations

from datetime import date, timedelta
from math import log
from typing import Any

import polars as pl
import pytest
from market_fixture import companies, estimate, market, prices, quarters
from rows_payloads import chart, entry, read_chart, read_summary, summary

from exposures.tables import FIGURES
from models.decomposition import decomposition
from screen.market.protocol import MarketData
from screen.market.tables import ESTIMATES, PRICES, SPLITS
from screen.market.yahoo.estimates import estimates
from screen.market.yahoo.prices import stored_prices
from screen.panel import PanelResult, build_panel
from screen.panel.forward import forward_snapshots, history_series, one_series
from screen.panel.shares import ratio_between

NO_FIGURES = FIGURES.empty()
FRIDAY = date(2026, 8, 21)
AGES = (0, 7, 30, 60, 90)


def day(age: int) -> date:
    return FRIDAY - timedelta(days=age)


def fetched(*entries: dict[str, Any], closes: dict[date, float], ticker: str = "ONE") -> MarketData:
    """One fetch of one company: its chart and its summary, nothing stored before."""
    bars = stored_prices(ticker, read_chart(chart(closes)))
    return MarketData(
        source="yahoo",
        label="test",
        is_simulated=False,
        prices=PRICES.conform(bars),
        splits=SPLITS.empty(),
        estimates=estimates(ticker, read_summary(summary(*entries)), fetched=FRIDAY),
        statements=market().statements,
        profiles=market().profiles,
        fx=market().fx,
        outcomes=market().outcomes,
    ).checked()


def panel(data: MarketData, ticker: str = "ONE", as_of: date = FRIDAY) -> PanelResult:
    return build_panel(data, companies((ticker, "USD", "USD")), NO_FIGURES, as_of=as_of)


def forward(result: PanelResult) -> pl.DataFrame:
    return result.multiples.filter(pl.col("basis") == "forward").sort("date")


def thirteen_weeks(result: PanelResult, as_of: date = FRIDAY) -> dict[str, Any]:
    rows = decomposition(multiples=result.multiples, as_of=as_of)
    return rows.filter((pl.col("basis") == "forward") & (pl.col("horizon_weeks") == 13)).row(0, named=True)


def test_one_fetch_gives_ninety_days_of_forward_multiples() -> None:
    """FY1 ends on 31 December 2026, FY2 a year later; the price falls from 120 to 100.

    Weight of FY1: today 132/365.25 = .3614, on 23 May (90 days ago) 222/365.25 = .6078.
    """
    data = fetched(
        entry("0y", "2026-12-31", (5.0, 4.9, 4.8, 4.6, 4.4)),
        entry("+1y", "2027-12-31", (6.0, 5.9, 5.7, 5.5, 5.2)),
        closes={day(91): 120.0, day(56): 110.0, day(28): 105.0, day(7): 101.0, FRIDAY: 100.0},
    )
    result = panel(data)
    rows = {r["date"]: r for r in forward(result).iter_rows(named=True)}
    now, then = 132 / 365.25, 222 / 365.25
    eps_now, eps_then = now * 5.0 + (1 - now) * 6.0, then * 4.4 + (1 - then) * 5.2
    assert (eps_now, eps_then) == (pytest.approx(5.63860, abs=1e-5), pytest.approx(4.71376, abs=1e-5))
    assert rows[FRIDAY]["denominator"] == pytest.approx(eps_now)
    assert rows[day(91)]["denominator"] == pytest.approx(eps_then)
    assert rows[day(91)]["log_multiple"] == pytest.approx(log(120 / eps_then))
    for age, weight, means in ((7, 139, (4.9, 5.9)), (28, 162, (4.8, 5.7)), (56, 192, (4.6, 5.5))):
        omega = weight / 365.25  # of the snapshot 7, 30 and 60 days old
        assert rows[day(age)]["denominator"] == pytest.approx(omega * means[0] + (1 - omega) * means[1])
    assert {r["period_end"] for r in rows.values()} == {None}
    split = thirteen_weeks(result)
    assert split["dln_price"] == pytest.approx(log(100 / 120))
    assert split["dln_denominator"] == pytest.approx(log(eps_now / eps_then))
    assert split["dln_multiple"] == pytest.approx(log(100 / 120) - log(eps_now / eps_then))
    assert (split["label"], split["reason"]) == ("compression", None)
    row = result.panel.row(0, named=True)
    assert row["eps_forward_basis"] == "ntm" and row["forward_pe"] == pytest.approx(100 / eps_now)


@pytest.mark.parametrize(("late", "is_known"), [(0, True), (1, True), (6, True), (7, False)])
def test_a_fetch_until_the_next_friday_serves_the_screen_of_friday(late: int, is_known: bool) -> None:
    """The figures of the fetch itself are news to it; those of 7 to 90 days before are not."""
    data = fetched(
        entry("0y", "2026-12-31", (5.0, 4.9, 4.8, 4.6, 4.4)),
        entry("+1y", "2027-12-31", (6.0, 5.9, 5.7, 5.5, 5.2)),
        closes={day(91 + late): 120.0, day(late): 100.0},
    )
    as_of = day(late)
    result = panel(data, as_of=as_of)
    assert (thirteen_weeks(result, as_of)["dln_multiple"] is not None) == is_known
    newest = forward(result).row(-1, named=True)
    age = 0 if late == 0 else 7
    assert (day(late) - newest["date"]).days == 0
    omega = (date(2026, 12, 31) - day(age)).days / 365.25
    means = (5.0, 6.0) if late == 0 else (4.9, 5.9)
    assert newest["denominator"] == pytest.approx(omega * means[0] + (1 - omega) * means[1])


def test_a_mean_of_the_past_leads_only_where_the_series_begins() -> None:
    closes = {day(7 * k): 100.0 for k in range(15)}
    data = fetched(
        entry("0y", "2026-12-31", (5.0, 4.9, 4.8, 4.6, 4.4)),
        entry("+1y", "2027-12-31", (6.0, 5.9, 5.7, 5.5, 5.2)),
        closes=closes,
    )
    weeks = [(FRIDAY - d).days // 7 for d in forward(panel(data))["date"]]
    # known 0, 7, 30, 60 and 90 days ago, each for 14 days, and for the week up to 3 days before
    assert weeks == [13, 12, 11, 9, 8, 7, 4, 3, 1, 0]


ROLLED = (
    entry("0y", "2027-06-30", (6.0, 5.9, 5.7, 5.6, 5.0)),
    entry("+1y", "2028-06-30", (8.0, 7.8, 7.5, 7.2, 6.8)),
)
"""The fiscal year ended on 30 June 2026, 52 days before the fetch. On 23 May the next twelve months lay in
the years to June 2026 (which no answer states any more) and June 2027."""


def test_after_a_roll_one_fiscal_year_is_compared_with_itself() -> None:
    data = fetched(*ROLLED, closes={day(91): 120.0, FRIDAY: 100.0})
    result = panel(data)
    split = thirteen_weeks(result)
    assert split["dln_denominator"] == pytest.approx(log(6.0 / 5.0))  # the year to June 2027, both times
    assert split["dln_multiple"] == pytest.approx(log(100 / 120) - log(6.0 / 5.0))
    assert set(forward(result)["period_end"]) == {date(2027, 6, 30)}
    # the level of today stays the next twelve months: 313 of 365.25 days are in the year to June 2027
    omega = 313 / 365.25
    row = result.panel.row(0, named=True)
    assert row["eps_forward"] == pytest.approx(omega * 6.0 + (1 - omega) * 8.0)
    assert row["eps_forward_basis"] == "ntm"


def test_the_past_day_itself_does_not_mix_two_years_that_both_lie_ahead() -> None:
    data = fetched(*ROLLED, closes={FRIDAY: 100.0})
    then = forward_snapshots(data.estimates).filter(
        (pl.col("known_at") == day(90)) & (pl.col("metric") == "eps") & (pl.col("basis") != "fy")
    )
    assert then.select("basis", "period_end", "value").rows() == [("fy2", date(2027, 6, 30), 5.0)]


def test_labels_that_rolled_between_stored_weeks_do_not_matter() -> None:
    """A fetch before the roll (17 July: 0y is the year to June 2026) and one after (24 July)."""
    before, after, now = date(2026, 5, 22), date(2026, 7, 24), FRIDAY
    rows = [
        estimate("W", "0y", 4.0, known_at=before, period_end=date(2026, 6, 30)),
        estimate("W", "+1y", 5.0, known_at=before, period_end=date(2027, 6, 30)),
        estimate("W", "0y", 5.5, known_at=after, period_end=date(2027, 6, 30)),
        estimate("W", "+1y", 7.0, known_at=after, period_end=date(2028, 6, 30)),
        estimate("W", "0y", 6.0, known_at=now, period_end=date(2027, 6, 30)),
        estimate("W", "+1y", 8.0, known_at=now, period_end=date(2028, 6, 30)),
    ]
    closes = {before: 120.0, after: 110.0, now: 100.0}
    result = panel(market(prices=prices("W", closes), estimates=rows), "W")
    found = dict(forward(result).select("date", "denominator").iter_rows())
    first, last = 39 / 365.25, 313 / 365.25
    assert found[before] == pytest.approx(first * 4.0 + (1 - first) * 5.0)
    assert found[now] == pytest.approx(last * 6.0 + (1 - last) * 8.0)
    assert set(forward(result)["period_end"]) == {None}
    assert thirteen_weeks(result)["dln_denominator"] == pytest.approx(log(found[now] / found[before]))


def test_a_year_that_ended_and_is_not_reported_leaves_the_next_year_alone() -> None:
    """Yahoo keeps the ended year as 0y until the report; the year after +1y is not stated by then."""
    rows = [
        estimate("E", "0y", 4.0, known_at=FRIDAY, period_end=date(2026, 7, 31)),
        estimate("E", "+1y", 5.0, known_at=FRIDAY, period_end=date(2027, 7, 31)),
        estimate("E", "0y", 3.9, known_at=day(91), period_end=date(2026, 7, 31)),
        estimate("E", "+1y", 4.5, known_at=day(91), period_end=date(2027, 7, 31)),
    ]
    result = panel(market(prices=prices("E", {day(91): 90.0, FRIDAY: 100.0}), estimates=rows), "E")
    row = result.panel.row(0, named=True)
    assert (row["eps_forward_basis"], row["eps_forward"], row["eps_growth"]) == ("fy2", 5.0, 0.25)
    assert set(forward(result)["period_end"]) == {date(2027, 7, 31)}
    assert thirteen_weeks(result)["dln_denominator"] == pytest.approx(log(5.0 / 4.5))


@pytest.mark.parametrize(("days", "basis"), [(-10, "ntm"), (-11, "fy2"), (375, "ntm"), (376, "fy2")])
def test_month_ends_stated_for_52_week_years_are_tolerated(days: int, basis: str) -> None:
    end = FRIDAY + timedelta(days=days)
    rows = [
        estimate("M", "0y", 4.0, known_at=FRIDAY, period_end=end),
        estimate("M", "+1y", 5.0, known_at=FRIDAY, period_end=end + timedelta(days=365)),
    ]
    found = forward_snapshots(ESTIMATES.frame(rows)).filter(pl.col("basis") != "fy")
    assert found["basis"].to_list() == [basis]
    assert found["value"].item() == (4.0 if days > 0 else 5.0)  # the weight is 1 or 0 at the ends


def test_years_that_are_not_in_a_row_are_not_mixed() -> None:
    rows = [
        estimate("G", "0y", 4.0, known_at=FRIDAY, period_end=date(2026, 12, 31)),
        estimate("G", "+1y", 9.0, known_at=FRIDAY, period_end=date(2028, 12, 31)),
    ]
    found = one_series(forward_snapshots(ESTIMATES.frame(rows)), as_of=FRIDAY, metric="eps")
    assert found.select("basis", "value", "growth").rows() == [("fy2", 9.0, None)]


def test_two_currencies_are_not_mixed_in_one_history() -> None:
    rows = [
        estimate("C", "+1y", 5.0, known_at=FRIDAY, period_end=date(2027, 12, 31)),
        estimate("C", "+1y", 35.0, known_at=day(91), period_end=date(2027, 12, 31), currency="CNY"),
    ]
    found = history_series(forward_snapshots(ESTIMATES.frame(rows)), as_of=FRIDAY, metric="eps")
    assert found["known_at"].to_list() == [FRIDAY]


def test_negative_expected_earnings_have_no_multiple_and_a_reason() -> None:
    data = fetched(
        entry("0y", "2026-12-31", (-1.0, -1.0, -1.0, -1.0, 2.0)),
        entry("+1y", "2027-12-31", (-0.5, -0.5, -0.5, -0.5, 3.0)),
        closes={day(91): 40.0, FRIDAY: 50.0},
    )
    result = panel(data)
    last = forward(result).row(-1, named=True)
    assert (last["log_multiple"], last["reason"]) == (None, "EPS not positive: the multiple is not defined")
    assert result.panel["forward_pe"].item() is None
    assert "EPS not positive" in thirteen_weeks(result)["reason"]


def test_no_coverage_has_no_multiple_and_says_so() -> None:
    none = tuple([0.0] * 5)
    data = fetched(
        entry("0y", "2026-12-31", none, analysts=0),  # type: ignore[arg-type]
        entry("+1y", "2027-12-31", none, analysts=0),  # type: ignore[arg-type]
        closes={FRIDAY: 3.09},
    )
    result = panel(data)
    assert forward(result).is_empty() and result.panel["forward_pe"].item() is None
    gap = result.gaps.filter(pl.col("dataset") == "estimates")["reason"].item()
    assert "no analyst coverage" in gap


SPLIT = SPLITS.frame([{"ticker": "S", "ex_date": date(2026, 7, 1), "ratio": 10.0, "source": "test"}])


@pytest.mark.parametrize(
    ("seen", "as_of", "ratio"),
    [
        (date(2026, 6, 1), date(2026, 8, 1), 10.0),  # stored before the split, read after it
        (date(2026, 8, 1), date(2026, 8, 1), 1.0),  # read when the source had restated it
        (date(2026, 8, 1), date(2026, 6, 1), 0.1),  # as of a day before the split: undone
        (date(2026, 6, 1), date(2026, 6, 15), 1.0),  # before the split on both days
        (date(2026, 7, 1), date(2026, 8, 1), 1.0),  # on the ex-date the source states the new basis
        (None, date(2026, 8, 1), 1.0),  # newest basis
        (None, date(2026, 6, 1), 0.1),
    ],
)
def test_a_latest_vintage_has_the_share_basis_of_the_day_it_was_seen(
    seen: date | None, as_of: date, ratio: float
) -> None:
    row = {"ticker": "S", "known_at": date(2026, 5, 15), "is_latest_vintage": True, "seen_at": seen}
    frame = pl.DataFrame([row], schema_overrides={"seen_at": pl.Date})
    found = ratio_between(frame, SPLIT, as_of=as_of, rebased_by="filing")
    assert found.to_list() == [pytest.approx(ratio)]


def test_a_filed_vintage_keeps_the_basis_of_its_filing_whenever_it_was_read() -> None:
    rows = [
        {"ticker": "S", "known_at": known, "is_latest_vintage": False, "seen_at": date(2026, 11, 1)}
        for known in (date(2026, 5, 15), date(2026, 8, 15))
    ]
    found = ratio_between(pl.DataFrame(rows), SPLIT, as_of=date(2026, 9, 1), rebased_by="filing")
    assert found.to_list() == [10.0, 1.0]


@pytest.mark.parametrize("seen", [date(2026, 6, 1), FRIDAY])
def test_yahoo_accounts_of_either_side_of_a_split_give_one_multiple(seen: date) -> None:
    # 40 a year for an old share are 4 for a new one, whenever the accounts were read.
    value = 10.0 if seen < date(2026, 7, 1) else 1.0
    rows = [
        row | {"is_latest_vintage": True, "known_at_basis": "assumed_lag", "seen_at": seen}
        for row in quarters("S", "eps_diluted", [value] * 4)
    ]
    data = market(prices=prices("S", {FRIDAY: 100.0}), statements=rows, splits=SPLIT.to_dicts())
    assert panel(data, "S").panel["trailing_pe"].item() == pytest.approx(25.0)


def test_past_means_read_after_a_split_are_on_the_new_basis() -> None:
    """The mean of 90 days ago is stated for today's share; the one stored before the split is not."""
    late = {"period_end": date(2027, 12, 31), "seen_at": FRIDAY}
    early = {"period_end": date(2027, 12, 31), "seen_at": day(91), "known_at": day(91)}
    for then in (estimate("S", "+1y", 4.5, known_at=day(90), **late), estimate("S", "+1y", 45.0, **early)):
        data = market(
            prices=prices("S", {day(91): 90.0, FRIDAY: 100.0}),
            estimates=[estimate("S", "+1y", 5.0, known_at=FRIDAY, **late), then],
            splits=SPLIT.to_dicts(),
        )
        split = thirteen_weeks(panel(data, "S"))
        assert split["dln_denominator"] == pytest.approx(log(5.0 / 4.5))


@pytest.mark.parametrize(("then", "is_kept"), [(4.5, True), (45.0, False), (16.0, False), (15.0, True)])
def test_a_past_mean_that_was_not_restated_for_a_split_is_left_out(then: float, is_kept: bool) -> None:
    """10 for 1 on 1 July: the old basis is nearer from 5 * sqrt(10) = 15.8 on."""
    late = {"period_end": date(2027, 12, 31), "seen_at": FRIDAY}
    rows = [
        estimate("S", "+1y", 5.0, known_at=FRIDAY, **late),
        estimate("S", "+1y", then, known_at=day(90), **late),
    ]
    data = market(
        prices=prices("S", {day(91): 90.0, FRIDAY: 100.0}), estimates=rows, splits=SPLIT.to_dicts()
    )  # fmt: skip
    change = thirteen_weeks(panel(data, "S"))["dln_denominator"]
    assert change == (pytest.approx(log(5.0 / then)) if is_kept else None)


def test_nothing_seen_later_changes_the_history_of_an_earlier_day() -> None:
    data = fetched(*ROLLED, closes={day(91): 120.0, day(28): 110.0, FRIDAY: 100.0})
    week = FRIDAY + timedelta(days=7)
    later = estimate("ONE", "0y", 99.0, known_at=week, period_end=date(2027, 6, 30), source="yahoo")
    more = MarketData(
        **{
            name: getattr(data, name)
            for name in (
                "source",
                "label",
                "is_simulated",
                "prices",
                "splits",
                "statements",
                "profiles",
                "fx",
            )
        },
        estimates=pl.concat([data.estimates, ESTIMATES.frame([later])]),
        outcomes=data.outcomes,
    )
    assert panel(more).multiples.equals(panel(data).multiples)
    assert panel(more).panel.equals(panel(data).panel)
