"""``screen data check``: is every file of the store sound?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from screen.console import emit_json, emit_table, note
from screen.market.store import MarketStore
from screen.settings import load_settings

__all__ = ["check_command"]

FAULTY = 3
"""Below full coverage: the check is complete and the sound files serve. 2 would mean that the command is
wrong, and a schedule that stops on 2 would stop over a file that the next pull replaces."""


def check_command(flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Print one row a fault; return 0 when there is none, else 3."""
    store = MarketStore(load_settings(flags).settings.store)
    faults = store.check()
    if as_json:
        emit_json(faults.to_dicts(), {"store": store.address, "faults": faults.height})
    elif faults.height:
        rows = [(row["path"], row["fault"], row["fix"]) for row in faults.sort("path").iter_rows(named=True)]
        emit_table("Faults", ("file", "fault", "what to do"), rows, caption=store.address)
    note(f"{store.address}: {faults.height or 'no'} fault{'' if faults.height == 1 else 's'}")
    return FAULTY if faults.height else 0
