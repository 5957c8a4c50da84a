"""The panel by hand: currencies, share bases, vintages, the fiscal roll, stale prices, gains, look-ahead."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from market_fixture import AS_OF, companies, estimate, market, prices, quarters

from exposures.errors import TableError
from exposures.tables import FIGURES
from screen.panel import PanelResult, build_panel

NO_FIGURES = FIGURES.empty()
GAIN = {
    "figure_id": "F1", "subject": "G", "node": "G", "metric": "equity_gains", "value": 1.0, "unit": "bn",
    "currency": "USD", "period_end": date(2026, 3, 31), "period_months": 3, "known_at": date(2026, 5, 1), "source": "s",
    "grade": "A",
}  # fmt: skip


def one(result: PanelResult, ticker: str) -> dict[str, object]:
    return result.panel.filter(pl.col("ticker") == ticker).row(0, named=True)


def fx(base: str, quote: str, rate: float, day: date = AS_OF) -> dict[str, object]:
    return {"base": base, "quote": quote, "date": day, "rate": rate, "known_at": day, "source": "test"}


def test_trailing_multiple_in_one_currency() -> None:
    data = market(
        prices=prices("X", {AS_OF: 100.0}),
        statements=quarters("X", "eps_diluted", [0.5, 1.0, 1.25, 1.25, 1.5]),
    )
    row = one(build_panel(data, companies(("X", "USD", "USD")), NO_FIGURES, as_of=AS_OF), "X")
    assert row["eps_ttm"] == pytest.approx(5.0)  # the newest four quarters
    assert row["trailing_pe"] == pytest.approx(20.0)


def test_statement_currency_is_converted_before_it_meets_the_price() -> None:
    # Price in dollars, EPS in euros, 1 EUR = 1.25 USD: 4 EUR a year are 5 USD.
    data = market(
        prices=prices("ADR", {AS_OF: 100.0}),
        statements=quarters("ADR", "eps_diluted", [1.0] * 4, "EUR"),
        fx=[fx("EUR", "USD", 1.25)],
    )
    row = one(build_panel(data, companies(("ADR", "USD", "EUR")), NO_FIGURES, as_of=AS_OF), "ADR")
    assert row["trailing_pe"] == pytest.approx(20.0)


def test_no_rate_no_multiple() -> None:
    data = market(
        prices=prices("ADR", {AS_OF: 100.0}),
        statements=quarters("ADR", "eps_diluted", [1.0] * 4, "EUR")
        + quarters("ADR", "revenue", [9.0] * 4, "EUR"),
        fx=[fx("EUR", "USD", 1.25, AS_OF - timedelta(days=40))],  # too old to use
    )
    row = one(build_panel(data, companies(("ADR", "USD", "EUR")), NO_FIGURES, as_of=AS_OF), "ADR")
    assert row["trailing_pe"] is None
    assert row["revenue_ttm_usd"] is None


def test_inverse_quotation_gives_the_same_dollars() -> None:
    base = {
        "prices": prices("K", {AS_OF: 1400.0}, "KRW"),
        "statements": quarters("K", "revenue", [1400.0] * 4, "KRW"),
    }
    listing = companies(("K", "KRW", "KRW"))
    a = build_panel(market(**base, fx=[fx("USD", "KRW", 1400.0)]), listing, NO_FIGURES, as_of=AS_OF)
    b = build_panel(market(**base, fx=[fx("KRW", "USD", 1 / 1400.0)]), listing, NO_FIGURES, as_of=AS_OF)
    assert one(a, "K")["revenue_ttm_usd"] == pytest.approx(4.0)
    assert one(b, "K")["revenue_ttm_usd"] == pytest.approx(4.0)


def test_split_before_as_of_divides_old_eps() -> None:
    # 10:1 on 1 May. EPS filed before (old basis) sum to 50; the close is adjusted already.
    data = market(
        prices=prices("S", {AS_OF: 100.0}),
        statements=quarters("S", "eps_diluted", [10.0, 12.0, 13.0, 15.0], last=date(2026, 3, 15)),
        splits=[{"ticker": "S", "ex_date": date(2026, 5, 1), "ratio": 10.0, "source": "test"}],
    )
    row = one(build_panel(data, companies(("S", "USD", "USD")), NO_FIGURES, as_of=AS_OF), "S")
    assert row["eps_ttm"] == pytest.approx(5.0)
    assert row["trailing_pe"] == pytest.approx(20.0)


def test_split_after_as_of_is_undone_in_the_price() -> None:
    # The file's close is adjusted with hindsight for a split in July: on 5 June the share traded at 1,000.
    data = market(
        prices=prices("S", {AS_OF: 100.0}),
        statements=quarters("S", "eps_diluted", [10.0, 12.0, 13.0, 15.0]),
        splits=[{"ticker": "S", "ex_date": date(2026, 7, 1), "ratio": 10.0, "source": "test"}],
    )
    row = one(build_panel(data, companies(("S", "USD", "USD")), NO_FIGURES, as_of=AS_OF), "S")
    assert row["price"] == pytest.approx(1000.0)
    assert row["trailing_pe"] == pytest.approx(20.0)


def test_estimates_are_rebased_on_the_ex_date_and_filings_when_they_say_so() -> None:
    # 10:1 on 1 May, first filing on the new basis on 1 August. The estimate of 4 June is on the new basis
    # already, the filed EPS of May (sum 50) is not.
    split = {
        "ticker": "S", "ex_date": date(2026, 5, 1), "ratio": 10.0,
        "first_new_basis_filing": date(2026, 8, 1), "source": "test",
    }  # fmt: skip
    data = market(
        prices=prices("S", {AS_OF: 100.0}),
        statements=quarters("S", "eps_diluted", [10.0, 12.0, 13.0, 15.0]),
        estimates=[estimate("S", "+1y", 8.0)],
        profiles=[{"ticker": "S", "known_at": date(2026, 5, 20), "shares_outstanding": 7e9, "source": "t"}],
        splits=[split],
    )
    row = one(build_panel(data, companies(("S", "USD", "USD")), NO_FIGURES, as_of=AS_OF), "S")
    assert row["eps_ttm"] == pytest.approx(5.0)
    assert row["eps_forward"] == pytest.approx(8.0)
    assert row["shares"] == pytest.approx(7e9)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("S", date(2026, 5, 1), 10.0)] * 2, "splits twice on 2026-05-01"),
        ([("S", date(2026, 5, 1), 0.0)], "has the ratio 0"),
        ([("S", None, -2.0)], "has the ratio -2"),
        ([("S", date(2026, 5, 1), float("inf"))], "SPLITS"),
    ],
)
def test_impossible_splits_are_refused(rows: list[tuple[str, date | None, float]], words: str) -> None:
    splits = [{"ticker": t, "ex_date": d, "ratio": r, "source": "test"} for t, d, r in rows]
    with pytest.raises(TableError, match=words):
        market(prices=prices("S", {AS_OF: 1.0}), splits=splits).checked()


def test_a_filing_off_by_millions_is_dropped_and_told() -> None:
    # The full year is filed again in dollars for millions; the source derives a negative quarter from it.
    rows = quarters("T", "net_income", [9e8, 9e8, 9e8, 9e8]) + quarters("T", "revenue", [3e9] * 4)
    year = rows[3] | {"period_type": "FY", "value": 3.6e9, "fiscal_period": "FY"}
    before = year | {"period_end": date(2025, 3, 31), "known_at": date(2025, 5, 10), "value": 3.2e9}
    again = date(2026, 5, 20)
    slip = [
        year | {"value": 3600.0, "known_at": again},
        rows[3] | {"value": -2.7e9, "known_at": again, "source": "test:derived"},
    ]
    listing = companies(("T", "USD", "USD"))
    close = prices("T", {AS_OF: 50.0})
    result = build_panel(
        market(prices=close, statements=[*rows, before, year, *slip]), listing, NO_FIGURES, as_of=AS_OF
    )
    assert result.quarters["net_income"].to_list()[-4:] == [9e8] * 4
    told = result.gaps.filter(pl.col("reason").str.contains("net_income filed on 2026-05-20"))
    assert told["action"].to_list() == ["dropped; the earlier filing stands"]
    clean = build_panel(
        market(prices=close, statements=[*rows, before, year]), listing, NO_FIGURES, as_of=AS_OF
    )
    assert clean.quarters.equals(result.quarters)


def test_the_correction_of_a_first_filing_that_slipped_counts() -> None:
    rows = quarters("T", "revenue", [3e9] * 4)
    first, corrected = rows[3] | {"value": 3000.0}, rows[3] | {"known_at": date(2026, 5, 20)}
    data = market(prices=prices("T", {AS_OF: 50.0}), statements=[*rows[:3], first, corrected])
    result = build_panel(data, companies(("T", "USD", "USD")), NO_FIGURES, as_of=AS_OF)
    assert one(result, "T")["revenue_ttm_usd"] == pytest.approx(12e9)
    assert result.gaps.filter(pl.col("reason").str.contains("filed on")).is_empty()


def test_the_cyclical_guard_never_bridges_a_missing_quarter() -> None:
    rows = quarters("C", "eps_diluted", [1.0] * 12)
    listing = companies(("C", "USD", "USD"))

    def ratio(statements: list[dict[str, object]]) -> object:
        data = market(prices=prices("C", {AS_OF: 50.0}), statements=statements)
        return one(build_panel(data, listing, NO_FIGURES, as_of=AS_OF), "C")["eps_peak_ratio"]

    assert ratio(rows) == pytest.approx(1.0)
    assert ratio(rows[:10] + rows[11:]) is None


def test_a_currency_without_a_fresh_rate_is_absent() -> None:
    old = [fx("EUR", "USD", 1.25, AS_OF - timedelta(days=15)), fx("GBP", "USD", 1.3)]
    result = build_panel(market(fx=old), companies(("X", "USD", "USD")), NO_FIGURES, as_of=AS_OF)
    assert result.usd_per_unit == {"USD": 1.0, "GBP": 1.3}


def test_growth_is_never_adjusted_on_reported() -> None:
    ahead = {"period_end": date(2027, 3, 31)}
    data = market(
        prices=prices("A", {AS_OF: 100.0}),
        statements=quarters("A", "eps_diluted", [0.5] * 4) + quarters("A", "revenue", [25.0] * 4),
        estimates=[
            estimate("A", "+1y", 5.0, **ahead),
            estimate("A", "+1y", 130.0, metric="revenue", **ahead),
        ],
    )
    row = one(build_panel(data, companies(("A", "USD", "USD")), NO_FIGURES, as_of=AS_OF), "A")
    assert row["eps_growth"] is None
    assert row["revenue_growth_forward"] == pytest.approx(1.3 ** (365.25 / 365) - 1)


def test_restatement_counts_only_from_the_day_it_is_known() -> None:
    rows = quarters("R", "eps_diluted", [1.0] * 4)
    restated = rows[-1] | {"value": 3.0, "known_at": AS_OF + timedelta(days=1)}
    data = market(prices=prices("R", {AS_OF - timedelta(days=1): 80.0}), statements=[*rows, restated])
    listing = companies(("R", "USD", "USD"))
    assert one(build_panel(data, listing, NO_FIGURES, as_of=AS_OF), "R")["eps_ttm"] == pytest.approx(4.0)
    later = build_panel(data, listing, NO_FIGURES, as_of=AS_OF + timedelta(days=1))
    assert one(later, "R")["eps_ttm"] == pytest.approx(6.0)


def test_a_missing_quarter_gives_no_trailing_year() -> None:
    rows = quarters("M", "eps_diluted", [1.0] * 5)
    del rows[2]
    data = market(prices=prices("M", {AS_OF: 80.0}), statements=rows)
    assert (
        one(build_panel(data, companies(("M", "USD", "USD")), NO_FIGURES, as_of=AS_OF), "M")["eps_ttm"]
        is None
    )


def test_ntm_weighs_the_two_fiscal_years() -> None:
    # FY1 ends in half a year: NTM = .5 * 4 + .5 * 6 = 5 (to the day count).
    known = AS_OF - timedelta(days=1)
    end = known + timedelta(days=183)
    data = market(
        prices=prices("N", {AS_OF: 100.0}),
        estimates=[
            estimate("N", "0y", 4.0, period_end=end),
            estimate("N", "+1y", 6.0, period_end=end + timedelta(days=365)),
        ],
    )
    row = one(build_panel(data, companies(("N", "USD", "USD")), NO_FIGURES, as_of=AS_OF), "N")
    omega = 183 / 365.25
    assert row["eps_forward_basis"] == "ntm"
    assert row["eps_forward"] == pytest.approx(omega * 4 + (1 - omega) * 6)
    assert row["eps_growth"] == pytest.approx(0.5)


def test_only_next_year_is_its_own_basis() -> None:
    data = market(
        prices=prices("N", {AS_OF: 120.0}),
        estimates=[estimate("N", "+1y", 6.0, period_end=date(2027, 12, 31))],
    )
    row = one(build_panel(data, companies(("N", "USD", "USD")), NO_FIGURES, as_of=AS_OF), "N")
    assert (row["eps_forward_basis"], row["forward_pe"]) == ("fy2", pytest.approx(20.0))


@pytest.mark.parametrize("mean, analysts", [(None, 0), (0.0, 0)])
def test_no_coverage_is_missing_not_zero(mean: float | None, analysts: int) -> None:
    data = market(
        prices=prices("N", {AS_OF: 100.0}),
        estimates=[estimate("N", "+1y", mean, analysts=analysts, period_end=date(2027, 12, 31))],
    )
    result = build_panel(data, companies(("N", "USD", "USD")), NO_FIGURES, as_of=AS_OF)
    assert one(result, "N")["eps_forward"] is None
    gap = result.gaps.filter((pl.col("ticker") == "N") & (pl.col("dataset") == "estimates"))
    assert "no analyst coverage" in gap["reason"].item()


def test_two_sources_never_form_one_series() -> None:
    month = AS_OF - timedelta(days=28)
    data = market(
        prices=prices("N", {month: 100.0, AS_OF: 100.0}),
        estimates=[
            estimate("N", "+1y", 5.0, source="a", period_end=date(2027, 12, 31)),
            estimate("N", "+1y", 9.0, source="b", known_at=month, period_end=date(2027, 12, 31)),
        ],
    )
    result = build_panel(data, companies(("N", "USD", "USD")), NO_FIGURES, as_of=AS_OF)
    forward = result.multiples.filter(pl.col("basis") == "forward")
    assert forward["date"].to_list() == [AS_OF]
    assert forward["estimate_source"].to_list() == ["a"]


def test_negative_eps_has_no_multiple_and_says_so() -> None:
    data = market(prices=prices("L", {AS_OF: 100.0}), statements=quarters("L", "eps_diluted", [-1.0] * 4))
    result = build_panel(data, companies(("L", "USD", "USD")), NO_FIGURES, as_of=AS_OF)
    assert one(result, "L")["trailing_pe"] is None
    last = result.multiples.filter(pl.col("basis") == "trailing").sort("date").row(-1, named=True)
    assert last["log_multiple"] is None
    assert "not positive" in str(last["reason"])


def test_stale_price_is_not_used_and_its_age_is_told() -> None:
    data = market(
        prices=prices("O", {AS_OF - timedelta(days=11): 100.0}),
        statements=quarters("O", "eps_diluted", [1.0] * 4),
    )
    result = build_panel(data, companies(("O", "USD", "USD")), NO_FIGURES, as_of=AS_OF)
    row = one(result, "O")
    assert (row["price"], row["trailing_pe"], row["price_age_days"]) == (None, None, 11)
    assert "11 days old" in result.gaps.filter(pl.col("dataset") == "prices")["reason"].item()


def test_stated_gain_is_stripped_after_tax() -> None:
    # 100 shares; a pretax gain of 1bn is .79bn after tax, 7.9m a share of 100.
    profile = {"ticker": "G", "known_at": date(2026, 5, 1), "shares_outstanding": 1e9, "source": "test"}
    data = market(
        prices=prices("G", {AS_OF: 100.0}),
        statements=quarters("G", "eps_diluted", [1.0] * 4),
        profiles=[profile],
    )
    row = one(build_panel(data, companies(("G", "USD", "USD")), FIGURES.frame([GAIN]), as_of=AS_OF), "G")
    assert row["eps_ttm_reported"] == pytest.approx(4.0)
    assert row["eps_ttm"] == pytest.approx(4.0 - 0.79)


def test_the_weekly_trailing_multiple_is_stripped_as_the_panel_is() -> None:
    # The quarter is filed on 10 May; the weeks before do not hold the gain.
    weeks = {AS_OF - timedelta(days=7 * k): 100.0 for k in range(8)}
    shares = [r | {"currency": None} for r in quarters("G", "shares_diluted", [1e9] * 5)]
    data = market(prices=prices("G", weeks), statements=[*quarters("G", "eps_diluted", [1.0] * 5), *shares])
    result = build_panel(data, companies(("G", "USD", "USD")), FIGURES.frame([GAIN]), as_of=AS_OF)
    trailing = result.multiples.filter(pl.col("basis") == "trailing")
    found = dict(trailing.select("date", "denominator").iter_rows())
    assert found[AS_OF] == pytest.approx(4.0 - 0.79)
    assert one(result, "G")["eps_ttm"] == pytest.approx(4.0 - 0.79)
    assert found[date(2026, 5, 8)] == pytest.approx(4.0)
    assert found[date(2026, 5, 15)] == pytest.approx(4.0 - 0.79)


def test_an_older_share_count_that_is_filed_again_does_not_replace_the_newest() -> None:
    shares = [r | {"currency": None} for r in quarters("S", "shares_diluted", [10.0] * 5)]
    again = [shares[0] | {"value": 1000.0, "known_at": AS_OF - timedelta(days=2)}]
    rows = [*quarters("S", "revenue", [100.0] * 5), *shares, *again]
    data = market(prices=prices("S", {AS_OF: 100.0}), statements=rows)
    result = build_panel(data, companies(("S", "USD", "USD")), NO_FIGURES, as_of=AS_OF)
    sales = result.multiples.filter(pl.col("basis") == "sales")
    assert sales["denominator"].to_list() == [pytest.approx(40.0)]


def test_a_gain_over_no_shares_leaves_no_trailing_multiple() -> None:
    """A count of zero, as in a slipped filing, is none: one company's slip must not stop the run."""
    shares = [r | {"currency": None} for r in quarters("G", "shares_diluted", [0.0] * 5)]
    rows = [*quarters("G", "eps_diluted", [1.0] * 5), *shares]
    data = market(prices=prices("G", {AS_OF: 100.0}), statements=rows)
    result = build_panel(data, companies(("G", "USD", "USD")), FIGURES.frame([GAIN]), as_of=AS_OF)
    assert one(result, "G")["eps_ttm"] is None
    assert result.multiples.filter(pl.col("basis") == "trailing").is_empty()


