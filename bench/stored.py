"""The store beside plain Parquet, the parse of a filing, and the quality gate, on 1,000 made-up companies."""

from __future__ import annotations

import gzip
import os
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from bench.made_up import BARS, DAY, DAYS, LATER, answers
from bench.side_by_side import compare
from screen.market.protocol import MarketData
from screen.market.store import MarketStore
from screen.market.tables import FX, OUTCOMES, PRICES, SPLITS

__all__ = ["report"]

COUNT = 1000
LONG, SHORT = BARS[DAYS["10 years"]], BARS[DAYS["3 years"]]
WEEKS = 8
SEED = 5
SEC_FILE = "recorded/sec/CIK0001045810.json.gz"


def report() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder:
        _prices(Path(folder))
        _facts(Path(folder))
    _filing()
    _gate()


def _prices(folder: Path) -> None:
    histories = _histories(LONG)
    store = MarketStore(folder / "store")
    plain, whole = folder / "plain", folder / "all.parquet"
    plain.mkdir()

    def write_plain() -> None:
        for ticker, rows in histories.items():
            rows.write_parquet(plain / f"{ticker}.parquet", compression="zstd")

    def write_whole() -> None:
        pl.concat(histories.values()).write_parquet(whole, compression="zstd")

    compare(
        f"write {COUNT:,} histories of {LONG:,} bars",
        {
            "store.replace_many (checked, checksummed, flushed)": lambda: store.replace_many(
                "yahoo", histories
            ),
            "polars write_parquet, a file each, none of these": write_plain,
            "polars write_parquet, one file of all": write_whole,
        },
        rounds=3,
    )
    tickers = list(histories)
    compare(
        f"read {COUNT:,} histories of {LONG:,} bars",
        {
            "store.prices (checksums verified)": store.prices,
            "polars scan of the plain files": lambda: pl.scan_parquet(plain / "*.parquet").collect(),
            "polars scan of one file of all": lambda: pl.scan_parquet(whole).collect(),
            "store.held: log and the newest 20 bars of each": lambda: store.held("yahoo", tickers),
        },
        rounds=3,
    )


