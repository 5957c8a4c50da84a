"""Documentation that cannot drift: generated pages, links, documented commands, honest requirement files."""

from __future__ import annotations

import re
import shlex
import shutil
from datetime import date
from pathlib import Path

import pytest

from exposures import lint_theme, load_theme, theme_folder
from exposures.csv_files import CSV_FILES
from exposures.own_scenarios import lint_own_scenarios, with_own_scenarios
from exposures.theme import Scenario
from models.components import COMPONENT_KEYS
from screen.docs import pages
from screen.settings import Settings

REPO = Path(__file__).resolve().parents[2]
PROSE = [
    REPO / "README.md",
    REPO / "CONTRIBUTING.md",
    REPO / "CHANGELOG.md",
    *sorted((REPO / "docs").glob("*.md")),
]


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_pages_are_current(name: str) -> None:
    assert (REPO / "docs" / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


@pytest.mark.parametrize("path", PROSE, ids=lambda p: p.name)
def test_links_inside_the_repository_exist(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_every_setting_and_command_is_documented() -> None:
    text = pages()["cli.md"]
    for name in Settings.model_fields:
        assert f"`SCREEN_{name.upper()}`" in text
    commands = (
        "run", "report", "explain", "loops", "scorecard", "backtest", "config", "doctor", "themes show", "themes lint", "data pull",
        "data status", "data check", "data prune", "scenario list", "scenario run",
    )  # fmt: skip
    for command in commands:
        assert f"## `screen {command}`" in text


def test_documented_commands_use_options_that_exist() -> None:
    known = set(re.findall(r"`(--[a-z-]+)`", pages()["cli.md"])) | {"--help"}
    blocks = re.findall(r"^    (screen .*)$", (REPO / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert blocks
    for line in blocks:
        used = {word for word in shlex.split(line.split("#")[0]) if word.startswith("--")}
        assert used <= known, line


def test_the_theme_page_lists_every_file_with_its_columns() -> None:
    text = (REPO / "docs" / "theme.md").read_text(encoding="utf-8")
    for spec in CSV_FILES:
        row = re.search(rf"^\| `{spec.file}` \| [^|]+ \| (.+) \|$", text, re.MULTILINE)
        assert row, spec.file
        columns = (f"**{c.name}**" if c.required else c.name for c in spec.table.columns)
        assert row[1].split(", ") == list(columns), spec.file


def test_the_worked_example_of_the_theme_page_is_sound(tmp_path: Path) -> None:
    mine = Path(shutil.copytree(theme_folder("multicloud-gpu"), tmp_path / "my-chain"))
    text = (REPO / "docs" / "theme.md").read_text(encoding="utf-8")
    old, new = re.findall(r"sed -i.bak 's/(.+?)/(.+?)/'", text)[0]
    toml = mine / "theme.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    rows = re.findall(r"^    echo '(.+)' >> my-chain/(\S+)$", text, re.MULTILINE)
    for row, file in rows:
        with (mine / file).open("a", encoding="utf-8") as open_file:
            open_file.write(f"{row}\n")
    day = date(2026, 8, 22)
    assert [str(f) for f in lint_theme(mine, as_of=day, known_components=COMPONENT_KEYS)] == []
    loaded = load_theme(mine, as_of=day)
    assert loaded.theme.name == "my-chain"
    added = loaded.memberships.filter(ticker="NTNX")
    assert added.select("segment", "tier", "revenue_share_high").rows() == [("storage", "pressured", 0.10)]
    written = {"companies.csv", "exposures.csv", "sources.csv", "overrides.csv", "groups.csv"}
    assert {file for _, file in rows} == written


def test_the_scenario_of_the_theme_page_is_sound_and_every_field_is_listed(tmp_path: Path) -> None:
    text = (REPO / "docs" / "theme.md").read_text(encoding="utf-8")
    block = re.search(r"^    # my\.toml\n((?:    .*\n)+)", text, re.MULTILINE)
    assert block
    path = tmp_path / "my.toml"
    path.write_text(re.sub(r"^    ", "", block[1], flags=re.MULTILINE), encoding="utf-8")
    theme = load_theme("multicloud-gpu", as_of=date(2026, 8, 22))
    assert [str(f) for f in lint_own_scenarios(theme, path)] == []
    assert with_own_scenarios(theme, path).scenario("rails-lose-price").changed_fields
    for name in Scenario.model_fields:
        assert re.search(rf"^\| .*`{name}`", text, re.MULTILINE), name


def test_every_dependency_has_its_reason() -> None:
    reasons = (REPO / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for name in ("run.in", "dev.in"):
        for line in (REPO / "requirements" / name).read_text(encoding="utf-8").splitlines():
            package = re.split(r"[<>=\s]", line)[0]
            if package and not package.startswith(("#", "-")):
                assert package in reasons, package


def test_requirement_files_hold_no_index_and_every_pin_has_hashes() -> None:
    for name in ("run.txt", "dev.txt"):
        text = (REPO / "requirements" / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "index" not in text
        pins = re.findall(r"^[a-z0-9-]+==\S+", text, re.MULTILINE)
        assert len(pins) > 20
        blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
        assert all("--hash=sha256:" in block for block in blocks)


def test_make_help_lists_every_target() -> None:
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    declared = set(re.search(r"^\.PHONY: setup (.*)$", makefile, re.MULTILINE)[1].split()) | {"setup", "help"}  # type: ignore[index]
    described = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert declared == described
