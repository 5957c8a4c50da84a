"""The gate between a source and the panel: every rule, in the order in which they build on each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from screen.market.protocol import MarketData
from screen.quality.estimates import mend_estimates
from screen.quality.findings import all_findings
from screen.quality.levels import mend_levels
from screen.quality.outage import refuse_outage
from screen.quality.per_share import mend_eps
from screen.quality.prices import drop_placeholders, mend_currency, mixed_adjustment, stale_tails
from screen.quality.shares import mend_shares
from screen.quality.statements import late_statements, mend_revenue

__all__ = ["check_market"]

MAX_ROUNDS = 10
"""A bar that goes may lay bare another fault beside it; each round takes at least one. Two rounds do for any
real series, the bound only keeps a hopeless one from costing time."""


def check_market(
    data: MarketData, companies: pl.DataFrame, *, as_of: date
) -> tuple[MarketData, pl.DataFrame]:
    """Return (data, FINDINGS): what was known on `as_of`, mended where that is certain, and what was wrong.

    1. An outage of estimates refuses the run.
    2. Prices: currency, bars that only fill up, jumps that are no market move, mixed adjustment, stale tails.
    3. Estimates: unknown currency, flipped signs.
    4. Statements: EPS against net income over shares, revenue against its neighbours, age.
    5. Profiles: share counts against statements and market value.

    Parameters
    ----------
    data
        Market data as a source delivered it.
    companies
        COMPANIES: listing and reporting currency.
    as_of
        The screen's date; rows known later are dropped first, so they cannot change a finding.

    Notes
    -----
    *Missing data*: an excluded value is absent from the returned data and named in FINDINGS, never filled.
    Splits are the basis of the prices and stay as they are; those after `as_of` explain no jump.

    Raises
    ------
    CoverageError
        Most companies lost their analyst coverage on the newest snapshot day.
    """
    known = data.known_by(as_of)
    refuse_outage(known.estimates, known.outcomes, as_of=as_of)
    splits = data.splits.filter(pl.col("ex_date").is_null() | (pl.col("ex_date") <= as_of))
    prices, on_prices = _prices(known.prices.sort("ticker", "date"), splits, companies)
    estimates, on_estimates = mend_estimates(known.estimates)
    statements, on_eps = mend_eps(known.statements, known.fx, as_of=as_of)
    statements, on_revenue = mend_revenue(statements, as_of=as_of)
    profiles, on_shares = mend_shares(known.profiles, statements, prices, data.splits, companies, as_of=as_of)
    findings = all_findings(
        [*on_prices, on_estimates, on_eps, on_revenue, late_statements(statements, as_of=as_of), on_shares]
    )
    clean = replace(known, prices=prices, estimates=estimates, statements=statements, profiles=profiles)
    return clean, findings


def _prices(
    prices: pl.DataFrame, splits: pl.DataFrame, companies: pl.DataFrame
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Repeat the rules that take bars away until none does, then judge what is left."""
    prices, found = mend_currency(prices, companies)
    parts = [found]
    for _ in range(MAX_ROUNDS):
        prices, filled = drop_placeholders(prices)
        prices, jumps = mend_levels(prices, splits)
        prices, mixed = mixed_adjustment(prices)
        parts += [filled, jumps, mixed]
        if pl.concat([filled, jumps, mixed]).filter(pl.col("action") != "flagged").is_empty():
            break
    return prices, [*parts, stale_tails(prices)]
