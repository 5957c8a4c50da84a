"""``screen scorecard`` and ``screen backtest`` as a user meets them."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from in_process import Done, run_here

from bench.market_folder import write_market_folder
from exposures.load import load_theme
from models.tables.record import GRADED, SCORECARD

FIRST, LAST = date(2018, 1, 5), date(2021, 12, 31)
WEEKS = ("2020-01-03", "2020-07-03", "2021-07-02")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    companies = load_theme("multicloud-gpu", as_of=LAST).companies
    american = companies.filter(
        (pl.col("listing_currency") == "USD") & (pl.col("reporting_currency") == "USD")
    )
    names = american.sort("ticker").head(36)["ticker"].to_list()
    return write_market_folder(tmp_path_factory.mktemp("market"), names, first=FIRST, last=LAST)


@pytest.fixture(scope="module")
def stored(market: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which three weeks were run."""
    folder = tmp_path_factory.mktemp("stored")
    for week in WEEKS:
        done = run_here("run", "--source", "files", "--market-dir", str(market), "--as-of", week, cwd=folder)
        assert done.returncode == 3, done.stderr
    assert (
        'track record: 3 weeks of forecasts stored, the first due on 2021-01-01; "screen scorecard"'
        in done.stderr
    )
    return folder


def graded(market: Path, cwd: Path, *more: str) -> Done:
    return run_here("scorecard", "--source", "files", "--market-dir", str(market), *more, cwd=cwd)


def test_what_is_due_is_graded_and_the_rest_stays_open(market: Path, stored: Path) -> None:
    done = graded(market, stored)
    assert done.returncode == 0, done.stderr
    assert "track record on 2021-12-31" in done.stdout
    assert "made on 3 dates (2020-01-03 to 2021-07-02)" in done.stdout
    assert "not testable yet: 2 non-overlapping" not in done.stdout  # half a year apart: they overlap
    assert (
        "Against no change the forecast is not testable yet: 1 non-overlapping origins of 52 weeks"
        in done.stdout
    )
    assert "the worst falls may be among them" in done.stdout
    assert "one in twenty would pass its test by chance" in done.stdout
    folder = stored / "out" / "scorecards" / "theme=multicloud-gpu" / "as_of=2021-12-31"
    rows = GRADED.check(pl.read_parquet(folder / "graded.parquet"))
    scored = rows.filter(pl.col("crps").is_not_null())
    assert {str(day) for day in scored["as_of"]} == set(WEEKS[:2])
    assert scored.height > 40
    assert rows.filter((pl.col("as_of") == date(2021, 7, 2)) & pl.col("expected_dln_multiple").is_not_null())[
        "reason"
    ].unique().to_list() == ["not due before 2022-07-01"]
    card = SCORECARD.check(pl.read_parquet(folder / "scorecard.parquet"))
    assert "better" not in set(card["verdict"])
    assert (folder / "scorecard.md").read_text().startswith("# Multi-cloud GPU")


def run_on(day: date, week: str, market: Path, cwd: Path, monkeypatch: pytest.MonkeyPatch) -> Done:
    """Run `week` with the clock at `day`."""
    monkeypatch.setattr("screen.commands.run.today", lambda: day)
    return run_here("run", "--source", "files", "--market-dir", str(market), "--as-of", week, cwd=cwd)


@pytest.mark.slow
def test_weeks_run_years_late_alone_are_called_hindsight(market: Path, stored: Path) -> None:
    done = graded(market, stored)
    assert "Hindsight: every stored week was run" in done.stdout
    assert json.loads(graded(market, stored, "--json").stdout)["meta"]["is_hindsight"]


