"""build_panel: the as-of join of prices, estimates, statements, profiles and rates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import polars as pl

from models.tables import PANEL
from reports.data import GAPS
from screen.market.protocol import MarketData
from screen.panel.accounts import (
    eps_peak_ratio,
    listed_shares,
    revenue_growth,
    share_counts,
    trailing_accounts,
)
from screen.panel.filed_first import filed_first
from screen.panel.forward import forward_snapshots, one_series
from screen.panel.gains import GAINS_REASON, stated_gains, strip_gains, without_unstated_gains
from screen.panel.gaps import collect_gaps
from screen.panel.history import build_multiples
from screen.panel.listed_share import on_listed_share
from screen.panel.monthly import monthly_revenue
from screen.panel.multiple_panel import build_multiple_panel
from screen.panel.quarters import build_quarters, on_share_basis
from screen.panel.rates import latest_usd, usd_rates, with_usd_rate
from screen.panel.ratios import add_ratios
from screen.panel.shares import estimates_on_basis, price_on_basis
from screen.panel.vintages import split_misscaled
from screen.panel.weekly import PRICE_MAX_AGE_DAYS, risk, week_dates, weekly_prices

__all__ = ["PanelResult", "build_panel"]


@dataclass(frozen=True)
class PanelResult:
    """What the models need from the market, and what is missing."""

    panel: pl.DataFrame
    multiples: pl.DataFrame
    multiple_panel: pl.DataFrame
    quarters: pl.DataFrame
    gaps: pl.DataFrame
    usd_per_unit: dict[str, float]
    monthly: pl.DataFrame


def build_panel(
    data: MarketData, companies: pl.DataFrame, figures: pl.DataFrame, *, as_of: date
) -> PanelResult:
    """Join everything known on `as_of`; rows known later cannot enter.

    Parameters
    ----------
    data
        Market data; rows after `as_of` are dropped first. Splits are the basis of the prices, not news.
    companies
        COMPANIES: who is wanted, with listing and reporting currency.
    figures
        FIGURES: stated non-operating gains that are stripped from trailing EPS.
    as_of
        The screen's date.

    Returns
    -------
    PanelResult
        PANEL (one row per company, whatever is missing), MULTIPLES, MULTIPLE_PANEL, QUARTERS, GAPS, the
        newest dollar value of each currency, and MONTHLY.

    Notes
    -----
    *Missing data*: every figure that cannot be computed is null; what is missing stands in GAPS. A price
    older than ten days is not used. Statements are converted with the rate of `as_of` before they meet a
    price in another currency.
    """
    known = data.known_by(as_of)
    known = replace(known, statements=filed_first(known.statements))
    rates = usd_rates(known.fx)
    prices = price_on_basis(known.prices, data.splits, as_of=as_of)
    sound, misscaled = split_misscaled(known.statements)
    statements = on_share_basis(sound, data.splits, as_of=as_of)
    frame = _prices(companies, prices, rates, as_of=as_of)
    told = listed_shares(known.profiles, data.splits, as_of=as_of)
    statements, unclear = on_listed_share(statements, frame, told, rates)
    weekly = weekly_prices(prices, week_dates(as_of))
    snapshots = forward_snapshots(estimates_on_basis(known.estimates, data.splits, as_of=as_of))
    gains = partial(stated_gains, figures=figures, rates=rates, is_simulated=data.is_simulated)
    multiples = build_multiples(weekly, snapshots, statements, rates, as_of=as_of, with_gains=gains)

    frame = _estimates(frame, snapshots, rates, as_of=as_of)
    frame = trailing_accounts(frame, statements, rates, as_of=as_of)
    frame = frame.join(revenue_growth(statements, as_of=as_of), on="ticker", how="left")
    frame = frame.join(share_counts(frame, told, statements, as_of=as_of), on="ticker", how="left")
    frame = without_unstated_gains(strip_gains(frame, figures, rates, is_simulated=data.is_simulated))
    frame = frame.join(risk(weekly, rates, as_of=as_of), on="ticker", how="left")
    frame = frame.join(_history_weeks(multiples), on="ticker", how="left")
    frame = frame.join(eps_peak_ratio(statements, frame, as_of=as_of), on="ticker", how="left")
    monthly = monthly_revenue(known.monthly_revenue, rates, as_of=as_of)
    frame = frame.join(monthly.panel_columns(), on="ticker", how="left")
    frame = add_ratios(frame).with_columns(source=pl.lit(data.source), reason=_reason())
    quarters = build_quarters(statements, as_of=as_of)
    panel = PANEL.conform(frame.sort("ticker"))
    gaps = collect_gaps(panel, known.outcomes, known.estimates, misscaled, as_of=as_of)
    gaps = pl.concat([gaps, unclear.select(gaps.columns)]).sort("ticker", "dataset", "reason")
    return PanelResult(
        panel=panel,
        multiples=multiples,
        multiple_panel=build_multiple_panel(multiples, weekly, statements, rates, as_of=as_of),
        quarters=quarters,
        gaps=GAPS.check(_with_old_months(gaps, monthly.gaps)),
        usd_per_unit=latest_usd(rates, as_of=as_of),
        monthly=monthly.figures,
    )


def _with_old_months(gaps: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Add companies whose newest month is too old, unless their outcome says why already."""
    told = gaps.select("ticker", "dataset")
    untold = old.join(told, on=["ticker", "dataset"], how="anti")
    return pl.concat([gaps, untold]).sort("ticker", "dataset", "reason")


