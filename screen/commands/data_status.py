"""``screen data status``: what the store holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from screen.console import emit_json, emit_table
from screen.market.store import MarketStore
from screen.settings import load_settings

__all__ = ["size_words", "status_command"]

HEADER = ("source", "dataset", ">tickers", ">rows", ">files", ">size", "newest", "last pull")


def status_command(flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Print one row per source and dataset. A store that is not there is a `NotFoundError` with its fix."""
    store = MarketStore(load_settings(flags).settings.store)
    status = store.status()
    total = int(status.get_column("bytes").sum())
    if as_json:
        emit_json(status.to_dicts(), {"store": store.address, "bytes": total})
        return 0
    rows = [
        (
            row["source"],
            row["dataset"],
            f"{row['tickers']:,}",
            f"{row['rows']:,}",
            f"{row['files']:,}",
            size_words(row["bytes"]),
            str(row["newest"] or "-"),
            str(row["pulled_at"] or "-"),
        )
        for row in status.iter_rows(named=True)
    ]
    emit_table("Store", HEADER, rows, caption=f"{store.address}, {size_words(total)}")
    return 0


def size_words(count: int) -> str:
    """Return bytes in the unit that people read: kB below a megabyte, else MB."""
    return f"{count / 1e6:,.1f} MB" if count >= 1_000_000 else f"{count / 1e3:,.1f} kB"
