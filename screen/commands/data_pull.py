"""``screen data pull``: bring the store up to date for a theme's companies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from exposures.errors import DataError, NetworkError, NotFoundError, RateLimitedError, ScreenError, UsageError
from exposures.load import load_theme
from screen.commands.company import company_ticker
from screen.commands.coverage import Coverage, coverage_line, gap_lines, market_coverage, outcome_gaps
from screen.commands.session import today
from screen.console import emit_json, emit_table, note, progress_bar, stderr_width
from screen.market.feed import Feed
from screen.market.feeds import feed_names, left_out, live_feeds
from screen.market.live import StoreSource
from screen.market.protocol import Company, MarketRequest, PullCost, companies_of
from screen.market.pull import PullResult, pull
from screen.market.store import MarketStore
from screen.options import GapRows
from screen.run import refuse_faults
from screen.settings import LIVE_SOURCES, Settings, load_settings

__all__ = ["pull_and_tell", "pull_code", "pull_command", "pull_table"]

PARTIAL = 3
FAILED = ("rate_limited", "network", "timeout", "bad_payload", "skipped")
"""Statuses of requests that did not come back; ``empty`` and ``not_found`` are answers."""

COUNTED = ("ok", "partial", "empty", "not_found", "not_covered")

HEADER = (
    "source",
    "dataset",
    ">asked",
    *(f">{name.replace('_', ' ')}" for name in COUNTED),
    ">failed",
    ">rows",
)


def pull_command(
    flags: Mapping[str, Any],
    *,
    tickers: Sequence[str],
    is_full: bool,
    gaps: GapRows,
    as_json: bool,
) -> int:
    """Pull what is due into the store, say what came; return the exit code."""
    settings = load_settings(flags).settings
    feeds = live_feeds(_feed_names(settings), settings)
    companies = _companies(settings.theme, tickers)
    store = MarketStore(settings.store)
    return pull_and_tell(store, feeds, companies, day=today(), is_full=is_full, gaps=gaps, as_json=as_json)


def pull_and_tell(
    store: MarketStore,
    feeds: Sequence[Feed],
    companies: Sequence[Company],
    *,
    day: date,
    is_full: bool,
    gaps: GapRows,
    as_json: bool,
) -> int:
    """Pull, then print coverage and gaps on stderr and the counts on stdout; return the exit code.

    Raises
    ------
    RateLimitedError, NetworkError, DataError
        Nothing came at all; the coverage line has been printed.
    """
    done = pull(store, feeds, companies, today=day, is_full=is_full, progress=progress_bar(), notice=note)
    coverage = _tell(store, done, companies, day=day, gaps=gaps)
    if error := _nothing_came(done.outcomes):
        raise error
    table = pull_table(done.outcomes, done.added)
    if as_json:
        emit_json(table.to_dicts(), _meta(done, coverage, store))
    else:
        rows = [[str(value) for value in row] for row in table.rows()]
        emit_table("Pull", HEADER, rows, caption=f"into {store.address}")
    return pull_code(done.outcomes)


def _feed_names(settings: Settings) -> tuple[str, ...]:
    """The feeds to ask, with a note on one that is left out."""
    if settings.offline:
        raise UsageError(
            "a pull sends requests, which offline forbids.",
            fix="Add --online, or unset the setting offline (see: screen config).",
        )
    names = feed_names(settings)
    if not names:
        raise UsageError(
            f'--source: "{settings.source}" is no live source; a pull takes {", ".join(LIVE_SOURCES)}.',
            fix="Leave --source out to pull from all of them.",
        )
    if words := left_out(settings):
        note(f"note: {words}")
    return names


def _companies(theme: str, tickers: Sequence[str]) -> list[Company]:
    refuse_faults(theme, as_of=today())
    exposure_map = load_theme(theme, as_of=today())
    companies = exposure_map.companies
    if not tickers:
        return list(companies_of(companies))
    wanted = [company_ticker(text, companies, theme=exposure_map.theme.name) for text in tickers]
    return list(companies_of(companies.filter(pl.col("ticker").is_in(wanted))))


def pull_table(outcomes: pl.DataFrame, added: Mapping[tuple[str, str], int]) -> pl.DataFrame:
    """Return one row per source and dataset: asked, how many ended with which status, rows added.

    ``failed`` joins the statuses of requests that did not come back (`FAILED`). ``rows`` counts what went
    into the store; quotes leave none there.
    """
    status = pl.col("status")
    counts = {name: (status == name).sum() for name in COUNTED}
    table = (
        outcomes.group_by("source", "dataset")
        .agg(asked=pl.len(), **counts, failed=status.is_in(FAILED).sum())
        .sort("source", "dataset")
    )
    keys = table.select("source", pl.col("dataset").replace("profile", "profiles")).rows()
    return table.with_columns(rows=pl.Series([added.get(key, 0) for key in keys], dtype=pl.Int64))


def pull_code(outcomes: pl.DataFrame) -> int:
    """Return 0 when every request came back and no company's price is unknown to its source, else 3."""
    no_price = (pl.col("status") == "not_found") & pl.col("dataset").is_in(["prices", "quotes"])
    return PARTIAL if outcomes.filter(pl.col("status").is_in(FAILED) | no_price).height else 0


