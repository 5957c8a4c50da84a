"""`FilesSource`: market data from a local folder (bring your own data, docs/market-data.md)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from exposures.errors import DataError, TableError
from screen.market.folder import LAYOUT, named_file, open_table, require_folder
from screen.market.minor_units import in_major_units
from screen.market.outcomes import age_days, missing_rates, outcomes_of
from screen.market.protocol import MarketData, MarketRequest
from screen.market.tables import OUTCOMES

__all__ = ["FilesSource"]

LATEST_VINTAGE = ("matched", "assumed_lag", "snapshot")
"""known_at bases whose value is the newest restatement: only ``filed`` rows are as first published."""

UNLABELLED_SOURCES = ("mir_unlabelled_kr",)
"""Forward rows that are never used: nobody knows which year they are about, and they contradict a second
source of the same days (000660.KS 6.16 times against 8.73)."""

SNAPSHOT_TOLERANCE = 0.0005
SNAPSHOT_DIVIDENDS = 0.01
"""A snapshot price of forward.parquet stands in for a missing close only when it lies between the day's
adjusted close (minus rounding) and 1% above it: a close exceeds the adjusted close by the dividends paid
since, under 1% of the price for a recent day. Outside that band it is an intraday or a stale quote."""

DEBT_FALLBACK = "long_term_debt_incl_current"
FALLBACK_RANK = 100
"""Added to tag_rank where `DEBT_FALLBACK` stands in for total_debt, so that a true total always wins."""


class FilesSource:
    """Market data from a folder of Parquet or CSV files.

    Parameters
    ----------
    folder
        Folder in the layout of ``docs/market-data.md``; only prices must exist.
    """

    name = "files"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def newest_day(self) -> date | None:
        """Return the newest price day in the folder, of any ticker."""
        require_folder(self.folder)
        prices = open_table(self.folder, "prices")
        newest = None if prices is None else prices.get_column("date").max()
        return newest if isinstance(newest, date) else None

    def fetch(self, request: MarketRequest) -> MarketData:
        """Return the folder's rows for the tickers of `request`, as MARKET tables.

        ``known_at`` of prices and rates is their date. A close that is null stays null (the adjusted
        close is no price); on days with a snapshot price that agrees with it, that price is the close.
        Vendor forward EPS enter as period ``vendor`` on days without a labelled estimate.

        Missing data: a ticker or currency that a file lacks is a ``not_covered`` row of OUTCOMES.

        Raises
        ------
        NotFoundError
            The folder does not exist or holds none of the files.
        DataError
            A file is corrupt, lacks columns, or breaks a declared table.
        """
        require_folder(self.folder)
        tickers = request.tickers
        forward = self._forward(tickers)
        prices = self._prices(tickers, forward).collect()
        estimates = self._estimates(tickers, forward).collect()
        statements = self._statements(tickers).collect()
        profiles = self._profiles(tickers).collect()
        fx = self._fx().collect()
        frames = {"prices": prices, "estimates": estimates, "statements": statements, "profile": profiles}
        data = MarketData(
            source=self.name,
            label="local files",
            is_simulated=False,
            prices=prices,
            splits=self._read("splits", tickers).collect(),
            estimates=estimates,
            statements=statements,
            profiles=profiles,
            fx=fx,
            monthly_revenue=self._monthly_revenue(tickers).collect(),
            outcomes=OUTCOMES.frame(self._outcomes(request, frames, fx)),
            age_days=age_days(prices, request.as_of),
        )
        try:
            return data.checked()
        except TableError as error:
            raise DataError(
                named_file(self.folder, error.message),
                fix="Mend the rows of that file; allowed values and keys are in docs/market-data.md.",
            ) from error

    def _outcomes(
        self, request: MarketRequest, frames: dict[str, pl.DataFrame], fx: pl.DataFrame
    ) -> list[dict[str, object]]:
        """Outcomes look only at rows known on as_of, so later rows never change what a run says."""
        known = {name: frame.filter(pl.col("known_at") <= request.as_of) for name, frame in frames.items()}
        where = f"known by {request.as_of} in {{}} of the market folder"
        file = {"profile": "profiles"}
        rows = outcomes_of(
            request.tickers,
            known,
            source=self.name,
            absent={dataset: "no row " + where.format(file.get(dataset, dataset)) for dataset in known},
            notes=_price_notes(known["prices"]),
        )
        rates = fx.filter(pl.col("known_at") <= request.as_of)
        needed = (c for k in request.companies for c in (k.listing_currency, k.reporting_currency))
        return rows + missing_rates(needed, rates, source=self.name, reason="no rate " + where.format("fx"))

    def _read(self, name: str, tickers: list[str] | None) -> pl.LazyFrame:
        frame = open_table(self.folder, name, tickers=tickers)
        if frame is None:
            frame = pl.DataFrame(schema=LAYOUT[name].columns)
        own = pl.concat_str(pl.lit("files:"), pl.col("source").fill_null(name))
        return frame.lazy().with_columns(source=own)

    def _prices(self, tickers: list[str], forward: pl.LazyFrame) -> pl.LazyFrame:
        rows = in_major_units(self._read("prices", tickers), "close", "adj_close")
        snapshots = (
            forward.filter(pl.col("price").is_not_null())
            .select("ticker", pl.col("known_at").alias("date"), "price", "currency", snapshot="source")
            .unique(["ticker", "date", "currency"], keep="first", maintain_order=True)
        )
        over = pl.col("price") / pl.col("adj_close") - 1
        usable = pl.col("close").is_null() & over.is_between(-SNAPSHOT_TOLERANCE, SNAPSHOT_DIVIDENDS)
        return (
            rows.join(snapshots, on=["ticker", "date", "currency"], how="left")
            .with_columns(
                close=pl.when(usable).then(pl.col("price")).otherwise(pl.col("close")),
                source=pl.when(usable).then(pl.col("snapshot")).otherwise(pl.col("source")),
                known_at=pl.col("date"),
            )
            .filter(pl.col("close").is_not_null() | pl.col("adj_close").is_not_null())
        )

    def _forward(self, tickers: list[str]) -> pl.LazyFrame:
        skip = [f"files:{name}" for name in UNLABELLED_SOURCES]
        rows = self._read("forward", tickers).filter(~pl.col("source").is_in(skip))
        return in_major_units(rows, "forward_eps", "price").sort("ticker", "known_at", "source")

    def _estimates(self, tickers: list[str], forward: pl.LazyFrame) -> pl.LazyFrame:
        labelled = in_major_units(self._read("estimates", tickers), "mean", "low", "high").filter(
            pl.col("mean").is_not_null() | (pl.col("analysts") == 0)
        )
        vendor = (
            forward.filter(pl.col("forward_eps").is_not_null())
            .join(labelled.select("ticker", "known_at").unique(), on=["ticker", "known_at"], how="anti")
            .select(
                "ticker",
                "known_at",
                "currency",
                "source",
                mean="forward_eps",
                period=pl.lit("vendor"),
                metric=pl.lit("eps"),
            )
        )
        return pl.concat([labelled, vendor], how="diagonal")

    def _statements(self, tickers: list[str]) -> pl.LazyFrame:
        rows = in_major_units(self._read("statements", tickers), "value").filter(
            pl.col("value").is_not_null()
        )
        rows = rows.with_columns(
            pl.col("known_at_basis").fill_null("filed"), pl.col("tag_rank").cast(pl.Int64).fill_null(0)
        )
        fallback = rows.filter(pl.col("item") == DEBT_FALLBACK).with_columns(
            item=pl.lit("total_debt"), tag_rank=pl.col("tag_rank") + FALLBACK_RANK
        )
        return pl.concat([rows, fallback]).with_columns(
            is_latest_vintage=pl.col("known_at_basis").is_in(LATEST_VINTAGE)
        )

    def _profiles(self, tickers: list[str]) -> pl.LazyFrame:
        rows = in_major_units(self._read("profiles", tickers))
        return in_major_units(rows, currency="financial_currency")

    def _monthly_revenue(self, tickers: list[str]) -> pl.LazyFrame:
        rows = in_major_units(self._read("monthly_revenue", tickers), "revenue", "revenue_year_ago")
        return rows.filter(pl.col("revenue").is_not_null())

    def _fx(self) -> pl.LazyFrame:
        return self._read("fx", None).filter(pl.col("rate") > 0).with_columns(known_at=pl.col("date"))


def _price_notes(prices: pl.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
    """Return a partial outcome for each ticker whose newest row has no true close."""
    tail = (
        prices.sort("date")
        .group_by("ticker")
        .agg(
            is_adjusted=pl.col("close").last().is_null(),
            closes=pl.col("close").count(),
            last=pl.col("date").filter(pl.col("close").is_not_null()).max(),
        )
        .filter("is_adjusted")
    )
    notes = {}
    for ticker, _, closes, last in tail.iter_rows():
        known = f"; true closes on {closes} days, the newest {last}" if closes else ""
        reason = f"dividend-adjusted prices only: good for returns, not for multiples{known}"
        notes[(ticker, "prices")] = ("partial", reason)
    return notes
