"""A user's own scenarios: beside the theme's, linted with file and line, never in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from exposures import ExposureMap
from exposures.errors import NotFoundError, ThemeFileError
from exposures.own_scenarios import lint_own_scenarios, with_own_scenarios

SOUND = """\
# what our desk asks
[[scenario]]
key = "grid-late"
name = "Grid connections come late"
description = "Sites wait for power."
source = "own note of May"
capex_cut = 0.1
multiple_change = { landlords = 0.05, CRWV = -0.1 }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_scenarios_stand_after_the_themes_and_combine_with_them(gpu: ExposureMap, tmp_path: Path) -> None:
    path = written(tmp_path, SOUND)
    assert lint_own_scenarios(gpu, path) == []
    both = with_own_scenarios(gpu, path)
    assert [s.key for s in both.scenarios] == [*(s.key for s in gpu.scenarios), "grid-late"]
    assert both.scenario("grid-late+capex-cut").capex_cut == pytest.approx(0.325)
    assert both.digest != gpu.digest
    assert with_own_scenarios(gpu, path).digest == both.digest
    changed = with_own_scenarios(gpu, written(tmp_path, SOUND.replace("0.05", "0.06")))
    assert changed.digest != both.digest


FAULTS = [
    ('key = "grid-late"', 'key = "capex-cut"', 3, "duplicate-key", "is one of theme"),
    ('key = "grid-late"', 'key = "grid+late"', 3, "bad-value", "scenario.0.key"),
    ('source = "own note of May"', "", 2, "missing-key", "scenario.0.source"),
    ("own note of May", "  ", 6, "bad-value", "scenario.0.source"),
    ("capex_cut = 0.1", "capex_cut = 10", 7, "bad-value", "scenario.0.capex_cut"),
    ("capex_cut = 0.1", "capex_cuts = 0.1", 7, "unknown-key", "capex_cuts"),
    ("landlords = 0.05", "landlord = 0.05", 8, "scenario-target", 'changes "landlord"'),
    ("CRWV = -0.1", "CRWV = -10", 8, "bad-value", "CRWV"),
    ("CRWV = -0.1", "CRWV = nan", 8, "bad-value", "CRWV"),
    ("[[scenario]]", "[[scenario]", 2, "toml-syntax", "not valid TOML"),
]


@pytest.mark.parametrize(("old", "new", "line", "rule", "words"), FAULTS, ids=[f[1] or f[3] for f in FAULTS])
def test_each_fault_has_its_line_and_stops_the_run(
    old: str, new: str, line: int, rule: str, words: str, gpu: ExposureMap, tmp_path: Path
) -> None:
    path = written(tmp_path, SOUND.replace(old, new))
    faults = lint_own_scenarios(gpu, path)
    assert [(f.file, f.line, f.rule, f.severity) for f in faults] == [(str(path), line, rule, "error")]
    assert words in faults[0].message
    with pytest.raises(ThemeFileError) as raised:
        with_own_scenarios(gpu, path)
    assert raised.value.message.startswith(f"{path}:{line}: ")


def test_a_near_miss_is_suggested_and_the_other_faults_are_counted(gpu: ExposureMap, tmp_path: Path) -> None:
    path = written(tmp_path, SOUND.replace("landlords", "landlord").replace("CRWV", "CRWW"))
    with pytest.raises(ThemeFileError, match=r"\(1 more\)") as raised:
        with_own_scenarios(gpu, path)
    assert "did you mean" in raised.value.fix


def test_a_scenario_that_changes_nothing_is_a_warning(gpu: ExposureMap, tmp_path: Path) -> None:
    text = SOUND.replace("capex_cut = 0.1\n", "").replace("multiple_change", "# multiple_change")
    path = written(tmp_path, text)
    assert [(f.rule, f.severity, f.line) for f in lint_own_scenarios(gpu, path)] == [
        ("idle-scenario", "warning", 3)
    ]
    assert with_own_scenarios(gpu, path).scenario("grid-late").changed_fields == ()


def test_files_that_cannot_be_read_say_so(gpu: ExposureMap, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        with_own_scenarios(gpu, tmp_path / "none.toml")
    with pytest.raises(ThemeFileError, match=":1: cannot be read: Is a directory"):
        with_own_scenarios(gpu, tmp_path)
    path = tmp_path / "latin.toml"
    path.write_bytes("# caf\xe9\n".encode("latin-1"))
    with pytest.raises(ThemeFileError, match=r"latin.toml:1: not UTF-8"):
        with_own_scenarios(gpu, path)
