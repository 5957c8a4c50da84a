"""Documentation that cannot drift: generated pages, links, documented commands, honest requirement files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

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
    for command in ("run", "report", "explain", "loops", "config", "themes show", "themes lint"):
        assert f"## `screen {command}`" in text


def test_documented_commands_use_options_that_exist() -> None:
    known = set(re.findall(r"`(--[a-z-]+)`", pages()["cli.md"])) | {"--help"}
    blocks = re.findall(r"^    (screen .*)$", (REPO / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert blocks
    for line in blocks:
        used = {word for word in shlex.split(line.split("#")[0]) if word.startswith("--")}
        assert used <= known, line


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
