"""Run the program in this process, as its entry point does: much faster than a new interpreter a case."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from screen.cli import main

CLOSED = "http://127.0.0.1:9"
"""Nothing listens on the discard port."""


@dataclass(frozen=True)
class Done:
    """A finished run."""

    returncode: int
    stdout: str
    stderr: str


def own_environment(cwd: Path, environment: dict[str, str]) -> dict[str, str]:
    """Folders below `cwd`, every host out of reach, no setting but those of `environment`."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("SCREEN_") and "proxy" not in k.lower()}
    env |= {f"XDG_{name}_HOME": str(cwd / name.lower()) for name in ("CONFIG", "CACHE", "DATA")}
    # Ranking under every scenario takes as long as the rest of a run; the tests that read it ask for it.
    fast = {"SCREEN_COMPARE_SCENARIOS": "false"}
    return env | fast | {"HTTPS_PROXY": CLOSED, "HTTP_PROXY": CLOSED, **environment}


def run_here(*arguments: str, cwd: Path, **environment: str) -> Done:
    """Return what ``screen ARGUMENTS`` does in `cwd`."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.dict(os.environ, own_environment(cwd, environment), clear=True),
        mock.patch.object(sys, "argv", ["screen", *arguments]),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())