def test_a_late_rerun_neither_replaces_a_forecast_nor_counts(
    market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, later = tmp_path / "known", tmp_path / "later"
    for folder in (known, later):
        shutil.copytree(market, folder)
    prices = pl.read_parquet(known / "prices.parquet")
    dearer = [pl.col(name) * 1.5 for name in ("close", "adj_close") if name in prices.columns]
    prices.with_columns(dearer).write_parquet(later / "prices.parquet")
    week, path = "2020-01-03", "out/forecasts/theme=multicloud-gpu/as_of=2020-01-03/part-0.parquet"
    in_time = date(2020, 1, 9)
    assert "hindsight" not in run_on(in_time, week, known, tmp_path, monkeypatch).stderr
    first = (tmp_path / path).read_bytes()
    again = run_on(date(2021, 2, 5), week, later, tmp_path, monkeypatch)
    assert "the forecasts of 2020-01-03 stay as they were made on 2020-01-09" in again.stderr
    assert f"wrote {path}" not in again.stderr and "wrote out/screens" in again.stderr
    assert (tmp_path / path).read_bytes() == first
    late = run_on(date(2021, 2, 5), "2020-07-03", known, tmp_path, monkeypatch)
    assert "those of 2020-07-03 are made over 6 days late and count as hindsight" in late.stderr

    done = graded(market, tmp_path, "--json")
    answer = json.loads(done.stdout)
    assert not answer["meta"]["is_hindsight"]
    assert any("more than 6 days after their date" in line for line in answer["meta"]["limits"])
    rows = pl.read_parquet(tmp_path / answer["meta"]["folder"] / "graded.parquet")
    assert rows["as_of"].unique().to_list() == [date(2020, 1, 3)]
    # the ranks of the week are those of the late run now: none of them are graded
    assert {row["subject"] for row in answer["data"]} == {"forecast"}

    within = run_on(date(2020, 1, 8), week, later, tmp_path, monkeypatch)
    assert "stay as they were" not in within.stderr
    assert (tmp_path / path).read_bytes() != first


@pytest.mark.slow
def test_the_grade_is_the_backtests(market: Path, stored: Path) -> None:
    """What was stored week by week and what the backtest makes of the same week are the same forecast."""
    arguments = ("--from", "2020-01-03", "--to", "2021-12-31", "--every", "26w", "--market-dir", str(market))
    done = run_here("backtest", *arguments, "--source", "files", "--json", cwd=stored)
    assert done.returncode == 0, done.stderr
    meta = json.loads(done.stdout)["meta"]
    assert any("Survivorship" in line for line in meta["limits"])
    graded(market, stored)
    weekly = pl.read_parquet(
        stored / "out" / "scorecards" / "theme=multicloud-gpu" / "as_of=2021-12-31" / "graded.parquet"
    )
    tested = pl.read_parquet(Path(stored / meta["folder"]) / "graded.parquet")
    week = pl.col("as_of") == date(2020, 1, 3)
    assert weekly.filter(week).equals(tested.filter(week))


@pytest.mark.slow
def test_a_rerun_writes_the_same_bytes(market: Path, stored: Path) -> None:
    graded(market, stored)
    folder = stored / "out" / "scorecards"
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    graded(market, stored)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert len(before) == 4


def test_nothing_due_says_how_many_and_when(market: Path, stored: Path, tmp_path: Path) -> None:
    week = "theme=multicloud-gpu/as_of=2021-07-02"
    for kind in ("forecasts", "screens"):
        shutil.copytree(stored / "out" / kind / week, tmp_path / "out" / kind / week)
    done = graded(market, tmp_path, "--json")
    meta = json.loads(done.stdout)["meta"]
    assert meta["verdict"].startswith("Not testable yet: ")
    assert meta["verdict"].endswith("forecasts open, first due on 2022-07-01.")


def test_no_stored_forecast_is_not_found(market: Path, tmp_path: Path) -> None:
    done = graded(market, tmp_path)
    assert done.returncode == 4
    assert "no forecast of theme" in done.stderr


def test_simulated_weeks_are_graded_apart_and_never_among_real_ones(market: Path, tmp_path: Path) -> None:
    assert run_here("run", "--source", "sample", cwd=tmp_path).returncode == 0
    assert graded(market, tmp_path).returncode == 4  # the simulated week is none of the record
    done = run_here("scorecard", "--source", "sample", cwd=tmp_path)
    assert done.returncode == 0
    assert "SIMULATED" in done.stderr and "SIMULATED" in done.stdout
    assert not (tmp_path / "out" / "scorecards").exists()
    assert (tmp_path / "out" / "sample" / "scorecards").exists()
    moved = tmp_path / "out" / "forecasts"
    shutil.copytree(tmp_path / "out" / "sample" / "forecasts", moved)
    done = graded(market, tmp_path)
    assert done.returncode == 2
    assert "simulated and real weeks are mixed" in done.stderr


def test_a_damaged_week_names_its_file(market: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / "forecasts" / "theme=multicloud-gpu" / "as_of=2021-07-02" / "part-0.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"torn")
    done = graded(market, tmp_path)
    assert done.returncode == 2
    assert str(path.relative_to(tmp_path)) in done.stderr


FAULTS = {
    "no column rank": ("screens", lambda week: week.drop("rank")),
    "no column run_id": ("forecasts", lambda week: week.drop("run_id")),
    "ticker has": ("forecasts", lambda week: week.with_columns(ticker=pl.lit(None, dtype=pl.String))),
    "holds rows of 2021-07-09": ("forecasts", lambda week: week.with_columns(as_of=date(2021, 7, 9))),
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_week_that_lacks_something_names_its_file(
    words: str, market: Path, stored: Path, tmp_path: Path
) -> None:
    week = "theme=multicloud-gpu/as_of=2021-07-02"
    for kind in ("forecasts", "screens"):
        shutil.copytree(stored / "out" / kind / week, tmp_path / "out" / kind / week)
    kind, spoil = FAULTS[words]
    path = tmp_path / "out" / kind / week / "part-0.parquet"
    spoil(pl.read_parquet(path, hive_partitioning=False)).write_parquet(path)
    done = graded(market, tmp_path)
    assert done.returncode == 2
    assert words in done.stderr and str(path.relative_to(tmp_path)) in done.stderr
    assert "Run that week again" in done.stderr
    assert not (tmp_path / "out" / "scorecards").exists()


def test_a_week_of_an_older_schema_is_graded_and_a_folder_that_is_no_week_is_none(
    market: Path, stored: Path, tmp_path: Path
) -> None:
    shutil.copytree(stored / "out", tmp_path / "out")
    folder = tmp_path / "out" / "forecasts" / "theme=multicloud-gpu"
    path = folder / "as_of=2020-01-03" / "part-0.parquet"
    old = pl.read_parquet(path, hive_partitioning=False)
    shutil.copytree(path.parent, folder / "as_of=2020-01-03 (copy)")
    old.drop("made_on", "no_change_deviation", "estimate_source").write_parquet(path)
    done = graded(market, tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    rows = {(r["subject"], r["measure"]): r for r in json.loads(done.stdout)["data"] if not r["is_interim"]}
    assert rows["forecast", "crps"]["dates"] == 1  # without its benchmark the old week has no CRPS to compare
    assert rows["forecast", "squared_error"]["dates"] == 2


CASES = [
    (["--from", "x"], '--from "x" is not a date'),
    (["--to", "2020-02-30"], '--to "2020-02-30" is not a date'),
    (["--scheduler", "nonsense"], '--scheduler "nonsense" is not an address'),
    (["--every", "4"], "is no number of weeks"),
    (["--every", "3w"], "forecasts reach 52 weeks ahead"),
    (["--source", "sample"], "a backtest reads local files alone"),
]


@pytest.mark.parametrize(("arguments", "words"), CASES)
def test_a_backtest_refuses_what_it_cannot_do(
    arguments: list[str], words: str, market: Path, tmp_path: Path
) -> None:
    base = {"--every": "4w", "--source": "files", "--market-dir": str(market)}
    base |= {"--from": "2020-01-03", "--to": "2020-06-05"}
    base |= dict(zip(arguments[::2], arguments[1::2], strict=True))
    flags = [part for pair in base.items() for part in pair]
    done = run_here("backtest", *flags, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "command", [("scorecard",), ("backtest", "--from", "2020-01-03", "--to", "2020-02-07")]
)
def test_a_file_in_the_place_of_out_is_refused_before_anything_runs(
    command: tuple[str, ...], market: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    flags = ("--source", "files", "--market-dir", str(market), "--out", "taken")
    done = run_here(*command, *flags, cwd=tmp_path)
    assert done.returncode == 2
    assert '--out "taken" is a file, not a folder' in done.stderr


def test_no_scheduler_is_a_network_error(
    market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("screen.backtest.executors.CONNECT_SECONDS", 0.3)
    done = run_here(
        "backtest", "--from", "2020-01-03", "--to", "2020-06-05", "--source", "files", "--market-dir",
        str(market), "--scheduler", "tcp://127.0.0.1:9", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 6
    assert "no Dask scheduler answers" in done.stderr
