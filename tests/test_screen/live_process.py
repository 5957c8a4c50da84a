"""Unmodified `screen` processes that reach every host through one proxy on 127.0.0.1."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Screen", "ended", "files_below"]

PATIENCE_S = 120


@dataclass(frozen=True)
class Screen:
    """How to start the program: a home of its own, one proxy, the certificates of the stand-ins behind it."""

    home: Path
    proxy: str
    pem: Path
    store: str
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self, **settings: str) -> dict[str, str]:
        """The variables of a process: none of the developer's own settings, keys or proxies."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SCREEN_", "AWS_", "XDG_")) and "proxy" not in name.lower()
        }
        own = {
            "HTTPS_PROXY": self.proxy, "CURL_CA_BUNDLE": str(self.pem), "REQUESTS_CA_BUNDLE": str(self.pem),
            "SSL_CERT_FILE": str(self.pem), "HOME": str(self.home), "NO_COLOR": "1", "COLUMNS": "200",
            "SCREEN_STORE": self.store, "SCREEN_SOURCE": "yahoo", "SCREEN_COMPARE_SCENARIOS": "false",
            "SCREEN_YAHOO_REQUESTS_PER_SECOND": "10000",
        }  # fmt: skip
        return clean | own | dict(self.settings) | settings

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start ``screen ARGUMENTS`` and return at once."""
        return subprocess.Popen(
            [sys.executable, "-m", "screen", *arguments],
            cwd=self.home,
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run ``screen ARGUMENTS`` to its end."""
        return ended(self.start(*arguments, **settings))


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a process and return what it printed."""
    with process:
        try:
            out, err = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, by its path there."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