def _nothing_came(outcomes: pl.DataFrame) -> ScreenError | None:
    """The error of a pull of which every request failed, named by what failed most; None otherwise."""
    failed = outcomes.filter(pl.col("status").is_in(FAILED))
    if outcomes.is_empty() or failed.height < outcomes.height:
        return None
    real = failed.filter(pl.col("status") != "skipped")
    counts = (real if real.height else failed).group_by("status").len()
    worst = str(counts.sort("len", "status", descending=[True, False]).item(0, "status"))
    text = pl.format("{}: {}", "source", pl.col("reason").fill_null(pl.col("status")))
    reasons = failed.filter(pl.col("status") == worst).select(text).to_series().unique().sort()
    words = "; ".join(reasons.head(3))
    said = f"nothing came of all {failed.height} items that were due ({words}); what was stored stays."
    if worst == "rate_limited":
        return RateLimitedError(said, fix='Wait some minutes, then run "screen data pull" again.')
    if worst == "bad_payload":
        return DataError(said, fix='Run "screen doctor" to see what answers in the place of the source.')
    return NetworkError(said, fix='Check the connection with "screen doctor"; --offline uses what is stored.')


def _tell(
    store: MarketStore, done: PullResult, companies: Sequence[Company], *, day: date, gaps: GapRows
) -> Coverage:
    """Print the coverage of the store after the pull, and what the pull did not get."""
    tickers = [company.ticker for company in companies]
    try:
        data = StoreSource(store, today=day).fetch(MarketRequest(tuple(companies), day))
    except NotFoundError:  # no price at all
        coverage, known = Coverage(len(companies), 0, 0, 0, 0), done.outcomes.clear()
    else:
        coverage, known = market_coverage(data, tickers, as_of=day), data.outcomes
    note(coverage_line(coverage, cost=PullCost(done.requests, done.retries, done.seconds)))
    for line in gap_lines(_pull_gaps(done.outcomes, known, day), gaps, width=stderr_width()):
        note(line)
    return coverage


def _pull_gaps(outcomes: pl.DataFrame, known: pl.DataFrame, day: date) -> pl.DataFrame:
    """GAPS of the pull, aged by the stored rows; what a source does not cover by its nature is no gap."""
    stored = known.select("ticker", "dataset", stored="latest").unique(["ticker", "dataset"])
    aged = outcomes.filter(pl.col("status") != "not_covered").join(
        stored, on=["ticker", "dataset"], how="left", maintain_order="left"
    )
    return outcome_gaps(aged.with_columns(latest=pl.coalesce("latest", "stored")).drop("stored"), as_of=day)


def _meta(done: PullResult, coverage: Coverage, store: MarketStore) -> dict[str, object]:
    return {
        "store": str(store.address),
        "requests": done.requests,
        "retries": done.retries,
        "seconds": round(done.seconds, 1),
        "broken": dict(done.broken),
        "companies": coverage.companies,
        "usable": coverage.usable,
        "newest_price": coverage.newest,
    }
