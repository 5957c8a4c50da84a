"""EPS held against net income over shares: slipped counts, wrong signs, other currencies and share bases."""

from __future__ import annotations

from datetime import date

import polars as pl

from screen.panel.rates import usd_rates, with_usd_rate
from screen.quality.findings import findings_of

__all__ = [
    "ADR_PERIODS",
    "ADR_RATIOS",
    "ADR_TOLERANCE",
    "COUNT_FAR",
    "EPS_DOUBT",
    "EPS_MIRROR",
    "EPS_ROUNDING",
    "EPS_WRONG",
    "FLAG_YEARS",
    "HALF_CENT",
    "SCALE_TOLERANCE",
    "STATEMENT_YEARS",
    "mend_eps",
]

STATEMENT_YEARS = 7
"""The history of multiples is five years and its first trailing year reaches a year further; older rows
reach no figure of a run, so they are not worth a finding."""

FLAG_YEARS = 3
"""What is only marked is worth a line while it is part of the newest trailing years."""

EPS_DOUBT = 1.25
"""EPS and net income over shares differ by preferred dividends and share classes (Corning's FY2021 is at
0.57); most quarters of the real pack lie within 2%."""

EPS_WRONG = 2.0
"""Twice or half: another currency, another share basis or a slip."""

EPS_MIRROR = 0.02
"""A lost or added minus leaves the size alone. Preferred dividends of twice the profit do so by chance: HPE's
FY2025 lost 0.04 a share on a profit of 0.043, 7% off."""

EPS_ROUNDING = 0.02
"""EPS is published to the cent; below two cents a ratio says nothing."""

HALF_CENT = 0.005
SCALE_TOLERANCE = 0.10
"""Share counts in thousands or millions miss EPS by exactly that factor, within rounding: NVIDIA's filings to
2011 and Jabil's FY2015 do. An EPS of a cent or two may be off by its own rounding, half a cent."""

COUNT_FAR = 100.0
"""A count a hundred times off the company's usual one is no issue of shares (Digital Realty's FY2020)."""

ADR_RATIOS = (2.0, 4.0, 5.0, 8.0, 10.0, 20.0)
"""Ordinary shares for one depositary share: TSMC 5, Alibaba 8, ASE 2."""

ADR_TOLERANCE = 0.05
ADR_PERIODS = 3
"""The same whole number in period after period is the terms of a depositary share, no slip."""

_PERIOD = ["ticker", "period_type", "period_end", "known_at", "source"]


