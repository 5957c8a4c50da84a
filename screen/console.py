"""The terminal: data on stdout, the rest on stderr; tables drawn on a terminal, plain when piped."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from screen.market.progress import Progress

__all__ = ["banner", "emit_json", "emit_lines", "emit_table", "note", "progress_bar", "report_error"]

JSON_SCHEMA_VERSION = 1

WIDE = 110
"""Columns below which a terminal cannot hold a ranking with its reasons beside it."""

DROPPED_WHEN_NARROW = ("driven by", "segment", ">P(top 5)", ">coverage")
NEVER_CUT = ("rank", "90%", "ticker", "score")


def note(text: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(text.rstrip("\n") + "\n")


def banner(text: str) -> None:
    """Write a boxed line to stderr that cannot be overlooked."""
    rule = "!" * (len(text) + 6)
    note(f"{rule}\n!! {text} !!\n{rule}")


def emit_lines(lines: Sequence[str]) -> None:
    """Write lines to stdout."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def emit_json(data: Any, meta: Mapping[str, Any]) -> None:
    """Write the one JSON object of a successful command to stdout."""
    body = {"ok": True, "schema_version": JSON_SCHEMA_VERSION, "data": data, "meta": dict(meta)}
    sys.stdout.write(json.dumps(body, ensure_ascii=False, default=_plain) + "\n")


def emit_table(
    title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str = ""
) -> None:
    """Print a table: drawn on a terminal, tab-separated below a ``#`` title when piped.

    Cells are strings; numbers are formatted by the caller. Columns whose header starts with ``>`` are
    right-aligned.
    """
    if sys.stdout.isatty():
        _draw(title, header, rows, caption)
        return
    plain = [name.lstrip(">") for name in header]
    lines = [f"# {title}"] + ([f"# {caption}"] if caption else []) + ["\t".join(plain)]
    lines += ["\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row) for row in rows]
    emit_lines([*lines, ""])


def _draw(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(title=title, caption=caption or None, title_justify="left", caption_justify="left")
    kept = [k for k, name in enumerate(header) if console.width >= WIDE or name not in DROPPED_WHEN_NARROW]
    for k in kept:
        name = header[k]
        is_key = name.lstrip(">") in NEVER_CUT
        table.add_column(
            name.lstrip(">"), justify="right" if name.startswith(">") else "left", no_wrap=is_key
        )
    for row in rows:
        table.add_row(*[Text(row[k]) for k in kept])
    console.print(table)


def report_error(kind: str, message: str, fix: str, *, as_json: bool) -> None:
    """Print an error: a JSON object on stdout with ``--json``, else two lines on stderr."""
    if as_json:
        body = {"ok": False, "error": {"type": kind, "message": message, "fix": fix}}
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
        return
    note(f"error: {message}")
    if fix:
        note(f"  fix: {fix}")


def progress_bar() -> Progress | None:
    """Return a progress callback that draws one line on stderr; None when stderr is no terminal."""
    if not sys.stderr.isatty():
        return None
    width = 30

    def draw(done: int, total: int, what: str) -> None:
        filled = width * done // max(total, 1)
        bar = "#" * filled + "." * (width - filled)
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r[{bar}] {done}/{total} {what[:40]:<40}{end}")
        sys.stderr.flush()

    return draw


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
