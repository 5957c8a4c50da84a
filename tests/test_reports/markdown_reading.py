"""Read a report back with an independent parser: tables, headings and footnotes."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\](?!:)")
DEFINITION = re.compile(r"^\[\^([^\]\s]+)\]:", re.MULTILINE)


def tables_of(markdown: str) -> list[list[list[str]]]:
    """Return every table as rows of cell texts, as a CommonMark parser with GFM tables sees them."""
    tables: list[list[list[str]]] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    for i, token in enumerate(tokens):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type in {"th_open", "td_open"}:
            inline = tokens[i + 1].children or []
            tables[-1][-1].append("".join(t.content for t in inline if t.type in {"text", "text_special"}))
    return tables


def headings_of(markdown: str) -> list[tuple[int, str]]:
    """Return (level, text) of every heading."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    return [
        (int(token.tag[1]), tokens[i + 1].content)
        for i, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def table_with(markdown: str, header: str) -> list[list[str]]:
    """Return the first table that has `header` among its headers."""
    return next(table for table in tables_of(markdown) if header in table[0])
