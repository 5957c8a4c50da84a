"""The recorded companyfacts of NVIDIA, Marvell and Apple, against published figures and the real data pack."""

from __future__ import annotations

import gzip
import itertools
import os
import time
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from edgar_payloads import SEEN
from market_fixture import companies, market, prices

from exposures.load import load_theme
from exposures.tables import FIGURES
from screen.market.edgar import first_new_basis
from screen.market.edgar.facts import read_facts
from screen.market.edgar.names import is_same_company
from screen.market.edgar.statements import statements_of
from screen.market.tables import SPLITS, STATEMENTS
from screen.panel import build_panel

SHARED = Path(os.environ.get("SCREEN_SHARED") or Path(__file__).resolve().parents[2] / "../shared")
CIKS = {"NVDA": 1045810, "MRVL": 1835632, "AAPL": 320193}
PERIOD = ["item", "period_type", "period_end"]


@cache
def _content(folder: Path, ticker: str) -> bytes:
    path = folder / "recorded" / "sec" / f"CIK{CIKS[ticker]:010d}.json.gz"
    if not path.exists():
        pytest.skip(f"needs the recorded companyfacts at {path} (set SCREEN_SHARED)")
    return gzip.decompress(path.read_bytes())


@cache
def _statements(folder: Path, ticker: str) -> pl.DataFrame:
    facts = read_facts(_content(folder, ticker)).facts
    return STATEMENTS.check(statements_of(ticker, facts, seen_at=SEEN))


def recorded(ticker: str) -> pl.DataFrame:
    return _statements(SHARED, ticker)


def newest(statements: pl.DataFrame) -> pl.DataFrame:
    """The value of each period that counts today: lowest tag_rank, then newest filing."""
    ordered = statements.sort(*PERIOD, "tag_rank", "known_at", descending=[False] * 4 + [True])
    return ordered.unique(PERIOD, keep="first", maintain_order=True)


def series(ticker: str, item: str, period_type: str = "Q") -> dict[date, float]:
    chosen = newest(recorded(ticker)).filter(
        (pl.col("item") == item) & (pl.col("period_type") == period_type)
    )
    return dict(chosen.select("period_end", "value").iter_rows())


@pytest.mark.parametrize("ticker", CIKS)
def test_the_answer_is_about_the_company_and_read_quickly(ticker: str) -> None:
    content = _content(SHARED, ticker)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        found = read_facts(content)
        statements_of(ticker, found.facts, seen_at=SEEN)
        seconds.append(time.perf_counter() - start)
    names = {"NVDA": "NVIDIA", "MRVL": "Marvell", "AAPL": "Apple"}
    assert found.cik == CIKS[ticker]
    assert is_same_company(names[ticker], found.entity)
    assert found.lost == 0
    assert min(seconds) < 0.5  # 0.07 s measured on 2 cores


def test_nvidia_matches_the_figures_of_the_theme() -> None:
    """Stated in the theme from press releases, in billions: revenue and operating income of two quarters."""
    recorded("NVDA")
    figures = load_theme("multicloud-gpu", as_of=date(2026, 11, 21)).figures.filter(
        (pl.col("node") == "NVDA")
        & pl.col("metric").is_in(["revenue", "operating_income"])
        & (pl.col("period_months") == 3)
        & (pl.col("unit") == "bn")
    )
    assert figures.height >= 3
    for metric, value, end in figures.select("metric", "value", "period_end").iter_rows():
        assert series("NVDA", metric)[end] / 1e9 == pytest.approx(value, abs=0.051)


def test_nvidia_has_ten_years_of_quarters_without_a_gap() -> None:
    for item in ("revenue", "net_income", "eps_diluted", "gross_profit", "operating_cash_flow"):
        ends = sorted(end for end in series("NVDA", item) if end >= date(2016, 1, 1))
        steps = [(b - a).days for a, b in itertools.pairwise(ends)]
        assert len(ends) >= 42
        assert min(steps) >= 90
        assert max(steps) <= 98


