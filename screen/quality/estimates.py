"""Rules on consensus estimates: a sign that flips, a currency that nobody states."""

from __future__ import annotations

import polars as pl

from screen.panel.forward import has_coverage
from screen.quality.findings import findings_of

__all__ = ["FLIP_MIRROR", "FLIP_SIZE", "FLIP_STEADY", "mend_estimates"]

FLIP_MIRROR = 0.10
"""The same size with the other sign, within a tenth: a lost or added minus. A revision that crosses zero
lands near the mirror image of the old figure by chance alone."""

FLIP_SIZE = 0.25
"""An estimate that crosses zero by less than a quarter of its former size is a normal revision."""

FLIP_STEADY = 0.10
"""Before a flip without a trend the figure had moved by less than a tenth since its snapshot before."""

_SERIES = ["ticker", "source", "period", "period_end", "metric", "currency"]


def mend_estimates(estimates: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (estimates, FINDINGS) without figures of unknown currency and without mirrored EPS.

    An expected EPS is compared with the snapshot before of the same source, fiscal period and currency. It
    is left out when it is the former figure with the other sign; it is flagged when it crosses zero by more
    than `FLIP_SIZE` of the former size although that had been steady.

    Parameters
    ----------
    estimates
        ESTIMATES known on the date.

    Missing data: rows without coverage, the first snapshot of a series and vendors' unlabelled figures (their
    year rolls unseen) are not judged for their sign. A figure without currency cannot meet a price: left out.
    """
    unknown = estimates.filter(has_coverage() & pl.col("currency").is_null())
    kept = estimates.filter(~(has_coverage() & pl.col("currency").is_null()))
    no_currency = (
        unknown.sort("ticker", "metric", "source", "known_at")
        .group_by("ticker", "metric", "source", maintain_order=True)
        .agg(pl.col("known_at").last().alias("date"), pl.len().alias("rows"), pl.lit(None).alias("value"))
        .with_columns(item=pl.col("metric"))
    )
    judged = (
        kept.filter((pl.col("metric") == "eps") & (pl.col("period") != "vendor") & has_coverage())
        .sort(*_SERIES, "known_at")
        .with_columns(
            pl.col("mean").shift(1).over(_SERIES).alias("before"),
            pl.col("mean").shift(2).over(_SERIES).alias("earlier"),
        )
        .filter(pl.col("mean") * pl.col("before") < 0)
        .with_columns(
            pl.format("eps {}", "period").alias("item"),
            pl.col("known_at").alias("date"),
            (pl.col("mean") / pl.col("before")).alias("value"),
        )
    )
    mirrored = judged.filter((pl.col("value") + 1).abs() <= FLIP_MIRROR)
    steady = ((pl.col("before") / pl.col("earlier") - 1).abs() <= FLIP_STEADY) | pl.col("earlier").is_null()
    crossed = judged.filter(
        ((pl.col("value") + 1).abs() > FLIP_MIRROR) & (pl.col("value") <= -FLIP_SIZE) & steady
    )
    found = pl.concat(
        [
            findings_of("no_currency", no_currency, threshold=None),
            findings_of("mirrored", mirrored, threshold=-1.0 + FLIP_MIRROR),
            findings_of("crossed", crossed, threshold=-FLIP_SIZE),
        ]
    )
    gone = mirrored.select(*_SERIES, "known_at")
    kept = kept.join(gone, on=[*_SERIES, "known_at"], how="anti", nulls_equal=True, maintain_order="left")
    return kept, found
