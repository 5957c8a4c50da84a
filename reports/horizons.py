"""Which horizon of a decomposition a reader sees first."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.decomposition import FALLEN_LABELS

__all__ = ["LONGEST_HORIZON_WEEKS", "fallen", "main_horizon"]

# Long enough to outlast one earnings season, short enough to be news.
LONGEST_HORIZON_WEEKS = 26

BASIS_ORDER = {"forward": 0, "trailing": 1, "sales": 2}


def main_horizon(decomposition: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the row of one company that a reader sees first, or no row.

    The forward basis before the trailing one before sales; then the longest horizon up to 26 weeks with a
    value, else the shortest beyond.
    """
    rows = decomposition.filter(pl.col("dln_multiple").is_not_null()).to_dicts()

    def key(row: dict[str, Any]) -> tuple[int, int, int]:
        weeks = int(row["horizon_weeks"])
        is_long = weeks > LONGEST_HORIZON_WEEKS
        return (BASIS_ORDER[row["basis"]], int(is_long), weeks if is_long else -weeks)

    return sorted(rows, key=key)[:1]


def fallen(decomposition: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the main horizon of every company whose multiple fell while EPS held, largest fall first."""
    heads = [
        row
        for _, rows in decomposition.sort("ticker").group_by("ticker", maintain_order=True)
        for row in main_horizon(rows)
        if row["label"] in FALLEN_LABELS
    ]
    return sorted(heads, key=lambda row: (row["dln_multiple"], row["ticker"]))
