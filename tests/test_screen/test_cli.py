"""The command line as a user meets it: subprocesses, exit codes, streams, files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from screen.week_tables import WEEK_FORECASTS

REPO = Path(__file__).resolve().parents[2]
SAMPLE = ["--source", "sample"]


def screen(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # Ranking under every scenario takes as long as the rest of a run; the tests that read it ask for it.
    fast = {"SCREEN_COMPARE_SCENARIOS": "false"}
    env = {k: v for k, v in os.environ.items() if not k.startswith("SCREEN_")} | fast | environment
    env |= {
        "XDG_CONFIG_HOME": str(cwd / "config"),
        "XDG_CACHE_HOME": str(cwd / "cache"),
        "XDG_DATA_HOME": str(cwd / "data"),
    }
    return subprocess.run(
        [sys.executable, "-m", "screen", *arguments],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("run")
    return folder, screen("run", "--theme", "multicloud-gpu", *SAMPLE, cwd=folder)


def test_sample_run_prints_four_rankings_and_says_simulated(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = sample_run
    assert done.returncode == 0, done.stderr
    titles = [line for line in done.stdout.splitlines() if line.startswith("# ") and "rank 1 =" in line]
    assert len(titles) == 4
    assert all("SIMULATED" in title for title in titles)
    assert "SIMULATED" in done.stderr
    assert "\x1b[" not in done.stdout  # plain when piped


def test_sample_outputs_are_kept_apart_and_say_simulated(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = sample_run
    week = pl.read_parquet(folder / "out" / "sample" / "screens")
    assert not (folder / "out" / "screens").exists()
    assert week["is_simulated"].all()
    assert (week["source"] == "sample").all()
    assert {"theme", "as_of", "screen", "ticker", "name", "country", "segment", "tier", "rank", "rank_low",
            "rank_high", "score", "coverage", "reason", "source", "run_id"} <= set(week.columns)  # fmt: skip
    assert week.select("screen", "ticker").is_duplicated().sum() == 0
    manifest = json.loads(next((folder / "out" / "sample").glob("manifests/**/manifest.json")).read_text())
    assert manifest["is_simulated"] is True
    assert "SIMULATED" in manifest["warning"]
    report = next((folder / "out" / "sample").glob("reports/**/*.md")).read_text()
    assert "SIMULATED" in report.splitlines()[0]
    assert set(manifest["inputs"]) >= {"prices", "estimates", "statements", "fx", "theme"}


@pytest.mark.slow
def test_every_forecast_of_the_base_run_is_kept_and_no_other(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, _ = sample_run
    kept = WEEK_FORECASTS.check(pl.read_parquet(folder / "out" / "sample" / "forecasts"))
    manifest = json.loads(next((folder / "out" / "sample").glob("manifests/**/manifest.json")).read_text())
    assert kept["ticker"].n_unique() == kept.height == 121
    assert kept["run_id"].unique().to_list() == [manifest["run_id"]]
    assert kept["is_simulated"].all()
    stated = kept.filter(pl.col("standard_deviation").is_not_null())
    assert stated.height > 60
    assert stated["no_change_deviation"].null_count() < stated.height / 10
    assert (
        stated["estimate_source"].null_count(),
        kept.filter(pl.col("basis").is_null())["reason"].null_count(),
    ) == (0, 0)
    assert manifest["files"]["forecasts"].startswith("forecasts/theme=multicloud-gpu/as_of=")
    done = screen("run", *SAMPLE, "--scenario", "lab-funding-cut", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["meta"]["forecasts"] is None
    screen("run", *SAMPLE, "--weights", "payers.capex_to_ocf=0.5", cwd=tmp_path)
    assert not list(tmp_path.rglob("forecasts"))


def test_every_listed_company_is_ranked_or_has_a_reason(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = sample_run
    week = pl.read_parquet(folder / "out" / "sample" / "screens")
    assert week["ticker"].n_unique() == 121
    assert week.filter(pl.col("rank").is_null() & pl.col("reason").is_null()).is_empty()
    assert week.filter(pl.col("rank").is_not_null())["ticker"].n_unique() >= 95


def test_points_sum_to_the_score(sample_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = sample_run
    week = pl.read_parquet(folder / "out" / "sample" / "screens").filter(pl.col("rank").is_not_null())
    points = pl.sum_horizontal(pl.col(c) for c in week.columns if c.startswith("points_"))
    error = week.select((points + 50 - pl.col("score")).abs().max()).item()
    assert error < 1e-9


def test_taiwan_sub_ranking_counts_taiwanese_names_only(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = sample_run
    week = pl.read_parquet(folder / "out" / "sample" / "screens").filter(pl.col("screen") == "beneficiaries")
    taiwan = week.filter(pl.col("rank_taiwan").is_not_null())
    assert taiwan["country"].str.contains("TW").all()
    assert taiwan["rank_taiwan"].min() == 1
    assert taiwan.height > 20


@pytest.mark.slow
def test_a_rerun_replaces_the_week_with_identical_files(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, first = sample_run
    before = {p.relative_to(folder): p.read_bytes() for p in (folder / "out").rglob("*") if p.is_file()}
    again = screen("run", *SAMPLE, cwd=folder)
    after = {p.relative_to(folder): p.read_bytes() for p in (folder / "out").rglob("*") if p.is_file()}
    elsewhere = screen("run", *SAMPLE, cwd=tmp_path)
    other = {p.relative_to(tmp_path): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert before == after == other
    assert first.stdout == again.stdout == elsewhere.stdout
    assert len(before) == 6


def test_a_folder_of_weeks_reads_as_one_dataset(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    import pyarrow.dataset as ds

    folder, _ = sample_run
    screen("run", *SAMPLE, "--as-of", "2026-08-14", cwd=folder)
    root = folder / "out" / "sample" / "screens"
    weeks = pl.scan_parquet(root).select(pl.col("as_of").unique().sort()).collect()["as_of"].to_list()
    assert [str(day) for day in weeks] == ["2026-08-14", "2026-08-21"]
    # theme and as_of are real, typed columns; pyarrow would read them from the path as text again.
    assert ds.dataset(root, format="parquet", partitioning=None).to_table(columns=["ticker"]).num_rows > 200


def test_json_is_one_object_and_errors_too(tmp_path: Path) -> None:
    done = screen("run", *SAMPLE, "--screen", "payers", "--json", cwd=tmp_path)
    body = json.loads(done.stdout)
    assert (body["ok"], body["schema_version"]) == (True, 1)
    assert {row["screen"] for row in body["data"]} == {"payers"}
    assert body["meta"]["warning"] == "SIMULATED"
    bad = screen("run", "--theme", "multicloud-gpus", "--json", cwd=tmp_path)
    error = json.loads(bad.stdout)
    assert error["ok"] is False
    assert error["error"]["type"] == "NotFoundError"
    assert 'did you mean "multicloud-gpu"' in error["error"]["fix"] + error["error"]["message"]


CASES = [
    (["run", "--theme", "multicloud-gpus"], 4, "multicloud-gpu"),
    (["run", *SAMPLE, "--as-of", "01/06/2026"], 2, "YYYY-MM-DD"),
    (["run", "--source", "smaple"], 2, 'did you mean "sample"'),
    (["run", "--source", "files"], 2, "--market-dir"),
    (["run", "--source", "files", "--market-dir", "nowhere"], 4, "nowhere"),
    (["run", "--source", "files", "--market-dir", "empty"], 4, "empty"),
    (["run", "--source", "files", "--market-dir", "corrupt"], 2, "prices.parquet"),
    (["run", *SAMPLE, "--screen", "payer"], 2, 'did you mean "payers"'),
    (["run", *SAMPLE, "--scenario", "capex-cutt"], 4, 'did you mean "capex-cut"'),
    (["run", *SAMPLE, "--weights", "payers.levrage=1"], 2, 'did you mean "leverage"'),
    (["run", *SAMPLE, "--min-coverage", "1.5"], 2, "min_coverage"),
    (["run", *SAMPLE, "--as-of", "2020-01-03"], 4, "nothing is ranked"),
    (["run", "--theme", "broken", *SAMPLE], 2, "theme.toml:"),
    (["explain", "NVDIA", *SAMPLE], 4, "NVDA"),
    (["report"], 4, "screen run"),
    (["run", "--tpo", "3"], 2, "--top"),
    (["rnu"], 2, "run"),
    (["run", *SAMPLE, "--out", "file/below"], 2, "--out"),
]


@pytest.mark.parametrize("arguments, code, words", CASES, ids=[" ".join(c[0]) for c in CASES])
def test_every_error_names_its_fix_and_has_its_code(
    arguments: list[str], code: int, words: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "corrupt").mkdir()
    (tmp_path / "corrupt" / "prices.parquet").write_bytes(b"PAR1 this is not a table")
    (tmp_path / "file").write_text("")
    broken = tmp_path / "broken"
    broken.mkdir()
    source = REPO / "exposures" / "data" / "multicloud-gpu"
    for path in source.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    toml = (broken / "theme.toml").read_text().replace("funding_cut =", "funding_cutt =")
    (broken / "theme.toml").write_text(toml)
    done = screen(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error:") or "\nerror:" in done.stderr


@pytest.mark.slow
def test_yahoo_that_cannot_be_reached_is_exit_6_and_never_falls_back(tmp_path: Path) -> None:
    dead = "http://127.0.0.1:9"  # nothing listens on the discard port
    done = screen("run", "--source", "yahoo", cwd=tmp_path, HTTPS_PROXY=dead, HTTP_PROXY=dead, NO_PROXY="")
    assert done.returncode == 6, done.stderr
    assert "--source sample" in done.stderr
    assert not (tmp_path / "out").exists()


def test_auto_falls_back_to_the_sample_with_a_banner(tmp_path: Path) -> None:
    dead = "http://127.0.0.1:9"
    done = screen("run", cwd=tmp_path, HTTPS_PROXY=dead, HTTP_PROXY=dead, NO_PROXY="")
    assert done.returncode == 0, done.stderr
    assert "SIMULATED" in done.stderr
    assert "# SIMULATED" in done.stdout
    assert (tmp_path / "out" / "sample").is_dir()


@pytest.mark.slow
def test_scenario_runs_are_kept_apart_and_move_ranks(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, _ = sample_run
    done = screen("run", *SAMPLE, "--scenario", "hbm-relief", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    root = tmp_path / "out" / "sample" / "scenarios" / "hbm-relief"
    week = pl.read_parquet(root / "screens")
    assert (week["scenario"] == "hbm-relief").all()
    base = pl.read_parquet(folder / "out" / "sample" / "screens").filter(
        pl.col("as_of") == week["as_of"].max()
    )
    key = ["screen", "ticker"]
    moved = week.join(base, on=key).filter(pl.col("score") != pl.col("score_right"))
    assert "000660.KS" in moved["ticker"].to_list()


@pytest.mark.slow
@pytest.mark.parametrize(
    "key",
    [
        "capex-cut",
        "lab-funding-cut",
        "open-model-price-war",
        "cautious-microsoft-guidance",
        "depreciation-4y",
    ],
)
def test_every_scenario_changes_something(
    key: str, sample_run: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, _ = sample_run
    done = screen("run", *SAMPLE, "--scenario", key, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    week = pl.read_parquet(tmp_path / "out" / "sample" / "scenarios" / key / "screens")
    base = pl.read_parquet(folder / "out" / "sample" / "screens").filter(
        pl.col("as_of") == week["as_of"].max()
    )
    moved = week.join(base, on=["screen", "ticker"]).filter(pl.col("score") != pl.col("score_right"))
    assert moved.height > 0


@pytest.mark.slow
def test_explain_report_loops_config_and_themes(
    sample_run: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = sample_run
    explained = screen("explain", "2059.tw", *SAMPLE, cwd=folder)
    assert explained.returncode == 0, explained.stderr
    assert "King Slide" in explained.stdout
    assert "SIMULATED" in explained.stdout + explained.stderr
    record = json.loads(screen("explain", "NVDA", *SAMPLE, "--json", cwd=folder).stdout)["data"]
    assert {row["ticker"] for row in record["contributions"]} == {"NVDA"}

    stored = screen("report", "--as-of", "2026-08-21", cwd=folder)
    path = next((folder / "out" / "sample").glob("reports/**/2026-08-21.md"))
    assert stored.stdout == path.read_text()

    loops = screen("loops", *SAMPLE, cwd=folder)
    assert "NVIDIA → OpenAI → Oracle → NVIDIA" in loops.stdout
    assert json.loads(screen("loops", *SAMPLE, "--json", cwd=folder).stdout)["data"]["loops"]

    config = screen("config", cwd=folder, SCREEN_TOP="7")
    assert "SCREEN_TOP" in config.stdout
    listed = screen("themes", cwd=folder)
    assert "multicloud-gpu" in listed.stdout
    shown = screen("themes", "show", "multicloud-gpu", cwd=folder)
    assert "bottleneck" in shown.stdout
    assert "outside the tiers" in shown.stdout
    linted = screen("themes", "lint", "--as-of", "2026-08-22", cwd=folder)
    assert linted.returncode == 0


@pytest.mark.slow
def test_lint_reports_file_and_line_and_exits_2(tmp_path: Path) -> None:
    theme = tmp_path / "mine"
    theme.mkdir()
    for path in (REPO / "exposures" / "data" / "multicloud-gpu").iterdir():
        (theme / path.name).write_bytes(path.read_bytes())
    deals = (theme / "deals.csv").read_text().replace("D003", "D999", 1)
    (theme / "deals.csv").write_text(deals)
    done = screen("themes", "lint", str(theme), cwd=tmp_path)
    assert done.returncode == 2
    assert "deals.csv:" in done.stdout
    run = screen(
        "run", "--theme", "multicloud-gpu", "--weights", "payers.leverage=0.5", *SAMPLE, cwd=tmp_path
    )
    assert run.returncode == 0, run.stderr


def test_help_is_light() -> None:
    code = (
        "import sys\nsys.argv = ['screen', '--help']\nfrom screen.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'yfinance', 'statsmodels', 'polars', 'pyarrow', 'scipy', 'numpy', 'matplotlib'}\n"
        "sys.stderr.write(','.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPO)
    assert done.stderr == ""
    assert "Usage" in done.stdout


def test_the_sample_run_imports_neither_pandas_nor_yfinance_nor_statsmodels(tmp_path: Path) -> None:
    code = (
        f"import sys\nsys.argv = ['screen', 'run', '--source', 'sample', '--out', {str(tmp_path)!r}]\n"
        "from screen.cli import main\ntry:\n    main()\nexcept SystemExit as e:\n    assert e.code == 0\n"
        "heavy = {'pandas', 'yfinance', 'statsmodels', 'matplotlib'}\n"
        "sys.stderr.write('HEAVY:' + ','.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPO)
    assert done.stderr.endswith("HEAVY:")
