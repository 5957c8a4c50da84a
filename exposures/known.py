"""What was known on a date: rows dropped, supersession undone, tiers in force."""

from __future__ import annotations

from datetime import date

import polars as pl

from exposures.tables import MEMBERSHIPS, TIERS

__all__ = ["FILTERED_BY", "known_rows", "memberships_on", "superseded_on"]

FILTERED_BY = {
    "exposures": "known_at", "overrides": "known_at", "relations": "known_at", "margins": "known_at",
    "statements": "known_at", "deals": "announced", "figures": "known_at", "watch": "known_at",
    "events": "known_at", "assumptions": "known_at", "yardstick": "known_at", "claims": "known_at",
    "groups": "known_at",
}  # fmt: skip
"""Column that says when a row of a file became known. Companies, segments, nodes and sources are the map
itself and are never filtered."""

_SHARE_COLUMNS = ("revenue_share_low", "revenue_share_high", "basis", "source", "known_at")


def known_rows(frame: pl.DataFrame, column: str, *, as_of: date, curated_at: date) -> pl.DataFrame:
    """Return the rows known on `as_of`; a row without a date counts as known from `curated_at` on."""
    return frame.filter(pl.col(column).fill_null(curated_at) <= as_of)


def superseded_on(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the known rows with ``superseded_by`` only where the newer row is known as well.

    A deal that a known deal supersedes is no longer additive. `frame` holds known rows only, so as of an
    earlier date the older row stands alone and counts.
    """
    newer = frame.get_column(key).implode()
    frame = frame.with_columns(
        pl.when(pl.col("superseded_by").is_in(newer)).then(pl.col("superseded_by")).alias("superseded_by")
    )
    if "is_additive" not in frame.columns:
        return frame
    return frame.with_columns(is_additive=pl.col("is_additive") & pl.col("superseded_by").is_null())


def memberships_on(
    *,
    companies: pl.DataFrame,
    segments: pl.DataFrame,
    assigned: pl.DataFrame,
    exposures: pl.DataFrame,
    overrides: pl.DataFrame,
    as_of: date,
) -> pl.DataFrame:
    """Return MEMBERSHIPS: one row per company and segment with the tier in force on `as_of`.

    An override holds from ``known_at`` to ``expires``, both included; after that the weaker of
    override and default holds and the origin says so. The company's first row in ``exposures.csv`` is its
    main segment.

    Parameters
    ----------
    companies, segments
        Tables COMPANIES and SEGMENTS.
    assigned
        All rows of EXPOSURES: who belongs where is the map and is not filtered by date.
    exposures, overrides
        The rows of EXPOSURES and OVERRIDES known on `as_of`.
    as_of
        Date of the screen.

    Missing data
        A share that is blank or not yet known is null with a null basis, never zero.
    """
    shares = exposures.select("ticker", "segment", *_SHARE_COLUMNS)
    base = (
        assigned.select("ticker", "segment")
        .with_columns(is_primary=pl.col("ticker").is_first_distinct())
        .join(shares, on=["ticker", "segment"], how="left", maintain_order="left")
        .join(
            companies.select("ticker", "name", "country", "group"),
            on="ticker",
            how="left",
            maintain_order="left",
        )
        .join(_named_segments(segments), on="segment", how="left", maintain_order="left")
        .join(_named_overrides(overrides), on=["ticker", "segment"], how="left", maintain_order="left")
    )
    return MEMBERSHIPS.conform(_with_tier(base, as_of))


def _named_segments(segments: pl.DataFrame) -> pl.DataFrame:
    return segments.select(
        "segment",
        "layer",
        "role",
        pl.col("name").alias("segment_name"),
        pl.col("tier").alias("tier_default"),
        pl.col("reason").alias("default_reason"),
        pl.col("source").alias("default_source"),
    )


def _named_overrides(overrides: pl.DataFrame) -> pl.DataFrame:
    return overrides.select(
        "ticker",
        "segment",
        pl.col("tier").alias("override_tier"),
        (pl.col("reason") + ". " + pl.col("evidence")).alias("override_reason"),
        pl.col("source").alias("override_source"),
        pl.col("known_at").alias("tier_known_at"),
        pl.col("expires").alias("tier_expires"),
    )


def _with_tier(base: pl.DataFrame, as_of: date) -> pl.DataFrame:
    exists = pl.col("override_tier").is_not_null()
    # A lapsed override that lowered the tier still holds: the passing of a day must not promote anyone.
    power = {tier: rank for rank, tier in enumerate(TIERS)}
    lowers = pl.col("override_tier").replace_strict(power, default=None, return_dtype=pl.Int64) > pl.col(
        "tier_default"
    ).replace_strict(power, default=None, return_dtype=pl.Int64)
    is_current = exists & (pl.col("tier_expires") >= as_of)
    holds = is_current | (exists & lowers.fill_null(value=False))
    return base.with_columns(
        tier=pl.when(holds).then("override_tier").otherwise("tier_default"),
        tier_reason=pl.when(holds).then("override_reason").otherwise("default_reason"),
        tier_source=pl.when(holds).then("override_source").otherwise("default_source"),
        tier_origin=pl.when(is_current)
        .then(pl.lit("override"))
        .when(exists)
        .then(pl.lit("expired override"))
        .otherwise(pl.lit("default")),
    )
