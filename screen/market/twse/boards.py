"""The two boards and where each states monthly revenue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from screen.market.protocol import Company
from screen.market.twse.roc import roc_year

__all__ = ["BOARDS", "DOMESTIC", "FOREIGN", "HISTORY_HOST", "Board", "code_of", "page_url"]

DOMESTIC, FOREIGN = 0, 1
"""Kinds of history page: companies of Taiwan, and foreign issuers (names that end in -KY)."""

HISTORY_HOST = "https://mopsov.twse.com.tw"
"""Market Observation Post System: one page a month, board and kind, Big5 with Microsoft's extensions."""


@dataclass(frozen=True)
class Board:
    """One board.

    Parameters
    ----------
    suffix
        End of its Yahoo symbols.
    host
        Name of the data host for people.
    latest_url
        Newest month of every company, a JSON array.
    folder
        Folder of its history pages.
    title
        How its history pages call it in their title.
    """

    suffix: str
    host: str
    latest_url: str
    folder: str
    title: str

    def companies(self, companies: Iterable[Company]) -> list[Company]:
        """Return those of `companies` that are on this board."""
        return [company for company in companies if company.ticker.endswith(self.suffix)]


BOARDS = (
    Board(
        ".TW",
        "TWSE",
        "https://openapi.twse.com.tw/v1/opendata/t187ap05_L",
        "sii",
        "上市",
    ),
    # TPEx's description (https://www.tpex.org.tw/openapi/swagger.json) was not at hand; the path is the one
    # that several public projects of 2025 and 2026 read, with the field names of the TWSE answer.
    Board(
        ".TWO",
        "TPEx",
        "https://www.tpex.org.tw/openapi/v1/mopsfin_t187ap05_O",
        "otc",
        "上櫃",
    ),
)


def code_of(ticker: str) -> str:
    """Return the exchange's company code: ``2330.TW`` is ``2330``."""
    return ticker.split(".", maxsplit=1)[0]


def page_url(board: Board, month_end: date, kind: int) -> str:
    """Return the address of a history page; year in the Republic's count, month without a leading zero."""
    year, month = roc_year(month_end), month_end.month
    return f"{HISTORY_HOST}/nas/t21/{board.folder}/t21sc03_{year}_{month}_{kind}.html"