def mend_eps(statements: pl.DataFrame, fx: pl.DataFrame, *, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (statements, FINDINGS) with EPS held against net income over diluted shares.

    .. math:: x = \\frac{EPS}{NI / N_{diluted}}

    of one filing and period, net income brought to the currency of EPS. In this order: a share count that
    misses by a factor of a thousand or a million is rescaled, since EPS proves it, and one that lies
    `COUNT_FAR` off the company's others is left out; an EPS of the right size and the wrong sign is left
    out, any other sign against net income is flagged; per-share figures of depositary shares (the same whole
    number in `ADR_PERIODS` periods or more) are flagged, since the price is per depositary share too; other
    EPS off by `EPS_WRONG` are left out, by `EPS_DOUBT` flagged. These last three want EPS and net income in
    one currency: where the tags differ, `screen.panel.listed_share` reads EPS in the currency that fits, or
    leaves it out with a gap.

    Parameters
    ----------
    statements
        STATEMENTS known on the date; rows of the last `STATEMENT_YEARS` are judged.
    fx
        FX known on the date.

    Missing data: without net income nothing is compared; without a share count, or a rate between the
    currencies, only the signs are.
    """
    since = pl.lit(as_of).dt.offset_by(f"-{STATEMENT_YEARS}y")
    recent = statements.filter((pl.col("period_end") > since) & (pl.col("period_type") != "INSTANT"))
    judged = _compared(recent, fx).with_columns(case=_case()).filter(pl.col("case").is_not_null())
    flagged = pl.col("case").is_in(["eps_sign", "eps_adr", "eps_doubt"])
    is_new = pl.col("period_end") > pl.lit(as_of).dt.offset_by(f"-{FLAG_YEARS}y")
    return _mended(statements, judged), _findings(judged.filter(~flagged | is_new))


def _compared(recent: pl.DataFrame, fx: pl.DataFrame) -> pl.DataFrame:
    """Return one row per filing and period with EPS, income, shares, implied EPS and their ratio ``x``."""

    def one(item: str, name: str) -> pl.DataFrame:
        rows = recent.filter((pl.col("item") == item) & (pl.col("value") != 0))
        best = rows.sort("tag_rank", "value").unique(_PERIOD, keep="first", maintain_order=True)
        return best.select(
            *_PERIOD, pl.col("value").alias(name), pl.col("currency").alias(f"{name}_currency")
        )

    joined = one("eps_diluted", "eps").join(one("net_income", "income"), on=_PERIOD)
    joined = joined.join(one("shares_diluted", "shares").drop("shares_currency"), on=_PERIOD, how="left")
    rates = usd_rates(fx)
    for name in ("eps", "income"):
        joined = with_usd_rate(
            joined, rates, currency=f"{name}_currency", date="period_end", name=f"{name}_usd"
        )
    rate = (
        pl.when(pl.col("eps_currency").eq_missing(pl.col("income_currency")))
        .then(1.0)
        .otherwise(pl.col("income_usd") / pl.col("eps_usd"))
    )
    implied = pl.col("income") * rate / pl.col("shares")
    return (
        joined.sort(_PERIOD)
        .with_columns(implied=implied)
        .with_columns(x=pl.col("eps") / pl.col("implied"))
        .with_columns(
            scale=pl.col("x").abs().log10().round(),
            usual=pl.col("shares").median().over("ticker"),
            date=pl.col("period_end"),
        )
    )


def _case() -> pl.Expr:
    """Return the kind of finding of each row; null where EPS fits."""
    x, size = pl.col("x"), pl.col("x").abs()
    far = pl.max_horizontal(pl.col("shares") / pl.col("usual"), pl.col("usual") / pl.col("shares"))
    is_off = (pl.col("eps") - pl.col("implied")).abs() > EPS_ROUNDING
    scaled = pl.col("implied") * pl.lit(10.0).pow(pl.col("scale"))
    fits = ((pl.col("eps") / scaled - 1).abs() <= SCALE_TOLERANCE) | (
        (pl.col("eps") - scaled).abs() <= HALF_CENT
    )
    is_scale = pl.col("scale").abs().is_in([3.0, 6.0]) & fits
    # EPS tagged in another currency than net income is read by screen.panel.listed_share
    is_one_currency = pl.col("eps_currency").eq_missing(pl.col("income_currency"))
    return (
        pl.when(is_off & (x > 0) & is_scale)
        .then(pl.lit("scale"))
        .when(is_off & (far >= COUNT_FAR))
        .then(pl.lit("count"))
        .when(is_off & (x < 0) & ((size - 1).abs() <= EPS_MIRROR))
        .then(pl.lit("eps_mirrored"))
        .when(pl.col("eps") * pl.col("income") < 0)
        .then(pl.lit("eps_sign"))
        .when(is_off & is_one_currency & _is_adr(size))
        .then(pl.lit("eps_adr"))
        .when(is_off & is_one_currency & ((size >= EPS_WRONG) | (size <= 1 / EPS_WRONG)))
        .then(pl.lit("eps_wrong"))
        .when(is_off & is_one_currency & ((size >= EPS_DOUBT) | (size <= 1 / EPS_DOUBT)))
        .then(pl.lit("eps_doubt"))
    )


def _is_adr(size: pl.Expr) -> pl.Expr:
    """True where the ratio is the same whole number as in most periods of the company."""
    usual = size.median().over("ticker")
    whole = usual.round()
    is_whole = whole.is_in(list(ADR_RATIOS)) & ((usual / whole - 1).abs() <= ADR_TOLERANCE)
    periods = pl.col("period_end").n_unique().over("ticker")
    return is_whole & ((size / whole - 1).abs() <= ADR_TOLERANCE) & (periods >= ADR_PERIODS)


def _mended(statements: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Leave out or rescale what was judged, every row of the same filing, period and item."""
    items = {
        "scale": "shares_diluted",
        "count": "shares_diluted",
        "eps_mirrored": "eps_diluted",
        "eps_wrong": "eps_diluted",
    }
    changed = judged.filter(pl.col("case").is_in(list(items))).select(
        *_PERIOD,
        item=pl.col("case").replace_strict(items, return_dtype=pl.String),
        __factor=pl.when(pl.col("case") == "scale").then(pl.lit(10.0).pow(pl.col("scale"))).otherwise(0.0),
    )
    if changed.is_empty():
        return statements
    marked = statements.join(changed, on=[*_PERIOD, "item"], how="left", maintain_order="left")
    kept = marked.filter(pl.col("__factor").fill_null(1.0) != 0.0)
    return kept.with_columns(pl.col("value") / pl.col("__factor").fill_null(1.0)).drop("__factor")


def _findings(judged: pl.DataFrame) -> pl.DataFrame:
    """Return one finding a company, period end and kind; ``rows`` counts its filings and spans."""
    shares = (pl.col("usual") / pl.col("shares")).alias("value")
    measured = {
        "scale": ("shares_diluted", pl.lit(10.0).pow(-pl.col("scale")).alias("value"), 1.0),
        "count": ("shares_diluted", shares, COUNT_FAR),
        "eps_mirrored": ("eps_diluted", pl.col("x").alias("value"), -1.0),
        "eps_sign": ("eps_diluted", pl.col("eps").alias("value"), 0.0),
        "eps_adr": ("eps_diluted", pl.col("x").alias("value"), EPS_DOUBT),
        "eps_wrong": ("eps_diluted", pl.col("x").alias("value"), EPS_WRONG),
        "eps_doubt": ("eps_diluted", pl.col("x").alias("value"), EPS_DOUBT),
    }
    parts = []
    for case, (item, value, threshold) in measured.items():
        rows = judged.filter(pl.col("case") == case).with_columns(value)
        periods = rows.group_by("ticker", "date", "source", maintain_order=True).agg(
            pl.col("value").last(), pl.len().alias("rows"), pl.lit(item).alias("item")
        )
        parts.append(findings_of(case, periods, threshold=threshold))
    return pl.concat(parts)
