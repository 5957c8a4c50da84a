"""EPS against net income over shares, revenue against its neighbours, age, share counts, market value."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from market_fixture import AS_OF, companies, prices, quarters

from screen.market.tables import FX, PRICES, PROFILES, SPLITS, STATEMENTS
from screen.quality.per_share import mend_eps
from screen.quality.shares import mend_shares
from screen.quality.statements import late_statements, mend_revenue

NO_FX = FX.empty()
LAST = date(2026, 3, 31)


def filings(
    ticker: str, *periods: tuple[float, float, float | None], currency: str = "USD", eps_currency: str = "USD"
) -> list[dict[str, object]]:
    """Quarters of (EPS, net income, diluted shares), the last one to LAST."""
    rows = quarters(ticker, "eps_diluted", [p[0] for p in periods], currency=eps_currency)
    rows += quarters(ticker, "net_income", [p[1] for p in periods], currency=currency)
    counts = quarters(ticker, "shares_diluted", [p[2] or 0.0 for p in periods])
    return rows + [row | {"currency": None} for row in counts if row["value"]]


def table(*parts: list[dict[str, object]]) -> pl.DataFrame:
    return STATEMENTS.frame([row for part in parts for row in part])


def told(found: pl.DataFrame) -> list[tuple[object, ...]]:
    return found.select("item", "date", "rule", "value", "action").rows()


def values(frame: pl.DataFrame, item: str) -> list[float]:
    return frame.filter(pl.col("item") == item).sort("period_end")["value"].to_list()


# EPS.


def test_fitting_figures_say_nothing() -> None:
    rows = table(filings("A", (1.0, 100.0, 100.0), (-0.5, -50.0, 100.0), (1.24, 100.0, 100.0)))
    kept, found = mend_eps(rows, NO_FX, as_of=AS_OF)
    assert kept.equals(rows)
    assert found.is_empty()


def test_a_count_in_thousands_is_rescaled_where_eps_proves_it() -> None:
    """Jabil FY2015: EPS 1.45, net income 284 million, 196,005 thousand shares."""
    rows = table(filings("JBL", (1.45, 284.019e6, 196_005.0)))
    kept, found = mend_eps(rows, NO_FX, as_of=AS_OF)
    assert values(kept, "shares_diluted") == [pytest.approx(196_005e3)]
    assert values(kept, "eps_diluted") == [1.45]
    assert told(found) == [("shares_diluted", LAST, "share_scale", pytest.approx(1000.0), "repaired")]
    assert mend_eps(kept, NO_FX, as_of=AS_OF)[1].is_empty()


def test_an_eps_of_a_cent_is_rounded() -> None:
    """NVIDIA's half-year to 2010-08-01: EPS -0.01, net income -3.4 million, 569,971 thousand shares."""
    rows = table(filings("NVDA", (-0.01, -3.367e6, 569_971.0)))
    kept, found = mend_eps(rows, NO_FX, as_of=AS_OF)
    assert values(kept, "shares_diluted") == [pytest.approx(569_971e3)]
    assert values(kept, "eps_diluted") == [-0.01]
    assert found["action"].to_list() == ["repaired"]


def test_a_count_far_off_the_others_is_left_out_and_eps_stays() -> None:
    """Digital Realty FY2020: EPS 1.00 after preferred dividends, net income 1.36 a share, count in thousands."""
    fine = (1.3, 356e6, 262e6)
    rows = table(filings("DLR", fine, fine, (1.0, 356e6, 262_523.0)))
    kept, found = mend_eps(rows, NO_FX, as_of=AS_OF)
    assert values(kept, "shares_diluted") == [262e6, 262e6]
    assert values(kept, "eps_diluted") == [1.3, 1.3, 1.0]
    assert told(found) == [
        ("shares_diluted", LAST, "share_scale", pytest.approx(262e6 / 262_523), "excluded")
    ]


