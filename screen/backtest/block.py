"""One block of a backtest: a pure function of (theme, dates, market folder), the same on any machine.

A task names the folder and the digest of its files, never frames: each worker loads the market once, checks
that it is the same market, and keeps it for its next blocks.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from exposures.errors import CoverageError, DataError
from exposures.load import load_theme
from models.composite import composite
from models.forecast_record import forecast_record, realised
from models.tables.record import FORECAST_RECORD, RANK_RECORD, REALISED
from screen import METHOD_VERSION
from screen.market.files import FilesSource
from screen.market.folder import require_folder
from screen.market.protocol import MarketData, MarketRequest, companies_of
from screen.panel import build_panel
from screen.panel.gaps import coverage_counts
from screen.quality import check_market
from screen.run import require_coverage
from screen.score import score_models

__all__ = ["BlockResult", "BlockTask", "folder_digest", "run_block"]

DRAWS = 0
"""A backtest keeps no rank intervals: none are drawn."""


@dataclass(frozen=True)
class BlockTask:
    """What one block needs, small enough to travel.

    Parameters
    ----------
    theme
        Name, or a folder that every worker can read.
    days
        Dates of the block, ascending.
    folder, digest
        Market folder as every worker sees it, and `folder_digest` of it.
    is_filed_only
        True: statements whose values are a later restatement are left out.
    min_coverage
        Share of the companies that need a current price on a date.
    """

    theme: str
    days: tuple[date, ...]
    folder: str
    digest: str
    is_filed_only: bool
    min_coverage: float


@dataclass(frozen=True)
class BlockResult:
    """What the dates of a block saw; `skipped` tells the dates on which nothing could be ranked.

    Parameters
    ----------
    forecasts
        as_of, method_version and FORECAST_RECORD: as a run on each date would have stored them.
    ranks
        RANK_RECORD.
    realised
        REALISED on each date, the outcomes of earlier dates' forecasts.
    """

    forecasts: pl.DataFrame
    ranks: pl.DataFrame
    realised: pl.DataFrame
    skipped: tuple[tuple[date, str], ...]


def run_block(task: BlockTask) -> BlockResult:
    """Run the screen on each date of a block.

    Missing data: a date with too few current prices, or on which most estimates went, is skipped with the
    reason, as a run would refuse it.

    Raises
    ------
    DataError
        The market folder of this worker is not the one that the task is about.
    """
    data = _market(task.theme, task.folder, task.digest, task.is_filed_only)
    made, skipped = [], []
    for day in task.days:
        try:
            made.append(_one_date(task, data, day))
        except CoverageError as error:
            skipped.append((day, error.message))
    forecasts, ranks, happened = (_stacked([one[k] for one in made]) for k in range(3))
    return BlockResult(forecasts, ranks, happened, tuple(skipped))


def _stacked(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames) if frames else pl.DataFrame()


def _one_date(
    task: BlockTask, data: MarketData, day: date
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    exposure_map = load_theme(task.theme, as_of=day)
    sound, _ = check_market(data, exposure_map.companies, as_of=day)
    market = build_panel(sound, exposure_map.companies, exposure_map.figures, as_of=day)
    require_coverage(coverage_counts(market.panel), task.min_coverage, data)
    scores = score_models(
        exposure_map, market, scenario=None, is_simulated=data.is_simulated, is_ranking_only=True
    )
    ranking = composite(
        scores.components, scores.memberships, screens=exposure_map.theme.screen, seed=0, draws=DRAWS
    )
    kept = forecast_record(forecast=scores.compression.forecast, multiples=market.multiples, as_of=day)
    stamp = {"as_of": pl.lit(day), "method_version": pl.lit(METHOD_VERSION)}
    ranked = ranking.ranked.filter(pl.col("rank").is_not_null()).with_columns(as_of=pl.lit(day))
    ranks = RANK_RECORD.conform(ranked).sort("screen", "rank", "ticker")
    columns = ["as_of", "method_version", *(c.name for c in FORECAST_RECORD.columns)]
    happened = REALISED.check(realised(multiples=market.multiples, as_of=day))
    return kept.with_columns(**stamp).select(columns), ranks, happened


@lru_cache(maxsize=1)
def _market(theme: str, folder: str, digest: str, is_filed_only: bool) -> MarketData:
    """Load the folder once a worker; a folder that differs from the task's is refused."""
    path = Path(folder)
    if (found := folder_digest(path)) != digest:
        raise DataError(
            f"{folder}: not the files of the backtest (digest {found[:12]}, expected {digest[:12]}).",
            fix="Give every worker the same market folder under the same path.",
        )
    newest = FilesSource(path).newest_day() or date.max
    companies = tuple(companies_of(load_theme(theme, as_of=newest).companies))
    data = FilesSource(path).fetch(MarketRequest(companies, newest))
    if not is_filed_only:
        return data
    return replace(data, statements=data.statements.filter(~pl.col("is_latest_vintage")))


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 over names and contents of a market folder's files.

    Raises NotFoundError when the folder does not exist or holds none.
    """
    require_folder(folder)
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".parquet", ".csv")):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