def _prices(
    companies: pl.DataFrame, prices: pl.DataFrame, rates: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    last = (
        prices.filter(pl.col("close").is_not_null() & (pl.col("close") > 0))
        .sort("ticker", "date")
        .group_by("ticker", maintain_order=True)
        .last()
        .select("ticker", pl.col("close").alias("last_close"), pl.col("date").alias("price_date"), "currency")
    )
    frame = companies.select(
        "ticker",
        pl.col("listing_currency").alias("listed_in"),
        pl.col("reporting_currency").alias("financial_currency"),
    ).join(last, on="ticker", how="left")
    age = (pl.lit(as_of) - pl.col("price_date")).dt.total_days()
    frame = frame.with_columns(
        age.alias("price_age_days"),
        pl.when(age <= PRICE_MAX_AGE_DAYS).then(pl.col("last_close")).alias("price"),
        pl.coalesce("currency", "listed_in").alias("currency"),
        pl.lit(as_of).alias("as_of"),
    )
    return with_usd_rate(frame, rates, currency="currency", date="as_of", name="usd")


def _estimates(
    frame: pl.DataFrame, snapshots: pl.DataFrame, rates: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    """Newest forward EPS and revenue, converted to the price's currency and to dollars."""
    for metric in ("eps", "revenue"):
        series = one_series(snapshots, as_of=as_of, metric=metric)
        newest = series.group_by("ticker", maintain_order=True).last().with_columns(as_of=pl.lit(as_of))
        newest = with_usd_rate(newest, rates, currency="currency", date="as_of", name="usd_estimate")
        frame = frame.join(
            newest.select(
                "ticker",
                pl.col("value").alias(f"{metric}_value"),
                pl.col("currency").alias(f"{metric}_currency"),
                pl.col("usd_estimate").alias(f"{metric}_usd"),
                pl.col("basis").alias(f"{metric}_basis"),
                pl.col("known_at").alias(f"{metric}_known_at"),
                pl.col("growth").alias(f"{metric}_growth_years"),
                pl.col("period_end").alias(f"{metric}_period_end"),
            ),
            on="ticker",
            how="left",
        )
    to_price = (
        pl.when(pl.col("eps_currency") == pl.col("currency"))
        .then(1.0)
        .otherwise(pl.col("eps_usd") / pl.col("usd"))
    )
    return frame.with_columns(
        (pl.col("eps_value") * to_price).alias("eps_forward"),
        pl.col("eps_basis").alias("eps_forward_basis"),
        pl.col("eps_known_at").alias("eps_forward_known_at"),
        (pl.col("revenue_value") * pl.col("revenue_usd")).alias("revenue_forward_usd"),
    )


def _history_weeks(multiples: pl.DataFrame) -> pl.DataFrame:
    defined = multiples.filter(pl.col("log_multiple").is_not_null())
    return defined.group_by("ticker", maintain_order=True).agg(
        (pl.col("basis") == "forward").sum().cast(pl.Int64).alias("forward_history_weeks"),
        (pl.col("basis") == "trailing").sum().cast(pl.Int64).alias("trailing_history_weeks"),
    )


def _reason() -> pl.Expr:
    age = pl.format("newest close is {} days old", "price_age_days")
    return (
        pl.when(pl.col("price_date").is_null())
        .then(pl.lit("no unadjusted close in this source"))
        .when(pl.col("price").is_null())
        .then(age)
        .when("has_gains")
        .then(pl.lit(GAINS_REASON))
    )