@pytest.mark.parametrize(
    ("eps", "case"),
    [
        (2.01, "excluded"),
        (1.99, "flagged"),
        (1.26, "flagged"),
        (1.24, None),
        (0.51, "flagged"),
        (0.49, "excluded"),
    ],
)
def test_eps_off_net_income_over_shares(eps: float, case: str | None) -> None:
    rows = table(filings("A", (1.0, 100.0, 100.0), (eps, 100.0, 100.0)))
    kept, found = mend_eps(rows, NO_FX, as_of=AS_OF)
    expected = [("eps_diluted", LAST, "eps_mismatch", pytest.approx(eps), case)] if case else []
    assert told(found) == expected
    assert len(values(kept, "eps_diluted")) == (1 if case == "excluded" else 2)


def test_cents_say_nothing() -> None:
    rows = table(filings("A", (0.01, 2.9, 100.0)))
    assert mend_eps(rows, NO_FX, as_of=AS_OF)[1].is_empty()


@pytest.mark.parametrize(("eps", "action"), [(-1.01, "excluded"), (-1.03, "flagged"), (-0.3, "flagged")])
def test_a_sign_against_net_income(eps: float, action: str) -> None:
    rows = table(filings("A", (eps, 100.0, 100.0)))
    kept, found = mend_eps(rows, NO_FX, as_of=AS_OF)
    assert [row[2] for row in told(found)] == ["eps_sign"]
    assert found["action"].to_list() == [action]
    assert len(values(kept, "eps_diluted")) == (action == "flagged")


def test_preferred_dividends_stay() -> None:
    """HPE FY2025: EPS -0.04 on a net income of 57 million and 1,324 million shares, no slip."""
    rows = table(filings("HPE", (-0.04, 57e6, 1324e6)))
    kept, found = mend_eps(rows, NO_FX, as_of=AS_OF)
    assert kept.equals(rows)
    assert told(found) == [("eps_diluted", LAST, "eps_sign", -0.04, "flagged")]


def test_signs_are_compared_without_a_share_count() -> None:
    rows = table(filings("COHR", (-0.11, 15.7e6, None)))
    assert told(mend_eps(rows, NO_FX, as_of=AS_OF)[1]) == [
        ("eps_diluted", LAST, "eps_sign", -0.11, "flagged")
    ]


def test_eps_per_depositary_share_is_marked_and_stays() -> None:
    """Eight ordinary shares for one: EPS per depositary share is eight times net income a share."""
    rows = table(filings("ADR", (8.1, 100.0, 100.0), (15.9, 200.0, 100.0), (24.0, 300.0, 100.0)))
    kept, found = mend_eps(rows, NO_FX, as_of=AS_OF)
    assert kept.equals(rows)
    assert found["rule"].to_list() == ["eps_mismatch"] * 3
    assert found["action"].unique().to_list() == ["flagged"]
    single = table(filings("ADR", (8.1, 100.0, 100.0)))
    assert mend_eps(single, NO_FX, as_of=AS_OF)[1]["action"].to_list() == ["excluded"]


def rate(base: str, value: float) -> dict[str, object]:
    return {"base": base, "quote": "USD", "date": LAST, "rate": value, "known_at": LAST, "source": "t"}


def test_eps_of_another_currency_is_left_to_the_listed_share() -> None:
    """7 USD of EPS beside 7 CNY of net income a share may be a wrong tag: the panel reads it, or leaves it out."""
    rates = FX.frame([rate("CNY", 1 / 7)])
    fits = table(filings("A", (1.0, 700.0, 100.0), currency="CNY"))
    slipped = table(filings("A", (7.0, 700.0, 100.0), currency="CNY"))
    assert mend_eps(fits, rates, as_of=AS_OF)[1].is_empty()
    kept, findings = mend_eps(slipped, rates, as_of=AS_OF)
    assert findings.is_empty() and kept.equals(slipped)
    assert mend_eps(slipped, NO_FX, as_of=AS_OF)[1].is_empty()
    mirrored = table(filings("A", (-1.0, 700.0, 100.0), currency="CNY"))
    assert told(mend_eps(mirrored, rates, as_of=AS_OF)[1]) == [
        ("eps_diluted", LAST, "eps_sign", pytest.approx(-1.0), "excluded")
    ]


