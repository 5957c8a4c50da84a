"""``screen data prune``: join small files, clear away what no command reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from exposures.load import load_theme
from screen.calendar import parse_date
from screen.commands.data_status import size_words
from screen.commands.session import today
from screen.console import emit_json, emit_table
from screen.market.protocol import companies_of
from screen.market.store import MarketStore
from screen.settings import load_settings

__all__ = ["prune_command"]


def prune_command(
    flags: Mapping[str, Any], *, theme: str | None, before: str | None, is_dry_run: bool, as_json: bool
) -> int:
    """Prune the store and print the counts.

    Parameters
    ----------
    theme
        Keep the prices of this theme's companies alone; None keeps all. Not read from the settings: a
        default theme must not remove what another theme pulled.
    """
    store = MarketStore(load_settings(flags).settings.store)
    keep = None
    if theme is not None:
        keep = [company.ticker for company in companies_of(load_theme(theme, as_of=today()).companies)]
    day = parse_date(before, what="--before") if before is not None else None
    done = store.prune(keep_tickers=keep, before=day, dry_run=is_dry_run)
    if as_json:
        emit_json(asdict(done), {"store": store.address, "dry_run": is_dry_run})
        return 0
    rows = [
        ("files of facts and log", str(done.parts_before), str(done.parts_after)),
        ("size", size_words(done.bytes_before), size_words(done.bytes_after)),
        ("rows stored twice", str(done.rows_dropped), "0"),
        ("log rows of old pulls", str(done.log_rows_removed), "0"),
        ("price files of other companies", str(done.prices_removed), "0"),
        ("leftovers of a crash", str(done.leftovers_removed), "0"),
    ]
    title = "Prune (dry run: nothing was changed)" if is_dry_run else "Prune"
    emit_table(title, ("what", ">before", ">after"), rows, caption=store.address)
    return 0
