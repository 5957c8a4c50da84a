"""Strip stated non-operating gains from trailing EPS."""

from __future__ import annotations

import polars as pl

from screen.panel.rates import with_usd_rate
from screen.panel.trailing import MAX_SPAN_DAYS

__all__ = [
    "GAINS_REASON",
    "GAIN_METRICS",
    "GAIN_TAX_RATE",
    "gain_per_share",
    "stated_gains",
    "strip_gains",
    "without_unstated_gains",
]

GAIN_METRICS = ("pretax_gain_anthropic", "equity_gains")
"""Metrics of FIGURES that state a non-operating gain before tax (Amazon on Anthropic, NVIDIA on holdings)."""

GAIN_TAX_RATE = 0.21
"""US federal corporate rate: the gains are taken after tax. A judgement; state taxes are ignored."""

GAINS_REASON = "net income above operating income: non-operating gains, the trailing multiple is not used"

BILLION = 1e9


def stated_gains(
    rows: pl.DataFrame, figures: pl.DataFrame, rates: pl.DataFrame, *, is_simulated: bool
) -> pl.DataFrame:
    """Return `rows` with gain_usd: the stated gains inside each row's trailing year, after tax, US dollars.

    Parameters
    ----------
    rows
        Has ticker, date and year_end, the end of the trailing year that was known on the date.
    figures
        FIGURES. A gain counts when it is that of one quarter (period_months 3), the quarter is one of the
        four to year_end (`MAX_SPAN_DAYS`: fiscal years of 52 weeks shift by a day a year) and it was known
        on the date.
    rates
        Dated rates, for gains stated in other currencies.
    is_simulated
        Simulated statements hold no such gain, so nothing is stripped from them.

    Notes
    -----
    *Missing data*: 0 where no gain is stated, null where one is stated that has no dollar rate.
    """
    stated = figures.filter(
        pl.col("metric").is_in(list(GAIN_METRICS))
        & (pl.col("unit") == "bn")
        & (pl.col("period_months") == 3)
        & pl.col("value").is_not_null()
        & pl.col("superseded_by").is_null()
    ).select(
        pl.col("node").alias("ticker"), "value", "period_end", "currency",
        pl.col("known_at").alias("stated_at"),
    )  # fmt: skip
    if is_simulated or stated.is_empty():
        return rows.with_columns(gain_usd=pl.lit(0.0))
    stated = with_usd_rate(stated, rates, currency="currency", date="period_end", name="rate")
    inside = (pl.col("period_end") <= pl.col("year_end")) & (
        (pl.col("year_end") - pl.col("period_end")).dt.total_days() <= MAX_SPAN_DAYS
    )
    gains = (
        rows.select("ticker", "date", "year_end")
        .unique()
        .join(stated, on="ticker")
        .filter(inside & (pl.col("stated_at") <= pl.col("date")))
        .group_by("ticker", "date", "year_end")
        .agg(
            pl.when(pl.col("rate").is_not_null().all())
            .then((pl.col("value") * pl.col("rate")).sum() * BILLION * (1 - GAIN_TAX_RATE))
            .alias("gain_usd"),
            pl.lit(value=True).alias("is_stated"),
        )
    )
    joined = rows.join(gains, on=["ticker", "date", "year_end"], how="left", maintain_order="left")
    found = pl.when(pl.col("is_stated").is_null()).then(0.0).otherwise(pl.col("gain_usd"))
    return joined.with_columns(found.alias("gain_usd")).drop("is_stated")


def gain_per_share(shares: pl.Expr) -> pl.Expr:
    """gain_usd over `shares` in the currency worth `usd` dollars; 0 without a gain, null when unknown.

    A share count of zero is none.
    """
    gain = pl.col("gain_usd") / pl.col("usd") / shares
    return pl.when(pl.col("gain_usd") == 0).then(0.0).when(shares > 0).then(gain)


def strip_gains(
    frame: pl.DataFrame, figures: pl.DataFrame, rates: pl.DataFrame, *, is_simulated: bool
) -> pl.DataFrame:
    """Add eps_ttm: eps_ttm_reported minus stated gains after tax per share, in the price's currency.

    Parameters
    ----------
    frame
        Has ticker, as_of, eps_ttm_reported, eps_ttm_end, diluted, shares, usd.
    figures, rates, is_simulated
        As for `stated_gains`.

    Notes
    -----
    *Missing data*: without a share count or a dollar rate nothing can be stripped; eps_ttm is null then,
    because the reported figure is known to be distorted.
    """
    rows = frame.with_columns(date=pl.col("as_of"), year_end=pl.col("eps_ttm_end"))
    joined = stated_gains(rows, figures, rates, is_simulated=is_simulated)
    return joined.with_columns(
        eps_ttm=pl.col("eps_ttm_reported") - gain_per_share(pl.coalesce("diluted", "shares")),
        net_income_ttm_usd=pl.col("net_income_ttm_usd") - pl.col("gain_usd"),
    ).drop("gain_usd", "date", "year_end")


def without_unstated_gains(frame: pl.DataFrame) -> pl.DataFrame:
    """Null eps_ttm where net income (stated gains stripped) exceeds operating income over the same year.

    Interest and tax make net income the smaller one; the other way round, revaluations, disposals or
    tax releases are in it, and a multiple of it says nothing. Unknown operating income changes nothing.
    """
    has_gains = (pl.col("net_income_ttm_usd") > pl.col("operating_income_ttm_usd")) & (
        pl.col("net_income_ttm_usd") > 0
    )
    return frame.with_columns(
        has_gains=has_gains.fill_null(value=False),
        eps_ttm=pl.when(has_gains.fill_null(value=False)).then(None).otherwise(pl.col("eps_ttm")),
    )
