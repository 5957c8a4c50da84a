"""The gate as a whole: real pack, sample, no look-ahead, order, idempotence, and what a run makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_fixture import AS_OF, companies, estimate, market, prices, quarters

from exposures.errors import CoverageError
from reports import render_markdown
from reports.data import FINDING_RULES
from reports.explain import explanation
from reports.texts import ENGLISH
from screen.market.files import FilesSource
from screen.market.protocol import MarketData, MarketRequest
from screen.market.sample.source import SampleSource
from screen.panel import build_panel
from screen.quality import check_market
from screen.quality.cases import CASES
from screen.run import RunRequest, RunResult, _load_and_fetch, run_screen
from screen.store import write_run
from screen.week_tables import WEEK_FINDINGS, WEEK_GAPS

TODAY = date(2026, 11, 21)
FRAMES = ("prices", "estimates", "statements", "profiles", "fx")
Found = set[tuple[str, str, str]]


def checked(source: FilesSource | SampleSource, day: date) -> tuple[MarketData, MarketData, pl.DataFrame]:
    request = RunRequest("multicloud-gpu", as_of=day)
    exposure_map, data = _load_and_fetch(request, source, TODAY)
    return data.known_by(day), *check_market(data, exposure_map.companies, as_of=day)


def kinds(found: pl.DataFrame, action: str) -> Found:
    return set(found.filter(pl.col("action") == action).select("ticker", "rule", "item").rows())


# Real data.


@pytest.mark.parametrize("day", [date(2024, 6, 28), date(2025, 6, 27), date(2026, 6, 1), date(2026, 8, 21)])
def test_the_real_pack_loses_only_its_known_defect(market_pack: Path, day: date) -> None:
    """Digital Realty's FY2020 share count is in thousands; every honest move of ten years stays."""
    known, clean, found = checked(FilesSource(market_pack), day)
    assert kinds(found, "excluded") == {("DLR", "share_scale", "shares_diluted")}
    assert kinds(found, "repaired") == set()
    assert clean.prices.equals(known.prices.sort("ticker", "date"))
    assert clean.estimates.equals(known.estimates)
    assert clean.profiles.equals(known.profiles)
    assert known.statements.height - clean.statements.height == 1


def test_what_the_pack_marks_is_true(market_pack: Path) -> None:
    _, _, found = checked(FilesSource(market_pack), date(2026, 8, 21))
    marked = kinds(found, "flagged")
    assert {t for t, rule, _ in marked if rule == "late_statements"} == {
        "ARM", "CARR", "COHR", "DLR", "GLW", "JCI", "KLAC", "LITE", "LRCX", "MSFT", "SMCI",
    }  # fmt: skip
    assert {m for m in marked if m[1] != "late_statements"} == {
        ("000660.KS", "mixed_adjustment", "close"),
        ("COHR", "eps_mismatch", "eps_diluted"),
        ("COHR", "eps_sign", "eps_diluted"),
        ("HPE", "eps_sign", "eps_diluted"),
        ("MU", "revenue_jump", "revenue"),
    }


def test_the_sample_shows_its_stale_tail_and_no_other_fault() -> None:
    known, clean, found = checked(SampleSource(), date(2026, 8, 21))
    assert found.select("ticker", "rule", "value", "action").rows() == [
        ("8996.TW", "stale_tail", 15.0, "flagged")
    ]
    for name in FRAMES:
        assert getattr(clean, name).equals(getattr(known, name))
    assert checked(SampleSource(), date(2026, 6, 5))[2].is_empty()


