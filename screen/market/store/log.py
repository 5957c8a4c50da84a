"""The log of pulls: what was asked, with what outcome, and which of it the store still holds."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from screen.market.feed import FACT_DATASETS, Held
from screen.market.store.histories import price_tails
from screen.market.store.layout import (
    facts_folder,
    part_path,
    prices_folder,
    pulls_folder,
    ticker_of,
)
from screen.market.store.parquet import to_bytes
from screen.market.store.shelf import Shelf
from screen.market.tables import MONTHLY_REVENUE, PULLS

__all__ = ["claims", "forget", "held", "newest_rows"]

ANSWERED = ("ok", "partial", "empty")
"""Outcomes after which the store holds what the source has."""

DELIVERED = ("ok", "partial")
"""Outcomes with rows: they claim that a price file is there. An empty answer leaves none."""

LOGGED_AS = {"profiles": "profile"}
"""Dataset of the store -> dataset of the log, where they differ."""


def held(shelf: Shelf, source: str, tickers: Sequence[str], bars: int) -> Held:
    """Return the newest log rows, price tails and months of revenue, see `Held`.

    A row counts only while its data can be read: prices that were logged as delivered and whose file is
    missing or damaged, and datasets of which a part is damaged, are left out, so that they are asked again.
    """
    there = {ticker_of(file.path) for file in shelf.place.files(prices_folder(source))}
    wanted = set(tickers)
    tails = price_tails(shelf, source, sorted(there & wanted), bars)  # a read that finds nothing costs too
    have = set(tails.get_column("ticker").unique()) | (there - wanted)
    lost = [
        LOGGED_AS.get(name, name) for name in FACT_DATASETS if _is_damaged(shelf, facts_folder(name, source))
    ]
    log = shelf.folder([pulls_folder(source)], PULLS)
    months = shelf.folder([facts_folder("monthly_revenue", source)], MONTHLY_REVENUE)
    return Held(
        pulls=newest_rows(_backed(log, have, lost)),
        tails=tails,
        monthly_revenue=months.filter(pl.col("ticker").is_in(list(wanted))),
    )


def _backed(log: pl.DataFrame, have: set[str], lost: Sequence[str]) -> pl.DataFrame:
    """Return the rows of `log` without claims that no readable data backs."""
    delivered = pl.col("status").is_in(DELIVERED)
    without_file = (pl.col("dataset") == "prices") & delivered & ~pl.col("ticker").is_in(list(have))
    return log.filter(~without_file & ~claims(lost))


def claims(datasets: Sequence[str]) -> pl.Expr:
    """True for a log row that says one of `datasets` (names of the log) was answered."""
    return pl.col("dataset").is_in(list(datasets)) & pl.col("status").is_in(ANSWERED)


def _is_damaged(shelf: Shelf, folder: str) -> bool:
    paths = [file.path for file in shelf.place.files(folder)]
    contents = shelf.place.read(paths)
    there = [path for path, content in zip(paths, contents, strict=True) if content is not None]
    return len(shelf.sound(paths, contents)) < len(there)


def newest_rows(log: pl.DataFrame) -> pl.DataFrame:
    """Return the newest row of each (ticker, dataset) and its newest answered row.

    Newest is the latest pulled_at, and of one day the row that was written last.
    """
    ordered = log.sort("pulled_at", maintain_order=True).with_row_index("__row")
    key = ["ticker", "dataset"]
    newest = ordered.unique(key, keep="last", maintain_order=True)
    answered = ordered.filter(pl.col("status").is_in(ANSWERED)).unique(key, keep="last", maintain_order=True)
    return pl.concat([newest, answered]).unique("__row").sort("__row").drop("__row")


def forget(shelf: Shelf, source: str, dataset: str) -> None:
    """Rewrite the log of `source` without the answers of `dataset`, a dataset of the store that is damaged.

    The new part is written before the old ones are removed: a crash between them keeps the old claims, and
    the damaged file that they claim is still in its place for the next writer.
    """
    folder = pulls_folder(source)
    paths = [file.path for file in shelf.place.files(folder)]
    log = shelf.folder([folder], PULLS)
    kept = log.filter(~claims([LOGGED_AS.get(dataset, dataset)]))
    if kept.height == log.height:
        return
    if kept.height:
        shelf.place.write({part_path(folder, max(paths)): to_bytes(kept)})
    shelf.place.remove(paths)
