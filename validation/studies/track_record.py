"""The track record on real prices and filings: a backtest 2016-2026, said plainly where it does not beat no change."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from models.evaluation_origins import MIN_ORIGINS
from reports.document import Block, Heading
from reports.markdown import blocks_markdown
from reports.texts import ENGLISH
from reports.track_record import TrackRecord, record_blocks, verdict_line
from screen.backtest.executors import SerialExecutor
from screen.backtest.run import Backtest, BacktestPlan, run_backtest
from screen.commands.backtest import track_record
from validation.study import Check, Study, market_pack

__all__ = ["STUDIES"]

THEME = "multicloud-gpu"
FIRST, LAST = date(2016, 1, 1), date(2026, 6, 30)
EVERY_WEEKS, WIDE_EVERY_WEEKS = 4, 13
# Fewer and the table would tell of single names.
MIN_GRADED_NAMES, MIN_GRADED = 12, 500
SOURCE = "design of the study"


def filed() -> Study:
    """US names with filing dates, statements as first filed, every four weeks."""
    done = run_backtest(_plan(market_pack(), EVERY_WEEKS, is_filed_only=True), SerialExecutor())
    return _study("Track record: backtest 2016-2026 on filings", done)


def all_statements() -> Study:
    """Also the companies whose statements have an assumed or matched date, every thirteen weeks."""
    done = run_backtest(_plan(market_pack(), WIDE_EVERY_WEEKS, is_filed_only=False), SerialExecutor())
    return _study("Track record: the same with every statement", done)


def _plan(folder: Path, every: int, *, is_filed_only: bool) -> BacktestPlan:
    return BacktestPlan(THEME, FIRST, LAST, every, folder, is_filed_only)


def _study(title: str, done: Backtest) -> Study:
    record = track_record(done)
    graded = done.grades.graded.filter(pl.col("crps").is_not_null())
    crps = done.grades.card.filter((pl.col("subject") == "forecast") & (pl.col("measure") == "crps")).row(
        0, named=True
    )
    names, dates = graded.get_column("ticker").n_unique(), graded.get_column("as_of").n_unique()
    known = done.forecasts.filter(pl.col("expected_dln_multiple").is_not_null())
    late = graded.filter(pl.col("target") > done.grades.today).height
    checks = (
        Check("names with a graded forecast", f"at least {MIN_GRADED_NAMES}", str(names), names >= MIN_GRADED_NAMES, SOURCE),
        Check("graded forecasts", f"at least {MIN_GRADED}", f"{graded.height:,}", graded.height >= MIN_GRADED, SOURCE),
        Check("non-overlapping origins", f"at least {MIN_ORIGINS}", str(crps["origins"]), crps["origins"] >= MIN_ORIGINS, SOURCE),
        Check("graded before their target", "0", str(late), late == 0, SOURCE),
    )  # fmt: skip
    plan = done.plan
    about = (
        f"{plan.first} to {plan.last}, every {plan.every_weeks} weeks: {known.height:,} forecasts on "
        f"{known.get_column('as_of').n_unique()} dates, {graded.height:,} of {names} names on {dates} dates graded. "
        f"**{verdict_line(record)}** {ENGLISH.record_backtest}"
    )
    return Study(title, about, checks, _tables(record))


def _tables(record: TrackRecord) -> str:
    """The scorecard below the study's own heading."""
    blocks = record_blocks(record)
    first = next(k for k, block in enumerate(blocks) if isinstance(block, Heading) and block.level > 1)
    lower: list[Block] = [
        Heading(block.level + 1, block.text) if isinstance(block, Heading) else block
        for block in blocks[first:]
    ]
    return blocks_markdown(tuple(lower)).strip()


STUDIES = (filed, all_statements)
