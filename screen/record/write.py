"""Write a scorecard: its tables as Parquet and the page as markdown, each replaced atomically."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from reports.markdown import blocks_markdown
from reports.track_record import TrackRecord, record_blocks
from screen.store import replace_parquet, replace_text

__all__ = ["write_record"]


def write_record(
    record: TrackRecord, folder: Path, *, more: Mapping[str, pl.DataFrame] | None = None
) -> list[Path]:
    """Write the record's tables and `more` (name -> frame) as Parquet, and scorecard.md; the page last.

    Raises
    ------
    DataError
        The folder cannot be written.
    """
    frames = {
        **(more or {}),
        "graded": record.graded,
        "scorecard": record.card,
        "reliability": record.reliability,
    }
    metadata = {"simulated": "SIMULATED" if record.is_simulated else "no"}
    written = []
    for name, frame in frames.items():
        path = folder / f"{name}.parquet"
        replace_parquet(path, frame, metadata=metadata)
        written.append(path)
    page = folder / "scorecard.md"
    replace_text(page, blocks_markdown(record_blocks(record)))
    return [*written, page]
