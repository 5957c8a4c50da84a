"""The callbacks towards the terminal: their own file, so that the terminal code need not load polars."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Notice", "Progress"]

Progress = Callable[[int, int, str], None]
"""progress(done, total, what) -> None; drawn on stderr by the CLI, ignored elsewhere."""

Notice = Callable[[str], None]
"""notice(words) -> None; a line on stderr while something takes its time."""
