"""Run the program on a pseudo-terminal of a given width, as a user sits before it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path


def on_terminal(*arguments: str, cwd: Path, columns: int) -> tuple[int, list[str]]:
    """Return exit code and lines of stdout of ``screen ARGUMENTS`` on a terminal of `columns`."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {k: v for k, v in os.environ.items() if not k.startswith("SCREEN_") and k != "COLUMNS"}
    env |= {
        "SCREEN_COMPARE_SCENARIOS": "false",
        "XDG_CONFIG_HOME": str(cwd / "config"),
        "XDG_CACHE_HOME": str(cwd / "cache"),
        "XDG_DATA_HOME": str(cwd / "data"),
        "TERM": "xterm",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "screen", *arguments],
        cwd=cwd,
        env=env,
        stdin=follower,
        stdout=follower,
        stderr=subprocess.DEVNULL,
    )
    os.close(follower)
    parts = []
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # the terminal is gone with its last writer
            break
        if not part:
            break
        parts.append(part)
    os.close(leader)
    text = re.sub(r"\x1b\[[0-9;]*m", "", b"".join(parts).decode())
    return process.wait(), text.replace("\r\n", "\n").split("\n")
