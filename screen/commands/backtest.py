"""``screen backtest``: the present method over past dates, graded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exposures.errors import UsageError
from exposures.load import load_theme
from models.predictive import HORIZON_WEEKS
from reports.record_limits import backtest_limits
from reports.track_record import TrackRecord
from screen import METHOD_VERSION
from screen.backtest.executors import open_executor
from screen.backtest.run import Backtest, BacktestPlan, run_backtest
from screen.calendar import parse_date
from screen.commands.record_output import keep_record
from screen.commands.run import check_out
from screen.console import progress_bar
from screen.run import refuse_faults
from screen.settings import load_settings

__all__ = ["backtest_command"]


def backtest_command(
    flags: Mapping[str, Any],
    *,
    first: str,
    last: str,
    every: str,
    workers: int,
    scheduler: str | None,
    is_filed_only: bool,
    as_json: bool,
) -> int:
    """Run the backtest, write its tables, print the scorecard; return the exit code."""
    settings = load_settings(flags).settings
    plan = BacktestPlan(
        theme=settings.theme,
        first=parse_date(first, what="--from"),
        last=parse_date(last, what="--to"),
        every_weeks=_weeks(every),
        folder=_folder(settings.source, settings.market_dir),
        is_filed_only=is_filed_only,
        min_coverage=settings.min_coverage,
    )
    check_out(settings.out)
    refuse_faults(plan.theme, as_of=plan.last)
    plan.days()  # a wrong range or step is said before anything starts
    bar = progress_bar()
    with open_executor(workers=workers, scheduler=scheduler) as executor:
        done = run_backtest(plan, executor, tell=None if bar is None else lambda k, n: bar(k, n, "dates"))
    record = track_record(done)
    folder = settings.out / "backtests" / f"theme={_name(plan)}" / _run_name(plan)
    more = {"forecasts": done.forecasts, "ranks": done.ranks, "realised": done.realised}
    meta = {"theme": _name(plan), "from": plan.first, "to": plan.last, "every_weeks": plan.every_weeks}
    meta |= {"method_version": METHOD_VERSION, "market_digest": done.digest}
    keep_record(record, folder, meta=meta, as_json=as_json, more=more)
    return 0


def track_record(done: Backtest) -> TrackRecord:
    """Return what the scorecard of a backtest is printed from."""
    theme = load_theme(done.plan.theme, as_of=done.plan.last)
    return TrackRecord(
        theme=theme.theme.title,
        today=done.grades.today,
        horizon_weeks=HORIZON_WEEKS,
        is_backtest=True,
        is_simulated=False,
        graded=done.grades.graded,
        card=done.grades.card,
        reliability=done.grades.reliability,
        limits=backtest_limits(
            done.grades.graded,
            companies=theme.companies.height,
            is_filed_only=done.plan.is_filed_only,
            skipped=done.skipped,
        ),
    )


def _weeks(every: str) -> int:
    found = re.fullmatch(r"(\d{1,3})w", every.strip())
    if not found:
        raise UsageError(f'--every "{every}" is no number of weeks.', fix="Write it as 1w, 4w or 13w.")
    return int(found[1])


def _folder(source: str, market_dir: Path | None) -> Path:
    if source not in ("files", "auto"):
        raise UsageError(
            f"--source {source}: a backtest reads local files alone.",
            fix="Add --source files --market-dir DIR; the layout is in docs/market-data.md.",
        )
    if market_dir is None:
        raise UsageError(
            "a backtest needs a folder of market data.",
            fix="Add --market-dir DIR; the layout is in docs/market-data.md.",
        )
    return market_dir


def _name(plan: BacktestPlan) -> str:
    return load_theme(plan.theme, as_of=plan.last).theme.name


def _run_name(plan: BacktestPlan) -> str:
    basis = "filed" if plan.is_filed_only else "all-statements"
    return f"{plan.first}_{plan.last}_{plan.every_weeks}w_{basis}"
