"""The backtest: cut the dates into blocks, run them on an executor, grade what comes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from exposures.errors import CoverageError, DataError, UsageError
from models.predictive import HORIZON_WEEKS
from screen.backtest.block import BlockResult, BlockTask, folder_digest
from screen.backtest.travel import run_packed, unpack
from screen.record.grade import Graded, grade_record

__all__ = ["Backtest", "BacktestPlan", "run_backtest"]

BLOCK_DATES = 4
"""Dates of a block: over a second of work, so that sending it costs nothing, and small enough to share out
the later dates, whose history is longer."""


@dataclass(frozen=True)
class BacktestPlan:
    """What is to be run.

    Parameters
    ----------
    theme
        Name or folder.
    first, last
        Range of the dates; outcomes come from the same range, so the last year's forecasts stay open.
    every_weeks
        Weeks between dates; divides 52, so that the outcome of each forecast falls on a date.
    folder
        Market data.
    is_filed_only
        True: only statements as first filed.
    min_coverage
        Share of the companies that need a current price on a date.
    """

    theme: str
    first: date
    last: date
    every_weeks: int
    folder: Path
    is_filed_only: bool = True
    min_coverage: float = 0.25

    def days(self) -> list[date]:
        """Return the dates, oldest first.

        Raises
        ------
        UsageError
            The range is empty, or the step does not divide the horizon.
        """
        if self.every_weeks < 1 or HORIZON_WEEKS % self.every_weeks:
            raise UsageError(
                f"--every {self.every_weeks}w: forecasts reach {HORIZON_WEEKS} weeks ahead.",
                fix="Choose 1w, 2w, 4w, 13w, 26w or 52w.",
            )
        if self.last < self.first:
            raise UsageError(f"--to {self.last} is before --from {self.first}.", fix="Exchange the two.")
        step = timedelta(weeks=self.every_weeks)
        return [self.first + k * step for k in range((self.last - self.first) // step + 1)]


@dataclass(frozen=True)
class Backtest:
    """A finished backtest: forecasts, ranks, what happened, the grades, and the dates without ranks."""

    plan: BacktestPlan
    digest: str
    forecasts: pl.DataFrame
    ranks: pl.DataFrame
    realised: pl.DataFrame
    grades: Graded
    skipped: tuple[tuple[date, str], ...]


def run_backtest(
    plan: BacktestPlan, executor: Executor, *, tell: Callable[[int, int], None] | None = None
) -> Backtest:
    """Run every date of `plan` on `executor` and grade the forecasts whose horizon lies within it.

    The result does not depend on the executor: blocks are pure, and they are put together in order.

    Parameters
    ----------
    tell
        Called with (dates done, dates in all).

    Raises
    ------
    CoverageError
        No date of the range could be ranked.
    DataError
        A worker died, or sees another market folder.
    """
    days = plan.days()
    digest = folder_digest(plan.folder)
    tasks = [
        BlockTask(
            theme=plan.theme,
            days=tuple(days[k : k + BLOCK_DATES]),
            folder=str(plan.folder.resolve()),
            digest=digest,
            is_filed_only=plan.is_filed_only,
            min_coverage=plan.min_coverage,
        )
        for k in range(0, len(days), BLOCK_DATES)
    ]
    blocks = _all_blocks(tasks, executor, tell)
    skipped = tuple(entry for block in blocks for entry in block.skipped)
    told = [block for block in blocks if block.forecasts.height]
    if not told:
        raise CoverageError(
            f"no date from {plan.first} to {plan.last} can be ranked; the first: {skipped[0][1]}",
            fix="Choose a range for which the folder has prices, or lower --min-coverage.",
        )
    forecasts = pl.concat([block.forecasts for block in told]).sort("as_of", "ticker")
    ranks = pl.concat([block.ranks for block in told]).sort("as_of", "screen", "rank", "ticker")
    realised = pl.concat([block.realised for block in told]).sort("end", "ticker", "basis", "horizon_weeks")
    grades = grade_record(forecasts=forecasts, ranks=ranks, happened=realised, today=days[-1])
    return Backtest(plan, digest, forecasts, ranks, realised, grades, skipped)


def _all_blocks(
    tasks: list[BlockTask], executor: Executor, tell: Callable[[int, int], None] | None
) -> list[BlockResult]:
    total, done = sum(len(task.days) for task in tasks), 0
    futures = {executor.submit(run_packed, task): task for task in tasks}
    try:
        for future in as_completed(futures):
            future.result()
            done += len(futures[future].days)
            if tell is not None:
                tell(done, total)
    except BrokenProcessPool as error:
        raise DataError(
            "a worker process died, most likely for want of memory.", fix="Use fewer --workers."
        ) from error
    finally:
        for future in futures:
            future.cancel()
    return [unpack(future.result()) for future in futures]