def test_old_periods_are_not_judged_and_old_doubts_not_told() -> None:
    def moved(years: int, eps: float) -> pl.DataFrame:
        shifted = table(filings("A", (eps, 100.0, 100.0))).with_columns(
            pl.col("period_end", "known_at").dt.offset_by(f"-{years}y")
        )
        return mend_eps(shifted, NO_FX, as_of=AS_OF)[1]

    assert moved(6, 5.5)["action"].to_list() == ["excluded"]
    assert moved(7, 5.5).is_empty()
    assert moved(2, 1.5)["action"].to_list() == ["flagged"]
    assert moved(3, 1.5).is_empty()


# Revenue.


@pytest.mark.parametrize(("spike", "is_gone"), [(1001.0, True), (999.0, False)])
def test_a_quarter_far_above_both_sides_is_left_out(spike: float, is_gone: bool) -> None:
    rows = table(quarters("A", "revenue", [100.0, 100.0, 100.0, spike, 100.0]))
    kept, found = mend_revenue(rows, as_of=AS_OF)
    assert len(values(kept, "revenue")) == (4 if is_gone else 5)
    assert [(r[2], r[4]) for r in told(found)] == ([("revenue_jump", "excluded")] if is_gone else [])


@pytest.mark.parametrize(("now", "marks"), [(401.0, 1), (399.0, 0), (24.9, 1), (25.1, 0)])
def test_a_year_of_growth_beyond_four_times_is_marked_and_stays(now: float, marks: int) -> None:
    rows = table(quarters("A", "revenue", [100.0, 100.0, 100.0, 100.0, now]))
    kept, found = mend_revenue(rows, as_of=AS_OF)
    assert kept.equals(rows)
    assert told(found) == [("revenue", LAST, "revenue_jump", now / 100, "flagged")] * marks


def test_nvidias_steepest_year_is_honest() -> None:
    """Revenue of the quarters to 2023-04 ... 2024-04, billion dollars: 7.19 to 26.04."""
    rows = table(quarters("NVDA", "revenue", [7.192, 13.507, 18.120, 22.103, 26.044]))
    assert mend_revenue(rows, as_of=AS_OF)[1].is_empty()


def test_another_currency_or_a_missing_quarter_is_not_compared() -> None:
    dollars = quarters("A", "revenue", [100.0] * 4, last=LAST - timedelta(days=91))
    yen = quarters("A", "revenue", [15_000.0], currency="JPY")
    hole = quarters("B", "revenue", [100.0, 100.0, 100.0, 100.0, 900.0])
    rows = table(dollars, yen, [hole[0], *hole[2:]])
    assert mend_revenue(rows, as_of=AS_OF)[1].is_empty()


def test_every_vintage_of_a_slipped_quarter_goes() -> None:
    rows = quarters("A", "revenue", [100.0, 5000.0, 100.0])
    later = [row | {"known_at": AS_OF} for row in rows[1:2]]
    first = [row | {"known_at": row["period_end"], "value": 101.0} for row in rows[1:2]]
    kept, found = mend_revenue(table(rows, later, first), as_of=AS_OF)
    assert values(kept, "revenue") == [100.0, 101.0, 100.0]
    assert found["action"].to_list() == ["excluded"]


# Age.


@pytest.mark.parametrize(("age", "is_late"), [(141, True), (140, False)])
def test_a_quarter_that_should_have_been_followed_is_marked(age: int, is_late: bool) -> None:
    end = AS_OF - timedelta(days=age)
    rows = table(quarters("A", "revenue", [1.0] * 4, last=end))
    found = late_statements(rows, as_of=AS_OF)
    expected = [("revenue", end, "late_statements", float(age), "flagged")]
    assert told(found) == (expected if is_late else [])


def test_half_yearly_reporters_have_their_own_rhythm() -> None:
    def halves(age: int) -> pl.DataFrame:
        end = AS_OF - timedelta(days=age)
        ends = [end - timedelta(days=182 * k) for k in (2, 1, 0)]
        return table(*(quarters("A", "revenue", [1.0], last=day) for day in ends))

    assert late_statements(halves(231), as_of=AS_OF).is_empty()
    assert late_statements(halves(232), as_of=AS_OF)["threshold"].to_list() == [231.0]
    assert late_statements(table(quarters("A", "revenue", [1.0] * 2)), as_of=date(2029, 1, 1)).is_empty()