def test_a_gain_that_has_no_dollar_rate_leaves_no_trailing_multiple() -> None:
    data = market(prices=prices("G", {AS_OF: 100.0}), statements=quarters("G", "eps_diluted", [1.0] * 4))
    gain = FIGURES.frame([GAIN | {"currency": "EUR"}])
    result = build_panel(data, companies(("G", "USD", "USD")), gain, as_of=AS_OF)
    assert one(result, "G")["eps_ttm"] is None
    assert one(result, "G")["trailing_pe"] is None
    assert result.multiples.filter(pl.col("basis") == "trailing").is_empty()


@pytest.mark.parametrize(
    "change",
    [
        {"period_end": date(2025, 4, 1), "known_at": date(2025, 5, 1)},  # 364 days: the fifth quarter
        {"period_months": 12},  # a year beside its quarters would count twice
    ],
)
def test_only_the_gains_of_the_four_quarters_are_stripped(change: dict[str, object]) -> None:
    old = GAIN | change
    data = market(prices=prices("G", {AS_OF: 100.0}), statements=quarters("G", "eps_diluted", [1.0] * 4))
    row = one(build_panel(data, companies(("G", "USD", "USD")), FIGURES.frame([old]), as_of=AS_OF), "G")
    assert row["eps_ttm"] == pytest.approx(4.0)


