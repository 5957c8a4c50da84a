"""Blocks of a report on a terminal: paragraphs wrapped, tables folded, very long cells under their table."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from textwrap import wrap

from reports.document import Block, Folded, Paragraph, TableBlock
from reports.numbers import DASH
from reports.plain import plain_lines
from reports.texts import ENGLISH
from screen.console import emit_lines

__all__ = ["emit_blocks", "fitted_lines"]

GAP = 2
LINES = 2
"""Lines of the terminal that a cell may hold; a longer one would stretch its row over half a screen."""

LONGEST_WORD = 30
"""A longer word is an address: it would break in every line of a column."""

LEAST_COLUMN = 9
"""Columns of text narrower than this break most words: the widest column goes under the table instead."""


def emit_blocks(blocks: tuple[Block, ...]) -> None:
    """Print blocks within the width of a terminal; unfolded, one line a row, when piped."""
    if not sys.stdout.isatty():
        emit_lines(plain_lines(blocks, ENGLISH))
        return
    from rich.console import Console

    emit_lines(fitted_lines(blocks, Console().width))


def fitted_lines(blocks: tuple[Block, ...], width: int) -> list[str]:
    """Return the blocks as lines of at most `width` columns; an empty line stands between blocks."""
    lines: list[str] = []
    for block in blocks:
        made = _block(block, width)
        lines += ([""] if lines and made else []) + made
    return lines


def _block(block: Block, width: int) -> list[str]:
    if isinstance(block, TableBlock):
        return _table(block, width)
    if isinstance(block, Folded):
        return [*_wrapped(block.summary, width), *fitted_lines(block.blocks, width)]
    return [part for line in plain_lines((block,), ENGLISH) for part in _wrapped(line, width)]


def _wrapped(line: str, width: int, indent: str = "") -> list[str]:
    hang = "  " if line.startswith("- ") else indent
    return wrap(line, width, subsequent_indent=hang, break_on_hyphens=False) or [""]


def _table(block: TableBlock, width: int) -> list[str]:
    plain = plain_lines((block,), ENGLISH)
    if all(len(line) <= width for line in plain):
        return plain
    rows = [[plain_lines((Paragraph((cell,)),), ENGLISH)[0] for cell in row] for row in block.rows]
    beside = _beside(block.headers, rows, width)
    under = [k for k in range(len(block.headers)) if k not in beside]
    lines = _drawn(block, rows, beside, width)
    lines += [part for row in rows for part in _under(block.headers, row, under, width)]
    if block.label is not None:
        lines += _wrapped(plain[-1], width)
    return lines


def _beside(headers: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the columns that stay in the table: short cells, no addresses, and room for words in each."""
    longest = {
        k: max(len(text) for text in (headers[k], *(row[k] for row in rows))) for k in range(len(headers))
    }
    kept = [
        k
        for k in longest
        if k == 0 or (longest[k] <= LINES * width and not _has_address(row[k] for row in rows))
    ]
    while len(kept) > 1 and sum(min(longest[k], _least(headers[k])) + GAP for k in kept) > width:
        kept.remove(max(kept[1:], key=lambda k: longest[k]))
    return kept


def _has_address(cells: Iterable[str]) -> bool:
    return any(len(word) > LONGEST_WORD for text in cells for word in text.split())


def _least(header: str) -> int:
    return max(LEAST_COLUMN, *(len(word) for word in header.split()))


def _drawn(block: TableBlock, rows: Sequence[Sequence[str]], kept: Sequence[int], width: int) -> list[str]:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, GAP, 0, 0))
    for k in kept:
        drawn.add_column(
            Text(block.headers[k]), justify="right" if k in block.numeric else "left", overflow="fold"
        )
    for row in rows:
        drawn.add_row(*(Text(row[k]) for k in kept))
    file = StringIO()
    Console(file=file, width=width, color_system=None, force_terminal=False).print(drawn)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def _under(headers: Sequence[str], row: Sequence[str], under: Sequence[int], width: int) -> Iterator[str]:
    for k in under:
        if row[k] and row[k] != DASH:
            yield from _wrapped(f"{row[0]}, {headers[k].lower()}: {row[k]}", width, indent="    ")
