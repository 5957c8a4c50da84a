"""The report as GitHub-flavoured markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from reports.build import report_blocks
from reports.check import check_report
from reports.citations import Citations
from reports.data import ReportData
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
from reports.mermaid import flowchart
from reports.numbers import day
from reports.texts import ENGLISH, Texts

__all__ = ["anchor", "blocks_markdown", "escape", "render_markdown"]

# Characters that start markup anywhere in a line. An underscore inside a word starts none in GFM.
_ALWAYS = re.compile(r"([\\`*\[\]|~$])")
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
# What GitHub drops from a heading when it makes the anchor.
_NO_ANCHOR = re.compile(r"[^\w\- ]")
# What would start a heading, list or quote at the beginning of a line.
_LINE_START = re.compile(r"^(?:([#>+-])|(\d+)([.)]))(?=\s|$|#)")


def render_markdown(data: ReportData, *, texts: Texts = ENGLISH) -> str:
    """Return the whole report as markdown: same data, same bytes.

    Parameters
    ----------
    data
        What `screen` filled in; the frames are checked against their declared tables.
    texts
        Words of the report's language.

    Returns
    -------
    str
        Markdown that GitHub draws (tables, folded parts, mermaid, footnotes); it ends with a newline.

    Missing data: null prints as a dash; an empty frame prints a sentence that says so.

    Raises
    ------
    TableError
        When a frame does not match its declared table.
    """
    check_report(data)
    writer = _Writer(
        texts,
        sources={row["source"]: row for row in data.sources.iter_rows(named=True)},
        assumptions=frozenset(data.assumptions.get_column("assumption_id")),
        market=(data.facts.source, data.facts.source_label),
    )
    return writer.draw(report_blocks(data, texts)) + "\n"


def blocks_markdown(blocks: tuple[Block, ...], *, texts: Texts = ENGLISH) -> str:
    """Return blocks that cite no source as markdown; it ends with a newline."""
    return _Writer(texts, sources={}, assumptions=frozenset(), market=("", "")).draw(blocks) + "\n"


def escape(text: str) -> str:
    """Return `text` on one line with every character escaped that would be markup."""
    line = " ".join(text.split())
    line = _ALWAYS.sub(r"\\\1", line)
    line = _EDGE_UNDERSCORE.sub(r"\\_", line)
    return _ENTITY.sub("&amp;", _TAG.sub(r"\\<", line))


def anchor(heading: str) -> str:
    """Return the name under which GitHub links to a heading: letters, digits, hyphens, underscores.

    A second heading of the same text gets a number behind it there, so link to texts that stand once.
    """
    return _NO_ANCHOR.sub("", " ".join(heading.split()).lower()).replace(" ", "-")


class _Writer:
    """Draws blocks in order and remembers what was cited."""

    def __init__(
        self,
        texts: Texts,
        *,
        sources: Mapping[str, dict[str, Any]],
        assumptions: frozenset[str],
        market: tuple[str, str],
    ) -> None:
        self._market, self._market_label = market
        self._sources = sources
        self._assumptions = assumptions
        self._citations = Citations(self._sources.keys())
        self._texts = texts

    def draw(self, blocks: tuple[Block, ...]) -> str:
        return "\n\n".join(self._block(block) for block in blocks)

    def _block(self, block: Block) -> str:
        match block:
            case Heading():
                made = f"{'#' * block.level} {escape(block.text)}"
            case Paragraph():
                made = self._line(block)
            case Bullets():
                made = "\n".join(f"- {self._line(item)}" for item in block.items)
            case Callout():
                lines = "\n>\n".join(f"> {self._line(item)}" for item in block.paragraphs)
                made = f"> [!{block.kind.upper()}]\n{lines}"
            case TableBlock():
                made = self._table(block)
            case Diagram():
                made = f"```mermaid\n{flowchart(block)}\n```"
            case Folded():
                summary = html.escape(" ".join(block.summary.split()), quote=False)
                made = f"<details>\n<summary>{summary}</summary>\n\n{self.draw(block.blocks)}\n\n</details>"
            case References():
                made = self._references(block)
        return made

    def _line(self, block: Paragraph) -> str:
        line = " ".join(self._phrase(phrase) for phrase in block.phrases)
        return _LINE_START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", line)

    def _phrase(self, phrase: Phrase) -> str:
        text = escape(phrase.text)
        if phrase.is_strong and text:
            text = f"**{text}**"
        if phrase.heading is not None:
            text = f"[{text}](#{anchor(phrase.heading)})"
        if phrase.label is not None:
            text = f"{text} *({escape(self._texts.labels[phrase.label])})*"
        notes = " ".join(f"[^{name}]" for name in self._citations.cite(phrase.sources))
        return f"{text} {notes}".strip() if notes else text

    def _table(self, block: TableBlock) -> str:
        rules = ["---:" if i in block.numeric else "---" for i in range(len(block.headers))]
        lines = [_row([escape(h) for h in block.headers]), _row(rules)]
        lines += [_row([self._phrase(cell) for cell in row]) for row in block.rows]
        drawn = "\n".join(lines)
        if block.label is None:
            return drawn
        label = self._texts.label_line.format(label=self._texts.labels[block.label])
        return f"{drawn}\n\n*{escape(label)}*"

    def _references(self, block: References) -> str:
        cited = self._citations.cited()
        if not cited:
            return escape(block.empty)
        notes = "\n".join(f"[^{name}]: {self._source(key)}" for key, name in cited)
        return f"{escape(block.intro)}\n\n{notes}"

    def _source(self, key: str) -> str:
        row = self._sources.get(key)
        if row is None:
            if re.match(r"https?://", key):
                return _link(key)
            return escape(self._unlisted(key))
        published = [day(row["published"])] if row["published"] else []
        words = escape(", ".join([key, *([row["kind"]] if row["kind"] else []), *published]))
        return f"{words}, {_link(row['url'])}" if row["url"] else words

    def _unlisted(self, key: str) -> str:
        texts = self._texts
        if key.split(":", maxsplit=1)[0] == self._market:
            return texts.source_market.format(key=key, source_label=self._market_label)
        line = texts.source_assumption if key in self._assumptions else texts.source_unlisted
        return line.format(key=key)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _link(address: str) -> str:
    """Return an address as a link; what is no web address stays text."""
    if not re.match(r"https?://", address):
        return escape(address)
    safe = address.strip().replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
    return f"<{safe.replace('|', '%7C')}>"