def test_nvidia_quarters_add_up_to_the_year() -> None:
    revenue, year = series("NVDA", "revenue"), series("NVDA", "revenue", "FY")
    for end, total in year.items():
        parts = sorted(e for e in revenue if 0 <= (end - e).days < 300)
        if len(parts) == 4:
            assert sum(revenue[e] for e in parts) == pytest.approx(total, rel=0.002)


def test_nvidia_capex_goes_on_over_the_change_of_tag() -> None:
    capex = series("NVDA", "capex")
    # First quarter stated; 372 - 155 under the old tag; 845 under the new tag less 372 under the old one.
    assert capex[date(2020, 4, 26)] == 155e6
    assert capex[date(2020, 7, 26)] == 217e6
    assert capex[date(2020, 10, 25)] == 473e6
    assert capex[date(2026, 1, 25)] == 6042e6 - 4758e6


def test_nvidia_eps_of_fiscal_2024_exists_on_two_bases() -> None:
    year = recorded("NVDA").filter(
        (pl.col("item") == "eps_diluted")
        & (pl.col("period_type") == "FY")
        & (pl.col("period_end") == date(2024, 1, 28))
    )
    assert year.sort("known_at").select("value", "known_at").rows() == [
        (11.93, date(2024, 2, 21)),
        (1.19, date(2025, 2, 26)),
    ]
    assert set(year["fiscal_year"]) == {2024}


def split(ticker: str, ex_date: date, ratio: float) -> pl.DataFrame:
    return SPLITS.frame([{"ticker": ticker, "ex_date": ex_date, "ratio": ratio, "source": "test"}])


@pytest.mark.parametrize(
    ("ticker", "ex_date", "ratio", "filing"),
    [
        ("NVDA", date(2021, 7, 20), 4.0, date(2021, 8, 20)),
        ("NVDA", date(2024, 6, 10), 10.0, date(2024, 8, 28)),
        ("AAPL", date(2014, 6, 9), 7.0, date(2014, 7, 23)),
        ("AAPL", date(2020, 8, 31), 4.0, date(2020, 10, 30)),
    ],
)
def test_the_first_filing_on_the_new_basis_is_found(
    ticker: str, ex_date: date, ratio: float, filing: date
) -> None:
    """The dates are those of the real pack's splits, found there from restated share counts."""
    table = split(ticker, ex_date, ratio)
    for statements in (recorded(ticker), recorded(ticker).filter(pl.col("item") == "eps_diluted")):
        assert first_new_basis(statements, table)["first_new_basis_filing"].to_list() == [filing]


@pytest.mark.parametrize(
    ("as_of", "eps"),
    [
        (date(2024, 3, 1), 11.93),
        (date(2024, 6, 14), 1.709),  # 2.48 + 3.71 + 4.92 + 5.98 over 10
        (date(2024, 9, 1), 2.131),  # 0.371 + 0.492 + 0.598 + 0.67
        (date(2025, 3, 1), 2.948),  # 5.98 / 10 + 0.67 + 0.78 + (2.94 - 2.04); the year states 2.94
    ],
)
def test_nvidia_trailing_eps_is_on_the_basis_of_the_day(as_of: date, eps: float) -> None:
    statements = recorded("NVDA")
    table = first_new_basis(
        statements, pl.concat([split("NVDA", date(2021, 7, 20), 4.0), split("NVDA", date(2024, 6, 10), 10.0)])
    )
    data = market(
        prices=prices("NVDA", {as_of: 100.0}), statements=statements.to_dicts(), splits=table.to_dicts()
    )
    panel = build_panel(data, companies(("NVDA", "USD", "USD")), FIGURES.empty(), as_of=as_of).panel
    assert panel["eps_ttm"].to_list() == pytest.approx([eps], abs=0.011)