def broken(data: MarketData) -> MarketData:
    """The pack with one fault of each of four kinds that its companies do not have."""
    day = pl.col("date")
    split = pl.lit(10.0)
    close = (
        pl.when((pl.col("ticker") == "NVDA") & (day < date(2024, 6, 10)))
        .then(pl.col("close") * split)
        .when((pl.col("ticker") == "MU") & (day == date(2026, 3, 4)))
        .then(pl.col("close") * 100)
        .otherwise(pl.col("close"))
    )
    tail = (pl.col("ticker") == "AMD") & (day > date(2026, 5, 20))
    estimates = data.estimates.with_columns(
        currency=pl.when(pl.col("ticker") == "ORCL").then(None).otherwise(pl.col("currency"))
    )
    return replace(data, prices=data.prices.with_columns(close).filter(~tail), estimates=estimates)


def test_faults_put_into_the_pack_are_found_and_mended(market_pack: Path) -> None:
    day = date(2026, 6, 1)
    exposure_map, data = _load_and_fetch(
        RunRequest("multicloud-gpu", as_of=day), FilesSource(market_pack), TODAY
    )
    clean, found = check_market(broken(data), exposure_map.companies, as_of=day)
    assert ("NVDA", "half_applied_split", "close") in kinds(found, "repaired")
    assert ("MU", "single_day_glitch", "close") in kinds(found, "excluded")
    assert ("AMD", "stale_tail", "close") in kinds(found, "flagged")
    assert ("ORCL", "estimate_currency", "eps") in kinds(found, "excluded")
    nvda = pl.col("ticker") == "NVDA"
    true = data.known_by(day).prices.filter(nvda)["close"]
    assert clean.prices.filter(nvda)["close"].to_list() == pytest.approx(true.to_list())
    assert clean.prices.filter((pl.col("ticker") == "MU") & (pl.col("date") == date(2026, 3, 4))).is_empty()


@pytest.mark.parametrize(("day", "name"), [(date(2021, 6, 4), "JBL"), (date(2024, 8, 2), "GOOGL")])
def test_older_defects_are_found_on_their_dates(market_pack: Path, day: date, name: str) -> None:
    """Jabil's FY2015 count in thousands; a GOOGL profile that counts one share class of two."""
    expected = {
        "JBL": ("JBL", "share_scale", "shares_diluted", "repaired"),
        "GOOGL": ("GOOGL", "share_count", "shares_outstanding", "excluded"),
    }
    _, _, found = checked(FilesSource(market_pack), day)
    assert expected[name] in found.select("ticker", "rule", "item", "action").rows()


def test_every_rule_has_its_words() -> None:
    assert set(ENGLISH.finding_rules) == set(FINDING_RULES)
    assert {case.rule for case in CASES.values()} == set(FINDING_RULES)
    assert len({(case.rule, case.reason, case.action) for case in CASES.values()}) == len(CASES)


# Properties.


def faulty() -> MarketData:
    """Six companies over thirty days with a fault of almost every rule, some of them after AS_OF."""
    start = AS_OF - timedelta(days=24)
    days = [start + timedelta(days=k) for k in range(30)]
    rows: list[dict[str, object]] = []
    for name, level in (("A", 10.0), ("B", 20.0), ("C", 30.0), ("D", 40.0), ("E", 50.0), ("F", 60.0)):
        rows += prices(name, {day: level + 0.2 * (k % 3) for k, day in enumerate(days)})
    for row in rows:
        k = (row["date"] - start).days  # type: ignore[operator]
        close = float(row["close"])  # type: ignore[arg-type]
        row["volume"] = 10.0
        if row["ticker"] == "A":
            row["close"] = close * (4.0 if k < 12 else 1.0)
        if row["ticker"] == "B":
            row["close"] = close * (100.0 if k in (5, 26) else 1.0)
        if row["ticker"] == "C" and k == 9:
            row |= {"volume": 0.0, "close": 30.4}
        if row["ticker"] == "E":
            row["close"] = close * (9.0 if k >= 23 else 1.0)
    flips = [2.0, 2.0, -2.0, 2.0, -2.0]
    return market(
        prices=[row for row in rows if row["ticker"] != "D" or row["date"] < start + timedelta(days=10)],  # type: ignore[operator]
        splits=[{"ticker": "A", "ex_date": start + timedelta(days=12), "ratio": 4.0, "source": "t"}],
        estimates=[
            estimate(
                "A", "+1y", mean, known_at=AS_OF + timedelta(days=7 * (k - 3)), period_end=date(2027, 12, 31)
            )
            for k, mean in enumerate(flips)
        ],
        statements=quarters("A", "revenue", [1.0, 50.0, 1.0], last=AS_OF - timedelta(days=50)),
    )


