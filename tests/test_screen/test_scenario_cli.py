"""``screen scenario``: listing, comparing, combinations, a user's own file, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from in_process import Done, own_environment, run_here

from screen.week_tables import WEEK_DRIVERS, WEEK_MOVES

SAMPLE = ["--source", "sample"]
OWN = """\
[[scenario]]
key = "grid-late"
name = "Grid connections come late"
description = "Sites wait for power."
source = "own note of May"
margin_change = { power_distribution = 0.2 }

[[scenario]]
key = "nothing"
name = "Nothing happens"
description = "As it is."
source = "own note of May"
"""


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """One run that compares a scenario, a combination and one that moves nothing."""
    folder = tmp_path_factory.mktemp("scenario")
    (folder / "my.toml").write_text(OWN)
    names = ["hbm-relief", "lab-funding-cut+capex-cut", "nothing", "--scenario-file", "my.toml"]
    return folder, run_here("scenario", "run", *names, *SAMPLE, "--json", cwd=folder)


def test_list_names_what_each_changes_and_its_source(tmp_path: Path) -> None:
    done = run_here("scenario", "list", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = {line.split("\t")[0]: line for line in done.stdout.splitlines()}
    assert lines["key"] == "key\tname\tchanges\tsource"
    relief = lines["hbm-relief"].split("\t")
    assert "gross margin of HBM and memory -15.0 pp" in relief[2]
    assert "HBM and memory counts as contested" in relief[2]
    assert relief[3] == "seed 000; livemint hynix Q4-24"


def test_list_as_json_marks_those_of_the_users_file(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(OWN)
    done = run_here("scenario", "list", "--json", cwd=tmp_path, SCREEN_SCENARIO_FILE="my.toml")
    body = json.loads(done.stdout)
    rows = {row["key"]: row for row in body["data"]}
    assert rows["grid-late"]["file"] == body["meta"]["scenario_file"] == "my.toml"
    assert rows["grid-late"]["changes"] == ["gross margin of Power distribution +20.0 pp"]
    assert rows["capex-cut"]["file"] is None
    assert rows["capex-cut"]["capex_cut"] == 0.25


@pytest.mark.slow
def test_before_and_after_are_two_runs_on_the_same_data(compared: tuple[Path, Done], tmp_path: Path) -> None:
    _, done = compared
    assert done.returncode == 0, done.stderr
    before = json.loads(run_here("run", *SAMPLE, "--json", cwd=tmp_path).stdout)["data"]
    after = json.loads(run_here("run", *SAMPLE, "--scenario", "hbm-relief", "--json", cwd=tmp_path).stdout)[
        "data"
    ]
    base = {(row["screen"], row["ticker"]): row for row in before}
    under = {(row["screen"], row["ticker"]): row for row in after}
    relief = json.loads(done.stdout)["data"][0]
    told = {(s["screen"], m["ticker"]): m for s in relief["screens"] for m in s["moves"]}
    differ = {
        key for key, row in base.items()
        if row["rank"] != under[key]["rank"] or abs((row["score"] or 0) - (under[key]["score"] or 0)) > 1e-9
    }  # fmt: skip
    assert set(told) == differ
    assert differ
    for key, move in told.items():
        assert (move["rank_before"], move["rank_after"]) == (base[key]["rank"], under[key]["rank"])
        assert move["score_after"] == under[key]["score"]
        assert move["rank_low_before"] == base[key]["rank_low"]


def test_the_reason_names_the_field_that_caused_it(compared: tuple[Path, Done]) -> None:
    relief = json.loads(compared[1].stdout)["data"][0]
    moves = {(s["screen"], m["ticker"]): m for s in relief["screens"] for m in s["moves"]}
    hynix = moves["beneficiaries", "000660.KS"]
    assert "gross margin of HBM and memory -15.0 pp" in hynix["why"]
    causes = {field for driver in hynix["drivers"] for field in (driver["fields"] or "").split("+")}
    assert "hbm-relief.margin_change:hbm_memory" in causes
    assert "hbm-relief.tier_change:hbm_memory" in causes
    sums = sum(driver["contribution_change"] for driver in hynix["drivers"])
    assert sums == pytest.approx(hynix["score_change"])


def test_a_combination_is_named_by_its_sorted_keys_and_says_which_part_did_it(
    compared: tuple[Path, Done],
) -> None:
    both = json.loads(compared[1].stdout)["data"][1]
    assert both["scenario"] == "capex-cut+lab-funding-cut"
    assert both["source"] == "seed 001; techreaderdaily.com; seed 002"
    words = [m["why"] for s in both["screens"] for m in s["moves"]]
    assert any("lab-funding-cut: multiple of Oracle -13.9%" in w for w in words)


def test_a_scenario_that_changes_nothing_says_so(compared: tuple[Path, Done], tmp_path: Path) -> None:
    assert json.loads(compared[1].stdout)["data"][2]["moves_nothing"] is True
    (tmp_path / "my.toml").write_text(OWN)
    done = run_here("scenario", "run", "nothing", "--scenario-file", "my.toml", *SAMPLE, cwd=tmp_path)
    assert done.returncode == 0
    assert "# it changes nothing here" in done.stdout


def test_a_combination_named_in_both_orders_is_one(tmp_path: Path) -> None:
    pair = ("capex-cut+hbm-relief", "hbm-relief + capex-cut")
    done = run_here("scenario", "run", *pair, *SAMPLE, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [entry["scenario"] for entry in json.loads(done.stdout)["data"]] == ["capex-cut+hbm-relief"]


@pytest.mark.parametrize("name", ["", "hbm-relief+", "+"])
def test_an_empty_name_is_told_apart_from_an_unknown_one(name: str, tmp_path: Path) -> None:
    done = run_here("scenario", "run", name, *SAMPLE, cwd=tmp_path)
    assert done.returncode == 2
    assert "a scenario without a name" in done.stderr and "screen scenario list" in done.stderr
    assert not (tmp_path / "out").exists()


def test_moves_are_written_as_declared_tables_apart_from_history(compared: tuple[Path, Done]) -> None:
    folder, done = compared
    root = folder / "out" / "sample" / "scenarios"
    assert sorted(p.name for p in root.iterdir()) == [
        "capex-cut+lab-funding-cut", "hbm-relief", "nothing"]  # fmt: skip
    files = json.loads(done.stdout)["meta"]["files"]
    assert len(files) == 6
    moves = pl.read_parquet(root / "hbm-relief" / "moves")
    drivers = pl.read_parquet(root / "hbm-relief" / "drivers")
    assert WEEK_MOVES.faults(moves) == []
    assert WEEK_DRIVERS.faults(drivers) == []
    assert moves.height > 0
    assert pl.read_parquet(root / "nothing" / "moves").is_empty()
    assert not (folder / "out" / "sample" / "screens").exists()


def test_tables_stand_side_by_side(tmp_path: Path) -> None:
    done = run_here(
        "scenario", "run", "hbm-relief", *SAMPLE, "--screen", "beneficiaries", "--top", "3", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "# SIMULATED: hbm-relief: HBM shortage ends"
    assert lines[1].startswith("# changes: ")
    header = next(i for i, line in enumerate(lines) if line.startswith("ticker\t"))
    assert lines[header].split("\t") == ["ticker", "name", "before → after", "90% before", "score", "why"]
    assert "first five before: " in lines[header - 1]
    assert "; after: " in lines[header - 1]
    assert len([line for line in lines[header + 1 :] if "\t" in line]) == 3
    assert "payers" not in done.stdout
    assert "SIMULATED" in done.stderr


@pytest.mark.slow
def test_own_scenarios_run_combine_and_reach_screen_run(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(OWN)
    own = ["--scenario-file", "my.toml"]
    done = run_here("scenario", "run", "grid-late+capex-cut", *own, *SAMPLE, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"][0]["scenario"] == "capex-cut+grid-late"
    key = "grid-late+capex-cut"
    ran = run_here("run", "--scenario", key, *own, *SAMPLE, "--json", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    meta = json.loads(ran.stdout)["meta"]
    assert meta["scenario"] == "capex-cut+grid-late"
    assert "scenarios/capex-cut+grid-late/" in meta["report"]
    text = (tmp_path / meta["report"]).read_text()
    assert "What moves against the ranking of the same data without the scenario" in text
    stored = run_here("report", "--scenario", "capex-cut+grid-late", *own, cwd=tmp_path)
    assert stored.stdout == text
    turned = run_here("run", "--scenario", "capex-cut+grid-late", *own, *SAMPLE, "--json", cwd=tmp_path)
    assert json.loads(turned.stdout)["meta"]["run_id"] == meta["run_id"]


def test_the_weekly_report_compares_every_scenario(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(OWN)
    done = run_here(
        "run", *SAMPLE, "--scenario-file", "my.toml", "--compare-scenarios", "--json", cwd=tmp_path
    )
    report = (tmp_path / json.loads(done.stdout)["meta"]["report"]).read_text()
    section = report.split("\n## Scenarios\n")[1].split("\n## ")[0]
    for name in ("HBM shortage ends", "Outside funding of the labs falls", "Grid connections come late"):
        assert name in section
    still = section.split("No rank changes under: ")[1].split("\n")[0]
    assert "Nothing happens" in still
    assert "HBM shortage ends" not in still


CASES = [
    (["run"], 2, "--all"),
    (["run", "hbm-relief", "--all"], 2, "--all"),
    (["run", "hbm-releif"], 4, 'did you mean "hbm-relief"'),
    (["run", "hbm-relief+capex-cutt"], 4, 'did you mean "capex-cut"'),
    (["run", "hbm-relief+hbm-relief"], 2, "named twice"),
    (["run", "depreciation-3y+depreciation-4y"], 2, '"depreciation-3y" and "depreciation-4y" contradict'),
    (["run", "hbm-relief", "--screen", "payer"], 2, 'did you mean "payers"'),
    (["run", "hbm-relief", "--scenario-file", "none.toml"], 4, "none.toml"),
    (["run", "hbm-relief", "--scenario-file", "bad.toml"], 2, 'bad.toml:2: scenario "hbm-relief" is one of'),
    (["run", "hbm-relief", "--theme", "nowhere"], 4, "nowhere"),
    (["run", "hbm-relief", "--out", "file"], 2, "--out"),
    (["list", "--theme", "multicloud-gpus"], 4, 'did you mean "multicloud-gpu"'),
    (["list", "--scenario-file", "bad.toml"], 2, "bad.toml:2:"),
]


@pytest.mark.parametrize("arguments, code, words", CASES, ids=[" ".join(c[0]) for c in CASES])
def test_every_error_names_its_fix_and_has_its_code(
    arguments: list[str], code: int, words: str, tmp_path: Path
) -> None:
    (tmp_path / "bad.toml").write_text(OWN.replace("grid-late", "hbm-relief"))
    (tmp_path / "file").write_text("")
    more = SAMPLE if arguments[0] == "run" else []
    done = run_here("scenario", *arguments, *more, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_new_process_exits_with_the_code_and_keeps_streams_apart(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "screen", "scenario", "run", "hbm-releif", *SAMPLE],
        cwd=tmp_path, env=own_environment(tmp_path, {}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (4, "")
    assert 'did you mean "hbm-relief"' in done.stderr