def test_apples_year_of_53_weeks() -> None:
    year = recorded("AAPL").filter(
        (pl.col("item") == "revenue") & (pl.col("period_end").is_in([date(2022, 12, 31), date(2023, 9, 30)]))
    )
    first = year.filter(pl.col("period_type") == "Q", pl.col("period_end") == date(2022, 12, 31))
    assert first.select("period_start", "value", "fiscal_period").row(0) == (
        date(2022, 9, 25),
        117_154e6,
        "Q1",
    )
    whole = year.filter(pl.col("period_type") == "FY").row(0, named=True)
    assert (whole["period_end"] - whole["period_start"]).days + 1 == 371
    assert whole["value"] == 383_285e6
    assert series("AAPL", "revenue")[date(2023, 9, 30)] == 89_498e6  # the fourth quarter, never stated alone


def test_debt_of_marvell_and_apple() -> None:
    marvell = series("MRVL", "total_debt", "INSTANT")
    assert marvell[date(2026, 5, 2)] == pytest.approx(4961.3e6)
    assert marvell[date(2026, 1, 31)] == pytest.approx((3970.8 + 499.8) * 1e6)
    dated = recorded("MRVL").filter(pl.col("item") == "total_debt", pl.col("period_end") == date(2023, 1, 28))
    assert dated["value"].to_list() == pytest.approx([4492.1e6])  # the same in both filings
    apple = series("AAPL", "total_debt", "INSTANT")
    # Yahoo's total of the pack, 90.5 billion: term debt and commercial paper
    assert apple[date(2025, 12, 27)] == pytest.approx(90_509e6, rel=1e-3)


DIFFERENT = {
    # A year restated alone, two years later: the pack subtracts nine months on the old basis, this does not.
    "NVDA": {("depreciation_amortization", "Q", date(2014, 1, 26)), ("operating_cash_flow", "Q", date(2014, 1, 26)),
             ("operating_income", "Q", date(2014, 1, 26))},
    "MRVL": {(item, "Q", date(2021, 1, 30)) for item in
             ("capex", "cost_of_revenue", "gross_profit", "net_income", "operating_cash_flow", "operating_income")},
    # Apple's note on depreciation of plant against its cash flow line; operating cash flow as above.
    "AAPL": {("depreciation_amortization", "FY", date(2015, 9, 26)), ("operating_cash_flow", "Q", date(2016, 9, 24))},
}  # fmt: skip


@pytest.mark.parametrize("ticker", CIKS)
def test_values_are_those_of_the_real_pack(ticker: str, market_pack: Path) -> None:
    pack = pl.read_parquet(market_pack / "statements.parquet").filter(
        (pl.col("ticker") == ticker) & pl.col("source").is_in(["sec_companyfacts_full", "derived"])
    )
    both = newest(pack).join(newest(recorded(ticker)), on=PERIOD, suffix="_edgar")
    off = both.filter((pl.col("value") - pl.col("value_edgar")).abs() > 1e-9 * pl.col("value").abs())
    assert both.height > 500
    assert set(off.select(PERIOD).iter_rows()) == DIFFERENT[ticker]
    income = both.filter(pl.col("item").is_in(["revenue", "eps_diluted", "shares_diluted", "rpo"]))
    assert income.height > 60
    assert off.filter(pl.col("item").is_in(income["item"].unique().implode())).is_empty()


@pytest.mark.parametrize("ticker", CIKS)
def test_derived_quarters_became_known_with_their_later_part(ticker: str) -> None:
    quarters = recorded(ticker).filter(
        (pl.col("source") == "edgar:derived") & (pl.col("item") == "operating_cash_flow")
    )
    stated = recorded(ticker).filter(
        (pl.col("source") == "edgar") & (pl.col("item") == "operating_cash_flow")
    )
    joined = quarters.join(
        stated.group_by("period_end").agg(pl.col("known_at").alias("filings")), on="period_end", how="left"
    )
    assert joined.height > 15
    assert (joined["known_at"] > joined["period_end"]).all()
    first = joined.group_by("period_end").agg(pl.col("known_at").min(), pl.col("filings").first())
    assert all(day >= min(days) for day, days in first.select("known_at", "filings").iter_rows())
