"""The coverage line and the table of gaps, as lines for stderr. Pure: frames in, lines out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from reports.data import GAPS
from screen.market.protocol import MarketData, PullCost
from screen.options import GapRows
from screen.panel.weekly import PRICE_MAX_AGE_DAYS

__all__ = [
    "Coverage",
    "coverage_line",
    "finding_gaps",
    "gap_lines",
    "market_coverage",
    "outcome_gaps",
    "panel_coverage",
    "quality_line",
]

MOST_LINES = 12
"""Lines of the short table: with the coverage line they fit half a terminal of 24 lines."""

NAMED, ROOMY = 2, 120
"""Companies that a line of several names (one on a terminal below 120 columns); the rest is a number."""

LISTED_RATES = 4
"""Currencies that the coverage line names when all have a rate; beyond it gives their number."""

WORST_FIRST = (
    "quotes", "prices", "fx", "estimates", "statements", "profile", "monthly_revenue", "exposure", "theme",
)  # fmt: skip
"""Datasets by what their absence costs a ranking: without a price all of it, without a share one input."""

WHO_WIDTH, REASON_WIDTH = 34, 56
"""Widest a column of companies and of reasons is padded to; longer ones push the rest of their line."""

LEAST_REASON = 24
"""Columns a reason keeps on a narrow terminal."""

SPACES = 12
"""Blanks and the arrow between the columns of a line."""

_VARIES = re.compile(r"\d{4}-\d{2}-\d{2}|\d+(?:[.,]\d+)*")
"""Dates and figures: reasons that differ in nothing else are one line."""


@dataclass(frozen=True)
class Coverage:
    """How much of what was asked for is there.

    Parameters
    ----------
    companies, usable
        Companies asked for; those with a current price and estimates or statements.
    prices, estimates, statements
        Companies with a current price, a usable estimate, usable statements.
    newest
        Newest price day; None without a price.
    rates
        Currency -> whether it has a rate against the US dollar.
    """

    companies: int
    usable: int
    prices: int
    estimates: int
    statements: int
    newest: date | None = None
    rates: tuple[tuple[str, bool], ...] = ()


def panel_coverage(panel: pl.DataFrame, outcomes: pl.DataFrame) -> Coverage:
    """Return the coverage of a run, counted like its report.

    Parameters
    ----------
    panel
        PANEL of the run.
    outcomes
        OUTCOMES of its market data, for the rates.
    """
    fresh = pl.col("price").is_not_null() & (pl.col("price_age_days") <= PRICE_MAX_AGE_DAYS)
    estimates, statements = pl.col("eps_forward").is_not_null(), pl.col("revenue_ttm_usd").is_not_null()
    counts = panel.select(
        usable=(fresh & (estimates | statements)).sum(),
        prices=fresh.sum(),
        estimates=estimates.sum(),
        statements=statements.sum(),
    ).row(0, named=True)
    newest = panel.get_column("price_date").max()
    return Coverage(
        panel.height,
        **{name: int(count) for name, count in counts.items()},
        newest=newest if isinstance(newest, date) else None,
        rates=_rates(outcomes),
    )


def market_coverage(data: MarketData, tickers: Sequence[str], *, as_of: date) -> Coverage:
    """Return the coverage of market data without a run: who has rows known by `as_of`.

    A price is current when it is at most ``PRICE_MAX_AGE_DAYS`` old. Estimates without coverage (no mean) do
    not count.
    """
    known = data.known_by(as_of)
    oldest = pl.lit(as_of).dt.offset_by(f"-{PRICE_MAX_AGE_DAYS}d")
    prices = _tickers(known.prices.filter(pl.col("date") >= oldest))
    estimates = _tickers(known.estimates.filter(pl.col("mean").is_not_null()))
    statements = _tickers(known.statements)
    wanted = set(tickers)
    newest = known.prices.get_column("date").max()
    return Coverage(
        companies=len(wanted),
        usable=len(wanted & prices & (estimates | statements)),
        prices=len(wanted & prices),
        estimates=len(wanted & estimates),
        statements=len(wanted & statements),
        newest=newest if isinstance(newest, date) else None,
        rates=_rates(data.outcomes),
    )


def coverage_line(coverage: Coverage, *, cost: PullCost | None = None) -> str:
    """Return the one line that says how much data there is, and what it cost to pull.

    Missing data: without a price there is no newest day; without `cost` nothing is said of requests.
    """
    total = coverage.companies
    newest = f" (to {coverage.newest})" if coverage.newest else ""
    parts = [
        f"data: {coverage.usable}/{total} tickers usable",
        f"prices {coverage.prices}/{total}{newest}",
        f"estimates {coverage.estimates}/{total}",
        f"statements {coverage.statements}/{total}",
    ]
    if coverage.rates:
        parts.append(_rate_words(dict(coverage.rates)))
    if cost is not None:
        parts.append(_cost_words(cost))
    return " | ".join(parts)


def outcome_gaps(outcomes: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return GAPS of OUTCOMES alone: every request that did not end well, and what is stored instead."""
    age = (pl.lit(as_of) - pl.col("latest")).dt.total_days()
    action = (
        pl.when(pl.col("latest").is_null())
        .then(pl.lit("blank"))
        .when(pl.col("status") == "partial")
        .then(pl.lit("the rest is in use"))
        .when((pl.col("status") == "empty") & (age <= 0))  # what is stored is this very answer
        .then(pl.lit("blank"))
        .otherwise(pl.lit("older rows stay in use"))
    )
    return GAPS.conform(
        outcomes.filter(pl.col("status") != "ok")
        .select(
            "ticker",
            "dataset",
            reason=pl.when(pl.col("reason").is_null())
            .then("status")
            .otherwise(pl.format("{}: {}", "status", "reason")),
            age_days=age.cast(pl.Int64),
            action=action,
        )
        .unique(maintain_order=True)
        .sort("ticker", "dataset", "reason")
    )


