"""The rankings that README prints are those of the program on the real pack."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from in_process import run_here

README = Path(__file__).resolve().parents[2] / "README.md"
ROW = re.compile(r"^ +(\d+) +(\d+)-(\d+) +([\d.]+)  (\S+) +(\S.*?) {2,}(\S+)$", re.MULTILINE)


@pytest.mark.slow
def test_the_rankings_of_the_readme_are_what_the_program_prints(market_pack: Path, tmp_path: Path) -> None:
    done = run_here(
        *("run", "--source", "files", "--market-dir", str(market_pack), "--as-of", "2026-06-01", "--json"),
        cwd=tmp_path,
    )
    assert done.returncode == 3, done.stderr  # ranked, below full coverage
    found = {
        (str(row["rank"]), str(row["rank_low"]), str(row["rank_high"]), f"{row['score']:.1f}", row["ticker"],
         row["tier"] or "payer")
        for row in json.loads(done.stdout)["data"]
        if row["rank"] is not None
    }  # fmt: skip
    printed = [(*row[:5], row[6]) for row in ROW.findall(README.read_text(encoding="utf-8"))]
    assert len(printed) == 20
    assert [row for row in printed if row not in found] == [], "README prints another ranking"
