"""What fits on a terminal: rankings keep ticker and tier, explanations and loops fold, pipes stay whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import on_terminal

from reports.document import paragraph, table
from screen.commands.data_pull import HEADER as PULL_HEADER
from screen.commands.fitted import fitted_lines
from screen.commands.run import HEADER
from screen.console import kept_columns, progress_line

SAMPLE = ["--source", "sample"]
ROW = ("1", "1-4", "99.2%", "000660.KS", "Samsung Electronics", "GPU and accelerators", "bottleneck", "85.3",
       "Margin change +6.0, Revenue growth +6.0", "100.0%")  # fmt: skip


@pytest.mark.parametrize(
    "columns, gone",
    [
        (160, set()),
        (120, {"segment"}),
        (100, {"segment", ">coverage", ">P(top 5)"}),
        (80, {"segment", ">coverage", ">P(top 5)", "driven by"}),
    ],
)
def test_columns_go_in_turn_as_the_terminal_narrows(columns: int, gone: set[str]) -> None:
    kept = {HEADER[k] for k in kept_columns(HEADER, [ROW], columns)}
    assert set(HEADER) - kept == gone


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 100])
def test_a_narrow_terminal_never_cuts_ticker_or_tier(columns: int, tmp_path: Path) -> None:
    code, lines = on_terminal("run", *SAMPLE, "--top", "3", cwd=tmp_path, columns=columns)
    assert code == 0
    assert max(len(line) for line in lines) <= columns
    text = "\n".join(lines)
    assert "000660.KS" in text
    assert "bottleneck" in text
    assert "…" not in text


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_the_bar_never_fills_a_line(columns: int) -> None:
    lines = {progress_line(done, 121, "000660.KS", columns) for done in (1, 60, 121)}
    assert max(len(line) for line in lines) < columns
    assert all(" 000660.KS" in line for line in lines)


def test_a_narrow_terminal_drops_numbers_before_it_cuts_one() -> None:
    row = ("yahoo", "statements", "121", "121", "0", "0", "0", "0", "0", "94970")
    assert len(kept_columns(PULL_HEADER, [row], 100)) == len(PULL_HEADER)
    kept = [PULL_HEADER[k] for k in kept_columns(PULL_HEADER, [row], 60)]
    assert kept == ["source", "dataset", ">asked", ">ok", ">failed", ">rows"]


@pytest.mark.slow
def test_explain_and_loops_stay_within_the_terminal(tmp_path: Path) -> None:
    for arguments in (["explain", "NVDA"], ["loops"]):
        code, lines = on_terminal(*arguments, *SAMPLE, cwd=tmp_path, columns=100)
        assert code == 0
        assert len(lines) > 20
        assert max(len(line) for line in lines) <= 100


def test_a_long_cell_stands_whole_under_its_table() -> None:
    long = " ".join(f"A{k:03d}" for k in range(60))
    blocks = (paragraph("Above."), table(("Part", "Points", "Detail"), [("Tier", "+5.62", long)]))
    lines = fitted_lines(blocks, 40)
    assert max(len(line) for line in lines) <= 40
    start = next(k for k, line in enumerate(lines) if line.startswith("Tier, detail: A000"))
    assert " ".join(" ".join(lines[start:]).split()) == f"Tier, detail: {long}"
    assert any(line.split() == ["Tier", "+5.62"] for line in lines)


def test_a_cell_of_some_lines_folds_inside_its_table() -> None:
    made = table(("Loop", "Path"), [("L01", "one two three four five six seven eight nine ten")])
    lines = fitted_lines((made,), 30)
    assert max(len(line) for line in lines) <= 30
    assert lines[2].startswith("L01")
    assert " ".join(word for line in lines[2:] for word in line.split()) == (
        "L01 one two three four five six seven eight nine ten"
    )


def test_a_table_that_fits_is_left_as_it_is() -> None:
    made = table(("A", "B"), [("x", "y")])
    assert fitted_lines((made,), 80) == ["A  B", "-  -", "x  y"]
