"""The history pages: one HTML page a month, board and kind of company."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser

from pydantic import ValidationError

from screen.market.net.faults import FetchError
from screen.market.twse.boards import Board
from screen.market.twse.roc import parse_month
from screen.market.twse.rows import RevenueLine, plain

__all__ = ["HistoryPage", "parse_page"]

CELLS = 11
"""Code, name, month, previous month, month a year ago, two changes, two totals of the year, change,
remark."""

CODE = re.compile(r"[0-9]{4,6}[A-Z]?")
TITLE = re.compile(r"(上市|上櫃)公司\s*(\d+)\s*年\s*(\d+)\s*月份")
UNIT = "單位:千元"
TOTAL = re.compile(r"全部.{0,12}合計")
"""The last line of a whole page."""


@dataclass(frozen=True)
class HistoryPage:
    """What a page stated.

    Parameters
    ----------
    lines
        Company code -> its line.
    is_whole
        False when the page ends before its total: a company that is absent may only be cut off.
    """

    lines: dict[str, RevenueLine] = field(default_factory=dict)
    is_whole: bool = True


class _Cells(HTMLParser):
    """Collects the cells of every table row, and all text outside of markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.texts: list[str] = []
        self._is_open = False

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        self._is_open = tag in ("td", "th") or (self._is_open and tag not in ("tr", "table"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._is_open = False

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._is_open and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def parse_page(content: bytes, board: Board, end: date) -> HistoryPage:
    """Return the companies of a page that must be about `board` and the month that ends on `end`.

    Missing data: a line that cannot be read is left out, as is one without revenue; its company has no row.

    Raises
    ------
    FetchError
        ``bad_payload``: no such table, another board or month, or another unit. A refusal that comes as a
        page therefore never counts as a month without companies.
    """
    reader = _Cells()
    reader.feed(_text(content))
    reader.close()
    text = plain("".join(reader.texts))
    _require_subject(text, board, end)
    lines: dict[str, RevenueLine] = {}
    for row in reader.rows:
        cells = [plain(cell) for cell in row]
        if len(cells) != CELLS or not CODE.fullmatch(cells[0]):
            continue
        try:
            line = RevenueLine(month=end, revenue=cells[2], previous=cells[3], year_ago=cells[4])
        except ValidationError:
            continue
        if line.revenue is not None:
            lines[cells[0]] = line
    return HistoryPage(lines, TOTAL.search(text) is not None)


def _text(content: bytes) -> str:
    """UTF-8 where it is valid, else Big5 with Microsoft's extensions, which plain Big5 does not read."""
    for encoding in ("utf-8-sig", "cp950"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("cp950", errors="replace")


def _require_subject(text: str, board: Board, end: date) -> None:
    found = TITLE.search(text)
    if found is None:
        start = " ".join(text.split())[:40]
        raise FetchError("bad_payload", f"page of {end:%Y-%m} has no revenue table ({start!r})")
    name, month = found[1], parse_month(f"{found[2]}/{found[3]}")
    if name != board.title or month != end:
        raise FetchError(
            "bad_payload", f"page of {end:%Y-%m} is about {name}, {found[2]}/{found[3]} of the Republic"
        )
    if UNIT not in re.sub(r"\s", "", text):
        raise FetchError("bad_payload", f"page of {end:%Y-%m} does not say that it is in thousands")
