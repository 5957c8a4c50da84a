"""The terminal: data on stdout, the rest on stderr; tables drawn on a terminal, plain when piped."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from exposures.errors import DataError
from screen.market.progress import Progress

__all__ = [
    "OutputError",
    "banner",
    "emit_json",
    "emit_lines",
    "emit_table",
    "kept_columns",
    "note",
    "progress_bar",
    "progress_line",
    "report_error",
    "stderr_width",
]

JSON_SCHEMA_VERSION = 1

USUAL_WIDTH = 80

DROPPED_WHEN_NARROW = (
    *("segment", ">coverage", ">P(top 5)", "driven by"),
    *(">files", ">size", ">not covered", ">not found", ">empty", ">partial"),
)
"""Columns that a terminal too narrow for all does without, the first to go first."""

NEVER_CUT = ("rank", "90%", "ticker", "tier", "score")
LEAST_WIDTH = {"name": 18, "segment": 16, "driven by": 26}
"""Columns of text below which words break: a column narrower than this is dropped, not squeezed."""

LEAST_ELSEWHERE = 10
BORDER = 3
"""Columns that the drawing adds to each column of a table."""


class OutputError(DataError):
    """stdout itself cannot take the data, so the error goes to stderr even with ``--json``."""


def note(text: str) -> None:
    """Write one line to stderr."""
    try:
        sys.stderr.write(_Bar.end() + text.rstrip("\n") + "\n")
        sys.stderr.flush()
    except BrokenPipeError:  # nobody reads on; the outputs are still to be written
        _discard(sys.stderr)


def stderr_width() -> int | None:
    """Return the columns of the terminal behind stderr; None when stderr is no terminal that tells."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or None
    except (OSError, ValueError):  # a file, a pipe, or no descriptor at all
        return None


def banner(text: str) -> None:
    """Write a boxed line to stderr that cannot be overlooked."""
    rule = "!" * (len(text) + 6)
    note(f"{rule}\n!! {text} !!\n{rule}")


def emit_lines(lines: Sequence[str]) -> None:
    """Write lines to stdout."""
    _put("".join(f"{line}\n" for line in lines))


def emit_json(data: Any, meta: Mapping[str, Any]) -> None:
    """Write the one JSON object of a successful command to stdout."""
    body = {"ok": True, "schema_version": JSON_SCHEMA_VERSION, "data": data, "meta": dict(meta)}
    _put(json.dumps(body, ensure_ascii=False, default=_plain) + "\n")


def _put(text: str) -> None:
    """Write to stdout at once. A reader that stops early (``| head``) is no fault; a full disk is one."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
    except OSError as error:
        _discard(sys.stdout)
        raise OutputError(
            f"standard output cannot be written: {error.strerror}.", fix="Free space, or write elsewhere."
        ) from error


def _discard(stream: TextIO) -> None:
    """Send what `stream` still holds nowhere, so that its flush at the end of the program is silent."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


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
    kept = kept_columns(header, rows, console.width)
    needs = {k: _least(header[k], [row[k] for row in rows]) for k in kept}
    is_room = sum(needs.values()) + BORDER * len(kept) + 1 <= console.width
    for k in kept:
        name = header[k]
        table.add_column(
            name.lstrip(">"),
            justify="right" if name.startswith(">") else "left",
            no_wrap=name.lstrip(">") in NEVER_CUT,
            min_width=needs[k] if is_room else None,
        )
    for row in rows:
        table.add_row(*[Text(row[k]) for k in kept])
    console.print(table)


def kept_columns(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the columns that a terminal of `width` can show, with ``DROPPED_WHEN_NARROW`` left out in turn.

    Columns of ``NEVER_CUT`` and of numbers need their longest cell, others at least ``LEAST_WIDTH``.
    """
    kept = list(range(len(header)))
    needs = [_least(header[k], [row[k] for row in rows]) for k in kept]
    for name in DROPPED_WHEN_NARROW:
        if sum(needs[k] + BORDER for k in kept) + 1 <= width:
            break
        kept = [k for k in kept if header[k] != name]
    return kept


def _least(header: str, cells: Sequence[str]) -> int:
    name = header.lstrip(">")
    if header.startswith(">") and name not in NEVER_CUT:  # a number that is cut is another number
        return max(len(text) for text in (*name.split(), *cells))
    longest = max(len(text) for text in (name, *cells))
    return longest if name in NEVER_CUT else min(longest, LEAST_WIDTH.get(name, LEAST_ELSEWHERE))


def report_error(kind: str, message: str, fix: str, *, as_json: bool) -> None:
    """Print an error: a JSON object on stdout with ``--json``, else two lines on stderr."""
    if as_json:
        body = {"ok": False, "error": {"type": kind, "message": message, "fix": fix}}
        try:
            _put(json.dumps(body, ensure_ascii=False) + "\n")
        except OutputError as fault:
            note(f"error: {fault.message}")
        return
    note(f"error: {message}")
    if fix:
        note(f"  fix: {fix}")


def progress_bar() -> Progress | None:
    """Return a progress callback that draws one line on stderr; None when stderr is no terminal."""
    if not sys.stderr.isatty():
        return None

    def draw(done: int, total: int, what: str) -> None:
        line = progress_line(done, total, what, stderr_width() or USUAL_WIDTH)
        _Bar.is_open = done < total
        sys.stderr.write(f"\r{line}" if _Bar.is_open else f"\r{line}\n")
        sys.stderr.flush()

    return draw


def progress_line(done: int, total: int, what: str, columns: int) -> str:
    """Return a bar, the count and `what`, padded to just below `columns`: a full line would wrap."""
    count = f" {done}/{total} "
    width = max(0, min(30, columns - len(count) - 20))
    filled = width * done // max(total, 1)
    room = max(0, min(40, columns - 1 - width - 2 - len(count)))
    return f"[{'#' * filled}{'.' * (width - filled)}]{count}{what[:room]:<{room}}"


class _Bar:
    """Whether the cursor stands in the line of a progress bar, which the next note must leave first."""

    is_open = False

    @classmethod
    def end(cls) -> str:
        """Return the line break that ends an open bar, or nothing."""
        was_open, cls.is_open = cls.is_open, False
        return "\n" if was_open else ""


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
