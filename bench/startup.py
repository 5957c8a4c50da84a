"""Start-up: `screen --help` against an empty interpreter and against importing what it must not."""

from __future__ import annotations

import subprocess
import sys

from bench.side_by_side import compare

__all__ = ["report"]

HEAVY = ("pandas", "yfinance", "statsmodels", "polars", "pyarrow", "scipy", "numpy")


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def report() -> None:
    """Print the start-up table and which heavy packages `screen --help` loads (none)."""
    compare(
        "start-up",
        {
            "python -c pass": lambda: _run("-c", "pass"),
            "screen --help": lambda: _run("-m", "screen", "--help"),
            "screen --version": lambda: _run("-m", "screen", "--version"),
            "import polars": lambda: _run("-c", "import polars"),
            "import yfinance": lambda: _run("-c", "import yfinance"),
        },
        rounds=7,
    )
    code = (
        "import sys\nsys.argv = ['screen', '--help']\nfrom screen.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"sys.stderr.write(' '.join(m for m in {HEAVY!r} if m in sys.modules) or 'none')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"heavy packages loaded by screen --help: {done.stderr.strip()}\n")
