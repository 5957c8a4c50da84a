"""A stray models.py or reports/ in the working folder is named, not silently used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_an_intruder_is_named(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "screen", "config"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "models.py" in done.stderr
    assert "Rename" in done.stderr


def test_an_output_folder_called_reports_is_no_intruder(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "screen", "config"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
