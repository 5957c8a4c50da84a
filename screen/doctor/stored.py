"""The store: there, readable, writable, free, sound."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from exposures.errors import DataError, NotFoundError, ScreenError
from screen.doctor.check import Check
from screen.market.live import StoreSource
from screen.market.protocol import Company, MarketData, MarketRequest
from screen.market.store import MarketStore, StoreBusyError

__all__ = ["StoreLook", "look_at_store"]

FILL = 'Run "screen data pull".'
CHECK = 'Run "screen data check", which lists them with what to do.'


@dataclass(frozen=True)
class StoreLook:
    """What was found in the store.

    Parameters
    ----------
    checks
        Rows of the doctor.
    newest_pull
        Day of the newest pull; None without one.
    data
        Market data of the companies; None when nothing can be ranked from the store.
    """

    checks: tuple[Check, ...]
    newest_pull: date | None = None
    data: MarketData | None = None


def look_at_store(store: MarketStore, companies: Sequence[Company], *, day: date) -> StoreLook:
    """Read the store and take its lock for a moment; no data changes.

    Missing data: a store that is not there yet warns; one that cannot be read fails.
    """
    try:
        if not store.exists():
            missing = Check("store", "content", "warn", f"{store.address}: nothing stored yet", FILL)
            return StoreLook((missing, *_folder(store.address)))
        status, log = store.status(), store.pulls()
    except DataError as error:
        return StoreLook((_failed("content", error),))
    newest = log.get_column("pulled_at").max() if log.height else None
    pulled = newest if isinstance(newest, date) else None
    size = int(status.get_column("bytes").sum()) / 2**20
    found = f"{store.address}: {size:.1f} MiB, last pull {pulled or 'unknown'}"
    data = _data(store, companies, day=day)
    checks = [Check("store", "content", "ok", found) if data else _empty(store)]
    faults = store.faults()
    if faults:
        count = (
            "1 file cannot be read and is"
            if len(faults) == 1
            else f"{len(faults)} files cannot be read and are"
        )
        words = f"{count} left out, first {faults[0].path}"
        checks.append(Check("store", "faults", "warn", words, CHECK))
    else:
        checks.append(Check("store", "faults", "ok", "every file that a run needs can be read"))
    return StoreLook((*checks, _lock(store)), pulled, data)


def _data(store: MarketStore, companies: Sequence[Company], *, day: date) -> MarketData | None:
    try:
        return StoreSource(store, today=day).fetch(MarketRequest(tuple(companies), day))
    except NotFoundError:
        return None


def _empty(store: MarketStore) -> Check:
    return Check("store", "content", "warn", f"{store.address}: no price of the theme's companies", FILL)


def _lock(store: MarketStore) -> Check:
    """Take the writer's lock and give it back: that is what a pull needs first."""
    try:
        with store.writer():
            return Check("store", "lock", "ok", "free, and the store can be written")
    except StoreBusyError as error:
        return Check("store", "lock", "warn", error.message, error.fix)
    except DataError as error:
        return Check("store", "lock", "warn", error.message, error.fix)


def _folder(address: str) -> list[Check]:
    """Return whether the folder of a new store can be made; no row for an object address."""
    if "://" in address:
        return []
    there = Path(address).absolute()
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    fix = "Name another folder with --store or SCREEN_STORE."
    if not there.is_dir():
        return [Check("store", "folder", "fail", f"{there} is a file", fix)]
    if not os.access(there, os.W_OK | os.X_OK):
        return [Check("store", "folder", "fail", f"{there} cannot be written by this user", fix)]
    return [Check("store", "folder", "ok", f"can be made in {there}")]


def _failed(name: str, error: ScreenError) -> Check:
    return Check("store", name, "fail", error.message, error.fix)
