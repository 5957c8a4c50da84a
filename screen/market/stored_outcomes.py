"""OUTCOMES of stored data: what the log of pulls says of each ticker, beside what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from screen.market.tables import OUTCOMES

__all__ = ["FAILED", "SERVING_DAYS", "stored_outcomes"]

SERVING_DAYS = 6
"""The pull behind the screen of a Friday may come up to the next Thursday. Later pulls say nothing about it,
so that a rerun of an old week tells the same."""

_FRAME_OF = {"prices": "prices", "estimates": "estimates", "statements": "statements", "profile": "profiles"}
_DATE_OF = {"prices": "date", "estimates": "known_at", "statements": "known_at", "profiles": "known_at"}
_MONTHS = "monthly_revenue"
"""Told only of companies that were asked for it: those of Taiwan."""

LOST = "delivered, but the stored file is damaged or gone"

_GOOD = ("ok", "partial")
FAILED = ("rate_limited", "network", "timeout", "bad_payload")
"""Outcomes of requests that did not come back; an empty or unknown answer is an answer."""


def stored_outcomes(
    log: pl.DataFrame, tickers: Sequence[str], frames: Mapping[str, pl.DataFrame], *, as_of: date
) -> pl.DataFrame:
    """Return one OUTCOMES row per ticker and dataset.

    Parameters
    ----------
    log
        PULLS of the wanted sources.
    tickers
        Who is wanted.
    frames
        Stored rows by table name.
    as_of
        Date of the screen.

    Notes
    -----
    Of each (ticker, dataset, source) the newest pull counts that could serve the screen. Among sources the
    best outcome stands, but for one that failed: its status and reason say that the data is not complete,
    and whose rows are used. A failed refresh of data that is there says so and keeps its status.
    ``requests`` is 0: reading costs none.

    Missing data: what was not asked by then is ``not_covered``; monthly revenue, which only Taiwan's
    companies publish, has no row then. Prices that were delivered and cannot be read any more are
    ``partial``. A stored answer that nobody covers a company is no estimate.
    """
    rows: list[dict[str, object]] = []
    told = _newest(log, as_of=as_of)
    for dataset, name in _FRAME_OF.items():
        usable = frames[name].drop_nulls("mean") if name == "estimates" else frames[name]
        latest = _latest(usable, _DATE_OF[name], as_of=as_of)
        rows += [_row(t, dataset, told.get((t, dataset), []), latest.get(t), as_of) for t in tickers]
    _mark_lost(rows, set(frames["prices"]["ticker"]))
    months = _latest(frames[_MONTHS], "known_at", as_of=as_of) if _MONTHS in frames else {}
    rows += [
        _row(t, _MONTHS, told[t, _MONTHS], months.get(t), as_of) for t in tickers if (t, _MONTHS) in told
    ]
    return OUTCOMES.frame(rows)


def _mark_lost(rows: Sequence[dict[str, object]], held: set[object]) -> None:
    """Say of prices that the log knows and that have no row: their file is damaged or was removed."""
    for row in rows:
        if row["dataset"] == "prices" and row["status"] in _GOOD and row["ticker"] not in held:
            row["status"], row["reason"] = "partial", LOST


def _newest(log: pl.DataFrame, *, as_of: date) -> dict[tuple[str, str], list[dict[str, object]]]:
    served = log.filter(pl.col("pulled_at") <= as_of + timedelta(days=SERVING_DAYS))
    newest = served.sort("pulled_at", "pull_id").unique(
        ["ticker", "dataset", "source"], keep="last", maintain_order=True
    )
    found: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in newest.sort("source").iter_rows(named=True):
        found.setdefault((row["ticker"], row["dataset"]), []).append(row)
    return found


def _latest(frame: pl.DataFrame, column: str, *, as_of: date) -> dict[str, date]:
    known = frame.filter(pl.col(column) <= as_of)
    return dict(known.group_by("ticker").agg(pl.col(column).max()).iter_rows())


def _row(
    ticker: str, dataset: str, told: Sequence[Mapping[str, object]], latest: date | None, as_of: date
) -> dict[str, object]:
    status, reason, source = _verdict(told, has_rows=latest is not None, as_of=as_of)
    return {
        "ticker": ticker,
        "dataset": dataset,
        "status": status,
        "reason": reason,
        "requests": 0,
        "latest": latest,
        "source": source,
    }


def _verdict(
    told: Sequence[Mapping[str, object]], *, has_rows: bool, as_of: date
) -> tuple[str, str | None, str]:
    if not told:
        absent = f"no row known by {as_of} in the store"
        return ("ok", None, "store") if has_rows else ("not_covered", absent, "store")
    order = ("ok", "partial", "empty", *FAILED, "not_found", "skipped", "not_covered")
    best = min(told, key=lambda row: order.index(str(row["status"])))
    status, source = str(best["status"]), str(best["source"])
    reason = None if best["reason"] is None else str(best["reason"])
    if status == "ok":
        failed = [row for row in told if row["status"] in FAILED]
        if failed:
            first = failed[0]
            why = f"{first['source']}: {first['reason'] or first['status']}; rows of {source} are used"
            return str(first["status"]), why, str(first["source"])
    if status not in _GOOD and has_rows:
        reason = f"{reason or status}; stored rows are used"
    return status, reason, source
