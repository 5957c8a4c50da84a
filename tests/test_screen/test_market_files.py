"""`FilesSource`: hand-made folders, every fault, and the real pack where it is at hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from exposures.errors import DataError, NotFoundError
from screen.market.files import FilesSource
from screen.market.folder import LAYOUT
from screen.market.protocol import Company, MarketRequest

D = date(2026, 6, 1)
AAA = Company("AAA", "Aaa", "USD", "USD")
PNCE = Company("PNCE.L", "Pence", "GBP", "GBP")
GONE = Company("GONE", "Gone", "JPY", "JPY")

PRICES_CSV = """ticker,date,close,adj_close,currency,source
AAA,2026-05-28,100,99,USD,vendor
AAA,2026-05-29,,99.5,USD,vendor
AAA,2026-06-02,101,101,USD,vendor
PNCE.L,2026-05-29,309,309,GBp,vendor
OTHER,2026-05-29,1,1,USD,vendor
"""


def request(*companies: Company, as_of: date = D) -> MarketRequest:
    return MarketRequest(companies or (AAA, PNCE, GONE), as_of)


def folder_with(tmp_path: Path, **tables: str) -> Path:
    (tmp_path / "prices.csv").write_text(PRICES_CSV)
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def status(frame: pl.DataFrame, ticker: str, dataset: str) -> tuple[str, str | None]:
    row = frame.filter((pl.col("ticker") == ticker) & (pl.col("dataset") == dataset))
    return row.select("status", "reason").row(0)


def test_prices_alone_are_enough_and_others_are_rows_with_a_reason(tmp_path: Path) -> None:
    data = FilesSource(folder_with(tmp_path)).fetch(request())
    assert data.prices.select("ticker", "date", "close", "adj_close", "currency").rows() == [
        ("AAA", date(2026, 5, 28), 100.0, 99.0, "USD"),
        ("AAA", date(2026, 5, 29), None, 99.5, "USD"),
        ("AAA", date(2026, 6, 2), 101.0, 101.0, "USD"),
        ("PNCE.L", date(2026, 5, 29), 3.09, 3.09, "GBP"),
    ]
    assert data.prices["known_at"].to_list() == data.prices["date"].to_list()
    assert data.prices["source"].unique().to_list() == ["files:vendor"]
    assert status(data.outcomes, "GONE", "prices")[0] == "not_covered"
    assert "estimates" in str(status(data.outcomes, "AAA", "estimates")[1])
    assert status(data.outcomes, "USDJPY", "fx")[0] == "not_covered"
    assert data.age_days == 3
    assert data.estimates.is_empty() and data.fx.is_empty() and data.splits.is_empty()


def test_an_adjusted_close_is_never_a_close_and_says_so(tmp_path: Path) -> None:
    data = FilesSource(folder_with(tmp_path)).fetch(request(AAA))
    assert status(data.outcomes, "AAA", "prices") == (
        "partial",
        "dividend-adjusted prices only: good for returns, not for multiples; "
        "true closes on 1 days, the newest 2026-05-28",
    )


@pytest.mark.parametrize(
    ("price", "close"),
    [(99.6, 99.6), (99.5, 99.5), (99.0, None), (101.0, None)],
    ids=["dividend since", "no dividend", "stale", "intraday"],
)
def test_a_snapshot_price_fills_a_close_only_when_it_agrees(
    tmp_path: Path, price: float, close: float | None
) -> None:
    forward = f"ticker,known_at,forward_eps,price,currency,source\nAAA,2026-05-29,5,{price},USD,snap\n"
    data = FilesSource(folder_with(tmp_path, forward=forward)).fetch(request(AAA))
    row = data.prices.filter(pl.col("date") == date(2026, 5, 29)).select("close", "source").row(0)
    assert row == (close, "files:snap" if close else "files:vendor")


def test_vendor_forward_eps_only_where_no_labelled_estimate_exists(tmp_path: Path) -> None:
    estimates = (
        "ticker,known_at,period,period_end,metric,mean,analysts,currency,source\n"
        "AAA,2026-05-20,+1y,2027-12-31,eps,5.5,12,USD,lab\n"
        "AAA,2026-05-20,0y,2026-12-31,eps,,0,USD,lab\n"
        "PNCE.L,2026-05-20,+1y,,eps,12,,GBp,lab\n"
    )
    forward = (
        "ticker,known_at,forward_eps,price,currency,source\n"
        "AAA,2026-05-20,5.5,100,USD,snap\n"
        "AAA,2026-05-28,4.4,100,USD,snap\n"
        "AAA,2026-05-29,9.9,100,USD,mir_unlabelled_kr\n"
    )
    data = FilesSource(folder_with(tmp_path, estimates=estimates, forward=forward)).fetch(request())
    assert data.estimates.select("ticker", "known_at", "period", "mean", "currency", "analysts").rows() == [
        ("AAA", date(2026, 5, 20), "+1y", 5.5, "USD", 12),
        ("AAA", date(2026, 5, 20), "0y", None, "USD", 0),
        ("AAA", date(2026, 5, 28), "vendor", 4.4, "USD", None),
        ("PNCE.L", date(2026, 5, 20), "+1y", 0.12, "GBP", None),
    ]


def test_statements_keep_vintages_and_prefer_a_true_total_debt(tmp_path: Path) -> None:
    statements = (
        "ticker,item,period_type,period_end,value,currency,known_at,known_at_basis,tag_rank,source\n"
        "AAA,revenue,Q,2026-03-31,10,USD,2026-04-30,filed,0,sec\n"
        "AAA,revenue,Q,2026-03-31,11,USD,2026-05-10,assumed_lag,9,other\n"
        "AAA,total_debt,INSTANT,2026-03-31,40,USD,2026-05-10,snapshot,7,other\n"
        "AAA,long_term_debt_incl_current,INSTANT,2026-03-31,30,USD,2026-04-30,filed,0,sec\n"
        "AAA,net_income,Q,2026-03-31,,USD,2026-04-30,filed,0,sec\n"
    )
    rows = FilesSource(folder_with(tmp_path, statements=statements)).fetch(request(AAA)).statements
    assert rows.filter(item="revenue").select("value", "is_latest_vintage").sort("value").rows() == [
        (10.0, False),
        (11.0, True),
    ]
    assert rows.filter(item="total_debt").sort("tag_rank").select("value", "tag_rank").rows() == [
        (40.0, 7),
        (30.0, 100),
    ]
    assert rows.filter(item="net_income").is_empty()


def test_outcomes_do_not_depend_on_rows_known_later(tmp_path: Path) -> None:
    all_rows = FilesSource(folder_with(tmp_path)).fetch(request()).outcomes
    early = "\n".join(line for line in PRICES_CSV.splitlines() if "2026-06-02" not in line)
    (tmp_path / "prices.csv").write_text(early)
    assert FilesSource(tmp_path).fetch(request()).outcomes.equals(all_rows)


def test_parquet_and_csv_give_the_same_tables(tmp_path: Path) -> None:
    from_csv = FilesSource(folder_with(tmp_path)).fetch(request())
    other = tmp_path / "parquet"
    other.mkdir()
    frame = pl.read_csv(tmp_path / "prices.csv", try_parse_dates=True)
    frame.write_parquet(other / "prices.parquet")
    assert FilesSource(other).fetch(request()).prices.equals(from_csv.prices)


def test_nan_becomes_null_and_optional_columns_may_be_absent(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "ticker": ["AAA", "AAA"],
            "date": [date(2026, 5, 28), date(2026, 5, 29)],
            "close": [float("nan"), 5.0],
            "currency": ["USD", "USD"],
        }
    )
    frame.write_parquet(tmp_path / "prices.parquet")
    data = FilesSource(tmp_path).fetch(request(AAA))
    assert data.prices.select("close", "adj_close", "source").rows() == [(5.0, None, "files:prices")]


def test_newest_day_is_of_any_ticker(tmp_path: Path) -> None:
    assert FilesSource(folder_with(tmp_path)).newest_day() == date(2026, 6, 2)


def test_missing_folder_names_it_and_suggests(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    with pytest.raises(NotFoundError, match=r'"market"\?.*--market-dir') as caught:
        FilesSource(tmp_path / "markte").fetch(request())
    assert caught.value.exit_code == 4


def test_empty_folder_and_folder_without_prices(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"prices\.parquet"):
        FilesSource(tmp_path).fetch(request())
    (tmp_path / "fx.csv").write_text("base,quote,date,rate\n")
    with pytest.raises(DataError, match="no prices"):
        FilesSource(tmp_path).fetch(request())


def test_corrupt_parquet_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "prices.parquet").write_bytes(b"PAR1 this is not parquet PAR1")
    with pytest.raises(DataError, match=r"prices\.parquet: cannot be read"):
        FilesSource(tmp_path).fetch(request())


def test_missing_columns_are_listed(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("ticker,date,close\nAAA,2026-05-28,1\n")
    with pytest.raises(DataError, match=r"missing columns \['currency'\].*prices needs ticker, date, close"):
        FilesSource(tmp_path).fetch(request())


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("ticker,date,close,currency\nAAA,28.05.2026,1,USD\n", "YYYY-MM-DD"),
        ("ticker,date,close,currency\nAAA,2026-05-28,a lot,USD\n", r"prices\.csv"),
        ("ticker,date,close,currency\nAAA,2026-05-28,1,USD\nAAA,2026-05-28,2,USD\n", "repeated keys"),
        ("ticker,date,close,currency\nAAA,2026-05-28,1,\n", "currency has 1 nulls"),
    ],
    ids=["date", "number", "key", "null"],
)
def test_bad_rows_are_data_errors(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "prices.csv").write_text(text)
    with pytest.raises(DataError, match=match):
        FilesSource(tmp_path).fetch(request())


REAL = tuple(
    Company(ticker, ticker, currency, reporting)
    for ticker, currency, reporting in (
        ("NVDA", "USD", "USD"), ("MSFT", "USD", "USD"), ("AMKR", "USD", "USD"), ("CLS", "USD", "USD"),
        ("ASML", "USD", "EUR"), ("000660.KS", "KRW", "KRW"), ("2330.TW", "TWD", "TWD"),
    )
)  # fmt: skip


def test_real_pack_maps_onto_the_tables(market_pack: Path) -> None:
    data = FilesSource(market_pack).fetch(MarketRequest(REAL, D))
    assert set(data.prices["ticker"]) == {"NVDA", "MSFT", "AMKR", "CLS", "ASML", "000660.KS"}
    assert status(data.outcomes, "2330.TW", "prices")[0] == "not_covered"
    later = FilesSource(market_pack).fetch(MarketRequest(REAL, date(2026, 8, 21)))
    assert status(data.outcomes, "AMKR", "prices")[0] == "ok"  # a snapshot price of that very day
    assert status(later.outcomes, "AMKR", "prices")[0] == "partial"
    filled = data.prices.filter((pl.col("ticker") == "CLS") & pl.col("close").is_not_null())
    assert filled.height >= 10 and set(filled["source"]) <= {"files:stonks_yahoo", "files:mir_nasdaq.com"}
    assert not data.estimates["source"].str.contains("unlabelled").any()
    basis = data.statements.group_by("known_at_basis").agg(pl.col("is_latest_vintage").unique())
    assert dict(basis.select("known_at_basis", pl.col("is_latest_vintage").list.first()).iter_rows()) == {
        "filed": False, "assumed_lag": True, "matched": True, "snapshot": True,
    }  # fmt: skip
    labelled = data.estimates.filter(pl.col("period") != "vendor").select("ticker", "known_at").unique()
    vendor = data.estimates.filter(pl.col("period") == "vendor")
    assert vendor.join(labelled, on=["ticker", "known_at"], how="semi").is_empty()


def test_real_pack_without_later_rows_gives_the_same_data(market_pack: Path, tmp_path: Path) -> None:
    known = {"prices": "date", "fx": "date", "splits": ""}
    for file in sorted(market_pack.glob("*.parquet")):
        frame = pl.read_parquet(file)
        column = known.get(file.stem, "known_at")
        early = frame.filter(pl.col(column) <= D) if column else frame
        early.write_parquet(tmp_path / file.name)
    everything = FilesSource(market_pack).fetch(MarketRequest(REAL, D))
    before = FilesSource(tmp_path).fetch(MarketRequest(REAL, D))
    assert everything.known_by(D).prices["date"].max() == D
    for name in ("prices", "splits", "estimates", "statements", "profiles", "fx", "outcomes"):
        assert getattr(everything.known_by(D), name).equals(getattr(before.known_by(D), name)), name
    assert everything.age_days == before.age_days


def test_every_column_of_the_folder_is_documented() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "market-data.md").read_text()
    for table in LAYOUT.values():
        required, optional = ", ".join(table.required), ", ".join(table.optional)
        assert f"| `{table.name}` | **{required}**, {optional} |" in text


def test_a_repeated_row_names_its_file(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    path = folder / "prices.csv"
    path.write_text(PRICES_CSV + "AAA,2026-05-28,100,99,USD,vendor\n")
    with pytest.raises(DataError) as caught:
        FilesSource(folder).fetch(request(AAA))
    assert caught.value.message.startswith(f"{path}: 1 repeated keys")


def test_a_negative_close_is_refused_with_ticker_and_day(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "prices.csv").write_text(PRICES_CSV.replace("AAA,2026-05-28,100", "AAA,2026-05-28,-100"))
    with pytest.raises(
        DataError, match=r"prices\.csv: 1 negative closes, the first -100 of AAA on 2026-05-28"
    ):
        FilesSource(folder).fetch(request(AAA))
