"""Whole runs: the sample as a user types it, and its parts in one process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.side_by_side import compare

__all__ = ["report"]


def _cli(out: str) -> None:
    command = [
        sys.executable,
        "-m",
        "screen",
        "run",
        "--theme",
        "multicloud-gpu",
        "--source",
        "sample",
        "--out",
        out,
    ]
    subprocess.run(command, check=True, capture_output=True)


def report() -> None:
    """Print the wall time of the sample run and of its parts."""
    from exposures.load import load_theme
    from reports import render_markdown
    from screen.market.sample.source import SampleSource
    from screen.run import RunRequest, run_screen

    today = datetime.now(tz=UTC).date()
    request = RunRequest(theme="multicloud-gpu")
    result = run_screen(request, source=SampleSource(), today=today)
    with tempfile.TemporaryDirectory() as out:
        compare(
            "the sample run",
            {
                "screen run --source sample (whole process)": lambda: _cli(str(Path(out))),
                "run_screen in a warm process": lambda: run_screen(
                    request, source=SampleSource(), today=today
                ),
                "load_theme": lambda: load_theme("multicloud-gpu", as_of=today),
                "render_markdown": lambda: render_markdown(result.report),
            },
            rounds=5,
        )
