"""Rules on consensus estimates: a sign that flips, a currency that nobody states."""

from __future__ import annotations

from itertools import groupby

import polars as pl

from screen.panel.forward import has_coverage
from screen.quality.findings import findings_of

__all__ = ["FLIP_MIRROR", "FLIP_RUN", "FLIP_SIZE", "FLIP_STEADY", "mend_estimates"]

FLIP_MIRROR = 0.10
"""The same size with the other sign, within a tenth: a lost or added minus. A revision that crosses zero
lands near the mirror image of the old figure by chance alone."""

FLIP_RUN = 3
"""Snapshots in a row that a mirrored figure may take; a sign that stays longer is the analysts' own."""

FLIP_SIZE = 0.25
"""An estimate that crosses zero by less than a quarter of its former size is a normal revision."""

FLIP_STEADY = 0.10
"""Before a flip without a trend the figure had moved by less than a tenth since its snapshot before."""

_SERIES = ["ticker", "source", "period", "period_end", "metric", "currency"]


def mend_estimates(estimates: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (estimates, FINDINGS) without figures of unknown currency and without mirrored EPS.

    An expected EPS is compared with the snapshot before of the same source, fiscal period and currency. It
    is left out when it is the former figure with the other sign, for at most `FLIP_RUN` snapshots; it is
    flagged when it crosses zero by more than `FLIP_SIZE` of the former size although that had been steady.

    Parameters
    ----------
    estimates
        ESTIMATES known on the date.

    Missing data: rows without coverage, the first snapshot of a series, and figures without a fiscal period
    (a roll to the next year would look like a revision) are not judged for their sign. A figure without
    currency cannot meet a price: left out.
    """
    unknown = estimates.filter(has_coverage() & pl.col("currency").is_null())
    kept = estimates.filter(~(has_coverage() & pl.col("currency").is_null()))
    no_currency = (
        unknown.sort("ticker", "metric", "source", "known_at")
        .group_by("ticker", "metric", "source", maintain_order=True)
        .agg(pl.col("known_at").last().alias("date"), pl.len().alias("rows"), pl.lit(None).alias("value"))
        .with_columns(item=pl.col("metric"))
    )
    series = kept.filter(
        (pl.col("metric") == "eps")
        & pl.col("period_end").is_not_null()
        & has_coverage()
        & (pl.col("mean") != 0)
    ).sort(*_SERIES, "known_at")
    mirrored = _mirrored(series)
    rest = series.join(mirrored, on=[*_SERIES, "known_at"], how="anti", maintain_order="left")
    steady = ((pl.col("before") / pl.col("earlier") - 1).abs() <= FLIP_STEADY) | pl.col("earlier").is_null()
    crossed = _compared(rest).filter((pl.col("value") <= -FLIP_SIZE) & steady)
    found = pl.concat(
        [
            findings_of("no_currency", no_currency, threshold=None),
            findings_of("mirrored", mirrored, threshold=-1.0 + FLIP_MIRROR),
            findings_of("crossed", crossed, threshold=-FLIP_SIZE),
        ]
    )
    gone = mirrored.select(*_SERIES, "known_at")
    return kept.join(gone, on=[*_SERIES, "known_at"], how="anti", maintain_order="left"), found


def _compared(series: pl.DataFrame) -> pl.DataFrame:
    """Add what a finding needs: the figure over the one before, the item and the day."""
    return series.with_columns(
        pl.col("mean").shift(1).over(_SERIES).alias("before"),
        pl.col("mean").shift(2).over(_SERIES).alias("earlier"),
        pl.format("eps {}", "period").alias("item"),
        pl.col("known_at").alias("date"),
    ).with_columns((pl.col("mean") / pl.col("before")).alias("value"))


def _mirrored(series: pl.DataFrame) -> pl.DataFrame:
    """Return the snapshots that repeat the last sound figure with the other sign, with their ratio to it."""
    rows = _compared(series)
    suspects = rows.filter((pl.col("value") + 1).abs() <= FLIP_MIRROR).select(_SERIES).unique()
    found = [rows.clear()]
    wanted = rows.join(suspects, on=_SERIES, how="semi", maintain_order="left")
    for part in wanted.partition_by(_SERIES, maintain_order=True):
        ratios = _ratios_of_flips(part["mean"].to_list())
        found.append(part.with_columns(pl.Series("value", ratios, dtype=pl.Float64)).drop_nulls("value"))
    return pl.concat(found)


def _ratios_of_flips(means: list[float]) -> list[float | None]:
    """Return, for each mirrored figure, its ratio to the last sound one; None for sound figures."""
    ratios: list[float | None] = []
    sound: float | None = None
    for _, group in groupby(means, key=lambda mean: mean > 0):
        run = list(group)
        is_flip = sound is not None and sound * run[0] < 0 and abs(run[0] / sound + 1) <= FLIP_MIRROR
        if sound is not None and is_flip and len(run) <= FLIP_RUN:
            ratios += [mean / sound for mean in run]
        else:
            ratios += [None] * len(run)
            sound = run[-1]
    return ratios
