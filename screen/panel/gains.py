"""Strip stated non-operating gains from trailing EPS."""

from __future__ import annotations

import polars as pl

__all__ = ["GAINS_REASON", "GAIN_METRICS", "GAIN_TAX_RATE", "strip_gains", "without_unstated_gains"]

GAIN_METRICS = ("pretax_gain_anthropic", "equity_gains")
"""Metrics of FIGURES that state a non-operating gain before tax (Amazon on Anthropic, NVIDIA on holdings)."""

GAIN_TAX_RATE = 0.21
"""US federal corporate rate: the gains are taken after tax. A judgement; state taxes are ignored."""

GAINS_REASON = "net income above operating income: non-operating gains, the trailing multiple is not used"

BILLION = 1e9
GAIN_WINDOW_DAYS = 370
"""A gain is inside the trailing year when its quarter ended at most a year (and a few days) ago."""


def strip_gains(frame: pl.DataFrame, figures: pl.DataFrame, *, is_simulated: bool) -> pl.DataFrame:
    """Add eps_ttm: eps_ttm_reported minus stated gains after tax per share, in the price's currency.

    Parameters
    ----------
    frame
        Has ticker, as_of, eps_ttm_reported, eps_ttm_known_at, shares, usd.
    figures
        FIGURES known on as_of; a gain counts once its quarter is inside the trailing year and the
        statement that holds it is known.
    is_simulated
        Simulated statements hold no such gain, so nothing is stripped from them.

    Notes
    -----
    *Missing data*: without a share count or a dollar rate nothing can be stripped; eps_ttm is null then,
    because the reported figure is known to be distorted.
    """
    stated = figures.filter(
        pl.col("metric").is_in(list(GAIN_METRICS))
        & pl.col("value").is_not_null()
        & pl.col("superseded_by").is_null()
    )
    if is_simulated or stated.is_empty():
        return frame.with_columns(eps_ttm=pl.col("eps_ttm_reported"))
    gains = (
        frame.select("ticker", "as_of", "eps_ttm_known_at")
        .join(stated.select(pl.col("node").alias("ticker"), "value", "period_end", "known_at"), on="ticker")
        .filter(
            ((pl.col("as_of") - pl.col("period_end")).dt.total_days() <= GAIN_WINDOW_DAYS)
            & (pl.col("eps_ttm_known_at") >= pl.col("period_end"))
        )
        .group_by("ticker")
        .agg((pl.col("value").sum() * BILLION * (1 - GAIN_TAX_RATE)).alias("gain_usd"))
    )
    joined = frame.join(gains, on="ticker", how="left")
    per_share = pl.col("gain_usd") / pl.col("usd") / pl.col("shares")
    stripped = (
        pl.when(pl.col("gain_usd").is_null())
        .then(pl.col("eps_ttm_reported"))
        .otherwise(pl.col("eps_ttm_reported") - per_share)
    )
    return joined.with_columns(
        eps_ttm=stripped, net_income_ttm_usd=pl.col("net_income_ttm_usd") - pl.col("gain_usd").fill_null(0.0)
    ).drop("gain_usd")


def without_unstated_gains(frame: pl.DataFrame) -> pl.DataFrame:
    """Null eps_ttm where net income (stated gains stripped) exceeds operating income over the same year.

    Interest and tax make net income the smaller one; the other way round, revaluations, disposals or
    tax releases are in it, and a multiple of it says nothing. eps_core, the base of expected growth, is
    then operating income after tax per share. Unknown operating income changes nothing.
    """
    has_gains = (pl.col("net_income_ttm_usd") > pl.col("operating_income_ttm_usd")) & (
        pl.col("net_income_ttm_usd") > 0
    )
    after_tax = pl.col("operating_income_ttm_usd") * (1 - GAIN_TAX_RATE) / pl.col("usd") / pl.col("shares")
    return frame.with_columns(
        has_gains=has_gains.fill_null(value=False),
        eps_ttm=pl.when(has_gains.fill_null(value=False)).then(None).otherwise(pl.col("eps_ttm")),
        eps_core=pl.when(has_gains.fill_null(value=False)).then(after_tax).otherwise(pl.col("eps_ttm")),
    )
