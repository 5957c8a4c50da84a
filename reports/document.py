"""What a report is made of before it becomes text: blocks that any renderer can draw.

Sections build blocks from data; `reports.markdown` and `reports.plain` draw them. A block holds plain
text, never markup, and keeps citations apart, so that each renderer escapes in its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from exposures.errors import TableError

__all__ = [
    "Block",
    "Bullets",
    "Callout",
    "Diagram",
    "DiagramEdge",
    "DiagramNode",
    "Folded",
    "Heading",
    "Paragraph",
    "Phrase",
    "References",
    "TableBlock",
    "paragraph",
    "table",
    "table_with_rest",
]


@dataclass(frozen=True)
class Phrase:
    """A run of text.

    Parameters
    ----------
    text
        Plain text without markup.
    sources
        Source keys as the tables hold them, several joined by ``+`` or ``; ``; null when none is cited.
    label
        fact, estimate or inference; null when the phrase carries no figure.
    is_strong
        True for text that must stand out.
    heading
        Text of the heading that the phrase leads to; a renderer without links prints the text alone.
    """

    text: str
    sources: str | None = None
    label: str | None = None
    is_strong: bool = False
    heading: str | None = None


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title of the report."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Phrases that follow each other, separated by a space."""

    phrases: tuple[Phrase, ...]


@dataclass(frozen=True)
class Bullets:
    """A list; each item is a paragraph."""

    items: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Callout:
    """A box that cannot be overlooked."""

    kind: Literal["caution", "warning"]
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class TableBlock:
    """A table: every row has a cell for every header.

    Parameters
    ----------
    label
        Label of all figures in the table; null when a column or the cells carry it.
    numeric
        Columns that are set to the right.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[Phrase, ...], ...]
    label: str | None = None
    numeric: frozenset[int] = frozenset()

    def texts(self) -> list[list[str]]:
        """Return the cells as plain text, row by row, without citations."""
        return [[cell.text for cell in row] for row in self.rows]


@dataclass(frozen=True)
class DiagramNode:
    """A party of the diagram."""

    node: str
    name: str
    is_private: bool


@dataclass(frozen=True)
class DiagramEdge:
    """Money that flows from payer to payee in the year; financing is drawn dashed."""

    payer: str
    payee: str
    text: str
    is_financing: bool


@dataclass(frozen=True)
class Diagram:
    """A directed diagram of money flows."""

    nodes: tuple[DiagramNode, ...]
    edges: tuple[DiagramEdge, ...]


@dataclass(frozen=True)
class References:
    """The place where the cited sources are listed."""

    intro: str
    empty: str


@dataclass(frozen=True)
class Folded:
    """Blocks that are hidden until the reader opens them."""

    summary: str
    blocks: tuple[Block, ...]


Block: TypeAlias = Heading | Paragraph | Bullets | Callout | TableBlock | Diagram | References | Folded


def paragraph(*phrases: str | Phrase) -> Paragraph:
    """Return a `Paragraph`; plain strings become phrases."""
    return Paragraph(tuple(_phrase(p) for p in phrases))


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str | Phrase]],
    *,
    label: str | None = None,
    numeric: Sequence[int] = (),
) -> TableBlock:
    """Return a `TableBlock`; plain strings become phrases.

    Raises
    ------
    TableError
        When a row does not have one cell for each header.
    """
    for row in rows:
        if len(row) != len(headers):
            cells = [_phrase(cell).text for cell in row]
            raise TableError(f"report table {list(headers)}: a row has {len(row)} cells: {cells}.")
    made = tuple(tuple(_phrase(cell) for cell in row) for row in rows)
    return TableBlock(tuple(headers), made, label, frozenset(numeric))


def table_with_rest(
    headers: Sequence[str],
    rows: Sequence[Sequence[str | Phrase]],
    *,
    top: int,
    summary: str,
    label: str | None = None,
    numeric: Sequence[int] = (),
) -> tuple[Block, ...]:
    """Return a table of the first `top` rows and the others folded under `summary`.

    `top` 0 shows all rows. ``{count}`` in `summary` becomes the number of folded rows. No rows give no
    block.
    """
    if not rows:
        return ()
    cut = top if top > 0 else len(rows)
    first = table(headers, rows[:cut], label=label, numeric=numeric)
    if not rows[cut:]:
        return (first,)
    rest = table(headers, rows[cut:], label=label, numeric=numeric)
    return (first, Folded(summary.format(count=len(rows) - cut), (rest,)))


def _phrase(value: str | Phrase) -> Phrase:
    return value if isinstance(value, Phrase) else Phrase(value)
