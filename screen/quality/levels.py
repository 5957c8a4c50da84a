"""Prices on one scale: what `judge_series` finds is rescaled or left out, in closes and adjusted closes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from reports.data import FINDINGS
from screen.quality.findings import findings_of
from screen.quality.jumps import CANDIDATE_LOG, DOUBT_RATIO, Verdict, judge_series

__all__ = ["mend_levels"]

_CASE = {
    "half_applied_split": "split",
    "single_day_glitch": "glitch",
    "unconfirmed_jump": "unconfirmed",
    "level_shift": "level",
}
"""Rule of a verdict -> kind of finding."""

_DROPS_ROW = ("single_day_glitch", "unconfirmed_jump")
"""A wrong bar is wrong in all its figures; a wrong level may leave the adjusted close sound."""

_FIELDS = ("close", "adj_close")


def mend_levels(prices: pl.DataFrame, splits: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (prices, FINDINGS): jumps that are no market move mended or left out.

    Parameters
    ----------
    prices
        PRICES known on the date, sorted by ticker and date, of one currency a ticker.
    splits
        SPLITS with an ex-date on or before the date; those without one explain nothing.

    Notes
    -----
    Closes come first, then adjusted closes, each series of a ticker judged by itself. A wrong bar loses its
    row; a wrong level loses its figure, and the row stays where the other figure is left.

    *Missing data*: null and non-positive prices are passed over and stay as they are.
    """
    found: list[dict[str, Any]] = []
    dated = splits.filter(pl.col("ex_date").is_not_null())
    events = {
        str(key[0]): list(zip(part["ex_date"], part["ratio"], strict=True))
        for key, part in dated.group_by("ticker", maintain_order=True)
    }
    for name in _FIELDS:
        changes: list[pl.DataFrame] = []
        for ticker, part in _suspects(prices, name, list(events)):
            verdicts = judge_series(part["date"].to_numpy(), part[name].to_numpy(), events.get(ticker, []))
            for verdict in verdicts:
                found.append(_row(part, ticker, name, verdict))
                changes.append(_change(part, verdict))
        prices = _apply(prices, name, changes)
    return prices, _findings(found)


def _suspects(prices: pl.DataFrame, name: str, split: list[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the series of `name` that move far at least once; the others break no rule."""
    series = prices.filter(pl.col(name) > 0).select("ticker", "date", name, "source")
    is_next = pl.col("ticker") == pl.col("ticker").shift(1)
    move = (pl.col(name) / pl.col(name).shift(1)).log().abs()
    limit = pl.when(pl.col("ticker").is_in(split)).then(CANDIDATE_LOG).otherwise(math.log(DOUBT_RATIO))
    tickers = series.filter(is_next & (move >= limit))["ticker"].unique().sort()
    wanted = series.filter(pl.col("ticker").is_in(tickers.implode()))
    for key, part in wanted.partition_by("ticker", maintain_order=True, as_dict=True).items():
        yield str(key[0]), part


def _row(part: pl.DataFrame, ticker: str, name: str, verdict: Verdict) -> dict[str, Any]:
    bar = min(verdict.at, part.height - 1)
    return {
        "case": "doubled" if verdict.factor == 1.0 else _CASE[verdict.rule],
        "ticker": ticker,
        "item": name,
        "date": part["date"][bar],
        "source": part["source"][bar],
        "value": verdict.value,
        "threshold": verdict.threshold,
        "rows": verdict.stop - verdict.start,
    }


def _change(part: pl.DataFrame, verdict: Verdict) -> pl.DataFrame:
    factor = 0.0 if verdict.factor is None else verdict.factor
    drops = verdict.factor is None and verdict.rule in _DROPS_ROW
    days = part.slice(verdict.start, verdict.stop - verdict.start).select("ticker", "date")
    return days.with_columns(factor=pl.lit(factor), drops=pl.lit(drops))


def _apply(prices: pl.DataFrame, name: str, changes: Sequence[pl.DataFrame]) -> pl.DataFrame:
    if not changes:
        return prices
    total = (
        pl.concat(changes).group_by("ticker", "date").agg(pl.col("factor").product(), pl.col("drops").any())
    )
    joined = prices.join(total, on=["ticker", "date"], how="left", maintain_order="left")
    value = pl.when(pl.col("factor") == 0.0).then(None).otherwise(pl.col(name) * pl.col("factor"))
    has_change = pl.col("factor").is_not_null() & (pl.col("factor") != 1.0)
    joined = joined.with_columns(pl.when(has_change).then(value).otherwise(pl.col(name)).alias(name))
    is_gone = pl.col("drops").fill_null(value=False) | (
        has_change & pl.col("close").is_null() & pl.col("adj_close").is_null()
    )
    return joined.filter(~is_gone).select(prices.columns)


def _findings(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return FINDINGS; one fault seen in both series of a ticker is one finding."""
    if not rows:
        return FINDINGS.empty()
    merged = (
        pl.DataFrame(rows, infer_schema_length=None)
        .group_by("case", "ticker", "date", maintain_order=True)
        .agg(
            pl.col("item").unique(maintain_order=True).str.join(" and "),
            pl.col("source", "value", "threshold").first(),
            pl.col("rows").max(),
        )
    )
    cases = merged["case"].unique().sort()
    return pl.concat(
        findings_of(case, merged.filter(pl.col("case") == case), threshold=pl.col("threshold"))
        for case in cases
    )
