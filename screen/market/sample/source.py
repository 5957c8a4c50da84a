"""`SampleSource`: the bundled, simulated market. Everything made from it must say SIMULATED."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from exposures.errors import DataError
from screen.market.minor_units import in_major_units
from screen.market.outcomes import age_days, missing_rates, outcomes_of
from screen.market.protocol import MarketData, MarketRequest
from screen.market.sample.timeline import SAMPLE_END
from screen.market.tables import OUTCOMES

__all__ = ["DATA", "SampleSource", "read_truth"]

STALE_AFTER_DAYS = 7
"""A last close a week behind the newest one of the others is stale: no exchange rests that long."""

DATA = Path(__file__).parent / "data"
"""Folder of the bundled files."""

_SOURCE = "sample"
SIMULATED = "SIMULATED: prices, estimates and accounts are drawn by a seeded generator, not observed."


def _scan(name: str) -> pl.LazyFrame:
    path = DATA / f"{name}.parquet"
    if not path.is_file():
        raise DataError(
            f"{path}: the bundled sample is not complete.",
            fix="Run `make sample`, or install the package again.",
        )
    return pl.scan_parquet(path)


def read_truth() -> pl.DataFrame:
    """Return the parameters behind the sample, one row per company (for tests and benchmarks)."""
    return _scan("truth").collect()


class SampleSource:
    """The simulated market of theme multicloud-gpu, three years to `SAMPLE_END`.

    Figures are published ones where the theme's figures have them, everything else is drawn by a seeded
    generator with known parameters (``truth.parquet``).

    Parameters
    ----------
    note
        Why the sample is used, put before the note that it is simulated.
    """

    name = _SOURCE

    def __init__(self, *, note: str = "") -> None:
        self.note = note

    def newest_day(self) -> date | None:
        """Return `SAMPLE_END`."""
        return SAMPLE_END

    def fetch(self, request: MarketRequest) -> MarketData:
        """Return the sample's rows for the tickers of `request`.

        Missing data: a ticker that the sample does not have is a ``not_covered`` row of OUTCOMES; a
        company without analysts has rows with a null mean.

        Raises
        ------
        DataError
            The bundled files are missing.
        """
        tickers = request.tickers
        prices = _prices(tickers)
        estimates = _own("estimates", tickers).collect()
        statements = _statements(tickers)
        profiles = in_major_units(_own("profiles", tickers)).collect()
        fx = _scan("fx").with_columns(known_at=pl.col("date"), source=pl.lit(_SOURCE)).collect()
        frames = {"prices": prices, "estimates": estimates, "statements": statements, "profile": profiles}
        known = {name: frame.filter(pl.col("known_at") <= request.as_of) for name, frame in frames.items()}
        reason = f"the simulated sample has no row known by {request.as_of}"
        rows = outcomes_of(
            tickers, known, source=_SOURCE, absent=dict.fromkeys(known, reason), notes=_notes(known)
        )
        needed = (c for k in request.companies for c in (k.listing_currency, k.reporting_currency))
        rates = fx.filter(pl.col("known_at") <= request.as_of)
        rows += missing_rates(needed, rates, source=_SOURCE, reason="the simulated sample has no such rate")
        return MarketData(
            source=_SOURCE,
            label=f"SIMULATED sample (three years to {SAMPLE_END})",
            is_simulated=True,
            prices=prices,
            splits=_own("splits", tickers).collect(),
            estimates=estimates,
            statements=statements,
            profiles=profiles,
            fx=fx,
            outcomes=OUTCOMES.frame(rows),
            age_days=age_days(prices, request.as_of),
            note=f"{self.note} {SIMULATED}".strip(),
        ).checked()


def _own(name: str, tickers: list[str]) -> pl.LazyFrame:
    return _scan(name).filter(pl.col("ticker").is_in(tickers)).with_columns(source=pl.lit(_SOURCE))


def _prices(tickers: list[str]) -> pl.DataFrame:
    rows = in_major_units(_own("prices", tickers), "close")
    return rows.with_columns(
        adj_close=(pl.col("close") * pl.col("adj_factor")).round_sig_figs(8), known_at=pl.col("date")
    ).collect()


def _statements(tickers: list[str]) -> pl.DataFrame:
    month = pl.col("period_end").dt.month()
    is_flow = pl.col("period_type") == "Q"
    return (
        _own("statements", tickers)
        .with_columns(
            period_start=pl.when(is_flow).then(pl.col("period_end").dt.offset_by("-2mo").dt.month_start()),
            fiscal_year=pl.col("period_end").dt.year(),
            fiscal_period=pl.format("Q{}", month // 3),
            known_at_basis=pl.lit("simulated"),
            is_latest_vintage=pl.lit(False),
            tag_rank=pl.lit(0),
        )
        .collect()
    )


def _notes(known: dict[str, pl.DataFrame]) -> dict[tuple[str, str], tuple[str, str]]:
    """Say which tickers have a stale tail and which have no analyst."""
    prices, estimates = known["prices"], known["estimates"]
    last = prices.group_by("ticker").agg(pl.col("date").max())
    newest = last.get_column("date").max()
    notes: dict[tuple[str, str], tuple[str, str]] = {}
    for ticker, day in last.filter(
        (pl.col("date").max() - pl.col("date")).dt.total_days() > STALE_AFTER_DAYS
    ).iter_rows():
        notes[(ticker, "prices")] = ("partial", f"stale: last close {day!s}, others {newest!s}")
    covered = estimates.group_by("ticker").agg(pl.col("mean").count())
    for (ticker,) in covered.filter(pl.col("mean") == 0).select("ticker").iter_rows():
        notes[(ticker, "estimates")] = ("empty", "no analyst coverage")
    return notes