def test_net_income_above_operating_income_blanks_the_trailing_multiple() -> None:
    data = market(
        prices=prices("G", {AS_OF: 100.0}),
        statements=[
            *quarters("G", "eps_diluted", [1.0] * 4),
            *quarters("G", "revenue", [50.0] * 4),
            *quarters("G", "net_income", [10.0] * 4),
            *quarters("G", "operating_income", [8.0] * 4),
        ],
    )
    row = one(build_panel(data, companies(("G", "USD", "USD")), NO_FIGURES, as_of=AS_OF), "G")
    assert row["trailing_pe"] is None
    assert "non-operating" in str(row["reason"])


def test_ratio_never_mixes_periods() -> None:
    # Capex is known one quarter less than revenue: capex over revenue would mix two years.
    data = market(
        prices=prices("C", {AS_OF: 1.0}),
        statements=[
            *quarters("C", "revenue", [10.0] * 5),
            *quarters("C", "capex", [5.0] * 4, last=date(2025, 12, 30)),
        ],
    )
    row = one(build_panel(data, companies(("C", "USD", "USD")), NO_FIGURES, as_of=AS_OF), "C")
    assert row["revenue_ttm_usd"] == pytest.approx(40.0)
    assert row["capex_ttm_usd"] is None


def test_every_company_has_a_row_whatever_is_missing() -> None:
    result = build_panel(
        market(), companies(("A", "USD", "USD"), ("B", "TWD", "TWD")), NO_FIGURES, as_of=AS_OF
    )
    assert result.panel["ticker"].to_list() == ["A", "B"]
    assert result.panel["price"].null_count() == 2
    assert set(result.gaps["ticker"]) == {"A", "B"}


