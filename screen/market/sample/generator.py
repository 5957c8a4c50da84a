"""Generate the sample: from the theme to the bundled tables.

1. exchange rates; 2. quarterly accounts bent through published figures; 3. the analysts' consensus on each
day; 4. multiples around a warranted level, and prices = multiple times consensus; 5. the flaws; 6. rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path as FilePath

import numpy as np
import polars as pl

from exposures.theme import ExposureMap
from screen.market.sample.accounts import Accounts, simulate_accounts
from screen.market.sample.consensus import Consensus, make_consensus
from screen.market.sample.draws import Floats
from screen.market.sample.paths import Path, price_path
from screen.market.sample.rates import rate_on, rate_paths
from screen.market.sample.rows import (
    estimate_rows,
    fx_rows,
    price_rows,
    profile_rows,
    split_rows,
    statement_rows,
)
from screen.market.sample.timeline import DAYS, QUARTER_ENDS, filing_days
from screen.market.sample.truth import TRUTH_SCHEMA, truth_row
from screen.market.sample.universe import SampleCompany, companies_of_theme

__all__ = ["FILES", "Simulated", "generate", "simulate", "write_sample"]

FILES = ("prices", "splits", "estimates", "statements", "profiles", "fx", "truth")
"""The bundled files, each written as ``<name>.parquet``."""


@dataclass(frozen=True)
class Simulated:
    """Everything simulated about one company, before the flaws."""

    company: SampleCompany
    accounts: Accounts
    consensus: Consensus
    path: Path
    filed: list[date]


def simulate(company: SampleCompany, rates: dict[str, Floats]) -> Simulated:
    """Return the simulated accounts, consensus and prices of `company`."""
    reporting, listing = company.reporting_currency, company.listing_currency

    def to_reporting(currency: str, quarter: int) -> float:
        end = QUARTER_ENDS[quarter]
        return rate_on(rates[reporting], end) / rate_on(rates[currency], end)

    fx = np.array([rate_on(rates[listing], d) / rate_on(rates[reporting], d) for d in DAYS])
    accounts = simulate_accounts(company, to_reporting)
    consensus = make_consensus(company.ticker, company.tier, DAYS)
    path = price_path(company, accounts, consensus, fx)
    return Simulated(company, accounts, consensus, path, filing_days(company.ticker))


def generate(theme: ExposureMap) -> dict[str, pl.DataFrame]:
    """Return file name -> frame of the whole sample for `theme`, sorted by key.

    The frames are raw: a quote may be in a minor unit (``GBp``), as an exchange gives it.
    """
    rates = rate_paths()
    every = [simulate(company, rates) for company in companies_of_theme(theme)]
    tables = {
        "prices": pl.concat([price_rows(s.company, s.path) for s in every]),
        "splits": split_rows([s.company.ticker for s in every], {s.company.ticker: s.filed for s in every}),
        "estimates": pl.concat(
            [estimate_rows(s.company, s.accounts, s.consensus, s.path, s.filed) for s in every]
        ),
        "statements": pl.concat([statement_rows(s.company, s.accounts, s.path, s.filed) for s in every]),
        "profiles": pl.concat([profile_rows(s.company, s.path, s.filed) for s in every]),
        "fx": fx_rows(rates),
        "truth": pl.DataFrame([truth_row(s.company, s.accounts, s.path) for s in every], schema=TRUTH_SCHEMA),
    }
    return {name: tables[name] for name in FILES}


def write_sample(theme: ExposureMap, folder: FilePath) -> dict[str, int]:
    """Write the sample of `theme` into `folder` and return file name -> bytes written.

    The bytes depend on the theme and the library versions alone: fixed order, fixed compression, no
    statistics, no clock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for name, frame in generate(theme).items():
        path = folder / f"{name}.parquet"
        frame.write_parquet(path, compression="zstd", compression_level=19, statistics=False)
        sizes[path.name] = path.stat().st_size
    return sizes
