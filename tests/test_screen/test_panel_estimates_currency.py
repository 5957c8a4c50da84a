"""Currency and unit traps of Yahoo, from answers of the project's own making to the panel."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_fixture import companies, market, quarters
from rows_payloads import VENDOR_RATIOS, chart, entry, read_chart, read_summary, series, summary

from exposures.tables import FIGURES
from screen.market.protocol import MarketData
from screen.market.tables import FX, PRICES, SPLITS, STATEMENTS
from screen.market.yahoo.currency import rates
from screen.market.yahoo.estimates import estimates
from screen.market.yahoo.prices import stored_prices
from screen.market.yahoo.profile import profile
from screen.market.yahoo.statements import statements
from screen.panel import PanelResult, build_panel
from screen.panel.listed_share import on_listed_share
from screen.panel.rates import usd_rates
from screen.quality import check_market

NO_FIGURES = FIGURES.empty()
FRIDAY = date(2026, 8, 21)
ENDS = ("2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30")
PAST = (None,) * 4


def pair(currency: str, rate: float) -> pl.DataFrame:
    """A flat rate of `currency` for one dollar over two years."""
    days = [FRIDAY - timedelta(days=k) for k in range(700, -1, -1)]
    body = chart(dict.fromkeys(days, rate), currency=currency, zone="UTC")
    return rates(currency, read_chart(body))


def company(
    close: float,
    *entries: dict[str, Any],
    quoted: str = "USD",
    reported: str = "USD",
    price: dict[str, Any] | None = None,
    statistics: dict[str, Any] | None = None,
    vendor: dict[str, dict[str, Any]] | None = None,
    accounts: dict[str, list[tuple[str, Any, str | None]]] | None = None,
    fx: dict[str, float] | None = None,
) -> PanelResult:
    """The panel of one company whose three answers were read today."""
    told = read_summary(
        summary(
            *entries,
            price={"currency": quoted, "regularMarketPrice": close} | (price or {}),
            statistics=statistics,
            financial_currency=reported,
            vendor=vendor,
        )
    )
    bars = stored_prices("T", read_chart(chart({FRIDAY: close}, currency=quoted)))
    filed, lost = statements("T", series(accounts or {}), fetched=FRIDAY, fiscal_year_end=None)
    assert lost == 0
    data = MarketData(
        source="yahoo",
        label="test",
        is_simulated=False,
        prices=PRICES.conform(bars),
        splits=SPLITS.empty(),
        estimates=estimates("T", told, fetched=FRIDAY),
        statements=filed,
        profiles=profile("T", told, fetched=FRIDAY),
        fx=pl.concat([FX.empty(), *(pair(name, rate) for name, rate in (fx or {}).items())]),
        outcomes=market().outcomes,
    ).checked()
    iso = bars["currency"].item()
    sound, _ = check_market(data, companies(("T", iso, reported)), as_of=FRIDAY)  # as in a run
    return build_panel(sound, companies(("T", iso, reported)), NO_FIGURES, as_of=FRIDAY)


def row(result: PanelResult) -> dict[str, Any]:
    return result.panel.row(0, named=True)


def each_quarter(value: float, currency: str | None) -> list[tuple[str, Any, str | None]]:
    return [(end, value, currency) for end in ENDS]


def accounts(
    income: float, shares: float, eps: float, *, reported: str, tag: str, revenue: float = 1e11
) -> dict[str, list[tuple[str, Any, str | None]]]:
    return {
        "TotalRevenue": each_quarter(revenue, reported),
        "NetIncome": each_quarter(income, reported),
        "OperatingIncome": each_quarter(income * 1.3, reported),
        "DilutedAverageShares": each_quarter(shares, tag),
        "DilutedEPS": each_quarter(eps, tag),
    }


def unclear(result: PanelResult) -> list[str]:
    return result.gaps.filter(pl.col("reason").str.contains("unclear"))["reason"].to_list()


# --- estimates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", [None, VENDOR_RATIOS], ids=["plain", "with Yahoo's ratios"])
def test_a_dollar_price_meets_yuan_estimates_at_the_dated_rate(
    vendor: dict[str, dict[str, Any]] | None,
) -> None:
    """Yahoo shows 12.64, 14.56 and 1.96 for one such company. 130 of 365.25 days are left in FY1...

    FY1 ends on 29 December 2026: E = .3559 * 63 + .6441 * 73.5 = 69.763 CNY = 9.6893 USD at 7.2.
    """
    result = company(
        143.75,
        entry("0y", "2026-12-29", (63.0, *PAST), currency="CNY"),
        entry("+1y", "2027-12-29", (73.5, *PAST), currency="CNY"),
        reported="CNY",
        vendor=vendor,
        fx={"CNY": 7.2},
    )
    omega = 130 / 365.25
    eps = (omega * 63.0 + (1 - omega) * 73.5) / 7.2
    assert eps == pytest.approx(9.6893, abs=1e-4)
    assert row(result)["eps_forward"] == pytest.approx(eps)
    assert row(result)["forward_pe"] == pytest.approx(143.75 / eps)
    last = result.multiples.filter(pl.col("basis") == "forward").row(-1, named=True)
    assert exp(last["log_multiple"]) == pytest.approx(143.75 / eps)


def test_without_a_rate_there_is_no_multiple_of_two_currencies() -> None:
    years = [
        entry(p, e, (63.0, *PAST), currency="CNY") for p, e in (("0y", "2026-12-31"), ("+1y", "2027-12-31"))
    ]
    result = company(143.75, *years, reported="CNY")
    assert row(result)["forward_pe"] is None
    assert result.multiples.filter(pl.col("basis") == "forward").is_empty()


@pytest.mark.parametrize(("tag", "mean"), [("TWD", 320.0), ("USD", 10.0)])
def test_estimates_are_taken_in_the_currency_of_their_own_tag(tag: str, mean: float) -> None:
    # Quote USD, statements TWD: 320 TWD at 32 and 10 USD are the same estimate.
    years = [
        entry(p, e, (mean, *PAST), currency=tag) for p, e in (("0y", "2026-12-31"), ("+1y", "2027-12-31"))
    ]
    result = company(250.0, *years, reported="TWD", fx={"TWD": 32.0})
    assert row(result)["forward_pe"] == pytest.approx(25.0)


def test_dollar_estimates_of_a_yen_company_are_not_converted_again() -> None:
    years = [
        entry(p, e, (20.0, *PAST), currency="USD") for p, e in (("0y", "2027-03-31"), ("+1y", "2028-03-31"))
    ]
    result = company(200.0, *years, reported="JPY", fx={"JPY": 150.0})
    assert row(result)["forward_pe"] == pytest.approx(10.0)


def test_an_untagged_estimate_is_in_no_currency() -> None:
    years = [
        entry(p, e, (20.0, *PAST), currency=None) for p, e in (("0y", "2027-03-31"), ("+1y", "2028-03-31"))
    ]
    assert row(company(200.0, *years))["forward_pe"] is None


def test_pence_estimates_and_pence_prices_meet_in_pounds() -> None:
    # 309 pence; one estimate in pence, one in pounds.
    result = company(
        309.0,
        entry("0y", "2026-12-31", (30.9, *PAST), currency="GBp"),
        entry("+1y", "2027-12-31", (0.309, *PAST), currency="GBP"),
        quoted="GBp",
        reported="GBP",
        price={"marketCap": 3.09e9},
        statistics={"impliedSharesOutstanding": None},
        fx={"GBP": 0.8},
    )
    assert row(result)["price"] == pytest.approx(3.09)
    assert row(result)["forward_pe"] == pytest.approx(10.0)
    assert row(result)["market_cap_usd"] == pytest.approx(3.09e9 / 0.8)


def test_a_pence_company_without_coverage_has_no_multiple() -> None:
    zero = (0.0,) * 5
    result = company(
        309.0,
        entry("0q", "2026-11-30", zero, currency="GBP", analysts=0),
        entry("0y", "2026-11-30", zero, currency="GBP", analysts=0),
        entry("+1y", "2027-11-30", zero, currency="GBP", analysts=0),
        quoted="GBp",
        reported="GBP",
        vendor=VENDOR_RATIOS,
        fx={"GBP": 0.8},
    )
    assert row(result)["eps_forward"] is None and row(result)["forward_pe"] is None
    assert (
        "no analyst coverage known" in result.gaps.filter(pl.col("dataset") == "estimates")["reason"].item()
    )


# --- statements -----------------------------------------------------------------------------------------

ADS = {"impliedSharesOutstanding": 2.5e9}
"""2.5bn depositary shares of eight ordinary ones: 20bn ordinary shares in the statements."""


@pytest.mark.parametrize(
    ("eps", "tag"),
    [
        (5.6, "USD"),  # tagged USD, really CNY for a depositary share: 14bn / 20bn * 8
        (0.7, "USD"),  # tagged USD, really CNY for an ordinary share
        (5.6 / 7.2, "USD"),  # tagged USD and right, for a depositary share
        (0.7 / 7.2 * 1.01, "USD"),  # tagged USD and right, for an ordinary share: too small to tell
        (5.6, "CNY"),
        (0.7, "CNY"),
    ],
)
def test_eps_of_a_depositary_share_is_read_by_net_income_and_share_counts(eps: float, tag: str) -> None:
    """Whatever the tag says: 5.6 CNY a quarter a depositary share are 3.111 USD a year; 62.2 / 3.111 = 20."""
    result = company(
        62.0 + 2.0 / 9.0,
        reported="CNY",
        statistics=ADS,
        accounts=accounts(14e9, 20e9, eps, reported="CNY", tag=tag, revenue=260e9),
        fx={"CNY": 7.2},
    )
    if eps < 0.1:
        assert row(result)["trailing_pe"] is None
        assert unclear(result) == ["partial: EPS currency of 4 values unclear"]
    else:
        assert row(result)["trailing_pe"] == pytest.approx(20.0, rel=0.02)
        assert unclear(result) == []
    # sales of a depositary share: 4 * 260bn / 2.5bn = 416 CNY
    sales = result.multiples.filter(pl.col("basis") == "sales").row(-1, named=True)
    assert sales["denominator"] == pytest.approx(416 / 7.2)
    assert row(result)["shares"] == 2.5e9


def test_quote_in_dollars_statements_in_taiwan_dollars_five_shares_a_receipt() -> None:
    # 15.6 TWD an ordinary share a quarter: 78 TWD a receipt, 312 a year, 9.75 USD at 32.
    result = company(
        195.0,
        reported="TWD",
        statistics={"impliedSharesOutstanding": 5.186e9, "sharesOutstanding": 5.186e9},
        accounts=accounts(404e9, 25.93e9, 15.6, reported="TWD", tag="TWD"),
        fx={"TWD": 32.0},
    )
    assert row(result)["eps_ttm"] == pytest.approx(4 * 15.6 * 5 / 32)
    assert row(result)["trailing_pe"] == pytest.approx(20.0)


@pytest.mark.parametrize("tag", ["EUR", "USD"])
def test_quote_in_dollars_statements_in_euros_one_share_a_receipt(tag: str) -> None:
    """1 EUR = 1.10 USD. EPS of 5 EUR a quarter is 22 USD a year, also when it is tagged USD."""
    result = company(
        660.0,
        reported="EUR",
        statistics={"impliedSharesOutstanding": 390e6},
        accounts=accounts(1.97e9, 394e6, 5.0, reported="EUR", tag=tag),
        fx={"EUR": 1 / 1.10},
    )
    assert row(result)["eps_ttm"] == pytest.approx(22.0)
    assert row(result)["trailing_pe"] == pytest.approx(30.0)


def test_a_right_dollar_tag_stays() -> None:
    result = company(
        660.0,
        reported="EUR",
        statistics={"impliedSharesOutstanding": 390e6},
        accounts=accounts(1.97e9, 394e6, 5.5, reported="EUR", tag="USD"),
        fx={"EUR": 1 / 1.10},
    )
    assert row(result)["eps_ttm"] == pytest.approx(22.0)


@pytest.mark.parametrize(
    ("eps", "fx", "statistics", "reason"),
    [
        (2.6, {"CNY": 7.2}, ADS, "EPS currency of 4"),  # fits no reading
        (5.6, {}, ADS, "EPS currency of 4"),  # no rate: the tag cannot be tested
        (
            5.6,
            {"CNY": 7.2},
            {"impliedSharesOutstanding": 2.86e9},
            "shares behind one listed share of 8",
        ),  # 7.0
    ],
)
def test_what_is_unclear_is_left_out_with_a_reason(
    eps: float, fx: dict[str, float], statistics: dict[str, Any], reason: str
) -> None:
    given = accounts(14e9, 20e9, eps, reported="CNY", tag="USD")
    result = company(62.0, reported="CNY", statistics=statistics, accounts=given, fx=fx)
    assert row(result)["trailing_pe"] is None
    assert unclear(result) == [f"partial: {reason} values unclear"]
    assert result.multiples.filter(pl.col("basis") == "trailing").is_empty()


def test_eps_near_par_of_two_currencies_is_not_guessed() -> None:
    # 1 EUR = 1.03 USD: a tag that is wrong by 3% cannot be told from a right one.
    given = accounts(1.97e9, 394e6, 5.07, reported="EUR", tag="USD")
    result = company(
        660.0, reported="EUR", statistics={"impliedSharesOutstanding": 394e6}, accounts=given, fx={"EUR": 1 / 1.03}
    )  # fmt: skip
    assert row(result)["trailing_pe"] is None and len(unclear(result)) == 1


def test_losses_are_read_like_profits() -> None:
    given = accounts(-14e9, 20e9, -5.6, reported="CNY", tag="USD")
    result = company(62.0, reported="CNY", statistics=ADS, accounts=given, fx={"CNY": 7.2})
    assert row(result)["eps_ttm"] == pytest.approx(-4 * 5.6 / 7.2)
    assert row(result)["trailing_pe"] is None
    last = result.multiples.filter(pl.col("basis") == "trailing").row(-1, named=True)
    assert "not positive" in last["reason"]


def test_modules_that_come_and_go_change_no_reading_that_is_left() -> None:
    """Without the implied count the EPS itself shows what it is for; market value over price does too."""
    given = accounts(14e9, 20e9, 5.6, reported="CNY", tag="USD", revenue=260e9)
    for price, statistics in (
        ({}, {"impliedSharesOutstanding": None}),
        ({"marketCap": 2.5e9 * 62.0}, {"impliedSharesOutstanding": None}),
    ):
        result = company(
            62.0, reported="CNY", price=price, statistics=statistics, accounts=given, fx={"CNY": 7.2}
        )  # fmt: skip
        assert row(result)["eps_ttm"] == pytest.approx(4 * 5.6 / 7.2)
        sales = result.multiples.filter(pl.col("basis") == "sales").row(-1, named=True)
        assert sales["denominator"] == pytest.approx(416 / 7.2)


def test_a_company_at_home_is_never_judged() -> None:
    # EPS far from net income over shares: another rule's business.
    rows = [
        *quarters("H", "eps_diluted", [9.0] * 4),
        *quarters("H", "net_income", [1e9] * 4),
        *(r | {"currency": None} for r in quarters("H", "shares_diluted", [1e9] * 4)),
    ]
    frame = STATEMENTS.frame(rows)
    listings = pl.DataFrame({"ticker": ["H"], "currency": ["USD"]})
    told = pl.DataFrame({"ticker": ["H"], "told": [7e8]})
    kept, gaps = on_listed_share(frame, listings, told, usd_rates(FX.empty()))
    assert kept.equals(frame) and gaps.is_empty()


@given(
    ratio=st.sampled_from([1.0, 2.0, 4.0, 5.0, 8.0, 10.0]),
    rate=st.floats(3.0, 1500.0),
    drift=st.floats(0.95, 1.05),
    is_ads=st.booleans(),
    is_tag=st.booleans(),
)
def test_every_certain_reading_gives_the_same_eps(
    ratio: float, rate: float, drift: float, is_ads: bool, is_tag: bool
) -> None:
    """Either the EPS of the listed share comes out, within the noise put in, or none does."""
    per_ads = 4000.0 * rate  # in the currency of the statements
    eps = per_ads / (1.0 if is_ads else ratio) / (rate if is_tag else 1.0) * drift
    shares = 1e9 * ratio
    base = quarters("A", "eps_diluted", [eps], currency="USD")
    income = quarters("A", "net_income", [per_ads * 1e9], currency="XXX")
    counts = [r | {"currency": None} for r in quarters("A", "shares_diluted", [shares])]
    end = date(2026, 3, 31)
    fx = FX.frame(
        [{"base": "USD", "quote": "XXX", "date": end, "rate": rate, "known_at": end, "source": "test"}]
    )
    listings = pl.DataFrame({"ticker": ["A"], "currency": ["USD"]})
    told = pl.DataFrame({"ticker": ["A"], "told": [1e9]})
    kept, gaps = on_listed_share(STATEMENTS.frame(base + income + counts), listings, told, usd_rates(fx))
    found = kept.filter(pl.col("item") == "eps_diluted")
    assert found.height + gaps.height == 1
    for value, currency in found.select("value", "currency").iter_rows():
        in_dollars = value if currency == "USD" else value / rate
        assert in_dollars == pytest.approx(4000.0 * drift, rel=0.12)
    assert kept.filter(pl.col("item") == "shares_diluted")["value"].to_list() == pytest.approx([1e9])