NAMES = companies(*((t, "USD", "USD") for t in "ABCDEF"))


def test_one_fault_of_many_kinds_each() -> None:
    _, found = check_market(faulty(), NAMES, as_of=AS_OF)
    assert set(found.select("ticker", "rule", "action").rows()) == {
        ("A", "half_applied_split", "repaired"),
        ("A", "eps_sign_flip", "excluded"),
        ("A", "revenue_jump", "excluded"),
        ("B", "single_day_glitch", "excluded"),
        ("C", "zero_volume", "excluded"),
        ("D", "stale_tail", "flagged"),
        ("E", "unconfirmed_jump", "excluded"),
    }


@settings(max_examples=30)
@given(shift=st.integers(0, 29))
def test_rows_known_later_change_nothing(shift: int) -> None:
    data, as_of = faulty(), AS_OF - timedelta(days=24 - shift)
    clean, found = check_market(data, NAMES, as_of=as_of)
    alone, again = check_market(data.known_by(as_of), NAMES, as_of=as_of)
    assert found.equals(again)
    for name in FRAMES:
        assert getattr(clean, name).equals(getattr(alone, name))


@settings(max_examples=10)
@given(seed=st.integers(0, 2**16))
def test_order_of_rows_does_not_matter(seed: int) -> None:
    data = faulty()
    shuffled = {name: getattr(data, name).sample(fraction=1.0, shuffle=True, seed=seed) for name in FRAMES}
    clean, found = check_market(data, NAMES, as_of=AS_OF)
    other, again = check_market(replace(data, **shuffled), NAMES, as_of=AS_OF)
    assert found.equals(again)
    assert clean.prices.equals(other.prices)


def test_a_second_pass_finds_nothing_more_to_change() -> None:
    clean, _ = check_market(faulty(), NAMES, as_of=AS_OF)
    again, found = check_market(clean, NAMES, as_of=AS_OF)
    assert found["action"].unique().to_list() == ["flagged"]
    for name in FRAMES:
        assert getattr(again, name).equals(getattr(clean, name))


def test_an_empty_market_passes() -> None:
    clean, found = check_market(market(), NAMES, as_of=AS_OF)
    assert found.is_empty()
    assert clean.prices.is_empty()


def test_what_is_excluded_never_reaches_the_panel() -> None:
    clean, _ = check_market(faulty(), NAMES, as_of=AS_OF)
    from exposures.tables import FIGURES

    panel = build_panel(clean, NAMES, FIGURES.empty(), as_of=AS_OF).panel
    price = dict(panel.select("ticker", "price").iter_rows())
    assert price["E"] == 50.2  # the newest close on the old level, not nine times it
    assert price["D"] is None  # its tail is older than ten days


# A run.


class Altered:
    """The sample with faults put into it."""

    name = "sample"

    def __init__(self, **frames: Any) -> None:
        self.frames, self.inner = frames, SampleSource()

    def newest_day(self) -> date | None:
        return self.inner.newest_day()

    def fetch(self, request: MarketRequest) -> MarketData:
        data = self.inner.fetch(request)
        return replace(data, **{name: change(getattr(data, name)) for name, change in self.frames.items()})


def glitch(frame: pl.DataFrame) -> pl.DataFrame:
    hit = (pl.col("ticker") == "NVDA") & (pl.col("date") == date(2026, 8, 12))
    return frame.with_columns(close=pl.when(hit).then(pl.col("close") * 100).otherwise(pl.col("close")))