def finding_gaps(findings: pl.DataFrame) -> pl.DataFrame:
    """Return GAPS of the values that the quality gate repaired or left out; flagged ones stay in use.

    Parameters
    ----------
    findings
        FINDINGS of the run.
    """
    return GAPS.conform(
        findings.filter(pl.col("action") != "flagged")
        .select(
            "ticker",
            "dataset",
            reason=pl.format("{} of {}: {}", "item", "date", "reason"),
            age_days=pl.lit(None, dtype=pl.Int64),
            action=pl.format("{} ({})", "action", pl.col("rule").str.replace_all("_", " ")),
        )
        .sort("ticker", "dataset", "reason")
    )


def quality_line(findings: pl.DataFrame) -> str:
    """Return the one line that says how often the quality gate stepped in; empty when it did not."""
    counts = dict(findings.group_by("action").len().iter_rows())
    words = [f"{counts[name]} {name}" for name in ("excluded", "repaired", "flagged") if name in counts]
    return f"quality: {', '.join(words)}; each with its rule in the report" if words else ""


def gap_lines(
    gaps: pl.DataFrame, rows: GapRows = GapRows.SHORT, *, where: str = "", width: int | None = None
) -> list[str]:
    """Return the table of gaps as aligned lines.

    Parameters
    ----------
    gaps
        GAPS.
    rows
        ``short``: at most ``MOST_LINES`` lines, companies with the same gap on one; ``all``: one line a gap;
        ``none``: no line.
    where
        Where the rest stands too, e.g. `` in the report``.
    width
        Columns of the terminal, at which lines are cut; None: whole lines.
    """
    if rows is GapRows.NONE or gaps.is_empty():
        return []
    named = NAMED if width is None or width >= ROOMY else 1
    table = _sorted_groups(gaps, is_grouped=rows is GapRows.SHORT, named=named)
    shown = table[:MOST_LINES] if rows is GapRows.SHORT else table
    lines = _aligned(shown, width)
    if hidden := sum(group.rows for group in table[len(shown) :]):
        lines.append(f"  ... and {hidden} more{where}; --gaps all lists them")
    return [_cut(line, width) for line in lines]


