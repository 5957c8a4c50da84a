"""`monthly_revenue` of a market folder: read as it is, and refused when a month is known before it has ended."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from exposures.errors import DataError
from screen.market.files import FilesSource
from screen.market.protocol import Company, MarketData, MarketRequest

HEAD = "ticker,period_end,revenue,currency,known_at,revenue_year_ago,source\n"
WANTED = (Company("9001.TW", "Made up", "TWD", "TWD"), Company("9002.TWO", "Made up too", "TWD", "TWD"))


def fetch(folder: Path, text: str) -> MarketData:
    (folder / "prices.csv").write_text("ticker,date,close,currency\n9001.TW,2026-05-29,10,TWD\n")
    (folder / "monthly_revenue.csv").write_text(text)
    return FilesSource(folder).fetch(MarketRequest(WANTED, date(2026, 6, 1)))


def test_months_enter_with_their_day_and_source(tmp_path: Path) -> None:
    rows = HEAD + (
        "9001.TW,2026-04-30,5000,TWD,2026-05-10,4000,exchange\n"
        "9001.TW,2026-04-30,5100,TWD,2026-05-20,,exchange\n"
        "9002.TWO,2026-04-30,,TWD,2026-05-10,4000,exchange\n"
        "OTHER.TW,2026-04-30,1,TWD,2026-05-10,1,exchange\n"
    )
    found = fetch(tmp_path, rows).monthly_revenue
    assert found.select(
        "ticker", "period_end", "revenue", "revenue_year_ago", "known_at", "source"
    ).rows() == [
        ("9001.TW", date(2026, 4, 30), 5000.0, 4000.0, date(2026, 5, 10), "files:exchange"),
        ("9001.TW", date(2026, 4, 30), 5100.0, None, date(2026, 5, 20), "files:exchange"),
    ]


def test_optional_columns_and_the_file_itself_may_be_absent(tmp_path: Path) -> None:
    short = "ticker,period_end,revenue,currency,known_at\n9001.TW,2026-04-30,5000,TWD,2026-05-10\n"
    row = fetch(tmp_path, short).monthly_revenue.row(0, named=True)
    assert (row["revenue_year_ago"], row["source"]) == (None, "files:monthly_revenue")
    pl.read_csv(tmp_path / "monthly_revenue.csv", try_parse_dates=True).write_parquet(
        tmp_path / "monthly_revenue.parquet"
    )
    (tmp_path / "monthly_revenue.csv").unlink()
    request = MarketRequest(WANTED, date(2026, 6, 1))
    assert FilesSource(tmp_path).fetch(request).monthly_revenue["revenue"].to_list() == [5000.0]
    (tmp_path / "monthly_revenue.parquet").unlink()
    assert FilesSource(tmp_path).fetch(request).monthly_revenue.is_empty()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (HEAD + "9001.TW,2026-04-30,5000,TWD,2026-04-30,,x\n", "known before"),
        (
            HEAD + "9001.TW,2026-04-30,1,TWD,2026-05-10,,x\n9001.TW,2026-04-30,2,TWD,2026-05-10,,x\n",
            "repeated",
        ),
        (HEAD + "9001.TW,April,5000,TWD,2026-05-10,,x\n", "monthly_revenue.csv"),
        ("ticker,period_end,revenue,currency\n9001.TW,2026-04-30,1,TWD\n", "known_at"),
    ],
    ids=["known too early", "twice", "no date", "no publication day"],
)
def test_each_fault_names_the_file(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(DataError) as caught:
        fetch(tmp_path, text)
    assert named in str(caught.value)
    assert "monthly_revenue" in str(caught.value)
