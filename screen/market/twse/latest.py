"""The answer with the newest month of every company of a board."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from screen.market.net.faults import FetchError
from screen.market.twse.boards import Board
from screen.market.twse.rows import RevenueLine, plain, plain_names

__all__ = ["LatestAnswer", "parse_latest"]

CODE = "公司代號"
NEEDED = (CODE, "資料年月", "營業收入當月營收")
"""Fields without which an answer says nothing."""


@dataclass(frozen=True)
class LatestAnswer:
    """What a board stated.

    Parameters
    ----------
    lines
        Company code -> its line; its month is not null.
    faults
        Company code -> why its line cannot be used.
    newest
        Newest month in the answer; None for an empty one.
    """

    lines: dict[str, RevenueLine] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    newest: date | None = None


def parse_latest(content: bytes, board: Board, *, today: date) -> LatestAnswer:
    """Return the lines of an answer of the exchange's OpenAPI.

    Missing data: ``-``, ``N/A`` and empty texts are null. A line that cannot be read, or of a month that has
    not ended, costs its company only. An empty array is an answer without lines: the caller says so.

    Raises
    ------
    FetchError
        ``bad_payload``: no JSON, no array, or the needed fields are called otherwise.
    """
    rows = _rows(content, board)
    if rows and not any(set(NEEDED) <= set(row) for row in rows):
        have = ", ".join(list(rows[0])[:6])
        raise FetchError(
            "bad_payload", f"{board.host} changed its fields: {', '.join(NEEDED)} expected, {have} found"
        )
    lines: dict[str, RevenueLine] = {}
    faults: dict[str, str] = {}
    for row in rows:
        code = plain(str(row.get(CODE) or ""))
        if not code:
            continue
        try:
            line = RevenueLine.model_validate(row)
        except ValidationError as error:
            faults[code] = f"line cannot be read: {_first(error)}"
            continue
        if fault := _fault(line, today) or ("" if code not in lines else "two lines in one answer"):
            faults[code] = fault
        else:
            lines[code] = line
    for code in faults.keys() & lines.keys():
        del lines[code]
    newest = max((line.month for line in lines.values() if line.month), default=None)
    return LatestAnswer(lines, faults, newest)


def _rows(content: bytes, board: Board) -> list[dict[str, Any]]:
    try:
        answer = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        start = content[:40].decode("utf-8", errors="replace").strip()
        raise FetchError("bad_payload", f"{board.host} sent no JSON ({start!r}, {error})") from error
    if not isinstance(answer, list):
        raise FetchError("bad_payload", f"{board.host} sent no list but {type(answer).__name__}")
    rows = [plain_names(row) for row in answer if isinstance(row, dict)]
    if answer and not rows:
        raise FetchError("bad_payload", f"{board.host} sent a list without records")
    return rows


def _fault(line: RevenueLine, today: date) -> str:
    if line.month is None:
        return "line names no month"
    if line.month >= today:
        return f"line is about {line.month:%Y-%m}, which has not ended"
    return ""


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])} is {str(first['input'])[:30]!r}"
