"""The backtest: the same bytes on every executor, nothing from later, reasons where data are short."""

from __future__ import annotations

from concurrent.futures import Executor
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from bench.market_folder import write_market_folder
from exposures.errors import CoverageError, DataError, NotFoundError, UsageError
from exposures.load import load_theme
from models.tables.record import GRADED, RANK_RECORD, REALISED
from reports.document import Paragraph
from reports.plain import plain_lines
from reports.texts import ENGLISH
from reports.track_record import record_blocks, verdict_line
from screen.backtest import block
from screen.backtest.block import BlockResult, BlockTask, folder_digest, run_block
from screen.backtest.executors import ONE_THREAD, SerialExecutor, open_executor
from screen.backtest.run import Backtest, BacktestPlan, run_backtest
from screen.backtest.travel import pack, unpack
from screen.commands.backtest import track_record
from screen.record.write import write_record

FIRST, LAST = date(2018, 1, 5), date(2021, 12, 31)
NAMES = 36


def tickers(count: int) -> list[str]:
    companies = load_theme("multicloud-gpu", as_of=LAST).companies
    american = companies.filter(
        (pl.col("listing_currency") == "USD") & (pl.col("reporting_currency") == "USD")
    )
    return american.sort("ticker").head(count)["ticker"].to_list()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_market_folder(tmp_path_factory.mktemp("made-up"), tickers(NAMES), first=FIRST, last=LAST)


def plan(folder: Path, first: date = date(2019, 7, 5), last: date = LAST, every: int = 26) -> BacktestPlan:
    return BacktestPlan("multicloud-gpu", first, last, every, folder)


def task(folder: Path, *days: date) -> BlockTask:
    return BlockTask("multicloud-gpu", days, str(folder), folder_digest(folder), True, 0.25)


@pytest.fixture(scope="module")
def serial(folder: Path) -> Backtest:
    return run_backtest(plan(folder), SerialExecutor())


def test_forecasts_are_made_graded_and_left_open(serial: Backtest) -> None:
    graded = GRADED.check(serial.grades.graded)
    RANK_RECORD.check(serial.ranks)
    REALISED.check(serial.realised)
    assert graded["as_of"].unique().sort().to_list() == plan(serial.plan.folder).days()
    stated = graded.filter(pl.col("standard_deviation").is_not_null())
    due = stated.filter("is_due")
    assert due["crps"].count() > 0.9 * due.height > 60
    still_open = stated.filter(~pl.col("is_due"))
    assert still_open["crps"].count() == 0
    assert still_open["reason"].str.starts_with("not due before").all()
    told = dict(
        serial.grades.card.filter(pl.col("measure") == "crps").select("subject", "verdict").iter_rows()
    )
    assert told == {"forecast": "not testable yet"}


def test_what_is_known_to_revert_is_found_to_revert(serial: Backtest) -> None:
    ic = serial.grades.card.filter((pl.col("subject") == "forecast") & (pl.col("measure") == "rank_ic"))
    assert ic.filter(pl.col("horizon_weeks") == 52)["value"].item() > 0.3


def files(backtest: Backtest, folder: Path) -> dict[str, bytes]:
    more = {"forecasts": backtest.forecasts, "ranks": backtest.ranks, "realised": backtest.realised}
    return {path.name: path.read_bytes() for path in write_record(track_record(backtest), folder, more=more)}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_processes_and_a_dask_cluster_give_the_same_bytes(serial: Backtest, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    expected = files(serial, tmp_path / "serial")
    assert len(expected) == 7

    def check(executor: Executor, name: str) -> None:
        assert files(run_backtest(serial.plan, executor), tmp_path / name) == expected, name

    with open_executor(workers=2, scheduler=None) as executor:
        check(executor, "processes")
    cluster = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        host="127.0.0.1",
        env=dict.fromkeys(ONE_THREAD, "1"),
    )
    with cluster, open_executor(workers=1, scheduler=cluster.scheduler_address) as executor:
        check(executor, "dask")


def test_a_block_comes_back_from_its_journey_as_it_was(folder: Path) -> None:
    days = plan(folder).days()
    seen = run_block(task(folder, days[1]))
    back = unpack(pack(seen))
    for name in ("forecasts", "ranks", "realised"):
        before, after = getattr(seen, name), getattr(back, name)
        assert after.schema == before.schema and after.equals(before), name
    assert back.skipped == seen.skipped
    nothing = BlockResult(pl.DataFrame(), pl.DataFrame(), pl.DataFrame(), ((days[0], "no prices"),))
    assert unpack(pack(nothing)).forecasts.is_empty() and unpack(pack(nothing)).skipped == nothing.skipped


