"""Reading history pages: only the months that are missing, foreign issuers' pages only when needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from screen.market.net.faults import FetchError
from screen.market.net.http import HttpClient
from screen.market.twse.boards import DOMESTIC, FOREIGN, Board, page_url
from screen.market.twse.cache import PageCache
from screen.market.twse.pages import HistoryPage, parse_page
from screen.market.twse.roc import public_by
from screen.market.twse.rows import RevenueLine

__all__ = ["History", "read_history"]


@dataclass
class History:
    """What the pages gave.

    Parameters
    ----------
    lines
        (company code, month) -> its line.
    faults
        (company code, month) -> why the page that may have it could not be read.
    """

    lines: dict[tuple[str, date], RevenueLine] = field(default_factory=dict)
    faults: dict[tuple[str, date], str] = field(default_factory=dict)


def read_history(
    client: HttpClient,
    cache: PageCache,
    board: Board,
    missing: Mapping[str, set[date]],
    *,
    today: date,
    is_full: bool = False,
) -> History:
    """Return the wanted months of companies of `board`, newest month first.

    Parameters
    ----------
    client
        Asks the history host.
    cache
        Pages read before; not used with `is_full`.
    missing
        Company code -> months wanted.

    Missing data: a company that whole pages of a month do not name has no line and no fault: it did not
    publish as a company of this board then.
    """
    history = History()
    for end in sorted(set().union(*missing.values()), reverse=True):
        wanted = {code for code, months in missing.items() if end in months}
        for kind in (DOMESTIC, FOREIGN):
            if not wanted:
                break
            try:
                page = _page(client, cache, board, end, kind, today=today, is_full=is_full)
            except FetchError as fault:
                history.faults.update({(code, end): fault.message for code in wanted})
                continue
            history.lines.update({(code, end): page.lines[code] for code in wanted & page.lines.keys()})
            wanted -= page.lines.keys()
            if not page.is_whole:
                history.faults.update({(code, end): f"page of {end:%Y-%m} ends early" for code in wanted})
    history.faults = {key: why for key, why in history.faults.items() if key not in history.lines}
    return history


def _page(
    client: HttpClient,
    cache: PageCache,
    board: Board,
    end: date,
    kind: int,
    *,
    today: date,
    is_full: bool,
) -> HistoryPage:
    """Return one page, kept for later when it is whole and its month is certainly public."""
    name = f"{board.folder}_{end:%Y-%m}_{kind}"
    kept = None if is_full else cache.get(name)
    if kept is not None:
        return parse_page(kept, board, end)
    answer, _ = client.get(page_url(board, end, kind))
    page = parse_page(answer.content, board, end)
    if page.is_whole and public_by(end) <= today:
        cache.put(name, answer.content)
    return page
