"""Names for people: what a ticker or a node is called."""

from __future__ import annotations

from collections.abc import Sequence

from reports.data import ReportData
from reports.texts import Texts

__all__ = ["Names", "listing"]


class Names:
    """Names of tickers and nodes; an unknown one keeps its own key."""

    def __init__(self, data: ReportData) -> None:
        self._names: dict[str, str] = {}
        for frame, key in ((data.nodes, "node"), (data.memberships, "ticker"), (data.rows, "ticker")):
            self._names.update(frame.select(key, "name").iter_rows())
        groups = data.memberships.select("ticker", "group").iter_rows()
        self._groups: dict[str, str] = dict(groups)

    def of(self, key: str | None) -> str:
        """Return the name of a ticker or node; a dash for null."""
        return "–" if key is None else self._names.get(key, key)

    def node(self, ticker: str) -> str:
        """Return the node of the ledger that a ticker belongs to: its group's parent."""
        return self._groups.get(ticker, ticker)


def listing(names: Sequence[str], texts: Texts, *, most: int) -> str:
    """Return names as ``a, b and c``; beyond `most` the rest is counted."""
    if len(names) > most:
        shown = ", ".join(names[:most])
        return texts.and_more.format(names=shown, count=len(names) - most)
    if len(names) < 2:
        return "".join(names)
    return texts.list_and.format(first=", ".join(names[:-1]), last=names[-1])
