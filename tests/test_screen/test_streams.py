"""Streams and side outputs of the command line: closed pipes, full disks, scenarios, weights, notes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from in_process import run_here

from screen.console import note, progress_bar

REPO = Path(__file__).resolve().parents[2]
SAMPLE = ["--source", "sample"]
THEME = REPO / "exposures" / "data" / "multicloud-gpu"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "screen", *arguments]


def environment(cwd: Path, **more: str) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("SCREEN_")} | more
    return env | {
        "XDG_CONFIG_HOME": str(cwd / "config"),
        "XDG_CACHE_HOME": str(cwd / "cache"),
        "XDG_DATA_HOME": str(cwd / "data"),
        "SCREEN_COMPARE_SCENARIOS": "false",
    }


def screen(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(cwd, **more),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", [["run", *SAMPLE], ["themes", "show", "multicloud-gpu"]])
def test_a_reader_that_stops_early_is_no_fault(arguments: list[str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)  # every write fails with EPIPE from the first byte on
    try:
        done = subprocess.run(
            command(*arguments), cwd=tmp_path, env=environment(tmp_path), stdout=writing,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr
    assert "Traceback" not in done.stderr
    if arguments[0] == "run":
        assert len([p for p in (tmp_path / "out").rglob("*") if p.is_file()]) == 6


@pytest.mark.slow
def test_closed_pipes_on_both_streams_still_write_the_outputs(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            command("run", *SAMPLE), cwd=tmp_path, env=environment(tmp_path), stdout=writing, stderr=writing,
            check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert done.returncode == 0
    assert len([p for p in (tmp_path / "out").rglob("*") if p.is_file()]) == 6


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["themes"], ["themes", "--json"], ["--version"], ["--help"]])
def test_a_full_disk_behind_stdout_is_said_plainly(arguments: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command(*arguments), cwd=tmp_path, env=environment(tmp_path), stdout=full,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "error: standard output cannot be written: No space left on device." in done.stderr
    assert "internal error" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.slow
def test_custom_weights_are_said_and_kept_apart_from_the_week(tmp_path: Path) -> None:
    base = screen("run", *SAMPLE, cwd=tmp_path)
    week = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert "custom weights" not in base.stderr
    done = screen("run", *SAMPLE, "--weights", "payers.leverage=0.5", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "custom weights: payers.leverage=0.5" in done.stderr
    assert {p: p.read_bytes() for p in week} == week
    meta = json.loads(done.stdout)["meta"]
    assert meta["custom_weights"] == ["payers.leverage=0.5"]
    report = tmp_path / meta["report"]
    assert "weights" in report.relative_to(tmp_path).parts
    assert "CUSTOM WEIGHTS" in report.read_text()
    assert "payers.leverage=0.5" in report.read_text()
    assert not any(b"CUSTOM WEIGHTS" in content for content in week.values())
    other = screen("run", *SAMPLE, "--weights", "payers.leverage=0.6", "--json", cwd=tmp_path)
    assert json.loads(other.stdout)["meta"]["report"] != meta["report"]


def test_weights_refuse_a_component_that_the_screen_does_not_weigh(tmp_path: Path) -> None:
    done = screen("run", *SAMPLE, "--weights", "payers.tier_power=0.5", cwd=tmp_path)
    assert done.returncode == 2
    assert '"payers" has no component "tier_power"; it weighs: ' in done.stderr
    assert "leverage" in done.stderr


@pytest.mark.slow
def test_a_scenario_is_named_on_stderr_in_meta_and_its_report_is_found(tmp_path: Path) -> None:
    key = "capex-cut"
    made = screen("run", *SAMPLE, "--scenario", key, "--json", cwd=tmp_path)
    assert json.loads(made.stdout)["meta"]["scenario"] == key
    for arguments in (["explain", "NVDA"], ["loops"]):
        done = screen(*arguments, *SAMPLE, "--scenario", key, "--json", cwd=tmp_path)
        assert f"({key})" in done.stderr
        assert json.loads(done.stdout)["meta"]["scenario"] == key
    plain = screen("loops", *SAMPLE, "--json", cwd=tmp_path)
    assert json.loads(plain.stdout)["meta"]["scenario"] is None
    assert "scenario" not in plain.stderr
    stored = screen("report", "--scenario", key, cwd=tmp_path)
    assert stored.returncode == 0, stored.stderr
    assert "A SCENARIO, NOT HISTORY" in stored.stdout
    by_path = screen("report", "--theme", str(THEME), "--scenario", key, cwd=tmp_path)
    assert by_path.stdout == stored.stdout
    missing = screen("report", cwd=tmp_path)
    assert missing.returncode == 4  # the base run was never made
    unknown = screen("report", "--scenario", "capex-cutt", cwd=tmp_path)
    assert 'did you mean "capex-cut"' in unknown.stderr


@pytest.mark.slow
def test_an_unknown_company_is_refused_before_data_and_a_name_is_resolved(tmp_path: Path) -> None:
    refused = screen("explain", "NVDAX", "--source", "files", "--market-dir", "nowhere", cwd=tmp_path)
    assert refused.returncode == 4
    assert 'did you mean "NVDA"' in refused.stderr
    assert "nowhere" not in refused.stderr
    named = screen("explain", "TSMC", *SAMPLE, cwd=tmp_path)
    assert "TSMC (2330.TW)" in named.stdout.splitlines()[0]


def test_an_unknown_variable_is_named_with_the_closest(tmp_path: Path) -> None:
    done = screen("config", cwd=tmp_path, SCREEN_TPO="3", SCREEN_SHARED="x", SCREEN_UPDATE_GOLDEN="")
    assert 'SCREEN_TPO is not a setting and is ignored; did you mean "SCREEN_TOP"?' in done.stderr
    assert done.stderr.count("warning") == 1
    assert done.returncode == 0


@pytest.mark.slow
def test_an_odd_day_is_noted_and_simulated_is_said_once(tmp_path: Path) -> None:
    done = screen("run", *SAMPLE, "--as-of", "2026-08-12", cwd=tmp_path)
    assert "2026-08-12 is a Wednesday; weekly screens use Fridays." in done.stderr
    assert "the segment map was reviewed on" in done.stderr
    assert (
        sum(
            "simulated" in line.lower() and "every market figure" in line for line in done.stderr.splitlines()
        )
        == 1
    )
    assert not any(line.startswith("SIMULATED") for line in done.stderr.splitlines())


@pytest.mark.slow
def test_messages_name_the_flag_or_list_what_there_is(tmp_path: Path) -> None:
    assert "error: --top" in screen("run", *SAMPLE, "--top", "-1", cwd=tmp_path).stderr
    for arguments in (["run", *SAMPLE, "--theme", ""], ["themes", "show", " "]):
        empty = screen(*arguments, cwd=tmp_path)
        assert empty.returncode == 2
        assert "is empty." in empty.stderr
        assert "screen themes" in empty.stderr
    folder = tmp_path / "out" / "reports" / "multicloud-gpu"
    folder.mkdir(parents=True)
    (folder / "2026-08-21.md").write_text("x")
    missing = screen("report", "--as-of", "2020-01-01", cwd=tmp_path)
    assert missing.returncode == 4
    assert "stored: 2026-08-21." in missing.stderr
    assert "did you mean" not in missing.stderr


def test_an_interrupt_ends_with_130_a_message_and_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("screen.commands.data_pull.pull_command", interrupted)
    done = run_here("data", "pull", cwd=tmp_path)
    assert done.returncode == 130
    assert done.stderr.startswith("error: interrupted")
    told = run_here("data", "pull", "--json", cwd=tmp_path)
    assert told.returncode == 130
    assert json.loads(told.stdout)["error"]["type"] == "Interrupted"


def test_a_note_leaves_the_line_of_an_open_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    draw = progress_bar()
    assert draw is not None
    draw(1, 3, "MU")
    note("waiting")
    note("still")
    draw(3, 3, "NVDA")
    note("done")
    assert [line.rsplit("\r")[-1].rstrip() for line in terminal.getvalue().split("\n")][1:] == [
        "waiting",
        "still",
        f"[{'#' * 30}] 3/3 NVDA",
        "done",
        "",
    ]
