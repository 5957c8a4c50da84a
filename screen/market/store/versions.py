"""Versions of a fact: which rows of a pull are new to the store, and which version a reader gets.

The store only adds. A row that states again what the newest stored version of the same fact states is left
out; any other row becomes a further version. `current` then picks one version of each fact as of a day.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from exposures.errors import TableError, UsageError
from exposures.table import Table
from reports.data import FINDINGS
from screen.market.stored_outcomes import SERVING_DAYS
from screen.market.tables import ESTIMATES, FX, MONTHLY_REVENUE, PROFILES, REVISIONS, STATEMENTS

__all__ = ["DATASETS", "DAYS", "current", "news", "owner_column", "table_of"]

DATASETS: dict[str, Table] = {
    "estimates": ESTIMATES,
    "statements": STATEMENTS,
    "profiles": PROFILES,
    "fx": FX,
    "monthly_revenue": MONTHLY_REVENUE,
    "revisions": REVISIONS,
    "findings": FINDINGS,
}
"""Append-only datasets and their tables."""

DAYS = {"revisions": "seen_at", "findings": "date"}
"""Column that says since when a row was known, where it is not known_at."""

_ESTIMATE_KEY = ["ticker", "known_at", "period", "period_end", "metric", "source"]
_LAGGED_KEY = ["ticker", "item", "period_type", "period_end", "tag_rank", "source"]
_LAGGED = ("assumed_lag", "observed")


def table_of(dataset: str) -> Table:
    """Return the table of `dataset`, or raise UsageError with the datasets there are."""
    if dataset not in DATASETS:
        raise UsageError(f'"{dataset}" is not a dataset of the store; allowed: {", ".join(DATASETS)}.')
    return DATASETS[dataset]


def owner_column(dataset: str) -> str:
    """Return the column that says whom a row is about: ticker, or base for exchange rates."""
    return "base" if dataset == "fx" else "ticker"


def _key(dataset: str) -> list[str]:
    return _ESTIMATE_KEY if dataset == "estimates" else list(DATASETS[dataset].key)


def _stated(frame: pl.DataFrame) -> list[str]:
    """Return the columns that a row states: all but the day it was read."""
    return [name for name in frame.columns if name != "seen_at"]


def news(dataset: str, known: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of one pull that the store does not know yet, as they are to be stored.

    Statements with known_at_basis "assumed_lag" are compared by (ticker, item, period_type, period_end,
    tag_rank, source): the value and currency of the newest stored version again are left out; another value
    is stored as "observed", known on the day it was seen (never before the version it replaces). Other
    statements are left out when an identical row (but for seen_at) is stored. All other datasets compare
    with the newest version of the same key; the key of an estimate includes its period_end, so that
    the years before and after a fiscal-year roll are different facts.

    Parameters
    ----------
    known
        Stored rows of the same owners in the order they were written.
    rows
        Rows of the pull. Of two that state one fact the first counts for statements, else the last.

    Raises
    ------
    TableError
        An assumed_lag statement without seen_at: a change could not be dated.
    """
    if dataset == "statements":
        lagged = pl.col("known_at_basis") == "assumed_lag"
        return pl.concat(
            [
                _unlike(rows.filter(~lagged).unique(_stated(rows), keep="first", maintain_order=True), known),
                _lagged_news(known, rows.filter(lagged)),
            ]
        )
    if dataset == "revisions":
        return _unlike(rows.unique(_key(dataset), keep="last", maintain_order=True), known)
    newest = known.unique(_key(dataset), keep="last", maintain_order=True)
    told = rows.unique(_key(dataset), keep="last", maintain_order=True)
    if dataset == "fx":  # a rate told again is no news, whatever day it is told to be known since
        return told.join(newest, on=[*FX.key, "rate"], how="anti", maintain_order="left")
    return _unlike(told, newest)