# Share counts and market value.


def profile(shares: float | None, **more: object) -> pl.DataFrame:
    row = {
        "ticker": "A", "known_at": AS_OF, "currency": "USD", "shares_outstanding": shares, "source": "t",
    }  # fmt: skip
    return PROFILES.frame([row | more])


def mend(
    profiles: pl.DataFrame,
    *,
    filed: float = 100.0,
    reporting: str = "USD",
    splits: pl.DataFrame | None = None,
    last: date = LAST,
) -> tuple[list[float | None], list[tuple[object, ...]]]:
    counts = quarters("A", "shares_outstanding", [filed], last=last)
    statements = STATEMENTS.frame([row | {"period_type": "INSTANT", "currency": None} for row in counts])
    kept, found = mend_shares(
        profiles,
        statements,
        PRICES.frame(prices("A", {AS_OF: 10.0})),
        SPLITS.empty() if splits is None else splits,
        companies(("A", "USD", reporting)),
        as_of=AS_OF,
    )
    return kept["shares_outstanding"].to_list(), found.select("rule", "value", "action").rows()


@pytest.mark.parametrize(
    ("shares", "action"),
    [
        (104.0, None),
        (106.0, "flagged"),
        (94.0, "flagged"),
        (199.0, "flagged"),
        (201.0, "excluded"),
        (48.0, "excluded"),
    ],
)
def test_a_count_against_the_statements(shares: float, action: str | None) -> None:
    """48 of 100 is Alphabet's trap: the count of one share class."""
    kept, found = mend(profile(shares))
    assert found == ([("share_count", pytest.approx(shares / 100), action)] if action else [])
    assert kept == [None if action == "excluded" else shares]


def test_an_older_count_does_not_stand_in_for_one_that_is_left_out() -> None:
    older = profile(48.5, known_at=AS_OF - timedelta(days=7))
    kept, found = mend(pl.concat([older, profile(48.0)]))
    assert kept == [None, None]
    assert found == [("share_count", 0.48, "excluded")]


def test_depositary_shares_are_marked_and_stay() -> None:
    assert mend(profile(20.0), reporting="TWD") == ([20.0], [("share_count", 0.2, "flagged")])
    assert mend(profile(20.0))[1] == [("share_count", 0.2, "excluded")]


def test_a_split_between_the_two_counts_is_no_fault() -> None:
    split = SPLITS.frame(
        [{"ticker": "A", "ex_date": AS_OF - timedelta(days=3), "ratio": 10.0, "source": "t"}]
    )
    assert mend(profile(1000.0), splits=split) == ([1000.0], [])


def test_counts_of_different_years_are_not_compared() -> None:
    assert mend(profile(300.0), last=AS_OF - timedelta(days=201)) == ([300.0], [])
    assert mend(profile(None)) == ([None], [])


@pytest.mark.parametrize(
    ("market_cap", "action"),
    [(1000.0, None), (960.0, None), (940.0, "flagged"), (499.0, "excluded"), (2100.0, "excluded")],
)
def test_price_times_shares_against_market_value(market_cap: float, action: str | None) -> None:
    kept, found = mend(profile(100.0, market_cap=market_cap))
    assert found == ([("market_value", pytest.approx(1000 / market_cap), action)] if action else [])
    assert kept == [None if action == "excluded" else 100.0]


def test_market_value_is_held_against_the_price_of_its_day_and_basis() -> None:
    """The price is adjusted for a split after the profile: 10 now was 40 then, times 25 shares."""
    split = SPLITS.frame([{"ticker": "A", "ex_date": AS_OF + timedelta(days=3), "ratio": 4.0, "source": "t"}])
    assert mend(profile(25.0, market_cap=1000.0), filed=25.0, splits=split)[1] == []
    assert mend(profile(100.0, market_cap=500.0, currency="TWD"))[1] == []
