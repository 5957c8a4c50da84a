"""What one pull read of one company, and how that is told in OUTCOMES."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from screen.market.net.faults import FetchError
from screen.market.twse.boards import Board, code_of
from screen.market.twse.due import last_public
from screen.market.twse.facts import Observation, StoredMonth, observed
from screen.market.twse.history import History
from screen.market.twse.latest import LatestAnswer
from screen.market.twse.roc import add_months
from screen.market.twse.rows import THOUSAND

__all__ = ["Reading", "read_company"]


@dataclass(frozen=True)
class Reading:
    """One company after a pull.

    Parameters
    ----------
    seen
        Month -> what was read today.
    stored
        Month -> what was stored before.
    line_fault
        Why its line of the newest answer cannot be used; empty when it can, or when there is none.
    page_faults
        Month -> why its page could not be read.
    is_listed
        True when the newest answer names the company.
    """

    seen: Mapping[date, Observation]
    stored: Mapping[date, StoredMonth]
    line_fault: str
    page_faults: Mapping[date, str]
    is_listed: bool

    @property
    def newest(self) -> date | None:
        """Newest month that is known, read or stored."""
        return max([*self.seen, *self.stored], default=None)

    def outcome(self, board: Board, fault: FetchError | None, *, today: date) -> tuple[str, str | None]:
        """Return (status, reason) of the company.

        `fault` is what happened to the newest answer of the board. It stands as the company's status, unless
        the history pages gave the newest month all the same (partial).
        """
        public = last_public(today)
        if fault is not None:
            is_served = any(end >= public for end in self.seen)
            return ("partial" if is_served else fault.status), self._with_age(fault.message)
        if self.line_fault:
            return "bad_payload", self._with_age(self.line_fault)
        if self.newest is None:
            return self._absent(board)
        return self._shortage(self.newest, public)

    def _absent(self, board: Board) -> tuple[str, str]:
        if self.is_listed:
            return "empty", f"{board.host} states no revenue"
        return "not_covered", f"not among the companies whose monthly revenue {board.host} states"

    def _shortage(self, newest: date, public: date) -> tuple[str, str | None]:
        """Say what is missing beside a newest month."""
        if newest < public:
            return "partial", f"newest month is {newest:%Y-%m}, though {public:%Y-%m} is public"
        if not self.page_faults:
            return "ok", None
        first = max(self.page_faults)
        more = f" and {len(self.page_faults) - 1} more" if len(self.page_faults) > 1 else ""
        return "partial", f"history lacks {first:%Y-%m}{more}: {self.page_faults[first]}"

    def _with_age(self, reason: str) -> str:
        return reason if self.newest is None else f"{reason}; known up to {self.newest:%Y-%m}"


def read_company(
    ticker: str, latest: LatestAnswer, history: History, stored: Mapping[date, StoredMonth]
) -> Reading:
    """Put together what was read of one company: history pages, and the newest answer over them.

    The newest answer also states the month before. It counts where that month is stored, so that a
    restatement of it is seen: a month that is not stored needs its page, which has its year-ago value too. A
    stated 0 does not count, since it stands for a company that had nothing to compare.
    """
    code = code_of(ticker)
    seen = {
        end: fact
        for (owner, end), line in history.lines.items()
        if owner == code and (fact := observed(line)) is not None
    }
    line = latest.lines.get(code)
    if line is not None and line.month is not None:
        before = add_months(line.month, -1)
        if before in stored and before not in seen and line.previous:
            seen[before] = Observation(line.previous * THOUSAND, None, line.table_day)
        if (fact := observed(line)) is not None:
            seen[line.month] = fact
    return Reading(
        seen,
        stored,
        latest.faults.get(code, ""),
        {end: why for (owner, end), why in history.faults.items() if owner == code},
        is_listed=line is not None or code in latest.faults,
    )