def test_blocks_of_any_size_give_the_same_frames(folder: Path, serial: Backtest) -> None:
    days = plan(folder).days()
    one = run_block(task(folder, days[1]))
    assert one.forecasts.equals(serial.forecasts.filter(pl.col("as_of") == days[1]).sort("ticker"))
    assert one.ranks.equals(serial.ranks.filter(pl.col("as_of") == days[1]))


def test_rows_after_a_date_change_nothing_of_its_forecasts(folder: Path, tmp_path: Path) -> None:
    """The future is another one: prices tripled, filings of other figures, one ticker gone."""
    day = date(2020, 1, 3)
    known = run_block(task(folder, day))
    for name, when, figure in (("prices", "date", "close"), ("statements", "known_at", "value")):
        rows = pl.read_parquet(folder / f"{name}.parquet")
        is_later = pl.col(when) > day
        changed = rows.with_columns(
            pl.when(is_later).then(pl.col(figure) * 3).otherwise(pl.col(figure)).alias(figure)
        )
        changed.filter(~(is_later & (pl.col("ticker") == tickers(1)[0]))).write_parquet(
            tmp_path / f"{name}.parquet"
        )
    other = run_block(task(tmp_path, day))
    assert other.forecasts.equals(known.forecasts)
    assert other.ranks.equals(known.ranks)
    assert other.realised.equals(known.realised)
    later = date(2021, 1, 1)
    assert not run_block(task(tmp_path, later)).forecasts.equals(run_block(task(folder, later)).forecasts)


def test_another_folder_under_the_same_path_is_refused(folder: Path, tmp_path: Path) -> None:
    block._market.cache_clear()
    asked = task(folder, FIRST + timedelta(weeks=104))
    write_market_folder(tmp_path, tickers(2), first=FIRST, last=LAST)
    with pytest.raises(DataError, match="not the files of the backtest"):
        run_block(BlockTask(asked.theme, asked.days, str(tmp_path), asked.digest, True, 0.25))


def test_a_range_without_prices_says_so(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CoverageError, match=r"no date from 2010-01-01 to 2010-12-31 can be ranked"):
        run_backtest(plan(folder, date(2010, 1, 1), date(2010, 12, 31)), SerialExecutor())
    with pytest.raises(NotFoundError):
        run_backtest(plan(tmp_path / "nowhere"), SerialExecutor())


def test_dates_without_enough_prices_are_skipped_and_told(folder: Path) -> None:
    done = run_backtest(plan(folder, date(2017, 1, 6), date(2018, 12, 28), 52), SerialExecutor())
    assert [str(day) for day, _ in done.skipped] == ["2017-01-06"]
    record = track_record(done)
    assert "1 dates could not be ranked; the first, 2017-01-06" in record.limits[-1]


@pytest.mark.parametrize("names", [1, 3])
def test_one_date_and_few_names_are_not_testable_yet(names: int, tmp_path: Path) -> None:
    write_market_folder(tmp_path, tickers(names), first=FIRST, last=LAST)
    only = BacktestPlan("multicloud-gpu", date(2020, 1, 3), date(2021, 1, 1), 52, tmp_path, True, 0.0)
    done = run_backtest(only, SerialExecutor())
    record = track_record(done)
    assert set(done.grades.card.filter(pl.col("verdict") != "described")["verdict"]) == {"not testable yet"}
    text = "\n".join(plain_lines(record_blocks(record), ENGLISH))
    assert "nan" not in text.lower().replace("finance", "")


def test_the_record_says_survivorship_and_the_verdict(serial: Backtest) -> None:
    record = track_record(serial)
    assert "not testable yet" in verdict_line(record)
    lines = [b for b in record_blocks(record) if isinstance(b, Paragraph)]
    assert lines
    assert any("Survivorship: the 121 companies" in line for line in record.limits)


def test_wrong_plans_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="--every 3w"):
        plan(folder, every=3).days()
    with pytest.raises(UsageError, match="is before --from"):
        plan(folder, first=LAST, last=FIRST).days()


def test_a_scheduler_that_is_none_is_a_usage_error() -> None:
    pytest.importorskip("distributed")
    with (
        pytest.raises(UsageError, match="is not an address"),
        open_executor(workers=1, scheduler="nowhere:///"),
    ):
        pass
