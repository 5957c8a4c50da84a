"""The real market data pack: enough companies rank, and rows known later change nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from screen.market.files import FilesSource
from screen.run import RunRequest, RunResult, run_screen
from screen.store import write_run

AS_OF = date(2026, 6, 1)


def run(folder: Path) -> RunResult:
    request = RunRequest(theme="multicloud-gpu", as_of=AS_OF)
    return run_screen(request, source=FilesSource(folder), today=date(2026, 11, 21))


@pytest.fixture(scope="module")
def known_by_then(market_pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack cut to what was known on the date. Splits stay: prices are adjusted for all of them."""
    folder = tmp_path_factory.mktemp("cut")
    for path in market_pack.glob("*.parquet"):
        frame = pl.read_parquet(path)
        if "known_at" in frame.columns:
            frame = frame.filter(pl.col("known_at") <= AS_OF)
        elif "date" in frame.columns:
            frame = frame.filter(pl.col("date") <= AS_OF)
        frame.write_parquet(folder / path.name)
    return folder


@pytest.fixture(scope="module")
def whole(market_pack: Path) -> RunResult:
    return run(market_pack)


def test_at_least_thirty_real_companies_are_ranked(whole: RunResult) -> None:
    ranked = whole.report.rows.filter(pl.col("rank").is_not_null())
    assert ranked["ticker"].n_unique() >= 30
    assert whole.exit_code == 3  # the pack does not cover every company
    assert not whole.report.facts.is_simulated


def test_every_company_is_listed_with_a_reason_when_unranked(whole: RunResult) -> None:
    rows = whole.report.rows
    assert rows["ticker"].n_unique() == 121
    assert rows.filter(pl.col("rank").is_null() & pl.col("reason").is_null()).is_empty()


def test_rows_known_later_change_no_byte(whole: RunResult, known_by_then: Path, tmp_path: Path) -> None:
    write_run(whole, tmp_path / "a", made_on=AS_OF)
    write_run(run(known_by_then), tmp_path / "b", made_on=AS_OF)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert len(files) == 6
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_thesis_names_stand_where_the_evidence_puts_them(whole: RunResult) -> None:
    """Not a forecast: with these filings memory and GPUs keep their margins, assembly does not."""
    rows = whole.report.rows.filter(pl.col("screen") == "beneficiaries")
    rank = dict(rows.select("ticker", "rank").iter_rows())
    assert rank["NVDA"] < rank["SMCI"] < rank["2356.TW"]
    assert rank["2330.TW"] < rank["2382.TW"]
    loops = whole.report.loops.filter(pl.col("case") == "ledger")
    assert ["NVDA", "PRIV:openai", "ORCL"] in [sorted_from(row, "NVDA") for row in loops["nodes"].to_list()]


def sorted_from(nodes: list[str], first: str) -> list[str]:
    """The cycle written from `first` on, so that paths compare whatever their start."""
    if first not in nodes:
        return nodes
    start = nodes.index(first)
    return nodes[start:] + nodes[:start]


def test_ten_years_of_filings_stand_behind_trailing_multiples(whole: RunResult) -> None:
    fit = whole.report.panel_fit
    assert set(fit["effects"]) == {"date", "date_firm"}
    assert fit["dates"].min() >= 36
    assert fit["first"].max() < date(2017, 1, 1)
    assert fit.filter(pl.col("standard_error").is_null()).is_empty()
    growth = fit.row(by_predicate=(pl.col("effects") == "date") & (pl.col("term") == "growth"), named=True)
    assert growth["coefficient"] > 0


def test_every_forecast_has_an_interval_and_says_where_its_speed_comes_from(whole: RunResult) -> None:
    made = whole.report.forecast.filter(pl.col("p_fall_10").is_not_null())
    assert made.height >= 30
    inside = pl.col("expected_dln_multiple").is_between("dln_multiple_low", "dln_multiple_high")
    assert made.filter(~inside).is_empty()
    assert made.filter(~pl.col("half_life_basis").str.contains("pooled over .* quarters")).is_empty()
    assert made.filter(pl.col("history_weeks") >= 104).height >= 20


def test_memory_at_its_peak_is_not_read_as_cheap(whole: RunResult) -> None:
    guarded = whole.report.warranted.filter(pl.col("is_cyclical_peak"))
    assert {"MU", "SNDK"} <= set(guarded["ticker"])
    assert guarded.filter(pl.col("guard").is_null()).is_empty()
