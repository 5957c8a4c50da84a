"""What ``screen scorecard`` and ``screen backtest`` do with a finished record: write it, then print it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from reports.track_record import TrackRecord, record_blocks, verdict_line
from screen.commands.fitted import emit_blocks
from screen.console import emit_json, note
from screen.record.write import write_record

__all__ = ["keep_record"]


def keep_record(
    record: TrackRecord,
    folder: Path,
    *,
    meta: Mapping[str, Any],
    as_json: bool,
    more: Mapping[str, pl.DataFrame] | None = None,
) -> None:
    """Write the tables and the page below `folder`, then print the page, or the card with `meta` as JSON."""
    paths = write_record(record, folder, more=more)
    if as_json:
        told = {"limits": list(record.limits), "verdict": verdict_line(record), "folder": folder}
        emit_json(record.card.to_dicts(), {**meta, **told})
        return
    emit_blocks(record_blocks(record))
    for path in paths:
        note(f"wrote {path}")