def outage(frame: pl.DataFrame) -> pl.DataFrame:
    hit = pl.col("known_at") == frame["known_at"].max()
    return frame.with_columns(
        mean=pl.when(hit).then(None).otherwise(pl.col("mean")),
        analysts=pl.when(hit).then(0).otherwise("analysts"),
    )


@pytest.fixture(scope="module")
def run() -> RunResult:
    return run_screen(RunRequest("multicloud-gpu", draws=50), source=Altered(prices=glitch), today=TODAY)


def test_a_run_refuses_to_rank_on_an_outage_day() -> None:
    with pytest.raises(CoverageError, match=r"1\d\d of 1\d\d companies .* Nothing is ranked\.") as caught:
        run_screen(RunRequest("multicloud-gpu", draws=50), source=Altered(estimates=outage), today=TODAY)
    assert "--as-of 2026-08-14" in caught.value.fix


def test_report_and_explanation_tell_what_was_found(run: RunResult) -> None:
    text = render_markdown(run.report)
    section = text[text.index("## Data gaps") : text.index("## Assumptions")]
    assert "Faults that the checks of the delivered data found: 1 excluded, 1 flagged." in section
    assert (
        "| single-day glitch | prices | one close far from those before and after it, which agree | excluded | 1 | 2026-08-12 | NVIDIA |"
        in section
    )
    blocks = repr(explanation(run.report, "NVDA").blocks)
    assert "single-day glitch" in blocks
    assert "100" in blocks
    assert "single-day glitch" not in repr(explanation(run.report, "AMD").blocks)


def test_without_findings_the_report_says_nothing_of_checks(run: RunResult) -> None:
    none = replace(run.report, findings=run.report.findings.clear())
    assert "Faults that the checks" not in render_markdown(none)


def test_findings_and_gaps_are_written_with_the_week(run: RunResult, tmp_path: Path) -> None:
    written = write_run(run, tmp_path, made_on=run.report.facts.as_of)
    findings, gaps = pl.read_parquet(written.findings), pl.read_parquet(written.gaps)
    assert WEEK_FINDINGS.faults(findings) == []
    assert WEEK_GAPS.faults(gaps) == []
    assert findings.select("ticker", "rule").rows() == [
        ("8996.TW", "stale_tail"),
        ("NVDA", "single_day_glitch"),
    ]
    assert gaps.height == run.report.gaps.height > 0
    assert set(findings["run_id"]) == {run.report.facts.run_id}
    manifest = json.loads(written.manifest.read_text())
    assert manifest["findings"] == {"excluded": 1, "flagged": 1}
    assert manifest["gaps"] == gaps.height
    root = tmp_path / "sample"
    assert {root / name for name in manifest["files"].values()} == {
        written.parquet, written.findings, written.gaps, written.forecasts, written.report,
    }  # fmt: skip
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    write_run(run, tmp_path, made_on=run.report.facts.as_of)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_findings_of_two_sources_are_written_with_their_own(run: RunResult, tmp_path: Path) -> None:
    twice = pl.concat(
        [run.report.findings.head(1).with_columns(source=pl.lit(name)) for name in ("edgar", "yahoo")]
    )
    report = replace(run.report, findings=twice)
    written = write_run(replace(run, report=report), tmp_path, made_on=report.facts.as_of)
    assert pl.read_parquet(written.findings)["source"].to_list() == ["edgar", "yahoo"]


def test_empty_findings_and_gaps_are_written_too(run: RunResult, tmp_path: Path) -> None:
    report = replace(run.report, findings=run.report.findings.clear(), gaps=run.report.gaps.clear())
    written = write_run(replace(run, report=report), tmp_path, made_on=report.facts.as_of)
    assert pl.read_parquet(written.findings).is_empty()
    assert pl.read_parquet(written.gaps).schema == WEEK_GAPS.schema
