"""Rows of the bundled files: rounding, share bases and the flaws."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from screen.market.minor_units import major
from screen.market.sample.accounts import Accounts
from screen.market.sample.consensus import REVENUE_SHARE, Consensus, expected_by_year
from screen.market.sample.draws import Floats, generator_for, significant
from screen.market.sample.flaws import NO_COVERAGE, SPLIT, STALE_DAYS, STALE_TAIL
from screen.market.sample.paths import Path
from screen.market.sample.timeline import (
    DAYS,
    FX_DAYS,
    QUARTER_ENDS,
    REPORTED_QUARTERS,
    SAMPLE_START,
    SNAPSHOTS,
)
from screen.market.sample.universe import SampleCompany

__all__ = ["estimate_rows", "fx_rows", "price_rows", "profile_rows", "split_rows", "statement_rows"]

PRICE_DIGITS, AMOUNT_DIGITS, ESTIMATE_DIGITS, EPS_DIGITS = 5, 6, 5, 5
PAYER_SHARE = 0.5
"""Half of the companies pay a dividend, of DIVIDEND of the price each quarter."""
DIVIDEND = 0.0025
INSTANT = ("cash", "total_debt", "equity", "receivables", "payables", "inventory")
FLOWS = (
    "revenue", "gross_profit", "operating_income", "net_income", "operating_cash_flow", "capex",
    "depreciation_amortization",
)  # fmt: skip


def price_rows(company: SampleCompany, path: Path) -> pl.DataFrame:
    """Return daily quotes as an exchange gives them: in the quote unit, the stale tail left out.

    `adj_factor` is what dividends after the day take off: adj_close = close * adj_factor.
    """
    draw = generator_for(company.ticker, "trading")
    _, unit = major(company.quote_unit)
    turnover = 0.004 * np.exp(0.35 * draw.standard_normal(len(DAYS)))
    pays = draw.uniform() < PAYER_SHARE
    ex_days = {_weekday(end + timedelta(days=60)) for end in QUARTER_ENDS} if pays else set()
    factor = np.ones(len(DAYS))
    for t in range(len(DAYS) - 2, -1, -1):
        factor[t] = factor[t + 1] * ((1 - DIVIDEND) if DAYS[t + 1] in ex_days else 1.0)
    keep = len(DAYS) - (STALE_DAYS if company.ticker in STALE_TAIL else 0)
    return pl.DataFrame(
        {
            "ticker": [company.ticker] * keep,
            "date": DAYS[:keep],
            "close": significant(path.close / unit, PRICE_DIGITS)[:keep],
            "adj_factor": np.round(factor, 6)[:keep],
            "volume": significant(path.shares * turnover, 2)[:keep],
            "currency": [company.quote_unit] * keep,
        }
    )


def split_rows(tickers: list[str], filed: dict[str, list[date]]) -> pl.DataFrame:
    """Return the one split, if its company is in the sample."""
    rows = [
        {
            "ticker": SPLIT.ticker,
            "ex_date": SPLIT.ex_date,
            "ratio": SPLIT.ratio,
            "first_new_basis_filing": min(day for day in filed[SPLIT.ticker] if day >= SPLIT.ex_date),
        }
        for ticker in tickers
        if ticker == SPLIT.ticker
    ]
    schema = {"ticker": pl.String, "ex_date": pl.Date, "ratio": pl.Float64, "first_new_basis_filing": pl.Date}
    return pl.DataFrame(rows, schema=schema)


def estimate_rows(
    company: SampleCompany, accounts: Accounts, consensus: Consensus, path: Path, filed: list[date]
) -> pl.DataFrame:
    """Return weekly estimates: EPS and revenue of 0y and +1y, EPS of 0q and +1q, each on its day's basis.

    A company without coverage keeps its rows, with no mean and 0 analysts.
    """
    eps = accounts.underlying_income / path.shares
    index = [DAYS.index(day) for day in SNAPSHOTS]
    parts = []
    for period, step in (("0y", 0), ("+1y", 1)):
        ends = [date(day.year + step, 12, 31) for day in SNAPSHOTS]
        for metric, values, share in (("eps", eps, 1.0), ("revenue", accounts.revenue, REVENUE_SHARE)):
            years = expected_by_year(values)
            series = {end: consensus.expected(years[end.year], end, share=share) for end in set(ends)}
            mean = np.array([series[end][t] for end, t in zip(ends, index, strict=True)])
            parts.append(_estimates(company, consensus, period, metric, (ends, mean)))
    for period, step in (("0q", 0), ("+1q", 1)):
        quarters = [next(k for k, day in enumerate(filed) if day > seen) + step for seen in SNAPSHOTS]
        ends = [QUARTER_ENDS[k] for k in quarters]
        mean = np.array(
            [
                consensus.expected(float(eps[k]), QUARTER_ENDS[k])[t]
                for k, t in zip(quarters, index, strict=True)
            ]
        )
        parts.append(_estimates(company, consensus, period, "eps", (ends, mean)))
    return pl.concat(parts).sort("known_at", "period", "metric")


def _estimates(
    company: SampleCompany, consensus: Consensus, period: str, metric: str, series: tuple[list[date], Floats]
) -> pl.DataFrame:
    ends, mean = series
    if metric == "eps":
        mean = mean * np.array([old_basis(company.ticker, day) for day in SNAPSHOTS])
    half = consensus.spread * np.abs(mean)
    is_covered = company.ticker not in NO_COVERAGE
    blank: list[float | None] = [None] * len(SNAPSHOTS)
    return pl.DataFrame(
        {
            "ticker": [company.ticker] * len(SNAPSHOTS),
            "known_at": SNAPSHOTS,
            "period": [period] * len(SNAPSHOTS),
            "period_end": ends,
            "metric": [metric] * len(SNAPSHOTS),
            "mean": significant(mean, ESTIMATE_DIGITS) if is_covered else blank,
            "low": significant(mean - half, 3) if is_covered else blank,
            "high": significant(mean + half, 3) if is_covered else blank,
            "analysts": [consensus.analysts if is_covered else 0] * len(SNAPSHOTS),
            "currency": [company.reporting_currency] * len(SNAPSHOTS),
        },
        schema_overrides={"mean": pl.Float64, "low": pl.Float64, "high": pl.Float64, "analysts": pl.Int64},
    )


def statement_rows(company: SampleCompany, accounts: Accounts, path: Path, filed: list[date]) -> pl.DataFrame:
    """Return the twenty reported quarters, each figure on the share basis of its filing."""
    reported = range(REPORTED_QUARTERS)
    basis = np.array([old_basis(company.ticker, filed[k]) for k in reported])
    eps = accounts.net_income[:REPORTED_QUARTERS] / path.shares * basis
    amounts = {item: getattr(accounts, item)[:REPORTED_QUARTERS] for item in (*FLOWS, *INSTANT)}
    parts = [
        _statement(company, item, significant(values, AMOUNT_DIGITS), filed, company.reporting_currency)
        for item, values in amounts.items()
    ]
    parts.append(
        _statement(company, "eps_diluted", significant(eps, EPS_DIGITS), filed, company.reporting_currency)
    )
    parts.append(_statement(company, "shares_diluted", path.shares / basis, filed, None))
    return pl.concat(parts)


def _statement(
    company: SampleCompany, item: str, values: Floats, filed: list[date], currency: str | None
) -> pl.DataFrame:
    ends = QUARTER_ENDS[:REPORTED_QUARTERS]
    return pl.DataFrame(
        {
            "ticker": [company.ticker] * len(ends),
            "item": [item] * len(ends),
            "period_type": ["INSTANT" if item in INSTANT else "Q"] * len(ends),
            "period_end": ends,
            "value": values,
            "currency": [currency] * len(ends),
            "known_at": filed[: len(ends)],
        },
        schema_overrides={"currency": pl.String},
    )


def profile_rows(company: SampleCompany, path: Path, filed: list[date]) -> pl.DataFrame:
    """Return a profile at the start and after each filing: the share count on that day's basis."""
    days = [SAMPLE_START, *(day for day in filed[:REPORTED_QUARTERS] if day > SAMPLE_START)]
    return pl.DataFrame(
        {
            "ticker": [company.ticker] * len(days),
            "known_at": days,
            "name": [company.name] * len(days),
            "currency": [company.quote_unit] * len(days),
            "financial_currency": [company.reporting_currency] * len(days),
            "shares_outstanding": [path.shares / old_basis(company.ticker, day) for day in days],
        }
    )


def fx_rows(rates: dict[str, Floats]) -> pl.DataFrame:
    """Return units of each currency for one US dollar, on every trading day."""
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "base": ["USD"] * len(FX_DAYS),
                    "quote": [currency] * len(FX_DAYS),
                    "date": FX_DAYS,
                    "rate": rates[currency],
                }
            )
            for currency in sorted(set(rates) - {"USD"})
        ]
    )


def old_basis(ticker: str, day: date) -> float:
    """Return what a figure per share of `day` is multiplied by: the split's ratio before its ex-date."""
    return SPLIT.ratio if ticker == SPLIT.ticker and day < SPLIT.ex_date else 1.0


def _weekday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))