def _facts(folder: Path) -> None:
    weekly = _company()["estimates"]
    plain = folder / "estimates.parquet"
    weeks = [_of_all(_seen(weekly, k)) for k in range(WEEKS)]
    pl.concat(weeks).write_parquet(plain, compression="zstd")
    counter = iter(range(100))

    def fill() -> None:
        store = MarketStore(folder / f"facts{next(counter)}")
        with store.writer():
            for rows in weeks:
                store.append("estimates", "yahoo", rows)

    store = MarketStore(folder / "facts")
    for rows in weeks:
        store.append("estimates", "yahoo", rows)
    as_of = DAY + timedelta(weeks=WEEKS // 2)
    size = sum(rows.height for rows in weeks)
    compare(
        f"estimates of {COUNT:,} companies, {WEEKS} weekly pulls, {size:,} rows",
        {
            "store.facts as of the middle week": lambda: store.facts("estimates", as_of=as_of),
            "polars scan of one plain file, known by then": lambda: (
                pl.scan_parquet(plain).filter(pl.col("known_at") <= as_of).collect()
            ),
            "store.append of a week that is all known": lambda: store.append("estimates", "yahoo", weeks[-1]),
            f"store.append of all {WEEKS} weeks to an empty store": fill,
        },
        rounds=3,
    )


def _filing() -> None:
    shared = Path(os.environ.get("SCREEN_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    path = shared / SEC_FILE
    if not path.exists():
        print(f"companyfacts: skipped, there is no {SEC_FILE} in {shared} (set SCREEN_SHARED)\n")
        return
    import json

    from screen.market.edgar.facts import read_facts
    from screen.market.edgar.statements import statement_rows

    content = gzip.decompress(path.read_bytes())
    rows = statement_rows("NVDA", content, seen_at=DAY).height
    compare(
        f"companyfacts of NVIDIA, {len(content) / 1e6:.1f} MB, to {rows:,} rows of every vintage",
        {
            "statement_rows": lambda: statement_rows("NVDA", content, seen_at=DAY),
            "of which read_facts": lambda: read_facts(content),
            "json.loads alone": lambda: json.loads(content),
        },
        rounds=5,
    )


def _gate() -> None:
    from screen.quality import check_market

    data, companies = _market()
    copied = (data.prices, data.estimates, data.statements)
    compare(
        f"quality gate, {COUNT:,} companies, {data.prices.height:,} closes, {data.statements.height:,} figures",
        {
            "check_market": lambda: check_market(data, companies, as_of=LATER),
            "sorting the same frames": lambda: [frame.sort(frame.columns[:2]) for frame in copied],
        },
        rounds=3,
    )


def _company() -> dict[str, pl.DataFrame]:
    """Rows of one company through the product's own parsers."""
    from screen.market.yahoo.estimates import estimates
    from screen.market.yahoo.payloads import SeriesAnswer, SummaryAnswer
    from screen.market.yahoo.profile import profile
    from screen.market.yahoo.statements import statements

    known = answers("1", day=DAY, bars=SHORT)
    summary = SummaryAnswer.model_validate(known["summary", "T0000"]).summary.result
    accounts = SeriesAnswer.model_validate(known["series", "T0000"])
    assert summary
    figures, _ = statements("T0000", accounts, fetched=DAY, fiscal_year_end=None)
    return {
        "estimates": estimates("T0000", summary[0], fetched=DAY),
        "statements": figures,
        "profiles": profile("T0000", summary[0], fetched=DAY),
    }


def _seen(rows: pl.DataFrame, weeks: int) -> pl.DataFrame:
    """The estimates of a later week: every mean a little higher."""
    later = timedelta(weeks=weeks)
    return rows.with_columns(
        pl.col("known_at") + later, pl.col("seen_at") + later, pl.col("mean") * (1 + weeks / 100)
    )


def _of_all(rows: pl.DataFrame) -> pl.DataFrame:
    names = (pl.lit(f"T{k:04d}").alias("ticker") for k in range(COUNT))
    return pl.concat([rows.with_columns(name) for name in names])


def _histories(bars: int) -> dict[str, pl.DataFrame]:
    """A random walk a company, as 32-bit floats like Yahoo's."""
    from screen.market.yahoo.payloads import ChartAnswer
    from screen.market.yahoo.prices import stored_prices

    chart = answers("1", day=DAY, bars=bars)["chart", "T0000"]({"period1": "0"})
    result = ChartAnswer.model_validate(chart).chart.result
    assert result
    base = stored_prices("T0000", result[0])
    rng = np.random.default_rng(SEED)
    found = {}
    for k in range(COUNT):
        walk = (100 * np.exp(np.cumsum(rng.normal(0, 0.01, base.height)))).astype(np.float32)
        close = pl.Series("close", walk.astype(np.float64))
        ticker = f"T{k:04d}"
        found[ticker] = base.with_columns(
            pl.lit(ticker).alias("ticker"), close, (close * 0.99).alias("adj_close")
        )
    return found


def _market() -> tuple[MarketData, pl.DataFrame]:
    """Market data as the gate gets it, and COMPANIES as far as it reads them."""
    prices = pl.concat(_histories(SHORT).values())
    rows = {name: _of_all(frame) for name, frame in _company().items()}
    data = MarketData(
        source="store",
        label="made up",
        is_simulated=True,
        prices=prices.select(PRICES.schema.names()),
        splits=SPLITS.empty(),
        fx=FX.empty(),
        outcomes=OUTCOMES.empty(),
        **rows,
    ).checked()
    usd = partial(pl.lit, "USD")
    companies = prices.select(pl.col("ticker").unique(maintain_order=True)).with_columns(
        pl.col("ticker").alias("name"),
        usd().alias("listing_currency"),
        usd().alias("reporting_currency"),
    )
    return data, companies
