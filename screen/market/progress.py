"""The progress callback: its own file, so that the terminal code need not load polars."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress"]

Progress = Callable[[int, int, str], None]
"""progress(done, total, what) -> None; drawn on stderr by the CLI, ignored elsewhere."""