@dataclass(frozen=True)
class _Group:
    dataset: str
    who: str
    reason: str
    age: str
    action: str
    rows: int


def _sorted_groups(gaps: pl.DataFrame, *, is_grouped: bool, named: int) -> list[_Group]:
    found: dict[tuple[object, ...], list[dict[str, object]]] = {}
    for n, row in enumerate(gaps.iter_rows(named=True)):
        alike = (row["dataset"], _VARIES.sub("…", row["reason"]), row["action"])
        found.setdefault(alike if is_grouped else (n,), []).append(row)
    groups = [_group(rows, named) for rows in found.values()]
    order = {name: k for k, name in enumerate(WORST_FIRST)}
    return sorted(groups, key=lambda g: (order.get(g.dataset, len(order)), -g.rows, g.who, g.reason))


def _group(rows: list[dict[str, object]], named: int) -> _Group:
    first = rows[0]
    names = list(dict.fromkeys(str(row["ticker"]) for row in rows))
    more = f" and {len(names) - named} more" if len(names) > named + 1 else ""
    reasons = {str(row["reason"]) for row in rows}
    text = reasons.pop() if len(reasons) == 1 else _VARIES.sub("…", str(first["reason"]))
    return _Group(
        dataset=str(first["dataset"]),
        who=", ".join(names[:named]) + more if more else ", ".join(names),
        reason=" ".join(text.split()),
        age=_age([int(str(row["age_days"])) for row in rows if row["age_days"] is not None]),
        action=str(first["action"]),
        rows=len(rows),
    )


def _age(days: Sequence[int]) -> str:
    if not days:
        return ""
    low, high = min(days), max(days)
    return f"{low} d" if low == high else f"{low}-{high} d"


def _aligned(groups: Sequence[_Group], width: int | None) -> list[str]:
    who = min(WHO_WIDTH, max(len(g.who) for g in groups))
    dataset = max(len(g.dataset) for g in groups)
    age = max(len(g.age) for g in groups)
    reason = min(REASON_WIDTH, max(len(g.reason) for g in groups))
    if width is not None:  # a quarter to the names; of what is left half to the reason, half to the action
        who = min(who, width // 4)
        reason = min(reason, max(LEAST_REASON, (width - who - dataset - age - SPACES) // 2))
    lines = []
    for group in groups:
        names = group.who if width is None else _cut(group.who, who)
        words = group.reason if width is None else _cut(group.reason, reason)
        left = f"  {names:<{who}}  {group.dataset:<{dataset}}  {words:<{reason}}"
        lines.append(f"{left}  {group.age:>{age}} -> {group.action}")
    return lines


def _cut(text: str, width: int | None) -> str:
    return text if width is None or len(text) <= width else f"{text[: width - 1]}…"


def _rates(outcomes: pl.DataFrame) -> tuple[tuple[str, bool], ...]:
    """Currencies of the fx outcomes (``USDTWD`` or ``TWD=X``), with whether a rate came."""
    rows = outcomes.filter(pl.col("dataset") == "fx").select("ticker", "status").iter_rows()
    found = {t.removesuffix("=X").removeprefix("USD"): s in ("ok", "partial") for t, s in rows}
    return tuple(sorted(found.items()))


def _rate_words(rates: Mapping[str, bool]) -> str:
    missing = [name for name, is_there in rates.items() if not is_there]
    there = len(rates) - len(missing)
    if missing:
        return f"fx {there}/{len(rates)}, {', '.join(missing)} missing"
    return f"fx {', '.join(rates)} ok" if there <= LISTED_RATES else f"fx {there} currencies ok"


def _cost_words(cost: PullCost) -> str:
    if not cost.requests:
        return "0 requests, nothing was due"
    retries = f", {_plural(cost.retries, 'retry', 'retries')}" if cost.retries else ""
    return f"{_plural(cost.requests, 'request', 'requests')}{retries}, {cost.seconds:.0f} s"


def _plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _tickers(frame: pl.DataFrame) -> set[str]:
    return set(frame.get_column("ticker").unique())
