"""Blocks as plain text for a terminal or a pipe: aligned columns, no markup, no citations."""

from __future__ import annotations

import unicodedata

from reports.document import (
    Block,
    Bullets,
    Callout,
    Diagram,
    Folded,
    Heading,
    Paragraph,
    Phrase,
    References,
    TableBlock,
)
from reports.texts import Texts

__all__ = ["plain_lines"]

GAP = "  "


def plain_lines(blocks: tuple[Block, ...], texts: Texts) -> list[str]:
    """Return the blocks as lines; an empty line stands between blocks. Folded parts are shown open."""
    lines: list[str] = []
    for block in blocks:
        made = _block(block, texts)
        if lines and made:
            lines.append("")
        lines.extend(made)
    return lines


def _block(block: Block, texts: Texts) -> list[str]:
    match block:
        case Heading():
            lines = [block.text]
        case Paragraph():
            lines = [_line(block, texts)]
        case Bullets():
            lines = [f"- {_line(item, texts)}" for item in block.items]
        case Callout():
            lines = [_line(item, texts) for item in block.paragraphs]
        case TableBlock():
            lines = _table(block, texts)
        case Folded():
            lines = [block.summary, *plain_lines(block.blocks, texts)]
        case Diagram() | References():
            lines = []
    return lines


def _line(block: Paragraph, texts: Texts) -> str:
    return " ".join(_text(phrase, texts) for phrase in block.phrases)


def _text(phrase: Phrase, texts: Texts) -> str:
    text = " ".join(phrase.text.split())
    return text if phrase.label is None else f"{text} ({texts.labels[phrase.label]})"


def _table(block: TableBlock, texts: Texts) -> list[str]:
    rows = [list(block.headers), *([_text(cell, texts) for cell in row] for row in block.rows)]
    widths = [max(_width(row[i]) for row in rows) for i in range(len(block.headers))]
    rules = ["-" * width for width in widths]
    lines = [_aligned(row, widths, block.numeric) for row in (rows[0], rules, *rows[1:])]
    if block.label is not None:
        lines.append(texts.label_line.format(label=texts.labels[block.label]))
    return lines


def _aligned(row: list[str], widths: list[int], numeric: frozenset[int]) -> str:
    cells = []
    for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
        space = " " * (width - _width(cell))
        cells.append(space + cell if i in numeric else cell + space)
    return GAP.join(cells).rstrip()


def _width(text: str) -> int:
    """Columns that a text takes on a terminal: two for wide East Asian characters."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