LATER = st.lists(
    st.tuples(
        st.sampled_from(["eps", "price", "statement", "fx", "profile"]),
        st.integers(1, 300),
        st.floats(0.5, 500),
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LATER)
def test_nothing_known_later_changes_an_earlier_panel(later: list[tuple[str, int, float]]) -> None:
    listing = companies(("X", "USD", "EUR"))
    day = [AS_OF - timedelta(days=7 * k) for k in range(60)]
    base: dict[str, list[dict[str, object]]] = {
        "prices": prices("X", {d: 100.0 + i for i, d in enumerate(day)}),
        "statements": quarters("X", "eps_diluted", [1.0] * 9, "EUR")
        + quarters("X", "revenue", [9.0] * 9, "EUR"),
        "estimates": [estimate("X", "+1y", 6.0, period_end=date(2027, 12, 31))],
        "fx": [fx("EUR", "USD", 1.1, d) for d in day],
        "profiles": [{"ticker": "X", "known_at": day[5], "shares_outstanding": 5.0, "source": "test"}],
    }
    more = {name: list(rows) for name, rows in base.items()}
    for i, (what, days, value) in enumerate(later):
        when = AS_OF + timedelta(days=days)
        if what == "eps":
            more["estimates"].append(estimate("X", "+1y", value, known_at=when, source=f"s{i}"))
        elif what == "price":
            more["prices"] += prices("X", {AS_OF + timedelta(days=days + 400 * i): value})
        elif what == "statement":
            more["statements"].append(more["statements"][8] | {"value": value, "known_at": when})
        elif what == "fx":
            more["fx"].append(fx("EUR", "USD", value, AS_OF + timedelta(days=days + 400 * i)))
        else:
            row = {"ticker": "X", "known_at": when, "shares_outstanding": value, "source": f"s{i}"}
            more["profiles"].append(row)
    before = build_panel(market(**base), listing, NO_FIGURES, as_of=AS_OF)
    after = build_panel(market(**more), listing, NO_FIGURES, as_of=AS_OF)
    assert before.panel.equals(after.panel)
    assert before.multiples.equals(after.multiples)
    assert before.quarters.equals(after.quarters)
    assert before.gaps.equals(after.gaps)


def test_shares_from_the_statements_are_said_where_no_profile_was_known() -> None:
    absent = {"ticker": "X", "dataset": "profile", "status": "not_covered", "reason": "no row", "requests": 0,
              "latest": None, "source": "store"}  # fmt: skip
    data = market(
        prices=prices("X", {AS_OF: 100.0}),
        statements=[
            {**row, "period_type": "INSTANT", "currency": None}
            for row in quarters("X", "shares_outstanding", [5.0, 5.0])
        ],
        outcomes=[
            absent,
            {**absent, "ticker": "Y", "status": "network", "latest": AS_OF - timedelta(days=9)},
        ],
        profiles=[
            {"ticker": "Y", "known_at": AS_OF - timedelta(days=9), "shares_outstanding": 3.0, "source": "s"}
        ],
    )
    result = build_panel(data, companies(("X", "USD", "USD"), ("Y", "USD", "USD")), NO_FIGURES, as_of=AS_OF)
    gaps = result.gaps.filter(pl.col("dataset") == "profile").select("ticker", "action").rows()
    assert gaps == [
        ("X", "share count from statements where there is one"),
        ("Y", "stored rows are used"),
    ]
    assert one(result, "X")["shares"] == 5.0


def test_real_pack_gives_plausible_multiples(market_pack: Path) -> None:
    """Spot values that can be read off the pack by hand: last close / the +1y mean of that day."""
    from screen.market.files import FilesSource
    from screen.market.protocol import MarketRequest, companies_of

    day = date(2026, 6, 1)
    listing = companies(("NVDA", "USD", "USD"), ("MSFT", "USD", "USD"), ("ASML", "USD", "EUR"))
    data = FilesSource(market_pack).fetch(MarketRequest(tuple(companies_of(listing)), day))
    result = build_panel(data, listing, NO_FIGURES, as_of=day)
    raw = pl.read_parquet(market_pack / "estimates.parquet").filter(
        (pl.col("ticker") == "NVDA")
        & (pl.col("known_at") == day)
        & (pl.col("period") == "+1y")
        & (pl.col("metric") == "eps")
    )
    close = pl.read_parquet(market_pack / "prices.parquet").filter(
        (pl.col("ticker") == "NVDA") & (pl.col("date") == day)
    )
    assert one(result, "NVDA")["forward_pe"] == pytest.approx(close["close"].item() / raw["mean"].item())
    assert one(result, "ASML")["forward_pe"] is None  # EUR estimate, USD price, no EUR rate in the pack
