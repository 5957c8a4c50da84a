"""Claims about multiples: whether they shrink before earnings do, and against whom."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp
from statistics import median
from typing import Any

import polars as pl

from models.claims.evidence import Claim, ClaimEvidence, sources_of
from models.claims.outcome import Outcome, by_count, by_threshold, named, not_testable
from models.decomposition import EPS_TOLERANCE

__all__ = ["multiple_before_earnings", "multiple_behind_peers"]

EARNINGS_BASES = ("forward", "trailing")
LONGEST_WEEKS = 52
MIN_WEEKS_AFTER = 4
"""A month after an event: the first weeks are noise and the multiples are weekly."""


def multiple_before_earnings(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether the subjects' multiples fell while their earnings held.

    A subject counts when ``dln(multiple) < 0`` and ``dln(EPS) >= -1%`` over its longest known horizon up to
    52 weeks, forward EPS before trailing. Sales are not earnings, so EV/sales does not count.

    Missing data: a subject without such a row is left out.
    """
    holds, parts, bases, sources = {}, [], set(), []
    for ticker in evidence.tickers(claim.subjects):
        row = _longest(evidence.decomposition.filter(ticker=ticker))
        if row is None:
            continue
        change, earnings = float(row["dln_multiple"]), float(row["dln_denominator"])
        holds[ticker] = change < 0 and earnings >= -EPS_TOLERANCE
        weeks = row["horizon_weeks"]
        bases.add(str(row["basis"]))
        sources += _between(evidence, ticker, row)
        parts.append(
            (evidence.name(ticker), f"{exp(change) - 1:+.1%} (EPS {exp(earnings) - 1:+.1%}, {weeks} weeks)")
        )
    figures = f"change of the {' or '.join(sorted(bases))} P/E: {named(parts)}" if parts else ""
    kind = "estimate" if "forward" in bases else "fact"
    return by_count(
        holds, figures, what="multiples", tested_on=evidence.as_of, kind=kind, source=sources_of(sources)
    )


def _between(evidence: ClaimEvidence, ticker: str, row: dict[str, Any]) -> list[str]:
    """Return the sources of the multiples at both ends of a decomposition."""
    rows = _rows(evidence, str(row["basis"]), (ticker,))
    ends = rows.filter(pl.col("date").is_in([row["start"], row["end"]]))
    return ends.get_column("estimate_source").to_list()


def _longest(rows: pl.DataFrame) -> dict[str, Any] | None:
    known = rows.filter(
        pl.col("dln_multiple").is_not_null()
        & pl.col("basis").is_in(EARNINGS_BASES)
        & (pl.col("horizon_weeks") <= LONGEST_WEEKS)
    ).sort("horizon_weeks", "basis", descending=[True, False])
    return known.row(0, named=True) if known.height else None


def multiple_behind_peers(claim: Claim, evidence: ClaimEvidence) -> Outcome:
    """Judge whether the first subject's multiple fell behind those of the other subjects since an event.

    ``value = dln m(first) - median dln m(others)`` from the last week before `event` to `as_of`, on the
    first basis (trailing, sales, forward) that all of them have at both ends and from one source each.

    Missing data: not testable without an event, within `MIN_WEEKS_AFTER` weeks of it, or without a basis that
    all share.
    """
    if claim.event is None or evidence.as_of < claim.event + timedelta(weeks=MIN_WEEKS_AFTER):
        return not_testable(f"fewer than {MIN_WEEKS_AFTER} weeks since {claim.event}")
    for basis in ("trailing", "sales", "forward"):
        moves = {t: _move(evidence, t, basis, claim.event) for t in claim.subjects}
        known = {t: m for t, m in moves.items() if m is not None}
        if len(known) == len(claim.subjects):
            break
    else:
        return not_testable("no multiple that all of them have before the event and now")
    first, *others = claim.subjects
    gap = known[first] - median(known[t] for t in others)
    what = {"trailing": "trailing P/E", "sales": "price over sales", "forward": "forward P/E"}[basis]
    parts = named([(evidence.name(t), f"{exp(m) - 1:+.1%}") for t, m in known.items()])
    figures = f"{what} since {claim.event}: {parts}"
    threshold = claim.threshold or 0.0
    source = sources_of(_rows(evidence, basis, claim.subjects).get_column("estimate_source"))
    return by_threshold(
        gap < threshold, figures, value=gap, n=len(known), tested_on=evidence.as_of, source=source
    )


def _rows(evidence: ClaimEvidence, basis: str, tickers: tuple[str, ...]) -> pl.DataFrame:
    rows = evidence.multiples.filter(
        pl.col("ticker").is_in(list(tickers))
        & (pl.col("basis") == basis)
        & pl.col("log_multiple").is_not_null()
        & (pl.col("date") <= evidence.as_of)
    )
    return rows.sort("date")


def _move(evidence: ClaimEvidence, ticker: str, basis: str, event: date) -> float | None:
    rows = _rows(evidence, basis, (ticker,))
    before, now = rows.filter(pl.col("date") < event).tail(1), rows.filter(date=evidence.as_of)
    if not before.height or not now.height:
        return None
    if before.item(0, "estimate_source") != now.item(0, "estimate_source"):
        return None
    return float(now.item(0, "log_multiple")) - float(before.item(0, "log_multiple"))