def _unlike(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    return rows.join(known, on=_stated(rows), how="anti", nulls_equal=True, maintain_order="left")


def _lagged_news(known: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    if rows.get_column("seen_at").null_count():
        raise TableError(
            "STATEMENTS: an assumed_lag row has no seen_at, so a later change could not be dated.",
            fix="Set seen_at to the day of the pull.",
        )
    newest = (
        known.filter(pl.col("known_at_basis").is_in(_LAGGED))
        .unique(_LAGGED_KEY, keep="last", maintain_order=True)
        .select(
            *_LAGGED_KEY,
            pl.col("value").alias("__value"),
            pl.col("currency").alias("__currency"),
            pl.col("known_at").alias("__known_at"),
        )
    )
    compared = rows.unique(_LAGGED_KEY, keep="first", maintain_order=True).join(
        newest, on=_LAGGED_KEY, how="left", maintain_order="left"
    )
    is_known = pl.col("__known_at").is_not_null()
    same = (pl.col("value") == pl.col("__value")) & pl.col("currency").eq_missing(pl.col("__currency"))
    return (
        compared.filter(~(is_known & same.fill_null(value=False)))
        .with_columns(
            pl.when(is_known)
            .then(pl.max_horizontal("seen_at", "__known_at"))
            .otherwise("known_at")
            .alias("known_at"),
            pl.when(is_known).then(pl.lit("observed")).otherwise("known_at_basis").alias("known_at_basis"),
        )
        .select(rows.columns)
    )


def current(dataset: str, rows: pl.DataFrame, as_of: date | None) -> pl.DataFrame:
    """Return one version of each fact known on or before `as_of` (None: whatever was ever stored), sorted.

    - estimates: of each (ticker, known_at, metric, source) and horizon (quarters, years) the rows of one pull
      only: that of the day itself (seen_at equals known_at), else the first that told the means of that day.
      Labels of two pulls never mix, so a fiscal-year roll between them cannot collide; a later pull never
      changes what is read for a day that is held. Pulls more than `SERVING_DAYS` after `as_of` count only
      while there is no earlier one, and then the first of them alone: the means of the past that later
      pulls tell would change what an earlier screen read.
    - statements: every vintage (no key); of two versions with the same known_at the one written last.
    - monthly_revenue: of versions with the same key the newest seen by `as_of`; when all were
      seen later (a history filled in afterwards), the first seen.
    - profiles, revisions, findings (known by their date): the version of a key written last.
    - fx: of a (base, quote, date) the newest known_at, then the one written last, of whatever source.

    Parameters
    ----------
    rows
        Stored rows in the order they were written.
    """
    known = rows
    if as_of is not None:
        known = rows.filter(pl.col(DAYS.get(dataset, "known_at")) <= as_of)
    match dataset:
        case "estimates":
            found = _of_one_pull(_of_its_time(known, as_of))
        case "statements":
            found = _vintages(known)
        case "monthly_revenue":
            found = _newest_seen(known, list(MONTHLY_REVENUE.key), as_of)
        case "fx":
            found = known.sort("known_at", maintain_order=True).unique(
                FX.key, keep="last", maintain_order=True
            )
        case _:
            found = known.unique(_key(dataset), keep="last", maintain_order=True)
    return found.sort(DATASETS[dataset].key or found.columns)


def _of_its_time(rows: pl.DataFrame, as_of: date | None) -> pl.DataFrame:
    """The rows of pulls that could serve a screen of `as_of`; when all came later, those of the first."""
    if as_of is None:
        return rows
    seen = pl.coalesce("seen_at", "known_at")
    last = pl.max_horizontal(
        seen.min().over("ticker", "source"), pl.lit(as_of + timedelta(days=SERVING_DAYS))
    )
    return rows.filter(seen <= last)


def _of_one_pull(rows: pl.DataFrame) -> pl.DataFrame:
    horizon = pl.col("period").str.slice(-1)  # q, y, or r of vendor
    seen = pl.coalesce("seen_at", "known_at")
    first = seen.min().over("ticker", "known_at", "metric", "source", horizon)
    return rows.filter(seen == first).unique(ESTIMATES.key, keep="last", maintain_order=True)


def _vintages(rows: pl.DataFrame) -> pl.DataFrame:
    lagged = pl.col("known_at_basis").is_in(_LAGGED)
    return pl.concat(
        [
            rows.filter(~lagged).unique(_stated(rows), keep="first", maintain_order=True),
            rows.filter(lagged).unique([*_LAGGED_KEY, "known_at"], keep="last", maintain_order=True),
        ]
    )


def _newest_seen(rows: pl.DataFrame, key: list[str], as_of: date | None) -> pl.DataFrame:
    if as_of is None:
        return rows.unique(key, keep="last", maintain_order=True)
    late = (pl.col("seen_at") > as_of).fill_null(value=False)
    by_then = rows.filter(~late).unique(key, keep="last", maintain_order=True)
    since = rows.filter(late).unique(key, keep="first", maintain_order=True)
    return pl.concat([by_then, since.join(by_then, on=key, how="anti", maintain_order="left")])
